// Are verdicts right, and are they given? The same systems of known truth, with bounds placed so many standard errors (of the figure
// over seeds) from the truth, on both sides: the right verdict is "met" on the one and "missed" on the other.
//
// Rule: at 2 standard errors at least half of the verdicts are decided, at 4 at least 95 %; of those decided at most 2.5 % are wrong. An
// interval of exactly 95 % made of many values decides 51.6 % at 2. Where the estimate is skewed one arm is longer, as it has to be, and
// that side decides less: the queue is played long enough for that to be little. Counts over seeds are refused when they would be so with a
// probability of less than kFalseAlarm / (number of counts), as with coverage.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/oracle/bands.hpp"
#include "tests/oracle/known_systems.hpp"

namespace twinvoice::testing {
namespace {

using measure::Verdict;

struct Placed {
  const KnownFigure* figure = nullptr;
  double distance = 0.0;  ///< in standard errors
  Verdict right = Verdict::met;
  int met = 0, missed = 0, undecided = 0, other = 0;

  [[nodiscard]] double bound() const {
    // A bound above the truth is met by "<=", one below it by a share that has to be reached.
    const bool above = (right == Verdict::met) == (relation() == "<=");
    return figure->truth + (above ? distance : -distance) * figure->standard_error;
  }
  [[nodiscard]] std::string relation() const {
    return figure->key == "availability" || !figure->incident_bound.empty() ? ">=" : "<=";
  }
  void add(Verdict v) {
    ++(v == Verdict::met ? met : v == Verdict::missed ? missed : v == Verdict::undecided ? undecided : other);
  }
  [[nodiscard]] int decided() const { return met + missed; }
  [[nodiscard]] int wrong() const { return right == Verdict::met ? missed : met; }
};

struct Spread {
  double sum = 0.0, squares = 0.0;
  int n = 0;
  void add(double x) { sum += x, squares += x * x, ++n; }
  [[nodiscard]] double deviation() const {
    return std::sqrt(std::max(0.0, (squares - sum * sum / n) / std::max(n - 1, 1)));
  }
};

std::vector<KnownSystem> systems_to_judge() { return {forty_short_queues(), lossy_room(40), failover(60)}; }

constexpr int kSides = 2;
constexpr std::array<double, 2> kDistances{2.0, 4.0};
/// Four figures, two sides, two distances: decided and wrong.
constexpr double kAlarm = kFalseAlarm / (4.0 * kSides * 2.0 * 2.0);

void judge_seeds(const KnownSystem& system, int seeds) {
  std::vector<Placed> placed;
  for (const KnownFigure& figure : system.figures) {
    if (!(figure.standard_error > 0.0)) continue;
    for (const Verdict right : {Verdict::met, Verdict::missed}) {
      for (const double distance : kDistances) placed.push_back({&figure, distance, right});
    }
  }
  std::vector<std::string> expect;
  for (const Placed& p : placed) expect.push_back(expectation_of(*p.figure, p.relation(), p.bound()));
  const KnownPlayer player(system, expect);
  std::vector<Spread> spreads(placed.size());
  for (int seed = 1; seed <= seeds; ++seed) {
    const report::ResultDocument document = player.play(static_cast<std::uint64_t>(seed));
    for (std::size_t i = 0; i < placed.size(); ++i) {
      placed[i].add(document.expectations[i].verdict);
      spreads[i].add(document.expectations[i].estimate.value);
    }
  }
  fmt::print("{}, seeds 1 to {}\n", system.name, seeds);
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const Placed& p = placed[i];
    const std::string text = fmt::format(
        "{:<28} {:.0f} standard errors from the truth, right is {:<6}: met {}, missed {}, undecided {}, "
        "wrong {} (standard error "
        "{:.3g}, seen {:.3g})",
        p.figure->kind, p.distance, measure::name(p.right), p.met, p.missed, p.undecided, p.wrong(),
        p.figure->standard_error, spreads[i].deviation());
    fmt::print("  {}\n", text);
    EXPECT_EQ(p.other, 0) << text;
    EXPECT_GE(p.decided(), fewest(seeds, p.distance < 3.0 ? 0.5 : 0.95, kAlarm)) << text;
    EXPECT_LE(p.wrong(), most_of(p.decided(), 0.025, kAlarm)) << text;
  }
  std::fflush(stdout);
}

class VerdictsByRule : public ::testing::TestWithParam<std::size_t> {};

TEST_P(VerdictsByRule, of_twenty_seeds_are_decided_and_right) {
  judge_seeds(systems_to_judge()[GetParam()], 20);
}

class FullVerdictsByRule : public ::testing::TestWithParam<std::size_t> {};

TEST_P(FullVerdictsByRule, of_two_hundred_seeds_are_decided_and_right) {
  judge_seeds(systems_to_judge()[GetParam()], 200);
}

std::string judged_name(const ::testing::TestParamInfo<std::size_t>& info) {
  return std::array{"mean_and_quantile", "share_of_requests", "promise_on_incidents"}.at(info.param);
}

INSTANTIATE_TEST_SUITE_P(Figures, VerdictsByRule, ::testing::Range(std::size_t{0}, std::size_t{3}),
                         judged_name);
INSTANTIATE_TEST_SUITE_P(Figures, FullVerdictsByRule, ::testing::Range(std::size_t{0}, std::size_t{3}),
                         judged_name);

}  // namespace
}  // namespace twinvoice::testing
