// Worker processes: order, crashes, stops, rubbish.
#include "sim/world/workers.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <map>
#include <set>

#include "sim/base/wire.hpp"
#include "sim/world/frame.hpp"
#include "sim/world/simgrid_engine.hpp"
#include "tests/support/few_descriptors.hpp"
#include "tests/unit/world/world_support.hpp"

namespace twinvoice::world {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

Outcome outcome_of(const WorkerPool::Body& body) {
  WorkerPool pool({});
  pool.start(7, body);
  return *pool.next();
}

TEST(Frame, a_frame_comes_back_whole) {
  std::string problem;
  const auto frame = decode_frame(encode_frame(FrameKind::kResult, bytes_of("record")), problem);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->bytes, bytes_of("record"));
}

TEST(Frame, a_changed_or_shortened_frame_is_refused) {
  const auto whole = encode_frame(FrameKind::kResult, bytes_of("a record of some length"));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string problem;
    EXPECT_FALSE(decode_frame(std::span(whole).first(i), problem)) << i;
    EXPECT_FALSE(problem.empty());
    auto changed = whole;
    changed[i] ^= std::byte{0x10};
    EXPECT_FALSE(decode_frame(changed, problem)) << i;
  }
}

TEST(Workers, a_large_record_passes_the_pipe) {
  const Outcome o = outcome_of([](const Seat&) { return std::vector<std::byte>(3'000'000, std::byte{7}); });
  EXPECT_EQ(o.error, "");
  EXPECT_EQ(o.bytes.size(), 3'000'000U);
  EXPECT_EQ(o.job, 7U);
}

TEST(Workers, a_killed_worker_is_reported) {
  const Outcome o = outcome_of([](const Seat&) -> std::vector<std::byte> {
    raise(SIGKILL);
    return {};
  });
  EXPECT_EQ(o.error, "the worker of job 7 was killed by signal 9 (Killed)");
  EXPECT_EQ(o.end, JobEnd::kKilled);
}

TEST(Workers, a_worker_that_throws_tells_why) {
  const Outcome o =
      outcome_of([](const Seat&) -> std::vector<std::byte> { throw std::runtime_error("bad plan"); });
  EXPECT_EQ(o.error, "job 7: bad plan");
}

TEST(Workers, a_worker_that_says_nothing_is_reported) {
  const Outcome o = outcome_of([](const Seat&) -> std::vector<std::byte> { _exit(0); });
  EXPECT_EQ(o.error, "the worker of job 7 ended, but it sent nothing");
}

TEST(Workers, a_worker_that_does_not_stop_is_killed) {
  std::atomic<bool> stop{true};
  PoolOptions options;
  options.stop_flag = &stop;
  WorkerPool pool(options);
  pool.start(1, [](const Seat&) -> std::vector<std::byte> {
    for (;;) pause();
  });
  const auto o = pool.next();
  ASSERT_TRUE(o);
  EXPECT_NE(o->error.find("it did not stop in time"), std::string::npos) << o->error;
}

TEST(Frame, a_stream_gives_back_its_frames_whatever_the_pieces) {
  std::vector<std::byte> stream;
  for (const char* text : {"first", "", "a third one that is longer"}) {
    const auto frame = encode_frame(FrameKind::kTalk, bytes_of(text));
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameStream frames;
    std::vector<std::vector<std::byte>> got;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      frames.append(std::span(stream).subspan(at, std::min(piece, stream.size() - at)));
      while (auto frame = frames.next()) got.push_back(frame->bytes);
    }
    ASSERT_EQ(got.size(), 3U) << piece;
    EXPECT_EQ(got[0], bytes_of("first"));
    EXPECT_EQ(got[1], bytes_of(""));
    EXPECT_EQ(got[2], bytes_of("a third one that is longer"));
  }
}

TEST(Frame, a_stream_that_went_wrong_is_refused) {
  auto whole = encode_frame(FrameKind::kTalk, bytes_of("text"));
  whole.back() ^= std::byte{1};
  FrameStream frames;
  frames.append(whole);
  EXPECT_THROW((void)frames.next(), wire::Malformed);
}

