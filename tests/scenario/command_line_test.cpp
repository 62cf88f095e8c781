// The program as its users see it: exit codes, documents, files, messages. Inputs are those that `init` writes (seed 1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <regex>
#include <set>
#include <thread>

#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CommandLine : public testing::ProgramTest {};

TEST_F(CommandLine, version_and_help_are_data) {
  const auto version = run({"version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.rfind("twinvoice ", 0), 0U);
  const auto help = run({"run", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("Examples"), std::string::npos);
}

TEST_F(CommandLine, wrong_usage_is_exit_code_2) {
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"fly"}).code, 2);
  EXPECT_EQ(run({"run"}).code, 2);
  EXPECT_EQ(run({"run", "missing.json"}).code, 2);
  const std::string experiment = demo();
  EXPECT_EQ(run({"run", experiment, "--engine", "guess"}).code, 2);
  EXPECT_EQ(run({"run", experiment, "--horizon", "4 parsecs"}).code, 2);
}

TEST_F(CommandLine, a_word_that_is_no_command_is_named_with_what_it_may_mean) {
  const auto root = run({"rnu", "x"});
  EXPECT_EQ(root.code, 2);
  EXPECT_THAT(root.err, HasSubstr("there is no command \"rnu\"; did you mean \"run\"?"));
  EXPECT_THAT(root.err,
              HasSubstr("twinvoice has the commands init, validate, plan, run, compare, sweep, schema"));
  const auto sweep = run({"sweep", "rnu"});
  EXPECT_EQ(sweep.code, 2);
  EXPECT_THAT(sweep.err, HasSubstr("there is no command \"rnu\"; did you mean \"run\"?"));
  EXPECT_THAT(sweep.err, HasSubstr("twinvoice sweep has the commands plan, run, report, emit, status"));
  const auto far = run({"frobnicate", "--quiet"});
  EXPECT_EQ(far.code, 2);
  EXPECT_THAT(far.err, HasSubstr("there is no command \"frobnicate\"\n"));
}

TEST_F(CommandLine, of_a_mistyped_option_nothing_else_is_named) {
  const std::string experiment = demo();
  const auto run_it = run({"run", "--replicatoins", "3", experiment});
  EXPECT_EQ(run_it.code, 2);
  EXPECT_THAT(run_it.err,
              HasSubstr("twinvoice run has no option \"--replicatoins\"; did you mean \"--replications\"?"));
  EXPECT_THAT(run_it.err, Not(HasSubstr("zone-down.json")));
  const auto joined = run({"run", experiment, "--sed=3", "-z"});
  EXPECT_EQ(joined.code, 2);
  EXPECT_THAT(joined.err, HasSubstr("no option \"--sed\"; did you mean \"--seed\"?"));
  EXPECT_THAT(joined.err, HasSubstr("no option \"-z\""));
  const auto needed = run({"sweep", "emit", "slurm", "x.json", "--shard", "3"});
  EXPECT_EQ(needed.code, 2);
  EXPECT_THAT(needed.err,
              HasSubstr("twinvoice sweep emit has no option \"--shard\"; did you mean \"--shards\"?"));
  const auto late = run({"sweep", "emit", "slurm", "--", "x.json", "--shards", "3"});
  EXPECT_THAT(late.err, HasSubstr("\"--shards\" stands after \"--\""));
  const auto early = run({"--quiet", "run", experiment});
  EXPECT_EQ(early.code, 2);
  EXPECT_THAT(early.err, HasSubstr("twinvoice has no option \"--quiet\""));
  const auto extra = run({"run", experiment, "other.json"});
  EXPECT_EQ(extra.code, 2);
  EXPECT_THAT(extra.err, HasSubstr("other.json"));
}

TEST_F(CommandLine, init_never_overwrites) {
  const std::string experiment = demo();
  testing::ProgramTest::write(experiment, "mine");
  EXPECT_EQ(run({"init", path("demo")}).code, 2);
  EXPECT_EQ(read(experiment), "mine");
}

