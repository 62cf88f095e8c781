// A piece of work in a process of its own: SimGrid's clock starts once in a process, and peak memory is of a process.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace twinvoice::bench {

struct ChildResult {
  std::vector<double> values;        ///< what the work returned
  std::uint64_t peak_rss_bytes = 0;  ///< of the child, what it shares with this process included
};

/// Forks, does `work` in the child, waits. Throws std::runtime_error when the child fails; its message is on stderr.
[[nodiscard]] ChildResult in_child(const std::function<std::vector<double>()>& work);

}  // namespace twinvoice::bench
