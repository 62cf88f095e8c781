#include "sim/kernel/call_books.hpp"

#include <algorithm>
#include <utility>

namespace twinvoice::kernel {

CallBooks::CallBooks(const plan::Plan& plan)
    : groups_(plan::call_groups(plan)),
      warm_up_ns_(plan.warm_up_ns),
      sites_(plan.calls.size()),
      calls_(groups_.names.size()) {
  for (measure::CallRecord& call : calls_) call.windows.resize(groups_.windows);
}

void CallBooks::turn(Nanos now_ns) {
  for (std::size_t site = 0; site < sites_.size(); ++site) {
    measure::CallRecord& call = calls_[groups_.of_site[site]];
    call.windows[window_].add(sites_[site]);
    if (measured_) call.measured.add(sites_[site]);
    sites_[site] = {};
  }
  window_ = std::min(static_cast<std::size_t>(now_ns / groups_.window_ns), groups_.windows - 1);
  ends_ns_ = static_cast<Nanos>(window_ + 1) * groups_.window_ns;
  measured_ = now_ns >= warm_up_ns_;
  if (!measured_) ends_ns_ = std::min(ends_ns_, warm_up_ns_);
}

std::vector<measure::CallRecord> CallBooks::close(Nanos now_ns) {
  turn(now_ns);
  ends_ns_ = kNever;
  return std::move(calls_);
}

}  // namespace twinvoice::kernel
