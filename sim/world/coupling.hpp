// The coupling of kernel and SimGrid: one clock, and the order of what happens in an instant.
//
//   hook(bound):                                                   called by SimGrid once a round
//     end = the instant of SimGrid's own next event (a flow), for ever if there is none
//     loop:
//       if a procedure that waited for a log has been released: stop here
//       if the place of a stalled procedure is up again: let it go on, stop here
//       if turns or reads are posted:
//         run the faults and repairs of this instant
//         apply the turns, sorted by (declared procedure id, order of posting)
//         if reads are posted: answer them, let the readers go on in this instant (a pass; the 65th is an error)
//       if there is work for a Timer (start, suspend, end flows): stop here, the Timer does it
//       ours = first of horizon (once it has passed: the longest time to follow requests), wake, dated turn, dated read, interlude, flow deadline or epoch
//       run the kernel up to min(ours, end), that instant excluded; a cut or repair on the way stops here (while
//         flows live or procedures are stalled), and so does what moves a log that a procedure waits for
//       if end < ours: let SimGrid have its event
//       now = ours; at the horizon: the measured time is over, finish unless requests of it are open; they are followed until
//         the last one is decided, when the kernel stops by itself
//       take what is due; if a procedure wakes: stop here, else go round the loop
//
//   A procedure whose place is down when it wakes or is to be answered is stalled: it does nothing before its place is up.
//
//   Failure policy: an exception in the hook or in an actor is kept, the run is ended in order, and run() throws it.
//
// "Stop here" returns the delta to SimGrid, which moves its clock and runs the released actors. World time is our integer;
// SimGrid's double is read at two places only, the end of the bound and the end of a flow.
#pragma once

#include <cstdint>
#include <memory>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

#include "sim/kernel/engine.hpp"
#include "sim/random/keys.hpp"
#include "sim/world/flows.hpp"
#include "sim/world/platform.hpp"
#include "sim/world/run.hpp"
#include "sim/world/wake_queue.hpp"

namespace twinvoice::world {

class ActorContext;

class Coupling final : public RunControl {
 public:
  Coupling(const plan::Plan& plan, const RunSettings& settings, const Platform& platform,
           kernel::Engine& kernel, simgrid::s4u::Engine& simgrid);
  ~Coupling() override;

  /// Runs to the end; throws what went wrong on the way.
  void run();

  [[nodiscard]] Nanos end_ns() const { return now_ns_; }
  [[nodiscard]] kernel::Stop stop() const { return stop_; }
  [[nodiscard]] std::uint64_t synchronisations() const { return synchronisations_; }
  /// Marks sorted by (time, declared id, order of posting).
  [[nodiscard]] std::vector<measure::Mark> take_marks();
  [[nodiscard]] std::vector<measure::TurnRecord> take_turns() { return std::move(turns_made_); }

  // RunControl.
  void turn(const plan::Turn& turn) override;
  void branch(std::uint64_t branch) override;
  void order(const Order& order) override;

  /// The hook. Bound and result are seconds from SimGrid's clock; negative: none.
  double advance(double bound_s);

 private:
  friend class ActorContext;
  struct Posted {
    Nanos at_ns;
    std::uint32_t procedure;
    std::uint64_t order;
    plan::Turn turn;
  };
  struct Read {
    Nanos at_ns;
    std::uint32_t procedure;
  };
  struct Sleeper {
    std::uint32_t procedure;
    std::uint32_t log;
  };

  double step(double bound_s);
  double stop_here();
  double finish();
  /// Runs the kernel to (bound, before). False: it stopped on the way, and `now_ns_` tells where.
  bool run_kernel(Nanos bound_ns, plan::Rung before);
  [[nodiscard]] bool measured_to_the_end();
  [[nodiscard]] Nanos next_of_ours_ns();
  [[nodiscard]] bool instant_pending() const { return !turns_.empty() || !reads_.empty(); }
  bool settle_instant();
  /// Runs the faults and repairs of this instant; false: that ended the run.
  bool run_faults();
  void apply_turns();
  /// True when a procedure has its answers; one whose place is down has none before that is up again.
  bool answer_reads();
  [[nodiscard]] bool of_an_ended_epoch(const plan::Turn& turn) const;
  /// True when a procedure has been released.
  bool take_due();
  void give(const Order& order);
  /// False while the place where it stands is down: what stands there does nothing.
  [[nodiscard]] bool stands(std::uint32_t procedure) const;
  [[nodiscard]] bool any_stalled() const { return !stalled_.empty() || !stalled_reads_.empty(); }
  /// True when a procedure has been released, because its place is up again.
  bool resume_stalled();
  /// Releases those that wait for a log that has moved.
  void wake_sleepers();
  void let_go(std::uint32_t procedure);
  void count_pass();
  void move_to(Nanos at_ns);
  void start_procedures();
  void body(std::uint32_t procedure);

  const plan::Plan& plan_;
  const RunSettings& settings_;
  const Platform& platform_;
  kernel::Engine& kernel_;
  simgrid::s4u::Engine& simgrid_;
  random::Stream stream_;
  std::vector<std::unique_ptr<Procedure>> procedures_;
  std::vector<std::unique_ptr<ActorContext>> contexts_;
  WakeQueue wakes_;
  Flows flows_;

  Nanos now_ns_ = 0;
  Nanos pass_instant_ns_ = -1;  ///< instant of the last release
  int passes_ = 0;
  std::uint64_t posted_ = 0;
  std::vector<Posted> turns_;  ///< of this instant
  std::vector<Read> reads_;    ///< of this instant
  std::vector<Posted> dated_turns_;
  std::vector<Read> dated_reads_;
  std::vector<std::uint32_t> stalled_;  ///< procedures to go on when their place is up again
  std::vector<Read> stalled_reads_;
  std::vector<Sleeper> sleepers_;
  bool sleepers_woken_ = false;  ///< to be scheduled at the next stop
  std::vector<Order> orders_;
  std::vector<Interlude> interludes_;  ///< sorted, the next one last
  std::vector<FlowOrder> starts_;
  bool cuts_changed_ = false;
  bool flows_due_ = false;
  Nanos slice_ns_ = kNever;  ///< progress is told at least this often

  bool ended_ = false;
  bool end_wanted_ = false;  ///< an actor failed, or the budget of events is used up
  kernel::Stop stop_ = kernel::Stop::kBound;
  std::string error_;
  std::uint64_t synchronisations_ = 0;
  std::vector<std::pair<std::uint32_t, measure::Mark>> marks_;
  std::vector<measure::TurnRecord> turns_made_;
};

}  // namespace twinvoice::world
