// While a long run goes on, the first replications tell on stderr what they say so far.
#include "sim/cli/first_answer.hpp"

#include <algorithm>

#include "tests/scenario/program.hpp"

namespace twinvoice::testing {
namespace {

class FirstAnswers : public ProgramTest {
 protected:
  /// The lines of the first answer among what was printed on stderr.
  static std::vector<std::string> answer_in(const std::string& err) {
    std::istringstream text(err);
    std::vector<std::string> lines;
    bool inside = false;
    for (std::string line; std::getline(text, line);) {
      if (line.rfind("twinvoice:", 0) == 0) inside = line.find("a first answer") != std::string::npos;
      if (inside) lines.push_back(line);
    }
    return lines;
  }
};

TEST_F(FirstAnswers, say_what_a_run_of_so_many_replications_says) {
  const std::string experiment = demo();
  const auto whole = run({"run", experiment, "--replications", "5", "--first-answer-at", "3"});
  const auto lines = answer_in(whole.err);
  ASSERT_GE(lines.size(), 5U) << whole.err;
  EXPECT_EQ(lines[0], "twinvoice: a first answer, from 3 of 5 replications:");
  std::string said;
  for (const std::string& line : lines) said += line + "\n";
  EXPECT_NE(said.find("so far undecided  rto <= 2 min in 90 % of incidents: kept in 3 of 3\n"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("so far met        p99 <= 3 s of issue-invoice\n"), std::string::npos) << said;
  const auto three = run({"run", experiment, "--replications", "3"});
  const std::size_t at = three.out.find("recovery time  ");
  ASSERT_NE(at, std::string::npos) << three.out;
  const std::string times = three.out.substr(at + 15, three.out.find('\n', at) - at - 15);
  EXPECT_NE(said.find("zone-b-down: recovery time " + times + "; data loss none"), std::string::npos) << said;
}

TEST_F(FirstAnswers, leave_the_report_as_it_is) {
  const std::string experiment = demo();
  const auto plain = run({"run", experiment, "--format", "json", "--workers", "1"}).json();
  const auto after =
      run({"run", experiment, "--format", "json", "--workers", "1", "--first-answer-at", "2"}).json();
  EXPECT_EQ(plain.at("operations"), after.at("operations"));
  EXPECT_EQ(plain.at("disruptions"), after.at("disruptions"));
  EXPECT_EQ(plain.at("expectations"), after.at("expectations"));
}

TEST_F(FirstAnswers, are_not_for_the_quiet_and_come_once) {
  const std::string experiment = demo();
  EXPECT_EQ(run({"run", experiment, "--quiet", "--first-answer-at", "2"}).err, "");
  const std::string err = run({"run", experiment, "--first-answer-at", "2"}).err;
  const std::size_t first = err.find("a first answer");
  ASSERT_NE(first, std::string::npos) << err;
  EXPECT_EQ(err.find("a first answer", first + 1), std::string::npos) << err;
}

TEST_F(FirstAnswers, without_faults_tell_availability_and_latency) {
  const std::string calm = changed(
      demo(),
      R"({ "fault": "zone_down", "id": "zone-b-down", "target": "shanghai/b", "at": "80 s", "duration": "40 s" })",
      "");
  std::string text = read(calm);
  text.replace(text.find(R"({ "rto": "<= 2 min", "share": "90 %" },)"), 39, "");
  write(calm, text);
  const auto lines = answer_in(run({"run", calm, "--first-answer-at", "2"}).err);
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[1].rfind("  issue-invoice: availability 100 %", 0), 0U) << lines[1];
}

TEST(FirstAnswerRules, a_run_that_is_nearly_done_or_has_too_little_to_tell_says_nothing) {
  const cli::FirstAnswerRule rule;
  EXPECT_TRUE(cli::due(rule, 2, 10, 0.2, 2.5));
  EXPECT_FALSE(cli::due(rule, 1, 10, 0.2, 2.5)) << "one replication shows no spread";
  EXPECT_FALSE(cli::due(rule, 2, 10, 0.2, 1.9)) << "too early";
  EXPECT_FALSE(cli::due(rule, 8, 10, 0.8, 2.5)) << "the whole answer comes within a second";
  EXPECT_FALSE(cli::due(rule, 10, 10, 0.9, 60.0)) << "the whole answer is there";
  EXPECT_TRUE(cli::due(rule, 2, 10, 0.01, 300.0)) << "late is better than never";
}

}  // namespace
}  // namespace twinvoice::testing
