#include "tests/bench/national_day.hpp"

#include <stdexcept>
#include <vector>

#include "sim/compile/compile.hpp"
#include "sim/world/replications.hpp"
#include "tests/bench/child.hpp"
#include "tests/bench/timing.hpp"

namespace twinvoice::bench {

NationalDay::NationalDay()
    : experiment_(spec::load_experiment(TWINVOICE_SOURCE_DIR "/experiments/national-day.json", catalog_)),
      plan_(compile::compile(experiment_, catalog_)) {}

world::RunSettings NationalDay::settings(const plan::Plan& plan) const {
  world::RunSettings settings;
  settings.options.seed = plan.seed;
  settings.procedures = catalog_.procedures(experiment_.topology, plan);
  return settings;
}

DayFigures NationalDay::run(const plan::Plan& plan, const world::RunSettings& settings) {
  const ChildResult child = in_child([&] {
    const double begun_s = cpu_s();
    const world::RunResult result = world::run_once(plan, settings);
    const double cpu = cpu_s() - begun_s;
    for (const std::string& breach : result.record.breaches) throw std::runtime_error(breach);
    std::uint64_t requests = 0;
    for (const measure::OperationBook& book : result.record.operations) requests += book.all.arrived;
    return std::vector<double>{cpu, static_cast<double>(result.record.hops),
                               static_cast<double>(result.record.events), static_cast<double>(requests),
                               static_cast<double>(result.record.world_syncs)};
  });
  const std::vector<double>& v = child.values;
  return {v.at(0), v.at(1), v.at(2), v.at(3), v.at(4), static_cast<double>(child.peak_rss_bytes)};
}

plan::Plan NationalDay::with_peak_at(Nanos peak_ns, Nanos horizon_ns) const {
  plan::Plan plan = plan_;
  plan.horizon_ns = horizon_ns;
  for (plan::Source& source : plan.sources) source.peak_ns = peak_ns;
  return plan;
}

DayFigures NationalDay::slice(Nanos length_ns, Nanos after_peak_ns, const Change& change) const {
  plan::Plan plan = with_peak_at(-after_peak_ns, length_ns);
  world::RunSettings run_settings = settings(plan);
  if (change) change(plan, run_settings);
  return run(plan, run_settings);
}

DayFigures NationalDay::whole() const { return run(plan_, settings(plan_)); }

DayFigures NationalDay::begun(std::uint64_t events) const {
  plan::Plan plan = with_peak_at(0, plan_.horizon_ns);
  plan.max_events = events;
  return run(plan, settings(plan));
}

double NationalDay::empty_run_s(std::uint64_t runs) const {
  const plan::Plan plan = with_peak_at(0, 1'000);
  // In a child, so that the records of the runs do not stay with this process, whose children others measure.
  const ChildResult child = in_child([&] {
    world::PoolOptions pool;
    pool.workers = 1;
    const double begun_s = cpu_with_children_s();
    for (const world::Replication& replication :
         world::run_replications(plan, settings(plan), 0, runs, pool)) {
      if (!replication.error.empty()) throw std::runtime_error(replication.error);
    }
    return std::vector<double>{(cpu_with_children_s() - begun_s) / static_cast<double>(runs)};
  });
  return child.values.at(0);
}

}  // namespace twinvoice::bench
