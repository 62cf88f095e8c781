// Who is to be woken when, in integer nanoseconds. SimGrid's own clock, a double, cannot hold nanoseconds beyond 48 days.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "sim/base/time.hpp"

namespace twinvoice::world {

/// Wakes ordered by (time, procedure). Each procedure has a generation that moves on whenever it resumes; wakes of an
/// earlier generation are dropped, so that a wait with several possible ends needs no cancelling.
class WakeQueue {
 public:
  explicit WakeQueue(std::size_t procedures) : generations_(procedures, 0) {}

  /// Wakes `procedure` at `at_ns` unless it resumes before.
  void wake(std::uint32_t procedure, Nanos at_ns);
  /// The procedure goes on: what was to wake it is void.
  void resumed(std::uint32_t procedure) { ++generations_[procedure]; }

  /// Time of the first wake still valid; kNever when there is none.
  [[nodiscard]] Nanos next_ns();
  /// Takes the first valid wake due at or before `now_ns`; false when there is none.
  [[nodiscard]] bool pop_due(Nanos now_ns, std::uint32_t& procedure);

 private:
  struct Wake {
    Nanos at_ns;
    std::uint32_t procedure;
    std::uint32_t generation;
    [[nodiscard]] bool operator<(const Wake& other) const {
      if (at_ns != other.at_ns) return at_ns > other.at_ns;
      if (procedure != other.procedure) return procedure > other.procedure;
      return generation > other.generation;
    }
  };
  void drop_stale();

  std::priority_queue<Wake> wakes_;
  std::vector<std::uint32_t> generations_;
};

}  // namespace twinvoice::world
