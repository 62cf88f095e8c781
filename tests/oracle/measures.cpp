#include "tests/oracle/measures.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

namespace twinvoice::testing {
namespace {

using nlohmann::json;

struct Scope {
  const json& ask;
  const plan::Plan& plan;
  const Replication& run;

  [[nodiscard]] double span_s() const { return to_seconds(run.record.end_ns - plan.warm_up_ns); }

  [[nodiscard]] std::size_t operation() const {
    const auto name = ask.at("operation").get<std::string>();
    for (std::size_t i = 0; i < plan.operations.size(); ++i) {
      if (plan.operations[i].name == name) return i;
    }
    throw std::invalid_argument("no operation " + name);
  }
  [[nodiscard]] const measure::OperationBook& book() const { return run.record.operations[operation()]; }

  [[nodiscard]] std::uint32_t component() const {
    const auto name = ask.at("component").get<std::string>();
    for (std::uint32_t i = 0; i < plan.components.size(); ++i) {
      if (plan.components[i].name == name) return i;
    }
    throw std::invalid_argument("no component " + name);
  }
  /// The only station of the component.
  [[nodiscard]] const measure::StationRecord& station() const {
    const std::uint32_t wanted = component();
    for (const measure::StationRecord& station : run.record.stations) {
      const plan::InstanceId instance = plan.stations[station.id].instance;
      if (plan.instances[instance.index()].component.value == wanted) return station;
    }
    throw std::invalid_argument("a component without a station");
  }
  [[nodiscard]] double share_of_time(const std::vector<Nanos>& at_value, std::size_t from,
                                     std::size_t to) const {
    double sum = 0.0;
    for (std::size_t n = from; n < std::min(to, at_value.size()); ++n) sum += to_seconds(at_value[n]);
    return sum / span_s();
  }
};

double seconds(measure::Int128 ns) { return static_cast<double>(ns) * 1e-9; }
double number(std::uint64_t n) { return static_cast<double>(n); }

/// Requests in flight at the end of each window that falls on phase `at_s` of the period `every_s`.
std::vector<double> in_flight_samples(const Scope& s) {
  const double every = s.ask.at("every_s").get<double>();
  const double at = s.ask.at("at_s").get<double>();
  const double window = to_seconds(s.plan.window_ns);
  std::vector<double> samples;
  double present = 0.0;
  double t = 0.0;
  for (const measure::Window& w : s.book().windows) {
    present += static_cast<double>(w.arrived) - static_cast<double>(w.decided);
    t += window;
    const double phase = t - every * static_cast<double>(static_cast<long long>(t / every + 1e-9));
    if (t > to_seconds(s.plan.warm_up_ns) && std::abs(phase - at) < window / 2) samples.push_back(present);
  }
  return samples;
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double dispersion(const std::vector<double>& values) {
  const double m = mean(values);
  double squares = 0.0;
  for (const double v : values) squares += (v - m) * (v - m);
  return squares / static_cast<double>(values.size() - 1) / m;
}

/// Latencies of the logged requests of the operation, in seconds, with their arrival.
template <class Each>
void for_each_request(const Scope& s, const Each& each) {
  const std::size_t operation = s.operation();
  for (const measure::RequestRecord& r : s.run.log) {
    if (s.plan.sources[r.source].operation.index() == operation) each(r);
  }
}

double latency_s(const measure::RequestRecord& r) { return to_seconds(r.decided_ns - r.arrived_ns); }
Nanos limit_ns(const Scope& s) { return from_seconds(s.ask.at("seconds").get<double>()); }

const std::map<std::string, std::function<double(const Scope&)>>& of_the_books() {
  static const std::map<std::string, std::function<double(const Scope&)>> kMeasures{
      {"latency_mean", [](const Scope& s) { return s.book().batches.histogram().mean_ns() * 1e-9; }},
      {"latency_quantile",
       [](const Scope& s) {
         return s.book().batches.histogram().quantile_ns(s.ask.at("q").get<double>()) * 1e-9;
       }},
      {"latency_max", [](const Scope& s) { return to_seconds(s.book().batches.histogram().max_ns()); }},
      {"failed_share",
       [](const Scope& s) {
         const measure::SliceTotals t = s.book().batches.total();
         return number(t.failure) / number(t.failure + t.success);
       }},
      {"throughput", [](const Scope& s) { return number(s.book().batches.total().success) / s.span_s(); }},
      {"in_flight_mean", [](const Scope& s) { return seconds(s.book().steady_area) / s.span_s(); }},
      {"failed_count", [](const Scope& s) { return number(s.book().failed); }},
      {"succeeded_count", [](const Scope& s) { return number(s.book().succeeded); }},
      {"in_flight_at", [](const Scope& s) { return mean(in_flight_samples(s)); }},
      {"in_flight_dispersion", [](const Scope& s) { return dispersion(in_flight_samples(s)); }},
      {"population",
       [](const Scope& s) { return seconds(s.station().busy_ns + s.station().queued_ns) / s.span_s(); }},
      {"queue", [](const Scope& s) { return seconds(s.station().queued_ns) / s.span_s(); }},
      {"utilisation",
       [](const Scope& s) {
         const measure::StationRecord& station = s.station();
         return seconds(station.busy_ns) / s.span_s() / static_cast<double>(station.servers);
       }},
      {"arrival_rate", [](const Scope& s) { return number(s.station().arrivals) / s.span_s(); }},
      {"visits",
       [](const Scope& s) {
         const measure::SliceTotals t = s.book().batches.total();
         return number(s.station().arrivals) / number(t.success + t.failure);
       }},
      {"wait_mean",
       [](const Scope& s) { return seconds(s.station().wait_ns) / number(s.station().started); }},
      {"wait_mean_all",
       [](const Scope& s) { return seconds(s.station().queued_ns) / number(s.station().arrivals); }},
      {"waited_share",
       [](const Scope& s) { return number(s.station().waited) / number(s.station().arrivals); }},
      {"wait_quantile",
       [](const Scope& s) {
         return s.station().waits.value().quantile_ns(s.ask.at("q").get<double>()) * 1e-9;
       }},
      {"wait_over",
       [](const Scope& s) {
         const measure::Histogram& waits = s.station().waits.value();
         return 1.0 -
                waits.count_at_or_below(s.ask.at("seconds").get<double>() * 1e9) / number(waits.count());
       }},
      {"occupancy_at_least",
       [](const Scope& s) {
         return s.share_of_time(s.station().occupancy_ns, s.ask.at("n").get<std::size_t>(),
                                plan::kOccupancyBins);
       }},
      {"slowdown",
       [](const Scope& s) {
         return static_cast<double>(s.station().slowdown_q32) / 4294967296.0 /
                number(s.station().completions);
       }},
      {"mean_down",
       [](const Scope& s) {
         const std::vector<Nanos>& times = s.run.record.down_ns[s.component()];
         double sum = 0.0;
         for (std::size_t n = 0; n < times.size(); ++n) sum += static_cast<double>(n) * to_seconds(times[n]);
         return sum / s.span_s();
       }},
      {"at_most_down",
       [](const Scope& s) {
         return s.share_of_time(s.run.record.down_ns[s.component()], 0, s.ask.at("n").get<std::size_t>() + 1);
       }},
  };
  return kMeasures;
}

const std::map<std::string, std::function<double(const Scope&)>>& of_single_requests() {
  static const std::map<std::string, std::function<double(const Scope&)>> kMeasures{
      {"last_decision",
       [](const Scope& s) {
         Nanos last = 0;
         for_each_request(s, [&](const auto& r) { last = std::max(last, r.decided_ns); });
         return to_seconds(last);
       }},
      {"attempts",
       [](const Scope& s) {
         std::uint64_t attempts = 0;
         for_each_request(s, [&](const auto& r) { attempts += r.attempts; });
         return number(attempts);
       }},
      {"undecided_at",
       [](const Scope& s) {
         const Nanos at = from_seconds(s.ask.at("at_s").get<double>());
         std::uint64_t count = 0;
         for_each_request(s,
                          [&](const auto& r) { count += r.arrived_ns <= at && r.decided_ns > at ? 1U : 0U; });
         return number(count);
       }},
      {"first_undelayed_after",
       [](const Scope& s) {
         Nanos first = kNever;
         const Nanos after = from_seconds(s.ask.at("at_s").get<double>());
         for_each_request(s, [&](const auto& r) {
           if (r.arrived_ns > after && r.decided_ns - r.arrived_ns <= limit_ns(s))
             first = std::min(first, r.arrived_ns);
         });
         return to_seconds(first);
       }},
      {"latency_over_count",
       [](const Scope& s) {
         std::uint64_t count = 0;
         for_each_request(
             s, [&](const auto& r) { count += r.decided_ns - r.arrived_ns > limit_ns(s) ? 1U : 0U; });
         return number(count);
       }},
      {"excess_sum",
       [](const Scope& s) {
         double sum = 0.0;
         for_each_request(s, [&](const auto& r) { sum += latency_s(r) - to_seconds(limit_ns(s)); });
         return sum;
       }},
      {"excess_mean",
       [](const Scope& s) {
         double sum = 0.0;
         double count = 0.0;
         for_each_request(s, [&](const auto& r) {
           if (r.decided_ns - r.arrived_ns <= limit_ns(s)) return;
           sum += latency_s(r) - to_seconds(limit_ns(s));
           ++count;
         });
         return sum / count;
       }},
      {"largest_gap",
       [](const Scope& s) {
         std::vector<Nanos> times;
         for_each_request(s, [&](const auto& r) { times.push_back(r.decided_ns); });
         Nanos largest = 0;
         for (std::size_t i = 1; i < times.size(); ++i) largest = std::max(largest, times[i] - times[i - 1]);
         return to_seconds(largest);
       }},
  };
  return kMeasures;
}

}  // namespace

bool needs_log(const json& expectation) {
  return of_single_requests().count(expectation.at("measure").get<std::string>()) != 0;
}

double value_of(const json& expectation, const plan::Plan& plan, const Replication& run) {
  const auto name = expectation.at("measure").get<std::string>();
  const auto& measures = needs_log(expectation) ? of_single_requests() : of_the_books();
  const auto found = measures.find(name);
  if (found == measures.end()) throw std::invalid_argument("no measure " + name);
  double value = found->second(Scope{expectation, plan, run});
  if (expectation.contains("minus")) value -= value_of(expectation.at("minus"), plan, run);
  return value * expectation.value("scale", 1.0) + expectation.value("offset", 0.0);
}

}  // namespace twinvoice::testing
