// What holds in every run: conservation, Little's law to the last nanosecond, no allocation in the loop, budgets, and draws that do
// not depend on who else is there.
#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/kernel/counting_new.hpp"
#include "tests/unit/kernel/kernel_run.hpp"
#include "tests/unit/kernel/random_plan.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;

/// Calls with timeouts, retries, a pool and two kinds of station; `op` is the operation.
plan::OperationId busy_service(PlanBuilder& b, plan::LocationId here) {
  const auto db = b.component("db", here, 2);
  const auto app = b.component("app", here);
  const auto desk = b.station(db, 1, 50);
  const auto cpu = b.station(app, 2, plan::kUnlimited, plan::Discipline::kProcessorSharing);
  const auto threads = b.pool(app, 8, plan::kUnlimited, b.constant(200 * kMs));
  plan::CallSite policy;
  policy.balance = plan::Balance::kPowerOfTwo;
  policy.timeout_ns = 150 * kMs;
  policy.retries.attempts = 2;
  policy.retries.per_try_timeout_ns = 40 * kMs;
  policy.retries.backoff = b.exponential(0.002);
  policy.retries.on = plan::kOnTimeout | plan::kOnRejected;
  policy.hedge = {15 * kMs, 1};
  const auto read = b.call(
      "app>db", db, b.program("read", db).hop_in().serve(desk, b.exponential(0.008)).reply(), app, policy);
  const auto serve = b.program("serve", app)
                         .hop_in()
                         .acquire(threads)
                         .serve(cpu, b.exponential(0.005))
                         .call(read)
                         .release(threads)
                         .reply();
  return b.operation("issue", b.program("issue").call(b.call("issue>app", app, serve)).end(), here);
}

// 150/s for 3 s, then nobody: empty at both ends, so the integral of the requests in flight is the sum of their sojourn times, and at
// every pool and station without losses the integral of those waiting is the sum of their waits. Exactly.
TEST(Invariants, littles_law_holds_to_the_nanosecond) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    PlanBuilder b;
    const auto op = busy_service(b, b.location("a", kMs / 2));
    b.poisson(op, 150.0).segments = {{0, 150.0}, {3 * kSecond, 0.0}};
    kernel::RunOptions options;
    options.seed = seed;
    KernelRun run(b, 60 * kSecond, options);
    measure::Int128 sojourns = 0;
    for (const auto& r : run.log()) sojourns += r.decided_ns - r.arrived_ns;
    const measure::OperationBook& book = run.engine().ledger().books().at(0);
    EXPECT_EQ(book.in_flight, 0);
    EXPECT_EQ(book.all.arrived, book.all.succeeded + book.all.failed);
    EXPECT_TRUE(book.in_flight_area == sojourns);
    EXPECT_TRUE(book.in_flight_area == book.sojourn_sum_ns);
    EXPECT_EQ(run.engine().frames_in_flight(), 0U);
    for (const kernel::Station& s : run.engine().stations()) {
      EXPECT_TRUE(s.queued_time.sum_ns == s.wait_ns);
      EXPECT_EQ(s.busy + s.queued, 0U);
      EXPECT_EQ(s.started, s.completions);
    }
    EXPECT_EQ(run.counts().tokens_acquired, run.counts().tokens_released);
  }
}

// The audit of every KernelRun is the assertion: 60 random plans with cuts, kills, pauses, cancellations and everything else in flight.
TEST(Invariants, books_balance_in_random_worlds) {
  std::uint64_t late = 0, orphaned = 0, cancelled = 0;
  for (std::uint64_t seed = 101; seed <= 160; ++seed) {
    SCOPED_TRACE(seed);
    PlanBuilder b;
    random_plan(b, seed);
    kernel::RunOptions options;
    options.seed = seed;
    KernelRun run(b, 2 * kSecond, options);
    run.finish();
    EXPECT_EQ(run.log().size(), run.counts().succeeded + run.counts().failed);
    late += run.counts().late, orphaned += run.counts().frames_orphaned,
        cancelled += run.counts().frames_cancelled;
  }
  EXPECT_GT(late, 0U);
  EXPECT_GT(orphaned, 0U);
  EXPECT_GT(cancelled, 0U);
}

