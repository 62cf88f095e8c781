#include "sim/measure/log_history.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace twinvoice::measure {

namespace {

std::int64_t at_shard(const std::vector<std::int64_t>& positions, std::uint32_t shard) {
  return shard < positions.size() ? positions[shard] : 0;
}

std::int64_t& of_shard(std::vector<std::int64_t>& positions, std::uint32_t shard) {
  if (shard >= positions.size()) positions.resize(shard + 1, 0);
  return positions[shard];
}

}  // namespace

LogHistory::Member& LogHistory::member(std::uint32_t place) {
  if (place >= members_.size()) members_.resize(place + 1);
  return members_[place];
}

void LogHistory::add(const LogEvent& event) {
  Member& m = member(event.place);
  switch (event.kind) {
    case LogEventKind::kLeads: return lead(event);
    case LogEventKind::kReceived:
    case LogEventKind::kApplied: return receive(event);
    case LogEventKind::kReconciled:
      merges_.push_back({event.at_ns, event.place, event.shard, event.epoch, event.position,
                         std::max(m.destroyed_ns, m.reseeded_ns)});
      return;
    case LogEventKind::kReseeded: m.reseeded_ns = event.at_ns; return;
    case LogEventKind::kDestroyed:
      destructions_.push_back({event.at_ns, event.place, m});
      m.destroyed_ns = event.at_ns;
      m.reseeded_ns = -1;
      m.has.clear();
      return;
    case LogEventKind::kDown: return serve(m, event.at_ns, false, m.reachable);
    case LogEventKind::kUp: return serve(m, event.at_ns, true, m.reachable);
    case LogEventKind::kCutOff: return serve(m, event.at_ns, m.up, false);
    case LogEventKind::kReachable: return serve(m, event.at_ns, m.up, true);
    case LogEventKind::kFenced:
    case LogEventKind::kPaused:
    case LogEventKind::kResumed: return;
  }
}

void LogHistory::lead(const LogEvent& event) {
  if (event.epoch == reigns_.size()) reigns_.push_back({event.place, event.at_ns, {}});
  ensure(event.epoch + 1 == reigns_.size(), "log facts: an epoch is missing");
  of_shard(reigns_.back().inherited, event.shard) = event.position;
  for (Member& m : members_) {
    if (event.shard < m.has.size()) m.has[event.shard] = std::min(m.has[event.shard], event.position);
  }
  Member& leader = members_[event.place];
  leader.last_led = event.epoch;
  of_shard(leader.has, event.shard) = event.position;
}

void LogHistory::receive(const LogEvent& event) {
  std::int64_t position = event.position;
  for (std::size_t e = std::size_t{event.epoch} + 1; e < reigns_.size(); ++e) {
    position = std::min(position, at_shard(reigns_[e].inherited, event.shard));
  }
  std::int64_t& has = of_shard(members_[event.place].has, event.shard);
  has = std::max(has, position);
}

void LogHistory::serve(Member& m, Nanos now_ns, bool up, bool reachable) {
  const bool served = m.up && m.reachable;
  if (m.up && !up) m.down_ns = now_ns;
  m.up = up;
  m.reachable = reachable;
  const bool serves = up && reachable;
  if (served && !serves) m.out.push_back({now_ns, kNever});
  if (!served && serves) m.out.back().to_ns = now_ns;
}

void LogHistory::close() {
  std::size_t shards = 0;
  for (const Reign& reign : reigns_) shards = std::max(shards, reign.inherited.size());
  survives_.assign(reigns_.size(), std::vector<std::int64_t>(shards, kLastPosition));
  for (std::size_t e = reigns_.size(); e-- > 1;) {
    for (std::uint32_t s = 0; s < shards; ++s) {
      survives_[e - 1][s] = std::min(survives_[e][s], at_shard(reigns_[e].inherited, s));
    }
  }
}

std::uint32_t LogHistory::first_without(const CommitFact& record) const {
  ensure(record.epoch < reigns_.size() && reigns_[record.epoch].place == record.place,
         "log facts: a record of an epoch that its writer did not lead");
  const std::uint32_t next = record.epoch + 1;
  if (next == reigns_.size()) return kNone;
  if (record.commit_ns > reigns_[next].from_ns) return next;
  if (record.position <= at_shard(survives_[record.epoch], record.shard)) return kNone;
  std::uint32_t e = next;
  while (record.position <= at_shard(reigns_[e].inherited, record.shard)) ++e;
  return e;
}

