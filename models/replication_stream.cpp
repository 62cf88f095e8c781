// Procedure: ships the replicated log of a database to its followers, in batches.
//
// What it models: log shipping (binlog, redo, WAL) from whoever leads to every other member of the log. Implied by the
//   `replication` of a database; its pace and batch size stand there.
// Parameters:
//   log  component  required  the database (implied streams: the component they are implied for)
//   of plan::Log: batch_every [s], its phase [s] (drawn when not given), batch_bytes [B], record_bytes [B], mode
// Behaviour (one actor for each log):
//   every batch_every, from the phase on; at once after a flow that carried batch_bytes or more:
//     read leader, epoch, pause, who is up, and every position
//     for each follower that is up, while a replica at the leader's location is up and the log is not paused:
//       a batch that its route carries within a tenth of batch_every is a message: it leaves now, Impulse::kApply happens
//       when it arrives; at most a tenth of a link is used so without being counted among its flows
//       a larger batch (catching up, a thin link) is a bulk flow of at most a second; kApply happens at its end, also for the
//       part of a flow that failed
//     sync and semi_sync: one latency back is added, as what counts is when the leader hears of it
//   a cut path: nothing leaves; a flow under way waits for the repair (with several followers for 5 s at most)
// Rate of world synchronisations: one for each batch_every, idle or busy (20 a second by default), and three more for a flow.
// Equations: applied(t) moves by whole batches; lag on average = batch_every / 2 + latency + bytes / bandwidth.
// Assumptions and limits: it stands wherever the leader does, so it is never cut off from its own log; applying takes no time at
//   the follower; a follower is one location, not several replicas; bulk flows of one stream go one after
//   another; what a dead primary had not sent is lost with it unless it comes back before the change of leader.
// References: MySQL manual, "Replication"; PostgreSQL documentation, "Log-Shipping Standby Servers".
#include <algorithm>
#include <memory>
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

class Stream final : public world::Procedure {
 public:
  explicit Stream(std::uint32_t log) : log_(log) { everywhere = true; }
  void run(world::ProcedureContext& c) override;

 private:
  using Positions = std::vector<std::int64_t>;  ///< by shard

  struct Member {
    plan::LocationId location;
    Positions position;  ///< appended at the leader, applied elsewhere
    Positions sent;      ///< applied or on the way
    bool up = false;
    std::size_t first_sensor = 0;
    std::size_t replicas = 0;
  };
  void prepare(const plan::Plan& plan);
  void read(world::ProcedureContext& c, Nanos at_ns);
  /// True when a full flow went out and the next one should not wait.
  bool ship(world::ProcedureContext& c, const Member& leader, Member& member);
  /// Impulses for up to `records` more records than were sent; counts them into `reached`.
  [[nodiscard]] std::vector<plan::Turn> applies(const Member& leader, const Member& member,
                                                std::int64_t records, Positions& reached) const;

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
  const plan::Component& component = plan.components[log.component.index()];
  std::vector<plan::LocationId> locations{log.leader_location};
  locations.insert(locations.end(), log.followers.begin(), log.followers.end());
  sensors_ = {
      {Kind::kLogLeader, log_, {}, 0}, {Kind::kLogEpoch, log_, {}, 0}, {Kind::kLogPaused, log_, {}, 0}};
  for (const plan::LocationId location : locations) {
    Member member{location, Positions(log.shards, 0), Positions(log.shards, 0), false, sensors_.size(), 0};
    for (std::uint32_t s = 0; s < log.shards; ++s)
      sensors_.push_back({Kind::kLogPosition, log_, location, s});
    for (std::uint32_t i = 0; i < component.replicas; ++i) {
      if (plan.instances[component.first_instance + i].location != location) continue;
      sensors_.push_back({Kind::kInstanceUp, component.first_instance + i, {}, 0});
      ++member.replicas;
    }
    members_.push_back(std::move(member));
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
    const std::size_t shards = member.position.size();
    for (std::size_t s = 0; s < shards; ++s) {
      member.position[s] = static_cast<std::int64_t>(number(member.first_sensor + s));
      // What an ended epoch had on the way is void.
      member.sent[s] = new_epoch ? member.position[s] : std::max(member.sent[s], member.position[s]);
    }
    member.up = member.replicas == 0;
    for (std::size_t i = 0; i < member.replicas; ++i) {
      member.up = member.up || number(member.first_sensor + shards + i) > 0.0;
    }
  }
}

void Stream::run(world::ProcedureContext& c) {
  prepare(c.plan());
  const plan::Log& log = c.plan().logs[log_];
  Period batches{Duration{log.batch_every_ns}, {}};
  if (log.batch_phase_ns != kNever) batches.phase = Duration{log.batch_phase_ns};
  const Timetable timetable(c, batches);
  Nanos at_ns = timetable.after(0);
  for (;;) {
    read(c, at_ns);
    const auto leads = [this](const Member& m) { return m.location == leader_; };
    const auto leader = std::find_if(members_.begin(), members_.end(), leads);
    bool hurry = false;
    if (leader != members_.end() && leader->up && !paused_) {
      for (Member& member : members_) {
        if (!leads(member) && member.up) hurry = ship(c, *leader, member) || hurry;
      }
    }
    // On a grid, so that idle and busy streams look equally often.
    at_ns = hurry ? c.now_ns() : timetable.after(c.now_ns());
  }
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
  const Nanos answer_ns =
      log.mode == plan::CommitMode::kAsync ? 0 : c.plan().route(member.location, leader.location).latency_ns;
  Positions reached = member.sent;
  if (carry_ns(records) * kMessageShare <= log.batch_every_ns) {
    auto turns = applies(leader, member, records, reached);
    if (c.send(leader.location, member.location, records * log.record_bytes, answer_ns, std::move(turns))) {
      member.sent = reached;
    }
    return false;
  }
  const plan::Sensor way{plan::SensorKind::kReachable, leader.location.value, member.location, 0};
  if (c.sense(way).value_or(0.0) == 0.0) return false;
  if (carry_ns(records) > kLongestFlowNs) {
    records = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(route.bytes_per_s * to_seconds(kLongestFlowNs)) / log.record_bytes);
  }
  const Nanos deadline_ns = members_.size() > 2 ? c.now_ns() + kPatienceNs : kNever;
  const world::TransferResult result =
      c.transfer(leader.location, member.location, records * log.record_bytes, deadline_ns);
  if (!result.ok) records = result.moved_bytes / log.record_bytes;
  if (answer_ns > 0) c.wait_for(answer_ns);
  for (const plan::Turn& turn : applies(leader, member, records, reached)) c.turn(turn);
  member.sent = reached;
  return result.ok && records * log.record_bytes >= log.batch_bytes;
}

std::vector<plan::Turn> Stream::applies(const Member& leader, const Member& member, std::int64_t records,
                                        Positions& reached) const {
  std::vector<plan::Turn> turns;
  for (std::size_t s = 0; s < reached.size(); ++s) {
    const std::int64_t more = std::min(records, std::max<std::int64_t>(0, leader.position[s] - reached[s]));
    if (more == 0) continue;
    records -= more;
    reached[s] += more;
    plan::Turn apply;
    apply.impulse = plan::Impulse::kApply;
    apply.target = log_;
    apply.location = member.location;
    apply.shard = static_cast<std::uint32_t>(s);
    apply.position = reached[s];
    apply.value = epoch_;
    turns.push_back(apply);
  }
  return turns;
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
