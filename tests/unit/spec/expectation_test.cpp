#include "sim/spec/expectation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/spec/measures.hpp"
#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

using ::testing::HasSubstr;

/// The experiment of the fixture with one expectation.
std::string expecting(const std::string& expectation) {
  const std::string text = test::kExperiment;
  const std::size_t from = text.find("\"expect\"");
  const std::size_t to = text.find("\"limits\"");
  return text.substr(0, from) + "\"expect\": [" + expectation + "],\n  " + text.substr(to);
}

/// What is wrong with it, without file, line and column; "" when nothing is.
std::string problem(const std::string& expectation) {
  Issues issues;
  (void)assemble_experiment("e.json", expecting(expectation), "t.json", test::kTopology, test::catalog(),
                            issues);
  std::string out;
  for (const Issue& issue : issues.all()) {
    out += out.empty() ? "" : "\n";
    out += issue.place.pointer + ": " + issue.message;
  }
  return out;
}

ExpectationSpec decoded(const std::string& expectation) {
  EXPECT_EQ(problem(expectation), "");
  Issues issues;
  const Experiment e = read_experiment("e.json", expecting(expectation), test::catalog(), issues);
  return e.expect.empty() ? ExpectationSpec{} : e.expect[0];
}

TEST(Expectation, a_promise_is_kept_by_a_share_of_the_incidents) {
  EXPECT_EQ(decoded(R"({"rto": "<= 25 min"})").share_to_keep(), 0.95);
  EXPECT_EQ(decoded(R"({"rpo": "<= 1 s", "share": "90 %", "fault": "kill"})").share_to_keep(), 0.9);
  EXPECT_EQ(decoded(R"({"onset": ">= 10 min", "share": "0.5"})").share_to_keep(), 0.5);
  EXPECT_EQ(decoded(R"({"rpo_invoices": "<= 3", "of": "mean"})").share_to_keep(), std::nullopt);
  EXPECT_EQ(decoded(R"({"p99": "<= 1 s"})").share_to_keep(), std::nullopt);
}

TEST(Expectation, a_share_that_cannot_be_shown_is_refused) {
  EXPECT_EQ(
      problem(R"({"rto": "<= 1 s", "share": "100 %"})"),
      "/expect/0/share: that all incidents keep a promise no number of runs can show: need less than 100 %");
  EXPECT_EQ(problem(R"({"rto": "<= 1 s", "share": "0 %"})"),
            "/expect/0/share: \"0 %\" is out of range; accepted: more than 0 %, at most 100 %");
  EXPECT_THAT(problem(R"({"rto": "<= 1 s", "of": "mean", "share": "90 %"})"),
              HasSubstr("leave one of the two out"));
  EXPECT_EQ(problem(R"({"rto": "<= 1 s", "of": "median"})"),
            "/expect/0/of: \"median\" is not accepted; did you mean \"mean\"?; accepted: \"mean\"");
}

TEST(Expectation, an_interruption_is_of_an_act_or_of_a_fault) {
  const ExpectationSpec act = decoded(R"({"interruption": "<= 30 s", "of": "failback", "fault": "kill"})");
  EXPECT_EQ(act.measure, Measure::kInterruption);
  EXPECT_EQ(act.begun_by->act, Act::kFailback);
  EXPECT_EQ(act.fault->id, "kill");
  const ExpectationSpec fault = decoded(R"({"interruption": "<= 30 s", "of": "region_down"})");
  EXPECT_EQ(fault.begun_by->act, std::nullopt);
  EXPECT_EQ(fault.begun_by->fault.text, "region_down");
  EXPECT_EQ(decoded(R"({"interruption": "<= 30 s", "operation": "issue"})").begun_by, std::nullopt);
  EXPECT_EQ(
      problem(R"({"interruption": "<= 30 s", "of": "failbak"})"),
      "/expect/0/of: \"failbak\" is neither a fault nor one of the acts failback, promotion, shift, relapse, "
      "planned; did you mean \"failback\"?");
  EXPECT_EQ(problem(R"({"interruption": "<= 30 s", "of": "kill", "fault": "kill"})"),
            "/expect/0/of: \"of\" names a fault already: \"fault\" goes with an act");
}

