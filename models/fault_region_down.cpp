// Model: all sites of a region go down.
//
// What it models: the loss of a cloud region or of a city: everything in its sites dies, and no message
//   passes from, to or inside them.
// Parameters: target region or "each", required: the `region` of sites; each region in which a replica stands,
//   one after the other in replications of its own; data kept | destroyed, default kept.
// Equations: as zone_down, for every location of the region.
// Assumptions and limits: at once, no ramp; all comes back at once; what was sent to it meanwhile is served
//   then if its caller still waits. Clients that stand in the region can submit nothing that arrives: place
//   them outside to see a failover work.
// References: AWS FIS cross-region connectivity scenario.
#include <vector>

#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct RegionDown {
  spec::EachOr<spec::RefKind::kRegion> target;
  compile::Data data = compile::Data::kKept;

  void describe(spec::Fields& f) {
    f.required("target", target, "region of the sites that go down, or \"each\": whichever region fails");
    f.optional("data", data, "destroyed: databases there come back empty and need a new copy");
  }

  void lower(compile::FaultBuilder& b) const {
    b.refuse_ramp();
    std::vector<plan::InstanceId> killed;
    for (const plan::LocationId location : b.region(target)) {
      b.hold(plan::Knob::kLocationDown, location.value);
      for (const plan::InstanceId instance : b.instances_at(location)) {
        b.kill(instance);
        killed.push_back(instance);
      }
    }
    b.destroy(data, killed);
  }
};

}  // namespace

compile::FaultModel make_fault_region_down() {
  return compile::fault<RegionDown>("region_down", "all sites of a region go down");
}

}  // namespace twinvoice::models
