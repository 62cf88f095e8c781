// Tiny Plans by hand: what tests of the kernel, the referee and the dump write instead of JSON. Depends on
// plan and random alone.
//
//   PlanBuilder b;
//   const auto here = b.location("a");
//   const auto db = b.component("db", here);
//   const auto station = b.station(db, 2);
//   const auto work = b.program("db/default", db).hop_in().serve(station, b.exponential(0.010)).reply();
//   const auto root = b.program("issue").call(b.call("issue>db", db, work)).end();
//   b.poisson(b.operation("issue", root, here), 50.0);
//   const plan::Plan plan = b.horizon(10 * kNanosPerSecond).build();
//
// Everything is appended in the order of the calls; per-replica resources give the id of replica 0. What has
// no function here is set in `b.plan` before build().
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/plan/plan.hpp"
#include "sim/random/keys.hpp"
#include "sim/random/laws.hpp"
#include "tests/support/log_problems.hpp"

namespace twinvoice::testing {

inline constexpr Nanos kMs = 1'000'000;

class PlanBuilder;

/// Collects the steps of one program. Jumps are relative to its first step until reply() or end() appends it.
class ProgramText {
 public:
  ProgramText(PlanBuilder& owner, std::string name, plan::ComponentId component)
      : owner_(owner), name_(std::move(name)), component_(component) {}

  /// Request message: from the caller's location to this one.
  ProgramText& hop_in(std::uint32_t size_bytes = 0) {
    return add(plan::StepKind::kHop, "in", [&](auto& s) { s.size_bytes = size_bytes; });
  }
  ProgramText& delay(plan::LawId law, const std::string& quantity = "delay") {
    return add(plan::StepKind::kDelay, quantity, [&](auto& s) { s.law = law; });
  }
  ProgramText& serve(plan::StationId station, plan::LawId law, const std::string& quantity = "demand") {
    return add(plan::StepKind::kServe, quantity, [&](auto& s) { s.target = station.value, s.law = law; });
  }
  ProgramText& acquire(plan::PoolId pool) {
    return add(plan::StepKind::kAcquire, "acquire", [&](auto& s) { s.target = pool.value; });
  }
  ProgramText& release(plan::PoolId pool) {
    return add(plan::StepKind::kRelease, "release", [&](auto& s) { s.target = pool.value; });
  }
  /// Takes a connection of `pool` towards the target of `site`.
  ProgramText& connect(plan::PoolId pool, plan::CallSiteId site) {
    return add(plan::StepKind::kConnect, "connect",
               [&](auto& s) { s.target = pool.value, s.arg = static_cast<std::uint16_t>(site.value); });
  }
  ProgramText& gate(plan::GateId gate) {
    return add(plan::StepKind::kGate, "gate", [&](auto& s) { s.target = gate.value; });
  }
  /// Skips the next `steps` steps with probability `value`, or with `value` x cell.
  ProgramText& skip(std::uint32_t steps, double value, const std::string& quantity, plan::CellId cell = {}) {
    const auto jump = static_cast<std::uint32_t>(steps_.size()) + 1 + steps;
    return add(plan::StepKind::kBranch, quantity, [&](auto& s) {
      s.value = value, s.jump = jump, s.target = cell.value;
      if (cell.valid()) s.flags = plan::kCellScaled;
    });
  }
  ProgramText& update(plan::CellId cell, plan::UpdateOp op, double value) {
    return add(plan::StepKind::kUpdate, "update", [&](auto& s) {
      s.target = cell.value, s.arg = static_cast<std::uint16_t>(op), s.value = value;
    });
  }
  ProgramText& call(plan::CallSiteId site) {
    return add(plan::StepKind::kCall, "call", [&](auto& s) { s.target = site.value; });
  }
  ProgramText& emit(plan::CallSiteId site) {
    return add(plan::StepKind::kEmit, "emit", [&](auto& s) { s.target = site.value; });
  }
  /// Starts branch programs; `name` keys their frames.
  ProgramText& fork(std::initializer_list<plan::ProgramId> branches, const std::string& name = "fork");
  ProgramText& join(std::uint16_t needed, bool cancel_losers = false) {
    return add(plan::StepKind::kJoin, "join",
               [&](auto& s) { s.arg = needed, s.flags = losers_flag(cancel_losers); });
  }
  ProgramText& commit(plan::LogId log) {
    return add(plan::StepKind::kCommit, "commit", [&](auto& s) { s.target = log.value; });
  }
  /// Repeats the last `steps` steps until they have run `times` times.
  ProgramText& repeat(std::uint32_t steps, std::uint16_t times) {
    const auto jump = static_cast<std::uint32_t>(steps_.size()) - steps;
    return add(plan::StepKind::kRepeat, "repeat", [&](auto& s) { s.jump = jump, s.arg = times; });
  }
  /// Any step as it is (jump relative to the first step of the program).
  ProgramText& step(plan::Step step) {
    steps_.push_back(step);
    return *this;
  }

