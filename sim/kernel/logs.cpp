// Replicated logs: what is durable where, who leads, and what a change of leader loses.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

bool Engine::commit(std::uint32_t f, const plan::Step& step) {
  const std::uint32_t l = step.target;
  const plan::Log& fixed = plan_.logs[l];
  LogState& log = logs_[l];
  const std::uint32_t location = location_of(f);
  if (log.view[location] != location) {
    fail(f, {plan::Reason::kNoLeader, static_cast<std::uint32_t>(fixed.component.index())});
    return false;
  }
  Request& request = requests_[frames_[f].request];
  ++counts_.commits;
  if (location != log.leader) {
    ++counts_.split_brain;
    return true;
  }
  const auto shard_index = static_cast<std::uint32_t>(request.root_hash % fixed.shards);
  const Written* record = written_by(request, l);
  const bool seen = record != nullptr && known(log, *record);
  if (seen) ++counts_.duplicates;
  if (!seen || !fixed.idempotent) record = &append_record(l, shard_index, request);
  if (durable_enough(l, *record)) return true;
  frames_[f].state = FrameState::kCommitting;
  extra_[f].place = l;
  extra_[f].record_epoch = record->epoch;
  extra_[f].record_position = record->position;
  append(log.waiters, f);
  return false;
}

/// What the request wrote last to a log; nullptr: nothing.
Written* Engine::written_by(const Request& request, std::uint32_t l) {
  for (std::uint32_t w = request.records; w != kNil; w = written_[w].next) {
    if (written_[w].log == l) return &written_[w];
  }
  return nullptr;
}

/// Whether the present leader still knows a record.
bool Engine::known(const LogState& log, const Written& record) const {
  for (std::uint32_t epoch = record.epoch; epoch < log.epoch; ++epoch) {
    if (record.position > log.cutoffs[epoch][record.shard]) return false;
  }
  return true;
}

Written& Engine::note_written(Request& request, std::uint32_t l) {
  if (Written* earlier = written_by(request, l)) return *earlier;
  const std::uint32_t w = written_.take();
  written_[w].log = l;
  written_[w].next = request.records;
  request.records = w;
  return written_[w];
}

void Engine::forget_written(Request& request) {
  while (request.records != kNil) {
    const std::uint32_t w = request.records;
    request.records = written_[w].next;
    written_.give_back(w);
  }
}

const Written& Engine::append_record(std::uint32_t l, std::uint32_t shard_index, Request& request) {
  const plan::Log& fixed = plan_.logs[l];
  LogState& log = logs_[l];
  LogShard& shard = log.shards[shard_index];
  ++shard.appended;
  Written& record = note_written(request, l);
  record.shard = shard_index;
  record.epoch = log.epoch;
  record.position = shard.appended;
  if (fixed.followers.empty()) return record;
  if (shard.count == shard.ring.size()) {
    std::vector<LogEntry> larger(std::max<std::size_t>(1024, shard.ring.size() * 2));
    for (std::size_t i = 0; i < shard.count; ++i)
      larger[i] = shard.ring[(shard.head + i) & (shard.ring.size() - 1)];
    shard.ring = std::move(larger);
    shard.head = 0;
  }
  shard.ring[(shard.head + shard.count) & (shard.ring.size() - 1)] = {now_, request.sequence, false};
  ++shard.count;
  return record;
}

/// The client is told "issued": all that the request wrote is acknowledged.
void Engine::acknowledge(const Request& request) {
  for (std::uint32_t w = request.records; w != kNil; w = written_[w].next) {
    const Written& record = written_[w];
    LogState& log = logs_[record.log];
    if (!known(log, record)) {
      // It is told so after the record was lost.
      Loss& loss = losses_[log.loss_of_epoch[record.epoch]];
      ++loss.acknowledged;
      loss.unacknowledged -= loss.unacknowledged > 0 ? 1 : 0;
      loss.oldest_commit_ns = std::min(loss.oldest_commit_ns, request.arrived_ns);
      continue;
    }
    LogShard& shard = log.shards[record.shard];
    const std::int64_t at = record.position - shard.first;
    if (at >= 0 && at < static_cast<std::int64_t>(shard.count)) {
      shard.ring[(shard.head + static_cast<std::size_t>(at)) & (shard.ring.size() - 1)].acknowledged = true;
    }
  }
}

