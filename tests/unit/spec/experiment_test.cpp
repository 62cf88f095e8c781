#include "sim/spec/experiment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

using test::kExperiment;
using test::kTopology;
using test::load_issues;
using test::with;
using test::Workspace;

/// The issues of the valid pair with one replacement in the experiment.
std::string changed(std::string_view from, std::string_view to) {
  const Workspace workspace("experiment-changed");
  workspace.write("topologies/small.json", kTopology);
  return load_issues(workspace, workspace.write("experiments/e.json", with(kExperiment, from, to)));
}

TEST(Experiment, a_valid_text_is_loaded_with_its_topology) {
  const Workspace workspace("experiment-good");
  workspace.write("topologies/small.json", kTopology);
  const Experiment e = load_experiment(workspace.write("experiments/e.json", kExperiment), test::catalog());
  EXPECT_EQ(std::get<PoissonLoad>(e.load[0].value.load).rate.per_s, 580.0);
  EXPECT_EQ(e.horizon.ns, 7200 * kNanosPerSecond);
  EXPECT_EQ(e.faults[0].id, "region_down");
  EXPECT_EQ(e.faults[1].id, "kill");
  EXPECT_EQ(e.faults[1].model.as<test::KillParams>().target.id, "invoice@bj");
  EXPECT_EQ(e.expect[0].text, "rto <= 25 min");
  EXPECT_EQ(e.expect[0].bound, 1500.0);
  EXPECT_EQ(e.expect[0].comparison, Comparison::kAtMost);
  EXPECT_EQ(e.expect[1].bound, 0.999);
  EXPECT_EQ(e.expect[1].of, AvailabilityOf::kTime);
  EXPECT_EQ(e.expect[4].measure, Measure::kUtilisation);
  EXPECT_EQ(e.initial[0].value.log_positions[0].value, 100);
  EXPECT_EQ(e.topology.name, "small");
  EXPECT_EQ(e.source, kExperiment);
  EXPECT_EQ(e.topology.source, kTopology);
  EXPECT_EQ(e.window_or_default().ns, kNanosPerSecond);
}

TEST(Experiment, a_file_of_another_format_is_one_issue) {
  const Workspace workspace("experiment-kind");
  const auto place = [&](const std::string& name, const std::string& text) {
    return load_issues(workspace, workspace.write(name, text));
  };
  EXPECT_EQ(place("topologies/small.json", kTopology),
            "topologies/small.json:4:16: /twinvoice: this file is a topology; need an experiment, whose "
            "\"topology\" names this file\n");
  EXPECT_EQ(place("sweep.json", R"({"twinvoice": "sweep/1", "axes": {}})"),
            "sweep.json:1:15: /twinvoice: this file is a sweep; need an experiment; \"twinvoice sweep run\" "
            "plays a sweep\n");
  workspace.write("experiments/other.json", kExperiment);
  EXPECT_EQ(place("experiments/e.json", with(kExperiment, "../topologies/small.json", "other.json")),
            "experiments/other.json:2:16: /twinvoice: this file is an experiment; need a topology\n");
  EXPECT_NE(place("e.json", R"({"twinvoice": "experiment/2"})").find("need \"experiment/1\""),
            std::string::npos);
}

TEST(Experiment, rules_join_the_experiment_to_its_topology) {
  EXPECT_EQ(changed("\"issue\": {\"poisson\"", "\"isue\": {\"poisson\""),
            "experiments/e.json:4:12: /load/isue: there is no operation \"isue\"; did you mean \"issue\"?\n"
            "experiments/e.json:12:48: /expect/2/operation: the operation \"issue\" gets no load in this "
            "experiment\n");
  EXPECT_EQ(changed("\"target\": \"east\"", "\"target\": \"shanghai\""),
            "experiments/e.json:8:40: /faults/0/target: there is no region \"shanghai\"\n");
  EXPECT_EQ(changed("invoice@bj", "tax@sha"),
            "experiments/e.json:9:42: /faults/1/target: \"tax\" has no replica at \"sha\"\n");
  EXPECT_EQ(changed("\"at\": \"1 h\"", "\"at\": \"3 h\""),
            "experiments/e.json:9:5: /faults/1/at: the fault begins at 3 h, after the horizon of 2 h\n");
  EXPECT_EQ(changed("\"fault\": \"region_down\"}", "\"fault\": \"region_dawn\"}"),
            "experiments/e.json:11:44: /expect/0/fault: there is no fault \"region_dawn\"; did you mean "
            "\"region_down\"?\n");
  EXPECT_EQ(changed("\"id\": \"kill\"", "\"id\": \"region_down\""), "");
  EXPECT_EQ(changed("\"warm_up\": \"5 min\"", "\"warm_up\": \"2 h\""),
            "experiments/e.json:5:32: /warm_up: the warm-up must end before the horizon\n");
  EXPECT_EQ(changed("\"component\": \"invoice\"", "\"component\": \"invoce\""),
            "experiments/e.json:13:54: /expect/4/component: there is no component \"invoce\"; did you mean "
            "\"invoice\"?\n");
  EXPECT_EQ(changed("\"fault\": \"instance_kill\"", "\"fault\": \"instance_kil\""),
            "experiments/e.json:9:15: /faults/1/fault: there is no fault model \"instance_kil\"; did you "
            "mean \"instance_kill\"?\n");
}