  /// Ends with the reply message and Return; a failure goes on at the reply.
  plan::ProgramId reply(std::uint32_t size_bytes = 0);
  /// Ends with Return alone: root programs, fork branches.
  plan::ProgramId end();

 private:
  static std::uint8_t losers_flag(bool cancel) {
    if (cancel) return plan::kCancelLosers;
    return 0;
  }
  template <class Fill>
  ProgramText& add(plan::StepKind kind, const std::string& quantity, Fill fill);

  PlanBuilder& owner_;
  std::string name_;
  plan::ComponentId component_;
  std::vector<plan::Step> steps_;
};

class PlanBuilder {
 public:
  plan::Plan plan;

  // Space.

  /// "site" or "site/zone".
  plan::LocationId location(const std::string& name, Nanos lan_latency_ns = 0, double lan_bytes_per_s = 0.0,
                            const std::string& region = "region") {
    const auto slash = name.find('/');
    plan::Location l;
    l.name = name;
    l.site = name.substr(0, slash);
    l.zone = slash == std::string::npos ? "" : name.substr(slash + 1);
    l.region = region;
    l.lan_latency_ns = lan_latency_ns;
    l.lan_bytes_per_s = lan_bytes_per_s;
    plan.locations.push_back(l);
    return plan::LocationId(plan.locations.size() - 1);
  }
  plan::LinkId link(plan::LocationId a, plan::LocationId b, Nanos latency_ns, double bytes_per_s = 0.0,
                    double loss = 0.0, bool shared = false) {
    plan::Link l;
    l.site_a = plan.locations[a.index()].site;
    l.site_b = plan.locations[b.index()].site;
    l.name = l.site_a + "-" + l.site_b;
    l.latency_ns = latency_ns;
    l.bytes_per_s = bytes_per_s;
    l.loss = loss;
    l.shared = shared;
    plan.links.push_back(l);
    return plan::LinkId(plan.links.size() - 1);
  }
  /// One replica for each entry.
  plan::ComponentId component(const std::string& name, const std::vector<plan::LocationId>& where) {
    const plan::ComponentId id(plan.components.size());
    plan::Component c;
    c.name = name;
    c.model = "service";
    c.first_instance = static_cast<std::uint32_t>(plan.instances.size());
    c.replicas = static_cast<std::uint32_t>(where.size());
    plan.components.push_back(c);
    for (std::size_t i = 0; i < where.size(); ++i) {
      plan.instances.push_back({id, static_cast<std::uint32_t>(i), where[i], 1.0,
                                random::hash_name(name + "#" + std::to_string(i))});
    }
    return id;
  }
  plan::ComponentId component(const std::string& name, plan::LocationId where, std::size_t replicas = 1) {
    return component(name, std::vector<plan::LocationId>(replicas, where));
  }

  // Resources: one per replica.

