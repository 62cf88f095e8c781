// Messages by hand: latency, serialisation, loss, cuts, and their limits.
#include <gtest/gtest.h>

#include <utility>

#include "sim/random/draw.hpp"
#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Knob;
using plan::Reason;

/// Clients at home, a db that works 1 ms away over one link of 5 ms: 11 ms a request.
struct Wan {
  PlanBuilder b;
  plan::LocationId home = b.location("home");
  plan::LocationId away = b.location("away");
  plan::LinkId link;
  plan::ComponentId db;
  plan::CallSiteId site;

  explicit Wan(std::vector<Nanos> times_ns, double bytes_per_s = 0.0, double loss = 0.0, bool shared = false)
      : link(b.link(home, away, 5 * kMs, bytes_per_s, loss, shared)), db(b.component("db", away)) {
    site = b.call("issue>db", db, b.program("work", db).hop_in().delay(b.constant(kMs)).reply());
    b.trace(b.operation("issue", b.program("issue").call(site).end(), home), std::move(times_ns));
  }
  std::uint32_t there() { return b.path(home, away); }
  std::uint32_t back() { return b.path(away, home); }
};

TEST(Network, a_request_crosses_twice) {
  Wan wan({0});
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 11 * kMs);
}

// 1000 bytes there and 500 back at 1e6 bytes/s: 1 ms and 0.5 ms more. At 3 bytes/s one byte takes 333 333 334 ns: rounded up.
TEST(Network, serialisation_takes_bytes_over_rate_rounded_up) {
  Wan wan({0}, 1e6);
  wan.b.site(wan.site).request_bytes = 1'000;
  wan.b.site(wan.site).response_bytes = 500;
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 12'500'000);
  Wan slow({0}, 3.0);
  slow.b.site(slow.site).request_bytes = slow.b.site(slow.site).response_bytes = 1;
  KernelRun slow_run(slow.b, kSecond);
  EXPECT_EQ(slow_run.at(0).decided_ns, 11 * kMs + 2 * 333'333'334);
}

// Shared link: messages queue byte by byte. Three of 1000 bytes at once at 1e6 bytes/s leave at 1, 2, 3 ms; answers of 0 size
// (1 byte: 1 us) leave apart from each other.
TEST(Network, a_shared_link_is_a_queue_of_bytes) {
  Wan wan({0, 0, 0}, 1e6, 0.0, true);
  wan.b.site(wan.site).request_bytes = 1'000;
  wan.b.site(wan.site).response_bytes = 1;
  KernelRun run(wan.b, kSecond);
  for (Nanos i = 0; i < 3; ++i)
    EXPECT_EQ(run.at(static_cast<std::size_t>(i)).decided_ns, (i + 1) * kMs + 11 * kMs + 1'000);
  EXPECT_EQ(run.engine().take_link_bytes(wan.link.value, 0), 3'000U);
  EXPECT_EQ(run.engine().take_link_bytes(wan.link.value, 1), 3U);
}

// +20 ms from 2 to 12 ms: it acts on the answer (sent at 6), not on the request (sent at 0), and not on one sent at 12.
TEST(Network, added_latency_acts_on_messages_sent_afterwards) {
  Wan wan({0, 12 * kMs});
  wan.b.hold(wan.b.fault("slow", 2 * kMs, 12 * kMs), Knob::kLinkLatency, wan.link.value, 20e6);
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 31 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 23 * kMs);
}

// Two faults add 20 and 7 ms; each takes its own away.
TEST(Network, added_latencies_sum_and_leave_one_by_one) {
  Wan wan({10 * kMs, 50 * kMs, 90 * kMs});
  wan.b.hold(wan.b.fault("a", 0, 40 * kMs), Knob::kLinkLatency, wan.link.value, 20e6);
  wan.b.hold(wan.b.fault("b", 0, 80 * kMs), Knob::kLinkLatency, wan.link.value, 7e6);
  KernelRun run(wan.b, kSecond);
  // 10: there 5 + 27 = 32 -> 42, work -> 43, back 5 + 7 -> 55.
  EXPECT_EQ(run.at(0).decided_ns, 55 * kMs);
  EXPECT_EQ(run.latency(1), 11 * kMs + 14 * kMs);
  EXPECT_EQ(run.latency(2), 11 * kMs);
}

// Held from 3 on, sent when the cut is mended at 30: 30 + 11. In order, with the latency of that moment.
TEST(Network, messages_at_a_cut_are_sent_when_it_is_mended) {
  Wan wan({3 * kMs, 4 * kMs});
  wan.b.hold(wan.b.fault("cut", 2 * kMs, 30 * kMs), Knob::kLinkDown, wan.link.value);
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 41 * kMs);
  EXPECT_EQ(run.at(1).decided_ns, 41 * kMs);
}