TEST(Experiment, a_fault_begins_at_an_instant_by_a_law_or_within_a_window) {
  constexpr const char* kAt = "\"at\": \"1 h\"";
  const auto begin = [&](const std::string& text) {
    Issues issues;
    const Experiment e = read_experiment("e.json", with(kExperiment, kAt, text), test::catalog(), issues);
    EXPECT_EQ(test::lines(issues), "");
    return range_of(e.faults[1].at);
  };
  const auto minutes = [](Nanos n) { return Duration{n * 60 * kNanosPerSecond}; };
  EXPECT_TRUE(begin(kAt).one_value());
  EXPECT_EQ(begin(kAt).low, minutes(60));
  const LawRange window = begin(R"("within": ["10 min", "20 min"])");
  EXPECT_EQ(window.low, minutes(10));
  EXPECT_EQ(window.high, minutes(20));
  EXPECT_FALSE(window.one_value());
  EXPECT_EQ(begin(R"("at": {"empirical": ["9 min", "5 min", "7 min"]})").low, minutes(5));
  EXPECT_EQ(begin(R"("at": {"pareto": {"shape": 2, "minimum": "3 min"}})").low, minutes(3));
  EXPECT_EQ(begin(R"("at": {"exponential": "10 min"})").high.ns, kNever);
  EXPECT_EQ(changed(kAt, R"("within": ["10 min", "20 min"], "at": "1 h")"),
            "experiments/e.json:9:66: /faults/1/within: need exactly one of \"at\" and \"within\"\n");
  EXPECT_EQ(changed(kAt, R"("duration": "1 s")"),
            "experiments/e.json:9:5: /faults/1: need exactly one of \"at\" and \"within\"\n");
  for (const char* wrong : {R"(["20 min", "10 min"])", R"(["10 min", "10 min"])", R"(["10 min"])", "[]"}) {
    EXPECT_NE(changed(kAt, std::string("\"within\": ") + wrong).find("/faults/1/within: need two instants"),
              std::string::npos)
        << wrong;
  }
  EXPECT_EQ(changed(kAt, R"("within": ["3 h", "4 h"])"),
            "experiments/e.json:9:5: /faults/1/within: the fault begins at 3 h at the earliest, after the "
            "horizon of 2 h\n");
}

TEST(Experiment, faults_without_an_id_are_called_by_their_kind) {
  Issues issues;
  const Experiment e =
      read_experiment("e.json", with(kExperiment, ", \"id\": \"kill\"", ""), test::catalog(), issues);
  EXPECT_EQ(e.faults[1].id, "instance_kill");
  const Experiment twice = read_experiment(
      "e.json",
      with(kExperiment,
           "{\"fault\": \"instance_kill\", \"target\": \"invoice@bj\", \"at\": \"1 h\", \"id\": \"kill\"}",
           "{\"fault\": \"region_down\", \"target\": \"north\", \"at\": \"1 h\"}, {\"fault\": "
           "\"region_down\", \"target\": "
           "\"north\", \"at\": \"1 h\", \"id\": \"region_down-2\"}"),
      test::catalog(), issues);
  EXPECT_EQ(test::lines(issues), "");
  EXPECT_EQ(twice.faults[1].id, "region_down-3");
}

