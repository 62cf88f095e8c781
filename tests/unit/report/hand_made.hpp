// Records made by hand: a load of evenly spaced requests whose fate is a function of their arrival.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/measure/ledger.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/report/build.hpp"

namespace twinvoice::report::testing {

inline constexpr Nanos kSecond = kNanosPerSecond;

/// What becomes of a request.
struct Fate {
  bool ok = true;
  Nanos latency_ns = 20'000'000;  ///< kNever: no answer
  std::size_t cause = 1;
};

/// One operation "issue", one component "db" with one station and one pool, causes "none", "db.timeout", "db.reset". Requests are
/// followed for a tenth of the horizon.
inline Scenario hand_made_scenario(Nanos horizon_s = 600) {
  Scenario s;
  s.name = "by-hand";
  s.topology = "paper";
  s.horizon_ns = horizon_s * kSecond;
  s.follow_ns = s.horizon_ns / 10;
  s.operations = {{"issue", 0.99, true, 800'000'000}};
  s.places = {"here"};
  s.components = {{"db", "database", 2, {{0, 2}}}};
  s.stations = {{"db#0", 0, 4}, {"db#1", 0, 4}};
  s.pools = {{"pool", 0, 100}, {"pool", 0, 100}};
  s.calls = {{"issue>db/default", "", "db"}};
  s.causes = {"none", "db.timeout", "db.reset"};
  return s;
}

/// Faults of the scenario begin and end as they are written there.
inline std::vector<measure::FaultSpan> spans_of(const Scenario& s) {
  std::vector<measure::FaultSpan> spans;
  for (const FaultInfo& fault : s.faults) spans.push_back({fault.at_ns, fault.until_ns});
  return spans;
}

/// `per_s` requests a second, evenly spaced, and the faults of the scenario; the books have the times of all of them.
inline measure::RunRecord hand_made_run(const Scenario& s, std::uint64_t per_s,
                                        const std::function<Fate(Nanos)>& fate) {
  measure::RunRecord run;
  run.complete = true;
  run.end_ns = run.followed_to_ns = s.horizon_ns;
  run.faults = spans_of(s);
  run.layout.slow_above_ns = {s.operations[0].p99_ns};
  run.layout.causes = s.causes.size();
  run.layout.horizon_ns = s.horizon_ns;
  run.layout.warm_up_ns = s.warm_up_ns;
  run.layout.window_ns = s.window_ns;
  measure::Ledger ledger(run.layout);
  struct Entry {
    Nanos at_ns;
    bool arrival;
    measure::TimedRequest request;
    Fate fate;
  };
  std::vector<Entry> entries;
  const Nanos gap = kSecond / static_cast<Nanos>(per_s);
  std::uint64_t sequence = 0;
  for (Nanos at = 0; at < s.horizon_ns; at += gap) {
    const Fate f = fate(at);
    const Nanos looked_until_ns = s.horizon_ns + s.follow_ns;
    const bool decided = f.latency_ns != kNever && at + f.latency_ns < looked_until_ns;
    const Nanos decided_ns = decided ? at + f.latency_ns : kNever;
    run.followed_to_ns = std::max(run.followed_to_ns, decided ? decided_ns : looked_until_ns);
    const measure::TimedRequest request{at, decided_ns, sequence++, f.ok};
    entries.push_back({at, true, request, f});
    entries.push_back({decided_ns, false, request, f});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.at_ns, !a.arrival) < std::tuple(b.at_ns, !b.arrival);
  });
  for (const Entry& e : entries) {
    if (e.at_ns >= s.horizon_ns) ledger.close(s.horizon_ns);
    if (e.arrival)
      ledger.arrive(0, e.at_ns);
    else if (e.at_ns == kNever)
      ledger.leave_open(0, e.request);
    else if (e.fate.ok)
      ledger.succeed(0, e.request);
    else
      ledger.fail(0, e.request, e.fate.cause, e.fate.cause);
  }
  ledger.close(s.horizon_ns);
  run.operations = ledger.take_books();
  return run;
}

/// Fails everything that arrives in [from, to) seconds.
inline std::function<Fate(Nanos)> outage(Nanos from_s, Nanos to_s) {
  return [=](Nanos at) {
    Fate f;
    f.ok = at < from_s * kSecond || at >= to_s * kSecond;
    return f;
  };
}

inline FaultInfo hand_made_fault(Nanos at_s, const std::string& name = "down") {
  return {name, "region_down", at_s * kSecond, (at_s + 120) * kSecond};
}

inline ExpectationInfo expect(Measure measure, measure::Relation relation, double bound,
                              const std::string& text) {
  ExpectationInfo e;
  e.text = text;
  e.measure = measure;
  e.key = text.substr(0, text.find(' '));
  if (measure == Measure::kQuantile) e.quantile = 0.99;
  e.bound = {relation, bound, 0.0};
  return e;
}

/// Records cannot be copied; this gathers them.
template <class... Runs>
[[nodiscard]] std::vector<measure::RunRecord> all(Runs&&... runs) {
  std::vector<measure::RunRecord> list;
  (list.push_back(std::move(runs)), ...);
  return list;
}

inline ResultDocument document_of(const Scenario& s, const std::vector<measure::RunRecord>& runs) {
  return build(s, runs);
}

}  // namespace twinvoice::report::testing
