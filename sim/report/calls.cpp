// What the policies of calls did: how much load retries and hedges made, and when replicas were ejected, breakers opened and answers came
// too late. Counts are of what happened from the warm-up to the horizon, each at its own time.
#include "sim/report/build.hpp"
#include "sim/report/recovery.hpp"

namespace twinvoice::report {

void CallTotals::add(const measure::CallCounts& c) {
  attempts += c.attempts;
  further += c.further;
  retries += c.retries;
  hedges += c.hedges;
  ejections += c.ejections;
  openings += c.openings;
  rejections += c.rejections;
  late += c.late;
}

std::vector<CallResult> call_results(const Scenario& scenario, std::span<const measure::RunRecord> runs) {
  std::vector<CallResult> results;
  for (std::size_t c = 0; c < scenario.calls.size(); ++c) {
    CallResult result;
    result.info = scenario.calls[c];
    std::vector<double> amplification;
    for (const measure::RunRecord& run : runs) {
      if (c >= run.calls.size()) continue;
      const measure::CallRecord& call = run.calls[c];
      result.measured.add(call.measured);
      const std::uint32_t first = call.measured.attempts - call.measured.further;
      if (first > 0) amplification.push_back(static_cast<double>(call.measured.attempts) / first);
      result.timeline.resize(std::max(result.timeline.size(), call.windows.size()));
      for (std::size_t w = 0; w < call.windows.size(); ++w) result.timeline[w].add(call.windows[w]);
    }
    if (result.measured.attempts == 0 && !result.measured.eventful()) continue;
    result.amplification = over_replications(amplification);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace twinvoice::report