TEST(Experiment, expectations_are_one_measure_with_a_comparison) {
  EXPECT_EQ(
      changed("\"<= 25 min\"", "\"25 min\""),
      "experiments/e.json:11:22: /expect/0/rto: \"25 min\" has no comparison; write e.g. \"<= 25 min\"\n");
  EXPECT_EQ(changed("\"<= 25 min\"", "\"<= 25\""),
            "experiments/e.json:11:22: /expect/0/rto: \"25\" has no unit; a duration is written with one, "
            "such as \"28 ms\" or \"2 s\"\n");
  EXPECT_EQ(changed("{\"rpo_invoices\": \"<= 0\"}", "{\"rpo_invoices\": \"<= 0.5\"}"),
            "experiments/e.json:12:75: /expect/3/rpo_invoices: \"0.5\" is not a count\n");
  EXPECT_EQ(changed("{\"rpo_invoices\": \"<= 0\"}", "{\"rpo\": \"<= 1 s\", \"rto\": \"<= 1 s\"}"),
            "experiments/e.json:12:59: /expect/3/rpo: \"rpo\" cannot stand beside \"rto\": they are "
            "alternatives\n");
  EXPECT_EQ(changed("\"component\": \"invoice\"", "\"operation\": \"issue\"")
                .find("experiments/e.json:13:14: /expect/4: \"component\" is missing"),
            0U);
  EXPECT_NE(changed("{\"rpo_invoices\": \"<= 0\"}", "{\"availabilty\": \">= 99 %\"}")
                .find("did you mean \"availability\"?"),
            std::string::npos);
  EXPECT_NE(changed("{\"rpo_invoices\": \"<= 0\"}", "{}").find("/expect/3: need one of the keys \"rto\""),
            std::string::npos);
}

TEST(Experiment, loads_are_chosen_by_one_key) {
  const auto load = [](const std::string& text) { return changed("{\"poisson\": \"580 tps\"}", text); };
  EXPECT_EQ(load(R"({"poisson": "5 tps", "batch": 3})"), "");
  EXPECT_EQ(load(R"({"deterministic": "5 tps", "count": 3})"), "");
  EXPECT_EQ(load(R"({"deterministic": "20 ms", "first_at": "1 s"})"), "");
  EXPECT_EQ(load(R"({"piecewise": [{"at": "0 s", "rate": "1 tps"}, {"at": "1 h", "rate": "0 tps"}]})"), "");
  EXPECT_EQ(load(R"({"diurnal": {"per_day": 500000, "amplitude": 0.5}})"), "");
  EXPECT_EQ(load(R"({"closed": {"users": 10, "think": {"exponential": "7 s"}}})"), "");
  EXPECT_EQ(load(R"({"poisson": "0 tps"})"),
            "experiments/e.json:4:33: /load/issue/poisson: \"0 tps\" is out of range; accepted: more than 0 "
            "/s, at most 1000000000 /s\n");
  EXPECT_EQ(load(R"({"piecewise": [{"at": "1 h", "rate": "1 tps"}, {"at": "1 h", "rate": "1 tps"}]})"),
            "experiments/e.json:4:35: /load/issue/piecewise: the times must increase\n");
  EXPECT_EQ(
      load(R"({"diurnal": {"per_day": 1, "mean": "1 tps"}})"),
      "experiments/e.json:4:45: /load/issue/diurnal/per_day: need exactly one of \"per_day\" and \"mean\"\n");
  EXPECT_EQ(load(R"({"diurnal": {"per_day": 1, "shape": [1, 2]}})"),
            "experiments/e.json:4:57: /load/issue/diurnal/shape: need 24 factors, one per hour\n");
  EXPECT_NE(load(R"({"poisson": "5 tps", "count": 3})").find("/load/issue/count: unknown key"),
            std::string::npos);
  EXPECT_NE(load(R"({"poison": "5 tps"})").find("did you mean \"poisson\"?"), std::string::npos);
}

