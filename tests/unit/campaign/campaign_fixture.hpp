// Sweeps over the small documents of the tests of sim/spec.
#pragma once

#include <string>
#include <string_view>

#include "sim/campaign/cell.hpp"
#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::campaign::test {

using spec::test::with;

/// A sweep text: the members behind the head.
inline std::string sweep_text(const std::string& members, const std::string& name = "s") {
  return R"({"twinvoice": "sweep/1", "name": ")" + name + R"(", "experiment": "../experiments/e.json", )" +
         members + "}";
}

/// The member "axes" of a sweep.
inline std::string axes(const std::string& text) { return "\"axes\": {" + text + "}"; }

/// A workspace with a base experiment, its topology and a second one.
class Base {
 public:
  explicit Base(const std::string& name) : workspace_("campaign-" + name) {
    std::filesystem::create_directories(workspace_.root() / "sweeps");
    workspace_.write("topologies/small.json", spec::test::kTopology);
    workspace_.write("topologies/slow.json",
                     with(spec::test::kTopology, R"("latency": "14 ms")", R"("latency": "40 ms")"));
    workspace_.write("experiments/e.json", spec::test::kExperiment);
  }
  [[nodiscard]] const spec::test::Workspace& workspace() const { return workspace_; }

  [[nodiscard]] Cells cells(const std::string& members, const std::string& name = "s") const {
    const std::string file = workspace_.write("sweeps/" + name + ".json", sweep_text(members, name));
    return Cells(spec::load_sweep(file), {"test 1", "kernel"});
  }
  /// What is wrong with a sweep and its cells, each made once; "" when nothing is.
  [[nodiscard]] std::string problems(const std::string& members) const {
    try {
      const Cells made = cells(members);
      for (std::size_t i = 0; i < made.size(); ++i) (void)experiment_of(made.at(i), spec::test::catalog());
      return {};
    } catch (const InvalidInput& e) {
      std::string out = spec::test::lines(e.issues());
      const std::string root = workspace_.root().string() + "/";
      for (std::size_t at = out.find(root); at != std::string::npos; at = out.find(root))
        out.erase(at, root.size());
      return out;
    }
  }

 private:
  spec::test::Workspace workspace_;
};

}  // namespace twinvoice::campaign::test
