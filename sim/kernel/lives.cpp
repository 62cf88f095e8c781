// Lives: failures and repairs that happen by themselves, and the crews that repair.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {
namespace {

const std::uint64_t kFails = random::purpose_of("life", "fails");
const std::uint64_t kRepairs = random::purpose_of("life", "repairs");
/// Effects of lives are numbered after those of the faults and before those of procedures.
constexpr std::uint32_t kLifeEffects = 1U << 23;

}  // namespace

void Engine::start_lives() {
  lives_.resize(plan_.lives.size());
  crews_.resize(plan_.crews.size());
  for (std::uint32_t i = 0; i < plan_.lives.size(); ++i) schedule_failure(i);
}

void Engine::schedule_failure(std::uint32_t i) {
  const plan::Life& life = plan_.lives[i];
  random::Draws draws(stream_, kFails, random::root_frame(life.name_key, lives_[i].failures));
  push_life(i, plan::Rung::kFault,
            random::sample_ns(plan_.laws[life.fails.index()], plan_.law_tables, draws));
}

void Engine::push_life(std::uint32_t i, plan::Rung rung, Nanos delay_ns) {
  lives_[i].since_ns = now_;
  lives_[i].due_ns = now_ + delay_ns;
  events_.push(make_key(lives_[i].due_ns, background_bits(rung, kLifeGroup, i)));
}

void Engine::life_due(std::uint32_t i) {
  LifeState& state = lives_[i];
  const plan::Life& life = plan_.lives[i];
  if (state.due_ns != now_) return;  // drawn anew at a branch
  state.due_ns = kNever;
  if (state.down) return repaired(i);
  state.down = true;
  plan::each_target(
      life, [&](const plan::LifeTarget& t) { begin_effect(life_knob(t), t.target, kLifeEffects + i, 1.0); });
  plan::each_target(life, [&](const plan::LifeTarget& t) {
    if (!t.is_link && t.in_service == plan::InService::kLose) reset_instance(t.target);
  });
  if (life.crew == Id<void>::kNone) return begin_repair(i);
  CrewState& crew = crews_[life.crew];
  if (crew.busy < plan_.crews[life.crew].size) {
    ++crew.busy;
    begin_repair(i);
  } else {
    crew.waiting.push_back(i);
  }
}

void Engine::begin_repair(std::uint32_t i) {
  const plan::Life& life = plan_.lives[i];
  random::Draws draws(stream_, kRepairs, random::root_frame(life.name_key, lives_[i].failures));
  push_life(i, plan::Rung::kRepair,
            random::sample_ns(plan_.laws[life.repairs.index()], plan_.law_tables, draws));
}

void Engine::repaired(std::uint32_t i) {
  const plan::Life& life = plan_.lives[i];
  lives_[i].down = false;
  ++lives_[i].failures;
  plan::each_target(life, [&](const plan::LifeTarget& t) {
    if (!t.is_link && t.in_service == plan::InService::kRestart) restart_work(t.target);
    end_effect(life_knob(t), t.target, kLifeEffects + i);
  });
  schedule_failure(i);
  if (life.crew == Id<void>::kNone) return;
  CrewState& crew = crews_[life.crew];
  if (crew.waiting.empty()) {
    --crew.busy;
    return;
  }
  const std::uint32_t next = crew.waiting.front();
  crew.waiting.erase(crew.waiting.begin());
  begin_repair(next);
}

void Engine::redraw_life(std::uint32_t i) {
  const LifeState& state = lives_[i];
  if (state.due_ns == kNever) return;
  const plan::LawId law = state.down ? plan_.lives[i].repairs : plan_.lives[i].fails;
  random::Draws draws(stream_, state.down ? kRepairs : kFails,
                      random::root_frame(plan_.lives[i].name_key, state.failures));
  const double residual_s = random::sample_residual(plan_.laws[law.index()], plan_.law_tables,
                                                    to_seconds(now_ - state.since_ns), draws);
  push_life(i, state.down ? plan::Rung::kRepair : plan::Rung::kFault, from_seconds(residual_s));
}

plan::Knob Engine::life_knob(const plan::LifeTarget& target) {
  if (target.is_link) return plan::Knob::kLinkDown;
  return target.in_service == plan::InService::kLose ? plan::Knob::kInstanceDown
                                                     : plan::Knob::kInstancePaused;
}

void Engine::count_down(std::uint32_t component) {
  std::vector<Nanos>& times = down_time_[component];
  const Nanos from = std::max(down_at_ns_[component], plan_.warm_up_ns);
  if (now_ > from) times[std::min<std::size_t>(down_now_[component], times.size() - 1)] += now_ - from;
  down_at_ns_[component] = now_;
}

/// Books the time since it was last booked for the stations of a replica, which has been up or away all the while, with the same
/// servers. Before either changes; of this replica alone, for thousands may die at once.
void Engine::count_presence(std::uint32_t i) {
  const bool away = instances_[i].down || instances_[i].paused;
  for (std::uint32_t k = stations_first_[i]; k < stations_first_[i + 1]; ++k) {
    const std::uint32_t s = stations_of_[k];
    Presence& presence = presences_[s];
    const Wide busy_ns = busy_until(stations_[s], counted_ns_);
    if (away) {
      presence.away_ns += static_cast<Wide>(stations_[s].servers) * (counted_ns_ - presence.booked_ns);
      presence.stuck_ns += busy_ns - presence.busy_ns;
    } else if (stations_[s].servers >= stations_[s].whole) {
      presence.whole_ns += counted_ns_ - presence.booked_ns;
    }
    presence.busy_ns = busy_ns;
    presence.booked_ns = counted_ns_;
  }
}

}  // namespace twinvoice::kernel
