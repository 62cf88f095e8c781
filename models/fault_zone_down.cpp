// Model: a zone, or all zones of a site, go down.
//
// What it models: loss of power or of the network core of one data hall: everything that stands there dies,
//   and no message passes from, to or inside it.
// Parameters: target "site/zone", "site" or "each", required: each zone (or site without zones) in which a
//   replica stands, one after the other in replications of its own.
// Equations: location down, its instances down, impulse reset on each of them, from `at` to the end.
// Assumptions and limits: at once, no ramp; all comes back at once; routes through other sites are not
//   changed.
// References: AWS FIS AZ availability scenario; Azure Chaos Studio zone down.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct ZoneDown {
  spec::EachOr<spec::RefKind::kLocation> target;

  void describe(spec::Fields& f) {
    f.required("target", target,
               "\"site/zone\", \"site\" for all its zones, or \"each\": whichever zone fails");
  }

  void lower(compile::FaultBuilder& b) const {
    b.refuse_ramp();
    for (const plan::LocationId location : b.locations(target)) {
      b.hold(plan::Knob::kLocationDown, location.value);
      for (const plan::InstanceId instance : b.instances_at(location)) b.kill(instance);
    }
  }
};

}  // namespace

compile::FaultModel make_fault_zone_down() {
  return compile::fault<ZoneDown>("zone_down", "a zone or a whole site goes down");
}

}  // namespace twinvoice::models
