// Building the state of a run from its Plan: everything is allocated here.
#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"
#include "sim/kernel/visit.hpp"
#include "sim/plan/schedule.hpp"

namespace twinvoice::kernel {
namespace {

/// Frames for which memory is set aside at the start; address space only, pages are touched when used.
constexpr std::size_t kFramesSetAside = 1U << 16;

measure::LedgerLayout layout_of(const plan::Plan& plan) {
  measure::LedgerLayout layout;
  for (const plan::Operation& operation : plan.operations) {
    layout.slow_above_ns.push_back(operation.objective.stated ? operation.objective.p99_ns : kNever);
  }
  layout.causes = plan::cause_count(plan);
  layout.horizon_ns = plan.horizon_ns;
  layout.warm_up_ns = plan.warm_up_ns;
  layout.window_ns = plan.window_ns;
  return layout;
}

void check_limits(const plan::Plan& plan) {
  ensure(plan.components.size() + plan.operations.size() < (1U << kComponentBits),
         "plan: more components and operations than event keys can tell apart");
  ensure(plan.max_frames <= (1U << kSlotBits), "plan: more frames than event keys can tell apart");
  ensure(plan.turns.size() < (1U << kSequenceBits) && plan.lives.size() < (1U << kSequenceBits),
         "plan: more timed turns or lives than event keys can tell apart");
}

/// Whether a chain of calls can lead back to the component it came from.
bool calls_nest(const plan::Plan& plan) {
  std::vector<std::uint32_t> callers(
      plan.components.size());  // call sites of callers that are still in the graph
  for (const plan::CallSite& site : plan.calls) {
    if (site.caller.valid()) ++callers[site.target.index()];
  }
  std::vector<std::size_t> uncalled;
  for (std::size_t c = 0; c < callers.size(); ++c) {
    if (callers[c] == 0) uncalled.push_back(c);
  }
  for (std::size_t taken = 0; taken < uncalled.size(); ++taken) {
    for (const plan::CallSite& site : plan.calls) {
      if (!site.caller.valid() || site.caller.index() != uncalled[taken]) continue;
      if (--callers[site.target.index()] == 0) uncalled.push_back(site.target.index());
    }
  }
  return uncalled.size() < callers.size();
}

/// Locations of the clients that call through `site`, in this program or in branches of it.
void add_clients(const plan::Plan& plan, const plan::Operation& operation, plan::ProgramId id,
                 plan::CallSiteId site, std::vector<std::uint32_t>& locations) {
  const plan::Program& program = plan.programs[id.index()];
  for (std::uint32_t i = program.first; i < program.first + program.count; ++i) {
    const plan::Step& step = plan.steps[i];
    const bool calls = step.kind == plan::StepKind::kCall || step.kind == plan::StepKind::kEmit;
    if (calls && step.target == site.value) locations.push_back(operation.from.value);
    if (step.kind != plan::StepKind::kFork) continue;
    for (std::uint32_t b = 0; b < step.arg; ++b)
      add_clients(plan, operation, plan.fork_branches[step.target + b], site, locations);
  }
}

/// Who calls a component: replicas of others, and clients where they stand.
void find_callers(const plan::Plan& plan, plan::ComponentId target, std::vector<std::uint32_t>& instances,
                  std::vector<std::uint32_t>& locations) {
  std::vector<bool> calls(plan.components.size(), false);
  for (std::size_t c = 0; c < plan.calls.size(); ++c) {
    const plan::CallSite& site = plan.calls[c];
    if (site.target != target) continue;
    if (site.caller.valid()) {
      calls[site.caller.index()] = true;
      continue;
    }
    for (const plan::Operation& operation : plan.operations)
      add_clients(plan, operation, operation.program, plan::CallSiteId(c), locations);
  }
  for (std::uint32_t i = 0; i < plan.instances.size(); ++i) {
    if (calls[plan.instances[i].component.index()]) instances.push_back(i);
  }
}

}  // namespace

Engine::Engine(const plan::Plan& plan, const RunOptions& options)
    : plan_(plan),
      options_(options),
      stream_(random::Stream::of(options.seed, options.replication)),
      events_(options.event_list),
      counted_ns_(plan.warm_up_ns),
      warm_up_ns_(plan.warm_up_ns),
      end_ns_(plan.end_ns()),
      call_books_(plan),
      ledger_(layout_of(plan)) {
  check_limits(plan);
  calls_nest_ = calls_nest(plan);
  frames_.reserve(kFramesSetAside);
  extra_.reserve(kFramesSetAside);
  requests_.reserve(kFramesSetAside);
  free_requests_.reserve(kFramesSetAside);
  tokens_.reserve(kFramesSetAside);
  ready_.resize(4096);
  tied_.reserve(256);
  prepare_instances();
  prepare_sites();
  prepare_resources();
  prepare_logs();
  prepare_paths();
  prepare_initial_state();
  prepare_turns();
  start_lives();
  start_sources();
  begin_instant();
  drain_ready();
}

void Engine::prepare_turns() {
  fault_begins_ = plan::fault_begins(plan_, stream_, options_.replication);
  if (plan::draws_faults(plan_)) drawn_turns_ = plan::turns_of(plan_, fault_begins_);
  turns_ = drawn_turns_.empty() ? std::span(plan_.turns) : std::span<const plan::Turn>(drawn_turns_);
  for (std::uint32_t i = 0; i < turns_.size(); ++i) {
    const plan::Turn& turn = turns_[i];
    if (turn.at_ns < end_ns_) events_.push(make_key(turn.at_ns, background_bits(turn.rung, kTurnGroup, i)));
  }
}

void Engine::prepare_instances() {
  instances_.resize(plan_.instances.size());
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    const plan::Instance& fixed = plan_.instances[i];
    instances_[i].component = fixed.component.value;
    instances_[i].ordinal = fixed.ordinal;
    instances_[i].location = fixed.location.value;
    instances_[i].weight = fixed.weight;
  }
  down_time_.resize(plan_.components.size());
  for (std::size_t c = 0; c < plan_.components.size(); ++c) {
    down_time_[c].assign(plan_.components[c].replicas + 1ULL, 0);
  }
  down_now_.assign(plan_.components.size(), 0);
  down_at_ns_.assign(plan_.components.size(), 0);
  callers_.resize(plan_.call_states);
  peers_.resize(plan_.peer_states);
  candidates_.resize(plan_.peer_states);
  for (const plan::CallSite& site : plan_.calls) {
    const std::uint32_t replicas = site.caller.valid() ? plan_.components[site.caller.index()].replicas : 1;
    for (std::uint32_t i = 0; i < replicas; ++i)
      callers_[site.state_base + i].budget = site.retries.budget_at_start();
  }
}

