// twinvoice compare as its users see it. Inputs are those that `init` writes (seed 1), with one change.
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

class Compare : public testing::ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    a_ = demo();
  }
  /// The demo with its outage of 40 s ended after 20 s.
  [[nodiscard]] std::string shorter_outage() const {
    return changed(a_, "\"duration\": \"40 s\"", "\"duration\": \"20 s\"");
  }
  std::string a_;
};

TEST_F(Compare, a_shorter_outage_is_better_and_both_renderings_say_so) {
  const std::string b = shorter_outage();
  const std::vector<std::string> arguments{"compare",        a_,  b,        "--figure", "availability",
                                           "--replications", "4", "--quiet"};
  const auto text = run(arguments);
  EXPECT_EQ(text.code, 0) << text.out << text.err;
  EXPECT_EQ(text.err, "");
  EXPECT_NE(text.out.find("B is better"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("DECIDED"), std::string::npos);
  EXPECT_EQ(text.out.find('\x1b'), std::string::npos) << "colours in a file";
  auto as_json = arguments;
  as_json.insert(as_json.end(), {"--format", "json"});
  const auto printed = run(as_json);
  ASSERT_EQ(printed.code, 0) << printed.err;
  const auto j = printed.json();
  EXPECT_EQ(j.at("twinvoice"), "comparison/1");
  EXPECT_EQ(j.at("decided"), true);
  EXPECT_EQ(j.at("replications"), 4);
  EXPECT_EQ(j.at("seed"), 1);
  const auto& figure = j.at("figures").at("issue-invoice.availability");
  EXPECT_EQ(figure.at("verdict"), "b_better");
  EXPECT_GT(figure.at("difference").at("low").get<double>(), 0.0);
  EXPECT_LT(figure.at("unavailability_ratio").at("high").get<double>(), 1.0);
  EXPECT_EQ(j.at("figures").size(), 1U);
  EXPECT_EQ(j.at("a").at("inputs").at(0).at("sha256").get<std::string>().size(), 64U);
}

TEST_F(Compare, the_same_design_is_the_same_and_shares_its_luck) {
  const auto printed = run({"compare", a_, a_, "--replications", "2", "--format", "json", "--quiet"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  const auto j = printed.json();
  EXPECT_TRUE(j.at("figures").contains("issue-invoice.p99"));
  EXPECT_TRUE(j.at("figures").contains("zone-b-down.rto"));
  EXPECT_FALSE(j.at("figures").contains("issue-invoice.p50"));
  for (const auto& [name, figure] : j.at("figures").items()) EXPECT_EQ(figure.at("verdict"), "same") << name;
}

TEST_F(Compare, too_few_replications_are_undecided_and_exit_code_4) {
  // Two replications of a change that moves the mean by a hair: most clients have noticed the outage before its first end.
  const std::string b = changed(a_, "\"duration\": \"40 s\"", "\"duration\": \"20 s\"");
  const std::vector<std::string> arguments{"compare",        a_,  b,        "--figure", "mean",
                                           "--replications", "2", "--quiet"};
  const auto indifferent = run(arguments);
  EXPECT_EQ(indifferent.code, 0);
  EXPECT_NE(indifferent.out.find("≈ none that matters"), std::string::npos) << indifferent.out;
  auto minded = arguments;
  minded.insert(minded.end(), {"--indifference", "0 %"});
  const auto printed = run(minded);
  EXPECT_EQ(printed.code, 4) << printed.out << printed.err;
  EXPECT_NE(printed.out.find("? undecided"), std::string::npos) << printed.out;
  EXPECT_NE(printed.out.find("more replications"), std::string::npos) << printed.out;
}

TEST_F(Compare, until_plays_on_to_the_precision_or_to_the_most) {
  const std::string b = shorter_outage();
  const auto arguments = [&](const std::string& until, const std::string& most) {
    return std::vector<std::string>{"compare", a_,       b,    "--figure", "availability", "--until",
                                    until,     "--most", most, "--format", "json",         "--quiet"};
  };
  const auto precise = run(arguments("90 %", "11"));
  ASSERT_EQ(precise.code, 0) << precise.err;
  EXPECT_EQ(precise.json().at("replications"), 10);
  EXPECT_EQ(run(arguments("0.0001 %", "11")).json().at("replications"), 11);
}

TEST_F(Compare, figures_of_one_design_alone_are_named_and_not_compared) {
  const std::string b = changed(a_, "\"zone-b-down\"", "\"zone-b-lost\"");
  const auto printed = run({"compare", a_, b, "--replications", "2", "--quiet", "--format", "json"});
  const auto j = printed.json();
  EXPECT_EQ(j.at("only_one").at(0), "zone-b-down.rto (A)");
  EXPECT_FALSE(j.at("figures").contains("zone-b-lost.rto"));
  EXPECT_EQ(run({"compare", a_, b, "--figure", "rto", "--quiet"}).code, 2);
}

TEST_F(Compare, wrong_input_is_exit_code_2_with_the_problems_of_both_files) {
  const std::string wrong = changed(a_, "\"<= 2 min\"", "\"2 min\"");
  const auto both = run({"compare", "missing.json", wrong});
  EXPECT_EQ(both.code, 2);
  EXPECT_NE(both.err.find("missing.json"), std::string::npos) << both.err;
  EXPECT_NE(both.err.find("/expect/0/rto"), std::string::npos) << both.err;
  const auto figure = run({"compare", a_, a_, "--figure", "p98", "--quiet"});
  EXPECT_EQ(figure.code, 2);
  EXPECT_NE(figure.err.find("issue-invoice.p99"), std::string::npos) << figure.err;
  EXPECT_EQ(run({"compare", a_}).code, 2);
  EXPECT_EQ(run({"compare", a_, a_, "--until", "0 %"}).code, 2);
  EXPECT_EQ(run({"compare", a_, a_, "--until", "5 s"}).code, 2);
  EXPECT_EQ(run({"compare", a_, a_, "--until", "5 %", "--replications", "5"}).code, 2);
  EXPECT_EQ(run({"compare", a_, a_, "--replications", "1"}).code, 2);
}

}  // namespace
}  // namespace twinvoice
