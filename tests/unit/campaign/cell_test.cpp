#include "sim/campaign/cell.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/campaign/campaign_fixture.hpp"

namespace twinvoice::campaign {

namespace {

using test::axes;

const std::string kDetection = R"("detection": {"of": "kill.at", "values": ["5 s", "15 s", "60 s"]})";
const std::string kPool = R"("pool": {"of": "topology:/components/invoice/threads", "values": [16, 64]})";

std::set<std::string> ids(const Cells& cells) {
  std::set<std::string> out;
  for (const Cell& cell : cells.all()) out.insert(cell.id);
  return out;
}

TEST(Cell, levels_are_written_into_the_inputs) {
  const test::Base base("levels");
  const Cells cells = base.cells(axes(kDetection + ", " + kPool) +
                                 R"(, "set": {"/horizon": "3 h", "/window": "2 s", "/initial": null})");
  ASSERT_EQ(cells.size(), 6U);
  const Cell cell = cells.at(3);
  EXPECT_EQ(cell.label, "detection=15 s, pool=64");
  const spec::Experiment e = experiment_of(cell, spec::test::catalog());
  EXPECT_EQ(range_of(e.faults[1].at).low.ns, 15 * kNanosPerSecond);
  EXPECT_EQ(e.horizon.ns, 3 * 3600 * kNanosPerSecond);
  EXPECT_EQ(e.window->ns, 2 * kNanosPerSecond);
  EXPECT_TRUE(e.initial.empty());
  EXPECT_EQ(e.seed, 7);
  EXPECT_EQ(e.replications, 1);
  EXPECT_NE(cell.topology_text.find(R"("threads":64)"), std::string::npos);
  EXPECT_EQ(cells.replications().most, 10);
}

TEST(Cell, texts_are_canonical_and_run_beside_each_other) {
  const test::Base base("texts");
  const Cell cell = base.cells(axes(kDetection)).at(0);
  EXPECT_EQ(cell.experiment_text.find("note"), std::string::npos);
  EXPECT_EQ(cell.topology_text.find("for tests"), std::string::npos);
  EXPECT_NE(cell.experiment_text.find(R"("topology":"topology.json")"), std::string::npos);
  EXPECT_NE(cell.experiment_text.find(R"("seed":7)"), std::string::npos);
  EXPECT_EQ(cell.experiment_text.find("replications"), std::string::npos);
}

TEST(Cell, its_two_texts_side_by_side_are_an_experiment) {
  const test::Base base("beside");
  const Cell cell = base.cells(axes(kDetection + ", " + kPool)).at(5);
  std::filesystem::create_directories(base.workspace().root() / "cell");
  const std::string file = base.workspace().write("cell/experiment.json", cell.experiment_text);
  base.workspace().write("cell/topology.json", cell.topology_text);
  const spec::Experiment e = spec::load_experiment(file, spec::test::catalog());
  EXPECT_EQ(range_of(e.faults[1].at).low.ns, 60 * kNanosPerSecond);
  EXPECT_EQ(e.source, experiment_of(cell, spec::test::catalog()).source);
}

TEST(CellId, is_the_same_for_another_order_of_axes_another_name_and_other_remarks) {
  const test::Base base("same");
  const auto one = ids(base.cells(axes(kDetection + ", " + kPool)));
  EXPECT_EQ(one.size(), 6U);
  EXPECT_EQ(one, ids(base.cells(axes(kPool + ", " + kDetection), "another")));
  EXPECT_EQ(one, ids(base.cells(axes(kPool + ", " + kDetection) +
                                R"(, "replications": 3, "description": "x", "limits": {"time": "1 s"})")));
  base.workspace().write("experiments/e.json",
                         test::with(test::with(spec::test::kExperiment, "\"replications\": 10,",
                                               "\"replications\": 99, \"name\": \"n\","),
                                    "{\"poisson\": \"580 tps\"}",
                                    "{ \"poisson\":\"580 tps\", \"note\": \"assumed\" } // more\n"));
  base.workspace().write("topologies/small.json",
                         test::with(spec::test::kTopology, "\"for tests\"", "\"for other tests\""));
  EXPECT_EQ(one, ids(base.cells(axes(kDetection + ", " + kPool))));
}

TEST(CellId, new_members_do_not_tell_the_order_of_axes) {
  const test::Base base("new");
  const std::string a = R"("a": {"of": "invoice.error_rate", "values": ["1 %", "2 %"]})";
  const std::string b = R"("b": {"of": "invoice.cost", "values": [1, 2]})";
  EXPECT_EQ(ids(base.cells(axes(a + ", " + b))), ids(base.cells(axes(b + ", " + a))));
}

TEST(CellId, differs_when_any_input_does) {
  const test::Base base("differs");
  std::set<std::string> seen = ids(base.cells(axes(kDetection)));
  ASSERT_EQ(seen.size(), 3U);
  const auto all_new = [&](const Cells& cells) {
    const std::size_t before = seen.size();
    seen.merge(ids(cells));
    EXPECT_EQ(seen.size(), before + cells.size());
  };
  all_new(base.cells(axes(kDetection) + R"(, "seed": 8)"));
  all_new(base.cells(axes(kDetection) + R"(, "draws": "independent")"));
  all_new(base.cells(axes(kDetection) + R"(, "set": {"/warm_up": "4 min"})"));
  all_new(base.cells(axes(kDetection) + R"(, "set": {"/topology": "../topologies/slow.json"})"));
  const std::string file = base.workspace().write("sweeps/s.json", test::sweep_text(axes(kDetection)));
  all_new(Cells(spec::load_sweep(file), {"test 2", "kernel"}));
  all_new(Cells(spec::load_sweep(file), {"test 1", "referee"}));
  base.workspace().write("experiments/e.json", test::with(spec::test::kExperiment, "580 tps", "581 tps"));
  all_new(base.cells(axes(kDetection)));
}

TEST(CellId, the_content_of_a_trace_belongs_to_it) {
  const test::Base base("trace");
  const std::string set = R"(, "set": {"/load/issue": {"trace": "arrivals.csv"}})";
  base.workspace().write("experiments/arrivals.csv", "0.5\n1.5\n");
  const auto one = ids(base.cells(axes(kDetection) + set));
  EXPECT_EQ(base.problems(axes(kDetection) + set), "");
  base.workspace().write("experiments/arrivals.csv", "0.5\n1.6\n");
  const auto other = ids(base.cells(axes(kDetection) + set));
  for (const std::string& id : one) EXPECT_EQ(other.count(id), 0U);
}

TEST(CellId, another_value_of_an_axis_keeps_the_other_cells) {
  const test::Base base("keeps");
  for (const char* draws : {"common", "independent"}) {
    const std::string mode = std::string(R"(, "draws": ")") + draws + "\"";
    const auto one = ids(base.cells(axes(kDetection + ", " + kPool) + mode));
    const auto other = ids(base.cells(axes(test::with(kDetection, "15 s", "20 s") + ", " + kPool) + mode));
    std::vector<std::string> common;
    std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(common));
    EXPECT_EQ(common.size(), 4U) << draws;
  }
}

TEST(Cell, common_draws_share_the_seed_and_independent_ones_do_not) {
  const test::Base base("draws");
  std::set<std::uint64_t> seeds;
  for (const Cell& cell : base.cells(axes(kDetection) + R"(, "draws": "independent")").all()) {
    seeds.insert(cell.seed);
    EXPECT_EQ(static_cast<std::uint64_t>(experiment_of(cell, spec::test::catalog()).seed), cell.seed);
  }
  EXPECT_EQ(seeds.size(), 3U);
  for (const Cell& cell : base.cells(axes(kDetection) + R"(, "seed": 5)").all()) EXPECT_EQ(cell.seed, 5U);
}

TEST(Cell, topologies_are_chosen_by_an_axis_and_changed_by_others) {
  const test::Base base("topologies");
  const Cells cells = base.cells(axes(
      R"("net": {"choices": {"fast": {"/topology": "../topologies/small.json"}, "slow": {"/topology": "../topologies/slow.json"}}}, )" +
      kPool));
  ASSERT_EQ(cells.size(), 4U);
  EXPECT_NE(cells.at(0).topology_text.find("\"14 ms\""), std::string::npos);
  EXPECT_NE(cells.at(3).topology_text.find("\"40 ms\""), std::string::npos);
  EXPECT_NE(cells.at(3).topology_text.find(R"("threads":64)"), std::string::npos);
  EXPECT_EQ(ids(cells).size(), 4U);
}

TEST(Cell, a_change_inside_of_a_replaced_value_comes_after_it_in_any_order) {
  const test::Base base("inside");
  const std::string load =
      R"("kind": {"choices": {"p": {"/load/issue": {"poisson": "1 tps"}}, "d": {"/load/issue": {"deterministic": "1 tps", "batch": 2}}}})";
  const std::string batch = R"("batch": {"of": "/load/issue/batch", "values": [3, 4]})";
  const Cells cells = base.cells(axes(batch + ", " + load));
  EXPECT_NE(cells.at(1).experiment_text.find(R"({"deterministic":"1 tps","batch":3})"), std::string::npos);
  EXPECT_EQ(ids(cells), ids(base.cells(axes(load + ", " + batch))));
}

TEST(Cell, faults_can_be_added_and_removed) {
  const test::Base base("faults");
  const Cells cells = base.cells(axes(
      R"("more": {"choices": {"none": {}, "one": {"/faults/-": {"fault": "instance_kill", "target": "tax", "at": "2 min"}}, "fewer": {"kill": null}}})"));
  const auto faults = [&](std::size_t i) {
    return experiment_of(cells.at(i), spec::test::catalog()).faults.size();
  };
  EXPECT_EQ(faults(0), 2U);
  EXPECT_EQ(faults(1), 3U);
  EXPECT_EQ(faults(2), 1U);
}

TEST(Targets, what_leads_nowhere_or_to_several_places_is_refused_with_candidates) {
  const test::Base base("targets");
  const auto told = [&](const std::string& target) {
    return base.problems(axes(R"("a": {"of": ")" + target + R"(", "values": ["1 s"]})"));
  };
  const auto expect = [&](const std::string& target, const std::string& message) {
    const std::string text = told(target);
    EXPECT_NE(text.find(message), std::string::npos) << target << "\n" << text;
    EXPECT_NE(text.find("sweeps/s.json:1:"), std::string::npos) << text;
    EXPECT_NE(text.find("in the cell a=1 s: "), std::string::npos) << text;
  };
  expect("invoce.threads", "nothing is called \"invoce\"; did you mean \"invoice\"?");
  expect("invoice.thread.max", "has no member \"thread\"; did you mean \"threads\"?");
  expect("issue", R"(has several meanings: "topology:/operations/issue", "/load/issue")");
  expect("/components/invoice/cores", R"(did you mean "topology:/components/invoice/cores"?)");
  expect("/faults/7/at", "has 2 elements and no \"7\"");
  expect("/horizon/x", "is a string and has no member");
  expect("/replications", "the sweep's own \"replications\"");
  EXPECT_EQ(told("kill.at"), "");
  EXPECT_EQ(told("region_down.at"), "");
  EXPECT_EQ(told("invoice.calls.tax.timeout"), "");
  EXPECT_EQ(told("issue.objective.p99"), "");
}

TEST(Targets, two_axes_do_not_change_one_place) {
  const test::Base base("twice");
  EXPECT_NE(base.problems(axes(kDetection + R"(, "again": {"of": "/faults/1/at", "values": ["7 s"]})"))
                .find("both change /faults/1/at"),
            std::string::npos);
  EXPECT_NE(base.problems(axes(R"("a": {"of": "/seed", "values": [1, 2]})") + R"(, "seed": 3)")
                .find("has a \"seed\" of its own"),
            std::string::npos);
}

TEST(Cells, files_outside_of_the_workspace_are_refused) {
  const test::Base base("outside");
  EXPECT_NE(base.problems(axes(R"("t": {"choices": {"x": {"/topology": "../../../etc/passwd"}}})"))
                .find("leads out of the workspace"),
            std::string::npos);
  EXPECT_NE(base.problems(axes(kDetection) + R"(, "set": {"/topology": "/etc/passwd"})")
                .find("is an absolute path"),
            std::string::npos);
}

TEST(Cells, a_topology_is_a_file) {
  const test::Base base("topology-range");
  EXPECT_NE(base.problems(axes(R"("t": {"of": "/topology", "from": 0.5, "to": 1.5})") +
                          R"(, "design": {"sobol": {"points": 2}})")
                .find("need the file of a topology"),
            std::string::npos);
  EXPECT_NE(
      base.problems(axes(R"("t": {"of": "/topology", "values": [3]})")).find("need the file of a topology"),
      std::string::npos);
}

TEST(Cells, what_the_models_refuse_names_the_cell_the_file_and_the_pointer) {
  const test::Base base("refused");
  const std::string told = base.problems(axes(R"("a": {"of": "invoice.cores", "values": [4, -1]})"));
  EXPECT_NE(told.find("topologies/small.json: /components/invoice/cores: in the cell a=-1: "),
            std::string::npos)
      << told;
}

}  // namespace
}  // namespace twinvoice::campaign
