// Replication streams, probes and the failover runbook in a running world.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>

#include "sim/world/replications.hpp"
#include "tests/support/log_facts.hpp"
#include "tests/unit/models/procedure_fake.hpp"

namespace twinvoice::models {

ProcedureModel make_health_probe();
ProcedureModel make_replication_stream();
ProcedureModel make_site_failover();

namespace {

using testing::kMs;

/// A database that leads in the east and follows in the west, 10 ms away; a write every 10 ms from clients in the west.
struct LeaderAndFollower {
  testing::PlanBuilder b;
  plan::LocationId east = b.location("east");
  plan::LocationId west = b.location("west");
  plan::LinkId link;
  plan::ComponentId db = b.component("db", {east, west});
  plan::LogId log;
  plan::Plan plan;

  explicit LeaderAndFollower(plan::CommitMode mode = plan::CommitMode::kAsync, double bytes_per_s = 250e6,
                             Nanos horizon_ns = 20 * kS, Nanos write_every_ns = 10 * kMs) {
    link = b.link(east, west, 10 * kMs, bytes_per_s, 0.0, true);
    plan::Log proto;
    proto.leader_location = east;
    proto.followers = {west};
    proto.mode = mode;
    proto.batch_phase_ns = 0;
    log = b.log(db, proto);
    const auto station = b.station(db, 8);
    const auto work = b.program("db/write", db).hop_in().serve(station, b.constant(kMs)).commit(log).reply();
    const auto call = b.call("write>db", db, work);
    b.site(call).balance = plan::Balance::kPrimary;
    b.site(call).timeout_ns = 2 * kS;
    b.site(call).request_bytes = b.site(call).response_bytes = 100;
    b.deterministic(b.operation("write", b.program("write").call(call).end(), west), write_every_ns);
    b.horizon(horizon_ns);
  }

  world::ProcedureFactory stream() const {
    return [](const plan::Plan& p) {
      auto stream = made(make_replication_stream(), R"({"log": "db"})", p);
      stream->name = "db.stream";
      return stream;
    };
  }

  world::RunResult run(std::vector<world::ProcedureFactory> procedures) {
    world::RunSettings settings;
    settings.procedures = std::move(procedures);
    auto results = world::run_replications(b.build(), settings, 0, 1, {});
    if (!results[0].error.empty()) throw std::runtime_error(results[0].error);
    return std::move(results[0].result);
  }
};

/// A procedure that stands at a place.
world::ProcedureFactory standing(const ProcedureModel& model, const std::string& json, plan::LocationId place,
                                 const plan::Procedure& row = {}) {
  return [=](const plan::Plan& p) {
    auto procedure = made(model, json, p, row);
    procedure->name = "dr";
    procedure->location = place;
    return procedure;
  };
}

class Reader final : public world::Procedure {
 public:
  explicit Reader(std::function<void(world::ProcedureContext&)> body) : body_(std::move(body)) {
    everywhere = true;
  }
  void run(world::ProcedureContext& c) override { body_(c); }

