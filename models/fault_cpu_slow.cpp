// Model: replicas compute more slowly: a gray failure.
//
// What it models: thermal throttling, stolen CPU time, a debug build: service times stretch and nothing fails
//   by itself.
// Parameters: target  "component", "component@site" or "component@site/zone", required; mode one | all |
//   fixed | percent, default all, with count or percent: the lowest ordinals are hit first. factor > 0 (at most 1e6),
//   required: service times are multiplied by it (2 = twice as long). `ramp`: in ten equal steps of the
//   speed.
// Equations: speed = 1 / factor, several faults multiply; work in service is re-timed: remaining demand / new
//   speed.
// Assumptions and limits: all work of the replica slows down alike; its network does not.
// References: Chaos Mesh StressChaos; P. Huang et al., "Gray failure", HotOS 2017.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct CpuSlow {
  spec::InstancesRef target;
  compile::HitSpec hit;
  double factor = 1.0;

  void describe(spec::Fields& f) {
    f.required("target", target, "\"component\", \"component@site\" or \"component@site/zone\"");
    hit.describe(f);
    f.required("factor", factor, "service times are multiplied by it", spec::Range{0.0, 1e6, true});
  }

  void lower(compile::FaultBuilder& b) const {
    for (const plan::InstanceId instance : b.instances(target, hit)) {
      for (const plan::StationId station : b.stations_of(instance)) {
        b.ramp(plan::Knob::kStationSpeed, station.value, 1.0, 1.0 / factor);
      }
    }
  }
};

}  // namespace

compile::FaultModel make_fault_cpu_slow() {
  return compile::fault<CpuSlow>("cpu_slow", "replicas compute more slowly");
}

}  // namespace twinvoice::models