bool LogHistory::has(const Member& m, std::uint32_t place, const CommitFact& record) {
  return record.position <= at_shard(m.has, record.shard) || record.commit_ns <= m.reseeded_ns ||
         (record.place == place && record.commit_ns > m.destroyed_ns);
}

Reach LogHistory::reach(const CommitFact& record) const {
  const std::uint32_t leader = reigns_.back().place;
  if (members_[leader].up && has(members_[leader], leader, record)) return Reach::kUp;
  Reach best = Reach::kGone;
  for (std::uint32_t place = 0; place < members_.size(); ++place) {
    if (!has(members_[place], place, record)) continue;
    if (members_[place].up) return Reach::kUp;
    best = Reach::kDown;
  }
  return best;
}

Nanos LogHistory::had_ns(const CommitFact& record, std::uint32_t epoch) const {
  return std::max(record.commit_ns, reigns_[epoch].from_ns);
}

const LogHistory::Merge* LogHistory::merge_of(const CommitFact& record, std::uint32_t without) const {
  for (const Merge& merge : merges_) {
    const bool its_log = merge.shard == record.shard && merge.position >= record.position &&
                         merge.epoch >= record.epoch && merge.epoch < without;
    if (its_log && merge.at_ns >= std::max(record.commit_ns, reigns_[without].from_ns) &&
        had_ns(record, merge.epoch) > merge.copy_ns) {
      return &merge;
    }
  }
  return nullptr;
}

bool LogHistory::reconciled(const CommitFact& record, std::uint32_t without) const {
  return merge_of(record, without) != nullptr;
}

Reach LogHistory::reach_reconciled(const CommitFact& record, std::uint32_t without) const {
  const Merge& merge = *merge_of(record, without);
  Reach best = Reach::kGone;
  const std::uint32_t led_then = reigns_[epoch_at(merge.at_ns)].place;
  for (const std::uint32_t place : {reigns_.back().place, led_then, merge.place}) {
    const Member& m = members_[place];
    if (m.destroyed_ns < merge.at_ns) best = std::min(best, m.up ? Reach::kUp : Reach::kDown);
  }
  return best;
}

bool LogHistory::stranded(const CommitFact& record, std::uint32_t without) const {
  for (std::uint32_t e = record.epoch; e < without; ++e) {
    const Member& m = members_[reigns_[e].place];
    if (m.up && m.last_led < without && std::max(m.destroyed_ns, m.reseeded_ns) < had_ns(record, e)) {
      return true;
    }
  }
  return false;
}

Nanos LogHistory::out_of_service(std::uint32_t place, Nanos from_ns, Nanos deposed_ns) const {
  const Nanos deposed = std::max(from_ns, deposed_ns);
  for (const Outage& outage : members_[place].out) {
    if (outage.to_ns > from_ns) return std::min(deposed, std::max(from_ns, outage.from_ns));
  }
  return deposed;
}

LogHistory::LastHolder LogHistory::destroyed(const CommitFact& record) const {
  LastHolder last{record.commit_ns, record.place};
  for (const Destruction& d : destructions_) {
    if (d.at_ns >= record.commit_ns && has(d.before, d.place, record)) last = {d.at_ns, d.place};
  }
  return last;
}

LogHistory::LastHolder LogHistory::down(const CommitFact& record) const {
  LastHolder last{record.commit_ns, record.place};
  for (std::uint32_t place = 0; place < members_.size(); ++place) {
    const Member& m = members_[place];
    if (m.down_ns >= last.at_ns && has(m, place, record)) last = {m.down_ns, place};
  }
  return last;
}

std::uint32_t LogHistory::epoch_at(Nanos now_ns) const {
  std::uint32_t epoch = 0;
  while (epoch + 1 < reigns_.size() && reigns_[epoch + 1].from_ns <= now_ns) ++epoch;
  return epoch;
}

}  // namespace twinvoice::measure