 private:
  std::function<void(world::ProcedureContext&)> body_;
};

world::ProcedureFactory reader(std::function<void(world::ProcedureContext&)> body) {
  return [body](const plan::Plan&) {
    auto made = std::make_unique<Reader>(body);
    made->name = "reader";
    return made;
  };
}

/// Logs the lag at the west every `every`.
world::ProcedureFactory lag_reader(const LeaderAndFollower& t, Nanos every_ns) {
  const plan::Sensor lag{plan::SensorKind::kReplicationLagS, t.log.value, t.west, 0};
  return reader([=](world::ProcedureContext& c) {
    for (;;) {
      c.wait_for(every_ns);
      c.log(std::to_string(*c.sense(lag)));
    }
  });
}

std::vector<double> numbers(const world::RunResult& r) {
  std::vector<double> out;
  for (const auto& mark : r.record.marks) out.push_back(std::stod(mark.text));
  return out;
}

TEST(ReplicationStream, lag_stays_within_a_batch_and_the_way) {
  LeaderAndFollower t;
  const auto r = t.run({t.stream(), lag_reader(t, 33 * kMs)});
  const auto lags = numbers(r);
  ASSERT_GT(lags.size(), 500U);
  // At most batch_every + latency + the age of what was written just before: below 70 ms. It is never always 0.
  EXPECT_LT(*std::max_element(lags.begin(), lags.end()), 0.070);
  EXPECT_GT(*std::max_element(lags.begin(), lags.end()), 0.030);
  EXPECT_TRUE(r.record.breaches.empty());
}

TEST(ReplicationStream, a_stream_synchronises_at_most_twenty_times_a_second) {
  for (const Nanos every : {10 * kMs, 1000 * kS}) {
    LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 20 * kS, every);
    EXPECT_LE(t.run({t.stream()}).record.world_syncs, 20U * 20U);
  }
}

TEST(ReplicationStream, its_batches_have_a_phase_of_their_own_in_each_replication_unless_it_is_given) {
  // A batch is applied 10 ms and its serialisation after it left: what the first one is late against the grid of 50 ms.
  const auto first_applied = [](Nanos phase_ns) {
    LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 2 * kS);
    t.b.plan.logs[0].batch_phase_ns = phase_ns;
    world::RunSettings settings;
    settings.keep_turns = true, settings.procedures = {t.stream()};
    std::set<Nanos> seen;
    for (const auto& run : world::run_replications(t.b.build(), settings, 0, 5, {}))
      seen.insert(run.result.record.turns.at(0).at_ns % (50 * kMs) / kMs);
    return seen;
  };
  EXPECT_GT(first_applied(kNever).size(), 2U);
  EXPECT_EQ(first_applied(0), (std::set<Nanos>{10}));
  EXPECT_EQ(first_applied(7 * kMs), (std::set<Nanos>{17}));
}

TEST(ReplicationStream, a_cut_stops_it_and_it_catches_up_after) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("cut", 5 * kS, 10 * kS), plan::Knob::kPathBlocked, t.b.path(t.east, t.west));
  const auto lags = numbers(t.run({t.stream(), lag_reader(t, kS)}));
  ASSERT_EQ(lags.size(), 19U);
  EXPECT_LT(lags[3], 0.1);
  EXPECT_NEAR(lags[8], 4.0, 0.2);  // at 9 s
  EXPECT_LT(lags[11], 0.1);
}

TEST(ReplicationStream, a_thin_link_carries_batches_as_bulk_flows) {
  // 100 KiB a second over 200 kB a second: a batch takes half of batch_every.
  LeaderAndFollower t(plan::CommitMode::kAsync, 200e3);
  const auto lags = numbers(t.run({t.stream(), lag_reader(t, kS)}));
  EXPECT_LT(*std::max_element(lags.begin(), lags.end()), 0.3);
  EXPECT_GT(*std::max_element(lags.begin(), lags.end()), 0.0);
}

TEST(ReplicationStream, a_dead_primary_sends_nothing_more) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("kill", 5 * kS), plan::Knob::kInstanceDown, 0);
  const plan::Sensor backlog{plan::SensorKind::kLogBacklogBytes, t.log.value, t.west, 0};
  const auto left = numbers(t.run({t.stream(), reader([=](world::ProcedureContext& c) {
                                     for (const Nanos at : {6 * kS, 19 * kS}) {
                                       c.wait_until(at);
                                       c.log(std::to_string(*c.sense(backlog)));
                                     }
                                   })}));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_GT(left[0], 0.0);
  EXPECT_EQ(left[0], left[1]);
}

TEST(ReplicationStream, a_synchronous_commit_waits_for_the_follower) {
  LeaderAndFollower async(plan::CommitMode::kAsync);
  LeaderAndFollower sync(plan::CommitMode::kSync);
  const auto mean = [](const world::RunResult& r) {
    const auto& book = r.record.operations[0];
    return static_cast<double>(book.latency_sum_ns) / static_cast<double>(book.all.succeeded) * 1e-6;
  };
  const double fast = mean(async.run({async.stream()}));
  const double slow = mean(sync.run({sync.stream()}));
  // Half of batch_every on average, and the way there and back.
  EXPECT_NEAR(slow - fast, 25.0 + 20.0, 8.0);
  LeaderAndFollower cut(plan::CommitMode::kSync);
  cut.b.hold(cut.b.fault("cut", 10 * kS), plan::Knob::kPathBlocked, cut.b.path(cut.east, cut.west));
  EXPECT_GT(cut.run({cut.stream()}).record.operations[0].all.failed, 500U);
}

