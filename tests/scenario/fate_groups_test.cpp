// Fate groups in a run: closed forms of the beta factor model, and both engines.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/figures.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kZero = R"("request": "0 B", "response": "0 B")";

class FateGroups : public testing::ProgramTest {
 protected:
  /// Three replicas with 90 s between failures and 10 s of repair, of which one is enough, asked once a second.
  void world(const std::string& shares, const std::string& in_service = "lose") const {
    std::string nodes;
    for (const char* name : {"n1", "n2", "n3"}) {
      nodes += fmt::format(
          R"("{}": {{"model": "service", "replicas": {{"here": 1}}, "demand": "0 s", "cores": "unlimited",
        "life": {{"fails": {{"exponential": "90 s"}}, "repairs": {{"exponential": "10 s"}}, "in_service": "{}"}}}}, )",
          name, in_service);
    }
    std::string calls;
    for (const char* name : {"n1", "n2", "n3"})
      calls += fmt::format(R"({}{{"to": "{}", {}}})", calls.empty() ? "" : ", ", name, kZero);
    write(
        path("t.json"),
        fmt::format(
            R"({{"twinvoice": "topology/1", "name": "group", "sites": {{"here": {{"region": "r", "lan": {{"latency": "0 s"}}}}}},
      "components": {{{}"front": {{"model": "service", "replicas": {{"here": 1}}, "demand": "0 s", "cores": "unlimited",
        "calls": [{{"parallel": [{}], "join": 1}}]}}}},
      "operations": {{"op": {{"entry": "front", "from": "here", "client": {{{}}}}}}}{}}})",
            nodes, calls, kZero, shares.empty() ? "" : R"(, "shares": {"power": )" + shares + "}"));
  }
  [[nodiscard]] testing::Figures play(const std::string& horizon, int replications,
                                      const std::string& engine = "kernel") const {
    write(path("e.json"), fmt::format(R"({{"twinvoice": "experiment/1", "name": "group", "topology": "t.json",
      "load": {{"op": {{"poisson": "1/s"}}}}, "horizon": "{}", "warm_up": "1000 s", "replications": {}, "seed": 4711}})",
                                      horizon, replications));
    const testing::Printed out =
        run({"run", path("e.json"), "--format", "json", "--quiet", "--engine", engine});
    EXPECT_EQ(out.code, 0) << out.err;
    return testing::Figures(out.json());
  }
  [[nodiscard]] double up(const std::string& shares) const {
    world(shares);
    return play("200000 s", 4).availability("op", "request").value.value();
  }
};

constexpr const char* kAll = R"({"members": ["n1", "n2", "n3"], "kind": "power", "beta": "100 %"})";
constexpr const char* kHalf = R"({"members": ["n1", "n2", "n3"], "kind": "power", "beta": "50 %"})";

// A machine that is up for exponential 90 s and down for exponential 10 s is up for 90 / (90 + 10) of the time. The share of T s has
// the variance 2 u d / ((u + d)^3 T) with u = 1/90, d = 1/10: sigma is 0.14 % for 796 000 s; 5 sigma, false alarm 6e-7.
TEST_F(FateGroups, with_all_failures_common_three_are_one) { EXPECT_NEAR(up(kAll), 0.9, 0.0071); }

// Independent: all three down together for a thousandth of the time. In 796 000 s that is 239 outages of 3.3 s on average, so the
// sum of 796 s has sigma 73 s or 0.009 %; 5 sigma.
TEST_F(FateGroups, without_a_group_all_three_are_seldom_down) { EXPECT_NEAR(up(""), 0.999, 0.00046); }

// Half of the failures are common, one in 180 s: up for 180 / 190 of the time; the rest of each, one in 180 s likewise, brings all
// three down together for (10 / 190)^3 of it. Sigma of the common part: 0.11 %; 5 sigma.
TEST_F(FateGroups, half_of_the_failures_common_is_in_between) {
  const double each = 180.0 / 190.0;
  const double none = (1.0 - each) * (1.0 - each) * (1.0 - each);
  EXPECT_NEAR(up(kHalf), each * (1.0 - none), 0.0055);
}

TEST_F(FateGroups, both_engines_agree_whatever_happens_to_the_work) {
  for (const char* in_service : {"lose", "restart", "resume"}) {
    world(kHalf, in_service);
    EXPECT_EQ(play("8000 s", 1).what_happened(), play("8000 s", 1, "referee").what_happened()) << in_service;
  }
}

TEST_F(FateGroups, the_report_names_them) {
  world(kHalf);
  static_cast<void>(play("2000 s", 2));
  EXPECT_THAT(run({"run", path("e.json"), "--quiet"}).out,
              HasSubstr("power: 50 % of the failures of n1, n2, n3"));
  world("");
  EXPECT_THAT(run({"run", path("e.json"), "--quiet"}).out, HasSubstr("no fate group"));
}

}  // namespace
}  // namespace twinvoice
