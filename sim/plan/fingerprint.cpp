#include "sim/base/fingerprint.hpp"

#include <fmt/format.h>

#include <sstream>

#include "sim/plan/plan.hpp"

namespace twinvoice::plan {

std::string cause_name(const Plan& plan, Cause cause) {
  const std::string_view reason = reason_name(cause.reason());
  const std::uint32_t where = cause.where();
  if (cause.none()) return std::string(reason);
  if (cause.reason() == Reason::kGate) {
    return where < plan.gates.size() ? plan.gates[where].name : std::string(reason);
  }
  return where < plan.components.size() ? fmt::format("{}.{}", plan.components[where].name, reason)
                                        : fmt::format("client.{}", reason);
}

std::uint64_t fingerprint(const Plan& plan) {
  std::ostringstream listing;
  dump(plan, listing);
  Fingerprint hash;
  hash.add_text(listing.str());
  return hash.value();
}

}  // namespace twinvoice::plan