TEST(Expectation, an_act_must_not_be_the_id_of_a_fault) {
  Issues issues;
  (void)assemble_experiment("e.json",
                            test::with(expecting(R"({"interruption": "<= 30 s", "of": "shift"})"),
                                       "\"id\": \"kill\"", "\"id\": \"shift\""),
                            "t.json", test::kTopology, test::catalog(), issues);
  EXPECT_THAT(test::lines(issues), HasSubstr("\"shift\" is an act and also the id of a fault"));
}

TEST(Expectation, any_percentile_is_a_measure) {
  for (const auto& [key, quantile] : std::vector<std::pair<std::string, double>>{{"p50", 0.5},
                                                                                 {"p5", 0.05},
                                                                                 {"p90", 0.9},
                                                                                 {"p99.5", 0.995},
                                                                                 {"p99.99", 0.9999},
                                                                                 {"p99.9999", 0.999999},
                                                                                 {"p999", 0.999},
                                                                                 {"p9999", 0.9999}}) {
    EXPECT_EQ(quantile_of(key), quantile) << key;
    const ExpectationSpec e = decoded("{\"" + key + "\": \"<= 800 ms\"}");
    EXPECT_EQ(e.measure, Measure::kQuantile);
    EXPECT_EQ(e.quantile, quantile) << key;
    EXPECT_EQ(e.key, key);
    EXPECT_EQ(e.text, key + " <= 800 ms");
    EXPECT_EQ(decoded("{\"wait_" + key + "\": \"<= 8 ms\", \"component\": \"tax\"}").quantile, quantile);
  }
  for (const char* key : {"p", "p0", "p00", "p0.0", "p100", "p99.", "p.5", "p99.99999", "p99999", "p9 9",
                          "P99", "p-1", "q99", "wait_", "wait_p", "wait_p0"}) {
    EXPECT_EQ(quantile_of(key), std::nullopt) << key;
    EXPECT_NE(problem(std::string("{\"") + key + "\": \"<= 800 ms\"}"), "") << key;
  }
  EXPECT_EQ(problem(R"({"p90": "<= 1 s", "p95": "<= 1 s"})"),
            "/expect/0/p95: \"p95\" cannot stand beside \"p90\": they are alternatives");
}

TEST(Expectation, shares_waits_and_throughput_have_their_own_bounds) {
  const ExpectationSpec answered =
      decoded(R"({"answered": ">= 99 %", "within": "800 ms", "operation": "issue"})");
  EXPECT_EQ(answered.bound, 0.99);
  EXPECT_EQ(answered.within->ns, 800'000'000);
  EXPECT_EQ(decoded(R"({"throughput": ">= 500 tps"})").bound, 500.0);
  EXPECT_EQ(decoded(R"({"wait": "<= 5 ms", "component": "tax"})").bound, 0.005);
  EXPECT_EQ(decoded(R"({"waits": "<= 1 %", "longer_than": "50 ms", "component": "tax"})").longer_than->ns,
            50'000'000);
  EXPECT_EQ(decoded(R"({"waits": "<= 10 %", "component": "tax"})").longer_than, std::nullopt);
  EXPECT_EQ(problem(R"({"answered": ">= 99 %"})"),
            "/expect/0: \"within\" is missing: longest response time that counts");
  EXPECT_EQ(problem(R"({"throughput": ">= 500"})"),
            "/expect/0/throughput: \"500\" has no unit; a rate is written with one, such as \"580 tps\" or "
            "\"12/min\"");
  EXPECT_EQ(problem(R"({"waits": "<= 10 %"})"), "/expect/0: \"component\" is missing: whose servers");
}

