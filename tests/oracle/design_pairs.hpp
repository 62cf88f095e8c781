// Designs whose unavailability is known by a closed formula: twenty pairs of them, B with 1.25 times the unavailability of A.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/scenario.hpp"
#include "tests/support/compile_text.hpp"

namespace twinvoice::testing {

inline constexpr double kFactor = 1.25;

/// A service behind an operation "op", as JSON members.
struct Design {
  std::string component = R"("demand":"1 ms")";
  std::string client;
  std::string more_components;
  double rate_per_s = 1.0;
  double horizon_s = 1000.0;
  double warm_up_s = 0.0;
};

/// The requests fail with probability `error_rate`; `client` holds members of their client.
Design failing(double error_rate, const std::string& client, double horizon_s);
/// The same without retries behind a front that fails with probability `front_error_rate`.
Design failing_behind_front(double front_error_rate, double error_rate, double horizon_s);

struct DesignPair {
  std::string name;
  double unavailability;  ///< of A
  Design a, b;
};

/// The twenty, of four kinds: components that fail and are repaired, errors, timeouts, losses.
std::vector<DesignPair> all_pairs();

/// A compiled design that plays replications in the kernel.
class DesignPlayer {
 public:
  explicit DesignPlayer(const Design& design);
  /// Unavailability of one replication, as a campaign stores it; 0 when it had no request.
  double operator()(std::uint64_t seed, std::uint64_t replication) const;

 private:
  Compiled made_;
  report::Scenario scenario_;
};

}  // namespace twinvoice::testing