TEST_F(CommandLine, what_init_writes_is_valid_and_runs) {
  const std::string experiment = demo();
  EXPECT_EQ(run({"validate", experiment, path("demo/topologies/two-zones.json")}).code, 0);
  const auto played = run({"run", experiment, "--quiet"});
  EXPECT_EQ(played.code, 4) << "four incidents decide no share\n" << played.out << played.err;
  EXPECT_EQ(played.err, "");
  for (const char* wanted : {"rto <= 2 min in 90 % of incidents", "met", "undecided", "32 more replications",
                             "RECOVERY from zone-b-down", "issue-invoice", "seed 1"}) {
    EXPECT_NE(played.out.find(wanted), std::string::npos) << wanted;
  }
  EXPECT_EQ(played.out.find('\x1b'), std::string::npos) << "colours in a file";
}

TEST_F(CommandLine, json_has_the_promised_parts) {
  const auto played = run({"run", demo(), "--format", "json"});
  ASSERT_EQ(played.code, 4) << played.err;
  const auto j = played.json();
  EXPECT_EQ(j.at("twinvoice"), "result/2");
  EXPECT_EQ(j.at("complete"), true);
  EXPECT_EQ(j.at("manifest").at("seed"), 1);
  EXPECT_EQ(j.at("manifest").at("replications"), 4);
  EXPECT_EQ(j.at("manifest").at("inputs").at(0).at("sha256").get<std::string>().size(), 64U);
  EXPECT_TRUE(j.at("manifest").at("network_model").contains("network/model"));
  const auto& op = j.at("operations").at("issue-invoice");
  const auto& total = op.at("total");
  EXPECT_EQ(total.at("arrived").get<int>(), total.at("succeeded").get<int>() + total.at("failed").get<int>() +
                                                total.at("unanswered").get<int>());
  EXPECT_NEAR(op.at("arrived").get<double>(), total.at("arrived").get<double>() / 4.0, 1e-9) << "a run";
  EXPECT_GT(op.at("latency_s").at("p99").at("value").get<double>(),
            op.at("latency_s").at("p50").at("value").get<double>());
  EXPECT_EQ(j.at("disruptions").at(0).at("fault"), "zone-b-down");
  EXPECT_EQ(j.at("disruptions").at(0).at("at_s"), 80.0);
  const auto& promise = j.at("expectations").at(0);
  EXPECT_EQ(promise.at("verdict"), "undecided");
  EXPECT_EQ(promise.at("incidents").at(0).at("kept"), 4);
  EXPECT_EQ(promise.at("incidents").at(0).at("further_runs"), 32);
  for (const std::size_t i : {1U, 2U}) EXPECT_EQ(j.at("expectations").at(i).at("verdict"), "met");
  EXPECT_TRUE(j.at("engine").at("breaches").empty());
  EXPECT_NE(played.err.find("seed 1"), std::string::npos);
}

TEST_F(CommandLine, the_same_seed_gives_the_same_fingerprint_for_any_number_of_workers) {
  const std::string experiment = demo();
  const auto fingerprint = [&](const std::string& seed, const std::string& workers) {
    return run({"run", experiment, "--format", "json", "--replications", "3", "--seed", seed, "--workers",
                workers, "--quiet"})
        .json()
        .at("engine")
        .at("fingerprint")
        .get<std::string>();
  };
  const std::string one = fingerprint("7", "1");
  EXPECT_EQ(one, fingerprint("7", "3"));
  EXPECT_NE(one, fingerprint("8", "1"));
}

