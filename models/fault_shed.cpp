// Model: a share of the requests of an operation is turned away before anything is done for it.
//
// What it models: load shedding at the edge (a status 429 or 503 with "retry later"), an admission rule, tax
//   software that is told to wait. Whoever is turned away has arrived and failed: it counts as a failure,
//   cause "OPERATION.shed", and the client's own retries do not see it.
// Parameters: target operation, required; share in (0 %, 100 %], required. `ramp`: in ten equal steps.
// Equations: each request is refused with the largest share of the sheddings in force, drawn by its root.
// Assumptions and limits: those turned away do not come back as new arrivals; refusing costs no work and no
//   time. Fewer arrivals (a campaign called off) are a `spike` with a factor below 1: nobody is refused there.
// References: "Handling Overload", in B. Beyer et al., Site Reliability Engineering, O'Reilly, 2016; RFC 6585,
//   section 4.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct Shed {
  spec::OperationRef target;
  spec::Probability share;

  void describe(spec::Fields& f) {
    f.required("target", target, "operation");
    f.required("share", share, "of its requests that are turned away", spec::kPositive);
  }

  void lower(compile::FaultBuilder& b) const {
    if (const auto gate = b.client_gate(target))
      b.ramp(plan::Knob::kGateProbability, gate->value, 0.0, share.value);
  }
};

}  // namespace

compile::FaultModel make_fault_shed() {
  compile::FaultModel model = compile::fault<Shed>("shed", "requests are turned away at the door");
  model.at_clients = true;
  return model;
}

}  // namespace twinvoice::models
