// Campaigns as their users see them: the same results however they are run, failures that stay where they are, job files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <sstream>
#include <thread>

#include "tests/scenario/campaign.hpp"

namespace twinvoice {
namespace {

class SweepRun : public testing::CampaignTest {};

TEST_F(SweepRun, workers_shards_and_interruptions_leave_no_trace_in_the_results) {
  const std::string file =
      sweep(grid(6), R"({"least": 3, "most": 8, "until": [{"figure": "mean", "relative": "2 %"}]})");
  const auto alone = run_sweep(file, path("one.sqlite"), {"--workers", "1"});
  ASSERT_EQ(alone.code, 0) << alone.err;
  EXPECT_EQ(alone.json().at("cells").at("complete"), 12);
  const std::string wanted = tables(path("one.sqlite"));
  EXPECT_NE(wanted.find("issue-invoice.p99"), std::string::npos);

  ASSERT_EQ(run_sweep(file, path("two.sqlite"), {"--workers", "2"}).code, 0);
  EXPECT_TRUE(tables(path("two.sqlite")) == wanted) << "other results";

  // Eight shards, two of them killed on their way and run again; joined in either order.
  std::vector<std::string> parts;
  for (int i = 1; i <= 8; ++i) {
    parts.push_back(path(fmt::format("part{}.sqlite", i)));
    const std::string shard = fmt::format("{}/8", i);
    if (i == 2 || i == 7) {
      const pid_t pid = start({"sweep", "run", file, "--store", parts.back(), "--quiet", "--shard", shard});
      while (acknowledged_so_far(parts.back()) == 0 && waitpid(pid, nullptr, WNOHANG) == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    ASSERT_EQ(run_sweep(file, parts.back(), {"--shard", shard}).code, 0);
  }
  for (const std::string& name : {path("all.sqlite"), path("backwards.sqlite")}) {
    {
      store::Store all(name, store::Store::Mode::kCreate);
      store::merge(all, parts);
    }
    EXPECT_TRUE(tables(name) == wanted) << "other results";
    std::reverse(parts.begin(), parts.end());
  }
}

TEST_F(SweepRun, a_cell_has_the_figures_that_run_gives_for_its_replications) {
  const std::string file =
      sweep(R"("load": {"of": "/load/issue-invoice/poisson", "values": ["40 tps"]})", "4");
  ASSERT_EQ(run_sweep(file, path("s.sqlite")).code, 0);
  const store::Store store(path("s.sqlite"), store::Store::Mode::kRead);
  const auto cell = store.cell(store.finished().at(0));
  ASSERT_TRUE(cell);
  std::filesystem::create_directory(path("cell"));
  write(path("cell/experiment.json"), cell->experiment_text);
  write(path("cell/topology.json"), cell->topology_text);
  const auto played =
      run({"run", path("cell/experiment.json"), "--replications", "4", "--format", "json", "--quiet"});
  const auto j = played.json();
  const auto expect_same = [&](const std::string& name, const nlohmann::json& estimate) {
    for (const store::CellFigure& figure : cell->figures) {
      if (figure.name != name) continue;
      const auto same = [&](double value, const nlohmann::json& written) {
        return written.is_null() ? !std::isfinite(value) : value == written.get<double>();
      };
      EXPECT_TRUE(same(figure.estimate.value, estimate.at("value"))) << name;
      EXPECT_TRUE(same(figure.estimate.low, estimate.at("low"))) << name;
      EXPECT_TRUE(same(figure.estimate.high, estimate.at("high"))) << name;
      return;
    }
    ADD_FAILURE() << "no figure " << name;
  };
  const auto& operation = j.at("operations").at("issue-invoice");
  for (const char* name : {"mean", "p50", "p95", "p99", "p999"})
    expect_same(std::string("issue-invoice.") + name, operation.at("latency_s").at(name));
  expect_same("issue-invoice.availability", operation.at("availability").at("request"));
  expect_same("issue-invoice.availability_time", operation.at("availability").at("time"));
  expect_same("zone-b-down.rto", j.at("disruptions").at(0).at("rto_s"));
  EXPECT_GT(j.at("disruptions").at(0).at("rto_s").at("value").get<double>(), 0.0);
}

TEST_F(SweepRun, cells_that_fail_say_why_and_do_not_stop_the_others) {
  const std::string file = sweep(
      R"("case": {"choices": {
        "fine": {"/window": "1 s"},
        "few events": {"/limits": {"events": 1000}},
        "nowhere": {"/faults/0/target": "shanghai/q"},
        "little memory": {"/limits": {"memory": "1 KiB"}},
        "fine too": {"/window": "2 s"}}})",
      "2");
  const auto played = run_sweep(file, path("s.sqlite"));
  EXPECT_EQ(played.code, 5) << played.err;
  const auto j = played.json();
  EXPECT_EQ(j.at("cells").at("complete"), 2);
  ASSERT_EQ(j.at("failures").size(), 3U);
  EXPECT_NE(j.at("failures").at(0).at("reason").get<std::string>().find("replication 0: ended at"),
            std::string::npos)
      << played.out;
  EXPECT_NE(j.at("failures").at(1).at("reason").get<std::string>().find("/faults/0"), std::string::npos);
  const auto again = run_sweep(file, path("s.sqlite"));
  EXPECT_EQ(again.code, 5);
  EXPECT_EQ(again.json().at("replications").at("run"), 0);
  EXPECT_EQ(run_sweep(file, path("s.sqlite"), {"--retry-failed"}).code, 5);
}

TEST_F(SweepRun, a_limit_of_time_ends_the_cells_that_are_beyond_it) {
  const std::string file = sweep(R"("horizon": {"of": "/horizon", "values": ["100 s", "30 d"]})", "1",
                                 R"(, "limits": {"time": "2 s"})");
  const auto played = run_sweep(file, path("s.sqlite"));
  EXPECT_EQ(played.code, 5) << played.err;
  EXPECT_EQ(played.json().at("failures").at(0).at("reason"),
            "replication 0 takes longer than its limit of 2.00 s");
}

TEST_F(SweepRun, an_interrupted_campaign_goes_on) {
  const std::string file = sweep(grid(6), "6");
  const std::string store = path("s.sqlite");
  const pid_t pid = start({"sweep", "run", file, "--store", store, "--quiet", "--workers", "1"});
  while (acknowledged_so_far(store) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  kill(pid, SIGINT);
  EXPECT_EQ(finish(pid).code, 130);
  const std::size_t before = acknowledged(store).size();
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, 72U);
  const auto rest = run_sweep(file, store);
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(rest.json().at("replications").at("run"), 72 - before);
}

TEST_F(SweepRun, a_job_array_of_slurm_says_which_shard) {
  const std::string file = sweep(grid(2), "1");
  setenv("SLURM_ARRAY_TASK_ID", "5", 1);
  setenv("SLURM_ARRAY_TASK_MIN", "3", 1);
  setenv("SLURM_ARRAY_TASK_MAX", "7", 1);
  setenv("SLURM_ARRAY_TASK_STEP", "2", 1);
  setenv("SLURM_ARRAY_TASK_COUNT", "3", 1);
  const auto second = run({"sweep", "run", file, "--store", path("s.sqlite")});
  setenv("SLURM_ARRAY_TASK_COUNT", "2", 1);
  const auto unclear = run({"sweep", "run", file, "--store", path("u.sqlite")});
  for (const char* name : {"ID", "MIN", "MAX", "STEP", "COUNT"})
    unsetenv(("SLURM_ARRAY_TASK_" + std::string(name)).c_str());
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_NE(second.err.find("1 cells (shard 2 of 3, from SLURM_ARRAY_TASK_ID)"), std::string::npos)
      << second.err;
  EXPECT_EQ(unclear.code, 2);
}

TEST_F(SweepRun, wrong_figures_and_shards_are_refused_before_anything_runs) {
  const std::string file =
      sweep(grid(2), R"({"least": 2, "most": 4, "until": [{"figure": "p98", "relative": "5 %"}]})");
  const auto figure = run_sweep(file, path("s.sqlite"));
  EXPECT_EQ(figure.code, 2);
  EXPECT_NE(figure.err.find("there is no figure \"p98\""), std::string::npos) << figure.err;
  EXPECT_FALSE(std::filesystem::exists(path("s.sqlite")));
  const std::string busy = sweep(grid(2), "1", R"(, "objectives": [{"minimise": "invoice.utilisation"}])");
  EXPECT_EQ(run_sweep(busy, path("busy.sqlite")).code, 0) << "known before any run";
  const std::string fine = sweep(grid(2), "1");
  for (const char* shard : {"0/2", "3/2", "1", "a/b", "1/", "1/2/3"})
    EXPECT_EQ(run_sweep(fine, path("s.sqlite"), {"--shard", shard}).code, 2) << shard;
}

TEST_F(SweepRun, the_best_cells_are_told_with_units_and_without_a_verdict) {
  const std::string file = sweep(
      grid(2), "3", R"(, "objectives": [{"minimise": "rto"}, {"maximise": "issue-invoice.availability"}])");
  const auto played = run({"sweep", "run", file, "--quiet", "--store", path("a store.sqlite")});
  ASSERT_EQ(played.code, 0) << played.err;
  static const std::regex kRto(
      R"(LEAST rto \(each cell alone, 95 % intervals\)\n  load=.*  [0-9.]+ m?s \[[0-9.]+ m?s, )");
  static const std::regex kAvailability(
      R"(MOST issue-invoice\.availability \(each.*\n  load=.*  [0-9.]+ % \[)");
  EXPECT_TRUE(std::regex_search(played.out, kRto)) << played.out;
  EXPECT_TRUE(std::regex_search(played.out, kAvailability)) << played.out;
  EXPECT_NE(played.out.find("  twinvoice sweep report '" + path("a store.sqlite") + "'\n"), std::string::npos)
      << played.out;
  std::istringstream lines(played.out);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 100U + folder_.string().size()) << line;
}

