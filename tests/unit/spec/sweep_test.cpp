#include "sim/spec/sweep.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

constexpr const char* kSweep = R"({
  "twinvoice": "sweep/1",
  "name": "failover-design",
  "description": "what a good failover looks like",
  "experiment": "../drills/shanghai-region-down.json",
  "set": {"/horizon": "1 h", "note": "shorter", "invoice.threads": null},
  "axes": {
    "detection": {"of": "dr.detect.interval", "values": ["5 s", "15 s", "60 s"]},
    "load": {"of": ["/load/issue/poisson", "/load/read/poisson"], "from": "100 tps", "to": "1000 tps", "points": 5, "scale": "log"},
    "approval": {"choices": {"standing": {"dr.approve.takes": "30 s"}, "on-call": {"dr.approve.takes": {"exponential": "5 min"}}}}
  },
  "design": "cartesian",
  "skip": [{"detection": ">= 60 s", "approval": "standing"}, {"approval": ["standing", "on-call"], "load": "> 500 tps"}],
  "replications": {"least": 10, "most": 400, "until": [{"figure": "rto", "relative": "10 %"}, {"figure": "p99", "absolute": "5 ms"}], "outages": 20},
  "objectives": [{"minimise": "cost"}, {"maximise": "availability"}],
  "seed": 1,
  "draws": "common",
  "limits": {"time": "5 min", "memory": "1 GiB", "events": 1000000000}
})";

std::string sweep_problems(const std::string& text) {
  Issues issues;
  (void)read_sweep("s.json", text, issues);
  return test::lines(issues);
}

Sweep read(const std::string& text) {
  Issues issues;
  Sweep sweep = read_sweep("s.json", text, issues);
  EXPECT_FALSE(issues.has_errors()) << test::lines(issues);
  return sweep;
}

TEST(Sweep, every_field_is_read) {
  const Sweep s = read(kSweep);
  EXPECT_EQ(s.name.text, "failover-design");
  ASSERT_EQ(s.set.size(), 2U);
  EXPECT_EQ(s.set[0].id, "/horizon");
  EXPECT_EQ(s.set[0].value.json, "\"1 h\"");
  EXPECT_EQ(s.set[1].value.kind, NodeKind::kNull);
  ASSERT_EQ(s.axes.size(), 3U);
  EXPECT_EQ(std::get<ListAxis>(s.axes[0].value.kind).values[1].text, "15 s");
  const auto& range = std::get<RangeAxis>(s.axes[1].value.kind);
  EXPECT_EQ(range.of.all.size(), 2U);
  EXPECT_EQ(range.to.number, "1000");
  EXPECT_EQ(range.to.unit, "tps");
  EXPECT_EQ(range.scale, Scale::kLog);
  const auto& choices = std::get<ChoiceAxis>(s.axes[2].value.kind).choices;
  EXPECT_EQ(choices[1].value[0].value.json, R"({"exponential":"5 min"})");
  ASSERT_EQ(s.skip.size(), 2U);
  EXPECT_EQ(s.skip[0].find("detection")->comparison, Comparison::kAtLeast);
  EXPECT_DOUBLE_EQ(s.skip[0].find("detection")->bound.base_value(), 60.0);
  EXPECT_EQ(s.skip[1].find("approval")->labels.size(), 2U);
  EXPECT_EQ(s.replications->most, 400);
  EXPECT_EQ(s.replications->outages, 20);
  EXPECT_DOUBLE_EQ(s.replications->until[1].absolute->base_value(), 0.005);
  EXPECT_EQ(s.objectives[1].figure().text, "availability");
  EXPECT_EQ(s.limits.time->ns, 300 * kNanosPerSecond);
}

TEST(Sweep, designs_are_words_or_objects_with_points) {
  const auto design = [](const std::string& json) {
    return read(test::with(kSweep, R"("design": "cartesian")", "\"design\": " + json)).design;
  };
  EXPECT_EQ(design("\"zip\"").kind, DesignKind::kZip);
  EXPECT_EQ(design(R"({"sobol": {"points": 64}})").points, 64);
  EXPECT_EQ(design(R"({"saltelli": {"points": 8}})").kind, DesignKind::kSaltelli);
  EXPECT_NE(
      sweep_problems(test::with(kSweep, R"("cartesian")", R"("sobol")")).find("needs its number of points"),
      std::string::npos);
  EXPECT_NE(sweep_problems(test::with(kSweep, R"("cartesian")", R"("cartesan")"))
                .find("did you mean \"cartesian\""),
            std::string::npos);
}

TEST(Sweep, replications_may_be_a_number) {
  const Sweep s = read(
      test::with(kSweep,
                 "\"replications\": {\"least\": 10, \"most\": 400, \"until\": [{\"figure\": \"rto\", "
                 "\"relative\": \"10 %\"}, {\"figure\": \"p99\", \"absolute\": \"5 ms\"}], \"outages\": 20}",
                 "\"replications\": 20"));
  EXPECT_TRUE(s.replications->is_fixed());
  EXPECT_EQ(s.replications->most, 20);
}