TEST_F(CommandLine, a_missed_objective_is_exit_code_3) {
  const std::string strict = changed(demo(), "\"<= 2 min\"", "\"<= 1 s\"");
  const auto played = run({"run", strict, "--format", "json", "--quiet", "--junit", path("verdicts.xml")});
  EXPECT_EQ(played.code, 3);
  EXPECT_EQ(played.json().at("expectations").at(0).at("verdict"), "missed");
  const std::string xml = read(path("verdicts.xml"));
  EXPECT_NE(xml.find("tests=\"3\" failures=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("zone-b-down: missed: kept in 0 of 4 incidents, broken in 4, share kept 0 % to 60.24 %"),
            std::string::npos)
      << xml;
}

TEST_F(CommandLine, a_horizon_within_the_window_of_a_fault_keeps_it_and_says_so) {
  const std::string drawn = changed(demo(), R"("at": "80 s")", R"("within": ["30 s", "90 s"])");
  const auto played = run({"run", drawn, "--format", "json", "--horizon", "60 s", "--replications", "2"});
  EXPECT_NE(played.err.find("\"zone-b-down\" begins between 30 s and 90 s"), std::string::npos) << played.err;
  EXPECT_EQ(played.json().at("disruptions").size(), 1U);
  const auto before = run({"run", drawn, "--format", "json", "--horizon", "30 s"});
  EXPECT_NE(before.err.find("is left out"), std::string::npos) << before.err;
  EXPECT_TRUE(before.json().at("disruptions").empty());
}

TEST_F(CommandLine, a_horizon_before_the_fault_leaves_its_expectation_undecided) {
  const auto played = run({"run", demo(), "--format", "json", "--horizon", "60 s"});
  EXPECT_EQ(played.code, 4);
  const auto j = played.json();
  EXPECT_TRUE(j.at("disruptions").empty());
  EXPECT_EQ(j.at("expectations").at(0).at("verdict"), "undecided");
  EXPECT_NE(j.at("expectations").at(0).at("why").get<std::string>().find("horizon"), std::string::npos);
  EXPECT_NE(played.err.find("zone-b-down"), std::string::npos);
}

TEST_F(CommandLine, invalid_input_is_exit_code_2_with_place_and_pointer) {
  const std::string wrong = changed(demo(), "\"<= 2 min\"", "\"2 min\"");
  for (const char* command : {"run", "validate", "plan"}) {
    const auto printed = run({command, wrong});
    EXPECT_EQ(printed.code, 2) << command;
    const std::string text = printed.out + printed.err;
    EXPECT_NE(text.find("changed.json:14:"), std::string::npos) << text;
    EXPECT_NE(text.find(": /expect/0/rto: "), std::string::npos) << text;
  }
}

TEST_F(CommandLine, a_file_of_another_format_is_told_as_that_alone) {
  const std::string experiment = demo();
  const std::string topology = path("demo/topologies/two-zones.json");
  const auto expect = [&](const std::vector<std::string>& arguments, const std::string& told) {
    const auto printed = run(arguments);
    EXPECT_EQ(printed.code, 2) << told;
    EXPECT_THAT(printed.err, HasSubstr(told));
    EXPECT_THAT(printed.err, HasSubstr("1 issue\n"));
  };
  const std::string is_topology = "/twinvoice: this file is a topology; need ";
  expect({"run", topology},
         "two-zones.json:3:16: " + is_topology + "an experiment, whose \"topology\" names");
  expect({"sweep", "run", topology}, is_topology + "a sweep");
  expect({"sweep", "plan", experiment},
         "/twinvoice: this file is an experiment; need a sweep, whose \"experiment\" names this file");
  expect({"run", experiment, "--branch-at", "1 min", "--policies", experiment},
         "/twinvoice: this file is an experiment; need a file of policies");
}

TEST_F(CommandLine, an_expectation_that_can_match_nothing_is_invalid_input) {
  const std::string wrong = changed(demo(), "\"at\": \"80 s\"", "\"at\": \"4 min\"");  // the horizon
  const auto printed = run({"run", wrong});
  EXPECT_EQ(printed.code, 2) << printed.err;
  EXPECT_NE(printed.err.find("/expect/0"), std::string::npos) << printed.err;
}

TEST_F(CommandLine, interrupt_ends_the_run_with_a_partial_document) {
  const pid_t pid = start({"run", demo(), "--horizon", "3650 d", "--format", "json", "--quiet"});
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  ASSERT_EQ(kill(pid, SIGINT), 0);
  const auto printed = finish(pid);
  EXPECT_EQ(printed.code, 130) << printed.err;
  const auto j = printed.json();
  EXPECT_EQ(j.at("complete"), false);
  EXPECT_FALSE(j.at("stops").empty());
  for (const auto& e : j.at("expectations")) EXPECT_EQ(e.at("verdict"), "undecided");
}

TEST_F(CommandLine, the_program_takes_all_descriptors_that_it_may_have) {
  const std::string experiment = demo();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{64, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  const pid_t pid = start({"run", experiment, "--horizon", "3650 d", "--quiet"});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit seen{};
  for (int look = 0; look < 400 && seen.rlim_cur != before.rlim_max; ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, nullptr, &seen), 0);
  }
  kill(pid, SIGKILL);
  (void)finish(pid);
  EXPECT_EQ(seen.rlim_cur, before.rlim_max);
}

