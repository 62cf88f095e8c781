#include "sim/world/actor_context.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"
#include "sim/random/laws.hpp"
#include "sim/world/reach.hpp"

namespace twinvoice::world {
namespace {

/// Effects of one procedure in force at once; its declared id stands above them.
constexpr std::uint32_t kEffectsOfOne = 1U << 16;

}  // namespace

ActorContext::ActorContext(Coupling& coupling, std::uint32_t id, const Procedure& procedure)
    : coupling_(coupling), id_(id), procedure_(procedure), semaphore_(simgrid::s4u::Semaphore::create(0)) {}

void ActorContext::block() {
  semaphore_->acquire();
  coupling_.wakes_.resumed(id_);
}

void ActorContext::wait_until(Nanos at_ns) {
  if (at_ns <= now_ns() || ordered_) return;
  coupling_.wakes_.wake(id_, at_ns);
  waits_ = true;
  block();
  waits_ = false;
}

std::vector<Reading> ActorContext::read_at(Nanos at_ns, std::span<const plan::Sensor> sensors) {
  asked_ = sensors;
  if (ordered_) at_ns = now_ns();
  auto& list = at_ns <= now_ns() ? coupling_.reads_ : coupling_.dated_reads_;
  list.push_back({std::max(at_ns, now_ns()), id_});
  block();
  return std::move(answers_);
}

Nanos ActorContext::wait_for_log(std::uint32_t log, Nanos until_ns) {
  coupling_.kernel_.watch_log(log);
  coupling_.sleepers_.push_back({id_, log});
  if (until_ns != kNever) coupling_.wakes_.wake(id_, std::max(until_ns, now_ns()));
  shown_ns_ = until_ns;
  block();
  return shown_ns_;
}

void ActorContext::answer(const kernel::Engine& kernel) {
  answers_.clear();
  for (const plan::Sensor& sensor : asked_) answers_.push_back(read(kernel, sensor));
}

Reading ActorContext::read(const kernel::Engine& kernel, const plan::Sensor& sensor) const {
  plan::Sensor asked = sensor;
  if (asked.kind == plan::SensorKind::kInstanceUp && !asked.location.valid()) asked.location = location();
  if (location().valid()) {
    plan::LocationId leader;
    if (asked.kind == plan::SensorKind::kLogBacklogBytes) {
      leader = plan::LocationId(
          static_cast<std::size_t>(kernel.sense({plan::SensorKind::kLogLeader, asked.target, {}, 0})));
    }
    const plan::LocationId place = place_of(plan(), asked, leader);
    // A question and an answer: both directions are needed.
    if (place.valid() && !(kernel.path_open(location(), place) && kernel.path_open(place, location())))
      return {};
  }
  return kernel.sense(asked);
}

void ActorContext::post(plan::Turn turn) {
  turn.at_ns = std::max(turn.at_ns, now_ns());
  turn.rung = plan::Rung::kControl;
  auto& list = turn.at_ns == now_ns() ? coupling_.turns_ : coupling_.dated_turns_;
  list.push_back({turn.at_ns, id_, coupling_.posted_++, turn});
}

void ActorContext::turn(plan::Turn turn) {
  turn.op = plan::TurnOp::kImpulse;
  turn.effect = plan::kProcedureEffects;
  post(turn);
}

EffectId ActorContext::begin_turn(plan::Knob knob, std::uint32_t target, double value) {
  const auto free = std::find(effects_in_use_.begin(), effects_in_use_.end(), false);
  const auto slot = static_cast<std::uint32_t>(free - effects_in_use_.begin());
  ensure(slot < kEffectsOfOne, "procedure " + procedure_.name + " holds too many effects");
  if (free == effects_in_use_.end()) effects_in_use_.push_back(true);
  effects_in_use_[slot] = true;
  plan::Turn turn;
  turn.op = plan::TurnOp::kBegin;
  turn.knob = knob;
  turn.target = target;
  turn.value = value;
  turn.effect = plan::kProcedureEffects + id_ * kEffectsOfOne + slot;
  post(turn);
  return {knob, target, turn.effect};
}

void ActorContext::end_turn(EffectId id) {
  const std::uint32_t slot = (id.effect - plan::kProcedureEffects) % kEffectsOfOne;
  ensure(slot < effects_in_use_.size() && effects_in_use_[slot],
         "procedure " + procedure_.name + " ends no effect");
  effects_in_use_[slot] = false;
  plan::Turn turn;
  turn.op = plan::TurnOp::kEnd;
  turn.knob = id.knob;
  turn.target = id.target;
  turn.effect = id.effect;
  post(turn);
}

Nanos ActorContext::send(plan::LocationId from, plan::LocationId to, std::int64_t bytes,
                         std::vector<plan::Turn> turns) {
  if (!coupling_.kernel_.path_open(from, to)) return kNever;
  const plan::Route& route = plan().route(from, to);
  Nanos arrival_ns = now_ns() + coupling_.kernel_.path_latency_ns(from, to);
  if (route.bytes_per_s > 0.0) {
    arrival_ns += static_cast<Nanos>(std::ceil(static_cast<double>(bytes) * 1e9 / route.bytes_per_s));
  }
  for (plan::Turn& later : turns) {
    later.at_ns += arrival_ns;
    turn(later);
  }
  return arrival_ns;
}

TransferResult ActorContext::transfer(plan::LocationId from, plan::LocationId to, std::int64_t bytes,
                                      Nanos deadline_ns, std::uint32_t streams) {
  ensure(streams >= 1, "procedure " + procedure_.name + " transfers by no stream");
  ensure(bytes >= 0, "procedure " + procedure_.name + " transfers a negative number of bytes");
  ensure(coupling_.platform_.routable(from, to),
         "procedure " + procedure_.name + " transfers between locations without a route");
  if (deadline_ns <= now_ns()) return {false, now_ns(), 0};
  coupling_.starts_.push_back({id_, from, to, bytes, deadline_ns, streams});
  block();
  return transfer_;
}

std::uint64_t ActorContext::ordinal(std::string_view quantity) {
  for (auto& [name, next] : ordinals_) {
    if (name == quantity) return next++;
  }
  ordinals_.emplace_back(quantity, 1);
  return 0;
}

Nanos ActorContext::draw(plan::LawId law, std::string_view quantity) {
  if (!law.valid()) return 0;
  const random::Key frame = random::root_frame(random::hash_name(procedure_.name), ordinal(quantity));
  random::Draws draws(coupling_.stream_, random::purpose_of(procedure_.name, quantity), frame);
  return random::sample_ns(plan().laws[law.index()], plan().law_tables, draws);
}

Nanos ActorContext::draw_below(Nanos bound_ns, std::string_view quantity) {
  ensure(bound_ns >= 1, "procedure " + procedure_.name + " draws from an empty range");
  const random::Key frame = random::root_frame(random::hash_name(procedure_.name), ordinal(quantity));
  const std::uint64_t word =
      random::bits(coupling_.stream_.run_key, random::purpose_of(procedure_.name, quantity), frame, 0);
  return static_cast<Nanos>(random::to_integer_below(word, static_cast<std::uint64_t>(bound_ns)));
}

bool ActorContext::chance(double probability, std::string_view quantity) {
  const random::Key frame = random::root_frame(random::hash_name(procedure_.name), ordinal(quantity));
  return random::uniform_open(coupling_.stream_.run_key, random::purpose_of(procedure_.name, quantity), frame,
                              0) < probability;
}

void ActorContext::heed_orders(bool heeds) {
  heeds_ = heeds;
  ordered_ = false;
}

void ActorContext::mark(Phase phase, std::string text) {
  coupling_.marks_.emplace_back(id_, measure::Mark{now_ns(), procedure_.name, true, phase, std::move(text)});
}

void ActorContext::log(std::string text) {
  coupling_.marks_.emplace_back(
      id_, measure::Mark{now_ns(), procedure_.name, false, Phase::kDetected, std::move(text)});
}

}  // namespace twinvoice::world
