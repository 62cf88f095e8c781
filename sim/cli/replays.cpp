#include "sim/cli/replays.hpp"

#include <map>
#include <optional>
#include <utility>

#include "sim/compile/compile.hpp"

namespace twinvoice::cli {
namespace {

plan::Plan without_fault(spec::Experiment experiment, std::size_t declared, const models::Catalog& catalog) {
  experiment.faults.erase(experiment.faults.begin() + static_cast<std::ptrdiff_t>(declared));
  return compile::compile(experiment, catalog);
}

}  // namespace

report::Replays play_without(const spec::Experiment& experiment, const plan::Plan& plan,
                             const models::Catalog& catalog, std::span<const measure::RunRecord> runs,
                             const std::set<report::ReplayKey>& wanted, const Player& player) {
  std::map<std::size_t, std::vector<std::size_t>> positions;  // by fault
  for (const auto& [position, fault] : wanted) positions[fault].push_back(position);
  report::Replays replays;
  for (const auto& [fault, list] : positions) {
    const plan::Plan other = without_fault(experiment, plan.faults[fault].declared, catalog);
    std::vector<std::uint64_t> replications;
    for (const std::size_t position : list) replications.push_back(runs[position].replication);
    std::vector<std::optional<measure::RunRecord>> records = player(other, replications);
    for (std::size_t i = 0; i < list.size() && i < records.size(); ++i) {
      if (records[i] && records[i]->complete)
        replays.emplace(std::pair(list[i], fault), std::move(*records[i]));
    }
  }
  return replays;
}

}  // namespace twinvoice::cli