// A closed loop of 40 users: after 200 s of warming up another 200 s allocate nothing but what
// the times of requests are kept in.
TEST(Invariants, the_loop_does_not_allocate) {
  PlanBuilder b;
  const auto op = busy_service(b, b.location("a", kMs / 2));
  b.closed(op, 40, b.exponential(0.1));
  const plan::Plan plan = b.horizon(400 * kSecond).build();
  kernel::Engine engine(plan, {});
  EXPECT_EQ(engine.run_until(200 * kSecond), kernel::Stop::kBound);
  const std::uint64_t events = engine.counts().events;
  const std::uint64_t before = allocations();
  EXPECT_EQ(engine.run_until(400 * kSecond), kernel::Stop::kBound);
  // Nine bytes or so are kept of each request, in chunks of 64 KiB; the list of chunks grows by doubling.
  const std::uint64_t kept = engine.counts().succeeded * 16 >> 16;
  EXPECT_LE(allocations() - before, kept + 2);
  EXPECT_GT(engine.counts().events - events, 100'000U);
  engine.close(400 * kSecond);
  EXPECT_TRUE(engine.audit().empty());
}

// With a log the facts of its commits are kept, packed by blocks of 4096 as they get old, some twenty allocations each.
TEST(Invariants, a_log_allocates_only_to_keep_its_facts) {
  PlanBuilder b;
  const auto here = b.location("a"), there = b.location("b");
  b.link(here, there, kMs);
  const auto db = b.component("db", {here, there});
  plan::Log proto;
  proto.leader_location = here;
  proto.followers = {there};
  proto.mode = plan::CommitMode::kSemiSync;
  proto.fallback_ns = 20 * kMs;
  const auto log = b.log(db, proto);
  plan::CallSite policy;
  policy.balance = plan::Balance::kPrimary;
  const auto work = b.program("write", db).hop_in().commit(log).reply();
  b.closed(
      b.operation("issue", b.program("issue").call(b.call("issue>db", db, work, {}, policy)).end(), here), 40,
      b.exponential(0.1));
  const plan::Plan plan = b.horizon(400 * kSecond).build();
  kernel::Engine engine(plan, {});
  EXPECT_EQ(engine.run_until(200 * kSecond), kernel::Stop::kBound);
  const std::uint64_t commits = engine.counts().commits;
  const std::uint64_t before = allocations();
  EXPECT_EQ(engine.run_until(400 * kSecond), kernel::Stop::kBound);
  EXPECT_LE(allocations() - before, 30 * (engine.counts().commits - commits) / 4096 + 30);
  EXPECT_GT(engine.counts().commits - commits, 50'000U);
  engine.close(400 * kSecond);
  EXPECT_TRUE(engine.audit().empty());
}

TEST(Invariants, equal_seeds_give_equal_runs_and_others_do_not) {
  const auto print = [](std::uint64_t seed, std::uint64_t replication) {
    PlanBuilder b;
    random_plan(b, 7);
    kernel::RunOptions options;
    options.seed = seed;
    options.replication = replication;
    KernelRun run(b, kSecond, options);
    run.finish();
    return run.engine().fingerprint();
  };
  EXPECT_EQ(print(1, 0), print(1, 0));
  EXPECT_NE(print(1, 0), print(2, 0));
  EXPECT_NE(print(1, 0), print(1, 1));
}

TEST(Invariants, a_run_in_small_bounds_is_the_run_in_one) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    PlanBuilder whole_plan, pieces_plan;
    random_plan(whole_plan, seed);
    random_plan(pieces_plan, seed);
    KernelRun whole(whole_plan, kSecond), pieces(pieces_plan, kSecond);
    for (Nanos at = 0; at < kSecond; at += 3 * kMs) {
      pieces.until(at, plan::Rung::kComplete);
      pieces.engine().advance_to(at);
    }
    EXPECT_EQ(whole.log(), pieces.log());
    EXPECT_EQ(whole.engine().fingerprint(), pieces.engine().fingerprint());
  }
}