TEST(Workers, a_worker_beyond_its_time_is_ended) {
  WorkerPool pool({});
  pool.start(4,
             [](const Seat&) -> std::vector<std::byte> {
               for (;;) pause();
             },
             {200'000'000, 0});
  const auto o = pool.next();
  ASSERT_TRUE(o);
  EXPECT_EQ(o->end, JobEnd::kOverLimit);
  EXPECT_EQ(o->error, "job 4 takes longer than its limit of 200 ms");
}

TEST(Workers, a_worker_that_ended_in_time_has_kept_its_limit_however_late_it_is_looked_at) {
  WorkerPool pool({});
  pool.start(4, [](const Seat&) { return bytes_of("done"); }, {100'000'000, 0});
  usleep(400'000);  // the owner is busy, or was stopped
  const auto o = pool.next();
  ASSERT_TRUE(o);
  EXPECT_EQ(o->error, "");
  EXPECT_EQ(o->bytes, bytes_of("done"));
}

// What it leaves does not fit into the pipe: it has not ended when its owner comes back.
TEST(Workers, the_time_in_which_its_owner_was_stopped_is_not_of_a_worker) {
  WorkerPool pool({});
  const std::vector<std::byte> large(1 << 20);
  pool.start(4, [&](const Seat&) { return large; }, {1'500'000'000, 0});
  usleep(2'000'000);
  const auto o = pool.next();
  ASSERT_TRUE(o);
  EXPECT_EQ(o->error, "");
  EXPECT_EQ(o->bytes, large);
}

TEST(Workers, a_worker_beyond_its_memory_is_ended) {
  WorkerPool pool({});
  pool.start(4,
             [](const Seat&) -> std::vector<std::byte> {
               std::vector<std::byte> much(400'000'000, std::byte{1});
               for (;;) much[static_cast<std::size_t>(pause()) % much.size()] = std::byte{2};
             },
             {0, 300'000'000});
  const auto o = pool.next();
  ASSERT_TRUE(o);
  EXPECT_EQ(o->end, JobEnd::kOverLimit);
  EXPECT_EQ(o->error, "job 4 takes more memory than its limit of 286 MiB");
}

TEST(Workers, input_wakes_the_owner_while_a_worker_runs) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  WorkerPool pool({});
  pool.start(4, [](const Seat&) -> std::vector<std::byte> {
    for (;;) pause();
  });
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_FALSE(pool.next_or_input(ends[0]));
  EXPECT_FALSE(pool.idle());
  close(ends[0]);
  close(ends[1]);
}

TEST(Workers, workers_return_records_in_order) {
  TwoSites t;
  t.b.plan.sources.clear();
  t.b.poisson(t.operation, 100.0);
  const plan::Plan plan = t.b.build();
  const auto run = [&](unsigned workers) {
    PoolOptions options;
    options.workers = workers;
    return run_replications(plan, {}, 3, 6, options);
  };
  const auto parallel = run(4);
  const auto serial = run(1);
  ASSERT_EQ(parallel.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(parallel[i].error, "");
    EXPECT_EQ(parallel[i].result.record.replication, 3 + i);
    EXPECT_EQ(parallel[i].result.record.fingerprint, serial[i].result.record.fingerprint);
    if (i > 0) {
      EXPECT_NE(parallel[i].result.record.fingerprint, parallel[i - 1].result.record.fingerprint);
    }
  }
}

TEST(Workers, interrupted_run_is_marked_incomplete) {
  // A run far too long to end by itself; the stop comes once it has begun.
  TwoSites t;
  t.b.horizon(kLongestSpan / 2);
  t.b.plan.window_ns = kLongestSpan / 1000;
  const plan::Plan plan = t.b.build();
  std::atomic<bool> stop{false};
  PoolOptions options;
  options.workers = 1;
  options.stop_flag = &stop;
  options.progress = [&](std::size_t, const ProgressCell& cell) {
    if (cell.now_ns.load() > 0 || cell.events.load() > 0) stop = true;
  };
  RunSettings settings;
  settings.procedures = {script("p", t.east, [](ProcedureContext& c) {
    for (;;) c.wait_for(kNanosPerSecond);
  })};
  const auto results = run_replications(plan, settings, 0, 2, options);
  ASSERT_EQ(results[0].error, "");
  EXPECT_FALSE(results[0].result.record.complete);
  EXPECT_EQ(results[0].result.record.stop, "interrupted");
  EXPECT_GT(results[0].result.record.end_ns, 0);
  EXPECT_LT(results[0].result.record.end_ns, plan.horizon_ns);
  EXPECT_EQ(results[1].error, "not started");
}

TEST(Workers, a_signal_to_a_worker_stops_that_worker) {
  const Outcome o = outcome_of([](const Seat& seat) {
    raise(SIGTERM);
    return bytes_of(seat.stop->load() ? "stopped" : "deaf");
  });
  EXPECT_EQ(o.bytes, bytes_of("stopped"));
}

TEST(Workers, what_cannot_be_started_beside_the_others_waits_for_them) {
  if (actors_are_threads()) GTEST_SKIP() << "the sanitizer needs descriptors in the workers too";
  TwoSites t;
  const plan::Plan plan = t.b.build();
  PoolOptions options;
  options.workers = 5;
  std::vector<Replication> results;
  {
    const testing::FewDescriptors pipes_of_two_workers(3);
    results = run_replications(plan, {}, 0, 5, options);
  }
  for (const Replication& r : results) {
    EXPECT_EQ(r.error, "");
    EXPECT_TRUE(r.result.record.complete);
  }
}

TEST(Workers, replications_are_handed_over_one_by_one_and_once) {
  TwoSites t;
  const plan::Plan plan = t.b.build();
  PoolOptions options;
  options.workers = 2;
  std::map<std::uint64_t, std::uint64_t> seen;
  run_replications(plan, {}, 3, 5, options, [&](std::uint64_t replication, Replication one) {
    EXPECT_EQ(one.error, "");
    EXPECT_EQ(one.result.record.replication, replication);
    EXPECT_TRUE(seen.emplace(replication, one.result.record.fingerprint).second);
  });
  const auto together = run_replications(plan, {}, 3, 5, options);
  ASSERT_EQ(seen.size(), 5U);
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(seen.at(3 + i), together[i].result.record.fingerprint);
}

TEST(Workers, a_first_worker_that_cannot_be_started_is_an_error) {
  WorkerPool pool({});
  const testing::FewDescriptors half_a_pipe(1);
  EXPECT_THROW(pool.start(0, [](const Seat&) { return bytes_of("done"); }), std::runtime_error);
}

TEST(Workers, a_record_tells_when_each_fault_of_its_replication_began_and_ended) {
  TwoSites t;
  const auto drawn = t.b.fault("drawn", 2 * kNanosPerSecond, 3 * kNanosPerSecond);
  const auto fixed = t.b.fault("fixed", 5 * kNanosPerSecond);
  t.b.plan.faults[drawn.index()].begins = t.b.law(random::Law::uniform(2.0, 8.0));
  t.b.hold(drawn, plan::Knob::kInstanceDown, 0);
  t.b.hold(fixed, plan::Knob::kSourceRate, 0, 1.0);
  std::set<Nanos> begins;
  for (const Replication& r : run_replications(t.b.build(), {}, 0, 4, {})) {
    ASSERT_EQ(r.error, "");
    const auto& faults = r.result.record.faults;
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(faults[0].end_ns, faults[0].begin_ns + kNanosPerSecond);
    EXPECT_EQ(faults[1], (measure::FaultSpan{5 * kNanosPerSecond, kNever}));
    begins.insert(faults[0].begin_ns);
  }
  EXPECT_EQ(begins.size(), 4U);
  EXPECT_GE(*begins.begin(), 2 * kNanosPerSecond);
  EXPECT_LE(*begins.rbegin(), 8 * kNanosPerSecond);
}

TEST(Workers, the_request_log_comes_along_when_asked_for) {
  TwoSites t;
  RunSettings settings;
  settings.options.request_log = true;
  const auto results = run_replications(t.b.build(), settings, 0, 1, {});
  ASSERT_GE(results[0].result.requests.size(), 999U);  // the last one may be in flight at the horizon
  EXPECT_EQ(results[0].result.requests[1].arrived_ns, 10 * kMs);
}

}  // namespace
}  // namespace twinvoice::world
