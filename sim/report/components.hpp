// What single replications say of the load of a component, or of its replicas at one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/measure/histogram.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

/// The replicas of a component, all of them or those at one place.
struct ReplicaSet {
  ReplicaSet(const Scenario& scenario, std::size_t component, std::optional<std::size_t> place = {});

  bool at_a_place;
  std::vector<std::uint32_t> stations, pools;  ///< ids
};

/// Whether the servers of all its stations are limited: only then it has a utilisation.
[[nodiscard]] bool has_limited_servers(const ReplicaSet& set, const Scenario& scenario);

/// Server time at work over server time there, in [0, 1]. Of a place only the stations that had anything to do count, unless none
/// had: an idle replica does not hide a full one. None where no server was there.
[[nodiscard]] std::optional<double> utilisation_in(const measure::RunRecord& run, const ReplicaSet& set,
                                                   const Scenario& scenario);

/// Sums over the stations of one replication.
struct Waits {
  double started = 0.0, waited = 0.0, wait_s = 0.0;
  measure::Histogram waits;  ///< of stations that keep one
  bool kept = false;         ///< all stations keep one
};
[[nodiscard]] Waits waits_in(const measure::RunRecord& run, const ReplicaSet& set);

}  // namespace twinvoice::report
