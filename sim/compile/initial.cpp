// `initial` of the experiment. Counts are per replica: a pool with 200 of its tokens held has them held on
// each replica.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/compile/draft.hpp"
#include "sim/compile/limits.hpp"

namespace twinvoice::compile {
namespace {

void hold_tokens(Draft& draft, const plan::Component& c, const ComponentFacts& facts,
                 const spec::InitialSpec& spec) {
  if (!facts.admission.valid()) {
    draft.issues.error(spec.place, fmt::format("\"{}\" has no pool whose tokens could be held", c.name));
    return;
  }
  for (std::uint32_t i = 0; i < c.replicas; ++i) {
    const plan::PoolId pool(facts.admission.index() + i);
    const std::uint32_t size = draft.plan.pools[pool.index()].size;
    if (*spec.pool_held > static_cast<std::int64_t>(size)) {
      draft.issues.error(spec.place, fmt::format("{} tokens cannot be held of {}", *spec.pool_held, size));
      return;
    }
    draft.plan.initial.tokens.push_back({pool, static_cast<std::uint32_t>(*spec.pool_held)});
  }
}

void place_jobs(Draft& draft, const plan::Component& c, const ComponentFacts& facts,
                const spec::InitialSpec& spec) {
  if (!facts.station.valid() || !facts.demand.valid()) {
    draft.issues.error(spec.place, fmt::format("no operation reaches \"{}\": it has no queue", c.name));
    return;
  }
  std::size_t waiting = c.replicas * static_cast<std::size_t>(*spec.queue_length);
  for (const plan::InitialJobs& jobs : draft.plan.initial.jobs) waiting += jobs.jobs;
  draft.bound(waiting, kMostJobs, spec.place, "requests that wait at the start so far");
  for (std::uint32_t i = 0; i < c.replicas; ++i) {
    draft.plan.initial.jobs.push_back({plan::StationId(facts.station.index() + i),
                                       static_cast<std::uint32_t>(*spec.queue_length), facts.demand,
                                       facts.demand_purpose});
  }
}

void warm(Draft& draft, const plan::Component& c, const spec::InitialSpec& spec) {
  bool found = false;
  for (plan::Cell& cell : draft.plan.cells) {
    const std::uint32_t ordinal = cell.instance.value - c.first_instance;
    if (cell.instance.value < c.first_instance || ordinal >= c.replicas) continue;
    cell.initial = cell.low + spec.warmth->value * (cell.high - cell.low);
    found = true;
  }
  if (!found) draft.issues.error(spec.place, fmt::format("\"{}\" has nothing that warms up", c.name));
}

/// Records at the leader that some follower has not applied, by the positions of the whole log.
std::size_t backlog(const plan::Log& log,
                    const std::vector<std::pair<plan::LocationId, std::int64_t>>& stated) {
  const auto position = [&](plan::LocationId at) {
    const auto found =
        std::find_if(stated.begin(), stated.end(), [&](const auto& s) { return s.first == at; });
    return found == stated.end() ? std::int64_t{0} : found->second;
  };
  const std::int64_t appended = position(log.leader_location);
  std::int64_t everywhere = appended;
  for (const plan::LocationId follower : log.followers) everywhere = std::min(everywhere, position(follower));
  return static_cast<std::size_t>(appended - everywhere);
}

void place_logs(Draft& draft, const plan::Component& c, const spec::InitialSpec& spec) {
  if (!c.log.valid()) {
    draft.issues.error(spec.place, fmt::format("\"{}\" has no replicated log", c.name));
    return;
  }
  const plan::Log& log = draft.plan.logs[c.log.index()];
  const auto shards = static_cast<std::int64_t>(log.shards);
  std::vector<std::pair<plan::LocationId, std::int64_t>> stated;
  for (const auto& entry : spec.log_positions) {
    std::vector<plan::LocationId> at = draft.find_locations(entry.key.id);
    std::erase_if(at, [&](plan::LocationId l) {
      return l != log.leader_location &&
             std::find(log.followers.begin(), log.followers.end(), l) == log.followers.end();
    });
    if (at.empty()) {
      draft.issues.error(entry.key.place,
                         fmt::format("the log of \"{}\" is not kept at \"{}\"", c.name, entry.key.id));
      continue;
    }
    stated.emplace_back(at.front(), entry.value);
    for (std::int64_t shard = 0; shard < shards; ++shard) {
      const std::int64_t position = entry.value / shards + (shard < entry.value % shards ? 1 : 0);
      draft.plan.initial.positions.push_back(
          {c.log, static_cast<std::uint32_t>(shard), at.front(), position});
    }
  }
  draft.bound(backlog(log, stated), kMostBacklog, spec.place, "log records that are not applied everywhere");
  for (const plan::InitialPosition& p : draft.plan.initial.positions) {
    for (const plan::InitialPosition& leader : draft.plan.initial.positions) {
      if (p.log == c.log && leader.log == c.log && p.shard == leader.shard &&
          leader.location == log.leader_location && p.position > leader.position) {
        draft.issues.error(spec.place, "a follower cannot stand further than the leader of the log");
        return;
      }
    }
  }
}

}  // namespace

void lower_initial(Draft& draft, const spec::Experiment& experiment) {
  for (const auto& entry : experiment.initial) {
    const plan::ComponentId id = draft.find_component(entry.key.id);
    if (!id.valid()) {
      draft.issues.error(entry.key.place, fmt::format("there is no component \"{}\"", entry.key.id));
      continue;
    }
    const plan::Component& c = draft.component(id);
    const ComponentFacts& facts = draft.facts[id.index()];
    const spec::InitialSpec& spec = entry.value;
    if (spec.pool_held && *spec.pool_held > 0) hold_tokens(draft, c, facts, spec);
    if (spec.queue_length && *spec.queue_length > 0) place_jobs(draft, c, facts, spec);
    if (spec.warmth) warm(draft, c, spec);
    if (!spec.log_positions.empty()) place_logs(draft, c, spec);
  }
  plan::InitialState& initial = draft.plan.initial;
  std::sort(initial.tokens.begin(), initial.tokens.end(),
            [](const auto& a, const auto& b) { return a.pool < b.pool; });
  std::sort(initial.jobs.begin(), initial.jobs.end(),
            [](const auto& a, const auto& b) { return a.station < b.station; });
  std::sort(initial.positions.begin(), initial.positions.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.log, a.shard, a.location) < std::tuple(b.log, b.shard, b.location);
  });
}

}  // namespace twinvoice::compile
