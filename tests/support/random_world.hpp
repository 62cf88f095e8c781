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

/// What a world is drawn for.
enum class WorldKind : std::uint8_t {
  kMeeting,     ///< half of all times are whole milliseconds, so that events meet at one instant
  kContinuous,  ///< random times alone, so that two engines can be compared request by request
  kStaffed,  ///< as kMeeting, with probes, alerts, replication streams and runbooks; ends after five minutes
};

/// The same seed gives the same texts everywhere.
[[nodiscard]] RandomWorld random_world(std::uint64_t seed, WorldKind kind = WorldKind::kMeeting);

}  // namespace twinvoice::testing