TEST(Expectation, a_figure_of_requests_may_be_of_a_part_of_the_run) {
  EXPECT_EQ(decoded(R"({"p99": "<= 1 s", "during": "kill"})").part.during->id, "kill");
  EXPECT_EQ(decoded(R"({"availability": ">= 99 %", "after": "kill"})").part.after->id, "kill");
  const ExpectationSpec e = decoded(R"({"throughput": ">= 1 tps", "between": ["10 min", "20 min"]})");
  EXPECT_EQ(e.part.between->from.ns, 600 * kNanosPerSecond);
  EXPECT_EQ(e.part.between->until.ns, 1200 * kNanosPerSecond);
  EXPECT_EQ(problem(R"({"p99": "<= 1 s", "during": "kil"})"),
            "/expect/0/during: there is no fault \"kil\"; did you mean \"kill\"?");
  EXPECT_EQ(problem(R"({"p99": "<= 1 s", "during": "kill", "after": "kill"})"),
            "/expect/0/after: \"during\" and \"after\" are alternatives");
  EXPECT_THAT(problem(R"({"mean": "<= 1 s", "between": ["10 min", "20 min"], "after": "kill"})"),
              HasSubstr("/expect/0/between: \"between\" stands alone"));
  for (const char* span : {R"(["20 min", "10 min"])", R"(["10 min", "10 min"])", R"(["10 min"])", "[]",
                           R"(["1 min", "2 min", "3 min"])"}) {
    EXPECT_THAT(problem(std::string(R"({"mean": "<= 1 s", "between": )") + span + "}"),
                HasSubstr("/expect/0/between: need two instants, the earlier one first"));
  }
  EXPECT_EQ(problem(R"({"mean": "<= 1 s", "between": ["1 h", "3 h"]})"),
            "/expect/0/between: this part of the run ends at 3 h, after the horizon of 2 h");
  EXPECT_EQ(problem(R"({"mean": "<= 1 s", "between": ["1 min", "5 min"]})"),
            "/expect/0/between: this part of the run lies in the warm-up of 5 min, which is not measured");
}

TEST(Expectation, hold_goes_with_what_is_made_of_interruptions) {
  EXPECT_EQ(decoded(R"({"rto": "<= 25 min", "hold": "30 s"})").hold->ns, 30 * kNanosPerSecond);
  EXPECT_EQ(decoded(R"({"availability": ">= 99 %", "of": "time", "hold": "5 min"})").hold->ns,
            300 * kNanosPerSecond);
  EXPECT_EQ(problem(R"({"availability": ">= 99 %", "hold": "5 min"})"),
            "/expect/0/hold: only availability \"of\": \"time\" is made of interruptions: \"hold\" goes with "
            "it alone");
  EXPECT_EQ(problem(R"({"rto": "<= 25 min", "hold": "0 s"})"),
            "/expect/0/hold: \"0 s\" is out of range; accepted: more than 0 s");
}

TEST(Expectation, what_makes_no_sense_beside_a_measure_is_refused_with_what_does) {
  EXPECT_EQ(problem(R"({"p99": "<= 1 s", "fault": "kill"})"),
            "/expect/0/fault: \"p99\" takes no \"fault\"; accepted beside it: \"operation\", \"during\", "
            "\"after\", "
            "\"between\"");
  EXPECT_EQ(problem(R"({"utilisation": "<= 80 %", "component": "tax", "during": "kill"})"),
            "/expect/0/during: \"utilisation\" takes no \"during\"; accepted beside it: \"component\"");
  EXPECT_EQ(problem(R"({"rto": "<= 1 s", "of": "time"})"),
            "/expect/0/of: \"time\" is not accepted; accepted: \"mean\"");
  EXPECT_EQ(problem(R"({"success_rate": ">= 99 %", "of": "time"})"),
            "/expect/0/of: \"success_rate\" takes no \"of\"; accepted beside it: \"operation\", \"during\", "
            "\"after\", "
            "\"between\"");
  EXPECT_THAT(problem(R"({"rto": "<= 1 s", "falt": "kill"})"), HasSubstr("did you mean \"fault\"?"));
}