bool Engine::durable_enough(std::uint32_t l, const Written& record) const {
  const plan::Log& fixed = plan_.logs[l];
  if (fixed.mode == plan::CommitMode::kAsync || fixed.followers.empty()) return true;
  const LogShard& shard = logs_[l].shards[record.shard];
  std::size_t have = 0;
  std::size_t followers = 0;
  for (const plan::LocationId follower : fixed.followers) {
    if (follower.value == logs_[l].leader) continue;
    ++followers;
    have += shard.applied[follower.index()] >= record.position ? 1U : 0U;
  }
  return have >=
         (fixed.mode == plan::CommitMode::kSemiSync ? std::min<std::size_t>(1, followers) : followers);
}

void Engine::apply_position(std::uint32_t l, std::uint32_t location, std::uint32_t shard_index,
                            std::int64_t position) {
  LogShard& shard = logs_[l].shards[shard_index];
  std::int64_t& applied = shard.applied[location];
  applied = std::clamp(position, applied, shard.appended);
  trim(l, shard);
  release_committed(l);
}

void Engine::trim(std::uint32_t l, LogShard& shard) {
  std::int64_t everywhere = shard.appended;
  for (const plan::LocationId follower : plan_.logs[l].followers) {
    if (follower.value != logs_[l].leader) everywhere = std::min(everywhere, shard.applied[follower.index()]);
  }
  while (shard.count > 0 && shard.first <= everywhere) {
    shard.head = (shard.head + 1) & (shard.ring.size() - 1);
    --shard.count;
    ++shard.first;
  }
}

/// A position says nothing without its epoch: the next epoch gives the positions of lost records to others.
bool Engine::own_record_durable(std::uint32_t l, std::uint32_t f) const {
  Written own;
  own.position = extra_[f].record_position;
  own.epoch = extra_[f].record_epoch;
  own.shard = static_cast<std::uint32_t>(requests_[frames_[f].request].root_hash % plan_.logs[l].shards);
  return known(logs_[l], own) && durable_enough(l, own);
}

void Engine::release_committed(std::uint32_t l) {
  std::uint32_t f = logs_[l].waiters.head;
  while (f != kNil) {
    const std::uint32_t next = frames_[f].next;
    if (own_record_durable(l, f)) {
      unlink(logs_[l].waiters, f);
      frames_[f].state = FrameState::kRunning;
      ++frames_[f].pc;
      ready(f);
    }
    f = next;
  }
}

void Engine::lead(std::uint32_t l, std::uint32_t location) {
  LogState& log = logs_[l];
  if (location == log.leader) return;
  Loss loss;
  loss.log = l;
  loss.epoch = log.epoch;
  loss.at_ns = now_;
  std::vector<std::int64_t> cutoffs;
  for (LogShard& shard : log.shards) {
    const std::int64_t kept = shard.applied[location];
    cutoffs.push_back(kept);
    for (std::size_t i = 0; i < shard.count; ++i) {
      if (shard.first + static_cast<std::int64_t>(i) <= kept) continue;
      const LogEntry& entry = shard.ring[(shard.head + i) & (shard.ring.size() - 1)];
      ++(entry.acknowledged ? loss.acknowledged : loss.unacknowledged);
      if (entry.acknowledged) loss.oldest_commit_ns = std::min(loss.oldest_commit_ns, entry.commit_ns);
    }
    // What survives stays in the ring: the next change of leader may still lose it.
    shard.appended = kept;
    const auto in_ring = static_cast<std::int64_t>(shard.count);
    shard.count = static_cast<std::size_t>(std::clamp<std::int64_t>(kept - shard.first + 1, 0, in_ring));
    if (shard.count == 0) shard.first = kept + 1;
    for (std::int64_t& applied : shard.applied) applied = std::min(applied, kept);
    shard.applied[log.leader] = kept;
  }
  const std::uint32_t old_leader = log.leader;
  log.cutoffs.push_back(std::move(cutoffs));
  log.loss_of_epoch.push_back(static_cast<std::uint32_t>(losses_.size()));
  losses_.push_back(loss);
  ++log.epoch;
  log.leader = location;
  ++balance_era_;
  // Sites that take the old leader for the leader are its own, until it is fenced.
  for (std::uint32_t at = 0; at < log.view.size(); ++at) {
    if (at != old_leader) log.view[at] = location;
  }
}

void Engine::fence(std::uint32_t l) {
  LogState& log = logs_[l];
  std::fill(log.view.begin(), log.view.end(), log.leader);
  ++balance_era_;
}

void Engine::reconcile(std::uint32_t l) {
  for (Loss& loss : losses_) {
    if (loss.log == l) loss.reconciled = loss.acknowledged + loss.unacknowledged;
  }
}

}  // namespace twinvoice::kernel
