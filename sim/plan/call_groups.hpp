// The calls of a Plan as people know them: all the places in programs that share what a caller remembers are one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::plan {

/// Windows in which calls are counted at most; a window is a whole number of Plan::window_ns.
inline constexpr Nanos kMostCallWindows = 240;
/// The same over all calls and replications, so that what is kept of them stays below some 100 MB.
inline constexpr Nanos kMostCallCells = 3'000'000;

struct CallGroups {
  std::vector<std::string> names;      ///< CallSite::call, in the order of the call sites
  std::vector<std::uint32_t> of_site;  ///< [call site]: index into `names`
  std::vector<CallSiteId> first;       ///< [name]: one of its sites
  Nanos window_ns = kNanosPerSecond;
  std::size_t windows = 0;  ///< up to the horizon
};
[[nodiscard]] CallGroups call_groups(const Plan& plan);

}  // namespace twinvoice::plan
