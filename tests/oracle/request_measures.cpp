// Measures of single requests: latencies one by one, and what became of them in the order of their arrival.
#include <cmath>
#include <limits>

#include "tests/oracle/scope.hpp"

namespace twinvoice::testing {
namespace {

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

/// Maximal runs of consecutive requests that did not end with the reason `unless`, of those longer than
/// `longer_than`: their lengths and when they began. The last one may be cut short by the horizon and is left out.
struct Runs {
  std::vector<double> lengths;
  std::vector<Nanos> starts_ns;
};

Runs runs_of(const Scope& s) {
  const auto unless = s.ask.at("unless").get<std::string>();
  const double longer_than = s.ask.value("longer_than", 0.0);
  Runs runs;
  double length = 0.0;
  Nanos start_ns = 0;
  for_each_request(s, [&](const measure::RequestRecord& r) {
    if (!has_reason(plan::Cause::of_packed(r.cause), unless)) {
      if (length == 0.0) start_ns = r.arrived_ns;
      ++length;
    } else if (length > 0.0) {
      if (length > longer_than) {
        runs.lengths.push_back(length);
        runs.starts_ns.push_back(start_ns);
      }
      length = 0.0;
    }
  });
  return runs;
}

/// The first request of the operation that failed.
const measure::RequestRecord& first_failed(const Scope& s) {
  const measure::RequestRecord* first = nullptr;
  for_each_request(s, [&](const measure::RequestRecord& r) {
    if (first == nullptr && r.decided_ns != kNever && !r.succeeded) first = &r;
  });
  if (first == nullptr) throw std::invalid_argument("no request failed");
  return *first;
}

/// Time until the decision, however it fell, below or at which a share `q` of the decided requests lies.
double sojourn_quantile(const Scope& s) {
  std::vector<Nanos> sojourns;
  for_each_request(s, [&](const measure::RequestRecord& r) {
    if (r.decided_ns != kNever) sojourns.push_back(r.decided_ns - r.arrived_ns);
  });
  const double rank = std::ceil(s.ask.at("q").get<double>() * number(sojourns.size()));
  const auto at = sojourns.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(sojourns.begin(), at, sojourns.end());
  return to_seconds(*at);
}

}  // namespace

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
         std::sort(times.begin(), times.end());
         for (std::size_t i = 1; i < times.size(); ++i) largest = std::max(largest, times[i] - times[i - 1]);
         return to_seconds(largest);
       }},
      {"first_failed", [](const Scope& s) { return number(first_failed(s).ordinal); }},
      {"first_failed_at", [](const Scope& s) { return to_seconds(first_failed(s).arrived_ns); }},
      {"sojourn_quantile", sojourn_quantile},
      {"mean_run", [](const Scope& s) { return mean(runs_of(s).lengths); }},
      {"mean_run_cycle",
       [](const Scope& s) {
         const std::vector<Nanos> starts_ns = runs_of(s).starts_ns;
         return to_seconds(starts_ns.back() - starts_ns.front()) / number(starts_ns.size() - 1);
       }},
  };
  return kMeasures;
}

}  // namespace twinvoice::testing