TEST(SiteFailover, a_lost_region_costs_the_last_batch_and_the_time_of_the_runbook) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 60 * kS);
  t.b.hold(t.b.fault("region", 20 * kS), plan::Knob::kLocationDown, t.east.value);
  plan::Procedure row;
  row.laws.push_back({"approve.takes", t.b.constant(10 * kS)});
  const auto runbook =
      standing(make_site_failover(), R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "replication_lag", "above": "500 ms", "every": "1 s", "phase": "0 s"},
      "approve": {"by": "cfo", "takes": "10 s"}})",
               t.west, row);
  const auto r = t.run({t.stream(), runbook});
  std::vector<std::pair<measure::Phase, Nanos>> phases;
  for (const auto& mark : r.record.marks) {
    if (mark.is_phase) phases.emplace_back(mark.phase, mark.at_ns);
  }
  ASSERT_EQ(phases.size(), 5U);
  EXPECT_EQ(phases[0], std::pair(measure::Phase::kDetected, 21 * kS));
  EXPECT_EQ(phases[4], std::pair(measure::Phase::kActed, 31 * kS));
  const testing::LeftOut lost = testing::left_out(r.record.commits.all(), r.record.log_events);
  EXPECT_GT(lost.acknowledged, 0U);
  EXPECT_LE(lost.acknowledged, 7U);  // a batch of 50 ms, and what was on its way
  // Writes work again from 31 s on.
  EXPECT_GT(r.record.operations[0].all.succeeded, 2000U + 2800U);
  EXPECT_TRUE(r.record.breaches.empty());
}

TEST(SiteFailover, a_runbook_in_the_lost_region_waits_until_that_is_back) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 60 * kS);
  t.b.hold(t.b.fault("region", 20 * kS, 50 * kS), plan::Knob::kLocationDown, t.east.value);
  const auto runbook =
      standing(make_site_failover(), R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "success_rate", "below": "50 %", "window": "10 s"}})",
               t.east);
  const auto r = t.run({t.stream(), runbook});
  for (const auto& mark : r.record.marks) EXPECT_GE(mark.at_ns, 50 * kS) << mark.text;
  EXPECT_FALSE(r.record.marks.empty());  // sees then what the window still shows
}

TEST(HealthProbe, a_prober_whose_place_was_down_judges_nothing_meanwhile_and_keeps_its_timetable) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 300 * kS);
  t.b.hold(t.b.fault("region", 20 * kS, 250 * kS), plan::Knob::kLocationDown, t.east.value);
  const auto probe = standing(make_health_probe(),
                              R"({"targets": "db", "every": "2 s", "timeout": "1 s", "fall": 1})", t.east);
  EXPECT_TRUE(t.run({probe}).record.marks.empty());
}

/// How long after its kill each replica of the database was taken out, by replication: the first dies at 69.9 s, the other at
/// 64.2 s. Probes every 10 s with a timeout of 1 s; the third failure in a row counts.
std::vector<std::array<Nanos, 2>> detections(std::uint64_t replications, const char* phase,
                                             std::vector<world::ProcedureFactory> others = {}) {
  constexpr std::array<Nanos, 2> kKilled{69'900 * kMs, 64'200 * kMs};
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 110 * kS, 50 * kS);
  for (std::uint32_t i = 0; i < 2; ++i) t.b.hold(t.b.fault("kill", kKilled[i]), plan::Knob::kInstanceDown, i);
  world::RunSettings settings;
  settings.keep_turns = true;
  const std::string json = R"({"targets": "db", "every": "10 s", "timeout": "1 s", "fall": 3)";
  settings.procedures = std::move(others);
  settings.procedures.push_back(standing(make_health_probe(), json + phase + "}", t.west));
  std::vector<std::array<Nanos, 2>> found;
  for (const auto& run : world::run_replications(t.b.build(), settings, 0, replications, {})) {
    if (!run.error.empty()) throw std::runtime_error(run.error);
    found.push_back({kNever, kNever});
    for (const measure::TurnRecord& turn : run.result.record.turns) {
      if (turn.knob == static_cast<std::uint8_t>(plan::Knob::kInstanceOut))
        found.back().at(turn.target) = turn.at_ns - kKilled.at(turn.target);
    }
  }
  return found;
}