// A component, its operation and its faults, declared before all others, change no time of the rest.
TEST(Invariants, an_unrelated_component_changes_no_draw) {
  const auto times = [](bool company) {
    PlanBuilder b;
    const auto here = b.location("a", kMs / 2);
    if (company) {
      const auto other = b.component("other", here, 3);
      const auto desk = b.station(other, 1);
      const auto work = b.program("other/work", other).hop_in().serve(desk, b.exponential(0.01)).reply();
      const auto op =
          b.operation("noise", b.program("noise").call(b.call("noise>other", other, work)).end(), here);
      b.poisson(op, 80.0);
      b.hold(b.fault("slow", kSecond, 2 * kSecond), Knob::kStationSpeed, desk.value, 0.5);
    }
    b.poisson(busy_service(b, here), 150.0);
    KernelRun run(b, 5 * kSecond);
    std::vector<std::tuple<Nanos, Nanos, bool, std::uint32_t>> seen;
    for (const auto& r : run.log()) {
      if (r.source == (company ? 1U : 0U))
        seen.emplace_back(r.arrived_ns, r.decided_ns, r.succeeded, r.attempts);
    }
    return seen;
  };
  const auto alone = times(false);
  EXPECT_GT(alone.size(), 500U);
  EXPECT_EQ(alone, times(true));
}

// A branch at 1 s: the past is the same, the arrivals after it are others.
TEST(Invariants, a_branch_has_the_same_past_and_another_future) {
  const auto arrivals = [](bool branched) {
    PlanBuilder b;
    b.poisson(busy_service(b, b.location("a")), 100.0);
    KernelRun run(b, 2 * kSecond);
    run.until(kSecond);
    run.engine().advance_to(kSecond);
    if (branched) run.engine().branch(1);
    std::vector<Nanos> before, after;
    for (const auto& r : run.log()) (r.arrived_ns < kSecond ? before : after).push_back(r.arrived_ns);
    return std::pair(before, after);
  };
  const auto [past, future] = arrivals(false);
  const auto [same_past, other_future] = arrivals(true);
  EXPECT_EQ(past, same_past);
  EXPECT_NE(future, other_future);
  EXPECT_GT(other_future.size(), 30U);
}

