// The interruptions of one operation in one replication: when it failed or was late more often than it may.
#pragma once

#include <span>
#include <vector>

#include "sim/measure/fault_span.hpp"
#include "sim/measure/interruption.hpp"
#include "sim/measure/request_times.hpp"

namespace twinvoice::measure {

/// An interruption is what people call one: it begins when failures come denser than the objective allows and
/// ends when health has been shown for `hold`. Two walks (walk.hpp) say that something broke: one for
/// failures at the allowed share, one for failures and late answers at that share and a hundredth; the
/// earlier alarm decides, and likelihoods (likelihood.hpp) say when. The search goes on where health shows
/// (health.hpp); two interruptions with less than `hold` between them are one, of the first one's symptom.
/// Where health never shows the last one has no end.
///
/// `requests` are all of the replication that arrived before the horizon, by arrival, those of the warm-up
/// too. In order of time; empty: nothing was interrupted. Four bad requests in a row are the least that is
/// seen. The time it takes is nearly linear in the number of requests.
[[nodiscard]] std::vector<Interruption> find_interruptions(std::span<const TimedRequest> requests,
                                                           std::span<const FaultSpan> faults,
                                                           const InterruptionSettings& settings);

}  // namespace twinvoice::measure
