// Do the intervals of a report hold the truth, kind by kind? Systems with known truth are played, with procedures and all, and
// what the report prints for an expectation is held against it.
//
// Rule: means, quantiles and shares of correlated requests that are marked converged hold it in 93 to 97 % of the runs; shares with
// exact bounds, and ranges that say what is not known, in at least 95 % without an upper limit. A count over seeds is refused when it
// would be so low (high) with a probability of less than kFalseAlarm / (number of figures, twice) at the end of that range: a right
// product fails the suite in less than one of a thousand sets of seeds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/oracle/bands.hpp"
#include "tests/oracle/known_systems.hpp"

namespace twinvoice::testing {
namespace {

constexpr int kQuickSeeds = 20;
constexpr int kFullSeeds = 200;
constexpr double kLeastNominal = 0.93;
constexpr double kMostNominal = 0.97;

struct KindTally {
  const KnownFigure* figure = nullptr;
  int runs = 0, counted = 0, held = 0, below = 0, open = 0;
  double sum = 0.0, squares = 0.0, half_widths = 0.0;

  void add(const report::Estimate& e) {
    ++runs;
    if (figure->promised == Promised::kNominal && !e.converged) return;
    ++counted;
    held += e.low <= figure->truth && figure->truth <= e.high ? 1 : 0;
    below += e.high < figure->truth ? 1 : 0;
    sum += e.value;
    squares += e.value * e.value;
    if (std::isfinite(e.half_width())) {
      half_widths += e.half_width();
    } else {
      ++open;
    }
  }
  [[nodiscard]] std::string text() const {
    const double n = std::max(counted, 1);
    const double mean = sum / n;
    return fmt::format(
        "{:<32} {:4} of {:4} = {:5.1f} % (converged {} of {}; too low {}, too high {}; truth {:.5g}, mean "
        "{:.5g}, "
        "sd {:.3g}, half-width {:.3g}, open {})",
        figure->kind, held, counted, 100.0 * held / n, counted, runs, below, counted - held - below,
        figure->truth, mean, std::sqrt(std::max(0.0, (squares - n * mean * mean) / std::max(n - 1.0, 1.0))),
        half_widths / std::max(counted - open, 1), open);
  }
};

std::size_t figure_count() {
  std::size_t n = 0;
  for (const KnownSystem& system : all_known_systems()) n += system.figures.size();
  return n;
}

void judge(const KindTally& tally, double alarm) {
  const bool nominal = tally.figure->promised == Promised::kNominal;
  EXPECT_GE(tally.counted, tally.runs / 4)
      << tally.text() << ": too few are marked converged to say anything";
  EXPECT_GE(tally.held, fewest(tally.counted, nominal ? kLeastNominal : 0.95, alarm)) << tally.text();
  if (nominal) {
    EXPECT_LE(tally.held, most_of(tally.counted, kMostNominal, alarm)) << tally.text();
  }
}

/// Plays seeds 1, 2, ...
std::vector<KindTally> tallies_of(const KnownSystem& system, int seeds) {
  std::vector<std::string> expect;
  std::vector<KindTally> tallies;
  for (const KnownFigure& figure : system.figures) {
    expect.push_back(expectation_of(figure, "<=", figure.truth));
    tallies.push_back({&figure});
  }
  const KnownPlayer player(system, expect);
  for (int seed = 1; seed <= seeds; ++seed) {
    const report::ResultDocument document = player.play(static_cast<std::uint64_t>(seed));
    for (std::size_t i = 0; i < tallies.size(); ++i) {
      const report::ExpectationResult& e = document.expectations[i];
      tallies[i].add(e.kept.value_or(e.estimate));
    }
  }
  fmt::print("{}, seeds 1 to {}\n", system.name, seeds);
  for (const KindTally& tally : tallies) fmt::print("  {}\n", tally.text());
  std::fflush(stdout);
  return tallies;
}

class CoverageByKind : public ::testing::TestWithParam<std::size_t> {};

TEST_P(CoverageByKind, twenty_seeds_hold_the_truth) {
  const KnownSystem system = all_known_systems()[GetParam()];
  const double alarm = kFalseAlarm / (2.0 * static_cast<double>(figure_count()));
  for (const KindTally& tally : tallies_of(system, kQuickSeeds)) judge(tally, alarm);
}

class FullCoverageByKind : public ::testing::TestWithParam<std::size_t> {};

TEST_P(FullCoverageByKind, two_hundred_seeds_hold_the_truth) {
  const KnownSystem system = all_known_systems()[GetParam()];
  const double alarm = kFalseAlarm / (2.0 * static_cast<double>(figure_count()));
  for (const KindTally& tally : tallies_of(system, kFullSeeds)) judge(tally, alarm);
}

std::string system_name(const ::testing::TestParamInfo<std::size_t>& info) {
  std::string name = all_known_systems()[info.param].name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Systems, CoverageByKind,
                         ::testing::Range(std::size_t{0}, all_known_systems().size()), system_name);
INSTANTIATE_TEST_SUITE_P(Systems, FullCoverageByKind,
                         ::testing::Range(std::size_t{0}, all_known_systems().size()), system_name);

}  // namespace
}  // namespace twinvoice::testing
