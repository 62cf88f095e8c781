#include "tests/oracle/known_systems.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/cli/scenario.hpp"
#include "sim/kernel/engine.hpp"
#include "sim/report/build.hpp"
#include "sim/world/replications.hpp"
#include "tests/oracle/play_whole.hpp"

namespace twinvoice::testing {
namespace {

/// One service "station" behind the operation "op".
std::string station(const std::string& members) {
  return fmt::format(
      R"("sites":{{"here":{{"region":"lab","lan":{{"latency":"0 s"}}}}}},)"
      R"("components":{{"station":{{"model":"service","replicas":{{"here":1}},{}}}}},)"
      R"("operations":{{"op":{{"entry":"station","from":"here","client":{{"request":"0 B","response":"0 B"}}}}}})",
      members);
}

std::string poisson(double rate_per_s, double warm_up_s, double measured_s, int replications) {
  return fmt::format(
      R"("load":{{"op":{{"poisson":"{:.9f}/s"}}}},"warm_up":"{:.0f} s","horizon":"{:.0f} s","replications":{})",
      rate_per_s, warm_up_s, warm_up_s + measured_s, replications);
}

constexpr const char* kOneServer = R"("demand":{"exponential":"1 s"},"cores":1,"observe":{"waits":true})";

/// Of `servers` with offered load `load` and room for `room` in all: the share that is turned away.
double turned_away(double load, int servers, int room) {
  double weight = 1.0;
  double sum = 1.0;
  for (int n = 1; n <= room; ++n) {
    weight *= load / std::min(n, servers);
    sum += weight;
  }
  return weight / sum;
}

std::string two_sites(const std::string& approve) {
  return fmt::format(
      R"("sites":{{"c":{{"region":"c","lan":{{"latency":"0 s"}}}},"s1":{{"region":"r1","lan":{{"latency":"0 s"}}}},)"
      R"("s2":{{"region":"r2","lan":{{"latency":"0 s"}}}}}},)"
      R"("links":{{"c1":{{"between":["c","s1"],"latency":"1 ms","bandwidth":"1 Gbps"}},)"
      R"("c2":{{"between":["c","s2"],"latency":"1 ms","bandwidth":"1 Gbps"}},)"
      R"("l12":{{"between":["s1","s2"],"latency":"1 ms","bandwidth":"1 Gbps"}}}},)"
      R"("components":{{"web":{{"model":"load_balancer","replicas":{{"s1":1,"s2":1}},"to":"db","demand":"0 s",)"
      R"("request":"0 B","response":"0 B"}},)"
      R"("db":{{"model":"database","replicas":{{"s1":1,"s2":1}},"demand":"1 ms","cores":8,"primary":"s1",)"
      R"("replication":{{"to":"s2","mode":"async","batch_every":"100 ms"}}}}}},)"
      R"("operations":{{"issue":{{"entry":"web","from":"c",)"
      R"("client":{{"request":"0 B","response":"0 B","balance":"nearest","timeout":"1 s"}}}}}},)"
      R"("procedures":{{"move":{{"model":"site_failover","at":"c","service":["web"],"database":"db","from":"s1","to":"s2",)"
      R"("detect":{{"sensor":"probe","component":"db","location":"s1","below":"50 %","every":"{} s"}},)"
      R"("approve":{},"steps":["approve","shift","promote"]}}}})",
      10, approve);
}

std::string site_dies(double horizon_s, int replications) {
  return fmt::format(
      R"("load":{{"issue":{{"deterministic":"200 ms","first_at":"100 ms"}}}},"horizon":"{:.0f} s","hold":"10 s",)"
      R"("replications":{},"faults":[{{"fault":"region_down","id":"dead","target":"r1","at":"30 s"}}])",
      horizon_s, replications);
}

constexpr double kLookEvery = 10.0;  ///< s
constexpr double kApproval = 20.0;   ///< s, mean

/// P(U + E <= t) for t of at least kLookEvery: U uniform on [0, kLookEvery), E exponential with mean kApproval.
double moved_within(double t) {
  const double m = kApproval;
  return 1.0 - m / kLookEvery * (std::exp(-(t - kLookEvery) / m) - std::exp(-t / m));
}

}  // namespace

KnownSystem one_long_queue() {
  return {"one long queue",
          station(kOneServer),
          poisson(0.5, 200.0, 40'000.0, 1),
          {{"mean latency", "mean", "", 2.0},
           {"p95", "p95", "", 2.0 * std::log(20.0)},
           {"p99", "p99", "", 2.0 * std::log(100.0)},
           {"throughput", "throughput", "", 0.5}}};
}

KnownSystem ten_short_queues() {
  const std::string at = R"("component":"station")";
  return {"ten short queues",
          station(kOneServer),
          poisson(0.5, 200.0, 4000.0, 10),
          {{"mean latency", "mean", "", 2.0},
           {"p95", "p95", "", 2.0 * std::log(20.0)},
           {"p99", "p99", "", 2.0 * std::log(100.0)},
           {"throughput", "throughput", "", 0.5},
           {"utilisation", "utilisation", at, 0.5},
           {"mean wait", "wait", at, 1.0},
           {"P(wait)", "waits", at, 0.5},
           // P(wait > t) = 0.5 exp(-t / 2)
           {"P(wait > 2 s)", "waits", at + R"(,"longer_than":"2 s")", 0.5 * std::exp(-1.0)},
           {"p95 of the wait", "wait_p95", at, 2.0 * std::log(10.0)}}};
}

KnownSystem forty_short_queues() {
  return {"forty short queues",
          station(kOneServer),
          poisson(0.5, 100.0, 3000.0, 40),
          {{"mean latency", "mean", "", 2.0, Promised::kNominal, "", 0.0238},
           {"p95", "p95", "", 2.0 * std::log(20.0), Promised::kNominal, "", 0.0985}}};
}

KnownSystem lossy_room(int replications) {
  constexpr double kMeasured = 12'000.0;
  return {fmt::format("lossy room, replications: {}", replications),
          station(R"("demand":{"exponential":"1 s"},"cores":3,"queue":{"max":2})"),
          poisson(2.4, 50.0, kMeasured / replications, replications),
          {{"availability by request", "availability", "", 1.0 - turned_away(2.4, 3, 5), Promised::kNominal,
            "", 0.0034}}};
}

KnownSystem planned_outage(int replications) {
  // The union of two outages of 200 s that begin within the same 200 s lasts 200 s + |the distance of their begins|, whose mean
  // is 200 s / 3; a request finds it down as often as it is.
  constexpr double kMeasured = 1500.0;
  constexpr double kDown = (200.0 + 200.0 / 3.0) / kMeasured;
  const auto fault = [](const char* id) {
    return fmt::format(R"({{"fault":"instance_kill","id":"{}","target":"station",)"
                       R"("at":{{"uniform":{{"low":"300 s","high":"500 s"}}}},"duration":"200 s"}})",
                       id);
  };
  return {fmt::format("planned outage, replications: {}", replications),
          station(R"("demand":"1 ms","cores":4)"),
          poisson(4.0, 0.0, kMeasured, replications) + R"(,"faults":[)" + fault("first") + "," +
              fault("second") + "]",
          {{"availability by request", "availability", R"("of":"request")", 1.0 - kDown},
           {"availability by time", "availability", R"("of":"time")", 1.0 - kDown}}};
}

KnownSystem failover(int replications) {
  const auto share = [](double within_s) {
    return KnownFigure{fmt::format("share kept within {:.0f} s", within_s),
                       "rto",
                       "",
                       moved_within(within_s),
                       Promised::kAtLeast95,
                       fmt::format("{:.0f} s", within_s)};
  };
  KnownFigure half = share(20.0);
  half.standard_error = std::sqrt(half.truth * (1.0 - half.truth) / replications);
  return {
      fmt::format("failover, replications: {}", replications),
      two_sites(fmt::format(R"({{"by":"duty manager","takes":{{"exponential":"{:.0f} s"}}}})", kApproval)),
      site_dies(300.0, replications),
      {half, share(60.0), {"mean recovery time", "rto", R"("of":"mean")", kLookEvery / 2.0 + kApproval}}};
}

KnownSystem failover_with_two_fates(int replications) {
  return {fmt::format("two fates, replications: {}", replications),
          two_sites(R"({"by":"duty manager","takes":"20 s","absent":"30 %","absent_delay":"120 s"})"),
          site_dies(260.0, replications),
          // The quick fate takes 20 to 30 s.
          {{"share of the quick fate", "rto", "", 0.7, Promised::kAtLeast95, "60 s"},
           {"mean of two fates", "rto", R"("of":"mean")", kLookEvery / 2.0 + 20.0 + 0.3 * 120.0}}};
}

KnownSystem overload(int replications) {
  // A request that comes at t has to wait for t, nearly (2 arrivals of 1 s of work each second, one server); so half of them wait for
  // more than half the measured time.
  constexpr double kMeasured = 400.0;
  return {fmt::format("overload, replications: {}", replications),
          station(R"("demand":{"exponential":"1 s"},"cores":1,"error_rate":"10 %")"),
          poisson(2.0, 0.0, kMeasured, replications),
          {{"availability, half unanswered", "availability", "", 0.9, Promised::kAtLeast95},
           {"p25, half unanswered", "p25", "", 0.25 * kMeasured, Promised::kAtLeast95},
           {"p50, half unanswered", "p50", "", 0.5 * kMeasured, Promised::kAtLeast95},
           {"p95, half unanswered", "p95", "", 0.95 * kMeasured, Promised::kAtLeast95},
           {"mean latency, half unanswered", "mean", "", 0.5 * kMeasured, Promised::kAtLeast95}}};
}

std::vector<KnownSystem> all_known_systems() {
  return {one_long_queue(), ten_short_queues(),          lossy_room(1), lossy_room(10), planned_outage(10),
          failover(20),     failover_with_two_fates(20), overload(1),   overload(10)};
}

std::string expectation_of(const KnownFigure& figure, const std::string& relation, double bound) {
  std::string text;
  if (!figure.incident_bound.empty()) {
    text =
        fmt::format(R"("{}":"<= {}","share":"{:.10f} %")", figure.key, figure.incident_bound, 100.0 * bound);
  } else if (figure.key == "availability" || figure.key == "utilisation" || figure.key == "waits") {
    text = fmt::format(R"("{}":"{} {:.10f} %")", figure.key, relation, 100.0 * bound);
  } else if (figure.key == "throughput") {
    text = fmt::format(R"("{}":"{} {:.10f}/s")", figure.key, relation, bound);
  } else {
    text = fmt::format(R"("{}":"{} {:.9f} s")", figure.key, relation, bound);
  }
  return "{" + text + (figure.more.empty() ? "" : ",") + figure.more + "}";
}

KnownPlayer::KnownPlayer(const KnownSystem& system, const std::vector<std::string>& expect)
    : made_(compile_text(system.topology,
                         system.experiment + fmt::format(R"(,"expect":[{}])", fmt::join(expect, ",")))) {
  EXPECT_TRUE(made_.problems.empty()) << system.name << "\n"
                                      << fmt::format("{}", fmt::join(made_.problems, "\n"));
  procedures_ = catalog().procedures(made_.topology, made_.plan);
  made_.experiment.topology = made_.topology;
  scenario_ = cli::scenario_of(made_.experiment, made_.plan);
}

report::ResultDocument KnownPlayer::play(std::uint64_t seed) const {
  const plan::Plan& plan = made_.plan;
  kernel::RunOptions options;
  options.seed = seed;
  std::vector<measure::RunRecord> records;
  if (!procedures_.empty()) {
    world::RunSettings settings;
    settings.options = options;
    settings.procedures = procedures_;
    for (world::Replication& one : world::run_replications(plan, settings, 0, plan.replications, {})) {
      EXPECT_EQ(one.error, "");
      records.push_back(std::move(one.result.record));
    }
  }
  for (; records.size() < plan.replications; ++options.replication) {
    kernel::Engine engine(plan, options);
    play_whole(engine, plan);
    records.push_back(engine.record());
  }
  for (const measure::RunRecord& record : records) {
    EXPECT_TRUE(record.complete) << record.stop;
    for (const std::string& breach : record.breaches) ADD_FAILURE() << breach;
  }
  return report::build(scenario_, records);
}

}  // namespace twinvoice::testing
