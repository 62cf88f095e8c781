#include "tests/bench/growth_plans.hpp"

#include <fmt/format.h>

#include <string>

#include "sim/kernel/engine.hpp"
#include "tests/bench/timing.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::bench {
namespace {

constexpr std::uint16_t kVisits = 16;
constexpr std::uint32_t kOperations = 10;
constexpr std::uint32_t kCalls = 200;  ///< of one request
constexpr double kCalls_per_s = 10'000.0;

}  // namespace

plan::Plan plan_in_flight(std::uint32_t requests, Nanos horizon_ns) {
  testing::PlanBuilder b;
  const plan::LocationId here = b.location("here");
  const plan::StationId station = b.station(b.component("crowd", here), plan::kUnlimited);
  const plan::ProgramId root =
      b.program("visits").serve(station, b.exponential(1.0)).repeat(1, kVisits).end();
  b.poisson(b.operation("visits", root, here), static_cast<double>(requests) / kVisits);
  return b.horizon(horizon_ns).build();
}

plan::Plan plan_of_components(std::uint32_t components, Nanos horizon_ns) {
  testing::PlanBuilder b;
  const plan::LocationId here = b.location("here");
  const plan::LawId demand = b.exponential(0.010);
  const std::uint32_t share = components / kOperations;
  for (std::uint32_t operation = 0; operation < kOperations; ++operation) {
    const std::string client = fmt::format("client-{}", operation);
    testing::ProgramText root = b.program(client);
    for (std::uint32_t i = 0; i < share; ++i) {
      const std::string name = fmt::format("part-{}-{}", operation, i);
      const plan::ComponentId part = b.component(name, here);
      const plan::StationId station = b.station(part, plan::kUnlimited);
      const plan::ProgramId work = b.program(name, part).hop_in().serve(station, demand).reply();
      root.call(b.call(client + ">" + name, part, work));
    }
    root.repeat(share, static_cast<std::uint16_t>(kCalls / share));
    b.poisson(b.operation(client, root.end(), here), kCalls_per_s / kCalls / kOperations);
  }
  return b.horizon(horizon_ns).build();
}

double ns_per_event(const plan::Plan& plan, Nanos warm_up_ns) {
  kernel::RunOptions options;
  options.seed = plan.seed;
  kernel::Engine engine(plan, options);
  engine.run_until(warm_up_ns);
  const std::uint64_t events = engine.counts().events;
  const double begun_s = cpu_s();
  engine.run_until(plan.horizon_ns);
  return (cpu_s() - begun_s) * 1e9 / static_cast<double>(engine.counts().events - events);
}

}  // namespace twinvoice::bench
