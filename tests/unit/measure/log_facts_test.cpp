// Facts of logs across a process boundary.
#include "sim/measure/log_facts.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sim/measure/commit_log.hpp"

namespace twinvoice::measure {
namespace {

TEST(LogFacts, commits_come_back_as_they_were_written) {
  const auto most = std::numeric_limits<std::uint32_t>::max();
  const std::vector<CommitFact> written{{0, 0, 0, 0, 1, 0, 7, 100, 100},
                                        {0, 1, 2, 3, 4, 5, 3, 90, kNever},
                                        {most, most, most, most, std::numeric_limits<std::int64_t>::max(),
                                         most, ~0ULL, 4'000'000'000'000'000'000, 4'000'000'000'000'000'001},
                                        {0, 0, 0, 0, 1, 0, 0, 0, 0}};
  wire::Writer out;
  serialize(out, written);
  wire::Reader in(out.bytes());
  EXPECT_EQ(deserialize_commits(in), written);
  EXPECT_EQ(in.remaining(), 0U);
}

TEST(LogFacts, events_come_back_as_they_were_written) {
  std::vector<LogEvent> written;
  for (std::size_t kind = 0; kind < std::size(kLogEventWords); ++kind)
    written.push_back({static_cast<Nanos>(kind * 10), 1, static_cast<LogEventKind>(kind), 2, 3, 4, 5});
  wire::Writer out;
  serialize(out, written);
  wire::Reader in(out.bytes());
  EXPECT_EQ(deserialize_log_events(in), written);
}

TEST(LogFacts, a_steady_log_takes_few_bytes) {
  std::vector<CommitFact> commits;
  for (std::int64_t i = 0; i < 10'000; ++i)
    commits.push_back(
        {0, 1, 2, 0, i + 1, 0, static_cast<std::uint64_t>(i), i * 1'700'000, i * 1'700'000 + 28'000'000});
  wire::Writer out;
  serialize(out, commits);
  EXPECT_LT(out.bytes().size(), 16U * commits.size());
}

TEST(LogFacts, bytes_that_nobody_wrote_are_refused) {
  wire::Writer out;
  serialize(out, std::vector<LogEvent>{{1, 2, LogEventKind::kUp, 3, 4, 5, 6}});
  std::vector<std::byte> bytes = out.take();
  bytes[9] = std::byte{99};  // the kind
  wire::Reader unknown(bytes);
  EXPECT_THROW(static_cast<void>(deserialize_log_events(unknown)), wire::Malformed);
  wire::Reader truncated(std::span<const std::byte>(bytes).first(bytes.size() - 1));
  EXPECT_THROW(static_cast<void>(deserialize_log_events(truncated)), wire::Malformed);
  wire::Writer endless;
  endless.u64(1);
  for (int i = 0; i < 40; ++i) endless.u8(0xff);
  wire::Reader in(endless.bytes());
  EXPECT_THROW(static_cast<void>(deserialize_commits(in)), wire::Malformed);
}

// ---- a log of them: it says what was put into it, however old that is

constexpr std::size_t kMany = 50'000;  ///< more than a dozen blocks

CommitFact commit(std::size_t i) {
  CommitFact c;
  c.shard = static_cast<std::uint32_t>(i % 3);
  c.position = static_cast<std::int64_t>(i / 3 + 1);
  c.sequence = 7 * i;
  c.commit_ns = static_cast<Nanos>(1000 * i);
  return c;
}

CommitLog many() {
  CommitLog log;
  for (std::size_t i = 0; i < kMany; ++i) log.push_back(commit(i));
  return log;
}

TEST(CommitLog, what_was_appended_is_there) {
  const CommitLog log = many();
  ASSERT_EQ(log.size(), kMany);
  for (std::size_t i = 0; i < kMany; ++i) ASSERT_EQ(log[i], commit(i)) << i;
  for (std::size_t i = 0; i < kMany; i += 4999) EXPECT_EQ(log[kMany - 1 - i], commit(kMany - 1 - i));
}

TEST(CommitLog, an_acknowledgement_reaches_old_records_and_the_first_counts) {
  CommitLog log = many();
  for (const std::size_t i : {std::size_t{0}, kMany / 2, kMany - 1, std::size_t{1}}) {
    log.returned(i, 1'000'000'000);
    log.returned(i, 2'000'000'000);
  }
  log.push_back(commit(kMany));
  const std::vector<CommitFact> all = log.all();
  ASSERT_EQ(all.size(), kMany + 1);
  std::size_t returned = 0;
  for (const CommitFact& c : all) returned += c.returned_ns == 1'000'000'000 ? 1U : 0U;
  EXPECT_EQ(returned, 4U);
  EXPECT_EQ(all[kMany / 2].returned_ns, 1'000'000'000);
  EXPECT_EQ(all[2], commit(2));
}

// Appending goes on while old records are looked at: neither disturbs the other.
TEST(CommitLog, looking_back_and_appending_do_not_disturb_each_other) {
  CommitLog log;
  for (std::size_t i = 0; i < kMany; ++i) {
    log.push_back(commit(i));
    if (i % 1000 != 999) continue;
    ASSERT_EQ(log[i / 7], commit(i / 7));
  }
  for (std::size_t i = 0; i < kMany; i += 997) EXPECT_EQ(log[i], commit(i));
}

TEST(CommitLog, survives_the_way_between_processes) {
  CommitLog log = many();
  log.returned(17, 5'000'000);
  wire::Writer out;
  log.serialize(out);
  wire::Reader in(out.bytes());
  const CommitLog back = CommitLog::deserialize(in);
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_EQ(back, log);
  EXPECT_EQ(back[17].returned_ns, 5'000'000);
  EXPECT_LT(out.bytes().size(), 20 * kMany) << "some fifteen bytes a record";
}

TEST(CommitLog, bytes_that_cannot_be_its_own_are_refused) {
  wire::Writer out;
  many().serialize(out);
  std::vector<std::byte> bytes = out.take();
  bytes.resize(bytes.size() - 1);
  wire::Reader in(bytes);
  EXPECT_THROW(static_cast<void>(CommitLog::deserialize(in)), wire::Malformed);
}

}  // namespace
}  // namespace twinvoice::measure
