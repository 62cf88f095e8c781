#include "sim/plan/call_groups.hpp"

#include <algorithm>
#include <map>

namespace twinvoice::plan {

CallGroups call_groups(const Plan& plan) {
  CallGroups groups;
  std::map<std::string, std::uint32_t> known;
  for (std::size_t site = 0; site < plan.calls.size(); ++site) {
    const std::string& call = plan.calls[site].call.empty() ? plan.calls[site].name : plan.calls[site].call;
    const auto [at, is_new] = known.emplace(call, static_cast<std::uint32_t>(groups.names.size()));
    if (is_new) {
      groups.names.push_back(call);
      groups.first.emplace_back(site);
    }
    groups.of_site.push_back(at->second);
  }
  const Nanos windows = (plan.horizon_ns + plan.window_ns - 1) / plan.window_ns;
  const auto rows = static_cast<Nanos>(std::max<std::size_t>(1, groups.names.size()) * plan.replications);
  const Nanos most = std::clamp<Nanos>(kMostCallCells / rows, 1, kMostCallWindows);
  groups.window_ns = plan.window_ns * ((windows + most - 1) / most);
  groups.windows = static_cast<std::size_t>((plan.horizon_ns + groups.window_ns - 1) / groups.window_ns);
  return groups;
}

}  // namespace twinvoice::plan