TEST(HealthProbe, the_time_to_detection_is_uniform_whatever_the_second_of_the_fault) {
  // The next round is 0 to 10 s away, the third one 20 s later, and its failure is known after 1 s more: uniform on 21 to
  // 31 s. Kolmogorov-Smirnov at the level of 0.1 %: the chance of a false alarm is 0.2 % for the two replicas together; the
  // seed is fixed.
  constexpr std::uint64_t kRuns = 200;
  const auto found = detections(kRuns, "");
  for (const std::size_t replica : {0U, 1U}) {
    std::vector<double> share;
    for (const auto& run : found) share.push_back((to_seconds(run.at(replica)) - 21.0) / 10.0);
    std::sort(share.begin(), share.end());
    EXPECT_GE(share.front(), 0.0);
    EXPECT_LE(share.back(), 1.0);
    double distance = 0.0;
    for (std::size_t i = 0; i < kRuns; ++i) {
      distance = std::max({distance, share[i] - static_cast<double>(i) / kRuns,
                           static_cast<double>(i + 1) / kRuns - share[i]});
    }
    EXPECT_LT(distance * std::sqrt(static_cast<double>(kRuns)), 1.95);
  }
}

TEST(HealthProbe, with_a_given_phase_every_replication_probes_at_the_same_instants) {
  // Rounds at 70, 80, 90 s and at 73, 83, 93 s for the first, at 70, 80, 90 s and 73 - 10, ... for the other.
  for (const auto& run : detections(3, R"(, "phase": "0 s")"))
    EXPECT_EQ(run, (std::array<Nanos, 2>{21'100 * kMs, 26'800 * kMs}));
  for (const auto& run : detections(3, R"(, "phase": "3 s")"))
    EXPECT_EQ(run, (std::array<Nanos, 2>{24'100 * kMs, 29'800 * kMs}));
}

TEST(HealthProbe, another_procedure_beside_it_changes_no_phase) {
  const auto other = reader([](world::ProcedureContext& c) {
    for (;;) c.wait_for(kS + c.draw_below(kS, "phase"));
  });
  EXPECT_EQ(detections(5, ""), detections(5, "", {other}));
}

TEST(SiteFailover, after_failback_the_first_site_leads_again) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 60 * kS);
  t.b.hold(t.b.fault("region", 10 * kS, 30 * kS), plan::Knob::kLocationDown, t.east.value);
  const auto runbook =
      standing(make_site_failover(), R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "replication_lag", "above": "500 ms", "every": "1 s"},
      "failback": {"after": "5 s", "every": "1 s"}})",
               t.west);
  const auto r = t.run({t.stream(), runbook});
  const auto& marks = r.record.marks;
  const auto back = std::find_if(marks.begin(), marks.end(), [](const auto& m) {
    return m.is_phase && m.phase == measure::Phase::kFailedBack;
  });
  ASSERT_NE(back, marks.end());
  EXPECT_GE(back->at_ns, 35 * kS);
  EXPECT_LE(back->at_ns, 40 * kS);
  const auto reconciled = [](const auto& e) { return e.kind == measure::LogEventKind::kReconciled; };
  const auto& events = r.record.log_events;
  EXPECT_EQ(std::count_if(events.begin(), events.end(), reconciled), 1);
  EXPECT_TRUE(r.record.breaches.empty());
}

