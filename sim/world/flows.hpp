// Bulk flows: their life in SimGrid, the cuts that suspend them, and the epochs in which they share links with requests.
//
//   start, in a Timer of SimGrid:   the route's links at nominal speed, start, links back (a flow keeps the lowest
//                                   bandwidth of its start as its cap when there is a TCP window)
//   cut or repair:                  suspend or resume; Link::turn_off would kill the flow
//   end of an epoch, per shared lane with flows:
//     requests' rate = bytes they moved / epoch
//     when it differs from the last one by more than 5 % of the capacity:
//       flows get max(1 % of capacity, capacity - requests' rate)
//   at every stop, per shared lane: requests get max(capacity - flows' usage, capacity / (streams + 1))
//
// Sharing is max-min fair among streams, with shares in inverse proportion to their latencies (all equal where there is
// none). A transfer of several streams is that many flows of equal size, so it weighs as many times as much: weighted
// max-min fairness with whole weights.
//
// What runs where: see the comment of each function. A flow's end is rounded up to a whole microsecond.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <simgrid/s4u.hpp>
#include <vector>

#include "sim/kernel/engine.hpp"
#include "sim/world/platform.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::world {

struct FlowOrder {
  std::uint32_t procedure = 0;
  plan::LocationId from, to;
  std::int64_t bytes = 0;
  Nanos deadline_ns = kNever;
  std::uint32_t streams = 1;  ///< at least 1
};

class Flows {
 public:
  /// `ended(procedure, result)` is called once for each flow, when its end is known: at result.finished_ns or before.
  using Ended = std::function<void(std::uint32_t, const TransferResult&)>;
  Flows(const plan::Plan& plan, const Platform& platform, kernel::Engine& kernel, Ended ended);

  // In a Timer of SimGrid, at the stopped instant `now_ns`.

  void start(const FlowOrder& order, Nanos now_ns);
  void refresh_cuts(Nanos now_ns);
  /// Ends flows whose deadline or user timeout has come, and closes the epoch when it is due.
  void due(Nanos now_ns);
  void cancel_all();

  // In the hook.

  /// Frees flows that SimGrid has let go of.
  void reap();
  /// Tells the kernel what flows leave to requests on shared lanes.
  void publish_usage();
  /// When due() wants to be called; kNever: not at all.
  [[nodiscard]] Nanos next_due_ns() const;
  [[nodiscard]] bool any_live() const;

  /// SimGrid's completion callback.
  void completed(const simgrid::s4u::Activity& activity);

 private:
  struct Flow {
    std::vector<simgrid::s4u::CommPtr> streams;
    FlowOrder order;
    std::uint32_t arrived = 0;       ///< streams whose bytes are all there
    std::uint32_t released = 0;      ///< streams that SimGrid is done with
    Nanos extra_latency_ns = 0;      ///< what faults add to the route's latency at its start
    Nanos suspended_at_ns = kNever;  ///< kNever: not cut
    bool ended = false;              ///< told to the procedure
  };
  struct SharedLane {
    std::uint32_t lane = 0;
    std::uint32_t streams = 0;          ///< that cross it and whose transfer has not ended
    double requests_bytes_per_s = 0.0;  ///< in the last epoch judged
    Nanos counted_since_ns = 0;
    double published_bytes_per_s = 0.0;
  };
  void end(Flow& flow, bool ok, Nanos at_ns, std::int64_t moved_bytes);
  void cancel(Flow& flow, Nanos now_ns);
  void count_on_lanes(const Flow& flow, bool starts, Nanos now_ns);
  void judge_requests(SharedLane& shared, Nanos now_ns);
  [[nodiscard]] Nanos expires_ns(const Flow& flow) const;
  [[nodiscard]] bool cut(const Flow& flow) const;
  [[nodiscard]] SharedLane* shared_lane(std::uint32_t lane);
  [[nodiscard]] double left_to_flows(const SharedLane& shared) const;

  const plan::Plan& plan_;
  const Platform& platform_;
  kernel::Engine& kernel_;
  Ended ended_;
  std::vector<std::unique_ptr<Flow>> flows_;  ///< in the order of their starts
  std::vector<SharedLane> shared_;
  Nanos epoch_due_ns_ = kNever;
};

}  // namespace twinvoice::world
