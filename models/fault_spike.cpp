// Model: more (or fewer) requests of an operation arrive.
//
// What it models: a campaign, a month end, a crowd.
// Parameters: target operation, required; factor 0 to 1e6, required: on its arrival rate. `ramp`: in ten equal
//   steps.
// Equations: rate = load x product of the factors of all spikes.
// Assumptions and limits: for Poisson loads (poisson, piecewise, diurnal, rate_trace, count_trace); a trace, a
//   deterministic or a closed load has no rate to multiply. Whether the service recovers from it is told as
//   for any other fault.
// References: k6 ramping-arrival-rate.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct Spike {
  spec::OperationRef target;
  double factor = 1.0;

  void describe(spec::Fields& f) {
    f.required("target", target, "operation");
    f.required("factor", factor, "on its arrival rate", spec::Range{0.0, 1e6, false});
  }

  void lower(compile::FaultBuilder& b) const {
    for (const plan::SourceId source : b.sources(target)) {
      if (b.plan().sources[source.index()].kind != plan::SourceKind::kPoisson) {
        b.error(target.place, "the load of \"" + target.id + "\" has no rate that could be multiplied");
        return;
      }
      b.ramp(plan::Knob::kSourceRate, source.value, 1.0, factor);
    }
  }
};

}  // namespace

compile::FaultModel make_fault_spike() { return compile::fault<Spike>("spike", "more requests arrive"); }

}  // namespace twinvoice::models
