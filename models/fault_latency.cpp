// Model: a link gets extra latency.
//
// What it models: a detour, a congested carrier.
// Parameters: target link, required; extra [s], required: added to each one-way crossing. `ramp`: in ten
//   steps.
// Equations: latency = base + sum of the extras of all faults on the link; messages sent before keep theirs.
// Assumptions and limits: both directions alike, no jitter, routes do not change.
// References: Chaos Mesh NetworkChaos delay; Linux netem.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct Latency {
  spec::LinkRef target;
  Duration extra;

  void describe(spec::Fields& f) {
    f.required("target", target, "link");
    f.required("extra", extra, "added to each one-way crossing", spec::kPositive);
  }

  void lower(compile::FaultBuilder& b) const {
    if (const auto link = b.link(target)) {
      b.ramp(plan::Knob::kLinkLatency, link->value, 0.0, static_cast<double>(extra.ns));
    }
  }
};

}  // namespace

compile::FaultModel make_fault_latency() { return compile::fault<Latency>("latency", "a link becomes slow"); }

}  // namespace twinvoice::models
