// Forks and joins by hand: branches of the db itself, delays of 10, 20 and 30 ms.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Reason;

struct Forked : Shop {
  plan::ProgramId after(Nanos ns) { return b.program("branch", db).delay(b.constant(ns)).end(); }
  plan::ProgramId fails_after(Nanos ns, plan::GateId gate) {
    return b.program("bad branch", db).delay(b.constant(ns)).gate(gate).end();
  }
  plan::GateId named_gate(const std::string& name) {
    plan::Gate gate;
    gate.name = name;
    gate.probability = 1.0;
    return b.gate(db, gate);
  }
  void join(std::initializer_list<plan::ProgramId> branches, std::uint16_t needed, bool cancel = false) {
    b.trace(calls("issue", db, b.program("work", db).hop_in().fork(branches).join(needed, cancel).reply()),
            {0});
  }
};

TEST(Fork, a_join_waits_for_as_many_as_it_needs) {
  const Nanos expected[] = {10 * kMs, 20 * kMs, 30 * kMs};
  for (std::uint16_t needed = 1; needed <= 3; ++needed) {
    Forked f;
    f.join({f.after(20 * kMs), f.after(10 * kMs), f.after(30 * kMs)}, needed);
    KernelRun run(f.b, kSecond);
    EXPECT_TRUE(run.at(0).succeeded);
    EXPECT_EQ(run.at(0).decided_ns, expected[needed - 1]);
    EXPECT_EQ(run.at(0).attempts, 1U);
    EXPECT_EQ(run.counts().frames_orphaned, 3U - needed);
  }
}

// Branches end at 10, 20, 30, but those at 20 and 30 fail. Two of three are impossible at 30 only; all three at 20.
TEST(Fork, a_join_fails_as_soon_as_it_is_impossible) {
  for (const std::uint16_t needed : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{3}}) {
    Forked f;
    const auto first = f.named_gate("first"), second = f.named_gate("second");
    f.join({f.after(10 * kMs), f.fails_after(20 * kMs, first), f.fails_after(30 * kMs, second)}, needed);
    KernelRun run(f.b, kSecond);
    if (needed == 1) {
      EXPECT_TRUE(run.at(0).succeeded);
      EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
    } else {
      EXPECT_EQ(run.cause(0), plan::Cause(Reason::kGate, (needed == 3 ? first : second).value));
      EXPECT_EQ(run.at(0).decided_ns, (needed == 3 ? 20 : 30) * kMs);
    }
  }
}

// The join comes late: the branches are over when it is reached, at 40 ms, and their outcome has been kept.
TEST(Fork, branches_may_end_before_the_join) {
  for (const bool fails : {false, true}) {
    Forked f;
    const auto gate = f.named_gate("early");
    const auto other = fails ? f.fails_after(20 * kMs, gate) : f.after(20 * kMs);
    f.b.trace(f.calls("issue", f.db,
                      f.b.program("work", f.db)
                          .hop_in()
                          .fork({f.after(10 * kMs), other})
                          .delay(f.b.constant(40 * kMs))
                          .join(2)
                          .reply()),
              {0});
    KernelRun run(f.b, kSecond);
    EXPECT_EQ(run.at(0).decided_ns, 40 * kMs);
    EXPECT_EQ(run.at(0).succeeded, !fails);
    if (fails) {
      EXPECT_EQ(run.cause(0), plan::Cause(Reason::kGate, gate.value));
    }
  }
}

// Branches that queue for the frame's own server: 1 of 3 needed, 10 ms each. Orphans are served on (until 30), cancelled ones leave
// the queue, all but the one that the freed server has just taken: it ends at its step boundary, 20.
TEST(Fork, losers_are_orphans_or_cancelled) {
  for (const bool cancel : {false, true}) {
    Forked f;
    const auto station = f.b.station(f.db, 1);
    const auto branch = f.b.program("branch", f.db).serve(station, f.b.constant(10 * kMs)).end();
    f.join({branch, branch, branch}, 1, cancel);
    KernelRun run(f.b, kSecond);
    EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
    EXPECT_TRUE(run.station(station).busy_ns == (cancel ? 20 : 30) * kMs);
    EXPECT_EQ(run.counts().frames_cancelled, cancel ? 2U : 0U);
  }
}

// Two forks one after the other: 20 + 30 ms.
TEST(Fork, groups_follow_each_other) {
  Forked f;
  const auto a = f.after(20 * kMs), c = f.after(30 * kMs);
  f.b.trace(
      f.calls("issue", f.db,
              f.b.program("work", f.db).hop_in().fork({a, a}).join(2).fork({c, c}, "second").join(2).reply()),
      {0});
  KernelRun run(f.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 50 * kMs);
}

// A kill of the instance resets the frame and its branches: the request fails once, at 5 ms.
TEST(Fork, a_kill_takes_the_branches_too) {
  Forked f;
  f.join({f.after(10 * kMs), f.after(20 * kMs)}, 2);
  f.b.impulse(f.b.fault("kill", 5 * kMs), plan::Impulse::kReset, 0);
  KernelRun run(f.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kReset, f.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 5 * kMs);
  EXPECT_EQ(run.engine().frames_in_flight(), 0U);
}

}  // namespace
}  // namespace twinvoice::testing
