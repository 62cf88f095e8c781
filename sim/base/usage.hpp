// What this process and its finished children have used of the machine. For the figures about the program itself; nothing
// in a simulated world may depend on it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace twinvoice {

struct Usage {
  double cpu_s = 0.0;  ///< processor time, user and system; neighbours on the machine do not count
  std::uint64_t peak_rss_bytes = 0;  ///< largest resident memory so far (of children: of the largest one)
};

[[nodiscard]] Usage usage_of_this_process();
/// Children that have been waited for.
[[nodiscard]] Usage usage_of_children();
/// Memory of a running process that is resident now; 0 when it cannot be told.
[[nodiscard]] std::uint64_t resident_bytes(pid_t process);

}  // namespace twinvoice