TEST(Invariants, the_stop_flag_ends_a_run) {
  PlanBuilder b;
  b.poisson(busy_service(b, b.location("a")), 100.0);
  std::atomic<bool> flag{false};
  kernel::RunOptions options;
  options.stop_flag = &flag;
  KernelRun run(b, 1'000 * kSecond, options);
  run.until(10 * kSecond);
  flag = true;
  EXPECT_EQ(run.engine().run_until(1'000 * kSecond), kernel::Stop::kFlag);
  EXPECT_LT(run.engine().now_ns(), 60 * kSecond);
  EXPECT_EQ(run.finish(), kernel::Stop::kFlag);
  EXPECT_EQ(run.engine().record().stop, "interrupted");
}

TEST(Invariants, the_budget_of_events_ends_a_run) {
  PlanBuilder b;
  b.poisson(busy_service(b, b.location("a")), 100.0);
  b.plan.max_events = 20'000;
  KernelRun run(b, 1'000 * kSecond);
  EXPECT_EQ(run.finish(), kernel::Stop::kEvents);
  EXPECT_GE(run.counts().events, 20'000U);
  EXPECT_LE(run.counts().events, 20'000U + 4'096U);
  EXPECT_FALSE(run.engine().record().complete);
}

// 1000 arrivals a second at a server that does ten: the frames in flight reach their budget, and the text says so.
TEST(Invariants, overload_ends_in_the_budget_of_frames) {
  Shop shop;
  shop.b.poisson(shop.visits("issue", shop.b.station(shop.db, 1), shop.b.constant(100 * kMs)), 1'000.0);
  shop.b.plan.max_frames = 5'000;
  KernelRun run(shop.b, 1'000 * kSecond);
  EXPECT_EQ(run.finish(), kernel::Stop::kFrames);
  EXPECT_LT(run.engine().now_ns(), 10 * kSecond);
  EXPECT_NE(kernel::stop_text(kernel::Stop::kFrames).find("in flight"), std::string::npos);
  EXPECT_NE(kernel::stop_text(kernel::Stop::kFrames).find("overloaded"), std::string::npos);
}

// A call that fails at once and is tried again at once, for ever.
TEST(Invariants, a_loop_without_time_is_ended) {
  Shop shop;
  const auto gate = shop.b.gate(shop.db, broken_gate());
  const auto op = shop.calls("issue", shop.db, shop.b.program("w", shop.db).hop_in().gate(gate).reply());
  shop.policy().retries.attempts = 2'000'000'000;
  shop.policy().retries.on = plan::kOnError;
  shop.b.trace(op, {kSecond});
  KernelRun run(shop.b, 10 * kSecond);
  EXPECT_EQ(run.finish(), kernel::Stop::kInstant);
  EXPECT_EQ(run.engine().now_ns(), kSecond);
}

// More than a million events at one second, and each of them of another request.
TEST(Invariants, many_requests_at_one_instant_are_no_loop) {
  Shop shop;
  const auto op = shop.calls("issue", shop.db, shop.b.program("w", shop.db).hop_in().reply());
  shop.b.trace(op, std::vector<Nanos>(1'100'000, kSecond));
  KernelRun run(shop.b, 10 * kSecond);
  EXPECT_EQ(run.finish(), kernel::Stop::kBound);
  EXPECT_EQ(run.counts().arrived, 1'100'000U);
  EXPECT_GT(run.counts().events, 1'000'000U);
}

// Three jobs of 10 ms stand at the server at time 0: an arrival at 0 is served 30..40. They belong to nobody.
TEST(Invariants, initial_jobs_are_served_before_the_first_arrival) {
  Shop shop;
  const auto station = shop.b.station(shop.db, 1);
  shop.b.trace(shop.visits("issue", station, shop.b.constant(10 * kMs)), {0});
  shop.b.plan.initial.jobs.push_back({station, 3, shop.b.constant(10 * kMs), 1});
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 40 * kMs);
  EXPECT_EQ(run.counts().arrived, 1U);
  EXPECT_EQ(run.station(station).completions, 4U);
  EXPECT_EQ(run.engine().frames_in_flight(), 0U);
}

// Warmth of a cache in a cell of the db: cold the first request, set to 1 by it, flushed at 50 ms, halved every 10 ms. The branch
// skips 10 ms of work with the probability in the cell.
TEST(Invariants, a_cell_steers_a_branch_decays_and_is_flushed) {
  Shop shop;
  plan::Cell proto;
  const auto cell = shop.b.cell(shop.db, proto);
  const auto work = shop.b.program("w", shop.db)
                        .hop_in()
                        .skip(1, 1.0, "hit", cell)
                        .delay(shop.b.constant(10 * kMs))
                        .update(cell, plan::UpdateOp::kSet, 1.0)
                        .reply();
  shop.b.trace(shop.calls("issue", shop.db, work), {0, 20 * kMs, 60 * kMs, 80 * kMs});
  shop.b.impulse(shop.b.fault("flush", 50 * kMs), plan::Impulse::kFlush, cell.value);
  KernelRun run(shop.b, kSecond);
  EXPECT_EQ(run.latency(0), 10 * kMs);
  EXPECT_EQ(run.latency(1), 0);
  EXPECT_EQ(run.latency(2), 10 * kMs);
  EXPECT_EQ(run.latency(3), 0);
}

// Set to 1 at 0 with a half life of 1 s: at 1 s half of 2000 requests are hits (standard deviation 22.4, bound 112: 6e-7), at 2 s a
// quarter (19.4, 97).
TEST(Invariants, a_cell_decays_by_its_half_life) {
  Shop shop;
  plan::Cell proto;
  proto.initial = 1.0;
  proto.half_life_ns = kSecond;
  const auto cell = shop.b.cell(shop.db, proto);
  const auto work =
      shop.b.program("w", shop.db).hop_in().skip(1, 1.0, "hit", cell).delay(shop.b.constant(kMs)).reply();
  std::vector<Nanos> times(2'000, kSecond);
  times.resize(4'000, 2 * kSecond);
  shop.b.trace(shop.calls("issue", shop.db, work), std::move(times));
  KernelRun run(shop.b, 3 * kSecond);
  double hits[2] = {};
  for (std::size_t i = 0; i < 4'000; ++i) hits[i / 2'000] += run.latency(i) == 0 ? 1.0 : 0.0;
  EXPECT_NEAR(hits[0], 1'000.0, 112.0);
  EXPECT_NEAR(hits[1], 500.0, 97.0);
}

}  // namespace
}  // namespace twinvoice::testing
