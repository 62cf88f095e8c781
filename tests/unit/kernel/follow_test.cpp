// Requests that are open at the horizon are followed to their decision, while everything else goes on.
#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

/// One server of 2 s, a request every second: from the second on they queue.
struct SlowShop : Shop {
  SlowShop() {
    plan::Source& source =
        b.deterministic(visits("issue", b.station(db, 1), b.constant(2 * kSecond)), kSecond);
    source.first_at_ns = 0;
  }
};

// Arrivals at 0, 1, ..., 9 s; decisions at 2, 4, ..., 20 s: five of them after the horizon of 10 s (the one at 10 s too).
TEST(Following, ends_with_the_decision_of_the_last_open_request) {
  SlowShop shop;
  shop.b.plan.follow_ns = 60 * kSecond;
  const plan::Plan plan = shop.b.horizon(10 * kSecond).build();
  kernel::Engine engine(plan, {});
  EXPECT_EQ(engine.run_until(10 * kSecond), kernel::Stop::kBound);
  engine.close(10 * kSecond);
  EXPECT_TRUE(engine.follows());
  EXPECT_EQ(engine.run_until(plan.end_ns()), kernel::Stop::kAnswered);
  EXPECT_EQ(engine.now_ns(), 20 * kSecond);
  EXPECT_TRUE(engine.audit().empty());
  const measure::RunRecord record = engine.record();
  EXPECT_TRUE(record.complete);
  EXPECT_EQ(record.end_ns, 10 * kSecond);
  const measure::OperationBook& book = record.operations[0];
  EXPECT_EQ(book.measured, (measure::RequestCounts{10, 10, 0}));
  EXPECT_EQ(book.batches.total().delivered, 4U);
  EXPECT_EQ(book.times.sorted().back().decided_ns, 20 * kSecond);
  // Busy from 0 s to the horizon, and no longer.
  EXPECT_TRUE(record.stations[0].busy_ns == 10 * kSecond);
  EXPECT_EQ(record.stations[0].completions, 4U);
}

TEST(Following, leaves_unanswered_what_lasts_longer) {
  SlowShop shop;
  shop.b.plan.follow_ns = 5 * kSecond;
  const plan::Plan plan = shop.b.horizon(10 * kSecond).build();
  kernel::Engine engine(plan, {});
  static_cast<void>(engine.run_until(10 * kSecond));
  engine.close(10 * kSecond);
  EXPECT_EQ(engine.run_until(plan.end_ns()), kernel::Stop::kBound);
  EXPECT_TRUE(engine.audit().empty());
  const measure::RunRecord record = engine.record();
  // Decided at 2, 4, ..., 14 s.
  EXPECT_EQ(record.operations[0].measured, (measure::RequestCounts{10, 7, 0}));
  EXPECT_EQ(record.operations[0].measured.unanswered(), 3U);
  EXPECT_EQ(record.operations[0].times.size(), 10U);
  EXPECT_EQ(record.operations[0].times.sorted()[7].decided_ns, kNever);
}

TEST(Following, is_over_at_once_when_nothing_is_open) {
  SlowShop shop;
  shop.b.plan.follow_ns = 60 * kSecond;
  shop.b.plan.sources[0].count = 2;
  const plan::Plan plan = shop.b.horizon(10 * kSecond).build();
  kernel::Engine engine(plan, {});
  static_cast<void>(engine.run_until(10 * kSecond));
  engine.close(10 * kSecond);
  EXPECT_FALSE(engine.follows());
  EXPECT_EQ(engine.run_until(plan.end_ns()), kernel::Stop::kAnswered);
  EXPECT_EQ(engine.now_ns(), 10 * kSecond);
}

// A sensor goes on counting what arrives after the horizon: alert rules see no pause.
TEST(Following, sensors_see_arrivals_go_on) {
  SlowShop shop;
  shop.b.plan.follow_ns = 60 * kSecond;
  const plan::Plan plan = shop.b.horizon(10 * kSecond).build();
  kernel::Engine engine(plan, {});
  static_cast<void>(engine.run_until(10 * kSecond));
  engine.close(10 * kSecond);
  static_cast<void>(engine.run_until(15 * kSecond));
  EXPECT_EQ(engine.sense({plan::SensorKind::kArrived, 0, {}, 0}), 15.0);
  EXPECT_EQ(engine.sense({plan::SensorKind::kSucceeded, 0, {}, 0}), 7.0);
}

}  // namespace
}  // namespace twinvoice::testing