TEST_F(CommandLine, csv_tables_are_written) {
  const auto played =
      run({"run", demo(), "--quiet", "--replications", "1", "--csv", path("tables"), "--requests"});
  EXPECT_NE(played.code, 1) << played.err;
  for (const char* name : {"operations", "components", "timeline", "causes", "disruptions", "requests"}) {
    const std::string text = read(path("tables/") + name + ".csv");
    EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 1) << name;
  }
}

TEST_F(CommandLine, the_referee_sees_the_same_requests) {
  const std::string experiment = demo();
  const auto arrived = [&](const char* engine) {
    const auto printed = run({"run", experiment, "--engine", engine, "--replications", "1", "--horizon",
                              "40 s", "--format", "json", "--quiet"});
    const auto j = printed.json();
    const auto& op = j.at("operations").at("issue-invoice");
    return std::pair(op.at("arrived").get<int>(), op.at("succeeded").get<int>());
  };
  EXPECT_EQ(arrived("kernel"), arrived("referee"));
}

TEST_F(CommandLine, plan_shows_load_and_weak_points) {
  const auto printed = run({"plan", demo()});
  EXPECT_EQ(printed.code, 0) << printed.err;
  for (const char* wanted : {"OPERATION issue-invoice", "ledger", "single points of failure", "STATIONS"}) {
    EXPECT_NE(printed.out.find(wanted), std::string::npos) << wanted;
  }
  const auto overloaded =
      run({"plan", changed(path("demo/experiments/zone-down.json"), "120 tps", "1200 tps")});
  EXPECT_NE(overloaded.out.find("overloaded"), std::string::npos) << overloaded.out;
}

/// The names under "Subcommands:" of a help text.
std::vector<std::string> subcommands_in(const std::string& help) {
  static const std::regex kName(R"(\n  ([a-z]+) )");
  std::vector<std::string> names;
  const std::size_t from = help.find("\nSubcommands:");
  if (from == std::string::npos) return names;
  const std::string list = help.substr(from, help.find("\n\n", from) - from);
  for (std::sregex_iterator it(list.begin(), list.end(), kName), end; it != end; ++it)
    names.push_back((*it)[1].str());
  return names;
}

TEST_F(CommandLine, every_help_has_examples_of_its_own_and_their_files_exist) {
  static const std::regex kPath(R"([ "]((?:experiments|topologies)/[A-Za-z0-9_./-]+))");
  std::vector<std::vector<std::string>> commands{{}};
  std::set<std::string> examples;
  std::size_t paths = 0;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    std::vector<std::string> words = commands[i];
    words.emplace_back("--help");
    const std::string help = run(words).out;
    for (const std::string& name : subcommands_in(help)) {
      commands.push_back(commands[i]);
      commands.back().push_back(name);
    }
    const std::size_t from = help.find("\nExample");
    ASSERT_NE(from, std::string::npos) << help;
    EXPECT_TRUE(examples.insert(help.substr(from)).second) << "the examples of another command:\n" << help;
    for (std::sregex_iterator it(help.begin(), help.end(), kPath), end; it != end; ++it, ++paths)
      EXPECT_TRUE(std::filesystem::exists(std::string(TWINVOICE_SOURCE_DIR) + "/" + (*it)[1].str()))
          << it->str();
  }
  EXPECT_EQ(commands.size(), 1U + 11U + 7U);
  EXPECT_GT(paths, 10U);
}

TEST_F(CommandLine, schemas_are_json) {
  for (const char* format : {"topology", "experiment"})
    EXPECT_TRUE(run({"schema", format}).json().contains("$schema")) << format;
}

}  // namespace
}  // namespace twinvoice
