// Model: replicas lose a share of their servers.
//
// What it models: noisy neighbours, throttled quotas, dead cores: fewer requests are in service at once, each
//   at full speed.
// Parameters: target  "component", "component@site" or "component@site/zone", required; mode one | all |
//   fixed | percent, default all, with count or percent: the lowest ordinals are hit first. fraction [0, 1],
//   required: the share that is lost. `ramp`: in ten steps.
// Equations: servers = floor(servers x (1 - fraction)), several faults multiply; work in service goes on, a
//   server is lost when it is next free.
// Assumptions and limits: rounding is downwards, so a single core is lost by any fraction; not for stations
//   with unlimited servers.
// References: Chaos Mesh StressChaos; Linux CFS quotas.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct CapacityLoss {
  spec::InstancesRef target;
  compile::HitSpec hit;
  spec::Probability fraction;

  void describe(spec::Fields& f) {
    f.required("target", target, "\"component\", \"component@site\" or \"component@site/zone\"");
    hit.describe(f);
    f.required("fraction", fraction, "share of the cores that is lost");
  }

  void lower(compile::FaultBuilder& b) const {
    for (const plan::InstanceId instance : b.instances(target, hit)) {
      for (const plan::StationId station : b.stations_of(instance)) {
        if (b.plan().stations[station.index()].servers == plan::kUnlimited) {
          b.error(target.place, "\"" + target.id + "\" has unlimited cores: no share of them can be lost");
          return;
        }
        b.ramp(plan::Knob::kStationServers, station.value, 1.0, 1.0 - fraction.value);
      }
    }
  }
};

}  // namespace

compile::FaultModel make_fault_capacity_loss() {
  return compile::fault<CapacityLoss>("capacity_loss", "replicas lose a share of their cores");
}

}  // namespace twinvoice::models
