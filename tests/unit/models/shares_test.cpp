// Fate groups: how a share of failures becomes a clock of its own, and what cannot be shared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compile_text.hpp"
#include "tests/unit/models/lowering.hpp"

namespace twinvoice::models {
namespace {

using testing::compile_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string mortal(const std::string& name, const std::string& life, int replicas = 1) {
  return "\"" + name + R"(": {"model": "service", "replicas": {"a": )" + std::to_string(replicas) +
         R"(}, "demand": "1 ms")" + (life.empty() ? "" : R"(, "life": {)" + life + "}") + "}";
}

/// Two components with these lives, and these fate groups.
auto grouped(const std::string& x, const std::string& y, const std::string& shares) {
  return compile_text(R"("sites": {"a": {"region": "r"}}, "crews": {"night": {"size": 1}}, "components": {)" +
                          mortal("x", x, 2) + ", " + mortal("y", y) +
                          R"(}, "operations": {"op": {"entry": "x", "from": "a"}}, "shares": {)" + shares +
                          "}",
                      load());
}

const char* const kLife =
    R"("fails": {"exponential": "90 s"}, "repairs": {"exponential": "10 s"}, "in_service": "lose")";
const char* const kWeibull = R"("fails": {"weibull": {"shape": 2, "scale": "90 s"}}, "repairs": "10 s")";

double mean_s(const plan::Plan& plan, const plan::Life& life) {
  return random::mean(plan.laws[life.fails.index()], plan.law_tables);
}

TEST(Shares, failures_are_divided_between_the_members_and_their_group) {
  const auto c = grouped(kLife, kLife, R"("power": {"members": ["x", "y"], "beta": "25 %"})");
  ASSERT_THAT(c.problems, IsEmpty());
  ASSERT_EQ(c.plan.lives.size(), 4U);
  // One failure in 90 s: three quarters of them are its own, one in 120 s; a quarter is common, one in 360 s.
  for (const std::size_t i : {0U, 1U, 2U}) {
    EXPECT_NEAR(mean_s(c.plan, c.plan.lives[i]), 120.0, 1e-6);
    EXPECT_TRUE(c.plan.lives[i].with.empty());
  }
  const plan::Life& common = c.plan.lives[3];
  EXPECT_NEAR(mean_s(c.plan, common), 360.0, 1e-6);
  EXPECT_EQ(common.target, 0U);
  ASSERT_EQ(common.with.size(), 2U);
  EXPECT_EQ(common.with[1].target, 2U);
  EXPECT_EQ(common.with[1].in_service, plan::InService::kLose);
}

TEST(Shares, with_all_failures_common_the_members_are_one_whatever_the_law) {
  const auto c = grouped(kWeibull, kWeibull, R"("power": {"members": ["x", "y"], "beta": "100 %"})");
  ASSERT_THAT(c.problems, IsEmpty());
  ASSERT_EQ(c.plan.lives.size(), 1U);
  EXPECT_EQ(c.plan.lives[0].with.size(), 2U);
}

TEST(Shares, groups_of_one_member_add_up) {
  const auto c = grouped(kLife, kLife, R"("power": {"members": ["x", "y"], "beta": "50 %"},
                                          "room": {"members": ["x"], "beta": "50 %"})");
  ASSERT_THAT(c.problems, IsEmpty());
  // y keeps half of its failures, x none.
  ASSERT_EQ(c.plan.lives.size(), 3U);
  EXPECT_EQ(c.plan.lives[0].target, 2U);
  EXPECT_NE(c.plan.lives[1].name_key, c.plan.lives[2].name_key);
}

TEST(Shares, what_cannot_be_shared_is_refused) {
  const auto told = [](const std::string& x, const std::string& y, const std::string& group) {
    const auto c = grouped(x, y, R"("power": {)" + group + "}");
    return c.problems.empty() ? std::string("accepted") : c.problems.front();
  };
  const std::string both = R"("members": ["x", "y"], )";
  EXPECT_THAT(told(kLife, "", both + R"("beta": "50 %")"),
              HasSubstr("/shares/power/members/1: \"y\" has no \"life\""));
  EXPECT_THAT(told(kLife, kLife, R"("members": ["x", "a"], "beta": "50 %")"),
              HasSubstr("\"a\" has no \"life\""));
  EXPECT_THAT(told(kLife, R"("fails": {"exponential": "80 s"}, "repairs": {"exponential": "10 s"})",
                   both + R"("beta": "50 %")"),
              HasSubstr("/shares/power/members/1: \"x\" and \"y\" have different lives"));
  EXPECT_THAT(told(kWeibull, kWeibull, both + R"("beta": "50 %")"),
              HasSubstr("only when their rate is constant"));
  EXPECT_THAT(told(kLife, kLife, both + R"("beta": "0 %")"), HasSubstr("/shares/power/beta"));
  EXPECT_THAT(told(kLife, kLife, R"("members": ["x", "y"])"), HasSubstr("\"beta\" is missing"));
  EXPECT_THAT(told(kLife, kLife, R"("members": ["y"], "beta": "50 %")"),
              HasSubstr("fails together with nothing"));
  EXPECT_THAT(told(kLife, kLife, R"("members": ["x", "x"], "beta": "50 %")"),
              HasSubstr("\"x\" stands here twice"));
  EXPECT_THAT(told(kLife, kLife, both + R"("beta": "60 %"}, "room": {"members": ["x", "y"], "beta": "60 %")"),
              HasSubstr("share more than 100 % of its failures"));
}

}  // namespace
}  // namespace twinvoice::models
