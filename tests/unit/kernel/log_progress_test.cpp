// Of what places of a log receive, a run that nobody asks for all facts keeps the last word before anything else happens to the log.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using Kind = measure::LogEventKind;

/// A log that leads here and follows there: three batches arrive there, the follower dies at 50 ms and is back at 80, a fourth arrives.
std::vector<measure::LogEvent> events_of(bool all_facts) {
  PlanBuilder b;
  const auto here = b.location("a"), there = b.location("b");
  b.link(here, there, kMs);
  const auto db = b.component("db", {here, there});
  plan::Log proto;
  proto.leader_location = here;
  proto.followers = {there};
  const auto log = b.log(db, proto);
  plan::CallSite policy;
  policy.balance = plan::Balance::kPrimary;
  const auto work = b.program("write", db).hop_in().commit(log).reply();
  const auto site = b.call("issue>db", db, work, {}, policy);
  b.deterministic(b.operation("issue", b.program("issue").call(site).end(), here), 5 * kMs, 18);
  b.hold(b.fault("kill", 50 * kMs, 80 * kMs), plan::Knob::kInstanceDown, 1);
  const plan::Plan plan = b.horizon(100 * kMs).build();
  kernel::RunOptions options;
  options.request_log = all_facts;
  kernel::Engine engine(plan, options);
  for (const auto& [at_ns, position] :
       {std::pair{10 * kMs, 1}, {20 * kMs, 3}, {40 * kMs, 7}, {90 * kMs, 15}}) {
    engine.run_until(at_ns);
    plan::Turn turn;
    turn.at_ns = at_ns;
    turn.op = plan::TurnOp::kImpulse;
    turn.impulse = plan::Impulse::kReceive;
    turn.target = log.value;
    turn.location = there;
    turn.position = position;
    engine.advance_to(at_ns);
    engine.apply(turn);
    engine.settle();
  }
  engine.run_until(100 * kMs);
  engine.close(100 * kMs);
  return engine.record().log_events;
}

/// "kind@ms:position" of what happened at the follower after the start.
std::string at_the_follower(const std::vector<measure::LogEvent>& events) {
  std::string text;
  for (const measure::LogEvent& e : events) {
    if (e.place != 1 || e.at_ns == 0) continue;
    text += std::string(measure::kLogEventWords[static_cast<std::size_t>(e.kind)]) + "@" +
            std::to_string(e.at_ns / kMs) + ":" + std::to_string(e.position) + " ";
  }
  return text;
}

TEST(LogProgress, all_facts_are_kept_where_they_are_asked_for) {
  EXPECT_EQ(at_the_follower(events_of(true)),
            "received@10:1 received@20:3 received@40:7 down@50:0 up@80:0 received@90:15 ");
}

TEST(LogProgress, else_the_last_before_anything_else_happens_is) {
  EXPECT_EQ(at_the_follower(events_of(false)), "received@40:7 down@50:0 up@80:0 received@90:15 ");
}

}  // namespace
}  // namespace twinvoice::testing
