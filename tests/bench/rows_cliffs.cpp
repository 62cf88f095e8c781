#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/kernel/engine.hpp"
#include "sim/world/replications.hpp"
#include "tests/bench/child.hpp"
#include "tests/bench/cliff_plans.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/timing.hpp"
#include "tests/support/compile_text.hpp"

namespace twinvoice::bench {
namespace {

/// A database with a follower in another site, one write in eight hours, batches every 100 ms: a day.
constexpr const char* kIdleTopology = R"("sites": {"a": {"region": "x"}, "b": {"region": "x"}},
  "links": {"line": {"between": ["a", "b"], "latency": "5 ms", "bandwidth": "1 Gbps"}},
  "components": {"db": {"model": "database", "demand": "1 ms", "replicas": {"a": 1, "b": 1}, "primary": "a",
    "replication": {"to": "b", "mode": "async", "batch_every": "100 ms"}}},
  "operations": {"write": {"entry": "db", "from": "a"}})";
constexpr const char* kIdleExperiment =
    R"("name": "idle", "horizon": "24 h", "load": {"write": {"deterministic": "8 h", "first_at": "1 h"}})";

double cost_of(const plan::Plan& plan) {
  return in_child([&] {
           const double begun_s = cpu_s();
           kernel::RunOptions options;
           options.seed = plan.seed;
           kernel::Engine engine(plan, options);
           engine.run_until(plan.horizon_ns);
           return std::vector<double>{cpu_s() - begun_s};
         })
      .values.at(0);
}

/// The cost of each of so many beside that of each of a quarter of them: linear is 1.
void add_row(Table& table, const std::string& id, const std::string& what, std::uint32_t most,
             const Options& options, const std::function<plan::Plan(std::uint32_t)>& plan_of) {
  const plan::Plan all = plan_of(most);
  const plan::Plan quarter = plan_of(most / 4);
  std::vector<double> costs_ns, quarter_costs_ns;
  for (int i = 0; i < options.repetitions(5); ++i) {
    costs_ns.push_back(cost_of(all) * 1e9 / most);
    quarter_costs_ns.push_back(cost_of(quarter) * 1e9 / (most / 4));
  }
  Row row;
  row.id = id;
  row.what = fmt::format("{} {}: each", most, what);
  row.ours = fmt::format("{:.0f} ns", spread_of(costs_ns).median);
  row.beside = fmt::format("of {} {:.0f} ns", most / 4, spread_of(quarter_costs_ns).median);
  row.ratio = ratio_of(costs_ns, quarter_costs_ns);
  row.target = "<= 2";
  row.met = row.ratio->median <= 2.0;
  row.figures = {{"ns", spread_of(costs_ns).median}, {"ns_at_a_quarter", spread_of(quarter_costs_ns).median}};
  table.add(std::move(row));
}

void add_idle_stream_row(Table& table) {
  const testing::Compiled idle = testing::compile_text(kIdleTopology, kIdleExperiment);
  const ChildResult child = in_child([&] {
    world::RunSettings settings;
    settings.procedures = testing::catalog().procedures(idle.topology, idle.plan);
    const double begun_s = cpu_s();
    const world::RunResult result = world::run_once(idle.plan, settings);
    return std::vector<double>{static_cast<double>(result.record.world_syncs), cpu_s() - begun_s};
  });
  Row row;
  row.id = "idle-stream";
  row.what = "a day of replication, 3 records: world syncs";
  row.ours = fmt::format("{:.0f}", child.values.at(0));
  row.beside = "batches 864 000";
  row.target = "<= 30";
  row.met = child.values.at(0) <= 30.0;
  row.figures = {{"world_syncs", child.values.at(0)}, {"cpu_s", child.values.at(1)}};
  table.add(std::move(row));
}

}  // namespace

void add_cliff_rows(Table& table, const Options& options) {
  add_row(table, "held-at-a-cut", "answers held at one cut", 240'000, options, plan_of_answers_held);
  add_row(table, "dying-replicas", "replicas that die at once", 40'000, options, plan_of_dying_replicas);
  add_idle_stream_row(table);
}

}  // namespace twinvoice::bench
