#include "sim/world/coupling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/kernel/resource/Model.hpp>
#include <tuple>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/stop_flag.hpp"
#include "sim/world/actor_context.hpp"

namespace twinvoice::world {
namespace {

constexpr int kPassesOfOneInstant = 64;
constexpr Nanos kProgressSlices = 256;
/// Declared id of turns made from outside: after those of procedures.
constexpr std::uint32_t kOutside = ~0U;

/// The kernel as SimGrid sees it: a model that decides how far the clock may move.
class KernelModel final : public simgrid::kernel::resource::Model {
 public:
  explicit KernelModel(Coupling& coupling) : Model("twinvoice"), coupling_(coupling) {}
  bool next_occurring_event_is_idempotent() override { return false; }
  void update_actions_state(double /*now*/, double /*delta*/) override {}
  double next_occurring_event(double bound_s) override { return coupling_.advance(bound_s); }

 private:
  Coupling& coupling_;
};

}  // namespace

Coupling::Coupling(const plan::Plan& plan, const RunSettings& settings, const Platform& platform,
                   kernel::Engine& kernel, simgrid::s4u::Engine& simgrid)
    : plan_(plan),
      settings_(settings),
      platform_(platform),
      kernel_(kernel),
      simgrid_(simgrid),
      stream_(random::Stream::of(settings.options.seed, settings.options.replication)),
      wakes_(settings.procedures.size()),
      flows_(plan, platform, kernel,
             [this](std::uint32_t procedure, const TransferResult& result) {
               contexts_[procedure]->transferred(result);
               wakes_.wake(procedure, result.finished_ns);
             }),
      interludes_(settings.interludes) {
  std::stable_sort(interludes_.begin(), interludes_.end(),
                   [](const Interlude& a, const Interlude& b) { return a.at_ns < b.at_ns; });
  std::reverse(interludes_.begin(), interludes_.end());
  slice_ns_ = std::max<Nanos>(1, plan.horizon_ns / kProgressSlices);
}

Coupling::~Coupling() = default;

void Coupling::run() {
  simgrid_.add_model(std::make_shared<KernelModel>(*this));
  simgrid::s4u::Activity::on_completion_cb(
      [this](const simgrid::s4u::Activity& activity) { flows_.completed(activity); });
  start_procedures();
  simgrid_.run();
  if (!error_.empty()) throw EngineError(error_);
}

void Coupling::start_procedures() {
  for (std::uint32_t id = 0; id < settings_.procedures.size(); ++id) {
    procedures_.push_back(settings_.procedures[id](plan_));
    const Procedure& procedure = *procedures_.back();
    contexts_.push_back(std::make_unique<ActorContext>(*this, id, procedure));
    auto* host = procedure.location.valid() ? platform_.host(procedure.location) : platform_.any_host();
    simgrid::s4u::Actor::create(procedure.name, host, [this, id] { body(id); });
  }
}

void Coupling::body(std::uint32_t procedure) {
  // Only what a procedure may throw: SimGrid's own unwinding of a stack is not a std::exception and must pass.
  try {
    procedures_[procedure]->run(*contexts_[procedure]);
  } catch (const std::exception& failure) {
    if (error_.empty()) error_ = "procedure " + procedures_[procedure]->name + ": " + failure.what();
    end_wanted_ = true;
  }
}

double Coupling::advance(double bound_s) {
  if (ended_) return -1.0;
  try {
    if (end_wanted_) return finish();
    flows_.reap();
    return step(bound_s);
  } catch (const std::exception& failure) {
    if (error_.empty()) error_ = failure.what();
    return finish();
  }
}

double Coupling::step(double bound_s) {
  Nanos end_ns = kNever;
  if (bound_s >= 0.0) {
    end_ns = std::max<Nanos>(now_ns_, std::llround((simgrid::s4u::Engine::get_clock() + bound_s) * 1e9));
  }
  flows_.publish_usage();
  for (;;) {
    if (any_stalled() && resume_stalled()) return stop_here();
    if (instant_pending() && settle_instant()) return stop_here();
    if (ended_) return finish();
    if (std::exchange(sleepers_woken_, false)) return stop_here();
    if (cuts_changed_ || flows_due_ || !starts_.empty()) return stop_here();
    const Nanos ours_ns = next_of_ours_ns();
    if (!run_kernel(std::min(ours_ns, end_ns), plan::Rung::kFault)) return ended_ ? finish() : stop_here();
    if (ours_ns > end_ns) {
      move_to(end_ns);
      return bound_s;
    }
    move_to(ours_ns);
    if (ours_ns >= plan_.horizon_ns && measured_to_the_end()) return finish();
    if (take_due()) return stop_here();
  }
}

/// At the horizon or later: true when nothing is left to follow.
bool Coupling::measured_to_the_end() {
  kernel_.close(now_ns_);
  return !kernel_.follows() || now_ns_ >= plan_.end_ns();
}

double Coupling::stop_here() {
  ++synchronisations_;
  if (settings_.progress != nullptr) settings_.progress->now_ns.store(now_ns_, std::memory_order_relaxed);
  if (cuts_changed_ || flows_due_ || !starts_.empty()) {
    // A Timer dated before the move of the clock fires right after it, at the exact instant.
    simgrid::kernel::timer::Timer::set(simgrid::s4u::Engine::get_clock(), [this] {
      if (ended_) return;
      if (std::exchange(cuts_changed_, false)) flows_.refresh_cuts(now_ns_);
      if (std::exchange(flows_due_, false)) flows_.due(now_ns_);
      for (const FlowOrder& order : std::exchange(starts_, {})) flows_.start(order, now_ns_);
    });
  }
  return std::max(0.0, to_seconds(now_ns_) - simgrid::s4u::Engine::get_clock());
}

double Coupling::finish() {
  ended_ = true;
  simgrid::kernel::timer::Timer::set(simgrid::s4u::Engine::get_clock(), [this] {
    flows_.cancel_all();
    simgrid::s4u::Actor::kill_all();
  });
  return std::max(0.0, to_seconds(now_ns_) - simgrid::s4u::Engine::get_clock());
}

bool Coupling::run_kernel(Nanos bound_ns, plan::Rung before) {
  kernel_.watch_network(flows_.any_live() || any_stalled());
  for (;;) {
    const Nanos slice_end_ns = bound_ns - now_ns_ > slice_ns_ ? now_ns_ + slice_ns_ : bound_ns;
    const kernel::Stop stop =
        kernel_.run_until(slice_end_ns, slice_end_ns == bound_ns ? before : plan::Rung::kFault);
    if (stop == kernel::Stop::kNetwork || stop == kernel::Stop::kLog) {
      move_to(kernel_.now_ns());
      cuts_changed_ = cuts_changed_ || stop == kernel::Stop::kNetwork;
      wake_sleepers();
      return false;
    }
    if (settings_.progress != nullptr) {
      settings_.progress->now_ns.store(slice_end_ns, std::memory_order_relaxed);
      settings_.progress->events.store(kernel_.counts().events, std::memory_order_relaxed);
    }
    const bool interrupted = stop == kernel::Stop::kFlag || is_set(settings_.options.stop_flag);
    if (interrupted || stop != kernel::Stop::kBound) {
      // What a budget ends beyond the horizon has been measured whole; what is open stays unanswered.
      if (!kernel_.closed()) stop_ = interrupted ? kernel::Stop::kFlag : stop;
      move_to(std::max(now_ns_, kernel_.now_ns()));
      ended_ = true;
      return false;
    }
    if (slice_end_ns == bound_ns) return true;
    move_to(slice_end_ns);
  }
}

Nanos Coupling::next_of_ours_ns() {
  const Nanos end_ns = kernel_.closed() ? plan_.end_ns() : plan_.horizon_ns;
  Nanos at_ns = std::min({end_ns, wakes_.next_ns(), flows_.next_due_ns()});
  for (const Posted& posted : dated_turns_) at_ns = std::min(at_ns, posted.at_ns);
  for (const Read& read : dated_reads_) at_ns = std::min(at_ns, read.at_ns);
  for (const Order& order : orders_) at_ns = std::min(at_ns, order.at_ns);
  if (!interludes_.empty()) at_ns = std::min(at_ns, interludes_.back().at_ns);
  return std::max(at_ns, now_ns_);
}

bool Coupling::run_faults() {
  while (!run_kernel(now_ns_, plan::Rung::kControl)) {
    // A cut in this very instant: flows hear of it when the instant is settled.
    if (ended_) return false;
  }
  return true;
}

bool Coupling::settle_instant() {
  if (!run_faults()) return false;
  apply_turns();
  return !reads_.empty() && answer_reads();
}

void Coupling::apply_turns() {
  if (turns_.empty()) return;
  auto turns = std::exchange(turns_, {});
  std::sort(turns.begin(), turns.end(), [](const Posted& a, const Posted& b) {
    return std::tie(a.procedure, a.order) < std::tie(b.procedure, b.order);
  });
  kernel_.advance_to(now_ns_);
  for (const Posted& posted : turns) {
    const plan::Turn& t = posted.turn;
    if (of_an_ended_epoch(t)) continue;
    kernel_.apply(t);
    kernel_.settle();
    if (settings_.keep_turns) {
      turns_made_.push_back({now_ns_, static_cast<std::uint8_t>(t.op), static_cast<std::uint8_t>(t.knob),
                             static_cast<std::uint8_t>(t.impulse), t.target, t.effect, t.location.value,
                             t.shard, t.value, t.position, t.after});
    }
    if (t.op != plan::TurnOp::kImpulse && flows_.any_live()) cuts_changed_ = true;
  }
  wake_sleepers();
}

void Coupling::wake_sleepers() {
  std::erase_if(sleepers_, [&](const Sleeper& sleeper) {
    if (!kernel_.log_moved(sleeper.log)) return false;
    contexts_[sleeper.procedure]->log_moved(kernel_.moved_ns());
    wakes_.resumed(sleeper.procedure);
    let_go(sleeper.procedure);
    return sleepers_woken_ = true;
  });
}

bool Coupling::of_an_ended_epoch(const plan::Turn& turn) const {
  // Positions start again below with a new leader: what the old one sent last means nothing to its successor.
  if (turn.op != plan::TurnOp::kImpulse || !plan::of_an_epoch(turn.impulse)) return false;
  return kernel_.sense({plan::SensorKind::kLogEpoch, turn.target, {}, 0}) != turn.value;
}

bool Coupling::answer_reads() {
  auto reads = std::exchange(reads_, {});
  const auto lost =
      std::stable_partition(reads.begin(), reads.end(), [&](const Read& r) { return stands(r.procedure); });
  stalled_reads_.insert(stalled_reads_.end(), lost, reads.end());
  reads.erase(lost, reads.end());
  if (reads.empty()) return false;
  std::sort(reads.begin(), reads.end(),
            [](const Read& a, const Read& b) { return a.procedure < b.procedure; });
  kernel_.advance_to(now_ns_);
  count_pass();
  for (const Read& read : reads) {
    contexts_[read.procedure]->answer(kernel_);
    let_go(read.procedure);
  }
  return true;
}

bool Coupling::stands(std::uint32_t procedure) const {
  const plan::LocationId place = contexts_[procedure]->location();
  return !place.valid() || kernel_.path_open(place, place);
}

bool Coupling::resume_stalled() {
  if (!run_faults()) return false;
  const auto reads = std::stable_partition(stalled_reads_.begin(), stalled_reads_.end(),
                                           [&](const Read& r) { return !stands(r.procedure); });
  reads_.insert(reads_.end(), reads, stalled_reads_.end());
  stalled_reads_.erase(reads, stalled_reads_.end());
  const auto first = std::stable_partition(stalled_.begin(), stalled_.end(),
                                           [&](std::uint32_t procedure) { return !stands(procedure); });
  if (first == stalled_.end()) return false;
  count_pass();
  std::for_each(first, stalled_.end(), [&](std::uint32_t procedure) { let_go(procedure); });
  stalled_.erase(first, stalled_.end());
  return true;
}

bool Coupling::take_due() {
  while (!interludes_.empty() && interludes_.back().at_ns <= now_ns_) {
    const Interlude interlude = std::move(interludes_.back());
    interludes_.pop_back();
    if (!run_faults()) return false;
    kernel_.advance_to(now_ns_);
    interlude.act(*this);
  }
  const auto due = [this](const auto& item) { return item.at_ns <= now_ns_; };
  const auto take = [&](auto& dated, auto& list) {
    const auto first =
        std::stable_partition(dated.begin(), dated.end(), [&](const auto& item) { return !due(item); });
    list.insert(list.end(), std::make_move_iterator(first), std::make_move_iterator(dated.end()));
    dated.erase(first, dated.end());
  };
  const bool wakes = wakes_.next_ns() <= now_ns_ || std::any_of(orders_.begin(), orders_.end(), due);
  if (wakes && !run_faults()) return false;
  std::vector<Order> orders;
  take(orders_, orders);
  for (const Order& order : orders) give(order);
  take(dated_turns_, turns_);
  take(dated_reads_, reads_);
  flows_due_ = flows_.next_due_ns() <= now_ns_;
  bool released = false;
  std::uint32_t procedure = 0;
  while (wakes_.pop_due(now_ns_, procedure)) {
    if (!stands(procedure)) {
      stalled_.push_back(procedure);
      wakes_.resumed(procedure);
      continue;
    }
    if (!released && pass_instant_ns_ == now_ns_) count_pass();
    pass_instant_ns_ = now_ns_;
    released = true;
    std::erase_if(sleepers_, [&](const Sleeper& sleeper) { return sleeper.procedure == procedure; });
    let_go(procedure);
    wakes_.resumed(procedure);
  }
  return released;
}

/// A wake is an event as well: a procedure that is woken without end uses up the budget.
void Coupling::let_go(std::uint32_t procedure) {
  contexts_[procedure]->release();
  if (kernel_.count_wake() || end_wanted_) return;
  if (!kernel_.closed()) stop_ = kernel::Stop::kEvents;
  end_wanted_ = true;
}

void Coupling::count_pass() {
  pass_instant_ns_ = now_ns_;
  ensure(++passes_ <= kPassesOfOneInstant,
         fmt::format("more than {} passes at {}: procedures go on reacting to each other in one instant",
                     kPassesOfOneInstant, format_clock(now_ns_)));
}

void Coupling::move_to(Nanos at_ns) {
  if (at_ns <= now_ns_) return;
  now_ns_ = at_ns;
  passes_ = 0;
}

void Coupling::turn(const plan::Turn& turn) {
  Posted posted{std::max(turn.at_ns, now_ns_), kOutside, posted_++, turn};
  posted.turn.at_ns = posted.at_ns;
  if (posted.at_ns == now_ns_) {
    turns_.push_back(posted);
  } else {
    dated_turns_.push_back(posted);
  }
}

void Coupling::branch(std::uint64_t branch) {
  kernel_.branch(branch);
  stream_ = random::Stream::of(settings_.options.seed, settings_.options.replication, branch);
}

void Coupling::order(const Order& order) {
  ensure(order.procedure < procedures_.size(), "an order to a procedure that does not exist");
  orders_.push_back({order.procedure, std::max(order.at_ns, now_ns_)});
}

void Coupling::give(const Order& order) {
  ActorContext& context = *contexts_[order.procedure];
  if (!stands(order.procedure)) return context.log("ordered to begin, but its place is down");
  if (!context.take_order()) return context.log("ordered to begin, but at work already or at its end");
  context.log("ordered to begin");
  for (Read& read : dated_reads_) {
    if (read.procedure == order.procedure) read.at_ns = now_ns_;
  }
  if (context.waits()) wakes_.wake(order.procedure, now_ns_);
}

std::vector<measure::Mark> Coupling::take_marks() {
  std::stable_sort(marks_.begin(), marks_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.at_ns, a.first) < std::tie(b.second.at_ns, b.first);
  });
  std::vector<measure::Mark> marks;
  for (auto& [procedure, mark] : marks_) marks.push_back(std::move(mark));
  return marks;
}

}  // namespace twinvoice::world
