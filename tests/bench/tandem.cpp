#include "tests/bench/tandem.hpp"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>
#include <string>

#include "sim/kernel/engine.hpp"
#include "tests/bench/timing.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::bench {
namespace {

using testing::PlanBuilder;
using testing::ProgramText;

std::string component_name(std::uint32_t k) { return fmt::format("station-{}", k); }
std::string call_name(std::uint32_t k) { return fmt::format("call-{}", k); }
std::string demand_name(std::uint32_t k) { return fmt::format("demand-{}", k); }

std::vector<plan::ComponentId> add_components(PlanBuilder& b, plan::LocationId here) {
  std::vector<plan::ComponentId> components;
  for (std::uint32_t k = 0; k < kStations; ++k) components.push_back(b.component(component_name(k), here));
  return components;
}

/// One visit after the other in one program. The draws are keyed by the program's owner.
void add_visits(PlanBuilder& b, ProgramText& text, const std::vector<plan::ComponentId>& components) {
  const plan::LawId demand = b.exponential(kMeanDemand_s);
  for (std::uint32_t k = 0; k < kStations; ++k)
    text.serve(b.station(components[k], kServers), demand, demand_name(k));
}

plan::CallSite limited_call() {
  plan::CallSite policy;
  policy.retries.attempts = 1;
  policy.retries.per_try_timeout_ns = kTryLimit_ns;
  policy.retries.on = std::numeric_limits<std::uint8_t>::max();  // every kind of failure
  return policy;
}

plan::ProgramId tandem(PlanBuilder& b, plan::LocationId here, bool limited) {
  const auto components = add_components(b, here);
  if (!limited) {
    ProgramText root = b.program("tandem");
    add_visits(b, root, components);
    return root.end();
  }
  ProgramText work = b.program("tandem");
  add_visits(b, work, components);
  return b.program("client").call(b.call(call_name(0), components[0], work.end(), {}, limited_call())).end();
}

plan::ProgramId nested(PlanBuilder& b, plan::LocationId here) {
  const auto components = add_components(b, here);
  const plan::LawId half = b.exponential(kMeanDemand_s / 2.0);
  plan::CallSiteId deeper;
  for (std::uint32_t k = kStations; k-- > 0;) {
    const plan::ComponentId c = components[k];
    const plan::PoolId pool = b.pool(c, kPoolSlots);
    const plan::StationId station = b.station(c, kServers);
    ProgramText work = b.program(component_name(k), c);
    work.acquire(pool).serve(station, half, "in");
    if (k + 1 < kStations) work.call(deeper);
    work.serve(station, half, "out").release(pool);
    const plan::ComponentId caller = k > 0 ? components[k - 1] : plan::ComponentId{};
    deeper = b.call(call_name(k), c, work.end(), caller, k > 0 ? plan::CallSite{} : limited_call());
  }
  return b.program("client").call(deeper).end();
}

}  // namespace

plan::Plan plan_of(System system, Nanos horizon_ns) {
  PlanBuilder b;
  const plan::LocationId here = b.location("here");
  const plan::ProgramId root =
      system == System::kW5 ? nested(b, here) : tandem(b, here, system == System::kW3);
  b.poisson(b.operation("requests", root, here), kArrivals_per_s);
  return b.horizon(horizon_ns).seed(kSeed).build();
}

Keys keys_of(System system) {
  Keys keys;
  keys.source = random::hash_name("requests");
  keys.gap = random::purpose_of("source", "gap");
  for (std::uint32_t k = 0; k < kStations; ++k) {
    keys.call[k] = random::hash_name(call_name(k));
    if (system == System::kW5) {
      keys.demand[k] = random::purpose_of(component_name(k), "in");
      keys.back[k] = random::purpose_of(component_name(k), "out");
    } else {
      keys.demand[k] = random::purpose_of("tandem", demand_name(k));
    }
  }
  return keys;
}

Figures run_kernel(const plan::Plan& plan) {
  kernel::RunOptions options;
  options.seed = plan.seed;
  kernel::Engine engine(plan, options);
  const double begun_s = cpu_s();
  const kernel::Stop stop = engine.run_until(plan.horizon_ns);
  Figures figures;
  figures.cpu_s = cpu_s() - begun_s;
  if (stop != kernel::Stop::kBound)
    throw std::runtime_error("the kernel stopped: " + kernel::stop_text(stop));
  engine.close(plan.horizon_ns);
  const measure::OperationBook& book = engine.ledger().books().front();
  figures.hops = engine.counts().hops;
  figures.events = engine.counts().events;
  figures.completed = book.all.succeeded;
  figures.failed = book.all.failed;
  figures.latency_sum_ns = static_cast<std::int64_t>(book.latency_sum_ns);
  return figures;
}

}  // namespace twinvoice::bench