TEST(Expectation, every_measure_takes_what_its_row_says_and_nothing_else) {
  const std::pair<const char*, std::string> fields[] = {{"operation", R"("issue")"}, {"fault", R"("kill")"},
                                                        {"component", R"("tax")"},   {"share", R"("90 %")"},
                                                        {"hold", R"("1 min")"},      {"within", R"("1 s")"},
                                                        {"longer_than", R"("1 s")"}, {"during", R"("kill")"}};
  const std::pair<const char*, Companion> bits[] = {{"operation", kTakesOperation},
                                                    {"fault", kTakesFault},
                                                    {"component", kTakesComponent},
                                                    {"share", kTakesShare},
                                                    {"hold", kTakesHold},
                                                    {"within", kTakesWithin},
                                                    {"longer_than", kTakesLongerThan},
                                                    {"during", kTakesPart}};
  for (const MeasureRule& rule : measure_rules()) {
    const std::string key = rule.pattern.empty()
                                ? std::string(rule.key)
                                : std::string(rule.key).replace(rule.key.find("NN"), 2, "99");
    for (std::size_t i = 0; i < std::size(fields); ++i) {
      std::string text = "{\"" + key + "\": \"" + std::string(example_of(rule.bound)) + "\"";
      for (std::size_t j = 0; j < std::size(fields); ++j) {
        const bool required =
            (bits[j].second == kTakesComponent || bits[j].second == kTakesWithin) && rule.has(bits[j].second);
        if (i == j || required) text += std::string(", \"") + fields[j].first + "\": " + fields[j].second;
      }
      if (rule.measure == Measure::kAvailability) text += R"(, "of": "time")";
      EXPECT_EQ(problem(text + "}").empty(), rule.has(bits[i].second)) << text;
    }
  }
}

TEST(Expectation, hold_of_the_experiment_is_a_minute_unless_said) {
  Issues issues;
  EXPECT_EQ(read_experiment("e.json", test::kExperiment, test::catalog(), issues).hold.ns,
            60 * kNanosPerSecond);
  const std::string said = test::with(test::kExperiment, "\"seed\": 7", "\"seed\": 7, \"hold\": \"30 s\"");
  EXPECT_EQ(read_experiment("e.json", said, test::catalog(), issues).hold.ns, 30 * kNanosPerSecond);
  EXPECT_FALSE(issues.has_errors());
  EXPECT_THAT(test::experiment_issues(test::with(said, "30 s", "0 s")),
              HasSubstr("/hold: \"0 s\" is out of range"));
}

TEST(Expectation, the_owner_of_an_operation_promises_recovery_times_and_losses) {
  const std::string text =
      test::with(test::kTopology, "\"p99\": \"800 ms\"",
                 R"("p99": "800 ms", "rto": "25 min", "rpo": {"bound": "1 s", "share": "99 %"})");
  Issues issues;
  const Topology t = read_topology("t.json", text, test::catalog(), issues);
  EXPECT_EQ(test::lines(issues), "");
  const ObjectiveSpec& objective = *t.operations[0].value.objective;
  EXPECT_EQ(objective.rto->bound.ns, 1500 * kNanosPerSecond);
  EXPECT_EQ(objective.rto->share.value, kUsualShare);
  EXPECT_EQ(objective.rpo->bound.ns, kNanosPerSecond);
  EXPECT_EQ(objective.rpo->share.value, 0.99);
  EXPECT_THAT(test::topology_issues(test::with(text, "\"99 %\"", "\"100 %\"")),
              HasSubstr("need less than 100 %"));
  EXPECT_THAT(test::topology_issues(test::with(text, "\"bound\": \"1 s\", ", "")),
              HasSubstr("/operations/issue/objective/rpo: \"bound\" is missing"));
  EXPECT_THAT(test::topology_issues(test::with(text, "\"25 min\"", "[]")),
              HasSubstr("need a duration such as \"25 min\" or {\"bound\", \"share\"}, found a list"));
}

}  // namespace
}  // namespace twinvoice::spec
