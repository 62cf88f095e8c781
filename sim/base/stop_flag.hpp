// The flag by which a run, a pool or a campaign is told from outside to stop.
#pragma once

#include <atomic>

namespace twinvoice {

/// False for no flag at all.
[[nodiscard]] inline bool is_set(const std::atomic<bool>* flag) {
  return flag != nullptr && flag->load(std::memory_order_relaxed);
}

}  // namespace twinvoice
