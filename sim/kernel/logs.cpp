// Replicated logs: writing a record, and waiting until enough members have it.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

bool Engine::commit(std::uint32_t f, const plan::Step& step) {
  Frame& frame = frames_[f];
  if ((frame.flags & kCommitted) != 0) {
    frame.flags &= static_cast<std::uint8_t>(~kCommitted);
    commit_returns(extra_[f].record);
    return true;
  }
  const std::uint32_t l = step.target;
  const plan::Log& fixed = plan_.logs[l];
  const LogState& log = logs_[l];
  const std::uint32_t location = location_of(f);
  const LogPlace& place = log.places[location];
  const bool leads = location == log.leader;
  if (place.view != location || place.empty || (leads && log.read_only)) {
    fail(f, {plan::Reason::kNoLeader, static_cast<std::uint32_t>(fixed.component.index())});
    return false;
  }
  Request& request = requests_[frame.request];
  ++counts_.commits;
  if (!leads) ++counts_.split_brain;
  std::uint32_t record = known_record(request, l, leads ? log.epoch : place.led);
  if (record != kNil) ++counts_.duplicates;
  if (record == kNil || !fixed.idempotent) record = append_record(l, location, request);
  if (!place.asynchronous && !durable_enough(l, commits_[record])) {
    wait_for_members(f, l, record);
    return false;
  }
  commit_returns(record);
  return true;
}

/// The writer acknowledges to its caller; the first time counts.
void Engine::commit_returns(std::uint32_t record) {
  Nanos& returned_ns = commits_[record].returned_ns;
  if (returned_ns == kNever) returned_ns = now_;
}

void Engine::wait_for_members(std::uint32_t f, std::uint32_t l, std::uint32_t record) {
  Frame& frame = frames_[f];
  frame.state = FrameState::kCommitting;
  extra_[f].place = l;
  extra_[f].record = record;
  append(logs_[l].waiters, f);
  const Nanos fallback_ns = plan_.logs[l].fallback_ns;
  if (fallback_ns == kNever) return;
  frame.due_ns = now_ + fallback_ns;
  arm(f, Clock::kPrimary, frame.due_ns, events_.lane(fallback_ns));
}

/// A commit has waited as long as a writer of this log does: all that wait at it go on, and later ones do not wait. A writer
/// that has been fenced has nobody to answer.
void Engine::commit_expired(std::uint32_t f) {
  const std::uint32_t l = extra_[f].place;
  const std::uint32_t location = location_of(f);
  LogPlace& place = logs_[l].places[location];
  if (place.view != location) return;
  place.asynchronous = true;
  for (std::uint32_t w = logs_[l].waiters.head; w != kNil;) {
    const std::uint32_t next = frames_[w].next;
    if (location_of(w) == location) release(l, w);
    w = next;
  }
}

void Engine::release(std::uint32_t l, std::uint32_t f) {
  unlink(logs_[l].waiters, f);
  Frame& frame = frames_[f];
  frame.due_ns = kNever;
  frame.flags |= kCommitted;
  frame.state = FrameState::kRunning;
  ready(f);
}

void Engine::release_durable(std::uint32_t l) {
  for (std::uint32_t f = logs_[l].waiters.head; f != kNil;) {
    const std::uint32_t next = frames_[f].next;
    if (durable_enough(l, commits_[extra_[f].record])) release(l, f);
    f = next;
  }
}

bool Engine::durable_enough(std::uint32_t l, const measure::CommitFact& record) const {
  const LogState& log = logs_[l];
  const plan::CommitMode mode = plan_.logs[l].mode;
  if (mode == plan::CommitMode::kAsync || log.members.size() == 1) return true;
  // A position says nothing without its epoch: the next epoch gives the positions of lost records to others.
  if (!survives(log, record, log.epoch)) return false;
  const LogShard& shard = log.shards[record.shard];
  std::size_t have = 0;
  for (const std::uint32_t member : log.members) {
    if (member != log.leader && shard.heard[member] >= record.position) ++have;
  }
  return have >= (mode == plan::CommitMode::kSemiSync ? 1 : log.members.size() - 1);
}

/// Whether who writes in `until_epoch` has a record.
bool Engine::survives(const LogState& log, const measure::CommitFact& record, std::uint32_t until_epoch) {
  if (record.epoch > until_epoch) return false;
  for (std::uint32_t epoch = record.epoch; epoch < until_epoch; ++epoch) {
    if (record.position > log.branches[epoch].kept[record.shard]) return false;
  }
  return true;
}

/// A record of this request that the writer of `epoch` knows, the newest one; kNil: none.
std::uint32_t Engine::known_record(const Request& request, std::uint32_t l, std::uint32_t epoch) const {
  for (std::uint32_t w = request.records; w != kNil; w = written_[w].next) {
    const measure::CommitFact& record = commits_[written_[w].fact];
    if (record.log == l && survives(logs_[l], record, epoch)) return written_[w].fact;
  }
  return kNil;
}

std::uint32_t Engine::append_record(std::uint32_t l, std::uint32_t location, Request& request) {
  LogState& log = logs_[l];
  measure::CommitFact record;
  record.log = l;
  record.place = location;
  record.shard = static_cast<std::uint32_t>(request.root_hash % plan_.logs[l].shards);
  record.operation = request.operation;
  record.sequence = request.sequence;
  record.commit_ns = now_;
  const auto fact = static_cast<std::uint32_t>(commits_.size());
  if (location == log.leader) {
    record.epoch = log.epoch;
    log.shards[record.shard].facts.push_back(fact);
    record.position = log.shards[record.shard].appended();
    note_moved(l);
  } else {
    record.epoch = log.places[location].led;
    record.position = ++log.branches[record.epoch].own[record.shard];
  }
  commits_.push_back(record);
  const std::uint32_t w = written_.take();
  written_[w] = {fact, request.records};
  request.records = w;
  return fact;
}

void Engine::forget_written(Request& request) {
  while (request.records != kNil) {
    const std::uint32_t w = request.records;
    request.records = written_[w].next;
    written_.give_back(w);
  }
}

double Engine::replication_lag_s(std::uint32_t l, plan::LocationId location) const {
  if (location.value == logs_[l].leader) return 0.0;
  Nanos oldest_ns = kNever;
  for (const LogShard& shard : logs_[l].shards) {
    const std::int64_t next = shard.applied[location.index()] + 1;
    if (next > shard.appended()) continue;
    const std::int64_t in_run = next - shard.initial - 1;
    oldest_ns = std::min(oldest_ns,
                         in_run < 0 ? 0 : commits_[shard.facts[static_cast<std::size_t>(in_run)]].commit_ns);
  }
  return oldest_ns == kNever ? 0.0 : to_seconds(now_ - oldest_ns);
}

/// How far a location is with the log that leads.
std::int64_t Engine::log_position(std::uint32_t l, std::uint32_t location, std::uint32_t shard,
                                  bool applied) const {
  const LogShard& s = logs_[l].shards[shard];
  if (location == logs_[l].leader) return logs_[l].places[location].empty ? 0 : s.appended();
  return applied ? s.applied[location] : s.received[location];
}

}  // namespace twinvoice::kernel
