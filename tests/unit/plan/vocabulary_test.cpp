// The tables of words that several rooms share.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/plan/causes.hpp"
#include "sim/plan/sensors.hpp"

namespace twinvoice::plan {
namespace {

TEST(Vocabulary, every_reason_has_a_word_of_its_own_and_words_for_people) {
  std::set<std::string_view> words;
  for (int i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_THAT(std::string(reason_name(reason)), ::testing::MatchesRegex("[a-z_]+"));
    EXPECT_FALSE(reason_text(reason).empty());
    words.insert(reason_name(reason));
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(kReasons));
}

TEST(Vocabulary, reasons_keep_their_numbers) {
  // Results and stores hold them: a new one comes last.
  EXPECT_EQ(static_cast<int>(Reason::kNone), 0);
  EXPECT_EQ(static_cast<int>(Reason::kTimeout), 1);
  EXPECT_EQ(static_cast<int>(Reason::kPoolWait), 11);
  EXPECT_EQ(static_cast<int>(Reason::kCancelled), 18);
}

TEST(Vocabulary, rows_of_sensors_stand_at_their_enumerators) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(SensorKind::kReachable); ++i) {
    const SensorRow& row = row_of(static_cast<SensorKind>(i));
    EXPECT_EQ(static_cast<int>(row.kind), i);
    EXPECT_FALSE(row.meaning.empty());
    words.insert(row.word);
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(SensorKind::kReachable) + 1);
  for (const WatchedRow& row : watched_rows()) EXPECT_EQ(row_of(row.watched).word, row.word);
}

TEST(Vocabulary, what_is_measured_at_a_pool_is_read_at_its_instance) {
  EXPECT_EQ(row_of(SensorKind::kPoolWaiting).target, SensorTarget::kPool);
  EXPECT_EQ(row_of(SensorKind::kPoolWaiting).stands_at, SensorPlace::kInstanceOfPool);
  EXPECT_EQ(row_of(SensorKind::kPoolWaiting).dimension, Dimension::kNumber);
  EXPECT_EQ(row_of(SensorKind::kReplicationLagS).dimension, Dimension::kDuration);
  EXPECT_EQ(row_of(Watched::kSuccessRate).dimension, Dimension::kShare);
}

}  // namespace
}  // namespace twinvoice::plan