// Held at the cut since 3 ms, given up by the caller at 13, sent when the way opens at 30 all the same, and answered: a timeout ends
// the wait, not the work.
TEST(Network, a_held_request_is_sent_although_its_caller_gave_up) {
  Wan wan({3 * kMs});
  wan.b.plan.calls[0].timeout_ns = 10 * kMs;
  wan.b.hold(wan.b.fault("cut", 2 * kMs, 30 * kMs), Knob::kLinkDown, wan.link.value);
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.cause(0).reason(), Reason::kTimeout);
  EXPECT_EQ(run.at(0).decided_ns, 13 * kMs);
  EXPECT_EQ(run.counts().late, 1U);
}

/// A db that serves for 1 ms at the end of 5 ms. One request leaves at 3 ms; its caller gives up after `timeout_ns`.
struct Server {
  PlanBuilder b;
  plan::LocationId home = b.location("home");
  plan::LocationId away = b.location("away");
  plan::LinkId link = b.link(home, away, 5 * kMs);
  plan::ComponentId db = b.component("db", away);
  plan::StationId station = b.station(db, 1);

  explicit Server(Nanos timeout_ns) {
    const auto work = b.program("work", db).hop_in().serve(station, b.constant(kMs)).reply();
    const auto site = b.call("issue>db", db, work);
    b.site(site).timeout_ns = timeout_ns;
    b.trace(b.operation("issue", b.program("issue").call(site).end(), home), {3 * kMs});
  }
  [[nodiscard]] std::uint32_t replica() const { return b.plan.components[db.index()].first_instance; }
};

// The place is without power from 2 to 30 ms. What was sent to it at 3 leaves again at 30, is there at 35 and answered at 41, if its
// caller still waits; what the caller gave up at 13 is worked on by nobody.
TEST(Network, a_place_that_comes_back_serves_who_waits_and_nobody_else) {
  for (const bool gives_up : {false, true}) {
    Server s(gives_up ? 10 * kMs : kNever);
    const auto power = s.b.fault("power", 2 * kMs, 30 * kMs);
    s.b.hold(power, Knob::kLocationDown, s.away.value);
    s.b.hold(power, Knob::kInstanceDown, s.replica());
    KernelRun run(s.b, kSecond);
    EXPECT_EQ(run.at(0).decided_ns, gives_up ? 13 * kMs : 41 * kMs);
    EXPECT_EQ(run.station(s.station).completions, gives_up ? 0U : 1U);
  }
}

// The cut lasts from 2 to 30 ms and holds what was sent at 3 and given up at 13: it is worked on if the replica was up at 3 and lived on
// until it came, at 35.
TEST(Network, a_death_behind_a_cut_takes_what_was_given_up_and_one_before_it_does_not) {
  const auto served = [](Nanos dies_ns, Nanos back_ns) {
    Server s(10 * kMs);
    s.b.hold(s.b.fault("cut", 2 * kMs, 30 * kMs), Knob::kLinkDown, s.link.value);
    s.b.hold(s.b.fault("kill", dies_ns, back_ns), Knob::kInstanceDown, s.replica());
    KernelRun run(s.b, kSecond);
    return run.station(s.station).completions;
  };
  EXPECT_EQ(served(10 * kMs, 20 * kMs), 0U);
  EXPECT_EQ(served(1 * kMs, 20 * kMs), 0U);
  EXPECT_EQ(served(0, 1 * kMs), 1U);
  EXPECT_EQ(served(50 * kMs, 60 * kMs), 1U);
}