void Engine::prepare_sites() {
  for (const plan::CallSite& site : plan_.calls) {
    const plan::Component& target = plan_.components[site.target.index()];
    SiteRules rules;
    rules.name_key = site.name_key;
    rules.timeout_ns = site.timeout_ns;
    rules.target = site.target.value;
    rules.program = site.program.value;
    rules.first_instance = target.first_instance;
    rules.replicas = target.replicas;
    rules.state_base = site.state_base;
    rules.peer_base = site.peer_base;
    rules.request_bytes = site.request_bytes;
    rules.response_bytes = site.response_bytes;
    if (site.timeout_ns != kNever) rules.call_lane = events_.lane(site.timeout_ns);
    rules.balance = site.balance;
    rules.by_connection = site.connection_pool.valid();
    rules.avoids_tried = site.retries.avoid_tried && target.replicas > 1;
    untried_.reserve(std::max<std::size_t>(untried_.capacity(), target.replicas));
    const bool breaker = site.breaker.consecutive_errors != 0;
    rules.plain_books = !breaker && site.ejection.consecutive_errors == 0;
    rules.plain_start = !breaker && !site.propagate_deadline && !site.retries.budget &&
                        site.retries.per_try_timeout_ns == kNever && site.hedge.after_ns == kNever;
    sites_.push_back(rules);
  }
}

std::uint32_t Engine::observe(bool waits, bool occupancy) {
  if (!waits && !occupancy) return kNil;
  observations_.emplace_back();
  observations_.back().occupancy.assign(plan::kOccupancyBins, 0);
  return static_cast<std::uint32_t>(observations_.size() - 1);
}

void Engine::prepare_resources() {
  stations_.resize(plan_.stations.size());
  presences_.resize(plan_.stations.size());
  stations_first_.assign(instances_.size() + 1, 0);
  for (std::uint32_t s = 0; s < stations_.size(); ++s) {
    const plan::Station& fixed = plan_.stations[s];
    stations_[s].servers = fixed.servers;
    if (fixed.spare > 0.0) {
      stations_[s].whole = fixed.servers;
      stations_[s].spare_q32 = static_cast<std::uint32_t>(fixed.spare * 4294967296.0);
    }
    presences_[s].in_force.come(counted_ns_, fixed.servers);
    presences_[s].booked_ns = counted_ns_;
    stations_[s].discipline = fixed.discipline;
    stations_[s].shared =
        fixed.discipline == plan::Discipline::kProcessorSharing || !fixed.speed_by_load.empty();
    stations_[s].observation = observe(fixed.observe_waits, fixed.observe_occupancy);
    stations_[s].observed = stations_[s].observation != kNil;
    if (stations_[s].shared) stations_[s].jobs.reserve(1024);
    if (fixed.instance.valid()) ++stations_first_[fixed.instance.index() + 1];
  }
  for (std::size_t i = 1; i < stations_first_.size(); ++i) stations_first_[i] += stations_first_[i - 1];
  stations_of_.resize(stations_first_.back());
  std::vector<std::uint32_t> at(stations_first_.begin(), stations_first_.end() - 1);
  for (std::uint32_t s = 0; s < stations_.size(); ++s) {
    if (plan_.stations[s].instance.valid()) stations_of_[at[plan_.stations[s].instance.index()]++] = s;
  }
  pools_.resize(plan_.pools.size());
  for (std::uint32_t p = 0; p < pools_.size(); ++p) pools_[p].size = plan_.pools[p].size;
  for (const plan::Cell& cell : plan_.cells) cells_.push_back(cell.initial);
  cell_at_ns_.assign(plan_.cells.size(), 0);
  for (const plan::Gate& gate : plan_.gates) {
    gate_probability_.push_back(gate.probability);
    gate_tokens_.push_back(gate.burst);
  }
  gate_at_ns_.assign(plan_.gates.size(), 0);
}

