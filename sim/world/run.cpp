#include "sim/world/run.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/usage.hpp"
#include "sim/world/coupling.hpp"
#include "sim/world/platform.hpp"
#include "sim/world/simgrid_engine.hpp"

namespace twinvoice::world {
RunResult run_once(const plan::Plan& plan, const RunSettings& settings) {
  const auto started = std::chrono::steady_clock::now();
  const double cpu_before_s = usage_of_this_process().cpu_s;
  SimgridEngine simgrid(plan.network);
  RunResult result;
  result.facts = simgrid.facts();
  kernel::Engine kernel(plan, settings.options);
  const Platform platform(plan, simgrid.engine());
  Coupling coupling(plan, settings, platform, kernel, simgrid.engine());
  coupling.run();

  kernel.close(coupling.end_ns());
  measure::RunRecord& record = result.record;
  std::vector<std::string> breaches = kernel.audit();
  record = kernel.record();
  record.followed_to_ns = std::max(coupling.end_ns(), record.end_ns);
  record.replication = settings.options.replication;
  record.seed = settings.options.seed;
  record.complete = coupling.stop() == kernel::Stop::kBound;
  record.stop = kernel::stop_text(coupling.stop());
  record.breaches = std::move(breaches);
  record.marks = coupling.take_marks();
  record.turns = coupling.take_turns();
  record.world_syncs = coupling.synchronisations();
  if (settings.options.request_log) {
    result.requests = kernel.request_log();
    std::sort(result.requests.begin(), result.requests.end());
  }
  record.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const Usage usage = usage_of_this_process();
  record.cpu_s = usage.cpu_s - cpu_before_s;
  record.peak_rss_bytes = usage.peak_rss_bytes;
  return result;
}

}  // namespace twinvoice::world
