// `twinvoice sweep plan` and `validate` on the shipped sweeps and on broken ones.
#include <filesystem>
#include <string>
#include <vector>

#include "tests/scenario/program.hpp"

namespace twinvoice::testing {
namespace {

class SweepPlan : public ProgramTest {
 protected:
  static std::vector<std::string> shipped() {
    std::vector<std::string> out;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(TWINVOICE_SOURCE_DIR) + "/experiments/sweeps"))
      out.push_back(entry.path().string());
    return out;
  }
  /// A sweep over the demo that `init` writes.
  [[nodiscard]] std::string sweep(const std::string& members) const {
    if (!std::filesystem::exists(path("demo"))) (void)demo();
    const std::string name = path("demo/experiments/sweep.json");
    write(name,
          R"({"twinvoice": "sweep/1", "name": "demo", "experiment": "zone-down.json", )" + members + "}");
    return name;
  }
};

TEST_F(SweepPlan, shipped_sweeps_are_valid_and_say_what_they_ask) {
  EXPECT_GE(shipped().size(), 3U);
  for (const std::string& file : shipped()) {
    const Printed checked = run({"validate", file});
    EXPECT_EQ(checked.code, 0) << checked.out;
    EXPECT_GT(nlohmann::json::parse(read(file)).at("description").get<std::string>().size(), 20U) << file;
  }
}

TEST_F(SweepPlan, shipped_sweeps_take_minutes) {
  for (const std::string& file : shipped()) {
    const Printed plan = run({"sweep", "plan", file, "--format", "json"});
    ASSERT_EQ(plan.code, 0) << plan.err;
    const nlohmann::json json = plan.json();
    EXPECT_GT(json["cells"].get<int>(), 5) << file;
    EXPECT_LT(json["estimate"]["cpu_s_most"].get<double>(), 600.0) << file;
    EXPECT_LT(json["estimate"]["disk_bytes_most"].get<double>(), 50e6) << file;
  }
}

TEST_F(SweepPlan, cells_are_listed_with_levels_and_ids_the_first_twenty_unless_asked) {
  const std::string file =
      sweep(R"("axes": {"seed": {"of": "/seed", "from": 1, "to": 25, "points": 25}}, "replications": 3)");
  const nlohmann::json few = run({"sweep", "plan", file, "--format", "json"}).json();
  EXPECT_EQ(few["twinvoice"], "sweep-plan/1");
  EXPECT_EQ(few["cells"], 25);
  EXPECT_EQ(few["replications"]["most"], 3);
  ASSERT_EQ(few["table"].size(), 20U);
  EXPECT_EQ(few["table"][4]["levels"]["seed"], "5");
  EXPECT_EQ(few["table"][4]["seed"], 5);
  EXPECT_EQ(few["table"][4]["id"].get<std::string>().size(), 64U);
  EXPECT_EQ(run({"sweep", "plan", file, "--format", "json", "--cells"}).json()["table"].size(), 25U);
  const Printed text = run({"sweep", "plan", file});
  EXPECT_NE(text.out.find("25 cells of zone-down.json (cartesian)"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("... and 5 more; --cells shows all of them"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("from the offered load at 600 ns a hop"), std::string::npos) << text.out;
}

TEST_F(SweepPlan, overloaded_cells_are_told_to_take_longer) {
  const auto basis = [&](const std::string& loads) {
    const std::string file =
        sweep(R"("axes": {"load": {"of": "/load/issue-invoice/poisson", "values": [)" + loads + "]}}");
    return run({"sweep", "plan", file, "--format", "json"}).json()["estimate"]["basis"].get<std::string>();
  };
  const std::string calm = basis(R"("60 tps", "120 tps")");
  EXPECT_EQ(calm.find("overloaded"), std::string::npos) << calm;
  EXPECT_NE(calm.find("what a fault overloads takes several times as much"), std::string::npos) << calm;
  const std::string told = basis(R"("60 tps", "1200 tps", "2400 tps")");
  EXPECT_NE(told.find("2 of 3 cells are overloaded and may take several times as much"), std::string::npos)
      << told;
}

TEST_F(SweepPlan, everything_wrong_with_a_sweep_is_told_at_once_and_ends_with_2) {
  const std::string file = sweep(
      R"("axes": {"a": {"of": "/horizonn/x", "values": [1]}, "b": {"of": "/warm_up", "values": ["1 s", "9 d"]}})");
  for (const auto& command :
       std::vector<std::vector<std::string>>{{"validate", file}, {"sweep", "plan", file}}) {
    const Printed printed = run(command);
    EXPECT_EQ(printed.code, 2);
    const std::string all = printed.out + printed.err;
    EXPECT_NE(all.find("/axes/a/of: the target \"/horizonn/x\""), std::string::npos) << all;
  }
  const std::string other = sweep(R"("axes": {"b": {"of": "/warm_up", "values": ["1 s", "9 d"]}})");
  const Printed printed = run({"validate", other});
  EXPECT_EQ(printed.code, 2);
  EXPECT_NE(printed.out.find("in the cell b=9 d: "), std::string::npos) << printed.out;
  EXPECT_NE(printed.out.find("the warm-up must end before the horizon"), std::string::npos) << printed.out;
}

TEST_F(SweepPlan, margins_are_in_the_unit_of_their_figure) {
  const std::string axes = R"("axes": {"seed": {"of": "/seed", "values": [1]}}, )";
  const auto told = [&](const std::string& rest) {
    const Printed printed = run({"sweep", "plan", sweep(axes + rest)});
    EXPECT_EQ(printed.code, 2);
    return printed.err;
  };
  const std::string until = told(R"("replications": {"least": 2, "most": 9,
      "until": [{"figure": "issue-invoice.p99", "absolute": 5}]})");
  EXPECT_NE(until.find("/replications/until/0/figure: \"absolute\" is in the unit of the figure: "
                       "issue-invoice.p99 is a duration"),
            std::string::npos)
      << until;
  const std::string select =
      told(R"("select": {"maximise": "issue-invoice.availability", "indifference": "30 s"})");
  EXPECT_NE(select.find("/select/maximise: \"indifference\" is in the unit of the figure: "
                        "issue-invoice.availability is a share"),
            std::string::npos)
      << select;
}

TEST_F(SweepPlan, a_store_that_cannot_be_read_ends_with_2) {
  const std::string file = sweep(R"("axes": {"seed": {"of": "/seed", "values": [1]}})");
  const Printed printed = run({"sweep", "plan", file, "--store", path("none.sqlite")});
  EXPECT_EQ(printed.code, 2);
  EXPECT_NE(printed.err.find("none.sqlite"), std::string::npos) << printed.err;
}

}  // namespace
}  // namespace twinvoice::testing