void Engine::prepare_logs() {
  const std::size_t locations = plan_.locations.size();
  logs_.resize(plan_.logs.size());
  for (std::uint32_t l = 0; l < logs_.size(); ++l) {
    const plan::Log& fixed = plan_.logs[l];
    LogState& log = logs_[l];
    log.leader = fixed.leader_location.value;
    log.places.resize(locations);
    for (LogPlace& place : log.places) place.view = log.leader;
    for (const plan::LocationId member : fixed.members()) {
      log.members.push_back(member.value);
      log.places[member.index()].member = true;
    }
    log.shards.resize(fixed.shards);
    for (LogShard& shard : log.shards) {
      for (auto* positions : {&shard.received, &shard.applied, &shard.heard}) positions->assign(locations, 0);
    }
    find_callers(plan_, fixed.component, log.calling_instances, log.calling_locations);
  }
}

/// What is known of the logs at time 0, once paths and positions stand.
void Engine::start_logs() {
  for (std::uint32_t l = 0; l < logs_.size(); ++l) {
    LogState& log = logs_[l];
    for (const std::uint32_t member : log.members) {
      log_event(measure::LogEventKind::kUp, l, member);
      for (std::uint32_t s = 0; s < log.shards.size(); ++s) {
        const std::int64_t position = log_position(l, member, s, true);
        if (member == log.leader) log_event(measure::LogEventKind::kLeads, l, member, s, position);
        if (position > 0) log_event(measure::LogEventKind::kApplied, l, member, s, position);
      }
    }
  }
  look_at_logs();
}

void Engine::prepare_initial_state() {
  for (const plan::InitialTokens& tokens : plan_.initial.tokens) {
    Pool& pool = pools_[tokens.pool.index()];
    pool.held += tokens.held;
    pool.held_time.come(counted_ns_, tokens.held);
    pool.max_held = pool.held;
  }
  for (const plan::InitialPosition& at : plan_.initial.positions) {
    LogState& log = logs_[at.log.index()];
    LogShard& shard = log.shards[at.shard];
    if (at.location.value == log.leader) {
      shard.initial = at.position;
    } else {
      for (auto* positions : {&shard.received, &shard.applied, &shard.heard})
        (*positions)[at.location.index()] = at.position;
    }
  }
  start_logs();
  preconnect();
  for (const plan::InitialJobs& jobs : plan_.initial.jobs) start_jobs(jobs);
}

void Engine::start_jobs(const plan::InitialJobs& jobs) {
  // A job of no request: a frame whose only step left is the Return of a program of its component.
  const plan::Station& fixed = plan_.stations[jobs.station.index()];
  const plan::ComponentId component = plan_.instances[fixed.instance.index()].component;
  const auto program = std::find_if(plan_.programs.begin(), plan_.programs.end(),
                                    [&](const plan::Program& p) { return p.component == component; });
  ensure(program != plan_.programs.end(), "initial jobs at a station that no operation uses");
  for (std::uint32_t k = 0; k < jobs.jobs; ++k) {
    const auto r = static_cast<std::uint32_t>(requests_.size());
    requests_.emplace_back();
    requests_[r].decided = true;
    requests_[r].sequence = next_sequence_++;
    const std::uint64_t hash = random::root_frame(random::hash_name(fixed.name), k);
    const std::uint32_t f = new_frame(r, hash, fixed.instance.value,
                                      static_cast<std::uint32_t>(program - plan_.programs.begin()));
    frames_[f].kind = FrameKind::kBranch;
    frames_[f].flags |= kArrivedHere;
    frames_[f].pc = program->first + program->count - 2;
    frames_[f].state = FrameState::kRunning;
    join_station(f, jobs.station.value, sample(jobs.law, jobs.purpose, frames_[f]));
  }
}

void Engine::branch(std::uint64_t branch) {
  stream_ = random::Stream::of(options_.seed, options_.replication, branch);
  // Clocks of sources that are still to ring are drawn anew; the exponential's residual is the law itself.
  for (std::uint32_t s = 0; s < plan_.sources.size(); ++s) {
    if (plan_.sources[s].kind != plan::SourceKind::kPoisson) continue;
    plan_.sources[s].sinusoid ? schedule_candidate(s) : schedule_poisson(s);
  }
  for (std::uint32_t i = 0; i < plan_.lives.size(); ++i) redraw_life(i);
}

}  // namespace twinvoice::kernel
