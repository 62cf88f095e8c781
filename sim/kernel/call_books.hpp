// What the policies of calls did, counted by call and window while a run goes on.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/call_counts.hpp"
#include "sim/plan/call_groups.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::kernel {

/// Counts by call site, which every attempt touches, and moves them to the windows of their calls when a window is over. All memory is
/// taken at construction.
class CallBooks {
 public:
  explicit CallBooks(const plan::Plan& plan);

  /// Where what a call does now is counted. Time must not decrease from one to the next.
  [[nodiscard]] measure::CallCounts& at(std::uint32_t site, Nanos now_ns) {
    if (now_ns >= ends_ns_) [[unlikely]]
      turn(now_ns);
    return sites_[site];
  }
  /// By plan::CallGroups, up to now; what follows is in no figure. Once.
  [[nodiscard]] std::vector<measure::CallRecord> close(Nanos now_ns);

 private:
  void turn(Nanos now_ns);

  plan::CallGroups groups_;
  Nanos warm_up_ns_;
  std::vector<measure::CallCounts> sites_;  ///< of the present window
  std::vector<measure::CallRecord> calls_;  ///< without what is in sites_
  std::size_t window_ = 0;
  Nanos ends_ns_ = 0;  ///< of the present window, or the warm-up, where that ends in it
  bool measured_ = false;
};

}  // namespace twinvoice::kernel
