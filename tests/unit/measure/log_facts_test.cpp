// Facts of logs across a process boundary.
#include "sim/measure/log_facts.hpp"

#include <gtest/gtest.h>

#include <limits>

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

}  // namespace
}  // namespace twinvoice::measure
