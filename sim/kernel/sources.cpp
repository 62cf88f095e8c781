// Sources: when requests arrive.
#include <algorithm>

#include "sim/kernel/hot.hpp"
#include "sim/random/elementary.hpp"

namespace twinvoice::kernel {
namespace {

const std::uint64_t kGap = random::purpose_of("source", "gap");
const std::uint64_t kAccept = random::purpose_of("source", "accept");
const std::uint64_t kThink = random::purpose_of("source", "think");
constexpr double kTwoPi = 6.28318530717958647692;

/// The segment in force at `at_ns` and when it ends.
struct Stretch {
  double per_s;
  Nanos until_ns;
};

Stretch stretch_at(const plan::Source& source, Nanos at_ns) {
  const Nanos period = source.period_ns;
  const Nanos base = period == kNever ? 0 : at_ns / period * period;
  const Nanos phase = at_ns - base;
  const auto after =
      std::upper_bound(source.segments.begin(), source.segments.end(), phase,
                       [](Nanos t, const plan::RateSegment& segment) { return t < segment.from_ns; });
  const double per_s = after == source.segments.begin() ? 0.0 : std::prev(after)->per_s;
  Nanos until = period == kNever ? kNever : base + period;
  if (after != source.segments.end()) until = base + after->from_ns;
  return {per_s, until};
}

}  // namespace

void Engine::start_sources() {
  sources_.resize(plan_.sources.size());
  for (std::uint32_t s = 0; s < plan_.sources.size(); ++s) {
    const plan::Source& source = plan_.sources[s];
    switch (source.kind) {
      case plan::SourceKind::kPoisson: source.sinusoid ? schedule_candidate(s) : schedule_poisson(s); break;
      case plan::SourceKind::kDeterministic:
        if (source.count > 0) push_arrival(s, 0, source.first_at_ns);
        break;
      case plan::SourceKind::kTrace:
        if (!source.times_ns.empty()) push_arrival(s, 0, source.times_ns.front());
        break;
      case plan::SourceKind::kClosed:
        sources_[s].cycles.assign(source.users, 0);
        users_ += source.users;
        for (std::uint32_t user = 0; user < source.users; ++user) schedule_user(s, user);
        break;
    }
  }
}

void Engine::push_arrival(std::uint32_t s, std::uint32_t user, Nanos at_ns) {
  sources_[s].due_ns = at_ns;
  if (at_ns < end_ns_) events_.push(make_key(at_ns, background_bits(plan::Rung::kArrive, s, user)));
}

void Engine::arrive(std::uint32_t s, std::uint32_t user) {
  const plan::Source& source = plan_.sources[s];
  SourceState& state = sources_[s];
  if (source.kind == plan::SourceKind::kClosed) {
    const std::uint64_t ordinal = state.cycles[user] * source.users + user;
    ++state.cycles[user];
    return submit(s, ordinal);
  }
  if (state.due_ns != now_) return;  // re-timed by a change of rate
  state.due_ns = kNever;
  bool accepted = true;
  if (source.sinusoid) {
    const double turn = kTwoPi / static_cast<double>(source.period_ns == kNever ? 86'400 * kNanosPerSecond
                                                                                : source.period_ns);
    const double rate =
        1.0 + source.amplitude * random::cos(turn * static_cast<double>(now_ - source.peak_ns));
    const std::uint64_t frame = random::root_frame(source.name_key, state.draws - 1);
    accepted = random::uniform_open(stream_.run_key, kAccept, frame, 0) * (1.0 + source.amplitude) < rate;
  }
  if (accepted) {
    for (std::uint32_t i = 0; i < source.batch; ++i) {
      comes_at_this_instant();
      submit(s, state.arrivals++);
    }
  }
  switch (source.kind) {
    case plan::SourceKind::kPoisson: source.sinusoid ? schedule_candidate(s) : schedule_poisson(s); break;
    case plan::SourceKind::kDeterministic:
      if (++state.draws < source.count) {
        push_arrival(s, 0, source.first_at_ns + static_cast<Nanos>(state.draws) * source.interval_ns);
      }
      break;
    case plan::SourceKind::kTrace:
      if (++state.draws < source.times_ns.size()) push_arrival(s, 0, source.times_ns[state.draws]);
      break;
    case plan::SourceKind::kClosed: break;
  }
}

void Engine::submit(std::uint32_t s, std::uint64_t ordinal) {
  std::uint32_t r = 0;
  if (free_requests_.empty()) {
    r = static_cast<std::uint32_t>(requests_.size());
    requests_.emplace_back();
  } else {
    r = free_requests_.back();
    free_requests_.pop_back();
  }
  const plan::Source& source = plan_.sources[s];
  const plan::Operation& operation = plan_.operations[source.operation.index()];
  Request& request = requests_[r];
  request = Request{};
  request.sequence = next_sequence_++;
  request.ordinal = ordinal;
  request.root_hash = random::root_frame(source.name_key, ordinal);
  request.arrived_ns = now_;
  request.source = s;
  request.operation = source.operation.value;
  request.priority = operation.priority;
  if (calls_nest_) set_branched(request);
  ++counts_.arrived;
  request.in_books = ledger_.arrive(source.operation.index(), now_);
  if (request.in_books) {
    if (now_ >= warm_up_ns_) ++followed_;
  } else {
    ledger_.arrive_later(source.operation.index());
  }
  ready(new_frame(r, request.root_hash, kNil, operation.program.value));
}

void Engine::schedule_poisson(std::uint32_t s) {
  SourceState& state = sources_[s];
  random::Draws draws(stream_, kGap, random::root_frame(plan_.sources[s].name_key, state.draws++));
  state.units = random::standard_exponential(draws);
  state.since_ns = now_;
  consume_units(s);
}

/// Finds when the integral of the rate from now on reaches the units that are left.
void Engine::consume_units(std::uint32_t s) {
  const plan::Source& source = plan_.sources[s];
  const double factor = sources_[s].factor;
  double units = sources_[s].units;
  Nanos at = now_;
  while (at < end_ns_) {
    const Stretch stretch = stretch_at(source, at);
    const double per_s = stretch.per_s * factor;
    if (per_s > 0.0) {
      const double needed_s = units / per_s;
      if (stretch.until_ns == kNever || needed_s < to_seconds(stretch.until_ns - at)) {
        return push_arrival(s, 0, at + from_seconds(needed_s));
      }
      units -= per_s * to_seconds(stretch.until_ns - at);
    }
    if (stretch.until_ns == kNever) break;
    at = stretch.until_ns;
  }
  push_arrival(s, 0, kNever);
}

void Engine::schedule_candidate(std::uint32_t s) {
  const plan::Source& source = plan_.sources[s];
  SourceState& state = sources_[s];
  random::Draws draws(stream_, kGap, random::root_frame(source.name_key, state.draws++));
  const double per_s = source.mean_per_s * (1.0 + source.amplitude) * state.factor;
  state.units = random::standard_exponential(draws);
  state.since_ns = now_;
  push_arrival(s, 0, per_s > 0.0 ? now_ + from_seconds(state.units / per_s) : kNever);
}

void Engine::set_source_factor(std::uint32_t s, double factor) {
  // The unit-exponential still to be consumed is kept, so the draws stay those of the undisturbed run.
  const plan::Source& source = plan_.sources[s];
  SourceState& state = sources_[s];
  if (factor == state.factor || source.kind != plan::SourceKind::kPoisson) return;
  state.units = std::max(0.0, state.units - units_consumed(s));
  state.since_ns = now_;
  state.factor = factor;
  if (!source.sinusoid) return consume_units(s);
  const double per_s = source.mean_per_s * (1.0 + source.amplitude) * factor;
  push_arrival(s, 0, per_s > 0.0 ? now_ + from_seconds(state.units / per_s) : kNever);
}

/// Integral of the rate (of candidates, for a sinusoid) since the units were last written down.
double Engine::units_consumed(std::uint32_t s) const {
  const plan::Source& source = plan_.sources[s];
  const SourceState& state = sources_[s];
  if (source.sinusoid) {
    return source.mean_per_s * (1.0 + source.amplitude) * state.factor * to_seconds(now_ - state.since_ns);
  }
  double units = 0.0;
  Nanos at = state.since_ns;
  while (at < now_) {
    const Stretch stretch = stretch_at(source, at);
    const Nanos until = std::min(stretch.until_ns, now_);
    units += stretch.per_s * state.factor * to_seconds(until - at);
    at = until;
  }
  return units;
}

void Engine::schedule_user(std::uint32_t s, std::uint32_t user) {
  const plan::Source& source = plan_.sources[s];
  const std::uint64_t ordinal = sources_[s].cycles[user] * source.users + user;
  random::Draws draws(stream_, kThink, random::root_frame(source.name_key, ordinal));
  const Nanos think_ns =
      source.think.valid() ? random::sample_ns(plan_.laws[source.think.index()], plan_.law_tables, draws) : 0;
  const Nanos at = now_ + think_ns;
  if (at < end_ns_) events_.push(make_key(at, background_bits(plan::Rung::kArrive, s, user)));
}

}  // namespace twinvoice::kernel