  plan::StationId station(plan::ComponentId c, std::uint32_t servers,
                          std::uint32_t queue_places = plan::kUnlimited,
                          plan::Discipline discipline = plan::Discipline::kFifo,
                          plan::OnFull on_full = plan::OnFull::kReject) {
    plan::Station proto;
    proto.servers = servers;
    proto.queue_places = queue_places;
    proto.discipline = discipline;
    proto.on_full = on_full;
    return station(c, proto);
  }
  plan::StationId station(plan::ComponentId c, const plan::Station& proto) {
    return each<plan::StationId>(c, plan.stations, proto, "station");
  }
  plan::PoolId pool(plan::ComponentId c, std::uint32_t size, std::uint32_t queue_places = plan::kUnlimited,
                    plan::LawId wait = {}) {
    plan::Pool proto;
    proto.size = size;
    proto.queue_places = queue_places;
    proto.wait = wait;
    proto.wait_purpose = purpose(c, "wait");
    return pool(c, proto);
  }
  plan::PoolId pool(plan::ComponentId c, const plan::Pool& proto) {
    return each<plan::PoolId>(c, plan.pools, proto, "pool");
  }
  plan::CellId cell(plan::ComponentId c, const plan::Cell& proto) {
    return each<plan::CellId>(c, plan.cells, proto, "cell");
  }
  plan::GateId gate(plan::ComponentId c, plan::Gate proto) {
    proto.purpose = purpose(c, "gate");
    return each<plan::GateId>(c, plan.gates, proto, "gate");
  }
  plan::LogId log(plan::ComponentId c, const plan::Log& proto) {
    plan.logs.push_back(proto);
    plan.logs.back().component = c;
    if (plan.logs.back().name.empty()) plan.logs.back().name = plan.components[c.index()].name;
    const plan::LogId id(plan.logs.size() - 1);
    plan.components[c.index()].log = id;
    return id;
  }

  // Laws.

  plan::LawId law(const random::Law& law) {
    plan.laws.push_back(law);
    return plan::LawId(plan.laws.size() - 1);
  }
  plan::LawId constant(Nanos ns) { return law(random::Law::constant(to_seconds(ns))); }
  plan::LawId exponential(double mean_s) { return law(random::Law::exponential(mean_s)); }

  // Programs and calls.

  ProgramText program(const std::string& name, plan::ComponentId component = {}) {
    return {*this, name, component};
  }

  /// `name` is the key of its draws. Set the policy in `plan.calls[id]`, or pass a filled CallSite.
  plan::CallSiteId call(const std::string& name, plan::ComponentId target, plan::ProgramId program,
                        plan::ComponentId caller = {}, plan::CallSite proto = {}) {
    const std::string owner =
        caller.valid() ? plan.components[caller.index()].name : name.substr(0, name.find('>'));
    proto.name = name;
    proto.name_key = random::hash_name(name);
    proto.caller = caller;
    proto.target = target;
    proto.program = program;
    proto.balance_purpose = random::purpose_of(owner, "balance");
    proto.retries.backoff_purpose = random::purpose_of(owner, "backoff");
    proto.retries.jitter_purpose = random::purpose_of(owner, "jitter");
    plan.calls.push_back(proto);
    return plan::CallSiteId(plan.calls.size() - 1);
  }
  plan::CallSite& site(plan::CallSiteId id) { return plan.calls[id.index()]; }

  // Load.

  plan::OperationId operation(const std::string& name, plan::ProgramId root, plan::LocationId from,
                              std::uint8_t priority = 0) {
    plan::Operation o;
    o.name = name;
    o.name_key = random::hash_name(name);
    o.program = root;
    o.from = from;
    o.priority = priority;
    plan.operations.push_back(o);
    return plan::OperationId(plan.operations.size() - 1);
  }
  plan::Source& poisson(plan::OperationId op, double rate_per_s) {
    plan::Source& s = source(op, plan::SourceKind::kPoisson);
    s.segments = {{0, rate_per_s}};
    return s;
  }
  plan::Source& deterministic(plan::OperationId op, Nanos interval_ns, std::uint64_t count = ~0ULL,
                              Nanos first_at_ns = 0) {
    plan::Source& s = source(op, plan::SourceKind::kDeterministic);
    s.interval_ns = interval_ns;
    s.first_at_ns = first_at_ns;
    s.count = count;
    return s;
  }
  plan::Source& trace(plan::OperationId op, std::vector<Nanos> times_ns) {
    plan::Source& s = source(op, plan::SourceKind::kTrace);
    s.times_ns = std::move(times_ns);
    return s;
  }
  plan::Source& closed(plan::OperationId op, std::uint32_t users, plan::LawId think) {
    plan::Source& s = source(op, plan::SourceKind::kClosed);
    s.users = users;
    s.think = think;
    return s;
  }