// A message under way when the cut begins is delivered (5); its answer, sent at 6, is held until 30.
TEST(Network, a_cut_does_not_stop_what_is_under_way) {
  Wan wan({0});
  wan.b.hold(wan.b.fault("cut", 2 * kMs, 30 * kMs), Knob::kLinkDown, wan.link.value);
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 35 * kMs);
}

// Held at 3 ms with a limit of 20 ms: unreachable at 23; exactly at 23 the repair comes first.
TEST(Network, a_message_is_held_no_longer_than_the_user_timeout) {
  for (const Nanos mended : {23 * kMs, 23 * kMs + 1}) {
    Wan wan({3 * kMs});
    wan.b.plan.network.user_timeout_ns = 20 * kMs;
    wan.b.hold(wan.b.fault("cut", 2 * kMs, mended), Knob::kPathBlocked, wan.there());
    KernelRun run(wan.b, kSecond);
    EXPECT_EQ(run.at(0).succeeded, mended == 23 * kMs);
    EXPECT_EQ(run.at(0).decided_ns, mended == 23 * kMs ? 34 * kMs : 23 * kMs);
    if (mended != 23 * kMs) {
      EXPECT_EQ(run.cause(0), plan::Cause(Reason::kUnreachable, wan.db.value));
    }
  }
}

// Only the way back is blocked: the work is done at 6, the answer held until 50; the caller gives up at 40.
TEST(Network, a_one_way_cut_hides_work_that_was_done) {
  Wan wan({0});
  wan.b.site(wan.site).timeout_ns = 40 * kMs;
  wan.b.hold(wan.b.fault("one way", 0, 50 * kMs), Knob::kPathBlocked, wan.back());
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kTimeout, wan.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 40 * kMs);
  EXPECT_EQ(run.counts().late, 1U);
  EXPECT_EQ(run.sense(plan::SensorKind::kReachable, wan.home.value, wan.away), 1.0);
}

// A location that is down blocks everything from, to and inside it.
TEST(Network, a_location_that_is_down_blocks_all_its_paths) {
  Wan wan({10 * kMs});
  wan.b.hold(wan.b.fault("site", 5 * kMs, 30 * kMs), Knob::kLocationDown, wan.away.value);
  KernelRun run(wan.b, kSecond);
  run.until(20 * kMs);
  EXPECT_FALSE(run.engine().path_open(wan.home, wan.away));
  EXPECT_FALSE(run.engine().path_open(wan.away, wan.home));
  EXPECT_FALSE(run.engine().path_open(wan.away, wan.away));
  EXPECT_TRUE(run.engine().path_open(wan.home, wan.home));
  EXPECT_EQ(run.at(0).decided_ns, 41 * kMs);
}

// Two cuts overlap, 0..20 and 10..40: the path opens at 40.
TEST(Network, overlapping_cuts_open_the_way_with_the_last) {
  Wan wan({5 * kMs});
  wan.b.hold(wan.b.fault("a", 0, 20 * kMs), Knob::kLinkDown, wan.link.value);
  wan.b.hold(wan.b.fault("b", 10 * kMs, 40 * kMs), Knob::kLinkDown, wan.link.value);
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.at(0).decided_ns, 51 * kMs);
}

