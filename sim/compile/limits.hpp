// How large a Plan may grow. An input that asks for more is refused at the place that asks (Draft::bound), so that no input
// exhausts the memory: at these bounds a Plan and the state of one run stay below about 2 GB.
#pragma once

#include <cstddef>

namespace twinvoice::compile {

inline constexpr std::size_t kMostLocations = 256;  ///< there is a route between every two
inline constexpr std::size_t kMostComponents =
    4'000;  ///< with the operations: below the 8192 of an event key
inline constexpr std::size_t kMostOperations = 1'000;
inline constexpr std::size_t kMostInstances = 200'000;
inline constexpr std::size_t kMostResources = 1'000'000;  ///< of one kind: stations, pools, cells, gates
inline constexpr std::size_t kMostSteps = 1'000'000;
inline constexpr std::size_t kMostCalls = 65'535;  ///< a Connect names its call in 16 bits
inline constexpr std::size_t kMostCallDepth = 200;
inline constexpr std::size_t kMostPeers =
    4'000'000;  ///< (call, replica of the caller, replica of the callee)
inline constexpr std::size_t kMostTurns = 1'000'000;  ///< timed changes that faults make
inline constexpr std::size_t kMostFaults = 10'000;
inline constexpr std::size_t kMostProcedures = 4'000;       ///< effect ids leave room for 65280
inline constexpr std::size_t kMostKeptMegabytes = 500;      ///< that procedures remember, all together
inline constexpr std::size_t kMostShards = 10'000;          ///< of all logs together
inline constexpr std::size_t kMostJobs = 1'000'000;         ///< that wait at the start
inline constexpr std::size_t kMostConnections = 1'000'000;  ///< that exist at the start
inline constexpr std::size_t kMostBacklog =
    4'000'000;  ///< log records not yet applied everywhere at the start
inline constexpr std::size_t kMostWindows = 10'000'000;  ///< of availability by time, over all operations
inline constexpr std::size_t kMostResultMegabytes =
    2'500;  ///< what all replications leave, until it is reported

}  // namespace twinvoice::compile
