// Worlds drawn from a seed, as the texts that a user would write: sites, links, components that call each other, policies, loads that end,
// faults that end.
#pragma once

#include <cstdint>
#include <string>

namespace twinvoice::testing {

struct RandomWorld {
  std::string topology;
  std::string experiment;
  bool ends = true;  ///< the load ends long before the horizon: everything must have drained by then
};

/// The same seed gives the same texts everywhere. Half of all times are whole milliseconds, so that events meet at one instant.
[[nodiscard]] RandomWorld random_world(std::uint64_t seed);

}  // namespace twinvoice::testing
