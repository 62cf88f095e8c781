// Messages: latency, serialisation, loss, cuts. Two sites, 10 ms apart.
#include <gtest/gtest.h>

#include "tests/unit/referee/support.hpp"

namespace twinvoice::testing {
namespace {

using plan::Cause;
using plan::Knob;
using plan::Reason;

struct TwoSites {
  PlanBuilder b;
  plan::LocationId clients = b.location("a");
  plan::LocationId servers = b.location("b");
  plan::LinkId link;
  plan::ComponentId db = b.component("db", servers);
  OneCall call;

  explicit TwoSites(double bytes_per_s = 0.0, double loss = 0.0, bool shared = false, std::uint32_t bytes = 0)
      : link(b.link(clients, servers, 10 * kMs, bytes_per_s, loss, shared)),
        call(b, clients, db,
             b.program("db/work", db).hop_in(bytes).delay(b.constant(5 * kMs)).reply(bytes == 0 ? 0 : 1)) {}
  void at(std::vector<Nanos> times_ns) { b.trace(call.operation, std::move(times_ns)); }
};

// 1000 bytes at 1 MB/s: 1 ms; the answer of 1 byte takes 1 us.
TEST(RefereeNetwork, serialisation_adds_to_latency) {
  TwoSites n(1e6, 0.0, false, 1000);
  n.at({0});
  const auto r = judge(n.b, kSecond);
  EXPECT_EQ(latency_of(r.requests[0]), (10 + 1 + 5 + 10) * kMs + 1000);
}

// On a shared link two messages of 1 ms at once stand in line.
TEST(RefereeNetwork, messages_queue_on_a_shared_link) {
  TwoSites n(1e6, 0.0, true, 1000);
  n.at({0, 0});
  const auto r = judge(n.b, kSecond);
  EXPECT_EQ(latency_of(r.requests[0]), 26 * kMs + 1000);
  EXPECT_EQ(latency_of(r.requests[1]), 27 * kMs + 1000);
}

// Cut from 5 to 100 ms: the reply of request 0 (ready at 15) and the request 1 (sent at 20) are held until
// 100.
TEST(RefereeNetwork, messages_are_held_at_a_cut_and_delivered_at_repair) {
  TwoSites n;
  n.b.hold(n.b.fault("cut", 5 * kMs, 100 * kMs), Knob::kLinkDown, n.link.value);
  n.at({0, 20 * kMs});
  const auto r = judge(n.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 110 * kMs);
  EXPECT_EQ(r.requests[1].decided_ns, 125 * kMs);
}

// Held for longer than the user timeout: unreachable, known at once.
TEST(RefereeNetwork, a_cut_longer_than_the_user_timeout_is_unreachable) {
  TwoSites n;
  n.b.plan.network.user_timeout_ns = 30 * kMs;
  n.b.hold(n.b.fault("down", 5 * kMs, 100 * kMs), Knob::kLocationDown, n.servers.value);
  n.at({20 * kMs});
  const auto r = judge(n.b, kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kUnreachable, n.db.value));
  EXPECT_EQ(r.requests[0].decided_ns, 50 * kMs);
}

// Blocked one way only: the request passes, the reply waits.
TEST(RefereeNetwork, a_path_may_be_blocked_one_way) {
  TwoSites n;
  n.b.hold(n.b.fault("asymmetric", 0, 100 * kMs), Knob::kPathBlocked, n.b.path(n.servers, n.clients));
  n.at({kMs});
  const auto r = judge(n.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 110 * kMs);
}

// A reply held at a cut when its instance dies turns into a failure; one under way does not.
TEST(RefereeNetwork, a_held_reply_dies_with_its_instance) {
  TwoSites n;
  n.b.hold(n.b.fault("cut", 18 * kMs, 100 * kMs), Knob::kLinkDown, n.link.value);
  const auto kill = n.b.fault("kill", 24 * kMs, 90 * kMs);
  n.b.hold(kill, Knob::kInstanceDown, 0);
  n.b.impulse(kill, plan::Impulse::kReset, 0);
  n.at({0, 5 * kMs});  // replies at 15 (under way) and at 20 (held)
  const auto r = judge(n.b, kSecond);
  EXPECT_TRUE(r.requests[0].succeeded);
  EXPECT_EQ(r.requests[0].decided_ns, 25 * kMs);
  EXPECT_EQ(cause_of(r.requests[1]), Cause(Reason::kReset, n.db.value));
  EXPECT_EQ(r.requests[1].decided_ns, 110 * kMs);
}

// 7 ms more on the link from 5 ms on: the reply sent at 15 takes 17.
TEST(RefereeNetwork, added_latency_acts_on_messages_sent_afterwards) {
  TwoSites n;
  n.b.hold(n.b.fault("slow", 5 * kMs, kSecond), Knob::kLinkLatency, n.link.value, 7e6);
  n.at({0});
  const auto r = judge(n.b, kSecond);
  EXPECT_EQ(r.requests[0].decided_ns, 32 * kMs);
}

// Everything lost: given up after 200 ms x (2^6 - 1).
TEST(RefereeNetwork, a_message_lost_too_often_is_given_up) {
  TwoSites n;
  n.b.hold(n.b.fault("loss", 0), Knob::kLinkLoss, n.link.value, 1.0);
  n.at({kMs});
  const auto r = judge(n.b, 60 * kSecond);
  EXPECT_EQ(cause_of(r.requests[0]), Cause(Reason::kLost, n.db.value));
  EXPECT_EQ(latency_of(r.requests[0]), 63 * 200 * kMs);
}

// Loss p = 0.2 each way: a message suffers n losses with (1-p) p^n and is late by 200 (2^n - 1) ms. A round
// trip of 25 ms without any loss has probability 0.64; 5 standard errors of 4 000 are 0.038.
TEST(RefereeNetwork, losses_delay_by_resends) {
  TwoSites n(0.0, 0.2);
  n.b.deterministic(n.call.operation, 100 * kMs, 4000);
  const auto r = judge(n.b.seed(3), 500 * kSecond);
  double undisturbed = 0;
  double one_loss = 0;
  for (const auto& request : r.requests) {
    if (latency_of(request) == 25 * kMs) ++undisturbed;
    if (latency_of(request) == 225 * kMs) ++one_loss;
  }
  EXPECT_NEAR(undisturbed / 4000, 0.64, 0.038);
  EXPECT_NEAR(one_loss / 4000, 2 * 0.64 * 0.2, 0.035);
}

}  // namespace
}  // namespace twinvoice::testing
