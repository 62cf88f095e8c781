#include "sim/referee/world.hpp"

#include <exception>
#include <simgrid/s4u/Actor.hpp>
#include <utility>

namespace twinvoice::referee {
namespace {

/// In these a frame whose result is no longer wanted stops at once; elsewhere at its next step.
bool stops_at_once(Activity a) {
  return a == Activity::kQueue || a == Activity::kToken || a == Activity::kChildren ||
         a == Activity::kCommit || a == Activity::kHeld;
}

}  // namespace

World::World(const plan::Plan& p, std::uint64_t number, const Limits& l)
    : plan(p),
      replication(number),
      limits(l),
      stream(random::Stream::of(p.seed, number)),
      instances(p.instances.size()),
      stations(p.stations.size()),
      balancers(p),
      guards(p.call_states),
      groups(plan::call_groups(p)),
      logs(p),
      gates(p.gates.size()),
      sources(p.sources.size(), nullptr) {
  pools.states.resize(p.pools.size());
  result.stations.resize(p.stations.size());
  result.calls.resize(groups.names.size());
  for (measure::CallRecord& call : result.calls) call.windows.resize(groups.windows);
  for (std::size_t i = 0; i < stations.size(); ++i) stations[i].id = static_cast<std::uint32_t>(i);
  for (const plan::Cell& cell : p.cells) cells.push_back({cell.initial, 0});
  for (std::size_t i = 0; i < gates.size(); ++i) gates[i].tokens = p.gates[i].burst;
  for (const plan::CallSite& site : p.calls) {
    const std::uint32_t callers = site.caller.valid() ? p.components[site.caller.index()].replicas : 1;
    for (std::uint32_t c = 0; c < callers; ++c)
      guards[site.state_base + c].budget = site.retries.budget_ratio > 0.0 ? site.retries.budget_burst : 0.0;
  }
}

Nanos World::sample_ns(plan::LawId law, random::Key purpose, random::Key frame, std::uint64_t index) const {
  random::Draws draws(stream, purpose, frame, index);
  return random::sample_ns(plan.laws[law.index()], plan.law_tables, draws);
}

double World::uniform(random::Key purpose, random::Key frame, std::uint64_t index) const {
  return random::uniform_open(stream.run_key, purpose, frame, index);
}

void World::count(plan::CallSiteId site, std::uint32_t measure::CallCounts::*what) {
  if (measured) return;
  measure::CallRecord& call = result.calls[groups.of_site[site.index()]];
  ++(call.windows[static_cast<std::size_t>(now() / groups.window_ns)].*what);
  if (now() >= plan.warm_up_ns) ++(call.measured.*what);
}

void World::touch(Touch& last) {
  if (last.event != arbiter.event() && now() - last.at_ns <= limits.tie_tolerance_ns) {
    result.first_tie_ns = std::min(result.first_tie_ns, last.at_ns);
  }
  last = {now(), arbiter.event()};
}

bool World::wait(Frame& f, Activity activity, Nanos at_ns, plan::Rung rung) {
  f.activity = activity;
  const bool due =
      arbiter.wait(f, {at_ns, static_cast<int>(rung), f.component.value, f.request->number, f.hash});
  const Activity woken_from = f.activity;
  // What a cut held leaves when the way opens, whoever stands still: it is in the buffers of the network.
  const bool leaves = woken_from == Activity::kHeld && !due;
  if (woken_from != Activity::kTransit && !leaves) stand_still(f, sender_or_host(f, woken_from));
  f.activity = Activity::kRunning;
  if (!f.doom.none()) throw Failure{std::exchange(f.doom, {})};
  if (f.cancelled && stops_at_once(woken_from)) {
    cancel_children(f);
    throw Cancelled{};
  }
  return due;
}

/// Whose standstill holds the frame: its own instance's, but a request that is held or was lost is its caller's.
plan::InstanceId World::sender_or_host(const Frame& f, Activity activity) {
  const bool message = activity == Activity::kHeld || activity == Activity::kLost;
  return message && !f.replying ? caller_of(f) : f.instance;
}

/// The instance of a parent that still waits; invalid for clients.
plan::InstanceId World::caller_of(const Frame& f) {
  return f.reply_to ? f.reply_to->owner->instance : plan::InstanceId();
}

void World::stand_still(Frame& f, plan::InstanceId at) {
  if (!at.valid() || !paused(at)) return;
  std::deque<Participant*>& postponed = instances[at.index()].postponed;
  postponed.push_back(&f);
  f.activity = Activity::kPaused;
  while (paused(at) && f.doom.none()) {
    arbiter.wait(f, {kNever, 0, f.component.value, f.request->number, f.hash});
  }
  std::erase(postponed, &f);
}

void World::resume(plan::InstanceId i) {
  // One by one, each with all that it makes ready, and before anything else of this instant.
  std::uint64_t order = 0;
  for (Participant* p : instances[i.index()].postponed) {
    arbiter.rearm(*p, {now(), kBeforeAll, 0, order++, 0});
  }
}

void World::arrived_at_instance(Frame& f) {
  if (!f.instance.valid()) return;
  f.arrived = true;
  if (down(f.instance)) throw Failure{here(f, plan::Reason::kRefused)};
  stand_still(f, f.instance);
  f.activity = Activity::kRunning;
  if (!f.doom.none()) throw Failure{std::exchange(f.doom, {})};
}

void World::arrived_at_caller(Frame& f) {
  f.answered_ns = now();
  stand_still(f, caller_of(f));
  f.activity = Activity::kRunning;
}

FramePtr World::child(const Frame& parent, random::Key hash, plan::ProgramId program,
                      plan::InstanceId at) const {
  auto f = std::make_shared<Frame>();
  f->request = parent.request;
  f->hash = hash;
  f->program = program;
  f->instance = at;
  f->parent_location = parent.location;
  f->location = parent.location;
  f->component = parent.component;
  f->ordinal = parent.ordinal;
  if (at.valid()) {
    const plan::Instance& instance = plan.instances[at.index()];
    f->location = instance.location;
    f->component = instance.component;
    f->ordinal = instance.ordinal;
  }
  return f;
}

void World::launch(const FramePtr& f) {
  ++result.frames_created;
  f->has_caller = f->reply_to != nullptr;
  if (f->instance.valid()) {
    instances[f->instance.index()].frames.insert(f.get());
    if (!f->request->decided())
      f->request->record.path_hash += random::mix(f->hash, f->instance.value + 1ULL);
  }
  Frame* const frame = f.get();
  spawn(f, [this, frame] { run_program(*this, *frame); });
}

void World::spawn(const std::shared_ptr<Participant>& participant, std::function<void()> body) {
  arbiter.announce(*participant);
  simgrid::s4u::Actor::create("r", host, [this, participant, body = std::move(body)] {
    try {
      arbiter.enter(*participant);
      body();
    } catch (const std::exception& broken) {
      if (error.empty()) error = broken.what();
      arbiter.make_ready(*end);
    }
    if (!stopping) arbiter.leave(*participant);
  });
}

void World::cancel(const Frame& parent, const FramePtr& child, bool by_message) {
  detach(*child);
  if (!by_message) {
    stop(*child);
    return;
  }
  if (!passes(*this, parent.location, child->location, false)) return;
  const Nanos at_ns = now() + latency_ns(*this, parent.location, child->location);
  const auto hears_nothing = [this, child] { return child->instance.valid() && paused(child->instance); };
  if (at_ns == now() && !hears_nothing()) {
    stop(*child);
    return;
  }
  const auto courier = std::make_shared<Participant>();
  Participant* const who = courier.get();
  spawn(courier, [this, who, child, at_ns, hears_nothing] {
    arbiter.wait(*who, {at_ns, static_cast<int>(plan::Rung::kDeliver), child->component.value,
                        child->request->number, child->hash});
    while (!child->ended && hears_nothing()) {
      std::deque<Participant*>& postponed = instances[child->instance.index()].postponed;
      postponed.push_back(who);
      arbiter.wait(*who, {});
      std::erase(postponed, who);
    }
    stop(*child);
  });
}

void World::stop(Frame& child) {
  if (child.ended) return;
  child.cancelled = true;
  if (stops_at_once(child.activity)) arbiter.make_ready(child);
}

void World::cancel_children(Frame& f) {
  const std::vector<FramePtr> calls = f.awaited;
  const std::vector<FramePtr> branches = std::exchange(f.fork.live, {});
  for (const FramePtr& child : calls) cancel(f, child, true);
  for (const FramePtr& branch : branches) cancel(f, branch, false);
}

void World::answer(Frame& child) {
  Inbox& inbox = *child.reply_to;
  inbox.answers.push_back({&child, child.cause, child.answered_ns == kNever ? now() : child.answered_ns});
  Frame& parent = *inbox.owner;
  if (parent.activity == Activity::kChildren && parent.waits_on == &inbox) arbiter.make_ready(parent);
}

void World::end_frame(Frame& f) {
  let_go(*this, f);
  f.ended = true;
  ++result.frames_ended;
  if (f.instance.valid()) instances[f.instance.index()].frames.erase(&f);
  if (f.is_root) {
    decide(f);
  } else if (f.reply_to) {
    answer(f);
  } else if (f.is_job) {
    ++(f.cause.none() ? f.request->jobs.completed : f.request->jobs.dead);
  } else if (f.has_caller && !f.cancelled) {
    ++result.late;
    if (f.is_attempt && !measured) {
      count(f.via, &measure::CallCounts::late);
      result.late_answers.push_back({plan.sources[f.request->record.source].operation.value, now()});
    }
  }
  f.reply_to.reset();
}

void World::arrive(plan::SourceId source, std::uint64_t ordinal, Participant* user) {
  if (requests.size() >= limits.max_requests) {
    arbiter.make_ready(*end);
    return;
  }
  const plan::Source& from = plan.sources[source.index()];
  const plan::Operation& operation = plan.operations[from.operation.index()];
  Request& request = requests.emplace_back();
  request.number = requests.size() - 1;
  request.root_hash = random::root_frame(from.name_key, ordinal);
  request.priority = operation.priority;
  request.user = user;
  request.record.source = source.value;
  request.record.ordinal = ordinal;
  request.record.sequence = request.number;
  request.record.arrived_ns = now();
  request.in_books = !measured;
  if (request.in_books) ++result.arrived;
  if (request.in_books && now() >= plan.warm_up_ns) ++followed;

  const auto root = std::make_shared<Frame>();
  root->request = &request;
  root->hash = request.root_hash;
  root->program = operation.program;
  root->location = root->parent_location = operation.from;
  root->is_root = true;
  launch(root);
}

void World::decide(const Frame& root) {
  measure::RequestRecord& record = root.request->record;
  record.decided_ns = now();
  record.succeeded = root.cause.none();
  record.cause = root.cause.packed;
  if (!record.succeeded && record.first_cause == 0) record.first_cause = record.cause;
  if (root.request->in_books) {
    ++(record.succeeded ? result.succeeded : result.failed);
    if (record.arrived_ns >= plan.warm_up_ns && --followed == 0 && measured) arbiter.make_ready(*end);
  }
  if (root.request->user != nullptr) arbiter.make_ready(*root.request->user);
}

}  // namespace twinvoice::referee