TEST_F(SweepRun, job_files_name_every_shard_and_join_their_stores) {
  const std::string file = sweep(grid(2), "1");
  for (const char* target : {"slurm", "parallel", "k8s"}) {
    const auto printed = run({"sweep", "emit", target, file, "--shards", "3"});
    EXPECT_EQ(printed.code, 0) << target;
    for (const char* wanted :
         {"sweep run ", "/3", "-of-3.twinvoice.sqlite", "sweep merge demo.twinvoice.sqlite"})
      EXPECT_NE(printed.out.find(wanted), std::string::npos) << target << ": " << wanted;
    for (const char* form : {"@N", "@FILE", "@STORE", "@PROGRAM", "@JOB"})
      EXPECT_EQ(printed.out.find(form), std::string::npos) << target;
    if (std::string(target) == "k8s" || std::system("command -v shellcheck >/dev/null") != 0) continue;
    write(path("job.sh"), printed.out);
    EXPECT_EQ(std::system(("shellcheck " + path("job.sh")).c_str()), 0) << target;
  }
}

// GNU parallel takes its options for templates: {= code =} in one of them is Perl that runs. None may hold a name or a path.
TEST_F(SweepRun, no_name_reaches_the_options_of_gnu_parallel) {
  const auto printed = run({"sweep", "emit", "parallel", sweep(grid(2), "1"), "--shards", "3", "--program",
                            "{= die =}/twinvoice"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  const std::string::size_type from = printed.out.find("| parallel ");
  ASSERT_NE(from, std::string::npos);
  const std::string line = printed.out.substr(from, printed.out.find('\n', from) - from);
  EXPECT_EQ(
      line,
      "| parallel --null --jobs 1 --retries 3 --line-buffer --tagstring '{#}' --workdir . \"${login[@]}\" || "
      "status=5");
}

TEST_F(SweepRun, gnu_parallel_executes_nothing_in_the_name_of_the_folder) {
  if (std::system("parallel --version 2>/dev/null | grep -q 'GNU parallel'") != 0)
    GTEST_SKIP() << "GNU parallel is not installed";
  const std::string file = sweep(grid(2), "1");
  const auto script =
      run({"sweep", "emit", "parallel", file, "--shards", "2", "--program", TWINVOICE_BINARY});
  const auto folder = folder_ / R"(p {= system("touch PWN1") =} {} $(touch PWN2) d)";
  std::filesystem::create_directory(folder);
  write((folder / "job.sh").string(), script.out);
  EXPECT_EQ(std::system(fmt::format("cd '{}' && bash job.sh >job.log 2>&1", folder.string()).c_str()), 0)
      << read((folder / "job.log").string());
  for (const char* made : {"PWN1", "PWN2"}) EXPECT_FALSE(std::filesystem::exists(folder / made)) << made;
}

TEST_F(
    SweepRun,
    a_shard_on_kubernetes_finds_its_sweep_from_the_folder_of_the_image_and_leaves_its_store_in_the_volume) {
  if (std::system("python3 -c 'import yaml' 2>/dev/null") != 0) GTEST_SKIP() << "PyYAML is not installed";
  static_cast<void>(sweep(grid(3), "1"));
  const auto jobs = run({"sweep", "emit", "k8s", path("demo/sweep.json"), "--shards", "2", "--program",
                         TWINVOICE_BINARY, "--image", "registry.example:5000/a \"b\": #1"});
  ASSERT_EQ(jobs.code, 0) << jobs.err;
  write(path("jobs.yaml"), jobs.out);
  write(path("look.py"), R"(import sys, yaml
shards, merge = yaml.safe_load_all(open("jobs.yaml"))
shard, join = (job["spec"]["template"]["spec"]["containers"][0] for job in (shards, merge))
assert shard["image"] == join["image"] == 'registry.example:5000/a "b": #1', shard["image"]
assert "workingDir" not in shard and join["workingDir"] == "/results"
assert shard["resources"] == {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}
assert " --workers 1 " in shard["args"][0]
assert shards["spec"]["completions"] == 2 and merge["spec"]["suspend"] is True
here = sys.argv[1]
open("shard.sh", "w").write(shard["args"][0].replace(here + "/demo/", "").replace(" /results/", " ../results/"))
open("merge.sh", "w").write(join["args"][0])
)");
  const auto shell = [&](const std::string& command) {
    return std::system(fmt::format("cd '{}' && ({}) >>job.log 2>&1", folder_.string(), command).c_str());
  };
  ASSERT_EQ(shell("mkdir results; python3 look.py '" + folder_.string() + "'"), 0) << read(path("job.log"));
  for (const char* index : {"0", "1"})
    EXPECT_EQ(shell(fmt::format("cd demo && JOB_COMPLETION_INDEX={} sh ../shard.sh", index)), 0)
        << read(path("job.log"));
  EXPECT_EQ(shell("cd results && sh ../merge.sh"), 0) << read(path("job.log"));
  ASSERT_EQ(run_sweep(path("demo/sweep.json"), path("calm.sqlite")).code, 0);
  EXPECT_TRUE(tables(path("results/demo.twinvoice.sqlite")) == tables(path("calm.sqlite")))
      << "other results";
  for (const char* told : {"never becomes complete", "condition=failed"})
    EXPECT_NE(jobs.out.find(told), std::string::npos) << told;
}

TEST_F(SweepRun, the_script_for_gnu_parallel_runs_the_shards_and_joins_them) {
  if (std::system("parallel --version 2>/dev/null | grep -q 'GNU parallel'") != 0)
    GTEST_SKIP() << "GNU parallel is not installed";
  const std::string file = sweep(grid(3), "2");
  ASSERT_EQ(run_sweep(file, path("calm.sqlite")).code, 0);
  const auto script =
      run({"sweep", "emit", "parallel", file, "--shards", "3", "--program", TWINVOICE_BINARY});
  write(path("job.sh"), script.out);
  EXPECT_EQ(std::system(fmt::format("cd '{}' && bash job.sh >job.log 2>&1", folder_.string()).c_str()), 0)
      << read(path("job.log"));
  EXPECT_TRUE(tables(path("demo.twinvoice.sqlite")) == tables(path("calm.sqlite"))) << "other results";
}

}  // namespace
}  // namespace twinvoice