TEST(Sweep, remarks_inside_of_values_do_not_count) {
  const Sweep s = read(
      test::with(kSweep, R"({"exponential": "5 min"})", R"({"exponential": "5 min", "note": "assumed"})"));
  EXPECT_EQ(std::get<ChoiceAxis>(s.axes[2].value.kind).choices[1].value[0].value.json,
            R"({"exponential":"5 min"})");
}

TEST(Sweep, every_problem_is_told_at_once_with_its_place) {
  const std::string told = sweep_problems(R"({
    "twinvoice": "sweep/2",
    "name": "a b",
    "axes": {
      "a": {"of": "x.y", "valus": [1]},
      "b": {"of": "x.y", "values": []},
      "c": {"of": "x.y", "from": "1 s", "to": "2 min", "points": 3},
      "d": {"of": "x.y", "from": 0, "to": 5, "points": 1, "scale": "log"},
      "e": {"of": "x.y", "from": "5 s", "to": "5 s", "points": 3},
      "f": {"of": "x.y", "from": "1 s", "to": "2 KiB", "points": 3}
    },
    "until": 3,
    "replications": {"least": 5, "most": 4},
    "draws": "comon"
  })");
  for (const char* expected :
       {R"(/twinvoice: need "sweep/1")", R"(/name: "a b" is not a name)", R"("experiment" is missing)",
        R"(/axes/a/valus: unknown key "valus"; did you mean "values"?)",
        "/axes/b/values: need at least one value", R"(/axes/c/to: "from" and "to" need the same unit)",
        "/axes/d/points", "/axes/e/to: \"to\" must be more than",
        "/axes/f/to: \"from\" and \"to\" are quantities of different kinds", "/until: unknown key \"until\"",
        R"(/replications/most: "most" is less than "least")",
        R"(/draws: "comon" is not accepted; did you mean "common"?)"})
    EXPECT_NE(told.find(expected), std::string::npos) << expected << "\nin\n" << told;
}

TEST(Sweep, a_log_scale_needs_positive_ends) {
  EXPECT_NE(sweep_problems(test::with(kSweep, "\"100 tps\"", "\"0 tps\""))
                .find("a logarithmic scale needs positive ends"),
            std::string::npos);
}

TEST(Sweep, select_stands_alone) {
  const std::string select = R"("select": {"minimise": "rto", "indifference": "30 s"}, "seed": 1)";
  EXPECT_NE(
      sweep_problems(test::with(kSweep, R"("seed": 1)", select)).find("\"select\" says itself when to stop"),
      std::string::npos);
}

/// A list of role `a`; a range and choices of role `b`.
std::string with_roles(const std::string& a, const std::string& b, const std::string& more) {
  return R"({"twinvoice": "sweep/1", "name": "s", "experiment": "e.json", "axes": {
    "a": {"of": "/x", "values": [1, 2], "role": ")" +
         a + R"("}, "r": {"of": "/z", "from": 1, "to": 2, "points": 2, "role": ")" + b +
         R"("}, "c": {"choices": {"y": {"/y": 1}}, "role": ")" + b + "\"}}" + more + "}";
}

TEST(Sweep, every_kind_of_axis_says_whose_it_is) {
  const Sweep s = read(with_roles("design", "world", ""));
  EXPECT_EQ(s.axes[0].value.role(), AxisRole::kDesign);
  EXPECT_EQ(s.axes[1].value.role(), AxisRole::kWorld);
  EXPECT_EQ(s.axes[2].value.role(), AxisRole::kWorld);
  EXPECT_EQ(read(kSweep).axes[1].value.role(), AxisRole::kDesign) << "where nothing is said";
  EXPECT_EQ(sweep_problems(with_roles("world", "world", "")), "") << "worlds alone are fine";
  EXPECT_NE(sweep_problems(with_roles("design", "word", "")).find("did you mean \"world\""),
            std::string::npos)
      << sweep_problems(with_roles("design", "word", ""));
}

TEST(Sweep, worlds_and_designs_are_crossed_and_the_best_world_is_not_selected) {
  const std::string zip = R"(, "design": "zip")";
  const std::string select = R"(, "select": {"minimise": "rto", "indifference": "1 s"})";
  EXPECT_NE(sweep_problems(with_roles("design", "world", zip)).find("puts every design into every world"),
            std::string::npos);
  EXPECT_EQ(sweep_problems(with_roles("design", "design", zip)), "");
  EXPECT_EQ(sweep_problems(with_roles("world", "world", zip)), "");
  EXPECT_NE(sweep_problems(with_roles("design", "world", select)).find("the best world is nobody's choice"),
            std::string::npos);
  EXPECT_EQ(sweep_problems(with_roles("design", "design", select)), "");
}

}  // namespace
}  // namespace twinvoice::spec