// The follower is cut off from 5 s on for 60 s. What left at 4.95 s arrives and is heard of at 4.97; the oldest commit that waits is that of
// 4.951 s (sent at 4.94 from the west, 10 ms, 1 ms of work): at 14.951 s it and all after it are released, and nothing waits until the
// follower has caught up, soon after 65 s. From then on commits wait for their batch and the way there and back.
TEST(ReplicationStream, semi_sync_falls_back_while_its_follower_is_cut_off) {
  LeaderAndFollower t(plan::CommitMode::kSemiSync, 250e6, 80 * kS);
  t.b.plan.logs[0].fallback_ns = 10 * kS;
  t.b.plan.calls[0].timeout_ns = 30 * kS;
  t.b.plan.operations[0].from = t.east;
  t.b.hold(t.b.fault("cut", 5 * kS, 65 * kS), plan::Knob::kLinkDown, t.link.value);
  const auto r = t.run({t.stream()});
  std::map<Nanos, std::size_t> releases;
  Nanos oldest_ns = kNever;
  for (const measure::CommitFact& c : r.record.commits.all()) {
    if (c.returned_ns == kNever || c.returned_ns - c.commit_ns < kS) continue;
    ++releases[c.returned_ns];
    oldest_ns = std::min(oldest_ns, c.commit_ns);
  }
  ASSERT_EQ(releases.size(), 1U);
  EXPECT_EQ(releases.begin()->first, oldest_ns + 10 * kS);
  EXPECT_GE(oldest_ns, 4'950 * kMs);
  EXPECT_LT(oldest_ns, 4'970 * kMs);
  EXPECT_NEAR(static_cast<double>(releases.begin()->second), 900.0, 100.0);
  for (const measure::CommitFact& c : r.record.commits.all()) {
    if (c.commit_ns > 15 * kS && c.commit_ns < 65 * kS) {
      EXPECT_EQ(c.returned_ns, c.commit_ns);
    }
    if (c.commit_ns > 66 * kS && c.commit_ns < 79 * kS) {
      EXPECT_GE(c.returned_ns, c.commit_ns + 20 * kMs);
    }
  }
}

// A commit waits for the receipt of its batch, or for its application 200 ms later.
TEST(ReplicationStream, a_commit_may_wait_until_its_record_is_applied) {
  const auto mean_s = [](bool applied) {
    LeaderAndFollower t(plan::CommitMode::kSemiSync);
    t.b.plan.logs[0].apply_ns = 200 * kMs;
    t.b.plan.logs[0].waits_applied = applied;
    const auto r = t.run({t.stream()});
    const auto& book = r.record.operations[0];
    return static_cast<double>(book.latency_sum_ns) / static_cast<double>(book.all.succeeded) * 1e-9;
  };
  EXPECT_NEAR(mean_s(true) - mean_s(false), 0.2, 0.005);
}

// The follower is dead from 5.005 s to 5.2 s: the batch that left at 5 s arrives at 5.01 and finds nobody. It is sent again when the follower
// is up, so that nothing is missing at the end but the last batch.
TEST(ReplicationStream, what_met_a_dead_follower_is_sent_again) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("kill", 5'005 * kMs, 5'200 * kMs), plan::Knob::kInstanceDown, 1);
  const auto r = t.run({t.stream()});
  std::int64_t before = 0, after = 0, last = 0;
  for (const measure::LogEvent& e : r.record.log_events) {
    if (e.kind != measure::LogEventKind::kReceived) continue;
    EXPECT_FALSE(e.at_ns >= 5'005 * kMs && e.at_ns < 5'200 * kMs);
    if (e.at_ns < 5'005 * kMs) before = e.position;
    if (after == 0 && e.at_ns >= 5'200 * kMs) after = e.position;
    last = e.position;
  }
  EXPECT_NEAR(static_cast<double>(after - before), 25.0, 5.0);
  EXPECT_GT(last, 1985);
}

TEST(ReplicationStream, a_paused_stream_ships_nothing) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 200e3);
  t.b.hold(t.b.fault("pause", 5 * kS, 10 * kS), plan::Knob::kLogPaused, t.log.value);
  for (const measure::LogEvent& e : t.run({t.stream()}).record.log_events) {
    EXPECT_FALSE(e.kind == measure::LogEventKind::kReceived && e.at_ns >= 5 * kS && e.at_ns < 10 * kS);
  }
}

// The follower burns at 5 s and is back at 6 s, empty: all there is goes there again.
TEST(ReplicationStream, a_destroyed_member_gets_a_new_copy) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("fire", 5 * kS, 6 * kS), plan::Knob::kInstanceDown, 1);
  plan::Turn burns;
  burns.at_ns = 5 * kS;
  burns.op = plan::TurnOp::kImpulse;
  burns.impulse = plan::Impulse::kDestroy;
  burns.target = t.log.value;
  burns.location = t.west;
  t.b.plan.turns.push_back(burns);
  const auto r = t.run({t.stream()});
  const auto first = std::find_if(r.record.log_events.begin(), r.record.log_events.end(), [](const auto& e) {
    return e.kind == measure::LogEventKind::kReceived && e.at_ns >= 6 * kS;
  });
  ASSERT_NE(first, r.record.log_events.end());
  EXPECT_LT(first->at_ns, 6'200 * kMs);
  EXPECT_GT(first->position, 590);
}

