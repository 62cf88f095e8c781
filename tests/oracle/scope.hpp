// What a measure of an oracle case sees: what is asked, the Plan, and one replication.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/measure/request_log.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"
#include "tests/oracle/measures.hpp"

namespace twinvoice::testing {

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

using Measures = std::map<std::string, std::function<double(const Scope&)>>;

inline double number(std::uint64_t n) { return static_cast<double>(n); }

inline double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// Whether the cause of a failure has the reason of that name ("breaker_open").
inline bool has_reason(plan::Cause cause, const std::string& name) {
  return !cause.none() && plan::reason_name(cause.reason()) == name;
}

/// Measures of the books, the stations and the audit log.
[[nodiscard]] const Measures& of_the_books();
/// Measures of single requests, which need their log.
[[nodiscard]] const Measures& of_single_requests();

}  // namespace twinvoice::testing
