// The three benchmark systems of shared parameters, as numbers for the hand-written loops and as Plans for the engines.
//
//   W2  sixteen stations in a row, 8 FIFO servers each, exponential demand, Poisson arrivals at 70 % utilisation
//   W3  W2 with a limit of 800 ms on each try, cancelled when it completes, and one retry
//   W5  sixteen nested synchronous calls: each takes a pool slot, is served, calls the next, is served again when the
//       answer is there, and gives the slot back; the limit and the retry of W3 around the outermost call
#pragma once

#include <array>
#include <cstdint>

#include "sim/base/time.hpp"
#include "sim/plan/plan.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::bench {

inline constexpr std::uint32_t kStations = 16;
inline constexpr std::uint32_t kServers = 8;
inline constexpr double kMeanDemand_s =
    0.025;  ///< of one hop; W5 has half of it on the way in and half on the way out
inline constexpr double kArrivals_per_s = 0.7 * kServers / kMeanDemand_s;
inline constexpr Nanos kTryLimit_ns = 800'000'000;
inline constexpr std::uint32_t kPoolSlots = 128;
inline constexpr std::uint64_t kSeed = 7;

enum class System : std::uint8_t { kW2, kW3, kW5 };

/// The keys under which the Plan of a system draws: a loop that uses them sees the same numbers.
struct Keys {
  random::Key source = 0;                       ///< arrivals and root frames
  random::Key gap = 0;                          ///< purpose of the gaps between arrivals
  std::array<random::Key, kStations> call{};    ///< call site into station k; W3 has the first alone
  std::array<random::Key, kStations> demand{};  ///< purpose of the demand at station k; W5: on the way in
  std::array<random::Key, kStations> back{};    ///< W5: on the way out
};
[[nodiscard]] Keys keys_of(System system);

[[nodiscard]] plan::Plan plan_of(System system, Nanos horizon_ns);

/// What a run of one system yields, whoever runs it. Equal but for the time when two runs are the same.
struct Figures {
  double cpu_s = 0.0;  ///< of the event loop alone, without set-up
  std::uint64_t hops = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;  ///< both tries ran into the limit
  std::int64_t latency_sum_ns = 0;
  std::uint64_t events = 0;

  [[nodiscard]] double ns_per_hop() const { return cpu_s * 1e9 / static_cast<double>(hops); }
  [[nodiscard]] double mean_s() const {
    return static_cast<double>(latency_sum_ns) * 1e-9 / static_cast<double>(completed);
  }
  /// Whether both runs did the same, to the nanosecond.
  [[nodiscard]] bool same_as(const Figures& other) const {
    return hops == other.hops && completed == other.completed && failed == other.failed &&
           latency_sum_ns == other.latency_sum_ns;
  }
};

/// Runs a Plan in the kernel, without procedures and so without SimGrid.
[[nodiscard]] Figures run_kernel(const plan::Plan& plan);

}  // namespace twinvoice::bench
