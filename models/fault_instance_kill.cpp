// Model: replicas are killed.
//
// What it models: the process or its machine ends. Every request it works on fails at once with a reset; new
//   messages are refused until it is back; its connections are stale.
// Parameters: target  "component", "component@site" or "component@site/zone", required; mode one | all |
//   fixed | percent, default all, with count or percent: the lowest ordinals are hit first. restart_after
//   [s], default none: back after so long (else after `duration`, else never); data kept | destroyed, default kept.
// Equations: instance down from `at` to the end; impulse reset at `at`; destroyed: impulse destroy on the log of a
//   database at each place where all its replicas die.
// Assumptions and limits: no grace period; a restarted replica is at full speed at once unless its component has
//   `warm_up`. What its process kept is gone: a cache comes back empty unless it is `persistent`. What a
//   cut holds for it meanwhile is served only if its caller still waits.
// References: Chaos Mesh PodChaos pod-kill; AWS FIS terminate-instances.
#include <optional>
#include <vector>

#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct InstanceKill {
  spec::InstancesRef target;
  compile::HitSpec hit;
  std::optional<Duration> restart_after;
  compile::Data data = compile::Data::kKept;

  void describe(spec::Fields& f) {
    f.required("target", target, "\"component\", \"component@site\" or \"component@site/zone\"");
    hit.describe(f);
    f.optional("restart_after", restart_after, "back after so long; absent: after \"duration\"",
               spec::kPositive);
    f.optional("data", data, "destroyed: a database comes back empty and needs a new copy");
  }

  void lower(compile::FaultBuilder& b) const {
    b.refuse_ramp();
    if (restart_after && b.spec().duration) {
      b.error(b.spec().place,
              "either \"duration\" or \"restart_after\" says when the replicas are back, not both");
    }
    if (restart_after) b.end_after(*restart_after);
    const std::vector<plan::InstanceId> killed = b.instances(target, hit);
    for (const plan::InstanceId instance : killed) b.kill(instance);
    b.destroy(data, killed);
  }
};

}  // namespace

compile::FaultModel make_fault_instance_kill() {
  return compile::fault<InstanceKill>("instance_kill", "replicas die: what they work on is reset at once");
}

}  // namespace twinvoice::models
