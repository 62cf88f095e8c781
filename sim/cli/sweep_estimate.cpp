#include "sim/cli/sweep_estimate.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/compile/compile.hpp"
#include "sim/compile/traffic.hpp"
#include "sim/store/store.hpp"

namespace twinvoice::cli {
namespace {

constexpr std::size_t kMostSampled = 200;

std::size_t loaded(const compile::PlanAnalysis& analysis) {
  return static_cast<std::size_t>(
      std::count_if(analysis.operations.begin(), analysis.operations.end(),
                    [](const auto& operation) { return operation.peak_per_s > 0.0; }));
}

/// Something is offered more than it can do, at the peak at least.
bool overloaded(const compile::PlanAnalysis& analysis) {
  const auto full = [](const auto& resource) { return resource.peak_utilisation >= 1.0; };
  return std::any_of(analysis.stations.begin(), analysis.stations.end(), full) ||
         std::any_of(analysis.pools.begin(), analysis.pools.end(), full);
}

}  // namespace

OfferedLoad offered_load(const campaign::Cells& cells, const models::Catalog& catalog) {
  OfferedLoad out;
  const std::size_t stride = (cells.size() + kMostSampled - 1) / kMostSampled;
  for (std::size_t i = 0; i < cells.size(); i += stride) {
    const campaign::Cell cell = cells.at(i);
    const compile::PlanAnalysis analysis =
        compile::analyse(compile::compile(campaign::experiment_of(cell, catalog), catalog));
    const double seconds = kSecondsOfRun + analysis.hops * compile::kNanosPerHop * 1e-9;
    out.cells[i] = seconds;
    out.seconds += seconds;
    out.operations = std::max(out.operations, loaded(analysis));
    if (overloaded(analysis)) ++out.overloaded;
    ++out.sampled;
  }
  out.seconds /= static_cast<double>(out.sampled);
  return out;
}

Experience experience(const campaign::Cells& cells, const std::string& store_path) {
  const store::Store store(store_path, store::Store::Mode::kRead);
  const store::Snapshot snapshot(store);
  const std::vector<std::string> finished = store.finished();
  std::set<std::string> ids;
  for (std::size_t i = 0; i < cells.size() && !finished.empty(); ++i) {
    std::string id = cells.at(i).id;
    if (std::binary_search(finished.begin(), finished.end(), id)) ids.insert(std::move(id));
  }
  Experience out;
  out.cells = ids.size();
  for (const std::string& id : ids) {
    for (const store::ReplicationRow& row : store.replications(id, store::Store::Detail::kWithoutLatencies)) {
      out.seconds += row.cpu_s;
      ++out.replications;
    }
  }
  if (out.replications > 0) out.seconds /= static_cast<double>(out.replications);
  std::uint64_t stored = 0;
  for (const store::CellSummary& cell : store.summaries()) stored += cell.replications;
  std::error_code unknown;
  const auto size = std::filesystem::file_size(store_path, unknown);
  if (!unknown && stored > 0) out.bytes = static_cast<double>(size) / static_cast<double>(stored);
  return out;
}

}  // namespace twinvoice::cli
