#include "sim/measure/durability.hpp"

#include <gtest/gtest.h>

#include "sim/base/check.hpp"
#include "tests/unit/measure/log_story.hpp"

namespace twinvoice::measure {
namespace {

using Kind = LogEventKind;
constexpr Nanos kMs = 1'000'000;
constexpr Nanos kS = kNanosPerSecond;
constexpr std::uint32_t kA = 0;
constexpr std::uint32_t kB = 1;
constexpr std::uint32_t kC = 2;

/// The leader dies at 60 s. Batches leave every 100 ms: the one of 59.9 s brought record 1; 2 and 3 were never sent. B leads at 120 s.
LogStory killed_between_batches() {
  LogStory s(2);
  s.issued(59'850 * kMs, kA, 0, 1, 1);
  s.received(59'910 * kMs, kB, 0, 1);
  s.issued(59'911 * kMs, kA, 0, 2, 2);
  s.issued(59'970 * kMs, kA, 0, 3, 3);
  s.tell(60 * kS, Kind::kDown, kA);
  s.leads(120 * kS, kB, 1, 1);
  s.issued(130 * kS, kB, 1, 2, 4);
  return s;
}

TEST(Durability, what_the_last_batch_had_not_is_lost_back_to_its_oldest_commit) {
  const Durability d = killed_between_batches().account();
  // 60.000 - 59.911 s; from the arrival of that request (59.861 s) it would be 139 ms, to the change of leader a minute.
  ASSERT_EQ(d.events.size(), 1U);
  EXPECT_EQ(d.events[0].rpo_ns, 89 * kMs);
  EXPECT_EQ(d.events[0].kind, LossKind::kLeaderChange);
  EXPECT_EQ(d.events[0].at_ns, 120 * kS);
  EXPECT_EQ(d.events[0].from, kA);
  EXPECT_EQ(d.events[0].to, kB);
  EXPECT_EQ(d.events[0].epoch, 1U);
  // Of 4 acknowledged, 2 and 3 are lost: both written before the change.
  EXPECT_EQ(d.events[0].operations, (std::vector<OperationLoss>{{0, 89 * kMs, 2, 0, 0}}));
  InvoiceCounts expected;
  expected.acknowledged = 4;
  expected.acknowledged_lost = 2;
  EXPECT_EQ(d.counts, std::vector<InvoiceCounts>{expected});
}

TEST(Durability, what_is_on_a_deposed_place_that_is_up_is_lost_and_stranded) {
  LogStory s = killed_between_batches();
  s.tell(300 * kS, Kind::kUp, kA);
  EXPECT_EQ(s.counts().acknowledged_lost, 2U);
  EXPECT_EQ(s.counts().stranded, 2U);
  // Nobody can bring back what is down at the end ...
  s.tell(400 * kS, Kind::kDown, kA);
  EXPECT_EQ(s.counts().acknowledged_lost, 2U);
  EXPECT_EQ(s.counts().stranded, 0U);
  // ... nor what a new copy has replaced.
  s.tell(500 * kS, Kind::kUp, kA);
  s.tell(600 * kS, Kind::kReseeded, kA, 1);
  EXPECT_EQ(s.counts().acknowledged_lost, 2U);
  EXPECT_EQ(s.counts().stranded, 0U);
}

TEST(Durability, the_only_copy_is_out_of_reach_while_its_place_is_down_and_lost_when_destroyed) {
  LogStory s(1);
  s.issued(10 * kS, kA, 0, 1, 1);
  s.issued(20 * kS, kA, 0, 2, 2);
  s.tell(60 * kS, Kind::kDown, kA);
  Durability d = s.account();
  EXPECT_EQ(d.counts[0].acknowledged_lost, 0U);
  EXPECT_EQ(d.counts[0].out_of_reach, 2U);
  ASSERT_EQ(d.events.size(), 1U);
  EXPECT_EQ(d.events[0].kind, LossKind::kOutOfReach);
  EXPECT_EQ(d.events[0].at_ns, 60 * kS);
  EXPECT_EQ(d.events[0].rpo_ns, 990 * kS);  // up to 1000 - 10 s

  s.tell(60 * kS, Kind::kDestroyed, kA);
  d = s.account();
  EXPECT_EQ(d.counts[0].acknowledged_lost, 2U);
  EXPECT_EQ(d.counts[0].out_of_reach, 0U);
  ASSERT_EQ(d.events.size(), 1U);
  EXPECT_EQ(d.events[0].kind, LossKind::kDestroyed);
  EXPECT_EQ(d.events[0].rpo_ns, 50 * kS);  // 60 - 10 s

  // Empty and up again it writes on: record 3 is there.
  s.tell(100 * kS, Kind::kUp, kA);
  s.issued(200 * kS, kA, 0, 3, 3);
  EXPECT_EQ(s.counts().acknowledged, 3U);
  EXPECT_EQ(s.counts().acknowledged_lost, 2U);
}

TEST(Durability, up_again_at_the_horizon_is_too_late) {
  LogStory s(1);
  s.issued(10 * kS, kA, 0, 1, 1);
  s.tell(60 * kS, Kind::kDown, kA);
  s.tell(s.horizon_ns, Kind::kUp, kA);
  EXPECT_EQ(s.counts().out_of_reach, 1U);
  s.issued(s.horizon_ns, kA, 0, 2, 2);
  EXPECT_EQ(s.counts().acknowledged, 1U);
  // Told after the horizon is told all the same.
  s.request(3, s.horizon_ns - 50 * kMs, s.horizon_ns + 50 * kMs);
  s.commit(s.horizon_ns - 1, kA, 0, 3, 3);
  EXPECT_EQ(s.counts().acknowledged, 2U);
}

TEST(Durability, the_leader_of_the_start_is_a_member_when_it_follows) {
  LogStory s(2);
  s.issued(10 * kS, kA, 0, 1, 1);
  s.received(10 * kS, kB, 0, 1);
  s.leads(60 * kS, kB, 1, 1);
  s.issued(70 * kS, kB, 1, 2, 2);
  s.received(70 * kS, kA, 1, 2);
  s.tell(80 * kS, Kind::kDown, kB);
  // B alone was a follower at the start: with those members both would be out of reach.
  EXPECT_EQ(s.counts().out_of_reach, 0U);
  EXPECT_EQ(s.counts().acknowledged_lost, 0U);
}

TEST(Durability, a_second_failover_of_a_synchronous_log_loses_nothing_that_its_present_members_have) {
  LogStory s(3);
  s.issued(10 * kS, kA, 0, 1, 1);
  s.received(10 * kS, kB, 0, 1);
  s.received(10 * kS, kC, 0, 1);
  s.tell(60 * kS, Kind::kDown, kA);
  s.leads(70 * kS, kB, 1, 1);
  s.tell(100 * kS, Kind::kUp, kA);
  s.tell(110 * kS, Kind::kReseeded, kA, 1);
  s.issued(120 * kS, kB, 1, 2, 2);
  s.received(120 * kS, kA, 1, 2);
  s.received(120 * kS, kC, 1, 2);
  s.tell(200 * kS, Kind::kDown, kB);
  s.leads(210 * kS, kA, 2, 2);
  s.issued(220 * kS, kA, 2, 3, 3);
  const Durability d = s.account();
  EXPECT_EQ(d.counts[0].acknowledged, 3U);
  EXPECT_EQ(d.counts[0].acknowledged_lost, 0U);
  ASSERT_EQ(d.events.size(), 2U);
  EXPECT_EQ(d.events[0].rpo_ns, 0);
  EXPECT_EQ(d.events[1].rpo_ns, 0);
  EXPECT_TRUE(d.events[1].operations.empty());
}

TEST(Durability, each_change_of_leader_has_its_own_loss) {
  LogStory s(3);
  s.issued(10 * kS, kA, 0, 1, 1);
  s.received(11 * kS, kB, 0, 1);
  s.received(11 * kS, kC, 0, 1);
  s.issued(20 * kS, kA, 0, 2, 2);
  s.received(21 * kS, kB, 0, 2);  // C never gets 2
  s.issued(30 * kS, kA, 0, 3, 3);
  s.tell(31 * kS, Kind::kDown, kA);
  s.leads(40 * kS, kB, 1, 2);
  s.issued(50 * kS, kB, 1, 3, 4);
  s.tell(55 * kS, Kind::kCutOff, kB);
  s.leads(60 * kS, kC, 2, 1);
  const Durability d = s.account();
  ASSERT_EQ(d.events.size(), 2U);
  // The first loses 3 (31 - 30 s), the second 2 and 4: B served them until it was cut off (55 - 20 s).
  EXPECT_EQ(d.events[0].rpo_ns, 1 * kS);
  EXPECT_EQ(d.events[0].operations[0].lost, 1U);
  EXPECT_EQ(d.events[1].rpo_ns, 35 * kS);
  EXPECT_EQ(d.events[1].operations[0].lost, 2U);
  EXPECT_EQ(d.counts[0].acknowledged_lost, 3U);
  // 2 and 4 are on B, which is up; A, which has 2 and 3, is down.
  EXPECT_EQ(d.counts[0].stranded, 2U);
}

TEST(Durability, a_split_brain_goes_on_losing_to_the_last_acknowledgement) {
  LogStory s(2);
  s.issued(50 * kS, kA, 0, 1, 1);
  s.received(51 * kS, kB, 0, 1);
  s.issued(59 * kS, kA, 0, 2, 2);
  s.leads(60 * kS, kB, 1, 1);
  s.issued(61 * kS, kB, 1, 2, 3);
  s.issued(90 * kS, kA, 0, 3, 4);  // by callers who do not know yet; A returns it at 90.001 s
  s.tell(95 * kS, Kind::kFenced, kA, 1);
  const Durability d = s.account();
  // Deposed at 60 s, but it acknowledged at 90.001 s: back to 59 s.
  EXPECT_EQ(d.events[0].rpo_ns, 31'001 * kMs);
  EXPECT_EQ(d.events[0].operations, (std::vector<OperationLoss>{{0, 31'001 * kMs, 1, 1}}));
  EXPECT_EQ(d.counts[0].acknowledged_lost, 2U);
  EXPECT_EQ(d.counts[0].stranded, 2U);
}

TEST(Durability, failing_back_without_merging_loses_what_the_branch_still_had) {
  LogStory s = killed_between_batches();
  s.tell(300 * kS, Kind::kUp, kA);
  s.received(310 * kS, kA, 1, 2);
  s.leads(320 * kS, kA, 2, 2);
  const Durability d = s.account();
  // A leads the log of B: its own 2 and 3 are no longer on a *deposed* place, and B never had them.
  EXPECT_EQ(d.counts[0].acknowledged_lost, 2U);
  EXPECT_EQ(d.counts[0].stranded, 0U);
  EXPECT_EQ(d.events[1].rpo_ns, 0);
  // A planned failback that leaves the last batch of B behind loses that as well (invoice 4): B acknowledged it until deposed, 320 - 130 s.
  LogStory early = killed_between_batches();
  early.tell(300 * kS, Kind::kUp, kA);
  early.received(310 * kS, kA, 1, 1);
  early.leads(320 * kS, kA, 2, 1);
  EXPECT_EQ(early.counts().acknowledged_lost, 3U);
  EXPECT_EQ(early.counts().stranded, 1U);
  EXPECT_EQ(early.account().events[1].rpo_ns, 190 * kS);
}

TEST(Durability, merged_records_leave_the_lost_and_both_are_told) {
  LogStory s = killed_between_batches();
  s.tell(300 * kS, Kind::kUp, kA);
  s.tell(310 * kS, Kind::kReconciled, kA, 0, 2);
  const Durability d = s.account();
  EXPECT_EQ(d.counts[0].reconciled, 1U);  // position 2; 3 is above what was merged
  EXPECT_EQ(d.counts[0].acknowledged_lost, 1U);
  EXPECT_EQ(d.counts[0].stranded, 1U);
  // The change of leader cost what it cost.
  EXPECT_EQ(d.events[0].rpo_ns, 89 * kMs);
  EXPECT_EQ(d.events[0].operations[0].lost, 2U);
  EXPECT_EQ(d.events[0].operations[0].merged, 1U);
}

TEST(Durability,
     merged_records_are_where_they_were_merged_when_the_lead_has_gone_back_and_that_place_is_down) {
  LogStory s = killed_between_batches();
  s.tell(300 * kS, Kind::kUp, kA);
  s.tell(310 * kS, Kind::kReconciled, kA, 0, 3);
  s.leads(320 * kS, kA, 2, 2);
  s.tell(400 * kS, Kind::kDown, kA);
  EXPECT_EQ(s.counts().reconciled, 2U);
  EXPECT_EQ(s.counts().out_of_reach, 0U) << "B led when they were merged, and is up";
}

TEST(Durability, merging_what_was_destroyed_before_brings_nothing_back) {
  LogStory s = killed_between_batches();
  s.tell(200 * kS, Kind::kDestroyed, kA);
  s.tell(300 * kS, Kind::kUp, kA);
  s.tell(310 * kS, Kind::kReconciled, kA, 0, 3);
  EXPECT_EQ(s.counts().reconciled, 0U);
  EXPECT_EQ(s.counts().acknowledged_lost, 2U);
  EXPECT_EQ(s.counts().stranded, 0U);
}

TEST(Durability, what_the_client_was_not_told_is_void_open_or_known_inside) {
  LogStory s = killed_between_batches();
  s.request(5, 131 * kS, 141 * kS, false);  // its client gave up, the record is there
  s.commit(132 * kS, kB, 1, 3, 5);
  s.request(6, 133 * kS, kNever);  // nobody knows
  s.commit(134 * kS, kB, 1, 4, 6);
  s.request(7, 59'900 * kMs, 61 * kS, false);  // a caller inside knew; lost with A
  s.commit(59'980 * kMs, kA, 0, 4, 7);
  s.request(8, 59'900 * kMs, 61 * kS, false);  // nobody was told anything
  s.commit(59'990 * kMs, kA, 0, 5, 8).returned_ns = kNever;
  const Durability d = s.account();
  EXPECT_EQ(d.counts[0].voided, 1U);
  EXPECT_EQ(d.counts[0].unacknowledged_durable, 1U);
  EXPECT_EQ(d.counts[0].lost_known_inside, 1U);
  EXPECT_EQ(d.counts[0].acknowledged_lost, 2U);
  EXPECT_EQ(d.events[0].rpo_ns, 89 * kMs);
}

TEST(Durability, an_invoice_that_was_written_twice_is_one_and_a_duplicate) {
  LogStory s(2);
  s.issued(10 * kS, kA, 0, 1, 1);
  s.commit(11 * kS, kA, 0, 2, 1);
  s.received(12 * kS, kB, 0, 2);
  EXPECT_EQ(s.counts().acknowledged, 1U);
  EXPECT_EQ(s.counts().duplicates_written, 1U);
  // The second is on the branch of the deposed: the log that leads has one.
  s.leads(20 * kS, kB, 1, 1);
  EXPECT_EQ(s.counts().duplicates_written, 0U);
  EXPECT_EQ(s.counts().acknowledged_lost, 0U);
}

TEST(Durability, an_invoice_that_was_written_again_after_the_change_was_not_lost_by_it) {
  LogStory s = killed_between_batches();
  // Its first record was never returned; the retry at the new leader was.
  s.request(9, 59'940 * kMs, 140 * kS);
  s.commit(59'905 * kMs, kA, 0, 4, 9).returned_ns = kNever;
  s.commit(135 * kS, kB, 1, 3, 9);
  EXPECT_EQ(s.account().events[0].rpo_ns, 89 * kMs);
  EXPECT_EQ(s.counts().acknowledged_lost, 2U);
}

TEST(Durability, shards_and_operations_are_told_apart_and_the_largest_leads) {
  LogStory s(2);
  s.requests.resize(2);
  const auto write = [&](Nanos at, std::uint32_t operation, std::uint32_t shard, std::uint64_t sequence) {
    s.request(sequence, at, at + 10 * kMs, true, operation);
    s.commits.push_back({0, kA, 0, shard, 1, operation, sequence, at, at + kMs});
  };
  write(59'000 * kMs, 0, 0, 1);  // shard 0: oldest 59.0, last acknowledged 59.001
  write(58'000 * kMs, 1, 1, 2);  // shard 1: oldest 58.0
  s.tell(59'500 * kMs, Kind::kCutOff, kA);
  s.leads(60 * kS, kB, 1, 0);
  s.tell(60 * kS, Kind::kLeads, kB, 1, 0, 0, 1);
  const Durability d = s.account();
  ASSERT_EQ(d.events.size(), 1U);
  EXPECT_EQ(d.events[0].rpo_ns, 1500 * kMs);  // max(59.5 - 59.0, 59.5 - 58.0)
  EXPECT_EQ(d.events[0].operations,
            (std::vector<OperationLoss>{{0, 500 * kMs, 1, 0}, {1, 1500 * kMs, 1, 0}}));
  ASSERT_EQ(d.counts.size(), 2U);
  EXPECT_EQ(d.counts[0].operation, 0U);
  EXPECT_EQ(d.counts[1].acknowledged_lost, 1U);
}

TEST(Durability, a_leader_that_was_down_and_served_again_counts_to_its_last_outage) {
  LogStory s(2);
  s.issued(10 * kS, kA, 0, 1, 1);
  s.tell(11 * kS, Kind::kDown, kA);
  s.tell(20 * kS, Kind::kUp, kA);
  s.issued(30 * kS, kA, 0, 2, 2);
  s.tell(40 * kS, Kind::kCutOff, kA);
  s.leads(50 * kS, kB, 1, 0);
  EXPECT_EQ(s.account().events[0].rpo_ns, 30 * kS);  // 40 - 10 s
}

TEST(Durability, invoices_of_the_warm_up_are_in_no_count) {
  LogStory s = killed_between_batches();
  s.warm_up_ns = 59'861 * kMs;  // invoice 2 arrives just then, invoice 1 before
  EXPECT_EQ(s.counts().acknowledged, 3U);
  s.warm_up_ns += 1;
  EXPECT_EQ(s.counts().acknowledged, 2U);
  EXPECT_EQ(s.counts().acknowledged_lost, 1U);
  EXPECT_EQ(s.account().events[0].rpo_ns, 89 * kMs);
}

TEST(Durability, logs_have_their_own_accounts) {
  LogStory s = killed_between_batches();
  s.begin(1, 1);
  s.commits.push_back({1, kA, 0, 0, 1, 0, 2, 59'911 * kMs, 59'912 * kMs});
  std::stable_sort(s.events.begin(), s.events.end(),
                   [](const LogEvent& a, const LogEvent& b) { return a.at_ns < b.at_ns; });
  const Durability d = s.account();
  ASSERT_EQ(d.counts.size(), 2U);
  EXPECT_EQ(d.counts[0].acknowledged_lost, 2U);  // invoice 2 among them
  EXPECT_EQ(d.counts[1].log, 1U);
  EXPECT_EQ(d.counts[1].acknowledged, 1U);
  EXPECT_EQ(d.counts[1].acknowledged_lost, 0U);
}

TEST(Durability, without_commits_or_acknowledgements_nothing_is_lost) {
  LogStory s(2);
  s.leads(60 * kS, kB, 1, 0);
  EXPECT_TRUE(s.account().counts.empty());
  EXPECT_EQ(s.account().events.at(0).rpo_ns, 0);
  s.request(1, 10 * kS, 70 * kS, false);
  s.commit(20 * kS, kA, 0, 1, 1);
  EXPECT_EQ(s.counts().acknowledged, 0U);
  EXPECT_EQ(s.counts().lost_known_inside, 1U);
  EXPECT_EQ(s.account().events.at(0).rpo_ns, 0);
  EXPECT_TRUE(durability({}).events.empty());
}

TEST(Durability, something_lost_is_never_a_loss_of_nothing) {
  LogStory s(2);
  s.leads(60 * kS, kB, 1, 0);
  CommitFact& r = s.issued(61 * kS, kA, 0, 1, 1);
  r.returned_ns = r.commit_ns;  // 61 - 61 s
  EXPECT_EQ(s.account().events.at(0).rpo_ns, 1);
}

TEST(Durability, contradicting_facts_are_refused) {
  LogStory s(2);
  s.commit(1 * kS, kB, 0, 1, 1);  // A leads
  EXPECT_THROW((void)s.account(), EngineError);
  LogStory gap(2);
  gap.leads(60 * kS, kB, 2, 0);
  EXPECT_THROW((void)gap.account(), EngineError);
}

}  // namespace
}  // namespace twinvoice::measure
