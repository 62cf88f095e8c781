#include "tests/bench/cliff_plans.hpp"

#include <vector>

#include "tests/support/plan_builder.hpp"

namespace twinvoice::bench {
namespace {

constexpr Nanos kMs = kNanosPerSecond / 1000;
constexpr std::size_t kReplicas = 10;

}  // namespace

plan::Plan plan_of_answers_held(std::uint32_t requests) {
  testing::PlanBuilder b;
  const plan::LocationId clients = b.location("clients");
  const plan::LocationId service = b.location("service");
  b.link(clients, service, 5 * kMs, 0.0, 0.0, false);
  const plan::ComponentId api = b.component("api", service, kReplicas);
  // Exponential: the answers are held in another order than that of their requests.
  const plan::ProgramId work =
      b.program("api", api).hop_in().serve(b.station(api, plan::kUnlimited), b.exponential(0.5)).reply();
  const plan::ProgramId root = b.program("client").call(b.call("client>api", api, work)).end();
  b.deterministic(b.operation("ask", root, clients), kNanosPerSecond / requests, requests);
  const plan::FaultId cut = b.fault("cut", 0, 15 * kNanosPerSecond);
  b.hold(cut, plan::Knob::kPathBlocked, b.path(service, clients));
  return b.horizon(20 * kNanosPerSecond).build();
}

plan::Plan plan_of_dying_replicas(std::uint32_t replicas) {
  testing::PlanBuilder b;
  const plan::ComponentId api = b.component("api", b.location("here"), replicas);
  const plan::FaultId kill = b.fault("kill", kNanosPerSecond, 2 * kNanosPerSecond);
  const std::uint32_t first = b.plan.components[api.index()].first_instance;
  for (std::uint32_t i = 0; i < replicas; ++i) {
    b.hold(kill, plan::Knob::kInstanceDown, first + i);
    b.impulse(kill, plan::Impulse::kReset, first + i);
  }
  return b.horizon(3 * kNanosPerSecond).build();
}

}  // namespace twinvoice::bench