// No route at all: held and given up.
TEST(Network, without_a_route_a_message_is_unreachable) {
  PlanBuilder b;
  const auto home = b.location("home"), island = b.location("island");
  const auto db = b.component("db", island);
  const auto site = b.call("issue>db", db, b.program("work", db).hop_in().reply());
  b.trace(b.operation("issue", b.program("issue").call(site).end(), home), {0});
  b.plan.network.user_timeout_ns = kSecond;
  KernelRun run(b, 2 * kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kUnreachable, db.value));
  EXPECT_EQ(run.at(0).decided_ns, kSecond);
}

// Every latency is 11 ms + resends: 200 x (2^n - 1) there and (2^m - 1) back. With p = 0.3 a message passes at once with 0.7, so a
// request with 0.49; 4000 requests: standard deviation sqrt(0.49 x 0.51 / 4000) = 0.0079, bound 0.04: false alarm 4e-7. The number of
// resends of a message has mean p/(1 - p) = 0.4286 less the cut-off; variance p/(1-p)^2 = 0.612 over 8000: 0.0087, bound 0.045.
TEST(Network, lost_messages_are_sent_again_after_doubling_times) {
  std::vector<Nanos> times;
  for (Nanos k = 0; k < 4'000; ++k) times.push_back(k * kMs);
  Wan wan(std::move(times), 0.0, 0.3);
  wan.b.plan.network.max_resends = 20;
  KernelRun run(wan.b, 4'000'000 * kSecond);
  double at_once = 0.0;
  for (std::size_t i = 0; i < 4'000; ++i) {
    const Nanos extra = run.latency(i) - 11 * kMs;
    at_once += extra == 0 ? 1.0 : 0.0;
    ASSERT_EQ(extra % (200 * kMs), 0);
    // Of the form 2^n - 1 + 2^m - 1: adding two gives a sum of two powers of two.
    ASSERT_LE(__builtin_popcountll(static_cast<unsigned long long>(extra / (200 * kMs) + 2)), 2);
  }
  EXPECT_NEAR(at_once / 4'000.0, 0.49, 0.04);
  EXPECT_NEAR(static_cast<double>(run.counts().resent) / 8'000.0, 0.3 / 0.7, 0.045);
}

// Loss of nearly 1 and two resends at most: lost for good after 0.2 x (2^2 - 1) = 0.6 s, told directly.
TEST(Network, a_message_lost_too_often_resets_its_connection) {
  Wan wan({0});
  wan.b.plan.network.max_resends = 2;
  wan.b.hold(wan.b.fault("storm", 0), Knob::kLinkLoss, wan.link.value, 0.999999999);
  KernelRun run(wan.b, 10 * kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kLost, wan.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 600 * kMs);
}

// An instance that is down refuses what reaches it: told at 10.
TEST(Network, a_dead_instance_refuses) {
  Wan wan({0});
  wan.b.hold(wan.b.fault("down", 0), Knob::kInstanceDown, 0);
  KernelRun run(wan.b, kSecond);
  EXPECT_EQ(run.cause(0), plan::Cause(Reason::kRefused, wan.db.value));
  EXPECT_EQ(run.at(0).decided_ns, 10 * kMs);
}

// watch_network: run_until comes back right after the cut and after the repair.
TEST(Network, a_watcher_is_woken_by_cuts_and_repairs) {
  Wan wan({0});
  wan.b.hold(wan.b.fault("cut", 20 * kMs, 30 * kMs), Knob::kLinkDown, wan.link.value);
  KernelRun run(wan.b, kSecond);
  run.engine().watch_network(true);
  EXPECT_EQ(run.engine().run_until(100 * kMs), kernel::Stop::kNetwork);
  EXPECT_EQ(run.engine().now_ns(), 20 * kMs);
  EXPECT_EQ(run.engine().run_until(100 * kMs), kernel::Stop::kNetwork);
  EXPECT_EQ(run.engine().now_ns(), 30 * kMs);
  EXPECT_EQ(run.engine().run_until(100 * kMs), kernel::Stop::kBound);
}

}  // namespace
}  // namespace twinvoice::testing
