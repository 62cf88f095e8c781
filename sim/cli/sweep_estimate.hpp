// What a sweep will cost, before it is run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "models/catalog.hpp"
#include "sim/campaign/cell.hpp"

namespace twinvoice::cli {

inline constexpr double kSecondsOfRun = 0.01;  ///< processor time of a replication without any request

/// From the offered load: arrivals of all operations within the horizon, times the visits of a request to stations.
struct OfferedLoad {
  std::size_t sampled = 0;     ///< cells that were looked at, evenly over the design
  std::size_t overloaded = 0;  ///< of these: a station or a pool is offered more than it can do
  double seconds = 0.0;  ///< of processor time, mean over these cells, for one replication; NaN: unknown
  std::map<std::size_t, double> cells;  ///< the same by position
  std::size_t operations = 0;           ///< that get a load, most over these cells
};

/// Looks at up to 200 cells. Throws InvalidInput when one of them cannot be run.
[[nodiscard]] OfferedLoad offered_load(const campaign::Cells& cells, const models::Catalog& catalog);

/// From a store: the cells of this sweep that it already holds.
struct Experience {
  std::size_t cells = 0;           ///< complete ones
  std::uint64_t replications = 0;  ///< of these
  double seconds = 0.0;            ///< of processor time, mean of a replication
  double bytes = 0.0;              ///< of the store, mean of a replication of all its cells
};

/// Throws StoreError when the store cannot be read.
[[nodiscard]] Experience experience(const campaign::Cells& cells, const std::string& store_path);

}  // namespace twinvoice::cli
