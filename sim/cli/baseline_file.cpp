#include "sim/cli/baseline_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>

#include "sim/base/issues.hpp"
#include "sim/cli/input_differences.hpp"
#include "sim/spec/document.hpp"
#include "sim/spec/patch.hpp"

namespace twinvoice::cli {
namespace {

class Reader {
 public:
  Reader(const spec::Document& document, Issues& issues) : d_(document), issues_(issues) {}

  report::Baseline baseline() {
    report::Baseline baseline;
    baseline.path = d_.file();
    const spec::Node& root = d_.root();
    const spec::Node* figures = member(root, "figures", spec::NodeKind::kObject);
    if (text(member(root, "twinvoice", spec::NodeKind::kString)) != "result/2" || figures == nullptr) {
      issues_.error(
          {d_.file(), static_cast<int>(root.line), static_cast<int>(root.column), ""},
          "is no result/2 document with \"figures\": a baseline is what `run --format json` printed");
      return baseline;
    }
    if (const spec::Node* manifest = member(root, "manifest", spec::NodeKind::kObject)) {
      baseline.version = text(member(*manifest, "version", spec::NodeKind::kString));
      baseline.seed = whole(member(*manifest, "seed", spec::NodeKind::kNumber));
      baseline.horizon_s = number(*manifest, "horizon_s");
      baseline.warm_up_s = number(*manifest, "warm_up_s");
      baseline.measured_s = baseline.horizon_s - baseline.warm_up_s;
      baseline.engine = text(member(*manifest, "engine", spec::NodeKind::kString));
      if (const spec::Node* inputs = member(*manifest, "inputs", spec::NodeKind::kArray))
        read_inputs(*inputs, baseline);
    }
    for (const spec::Node* n = d_.first_child(*figures); n != nullptr; n = d_.next(*n)) {
      if (n->kind == spec::NodeKind::kObject) baseline.figures.push_back({std::string(n->key), estimate(*n)});
    }
    return baseline;
  }

 private:
  /// The experiment stands first, then its topology, then what was recorded.
  void read_inputs(const spec::Node& inputs, report::Baseline& into) const {
    std::size_t at = 0;
    for (const spec::Node* input = d_.first_child(inputs); input != nullptr; input = d_.next(*input), ++at) {
      if (at > 1) {
        into.recorded.push_back(text(member(*input, "sha256", spec::NodeKind::kString)));
      } else if (const spec::Node* content = member(*input, "content", spec::NodeKind::kObject)) {
        (at == 0 ? into.experiment : into.topology) = spec::canonical_text(d_, *content);
      }
    }
  }

  /// Null where there is none of that kind.
  const spec::Node* member(const spec::Node& object, std::string_view key, spec::NodeKind kind) const {
    if (object.kind != spec::NodeKind::kObject) return nullptr;
    const spec::Node* node = d_.member(object, key);
    return node != nullptr && node->kind == kind ? node : nullptr;
  }
  static std::string text(const spec::Node* node) { return node == nullptr ? "" : std::string(node->text); }
  static std::uint64_t whole(const spec::Node* node) {
    return node == nullptr ? 0 : std::strtoull(text(node).c_str(), nullptr, 10);
  }

  /// "infinity" is a number of results, null is what was not observed.
  double number(const spec::Node& object, std::string_view key) const {
    if (const spec::Node* n = member(object, key, spec::NodeKind::kNumber))
      return std::strtod(text(n).c_str(), nullptr);
    const std::string word = text(member(object, key, spec::NodeKind::kString));
    if (word == "infinity") return std::numeric_limits<double>::infinity();
    if (word == "-infinity") return -std::numeric_limits<double>::infinity();
    return std::numeric_limits<double>::quiet_NaN();
  }

  measure::Estimate estimate(const spec::Node& figure) const {
    measure::Estimate e;
    e.value = number(figure, "value");
    e.low = number(figure, "low");
    e.high = number(figure, "high");
    e.samples = whole(member(figure, "samples", spec::NodeKind::kNumber));
    e.method = text(member(figure, "method", spec::NodeKind::kString));
    return e;
  }

  const spec::Document& d_;
  Issues& issues_;
};

}  // namespace

report::Baseline read_baseline(const std::string& path) {
  Issues issues;
  report::Baseline baseline;
  if (auto text = spec::read_file(path, issues)) {
    if (const auto document = spec::parse_document(path, std::move(*text), issues))
      baseline = Reader(*document, issues).baseline();
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return baseline;
}

namespace {

/// Which of the experiment's members say nothing of what figures are: how it is judged, drawn, and where its topology stands.
bool moves_no_figure(const report::InputDifference& one) {
  return one.file == "experiment" && (one.where == "seed" || one.where == "replications" ||
                                      one.where == "topology" || one.where.starts_with("expect"));
}

std::optional<std::string> hashes_json(const std::vector<std::string>& hashes) {
  constexpr std::size_t kTold = 12;
  if (hashes.empty()) return std::nullopt;
  std::string text;
  for (const std::string& one : hashes) text += (text.empty() ? "\"" : ", ") + one.substr(0, kTold);
  return text + "\"";
}

std::string seconds_json(double s) { return "\"" + format_duration(from_seconds(s)) + "\""; }

}  // namespace

report::RunBasis basis_of(const report::Scenario& scenario, const report::Baseline& baseline) {
  report::RunBasis basis;
  basis.measured_s = to_seconds(scenario.horizon_ns - scenario.warm_up_ns);
  const std::vector<report::InputFile>& inputs = scenario.manifest.inputs;
  basis.inputs_known = !baseline.experiment.empty() && !baseline.topology.empty();
  if (basis.inputs_known && inputs.size() > 1) {
    basis.differences =
        input_differences({baseline.experiment, baseline.topology}, {inputs[0].content, inputs[1].content});
    std::erase_if(basis.differences, moves_no_figure);
    std::vector<std::string> recorded;
    for (std::size_t i = 2; i < inputs.size(); ++i) recorded.push_back(inputs[i].sha256);
    if (recorded != baseline.recorded)
      basis.differences.push_back(
          {"recorded load", "", hashes_json(baseline.recorded), hashes_json(recorded)});
  }
  const double horizon_s = to_seconds(scenario.horizon_ns);
  const bool told = std::any_of(basis.differences.begin(), basis.differences.end(),
                                [](const report::InputDifference& one) { return one.where == "horizon"; });
  if (horizon_s != baseline.horizon_s && !told)
    basis.differences.push_back(
        {"experiment", "horizon", seconds_json(baseline.horizon_s), seconds_json(horizon_s)});
  if (scenario.manifest.engine != baseline.engine)
    basis.differences.push_back(
        {"run", "engine", "\"" + baseline.engine + "\"", "\"" + scenario.manifest.engine + "\""});
  return basis;
}

}  // namespace twinvoice::cli
