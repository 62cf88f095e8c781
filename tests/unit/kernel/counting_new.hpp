// The allocator of this test program counts: a test can prove that a stretch of a run allocates nothing.
#pragma once

#include <cstdint>

namespace twinvoice::testing {

/// Calls of operator new so far.
[[nodiscard]] std::uint64_t allocations();

}  // namespace twinvoice::testing
