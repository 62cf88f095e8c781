// When a fault of one replication began and ended.
#pragma once

#include "sim/base/time.hpp"

namespace twinvoice::measure {

struct FaultSpan {
  Nanos begin_ns = 0;
  Nanos end_ns = kNever;  ///< kNever: for good; equal to the begin: an impulse
  friend bool operator==(const FaultSpan&, const FaultSpan&) = default;
};

}  // namespace twinvoice::measure