  // Faults: a knob changed from `at` to `until`, or one impulse.

  plan::FaultId fault(const std::string& name, Nanos at_ns, Nanos until_ns = kNever) {
    plan::Fault f;
    f.name = name;
    f.kind = "test";
    f.at_ns = at_ns;
    f.until_ns = until_ns;
    plan.faults.push_back(f);
    return plan::FaultId(plan.faults.size() - 1);
  }
  /// Sets `knob` for the length of the fault.
  void hold(plan::FaultId fault, plan::Knob knob, std::uint32_t target, double value = 1.0) {
    const plan::Fault& f = plan.faults[fault.index()];
    plan::Turn t;
    t.at_ns = f.at_ns;
    t.knob = knob;
    t.target = target;
    t.effect = fault.value;
    t.value = value;
    plan.turns.push_back(t);
    if (f.until_ns == kNever) return;
    t.at_ns = f.until_ns;
    t.rung = plan::Rung::kRepair;
    t.op = plan::TurnOp::kEnd;
    plan.turns.push_back(t);
  }
  void impulse(plan::FaultId fault, plan::Impulse impulse, std::uint32_t target, double value = 0.0) {
    plan::Turn t;
    t.at_ns = plan.faults[fault.index()].at_ns;
    t.op = plan::TurnOp::kImpulse;
    t.impulse = impulse;
    t.target = target;
    t.effect = fault.value;
    t.value = value;
    plan.turns.push_back(t);
  }

  // Run.

  PlanBuilder& horizon(Nanos ns) {
    plan.horizon_ns = ns;
    return *this;
  }
  PlanBuilder& seed(std::uint64_t seed) {
    plan.seed = seed;
    return *this;
  }

  /// Index of a pair of locations, as Knob::kPathBlocked wants it.
  [[nodiscard]] std::uint32_t path(plan::LocationId from, plan::LocationId to) const {
    return static_cast<std::uint32_t>(plan.route_index(from, to));
  }

  /// Numbers the states of call sites, finds the routes, sorts the turns.
  [[nodiscard]] plan::Plan build() {
    if (plan.name.empty()) plan.name = "test";
    if (plan.labels.empty()) plan.labels.emplace_back();
    plan.call_states = plan.peer_states = 0;
    std::map<std::string, const plan::CallSite*> known;  // sites of one call, where a test gives it a name
    for (plan::CallSite& c : plan.calls) {
      const auto [first, fresh] = known.try_emplace(c.call, &c);
      if (!c.call.empty() && !fresh) {
        c.state_base = first->second->state_base;
        c.peer_base = first->second->peer_base;
        continue;
      }
      const std::uint32_t callers = c.caller.valid() ? plan.components[c.caller.index()].replicas : 1;
      c.state_base = plan.call_states;
      c.peer_base = plan.peer_states;
      plan.call_states += callers;
      plan.peer_states += callers * plan.components[c.target.index()].replicas;
    }
    std::stable_sort(plan.turns.begin(), plan.turns.end(), [](const plan::Turn& a, const plan::Turn& b) {
      return std::tuple(a.at_ns, a.rung, a.effect) < std::tuple(b.at_ns, b.rung, b.effect);
    });
    find_routes();
    for (const std::string& problem : log_problems(plan)) throw std::logic_error(problem);
    return plan;
  }

 private:
  friend class ProgramText;

  [[nodiscard]] std::uint64_t purpose(plan::ComponentId c, const std::string& quantity) const {
    return random::purpose_of(plan.components[c.index()].name, quantity);
  }

  template <class ResourceId, class Resource>
  ResourceId each(plan::ComponentId c, std::vector<Resource>& column, const Resource& proto,
                  const std::string& what) {
    const plan::Component& component = plan.components[c.index()];
    const std::size_t first = column.size();
    for (std::uint32_t i = 0; i < component.replicas; ++i) {
      Resource r = proto;
      r.instance = plan::InstanceId(component.first_instance + i);
      if (r.name.empty()) r.name = component.name + "#" + std::to_string(i) + "/" + what;
      column.push_back(std::move(r));
    }
    return ResourceId(first);
  }

