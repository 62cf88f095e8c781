// Memory that reads as zero and is taken from the machine only where it is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace twinvoice::measure {

struct FreeCounts {
  void operator()(std::uint64_t* counts) const { std::free(counts); }
};

using Counts = std::unique_ptr<std::uint64_t[], FreeCounts>;

/// `n` counters at zero. calloc and not a vector: a vector writes every page, and a grid of thousands of
/// buckets of which a run fills a few hundred would cost its full size for each measured quantity.
[[nodiscard]] inline Counts zeroed_counts(std::size_t n) {
  auto* counts = static_cast<std::uint64_t*>(std::calloc(n, sizeof(std::uint64_t)));
  if (counts == nullptr) throw std::bad_alloc();
  return Counts(counts);
}

}  // namespace twinvoice::measure