TEST(Experiment, paths_stay_inside_the_workspace) {
  const Workspace workspace("experiment-paths");
  workspace.write("topologies/small.json", kTopology);
  const auto topology = [&](const std::string& path) {
    return load_issues(workspace, workspace.write("experiments/e.json",
                                                  with(kExperiment, "../topologies/small.json", path)));
  };
  const std::string at = "experiments/e.json:3:15: /topology: the topology ";
  EXPECT_EQ(topology("/etc/passwd"),
            at + "\"/etc/passwd\" is an absolute path; write one relative to this file\n");
  EXPECT_EQ(topology("../../../etc/passwd"), at + "\"../../../etc/passwd\" leads out of the workspace\n");
  EXPECT_EQ(topology("../topologies/../../x"), at + "\"../topologies/../../x\" leads out of the workspace\n");
  EXPECT_EQ(topology("../topologies/none.json"),
            at + "\"../topologies/none.json\" cannot be opened: No such file or directory\n");
  EXPECT_EQ(topology("../topologies"), at + "\"../topologies\" is not a regular file\n");
  EXPECT_EQ(topology(""), at + "\"\" is an empty path\n");
  EXPECT_EQ(topology("a\\u0000b"),
            "experiments/e.json:3:15: /topology: a text has no control or other hidden characters; this one "
            "has U+0000\n" +
                at + "\"a\\u0000b\" contains a NUL character\n");
  std::filesystem::create_symlink("/etc/hostname", workspace.root() / "topologies/link.json");
  EXPECT_EQ(topology("../topologies/link.json"),
            at + "\"../topologies/link.json\" leads out of the workspace through a link\n");
  EXPECT_EQ(topology("../topologies/../topologies/small.json"), "");
}

TEST(Experiment, problems_of_all_the_files_are_told_together) {
  const Workspace workspace("experiment-all");
  workspace.write("topologies/small.json",
                  with(with(kTopology, "\"14 ms\"", "14"), "\"region\": \"north\"", "\"regoin\": \"north\""));
  workspace.write("experiments/a.csv", "0.5\n0.25\nx\n");
  const std::string path = workspace.write(
      "experiments/e.json", with(with(kExperiment, "{\"poisson\": \"580 tps\"}", "{\"trace\": \"a.csv\"}"),
                                 "\"seed\": 7", "\"sede\": 7"));
  EXPECT_EQ(load_issues(workspace, path),
            "experiments/a.csv:2:1: /: the time 0.25 is before that of the line above: sort the file\n"
            "experiments/a.csv:3:1: /: \"x\" is not a time in seconds\n"
            "experiments/e.json:5:61: /sede: unknown key \"sede\"; did you mean \"seed\"?\n"
            "topologies/small.json:9:11: /sites/bj: \"region\" is missing: sites of one region fail together "
            "in region_down\n"
            "topologies/small.json:9:12: /sites/bj/regoin: unknown key \"regoin\"; did you mean \"region\"?\n"
            "topologies/small.json:12:53: /links/sha-bj/latency: 14 is a bare number; need a duration with "
            "its unit, such as \"28 ms\" or \"2 s\", in quotes\n");
}

TEST(Experiment, a_trace_is_loaded_with_its_bytes) {
  const Workspace workspace("experiment-trace");
  workspace.write("topologies/small.json", kTopology);
  workspace.write("experiments/a.csv", "time_s\n0.5\n0.5\n1\n");
  const Experiment e = load_experiment(
      workspace.write("experiments/e.json",
                      with(kExperiment, "{\"poisson\": \"580 tps\"}", "{\"trace\": \"a.csv\"}")),
      test::catalog());
  EXPECT_EQ(std::get<TraceLoad>(e.load[0].value.load).record.at_ns,
            (std::vector<Nanos>{500'000'000, 500'000'000, kNanosPerSecond}));
  ASSERT_EQ(e.traces.size(), 1U);
  EXPECT_EQ(e.traces[0].source, "time_s\n0.5\n0.5\n1\n");
}

TEST(Experiment, a_window_of_no_length_is_refused) {
  for (const char* window : {"\"0 s\"", "\"x\"", "1", "[]"}) {
    Issues issues;
    static_cast<void>(read_experiment(
        "e.json", std::string(R"({"twinvoice": "experiment/1", "horizon": "1 s", "window": )") + window + "}",
        test::catalog(), issues));
    const auto about_window = [](const Issue& issue) { return issue.place.pointer == "/window"; };
    EXPECT_TRUE(std::any_of(issues.all().begin(), issues.all().end(), about_window)) << window;
  }
}

TEST(Experiment, windows_get_longer_with_the_horizon) {
  Experiment e;
  e.horizon.ns = 100'000 * kNanosPerSecond;
  EXPECT_EQ(e.window_or_default().ns, kNanosPerSecond);
  e.horizon.ns += 1;
  EXPECT_EQ(e.window_or_default().ns, 2 * kNanosPerSecond);
}

}  // namespace
}  // namespace twinvoice::spec
