// Several futures of one history: what they share, what makes them differ, and orders.
#include "sim/world/futures.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "sim/base/usage.hpp"
#include "sim/world/simgrid_engine.hpp"
#include "tests/support/few_descriptors.hpp"
#include "tests/unit/world/world_support.hpp"

namespace twinvoice::world {
namespace {

constexpr Nanos kFork = 5 * kNanosPerSecond + 1;

/// A random load and bulk flows that are under way at the fork.
struct Moving {
  TwoSites t;
  plan::Plan plan;
  RunSettings settings;

  Moving() {
    settings.keep_turns = true;
    t.b.plan.sources.clear();
    t.b.poisson(t.operation, 100.0);
    plan = t.b.build();
    settings.procedures = {script("mover", t.east, [t = &t](ProcedureContext& c) {
      for (;;) {
        (void)c.transfer(t->east, t->west, 700'000);
        c.log("moved");
        c.wait_for(100 * kMs);
      }
    })};
  }
  [[nodiscard]] std::vector<Replication> futures(const std::vector<Future>& list) const {
    return std::move(run_futures(plan, settings, kFork, list, 0, 1, {})[0]);
  }
};

Future slower(Nanos at_ns) {
  plan::Turn slow;
  slow.at_ns = at_ns;
  slow.knob = plan::Knob::kStationSpeed;
  slow.value = 0.5;
  slow.effect = plan::kProcedureEffects;
  return {FutureMode::kSame, 0, {slow}, {}};
}

Future fresh(std::uint64_t branch) { return {FutureMode::kFresh, branch, {}, {}}; }

std::uint64_t print(const Replication& r) { return r.result.record.fingerprint; }

/// Requests that arrived, by second.
std::vector<std::uint64_t> arrivals(const Replication& r) {
  std::vector<std::uint64_t> out;
  for (const auto& window : r.result.record.operations[0].windows) out.push_back(window.arrived);
  return out;
}

TEST(Futures, the_same_future_of_a_history_is_the_history) {
  Moving m;
  const auto whole = run_in_child(m.plan, m.settings.procedures);
  const auto futures = m.futures({{}, fresh(1), slower(6 * kNanosPerSecond), {}});
  ASSERT_EQ(futures.size(), 4U);
  for (const Replication& f : futures) {
    ASSERT_EQ(f.error, "");
    EXPECT_TRUE(f.result.record.complete);
    EXPECT_EQ(lines(f), lines(whole));  // flows go on in every copy
    EXPECT_TRUE(f.result.record.breaches.empty());
  }
  EXPECT_EQ(print(futures[0]), print(whole));
  EXPECT_EQ(print(futures[3]), print(whole));
  EXPECT_NE(print(futures[1]), print(whole));
  EXPECT_NE(print(futures[2]), print(whole));
  EXPECT_EQ(futures[2].result.record.turns.size(), 1U);
}

TEST(Futures, every_replication_is_a_history_of_its_own) {
  Moving m;
  const auto whole = run_replications(m.plan, m.settings, 3, 3, {});
  for (const unsigned workers : {1U, 4U}) {
    PoolOptions options;
    options.workers = workers;
    const auto all = run_futures(m.plan, m.settings, kFork, {{}, slower(kFork), {}}, 3, 3, options);
    ASSERT_EQ(all.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_EQ(all[i].size(), 3U);
      EXPECT_EQ(all[i][0].result.record.replication, 3 + i);
      EXPECT_EQ(print(all[i][0]), print(whole[i]));
      EXPECT_EQ(print(all[i][2]), print(whole[i]));
      EXPECT_NE(print(all[i][1]), print(whole[i]));
    }
  }
}

TEST(Futures, fresh_futures_differ_after_the_fork_and_not_before) {
  Moving m;
  const auto whole = run_in_child(m.plan, m.settings.procedures);
  const auto futures = m.futures({fresh(1), fresh(2), fresh(1)});
  EXPECT_EQ(print(futures[0]), print(futures[2]));
  EXPECT_NE(print(futures[0]), print(futures[1]));
  const auto before = arrivals(whole);
  for (const std::size_t i : {0U, 1U}) {
    const auto after = arrivals(futures[i]);
    ASSERT_EQ(after.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.begin() + 5, after.begin()));
    EXPECT_FALSE(std::equal(before.begin() + 6, before.end(), after.begin() + 6));
  }
}

TEST(Futures, a_history_that_ends_before_the_fork_tells_why) {
  TwoSites t(false, kMs);  // budgets are looked at every 4096 events: five thousand requests have more
  t.b.plan.max_events = 1000;
  const auto futures = run_futures(t.b.build(), {}, kFork, {{}, {}}, 0, 1, {});
  ASSERT_EQ(futures[0].size(), 2U);
  for (const Replication& f : futures[0]) {
    EXPECT_NE(f.error.find("history 0: the run ended before the instant"), std::string::npos) << f.error;
  }
}

TEST(Futures, what_cannot_be_forked_tells_why) {
  if (actors_are_threads()) GTEST_SKIP() << "threads: every future is a history of its own";
  TwoSites t(false, kMs);
  const plan::Plan plan = t.b.build();
  std::vector<std::vector<Replication>> futures;
  {
    const testing::FewDescriptors pipe_of_the_history(2);
    futures = run_futures(plan, {}, kFork, {{}, {}}, 0, 1, {});
  }
  ASSERT_EQ(futures[0].size(), 2U);
  for (const Replication& f : futures[0]) {
    EXPECT_EQ(f.error, "the future of history 0: not started: no pipe for a worker");
  }
}

TEST(Futures, what_cannot_be_forked_beside_the_others_waits_for_them) {
  TwoSites t;
  const plan::Plan plan = t.b.build();
  PoolOptions options;
  options.workers = 15;
  std::vector<std::vector<Replication>> futures;
  {
    // Three histories at a time, and one future of each: a history has SimGrid's descriptor and its own pipe.
    const testing::FewDescriptors few(4);
    futures = run_futures(plan, {}, kFork, {{}, {}, {}}, 0, 5, options);
  }
  for (const auto& of_one : futures) {
    for (const Replication& f : of_one) {
      EXPECT_EQ(f.error, "");
      EXPECT_TRUE(f.result.record.complete);
    }
  }
}

/// Does `act` when it is ordered to.
ProcedureFactory by_order(plan::LocationId where, std::function<void()> act) {
  return script("obedient", where, [act = std::move(act)](ProcedureContext& c) {
    c.heed_orders(true);
    while (!c.ordered()) c.wait_for(kNanosPerSecond);
    c.heed_orders(false);
    act();
    for (;;) c.wait_for(kNanosPerSecond);
  });
}

Future ordered(FutureMode mode = FutureMode::kSame, std::uint64_t branch = 0) {
  return {mode, branch, {}, {{0, 6 * kNanosPerSecond}}};
}

TEST(Futures, after_a_stop_what_has_ended_is_kept_and_nothing_more_is_begun) {
  // All but the first future are far too long to end by themselves; the stop comes in the second one.
  TwoSites t;
  t.b.horizon(kLongestSpan / 2);
  t.b.plan.window_ns = kLongestSpan / 1000;
  RunSettings settings;
  settings.procedures = {by_order(t.east, [] { throw std::runtime_error("gives up"); })};
  std::atomic<bool> stop{false};
  PoolOptions options;
  options.workers = 1;
  options.stop_flag = &stop;
  options.progress = [&](std::size_t, const ProgressCell& cell) {
    if (cell.now_ns.load() > 100 * kNanosPerSecond) stop = true;
  };
  const auto futures = run_futures(t.b.build(), settings, kFork, {ordered(), {}, {}, {}}, 0, 2, options);
  EXPECT_EQ(futures[0][0].error, "the future of history 0: procedure obedient: gives up");
  EXPECT_EQ(futures[0][1].error, "");
  EXPECT_FALSE(futures[0][1].result.record.complete);
  EXPECT_EQ(futures[0][1].result.record.stop, "interrupted");
  EXPECT_EQ(futures[0][2].error, kNotStarted);
  EXPECT_EQ(futures[0][3].error, kNotStarted);
  for (const Replication& f : futures[1]) EXPECT_EQ(f.error, kNotStarted);
}

TEST(Futures, a_signal_to_a_future_ends_that_future_alone) {
  TwoSites t;
  RunSettings settings;
  settings.procedures = {by_order(t.east, [] { raise(SIGTERM); })};
  const auto futures = run_futures(t.b.build(), settings, kFork, {{}, ordered(), {}}, 0, 1, {});
  EXPECT_TRUE(futures[0][0].result.record.complete);
  EXPECT_EQ(futures[0][1].error, "");
  EXPECT_FALSE(futures[0][1].result.record.complete);
  EXPECT_EQ(futures[0][1].result.record.stop, "interrupted");
  EXPECT_TRUE(futures[0][2].result.record.complete);
}

TEST(Futures, a_lost_future_is_named_after_its_history_or_its_own_number) {
  TwoSites t;
  const plan::Plan plan = t.b.build();
  RunSettings settings;
  settings.procedures = {by_order(t.east, [] { raise(SIGKILL); })};
  const auto same = run_futures(plan, settings, kFork, {{}, ordered()}, 3, 1, {});
  EXPECT_EQ(same[0][0].error, "");
  EXPECT_EQ(same[0][1].error, "the worker of the future of history 3 was killed by signal 9 (Killed)");
  const auto fresh_ones =
      run_futures(plan, settings, kFork, {fresh(1), ordered(FutureMode::kFresh, 3)}, 0, 1, {});
  EXPECT_EQ(fresh_ones[0][0].error, "");
  EXPECT_EQ(fresh_ones[0][1].error, "the worker of future 2 of history 0 was killed by signal 9 (Killed)");
}

/// Uses this much processor time.
void toil(double cpu_s) {
  const double until_s = usage_of_this_process().cpu_s + cpu_s;
  while (usage_of_this_process().cpu_s < until_s) {
  }
}

TEST(Futures, a_future_has_used_what_its_history_and_itself_used) {
  TwoSites t;
  RunSettings settings;
  settings.procedures = {by_order(t.east, [] { toil(0.05); }),
                         script("early", t.east, [](ProcedureContext& c) {
                           c.wait_for(kNanosPerSecond);
                           toil(0.05);
                         })};
  const auto futures = run_futures(t.b.build(), settings, kFork, {ordered(), {}}, 0, 1, {});
  EXPECT_GE(futures[0][0].result.record.cpu_s, 0.1);
  EXPECT_GE(futures[0][1].result.record.cpu_s, 0.05);
  EXPECT_GT(futures[0][1].result.record.wall_s, 0.0);
}

TEST(Futures, progress_counts_the_events_of_the_history_once) {
  if (actors_are_threads()) GTEST_SKIP() << "threads: every future is a history of its own";
  TwoSites t;
  const plan::Plan plan = t.b.build();
  std::vector<std::uint64_t> told;  // at the end, by number of futures less one
  std::uint64_t events = 0;         // of one future with its history
  for (std::size_t count = 1; count <= 3; ++count) {
    PoolOptions options;
    options.progress = [&](std::size_t, const ProgressCell& cell) { events = cell.events.load(); };
    const auto futures = run_futures(plan, {}, kFork, std::vector<Future>(count), 0, 1, options);
    told.push_back(std::exchange(events, 0));
    EXPECT_EQ(futures[0][0].result.record.events, told[0]);
  }
  const std::uint64_t after_the_fork = told[1] - told[0];
  EXPECT_EQ(told[2] - told[1], after_the_fork);
  EXPECT_LT(after_the_fork, told[0]);
  EXPECT_GT(after_the_fork, told[0] / 3);
}

/// Waits or reads to 9 s, and says when it goes on.
ProcedureFactory patient(plan::LocationId where, bool heeds, bool reads) {
  return script("patient", where, [=](ProcedureContext& c) {
    c.heed_orders(heeds);
    const plan::Sensor sensor{plan::SensorKind::kArrived, 0, {}, 0};
    if (reads) {
      (void)c.read_at(9 * kNanosPerSecond, {&sensor, 1});
    } else {
      c.wait_until(9 * kNanosPerSecond);
    }
    c.log(c.ordered() ? "by order" : "in time");
    if (c.ordered()) c.wait_for(kNanosPerSecond);  // is over at once
    c.heed_orders(false);
    c.log(c.ordered() ? "still ordered" : "free");
    c.wait_for(500 * kMs);
    c.log("end");
  });
}

TEST(Orders, an_order_ends_waits_and_readings_of_who_heeds_it) {
  TwoSites t;
  const plan::Plan plan = t.b.build();
  for (const bool reads : {false, true}) {
    RunSettings settings;
    settings.procedures = {patient(t.east, true, reads)};
    Future ordered;
    ordered.orders = {{0, 6 * kNanosPerSecond}};
    const auto both = run_futures(plan, settings, kFork, {{}, ordered}, 0, 1, {});
    EXPECT_EQ(lines(both[0][0]),
              (std::vector<std::string>{"9000000000 in time", "9000000000 free", "9500000000 end"}));
    EXPECT_EQ(lines(both[0][1]),
              (std::vector<std::string>{"6000000000 ordered to begin", "6000000000 by order",
                                        "6000000000 free", "6500000000 end"}));
  }
}

TEST(Orders, who_does_not_heed_orders_is_not_disturbed) {
  TwoSites t;
  const plan::Plan plan = t.b.build();
  RunSettings settings;
  settings.procedures = {patient(t.east, false, false)};
  Future ordered;
  ordered.orders = {{0, kFork}};
  const auto futures = run_futures(plan, settings, kFork, {ordered}, 0, 1, {});
  EXPECT_EQ(lines(futures[0][0]),
            (std::vector<std::string>{"5000000001 ordered to begin, but at work already or at its end",
                                      "9000000000 in time", "9000000000 free", "9500000000 end"}));
}

}  // namespace
}  // namespace twinvoice::world