  plan::Source& source(plan::OperationId op, plan::SourceKind kind) {
    plan::Source s;
    s.operation = op;
    s.name = plan.operations[op.index()].name;
    s.name_key = plan.operations[op.index()].name_key;
    s.kind = kind;
    plan.sources.push_back(s);
    return plan.sources.back();
  }

  /// Least latency over the links between sites (all pairs, Floyd and Warshall).
  void find_routes() {
    const std::size_t n = plan.locations.size();
    plan.routes.assign(n * n, {});
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        plan::Route& r = plan.routes[a * n + b];
        if (plan.locations[a].site == plan.locations[b].site) {
          r = {true, plan.locations[a].lan_latency_ns, plan.locations[a].lan_bytes_per_s, {}};
          continue;
        }
        for (std::size_t l = 0; l < plan.links.size(); ++l) {
          const plan::Link& link = plan.links[l];
          const bool joins =
              (link.site_a == plan.locations[a].site && link.site_b == plan.locations[b].site) ||
              (link.site_b == plan.locations[a].site && link.site_a == plan.locations[b].site);
          if (joins && (!r.exists || link.latency_ns < r.latency_ns)) {
            r = {true, link.latency_ns, link.bytes_per_s, {plan::LinkId(l)}};
          }
        }
      }
    }
    for (std::size_t via = 0; via < n; ++via) {
      for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b)
          relax(plan.routes[a * n + b], plan.routes[a * n + via], plan.routes[via * n + b]);
      }
    }
  }
  static void relax(plan::Route& direct, const plan::Route& first, const plan::Route& second) {
    if (!first.exists || !second.exists || first.links.empty() || second.links.empty()) return;
    const Nanos latency = first.latency_ns + second.latency_ns;
    if (direct.exists && direct.latency_ns <= latency) return;
    plan::Route longer{true, latency, narrower(first.bytes_per_s, second.bytes_per_s), first.links};
    longer.links.insert(longer.links.end(), second.links.begin(), second.links.end());
    direct = longer;
  }
  static double narrower(double a, double b) { return a == 0.0 ? b : b == 0.0 ? a : std::min(a, b); }
};

template <class Fill>
ProgramText& ProgramText::add(plan::StepKind kind, const std::string& quantity, Fill fill) {
  plan::Step s;
  s.kind = kind;
  const std::string owner = component_.valid() ? owner_.plan.components[component_.index()].name : name_;
  s.purpose = random::purpose_of(owner, quantity);
  fill(s);
  steps_.push_back(s);
  return *this;
}

inline ProgramText& ProgramText::fork(std::initializer_list<plan::ProgramId> branches,
                                      const std::string& name) {
  const auto first = static_cast<std::uint32_t>(owner_.plan.fork_branches.size());
  owner_.plan.fork_branches.insert(owner_.plan.fork_branches.end(), branches.begin(), branches.end());
  return add(plan::StepKind::kFork, name,
             [&](auto& s) { s.target = first, s.arg = static_cast<std::uint16_t>(branches.size()); });
}

inline plan::ProgramId ProgramText::reply(std::uint32_t size_bytes) {
  add(plan::StepKind::kHop, "out", [&](auto& s) { s.flags = plan::kToParent, s.size_bytes = size_bytes; });
  const plan::ProgramId id = end();
  owner_.plan.programs[id.index()].reply -= 1;
  return id;
}

inline plan::ProgramId ProgramText::end() {
  add(plan::StepKind::kReturn, "return", [](auto&) {});
  plan::Program p;
  p.name = name_;
  p.component = component_;
  p.first = static_cast<std::uint32_t>(owner_.plan.steps.size());
  p.count = static_cast<std::uint32_t>(steps_.size());
  p.reply = p.first + p.count - 1;
  for (plan::Step s : steps_) {
    if (s.kind == plan::StepKind::kBranch || s.kind == plan::StepKind::kRepeat) s.jump += p.first;
    owner_.plan.steps.push_back(s);
  }
  owner_.plan.programs.push_back(p);
  return plan::ProgramId(owner_.plan.programs.size() - 1);
}

}  // namespace twinvoice::testing
