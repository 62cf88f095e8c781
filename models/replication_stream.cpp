// Procedure: ships the replicated log of a database to its other members, in batches.
//
// What it models: log shipping (binlog, redo, WAL) from whoever leads to every other place of the log, the deposed leader too
//   once it is fenced. Implied by the `replication` of a database; its pace and batch size stand there.
// Parameters:
//   log  component  required  the database (implied streams: the component they are implied for)
//   of plan::Log: batch_every [s], its phase [s] (drawn when not given), batch_bytes [B], record_bytes [B], apply [s], mode,
//     waits_applied
// Behaviour (one actor for each log):
//   every batch_every, from the phase on, as long as a member lacks anything; at once after a flow that carried batch_bytes or more or left records behind;
//     without batch_every as soon as a record is written:
//     read leader, epoch, pause, who takes part, and every position
//     for each other member that takes part, while the leader does and the log is not paused:
//       a batch that its route carries within a tenth of batch_every is a message: it leaves now; at most a tenth of a link is
//       used so without being counted among its flows (without batch_every: 5 ms in 50 ms)
//       a larger batch (catching up, a new copy after a destruction, a thin link) is a bulk flow of at most a second; the part
//       of a flow that failed arrives too, nothing when the log was paused meanwhile
//       when the batch arrives: Impulse::kReceive, `apply` later kApply (one kApply for both where apply is 0)
//       sync and semi_sync: one latency back after the receipt (waits_applied: the application) the leader hears of it, kHear;
//       semi_sync: and, when the batch held all there was, kInStep
//     what has not arrived when it should have (nobody was up there) is sent again
//   a cut path: nothing leaves; a flow under way waits for the repair (with several members for 5 s at most)
//   where nobody lacks anything it sleeps until the log moves, and looks at the next instant of its grid
// Rate of world synchronisations: one for each batch_every while busy (20 a second by default), none while idle, two for each
//   time that it is woken (without batch_every: by each record), and four more for a flow.
// Equations: received(t) moves by whole batches; lag on average = batch_every / 2 + latency + bytes / bandwidth + apply.
// Assumptions and limits: it stands wherever the leader does, so it is never cut off from its own log; a member is one location,
//   not several replicas; an answer that a cut meets on its way back still comes; bulk flows of one stream go one after
//   another; what a dead primary had not sent is lost with it unless it comes back before the change of leader.
// References: MySQL manual, "Replication"; PostgreSQL documentation, "Log-Shipping Standby Servers".
#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/procedure_model.hpp"
#include "models/timetable.hpp"

namespace twinvoice::models {
namespace {

/// A batch that takes a larger part of batch_every than one in so many goes as a bulk flow.
constexpr Nanos kMessageShare = 10;
constexpr Nanos kLongestFlowNs = kNanosPerSecond;
constexpr Nanos kPatienceNs = 5 * kNanosPerSecond;
/// Of a log without batch_every: how often what could not leave is tried again, and the stretch of which messages may take a
/// tenth.
constexpr Nanos kPaceNs = 50'000'000;

class Stream final : public world::Procedure {
 public:
  explicit Stream(std::uint32_t log) : log_(log) { everywhere = true; }
  void run(world::ProcedureContext& c) override;

 private:
  using Positions = std::vector<std::int64_t>;  ///< by shard

  struct Member {
    plan::LocationId location;
    Positions position;  ///< appended at the leader, received elsewhere
    Positions sent;      ///< received or on the way
    Nanos due_ns = 0;    ///< when all that is on the way will have arrived
    Nanos stretch_ns =
        -kPaceNs;  ///< without batch_every: begin of the stretch in which messages have taken `carried_ns`
    Nanos carried_ns = 0;
    bool takes_part = false;
    std::size_t first_sensor = 0;
  };
  void prepare(const plan::Plan& plan);
  void read(world::ProcedureContext& c, Nanos at_ns);
  /// True when a full flow went out and the next one should not wait.
  bool ship(world::ProcedureContext& c, const Member& leader, Member& member);
  /// Whether a batch that takes `carry_ns` on its way is small enough to leave as a message now.
  [[nodiscard]] static bool is_message(const plan::Log& log, Member& member, Nanos carry_ns, Nanos now_ns);
  /// A log without batch_every: sleeps until a record is written or, where a member lacks something of `leader`, what is on the
  /// way has arrived or what cannot leave is tried again. Returns the instant at which to look.
  [[nodiscard]] Nanos next_look(world::ProcedureContext& c, const Member* leader) const;
  /// Up to `records` more records than were sent, counted into `reached`, as impulses whose times count from their arrival.
  [[nodiscard]] std::vector<plan::Turn> batch(const plan::Plan& plan, const Member& leader,
                                              const Member& member, std::int64_t records,
                                              Positions& reached) const;
  [[nodiscard]] plan::Turn impulse(plan::Impulse impulse, const Member& member, Nanos after_ns,
                                   std::int64_t position) const;

