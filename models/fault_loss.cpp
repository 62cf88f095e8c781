// Model: a link loses messages.
//
// What it models: a damaged fibre, an overloaded peering: TCP sends again, so that latency grows first and
//   requests fail later.
// Parameters: target link, required; probability [0, 1], required: that one message is lost once. `ramp`: in
//   ten steps.
// Equations: p = 1 - product(1 - p_i) over base and faults; k losses in a row delay a message by
//   resend_timeout x (2^k - 1); after the last resend it fails with `lost`.
// Assumptions and limits: independent losses, both directions alike.
// References: Chaos Mesh NetworkChaos loss; RFC 6298.
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct Loss {
  spec::LinkRef target;
  spec::Probability probability;

  void describe(spec::Fields& f) {
    f.required("target", target, "link");
    f.required("probability", probability, "that one message is lost once");
  }

  void lower(compile::FaultBuilder& b) const {
    if (const auto link = b.link(target)) b.ramp(plan::Knob::kLinkLoss, link->value, 0.0, probability.value);
  }
};

}  // namespace

compile::FaultModel make_fault_loss() { return compile::fault<Loss>("loss", "a link loses messages"); }

}  // namespace twinvoice::models
