#include "tests/support/acting.hpp"

#include <string>

#include "sim/spec/units.hpp"

namespace twinvoice::testing {
namespace {

Nanos span_ns(const nlohmann::ordered_json& span) {
  return spec::parse_duration(span.get<std::string>()).value.ns;
}

void bounded_by_timeout(nlohmann::ordered_json& call) {
  if (!call.contains("timeout") || !call["timeout"].is_string()) return;
  const Nanos timeout_ns = span_ns(call["timeout"]);
  if (call.contains("hedge") && span_ns(call["hedge"]["after"]) >= timeout_ns) call.erase("hedge");
  if (call.contains("retries") && call["retries"].contains("per_try_timeout") &&
      span_ns(call["retries"]["per_try_timeout"]) >= timeout_ns)
    call["retries"].erase("per_try_timeout");
}

}  // namespace

void leave_out_what_never_acts(nlohmann::ordered_json& j) {
  if (j.is_object()) {
    bounded_by_timeout(j);
    if (j.contains("on_full") && !j.contains("max")) j.erase("on_full");
    const auto is_zero = [&](const char* places) {
      return j.contains(places) && j[places].is_number() && j[places] == 0;
    };
    const bool nobody_waits = is_zero("queue") || is_zero("max");
    if (nobody_waits && j.contains("wait")) j.erase("wait");
  }
  if (j.is_structured()) {
    for (auto& part : j) leave_out_what_never_acts(part);
  }
}

}  // namespace twinvoice::testing
