#include "sim/cli/sweep_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/compile/compile.hpp"
#include "sim/report/build.hpp"
#include "sim/report/expectation_rows.hpp"
#include "sim/report/figures.hpp"
#include "sim/world/run.hpp"

namespace twinvoice::cli {
namespace {

/// A cell as workers need it; made once in the zygote and shared with them by forking.
struct Prepared {
  plan::Plan plan;
  report::Scenario scenario;
  world::RunSettings settings;
};

std::vector<std::byte> play(const Prepared& cell, std::uint64_t replication, const world::Seat& seat) {
  world::RunSettings settings = cell.settings;
  settings.options.replication = replication;
  settings.options.stop_flag = seat.stop;
  settings.progress = seat.progress;
  const world::RunResult result = world::run_once(cell.plan, settings);
  const measure::RunRecord& record = result.record;
  if (!record.breaches.empty())
    throw EngineError(fmt::format("engine: conservation: {}", record.breaches.front()));
  if (!record.complete && !seat.stop->load()) {
    throw std::runtime_error(fmt::format("ended at {} of {}: {}", format_clock(record.end_ns),
                                         format_clock(cell.plan.horizon_ns), record.stop));
  }
  return campaign::encode_replication(report::digest(cell.scenario, record), record);
}

/// The tighter of two limits of which each may be absent.
template <class T>
void tighten(std::optional<T>& limit, const std::optional<T>& other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

void hold_to(const spec::SweepLimits& limits, spec::LimitsSpec& of) {
  tighten(of.events, limits.events);
  if (limits.memory && (!of.memory || limits.memory->count < of.memory->count)) of.memory = limits.memory;
}

}  // namespace

SweepCells::SweepCells(campaign::Cells cells)
    : cells_(std::move(cells)),
      count_outages_(cells_.replications().outages.value_or(0) > 0),
      made_([this](std::size_t position) { return cells_.at(position); }),
      scenarios_([this](std::size_t position) {
        const spec::Experiment experiment = campaign::experiment_of(cell(position), catalog_);
        return scenario_of(experiment, compile::compile(experiment, catalog_));
      }) {}

const campaign::Cell& SweepCells::cell(std::size_t position) const { return made_.at(position); }

campaign::Program SweepCells::prepare(std::size_t position) const {
  spec::Experiment experiment = campaign::experiment_of(cell(position), catalog_);
  hold_to(cells_.sweep().limits, experiment.limits);
  const auto prepared = std::make_shared<Prepared>();
  prepared->plan = compile::compile(experiment, catalog_);
  prepared->scenario = scenario_of(experiment, prepared->plan);
  prepared->settings.options.seed = prepared->plan.seed;
  prepared->settings.procedures = catalog_.procedures(experiment.topology, prepared->plan);
  return [prepared](std::uint64_t replication, const world::Seat& seat) {
    return play(*prepared, replication, seat);
  };
}

store::CellRow SweepCells::row(std::size_t position) const {
  const campaign::Cell& one = cell(position);
  store::CellRow row;
  row.id = one.id;
  row.label = one.label;
  row.seed = one.seed;
  row.tool_version = cells_.identity().tool_version;
  row.experiment_text = one.experiment_text;
  row.topology_text = one.topology_text;
  return row;
}

campaign::Evaluation SweepCells::evaluate(std::size_t position,
                                          std::span<const measure::RunRecord> records) const {
  report::Scenario scenario = scenarios_.at(position);
  scenario.replications = records.size();
  campaign::Evaluation seen;
  for (const measure::RunRecord& record : records) {
    if (count_outages_) seen.outages += report::outages(scenario, record);
  }
  const report::ResultDocument document = report::build(std::move(scenario), records);
  seen.figures = report::figures(document);
  seen.expectations = report::expectation_rows(document);
  return seen;
}

std::vector<std::string> SweepCells::figure_names(std::size_t position) const {
  return report::figure_names(scenarios_.at(position));
}

campaign::Tools SweepCells::tools() const {
  campaign::Tools tools;
  tools.prepare = [this](std::size_t position) { return prepare(position); };
  tools.row = [this](std::size_t position) { return row(position); };
  tools.evaluate = [this](std::size_t position, std::span<const measure::RunRecord> records) {
    return evaluate(position, records);
  };
  tools.full_name = [](std::span<const std::string> names, std::string_view written, std::string& problem) {
    return report::full_name(names, written, problem);
  };
  return tools;
}

}  // namespace twinvoice::cli
