// What the policies of a call did: attempts and retries, ejections, breakers, answers that came too late.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/wire.hpp"

namespace twinvoice::measure {

/// Counts of one call over some time, each booked when it happens.
struct CallCounts {
  std::uint32_t attempts = 0;    ///< sent to a replica, first ones, retries and hedges
  std::uint32_t further = 0;     ///< of these, the ones that were not the first of their call
  std::uint32_t retries = 0;     ///< decisions to try again after a failure
  std::uint32_t hedges = 0;      ///< attempts begun while another was out
  std::uint32_t ejections = 0;   ///< of a replica, by one caller
  std::uint32_t openings = 0;    ///< of a caller's breaker
  std::uint32_t rejections = 0;  ///< attempts that an open breaker kept from being sent
  std::uint32_t late = 0;        ///< attempts that ended when nobody waited for their answer any more

  [[nodiscard]] auto all() const {
    return std::array{attempts, further, retries, hedges, ejections, openings, rejections, late};
  }
  [[nodiscard]] auto all() {
    return std::array{&attempts, &further, &retries, &hedges, &ejections, &openings, &rejections, &late};
  }
  void add(const CallCounts& other) {
    const auto theirs = other.all();
    const auto mine = all();
    for (std::size_t i = 0; i < mine.size(); ++i) *mine[i] += theirs[i];
  }
  friend bool operator==(const CallCounts&, const CallCounts&) = default;
};

/// One call in one run, up to its horizon.
struct CallRecord {
  CallCounts measured;              ///< from the warm-up on
  std::vector<CallCounts> windows;  ///< by plan::CallGroups, those of the warm-up too
  friend bool operator==(const CallRecord&, const CallRecord&) = default;
};

inline void write_counts(wire::Writer& out, const CallCounts& counts) {
  for (const std::uint32_t n : counts.all()) out.u32(n);
}
inline CallCounts read_call_counts(wire::Reader& in) {
  CallCounts counts;
  for (std::uint32_t* n : counts.all()) *n = in.u32();
  return counts;
}

}  // namespace twinvoice::measure
