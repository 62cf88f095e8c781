// run --baseline: a kept result beside a new one.
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

class BaselineRun : public testing::ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    experiment_ = demo();
  }
  [[nodiscard]] testing::Printed beside_it(const std::string& experiment) const {
    return run({"run", experiment, "--quiet", "--replications", "40", "--baseline", path("kept.json")});
  }
  std::string experiment_;
};

// The demo keeps its promise of 2 min with an outage of 60 s as with one of 40 s: only the baseline tells them apart.
TEST_F(BaselineRun,
       the_same_run_is_alike_and_what_is_surely_worse_is_exit_code_3_though_every_promise_is_met) {
  const auto kept = run({"run", experiment_, "--quiet", "--format", "json", "--replications", "40"});
  ASSERT_EQ(kept.code, 0) << kept.err;
  write(path("kept.json"), kept.out);

  const auto same = beside_it(experiment_);
  EXPECT_EQ(same.code, 0) << same.out << same.err;
  EXPECT_NE(same.out.find("AGAINST THE BASELINE"), std::string::npos);
  EXPECT_NE(same.out.find("figures alike, 0 undecided"), std::string::npos) << same.out;
  EXPECT_EQ(same.out.find("worse"), std::string::npos);
  EXPECT_EQ(same.out.find("WHAT DIFFERS"), std::string::npos);

  const auto longer = beside_it(changed(experiment_, "\"duration\": \"40 s\"", "\"duration\": \"60 s\""));
  EXPECT_EQ(longer.code, 3) << longer.out << longer.err;
  EXPECT_NE(longer.out.find("▼ worse"), std::string::npos) << longer.out;
  EXPECT_NE(longer.out.find(" MET "), std::string::npos);
  EXPECT_NE(longer.out.find("duration: \"40 s\" → \"60 s\""), std::string::npos) << longer.out;
}

TEST_F(BaselineRun, what_is_no_result_is_refused_before_anything_is_played) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"twinvoice": "sweep/1"})", R"({"twinvoice": "result/2"})"}) {
    write(path("kept.json"), text);
    const auto refused = beside_it(experiment_);
    EXPECT_EQ(refused.code, 2) << text;
    EXPECT_EQ(refused.out, "") << text;
    EXPECT_NE(refused.err.find("kept.json"), std::string::npos) << refused.err;
  }
}

}  // namespace
}  // namespace twinvoice
