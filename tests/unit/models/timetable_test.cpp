// Periods and their phases: when probes, rules, runbooks and transfers look or begin.
#include "models/timetable.hpp"

#include <gtest/gtest.h>

#include "tests/unit/models/procedure_fake.hpp"

namespace twinvoice::models {

ProcedureModel make_health_probe();
ProcedureModel make_alert_rule();
ProcedureModel make_bulk_transfer();

namespace {

using Kind = plan::SensorKind;

TEST(Timetable, its_instants_are_the_phase_and_whole_periods_after_it) {
  EastAndWest t;
  FakeContext c(t.plan, kS);
  const Timetable table(c, Period{Duration{10}, Duration{3}});
  EXPECT_EQ(table.from(0), 3);
  EXPECT_EQ(table.from(3), 3);
  EXPECT_EQ(table.after(3), 13);
  EXPECT_EQ(table.from(4), 13);
  EXPECT_EQ(table.from(13), 13);
  EXPECT_EQ(table.from(14), 23);
  const Timetable on_the_grid(c, Period{Duration{10}, Duration{0}});
  EXPECT_EQ(on_the_grid.from(0), 0);
  EXPECT_EQ(on_the_grid.after(0), 10);
}

TEST(Timetable, a_phase_that_is_given_is_not_drawn) {
  EastAndWest t;
  FakeContext c(t.plan, kS);
  c.takes["phase"] = 7;
  EXPECT_EQ(Timetable(c, Period{Duration{10}, Duration{3}}).from(0), 3);
  EXPECT_EQ(Timetable(c, Period{Duration{10}, {}}).from(0), 7);
}

TEST(HealthProbe, a_phase_moves_all_rounds_and_one_of_0_is_none) {
  EastAndWest t;
  const auto rounds = [&](const char* json) {
    FakeContext c(t.plan, 20 * kS);
    c.takes["phase"] = 3 * kS;  // drawn unless it is given
    std::vector<Nanos> seen;
    c.sensors = [&](Nanos now, const plan::Sensor& s) {
      if (s.target == 0) seen.push_back(now / kS);
      return 1.0;
    };
    c.play(*made(make_health_probe(), json, t.plan));
    return seen;
  };
  EXPECT_EQ(rounds(R"({"targets": "api"})"), (std::vector<Nanos>{3, 8, 13, 18}));
  EXPECT_EQ(rounds(R"({"targets": "api", "phase": "0 s"})"), (std::vector<Nanos>{5, 10, 15}));
  EXPECT_EQ(rounds(R"({"targets": "api", "phase": "4 s"})"), (std::vector<Nanos>{4, 9, 14, 19}));
}

TEST(HealthProbe, a_phase_of_a_whole_period_is_refused) {
  EastAndWest t;
  EXPECT_THROW(made(make_health_probe(), R"({"targets": "api", "every": "5 s", "phase": "5 s"})", t.plan),
               std::invalid_argument);
}

TEST(BulkTransfer, a_period_without_a_start_has_a_phase_and_a_start_has_none) {
  EastAndWest t;
  plan::Procedure row;
  row.at = t.east;
  const auto begins = [&](const std::string& fields) {
    FakeContext c(t.plan, 70 * kS);
    c.takes["phase"] = 7 * kS;
    std::vector<Nanos> seen;
    c.flow = [&](Nanos now, std::int64_t bytes) {
      seen.push_back(now / kS);
      return world::TransferResult{true, now + kS, bytes};
    };
    c.play(*made(make_bulk_transfer(), R"({"to": "west", "size": "1 kB", )" + fields + "}", t.plan, row));
    return seen;
  };
  EXPECT_EQ(begins(R"("every": "20 s")"), (std::vector<Nanos>{7, 27, 47, 67}));
  EXPECT_EQ(begins(R"("every": "20 s", "phase": "0 s")"), (std::vector<Nanos>{0, 20, 40, 60}));
  EXPECT_EQ(begins(R"("every": "20 s", "start": "5 s")"), (std::vector<Nanos>{5, 25, 45, 65}));
  EXPECT_THROW(begins(R"("every": "20 s", "start": "5 s", "phase": "1 s")"), std::invalid_argument);
  EXPECT_THROW(begins(R"("phase": "1 s")"), std::invalid_argument);
  EXPECT_THROW(begins(R"("every": "20 s", "phase": "20 s")"), std::invalid_argument);
}

TEST(AlertRule, looks_keep_their_phase_after_an_alert) {
  // Looks at 0.4, 1.4, ... s; the lag is too high from 10 s on: seen at 10.4 s, held for 5 s at 15.4 s.
  EastAndWest t;
  FakeContext c(t.plan, 30 * kS);
  c.takes["phase"] = 400'000'000;
  std::vector<Nanos> looks;
  c.sensors = [&](Nanos now, const plan::Sensor& s) {
    if (s.kind == Kind::kReachable) return 1.0;
    looks.push_back(now % kS);
    return now >= 10 * kS ? 0.75 : 0.1;
  };
  c.play(
      *made(make_alert_rule(),
            R"({"when": {"sensor": "replication_lag", "component": "db", "above": "500 ms"}, "for": "5 s"})",
            t.plan));
  EXPECT_EQ(looks, std::vector<Nanos>(looks.size(), 400'000'000));
  ASSERT_EQ(c.lines.size(), 1U);
  EXPECT_EQ(c.lines[0].substr(0, 2), "15");
}

}  // namespace
}  // namespace twinvoice::models
