// A procedure that sleeps until a log moves: what wakes it, and which instant shows it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/world/world_support.hpp"

namespace twinvoice::world {
namespace {

using Context = ProcedureContext;

/// Two logs that lead in the east and follow in the west; a write to the first at 3 s, to the second at 2 s. Served for 1 ms.
struct TwoLogs {
  testing::PlanBuilder b;
  plan::LocationId east = b.location("east");
  plan::LocationId west = b.location("west");
  plan::ComponentId watched = b.component("watched", {east, west});
  plan::LogId log;

  TwoLogs() {
    b.link(east, west, 10 * kMs, 1e6, 0.0, false);
    log = written_at(watched, 3 * kNanosPerSecond);
    (void)written_at(b.component("other", {east, west}), 2 * kNanosPerSecond);
    b.horizon(10 * kNanosPerSecond);
  }
  plan::LogId written_at(plan::ComponentId db, Nanos at_ns) {
    const std::string name = b.plan.components[db.index()].name;
    plan::Log proto;
    proto.leader_location = east;
    proto.followers = {west};
    const plan::LogId id = b.log(db, proto);
    const auto work =
        b.program(name, db).hop_in().serve(b.station(db, 1), b.constant(kMs)).commit(id).reply();
    const auto call = b.call("client>" + name, db, work);
    b.site(call).balance = plan::Balance::kPrimary;
    b.trace(b.operation(name, b.program("write " + name).call(call).end(), east), {at_ns});
    return id;
  }
  /// Says when it is woken, and how much later the readings show why.
  [[nodiscard]] ProcedureFactory watcher() const {
    return script("watcher", east, [l = log.value](Context& c) {
      for (;;) {
        const Nanos shown_ns = c.wait_for_log(l);
        const auto position = c.read_at(
            shown_ns, std::vector<plan::Sensor>{{plan::SensorKind::kLogPosition, l, c.location(), 0}});
        c.log("shown after " + std::to_string(shown_ns - c.now_ns()) + " position " +
              std::to_string(static_cast<int>(*position[0])));
      }
    });
  }
};

TEST(LogWatch, a_write_wakes_and_shows_in_the_next_nanosecond) {
  TwoLogs t;
  const Replication r = run_in_child(t.b.build(), {t.watcher()});
  ASSERT_EQ(r.error, "");
  EXPECT_EQ(lines(r), std::vector<std::string>{"3001000001 shown after 0 position 1"});
}

TEST(LogWatch, a_turn_and_a_fault_wake_and_show_at_once) {
  TwoLogs t;
  const auto kill = t.b.fault("kill", 5 * kNanosPerSecond, 6 * kNanosPerSecond);
  t.b.hold(kill, plan::Knob::kInstanceDown, t.b.plan.components[t.watched.index()].first_instance + 1);
  const std::uint32_t l = t.log.value;
  const Replication r = run_in_child(t.b.build(), {t.watcher(), script("pause", t.east, [l](Context& c) {
                                                     c.wait_until(4 * kNanosPerSecond);
                                                     (void)c.begin_turn(plan::Knob::kLogPaused, l, 1.0);
                                                   })});
  ASSERT_EQ(r.error, "");
  EXPECT_EQ(lines(r), (std::vector<std::string>{
                          "3001000001 shown after 0 position 1", "4000000000 shown after 0 position 1",
                          "5000000000 shown after 0 position 1", "6000000000 shown after 0 position 1"}));
}

TEST(LogWatch, who_waits_until_an_instant_goes_on_then_unless_the_log_moves_before) {
  // The log is written at 3.001 s.
  TwoLogs t;
  const Replication r = run_in_child(t.b.build(), {script("until", t.east, [l = t.log.value](Context& c) {
                                       for (const Nanos until_ns : {1, 4, 5})
                                         c.log(std::to_string(c.wait_for_log(l, until_ns * kNanosPerSecond)));
                                     })});
  ASSERT_EQ(r.error, "");
  EXPECT_EQ(lines(r), (std::vector<std::string>{"1000000000 1000000000", "3001000000 3001000001",
                                                "5000000000 5000000000"}));
}

TEST(LogWatch, nothing_wakes_who_waits_for_a_log_that_rests) {
  TwoLogs t;
  const Replication r = run_in_child(t.b.build(), {script("late", t.east, [l = t.log.value](Context& c) {
                                       c.wait_until(4 * kNanosPerSecond);
                                       (void)c.wait_for_log(l);
                                       c.log("woken");
                                     })});
  ASSERT_EQ(r.error, "");
  EXPECT_TRUE(lines(r).empty());
  EXPECT_TRUE(r.result.record.complete);
  EXPECT_LE(r.result.record.world_syncs, 2U);
}

}  // namespace
}  // namespace twinvoice::world
