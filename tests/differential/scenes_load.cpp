// Sources of every kind, and the faults of the catalogue by name, on a Plan compiled from JSON.
#include "sim/base/check.hpp"
#include "tests/differential/scenes.hpp"
#include "tests/support/compile_text.hpp"

namespace twinvoice::testing {
namespace {

using plan::Reason;

/// Every kind of source at one desk.
void sources(Scene& s) {
  s.at_rate(145.0);
  auto& b = s.b;
  const auto here = b.location("here", 100'000);
  const auto desk = b.component("desk", here, 2);
  const auto cpu = b.station(desk, 2, 3, plan::Discipline::kPriority);
  const auto work = b.program("desk/work", desk).hop_in().serve(cpu, s.ms(20)).reply();
  plan::CallSite policy;
  policy.balance = plan::Balance::kLeastRequest;
  const auto entry = b.call("client>desk", desk, work, {}, policy);
  auto& steps = b.poisson(s.operation("steps", here, entry, 1), 0.0);
  steps.segments = {{0, 20.0}, {300 * kMs, 60.0}, {500 * kMs, 0.0}, {700 * kMs, 30.0}};
  steps.period_ns = 1'000 * kMs;
  auto& wave = b.poisson(s.operation("wave", here, entry, 2), 0.0);
  wave.segments.clear();
  wave.sinusoid = true;
  wave.mean_per_s = 30.0;
  wave.amplitude = 0.8;
  wave.period_ns = 3'000 * kMs;
  wave.peak_ns = 700 * kMs;
  b.poisson(s.operation("batches", here, entry, 3), 5.0).batch = 4;
  b.deterministic(s.operation("grid", here, entry), 100'003'117, ~0ULL, 7'777'777);
  std::vector<Nanos> times;
  for (Nanos t = kMs; t < b.plan.horizon_ns; t += 113'111'333 + t % 10'007'000) times.push_back(t);
  b.trace(s.operation("trace", here, entry), times).batch = 2;
  b.closed(s.operation("users", here, entry, 1), 25, s.ms(700));
  b.hold(s.fault("rush", 0.3, 0.5), plan::Knob::kSourceRate, 0, 1.6);
  b.hold(s.fault("calm", 0.4, 0.6), plan::Knob::kSourceRate, 1, 0.3);
  b.hold(s.fault("silence", 0.7, 0.75), plan::Knob::kSourceRate, 2, 0.0);
}

constexpr const char* kTopology = R"(
  "sites": {"a": {"region": "east", "zones": ["1", "2"]}, "b": {"region": "west"}, "c": {"region": "clients"}},
  "links": {"ab": {"between": ["a", "b"], "latency": "4 ms", "bandwidth": "1 Gbps"},
            "ca": {"between": ["c", "a"], "latency": "6 ms", "bandwidth": "500 Mbps"},
            "cb": {"between": ["c", "b"], "latency": "9 ms", "bandwidth": "500 Mbps", "loss": "0.1 %"}},
  "network": {"user_timeout": "800 ms"},
  "components": {
    "front": {"model": "load_balancer", "replicas": {"a": 2, "b": 1}, "demand": {"exponential": "1 ms"}, "to": "app",
      "connections": {"max": 400}, "timeout": "900 ms", "balance": "round_robin",
      "retries": {"attempts": 1, "backoff": {"exponential": "20 ms"}}},
    "app": {"model": "service", "replicas": {"a": 2, "b": 1}, "demand": {"exponential": "9 ms"}, "cores": 2,
      "threads": {"max": 20, "wait": {"exponential": "200 ms"}, "queue": 4}, "error_rate": "1 %",
      "life": {"fails": {"exponential": "40 s"}, "repairs": {"exponential": "1 s"}, "in_service": "lose"},
      "calls": [{"to": "hot"}, {"to": "db", "endpoint": "read", "probability": "60 %", "timeout": "300 ms"},
                {"to": "db", "timeout": "400 ms", "pool": {"max": 20, "wait": {"exponential": "100 ms"},
                  "idle_timeout": "900 ms", "establish": {"round_trips": 1, "demand": {"exponential": "1 ms"}}}}]},
    "hot": {"model": "cache", "replicas": {"a": 1, "b": 1}, "demand": {"exponential": "0.5 ms"}, "hit_ratio": "90 %",
      "entries": 300, "origin": {"to": "db", "endpoint": "read"}},
    "db": {"model": "database", "replicas": {"a": 1, "b": 1}, "demand": {"exponential": "5 ms"}, "cores": 3,
      "pool": {"max": 60, "wait": {"exponential": "300 ms"}},
      "endpoints": {"write": {}, "read": {"demand": {"exponential": "3 ms"}}}, "primary": "a"}},
  "operations": {"op": {"entry": "front", "from": "c", "client": {"timeout": "5 s"}}})";

/// Every fault of the catalogue, one after another, on a small system.
void catalogue(Scene& s) {
  s.at_rate(60.0);
  const auto time = [&](double fraction) { return "\"" + std::to_string(s.at(fraction) / kMs) + " ms\""; };
  std::string faults;
  double when = 0.05;
  const auto add = [&](const std::string& fault, const std::string& rest) {
    if (!faults.empty()) faults += ",";
    faults += R"({"fault": ")" + fault + R"(", "at": )" + time(when) + R"(, "duration": )" + time(0.04) +
              ", " + rest + "}";
    when += 0.07;
  };
  add("instance_kill", R"("target": "app@a", "mode": "one")");
  add("instance_pause", R"("target": "hot@a")");
  add("capacity_loss", R"("target": "app", "fraction": "50 %")");
  add("cpu_slow", R"("target": "app", "factor": 1.4)");
  add("latency", R"("target": "ab", "extra": "20 ms", "ramp": )" + time(0.02));
  add("loss", R"("target": "ca", "probability": "10 %")");
  add("partition", R"("between": [["a"], ["b"]], "direction": "a_to_b")");
  add("partition", R"("between": [["a/1"], ["b", "a/2"]], "new_only": true)");
  add("zone_down", R"("target": "each")");
  add("region_down", R"("target": "west")");
  add("pool_shrink", R"("target": "db", "to": 3)");
  add("pool_shrink", R"("target": "app", "to": 4)");
  add("spike", R"("target": "op", "factor": 1.8)");
  add("shed", R"("target": "op", "share": "30 %")");
  const std::string experiment = R"("load": {"op": {"poisson": "60 tps"}}, "horizon": )" + time(1.0) +
                                 R"(, "seed": 20240601, "initial": {"hot": {"warmth": "20 %"},
      "db": {"pool_held": 5, "queue_length": 7}}, "faults": [)" +
                                 faults + "]";
  Compiled compiled = compile_text(kTopology, experiment);
  for (const std::string& problem : compiled.problems)
    ensure(problem.find("error") == std::string::npos, problem);
  s.compiled = std::move(compiled.plan);
}

}  // namespace

std::vector<SceneCase> load_scenes() {
  return {{"sources", sources, {Reason::kQueueFull}},
          {"catalogue",
           catalogue,
           {Reason::kTimeout, Reason::kError, Reason::kReset, Reason::kRefused, Reason::kUnreachable,
            Reason::kPoolFull, Reason::kPoolWait, Reason::kGate}}};
}

}  // namespace twinvoice::testing
