// W2 as somebody would write it with SimGrid alone.
#pragma once

#include <cstdint>

#include "tests/bench/tandem.hpp"

namespace twinvoice::bench {

/// Both have server actors, one mailbox per station, requests as messages of one byte, network model CM02.
enum class SimgridStyle : std::uint8_t {
  kUsual,  ///< a host of 8 cores per station, an Exec per service, links of 10 Gbps and 50 us between neighbours
  kLeast,  ///< one host for all, sleep_for as service, loopback of 1 TB/s without latency: all that can be left out is
};

/// The draws are those of the Plan of W2. Runs until `requests` of them are through. Makes SimGrid's engine: once in a
/// process.
[[nodiscard]] Figures run_plain_simgrid(std::uint64_t requests, SimgridStyle style);

}  // namespace twinvoice::bench
