// Model: replicas stand still.
//
// What it models: a frozen process (SIGSTOP, a long collection, a hung hypervisor). Nothing of its requests
//   moves; messages to it wait; when it goes on, everything goes on where it stood.
// Parameters: target  "component", "component@site" or "component@site/zone", required; mode one | all |
//   fixed | percent, default all, with count or percent: the lowest ordinals are hit first.
// Equations: instance paused from `at` to the end.
// Assumptions and limits: timers of the paused replica stand still too; its callers' timers do not.
// References: Chaos Mesh PodChaos pod-failure; Linux SIGSTOP.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct InstancePause {
  spec::InstancesRef target;
  compile::HitSpec hit;

  void describe(spec::Fields& f) {
    f.required("target", target, "\"component\", \"component@site\" or \"component@site/zone\"");
    hit.describe(f);
  }

  void lower(compile::FaultBuilder& b) const {
    b.refuse_ramp();
    for (const plan::InstanceId instance : b.instances(target, hit))
      b.hold(plan::Knob::kInstancePaused, instance.value);
  }
};

}  // namespace

compile::FaultModel make_fault_instance_pause() {
  return compile::fault<InstancePause>("instance_pause",
                                       "replicas hang: only timeouts end what they work on");
}

}  // namespace twinvoice::models