  std::uint32_t log_;
  std::vector<plan::Sensor> sensors_;
  std::vector<Member> members_;
  plan::LocationId leader_;
  double epoch_ = -1.0;
  bool paused_ = false;
};

void Stream::prepare(const plan::Plan& plan) {
  using Kind = plan::SensorKind;
  const plan::Log& log = plan.logs[log_];
  sensors_ = {
      {Kind::kLogLeader, log_, {}, 0}, {Kind::kLogEpoch, log_, {}, 0}, {Kind::kLogPaused, log_, {}, 0}};
  for (const plan::LocationId location : log.members()) {
    Member member;
    member.location = location;
    member.position.assign(log.shards, 0);
    member.sent = member.position;
    member.first_sensor = sensors_.size();
    members_.push_back(std::move(member));
    sensors_.push_back({Kind::kLogTakesPart, log_, location, 0});
    for (std::uint32_t s = 0; s < log.shards; ++s)
      sensors_.push_back({Kind::kLogReceived, log_, location, s});
  }
}

void Stream::read(world::ProcedureContext& c, Nanos at_ns) {
  const auto readings = c.read_at(at_ns, sensors_);
  const auto number = [&](std::size_t i) { return readings[i].value_or(0.0); };
  leader_ = plan::LocationId(static_cast<std::size_t>(number(0)));
  const bool new_epoch = number(1) != epoch_;
  epoch_ = number(1);
  paused_ = number(2) != 0.0;
  for (Member& member : members_) {
    member.takes_part = number(member.first_sensor) != 0.0;
    // What an ended epoch had on the way is void, and what should be there by now and is not has met nobody.
    const bool settled = new_epoch || c.now_ns() >= member.due_ns;
    for (std::size_t s = 0; s < member.position.size(); ++s) {
      member.position[s] = static_cast<std::int64_t>(number(member.first_sensor + 1 + s));
      member.sent[s] = settled ? member.position[s] : std::max(member.sent[s], member.position[s]);
    }
  }
}

void Stream::run(world::ProcedureContext& c) {
  prepare(c.plan());
  const plan::Log& log = c.plan().logs[log_];
  const bool at_once = log.batch_every_ns == 0;
  Timetable timetable;
  if (!at_once) {
    Period batches{Duration{log.batch_every_ns}, {}};
    if (log.batch_phase_ns != kNever) batches.phase = Duration{log.batch_phase_ns};
    timetable = Timetable(c, batches);
  }
  Nanos at_ns = timetable.after(0);
  for (;;) {
    read(c, at_ns);
    const auto leads = [this](const Member& m) { return m.location == leader_; };
    const auto leader = std::find_if(members_.begin(), members_.end(), leads);
    bool hurry = false;
    bool lacks = false;
    if (leader != members_.end() && leader->takes_part && !paused_) {
      for (Member& member : members_) {
        if (leads(member) || !member.takes_part) continue;
        hurry = ship(c, *leader, member) || hurry;
        lacks = lacks || member.position != leader->position;
      }
    }
    if (at_once) {
      const bool was_away = c.now_ns() > at_ns;
      at_ns = hurry || was_away ? c.now_ns() : next_look(c, lacks ? &*leader : nullptr);
      continue;
    }
    // On a grid, so that it does not matter when it was woken.
    at_ns = hurry ? c.now_ns() : timetable.after(c.now_ns());
    if (!hurry && !lacks) at_ns = std::max(at_ns, timetable.from(c.wait_for_log(log_)));
  }
}

Nanos Stream::next_look(world::ProcedureContext& c, const Member* leader) const {
  Nanos until_ns = kNever;
  for (const Member& member : members_) {
    if (leader == nullptr || !member.takes_part || member.position == leader->position) continue;
    const bool all_left = member.sent == leader->position && member.due_ns > c.now_ns();
    until_ns = std::min(until_ns, all_left ? member.due_ns : c.now_ns() + kPaceNs);
  }
  return c.wait_for_log(log_, until_ns);
}

bool Stream::is_message(const plan::Log& log, Member& member, Nanos carry_ns, Nanos now_ns) {
  if (log.batch_every_ns > 0) return carry_ns * kMessageShare <= log.batch_every_ns;
  if (now_ns - member.stretch_ns >= kPaceNs) member.stretch_ns = now_ns, member.carried_ns = 0;
  if ((member.carried_ns + carry_ns) * kMessageShare > kPaceNs) return false;
  member.carried_ns += carry_ns;
  return true;
}

bool Stream::ship(world::ProcedureContext& c, const Member& leader, Member& member) {
  const plan::Log& log = c.plan().logs[log_];
  const plan::Route& route = c.plan().route(leader.location, member.location);
  std::int64_t records = 0;
  for (std::size_t s = 0; s < member.sent.size(); ++s) {
    records += std::max<std::int64_t>(0, leader.position[s] - member.sent[s]);
  }
  if (records == 0 || !route.exists) return false;
  const auto carry_ns = [&](std::int64_t n) {
    return route.bytes_per_s > 0.0
               ? from_seconds(static_cast<double>(n * log.record_bytes) / route.bytes_per_s)
               : 0;
  };
  Positions reached = member.sent;
  if (is_message(log, member, carry_ns(records), c.now_ns())) {
    auto turns = batch(c.plan(), leader, member, records, reached);
    const Nanos arrival_ns =
        c.send(leader.location, member.location, records * log.record_bytes, std::move(turns));
    if (arrival_ns == kNever) return false;
    member.sent = reached;
    member.due_ns = arrival_ns;
    return false;
  }
  const plan::Sensor way{plan::SensorKind::kReachable, leader.location.value, member.location, 0};
  if (c.sense(way).value_or(0.0) == 0.0) return false;
  const bool leaves_some = carry_ns(records) > kLongestFlowNs;
  if (leaves_some) {
    records = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(route.bytes_per_s * to_seconds(kLongestFlowNs)) / log.record_bytes);
  }
  const Nanos deadline_ns = members_.size() > 2 ? c.now_ns() + kPatienceNs : kNever;
  const world::TransferResult result =
      c.transfer(leader.location, member.location, records * log.record_bytes, deadline_ns);
  if (c.sense({plan::SensorKind::kLogPaused, log_, {}, 0}).value_or(0.0) != 0.0) return false;
  if (!result.ok) records = result.moved_bytes / log.record_bytes;
  for (plan::Turn& turn : batch(c.plan(), leader, member, records, reached)) {
    turn.at_ns += c.now_ns();
    c.turn(turn);
  }
  member.sent = reached;
  member.due_ns = c.now_ns();
  return result.ok && (leaves_some || records * log.record_bytes >= log.batch_bytes);
}

std::vector<plan::Turn> Stream::batch(const plan::Plan& plan, const Member& leader, const Member& member,
                                      std::int64_t records, Positions& reached) const {
  const plan::Log& log = plan.logs[log_];
  const Nanos heard_ns =
      plan.route(member.location, leader.location).latency_ns + (log.waits_applied ? log.apply_ns : 0);
  std::vector<plan::Turn> turns;
  for (std::size_t s = 0; s < reached.size(); ++s) {
    const std::int64_t more = std::min(records, std::max<std::int64_t>(0, leader.position[s] - reached[s]));
    if (more == 0) continue;
    records -= more;
    const auto add = [&](plan::Impulse kind, Nanos after_ns, std::int64_t after) {
      plan::Turn turn = impulse(kind, member, after_ns, reached[s] + more);
      turn.shard = static_cast<std::uint32_t>(s);
      turn.after = after;
      turns.push_back(turn);
    };
    if (log.apply_ns > 0) add(plan::Impulse::kReceive, 0, reached[s]);
    add(plan::Impulse::kApply, log.apply_ns, log.apply_ns > 0 ? reached[s] + more : reached[s]);
    if (log.mode != plan::CommitMode::kAsync) add(plan::Impulse::kHear, heard_ns, 0);
    reached[s] += more;
  }
  const bool all = std::equal(reached.begin(), reached.end(), leader.position.begin());
  if (all && log.mode == plan::CommitMode::kSemiSync) {
    const std::int64_t sum = std::accumulate(reached.begin(), reached.end(), std::int64_t{0});
    turns.push_back(impulse(plan::Impulse::kInStep, member, heard_ns, sum));
  }
  return turns;
}

plan::Turn Stream::impulse(plan::Impulse impulse, const Member& member, Nanos after_ns,
                           std::int64_t position) const {
  plan::Turn turn;
  turn.impulse = impulse;
  turn.at_ns = after_ns;
  turn.target = log_;
  turn.location = member.location;
  turn.position = position;
  turn.value = epoch_;
  return turn;
}

struct ReplicationStream {
  std::optional<spec::ComponentRef> log;

  void describe(spec::Fields& f) {
    f.optional("log", log, "database whose log is shipped; absent: the one the stream is implied for");
  }
  void declare(compile::ProcedureBuilder& b) const {
    if (!log) return;
    b.subject(*log);
    const plan::LogId id = b.log(*log);
    if (!id.valid()) return;
    const plan::Log& row = b.plan().logs[id.index()];
    for (const plan::LocationId follower : row.followers) b.transfers_between(row.leader_location, follower);
  }
  std::unique_ptr<world::Procedure> make(const plan::Plan& plan, const plan::Procedure& row) const {
    for (std::uint32_t l = 0; l < plan.logs.size(); ++l) {
      if (plan.components[plan.logs[l].component.index()].name == (log ? log->id : row.subject)) {
        return std::make_unique<Stream>(l);
      }
    }
    throw std::invalid_argument("replication_stream " + row.name + ": there is no such log");
  }
};

}  // namespace

ProcedureModel make_replication_stream() {
  return procedure<ReplicationStream>("replication_stream", "ships a database's log to its followers");
}

}  // namespace twinvoice::models