/// The runbook of these tests, in the west unless said otherwise; the approval takes 5 minutes.
world::ProcedureFactory slow_approval(LeaderAndFollower& t, const std::string& more = "") {
  plan::Procedure row;
  row.laws.push_back({"approve.takes", t.b.constant(300 * kS)});
  return standing(make_site_failover(),
                  R"({"service": ["db"], "database": "db", "from": "east", "to": "west",
      "detect": {"sensor": "replication_lag", "above": "500 ms", "every": "1 s", "phase": "0 s"},
      "approve": {"by": "cfo", "takes": "5 min"})" +
                      more + "}",
                  t.west, row);
}

std::size_t changes_of_leader(const world::RunResult& r) {
  return static_cast<std::size_t>(
      std::count_if(r.record.log_events.begin(), r.record.log_events.end(),
                    [](const auto& e) { return e.kind == measure::LogEventKind::kLeads && e.epoch > 0; }));
}

// Cut off for 43 s: detected after a second, approved five minutes later, when all is well: nobody promotes, and the shift ends.
TEST(SiteFailover, a_partition_of_43_s_promotes_nobody_who_is_approved_5_min_later) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 500 * kS, 100 * kMs);
  t.b.hold(t.b.fault("cut", 100 * kS, 143 * kS), plan::Knob::kLinkDown, t.link.value);
  const auto r = t.run({t.stream(), slow_approval(t)});
  EXPECT_EQ(changes_of_leader(r), 0U);
  const auto& marks = r.record.marks;
  ASSERT_FALSE(marks.empty());
  EXPECT_EQ(marks.back().phase, measure::Phase::kAborted);
  EXPECT_EQ(marks.back().at_ns, 402 * kS);
  EXPECT_EQ(testing::left_out(r.record.commits.all(), r.record.log_events).records, 0U);
}

// Ordered at 100 s: the west leads although nothing is wrong, and no record is lost.
TEST(SiteFailover, a_switch_over_by_order_loses_nothing) {
  LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 500 * kS, 10 * kMs);
  world::RunSettings settings;
  settings.keep_turns = true;
  settings.procedures = {t.stream(), slow_approval(t)};
  settings.interludes.push_back({100 * kS, [](world::RunControl& control) { control.order({1, 100 * kS}); }});
  auto results = world::run_replications(t.b.build(), settings, 0, 1, {});
  ASSERT_EQ(results[0].error, "");
  const world::RunResult& r = results[0].result;
  EXPECT_EQ(changes_of_leader(r), 1U);
  EXPECT_EQ(testing::left_out(r.record.commits.all(), r.record.log_events).records, 0U);
  EXPECT_EQ(r.record.split_brain, 0U);
}

// The clients in the east go on writing to the old leader while it is cut off from the runbook: split brain from the promotion at 402 s to the
// end of the cut. With leases nobody does.
TEST(SiteFailover, who_cannot_be_fenced_goes_on_writing) {
  for (const bool lease : {false, true}) {
    LeaderAndFollower t(plan::CommitMode::kAsync, 250e6, 600 * kS, 100 * kMs);
    t.b.plan.operations[0].from = t.east;
    t.b.hold(t.b.fault("cut", 100 * kS, 500 * kS), plan::Knob::kLinkDown, t.link.value);
    const std::string steps = R"(, "steps": ["approve", "promote"])";  // nobody's load is shifted away
    const auto r = t.run({t.stream(), slow_approval(t, steps + (lease ? R"(, "fence": "lease")" : ""))});
    EXPECT_EQ(changes_of_leader(r), 1U);
    if (lease) {
      EXPECT_EQ(r.record.split_brain, 0U);
    } else {
      EXPECT_NEAR(static_cast<double>(r.record.split_brain), 980.0, 30.0);
    }
  }
}

TEST(HealthProbe, a_prober_that_is_cut_off_takes_the_other_site_out) {
  LeaderAndFollower t;
  t.b.hold(t.b.fault("cut", 2 * kS), plan::Knob::kLinkDown, t.link.value);
  const auto r = t.run({[](const plan::Plan& p) {
    auto prober =
        made(make_health_probe(),
             R"({"targets": "db", "every": "1 s", "phase": "0 s", "timeout": "500 ms", "fall": 2})", p);
    prober->name = "prober";
    prober->location = plan::LocationId(1U);
    return prober;
  }});
  ASSERT_EQ(r.record.turns.size(), 1U);
  EXPECT_EQ(r.record.turns[0].target, 0U);
  EXPECT_EQ(r.record.turns[0].at_ns, 3 * kS + 500 * kMs);
}

}  // namespace
}  // namespace twinvoice::models
