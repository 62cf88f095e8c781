// Model: the clients of one operation, who submit requests and wait for the answer.
//
// What it models: a client at the operation's location sends a request to the entry component under the
//   policy
//   `client` and waits. It has no processor and no queue of its own; its requests are independent of each
//   other
//   (but for `closed` loads, whose users submit one request at a time).
// Parameters: those of the operation: `entry`, `endpoint`, `from`, `priority`, `client` (call policy without
//   `pool`). When requests arrive is the load of the experiment:
//     poisson        rate [1/s]                 exponential gaps, memoryless
//     deterministic  interval [s]               arrival k at first_at + k x interval
//     trace          times [s]                  replayed as they stand
//     rate_trace     (time, rate) [1/s]         Poisson with a piecewise constant rate, exact inversion; 0 when the
//                                               record has ended
//     count_trace    (time, count)              likewise, at the rate count / length of the bin
//     piecewise      (time, rate) [1/s]         likewise
//     diurnal        mean [1/s] or per day      24 hourly factors scaled to mean 1, or a cosine of amplitude
//                                               in
//                                               [0, 1]: rate(t) = mean (1 + a cos(2 pi (t - peak) / 24 h))
//     closed         users, think time [s]      think, submit, wait for the decision, think again
// Equations: program = Call(entry under `client`), Return. Latency = decision - submission, as the client
//   sees it.
// Assumptions and limits: clients do not give up and come back as new arrivals; put retries into `client`. A
//   user
//   of a closed load waits for its request however it ends.
// References: L. Kleinrock, Queueing Systems I, 1975 (open and closed sources); P. Lewis and G. Shedler,
//   "Simulation of nonhomogeneous Poisson processes by thinning", 1979.
#include "sim/compile/part.hpp"

namespace twinvoice::models {

compile::SourceModel make_source() {
  return {"source", "clients of an operation: one call to its entry",
          [](const spec::OperationSpec& spec, compile::ProgramBuilder& b) {
            b.call({&spec.entry, &spec.endpoint, &spec.client}, spec.place);
            b.end();
          }};
}

}  // namespace twinvoice::models
