// How well a share explains what was seen, and which instants are the likeliest.
#include "sim/measure/likelihood.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

#include "tests/unit/measure/traffic.hpp"

namespace twinvoice::measure {
namespace {

TEST(Evidence, is_the_logarithm_of_a_likelihood_ratio) {
  EXPECT_DOUBLE_EQ(evidence(10, 10, 0.01), 10.0 * std::log(100.0));
  // 10 of 11: (10/11)^10 (1/11)^1 against 0.01^10 0.99^1.
  const double seen = 10.0 * std::log(10.0 / 11.0) + std::log(1.0 / 11.0);
  const double allowed = 10.0 * std::log(0.01) + std::log(0.99);
  EXPECT_NEAR(evidence(10, 11, 0.01), seen - allowed, 1e-12);
}

TEST(Evidence, is_none_where_no_more_than_the_allowed_share_is_bad) {
  EXPECT_EQ(evidence(1, 100, 0.01), 0.0);
  EXPECT_EQ(evidence(0, 100, 0.01), 0.0);
  EXPECT_EQ(evidence(0, 1, 0.5), 0.0);
}

/// One walk over marks a second apart ('x' bad, '.' good), beside one for late ones, of which there are none.
struct MarkedWalks {
  WalkEntries entries;
  Walk failing;
  Walk late;
  MarkedWalks(std::string_view marks, double s)
      : entries(entries_from(marks)),
        failing(entries.walked, Grade::kBad, static_cast<ShareNano>(s * 1e9), kMin),
        late(entries.walked, Grade::kLate, static_cast<ShareNano>((s + 0.01) * 1e9), kMin) {}
  static WalkEntries entries_from(std::string_view marks) {
    WalkEntries entries;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      const Grade grade = marks[i] == 'x' ? Grade::kBad : Grade::kGood;
      entries.walked.push_back({static_cast<Nanos>(i) * kS, static_cast<std::uint32_t>(i), grade, false});
    }
    return entries;
  }
  [[nodiscard]] Change end(std::size_t begin, const Health& health) const {
    return find_end(entries, failing, late, Symptom::kFailing, begin, health, 10 * kS);
  }
};

TEST(FindEnd, takes_the_latest_of_equally_likely_ones) {
  // At one half no bad one here is evidence of anything: all have 0.
  const MarkedWalks walks("....x...x..............", 0.5);
  EXPECT_EQ(walks.end(0, {12, 22}).at, 9U);
}

TEST(FindEnd, is_after_the_last_bad_one_where_there_is_none_near_health) {
  const MarkedWalks walks("xxxx.........................................", 0.01);
  const Change end = walks.end(0, {30, 44});
  EXPECT_EQ(end.at, 4U);
  EXPECT_EQ(end.low, 3U);
  // The last bad one alone is evidence of ln(100) = 4.61. Beside 7 good ones it is 1.66, beside 8 1.55.
  EXPECT_EQ(end.high, 11U);
}

TEST(FindEnd, has_none_where_nothing_good_comes_after) {
  const MarkedWalks walks("xxxxx.....xxx", 0.01);
  const Change end = walks.end(0, {5, 12});
  EXPECT_EQ(end.at, kNoEntry);
  EXPECT_EQ(end.high, kNoEntry);
}

TEST(FindEnd, its_interval_reaches_to_its_end_at_least) {
  // Evidence 24.1 for 7 bad of 12 up to the last entry of the window, 23.0 for the first 5; the bad ones go
  // on behind it.
  const MarkedWalks walks("xxxxx.....xxx.", 0.01);
  const Change end = walks.end(0, {5, 11});
  EXPECT_EQ(end.at, 13U);
  EXPECT_EQ(end.low, 4U);
  EXPECT_EQ(end.high, 13U);
}

}  // namespace
}  // namespace twinvoice::measure
