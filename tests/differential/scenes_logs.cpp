// Replicated logs: the three modes, changes of leader, and a replication stream made of timed turns.
#include "tests/differential/scenes.hpp"

namespace twinvoice::testing {
namespace {

using plan::Impulse;
using plan::Reason;

plan::Turn shipped(plan::LogId log, Impulse impulse, plan::LocationId where, Nanos at_ns,
                   std::int64_t position, std::uint32_t shard = 0) {
  plan::Turn t;
  t.at_ns = at_ns;
  t.rung = plan::Rung::kControl;
  t.op = plan::TurnOp::kImpulse;
  t.impulse = impulse;
  t.target = log.value;
  t.effect = plan::kProcedureEffects + log.value;
  t.location = where;
  t.position = position;
  t.shard = shard;
  return t;
}

/// Members confirm in steps at fixed instants, as far as `records_per_s` lets them be; they stop at `stalls` and go on at
/// `goes_on`. The leader hears it at once.
void replicate(Scene& s, plan::LogId log, plan::LocationId where, std::uint32_t shards, double records_per_s,
               double stalls, double goes_on) {
  const Nanos every_ns = 40 * kMs;
  for (Nanos at_ns = every_ns + 1'000 * where.value + 17; at_ns < s.b.plan.horizon_ns; at_ns += every_ns) {
    if (at_ns > s.at(stalls) && at_ns < s.at(goes_on)) continue;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      const auto position = static_cast<std::int64_t>(records_per_s * to_seconds(at_ns) / shards);
      for (const Impulse impulse : {Impulse::kApply, Impulse::kHear})
        s.b.plan.turns.push_back(shipped(log, impulse, where, at_ns, position, shard));
    }
  }
}

/// One log of each mode, written through connections to the primary; the leader moves, the old one is fenced late, records
/// come back.
void logs(Scene& s) {
  s.at_rate(80.0);
  auto& b = s.b;
  const auto west = b.location("west", 200'000);
  const auto east = b.location("east", 200'000);
  const auto south = b.location("south", 200'000);
  b.link(west, east, 3 * kMs);
  b.link(east, south, 4 * kMs);
  const auto app = b.component("app", {west, east});
  std::vector<plan::LocationId> places{west, east, south};
  const auto books = b.component("books", places);
  const auto ledger = b.component("ledger", places);
  const auto notes = b.component("notes", places);
  plan::Log proto;
  proto.leader_location = west;
  proto.followers = {east, south};
  proto.mode = plan::CommitMode::kSync;
  proto.shards = 3;
  const auto sync_log = b.log(books, proto);
  proto.mode = plan::CommitMode::kSemiSync;
  proto.shards = 1;
  const auto semi_log = b.log(ledger, proto);
  proto.mode = plan::CommitMode::kAsync;
  proto.idempotent = false;
  const auto async_log = b.log(notes, proto);

  plan::Pool pool;
  pool.size = 60;
  pool.queue_places = 200;
  pool.connections = true;
  const auto connections = b.pool(app, pool);
  const auto write = [&](plan::ComponentId c, const std::string& name, plan::LogId log) {
    const auto disk = b.station(c, 8);
    return b.program(name, c).hop_in().serve(disk, s.ms(6)).commit(log).delay(s.ms(1)).reply();
  };
  plan::Step greet;
  greet.kind = plan::StepKind::kHop;
  greet.flags = plan::kEstablish;
  greet.size_bytes = 200;
  greet.purpose = random::purpose_of("books", "greet");
  plan::Step welcome = greet;
  welcome.flags = plan::kEstablish | plan::kToParent;
  const auto establish = b.program("books/establish", books).step(greet).delay(s.ms(2)).step(welcome).end();
  b.plan.programs[establish.index()].reply -= 1;
  plan::CallSite policy;
  policy.balance = plan::Balance::kPrimary;
  policy.timeout_ns = 250 * kMs;
  policy.retries.attempts = 2;
  policy.retries.on = plan::kOnTimeout | plan::kOnRejected;
  policy.retries.per_try_timeout_ns = 120 * kMs;
  policy.retries.backoff = s.ms(15);
  plan::CallSite pooled = policy;
  pooled.connection_pool = connections;
  pooled.establish = establish;
  const auto to_books = b.call("app>books", books, write(books, "books/write", sync_log), app, pooled);
  const auto to_ledger = b.call("app>ledger", ledger, write(ledger, "ledger/write", semi_log), app, policy);
  policy.balance = plan::Balance::kNearest;
  policy.on_failure = plan::OnFailure::kIgnore;
  policy.retries = {};
  const auto to_notes = b.call("app>notes", notes, write(notes, "notes/write", async_log), app, policy);
  const auto work = b.program("app/work", app)
                        .hop_in()
                        .connect(connections, to_books)
                        .call(to_books)
                        .release(connections)
                        .call(to_ledger)
                        .call(to_notes)
                        .reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kRoundRobin;
  b.poisson(s.operation("issue", west, b.call("issue>app", app, work, {}, entry)), 80.0);

  for (std::uint32_t shard = 0; shard < 3; ++shard)
    b.plan.initial.positions.push_back({sync_log, shard, west, 4});
  b.plan.initial.positions.push_back({sync_log, 0, east, 2});
  b.plan.initial.positions.push_back({semi_log, 0, west, 3});
  for (const auto where : {west, east, south}) {
    replicate(s, sync_log, where, 3, 100.0, 0.20, 0.22);
    replicate(s, semi_log, where, 1, 100.0, 0.24, where == east ? 0.3 : 0.26);
  }
  const auto lead = [&](double when, plan::LogId log, plan::LocationId where) {
    b.impulse(s.moment("lead", when), Impulse::kLead, log.value, static_cast<double>(where.value));
  };
  b.hold(s.fault("apart", 0.39, 0.43), plan::Knob::kPathBlocked, b.path(east, west));
  lead(0.4, sync_log, east);
  lead(0.4, semi_log, east);
  b.impulse(s.moment("fence", 0.45), Impulse::kFence, sync_log.value);
  b.impulse(s.moment("fence", 0.5), Impulse::kFence, semi_log.value);
  b.impulse(s.moment("reconcile", 0.55), Impulse::kReconcile, semi_log.value);
  lead(0.6, async_log, south);
  lead(0.7, sync_log, west);
  b.hold(s.fault("stream stops", 0.8, 0.85), plan::Knob::kLogPaused, semi_log.value);
}

/// A batch every 40 ms: received, applied 10 ms later, heard of 3 ms after that, and with it that nothing is missing.
void ship(Scene& s, plan::LogId log, plan::LocationId where, double records_per_s) {
  for (Nanos at_ns = 40 * kMs + 1'000 * where.value + 19; at_ns < s.b.plan.horizon_ns; at_ns += 40 * kMs) {
    const auto position = static_cast<std::int64_t>(records_per_s * to_seconds(at_ns));
    const auto add = [&](Impulse impulse, Nanos after_ns, std::int64_t after) {
      plan::Turn turn = shipped(log, impulse, where, at_ns + after_ns, position);
      turn.after = after;
      s.b.plan.turns.push_back(turn);
    };
    add(Impulse::kReceive, 0, position / 2);
    add(Impulse::kApply, 10 * kMs, position);
    add(Impulse::kHear, 13 * kMs, 0);
    add(Impulse::kInStep, 13 * kMs, 0);
  }
}

/// Places of logs that are cut off, written to by some and not by others, fenced when they can be reached, copied anew,
/// destroyed, or closed for writing; commits that wait no longer than a bound.
void log_places(Scene& s) {
  s.at_rate(80.0);
  auto& b = s.b;
  const auto west = b.location("west", 200'000);
  const auto east = b.location("east", 200'000);
  const auto south = b.location("south", 200'000);
  b.link(west, east, 3 * kMs);
  b.link(east, south, 4 * kMs);
  b.link(west, south, 5 * kMs);
  const std::vector<plan::LocationId> places{west, east, south};
  const auto app = b.component("app", {west, east});
  const auto books = b.component("books", places);
  const auto notes = b.component("notes", places);
  plan::Log proto;
  proto.leader_location = west;
  proto.followers = {east, south};
  proto.mode = plan::CommitMode::kSemiSync;
  proto.fallback_ns = 150 * kMs;
  proto.waits_applied = true;
  const auto semi = b.log(books, proto);
  proto = {};
  proto.leader_location = west;
  proto.followers = {east, south};
  const auto async = b.log(notes, proto);
  plan::CallSite policy;
  policy.balance = plan::Balance::kPrimary;
  policy.timeout_ns = 400 * kMs;
  policy.retries.attempts = 1;
  policy.retries.on = plan::kOnTimeout | plan::kOnRejected;
  policy.retries.per_try_timeout_ns = 200 * kMs;
  const auto write = [&](plan::ComponentId c, const std::string& name, plan::LogId log) {
    const auto disk = b.station(c, 8);
    return b.call("app>" + name, c,
                  b.program(name, c).hop_in().serve(disk, s.ms(4)).commit(log).delay(s.ms(1)).reply(), app,
                  policy);
  };
  const auto to_books = write(books, "books/write", semi);
  policy.on_failure = plan::OnFailure::kIgnore;
  const auto to_notes = write(notes, "notes/write", async);
  const auto work = b.program("app/work", app).hop_in().call(to_books).call(to_notes).reply();
  plan::CallSite entry;
  entry.balance = plan::Balance::kNearest;
  const auto call = b.call("issue>app", app, work, {}, entry);
  b.poisson(s.operation("issue", west, call), 50.0);
  b.poisson(s.operation("ask", east, b.call("ask>app", app, work, {}, entry)), 30.0);
  for (const auto where : places) {
    ship(s, semi, where, 60.0);
    ship(s, async, where, 60.0);
  }
  const auto cut = s.fault("apart", 0.2, 0.35);
  for (const auto other : {east, south}) {
    b.hold(cut, plan::Knob::kPathBlocked, b.path(west, other));
    b.hold(cut, plan::Knob::kPathBlocked, b.path(other, west));
  }
  const auto order = [&](double when, plan::LogId log, Impulse impulse, double value, plan::LocationId where,
                         std::int64_t position) {
    plan::Turn turn = shipped(log, impulse, where, s.at(when), position);
    turn.value = value;
    b.plan.turns.push_back(turn);
  };
  order(0.3, semi, Impulse::kLead, east.value, {}, 1);
  order(0.31, semi, Impulse::kFence, 0.0, south, 0);
  order(0.3, async, Impulse::kLead, south.value, {}, 0);
  order(0.32, async, Impulse::kFence, 1.0, {}, 0);
  order(0.45, semi, Impulse::kReconcile, 0.0, {}, 0);
  order(0.5, semi, Impulse::kReseed, 0.0, west, 0);
  const auto lost = s.fault("south burns", 0.6, 0.65);
  b.hold(lost, plan::Knob::kLocationDown, south.value);
  b.hold(lost, plan::Knob::kInstanceDown, s.instance(books, 2));
  b.hold(lost, plan::Knob::kInstancePaused, s.instance(notes, 2));
  for (const auto log : {semi, async}) order(0.6, log, Impulse::kDestroy, 0.0, south, 0);
  order(0.62, async, Impulse::kLead, south.value, {}, 0);  // it leads already, and has nothing
  order(0.7, async, Impulse::kLead, west.value, {}, 0);
  order(0.72, async, Impulse::kFence, 0.0, {}, 0);
  b.hold(s.fault("closed", 0.75, 0.8), plan::Knob::kLogReadOnly, async.value);
  b.hold(s.fault("shifted", 0.82, 0.9), plan::Knob::kSiteWeight, s.at_site(app, west), 0.0);
  b.hold(s.fault("drained", 0.85, 0.88), plan::Knob::kInstanceOut, s.instance(app, 1));
  order(0.92, semi, Impulse::kLead, west.value, {}, 0);
}

}  // namespace

std::vector<SceneCase> log_scenes() {
  return {{"logs", logs, {Reason::kNoLeader, Reason::kTimeout}},
          {"log_places", log_places, {Reason::kNoLeader, Reason::kTimeout}}};
}

}  // namespace twinvoice::testing
