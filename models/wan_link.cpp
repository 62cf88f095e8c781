// Model: a wide-area link between two sites, the same in both directions.
//
// What it models: one-way latency, bandwidth of each direction, independent loss of messages.
// Parameters (fields common to all links):
//   latency    [s]        required   one way
//   bandwidth  [bit/s]    required   of each direction
//   loss       [0, 1)     0          probability that one message is lost once; leased lines state 1e-6 to
//                                    1e-4, the
//                                    open internet 1e-3 to 1e-2
// Equations: a message of B bytes over links 1..n is delivered after sum(latency_i) + 8 B / min(bandwidth_i);
//   it is
//   lost once with p = 1 - product(1 - loss_i), and k losses in a row delay it by resend_timeout x (2^k - 1),
//   as
//   TCP's doubling timer does.
// Assumptions and limits: request messages share bandwidth only on links that bulk flows use (both then share
//   it in
//   epochs); no bufferbloat, no reordering; loss is independent between messages. Invalid when requests alone
//   fill a link that no bulk flow uses.
// References: RFC 6298 (retransmission timer); J. Padhye et al., "Modeling TCP throughput", SIGCOMM 1998
//   (loss as a
//   limit of a flow's rate, which this link does not model).
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct WanLink {
  void describe(spec::Fields& /*f*/) {}
  void lower(const spec::LinkSpec& spec, plan::Link& link) const {
    link.latency_ns = spec.latency.ns;
    link.bytes_per_s = spec.bandwidth.bits_per_s / 8.0;
    link.loss = spec.loss.value;
  }
};

}  // namespace

compile::LinkModel make_wan_link() {
  return compile::link<WanLink>("wan_link", "link between two sites: latency, bandwidth, loss");
}

}  // namespace twinvoice::models
