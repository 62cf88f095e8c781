#include "tests/oracle/measures.hpp"

#include <algorithm>
#include <cmath>

#include "tests/oracle/scope.hpp"

namespace twinvoice::testing {
namespace {

double seconds(measure::Int128 ns) { return static_cast<double>(ns) * 1e-9; }

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

double dispersion(const std::vector<double>& values) {
  const double m = mean(values);
  double squares = 0.0;
  for (const double v : values) squares += (v - m) * (v - m);
  return squares / static_cast<double>(values.size() - 1) / m;
}

/// Arrivals between the phases `from_s` and `to_s` of each whole period `every_s`; all are multiples of a window.
std::vector<double> arrivals_of_periods(const Scope& s) {
  const auto windows = [&](const char* name) {
    return static_cast<std::size_t>(
        std::llround(s.ask.at(name).get<double>() / to_seconds(s.plan.window_ns)));
  };
  const std::size_t every = windows("every_s");
  std::vector<double> counts;
  for (std::size_t start = 0; start + every <= s.book().windows.size(); start += every) {
    double count = 0.0;
    for (std::size_t w = windows("from_s"); w < windows("to_s"); ++w)
      count += number(s.book().windows[start + w].arrived);
    counts.push_back(count);
  }
  return counts;
}

/// Share of the decided requests that failed for the reason `cause`.
double cause_share(const Scope& s) {
  const auto wanted = s.ask.at("cause").get<std::string>();
  std::uint64_t failed = 0;
  for (std::size_t i = 0; i < s.book().failed_by_cause.size(); ++i) {
    if (has_reason(plan::cause_at(s.plan, i), wanted)) failed += s.book().failed_by_cause[i];
  }
  return number(failed) / number(s.book().measured.succeeded + s.book().measured.failed);
}

/// Time of the last line that the procedure wrote into the audit log.
double logged_at(const Scope& s) {
  const auto procedure = s.ask.at("procedure").get<std::string>();
  Nanos at_ns = kNever;
  for (const measure::Mark& mark : s.run.record.marks) {
    if (mark.procedure == procedure) at_ns = mark.at_ns;
  }
  if (at_ns == kNever) throw std::invalid_argument("no line of " + procedure);
  return to_seconds(at_ns);
}

}  // namespace

const std::map<std::string, std::function<double(const Scope&)>>& of_the_books() {
  static const std::map<std::string, std::function<double(const Scope&)>> kMeasures{
      {"latency_mean", [](const Scope& s) { return s.book().batches.histogram().mean_ns() * 1e-9; }},
      {"latency_quantile",
       [](const Scope& s) {
         return s.book().batches.histogram().quantile_ns(s.ask.at("q").get<double>()) * 1e-9;
       }},
      {"latency_over",
       [](const Scope& s) {
         const measure::Histogram all = s.book().batches.histogram();
         return 1.0 - all.count_at_or_below(s.ask.at("seconds").get<double>() * 1e9) / number(all.count());
       }},
      {"latency_max", [](const Scope& s) { return to_seconds(s.book().batches.histogram().max_ns()); }},
      {"failed_share",
       [](const Scope& s) {
         const measure::SliceTotals t = s.book().batches.total();
         return number(t.failure) / number(t.failure + t.success);
       }},
      {"cause_share", cause_share},
      {"sojourn_mean",
       [](const Scope& s) {
         return seconds(s.book().sojourn_sum_ns) / number(s.book().all.succeeded + s.book().all.failed);
       }},
      {"throughput", [](const Scope& s) { return number(s.book().batches.total().delivered) / s.span_s(); }},
      {"in_flight_mean", [](const Scope& s) { return seconds(s.book().steady_area) / s.span_s(); }},
      {"failed_count", [](const Scope& s) { return number(s.book().all.failed); }},
      {"succeeded_count", [](const Scope& s) { return number(s.book().all.succeeded); }},
      {"arrivals_in", [](const Scope& s) { return mean(arrivals_of_periods(s)); }},
      {"arrivals_dispersion", [](const Scope& s) { return dispersion(arrivals_of_periods(s)); }},
      {"logged_at", logged_at},
      {"in_flight_at", [](const Scope& s) { return mean(in_flight_samples(s)); }},
      {"in_flight_dispersion", [](const Scope& s) { return dispersion(in_flight_samples(s)); }},
      {"population",
       [](const Scope& s) {
         return seconds(s.station().busy_ns + s.station().crowded_ns + s.station().queued_ns) / s.span_s();
       }},
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
  if (expectation.contains("numerator")) value = expectation.at("numerator").get<double>() / value;
  return value * expectation.value("scale", 1.0) + expectation.value("offset", 0.0);
}

}  // namespace twinvoice::testing
