// What tests ask of the facts of replicated logs.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "sim/measure/log_facts.hpp"

namespace twinvoice::testing {

/// Whether a record is not in the log that leads at the end: a later leader had less of its shard.
inline bool left_out(const measure::CommitFact& record, std::span<const measure::LogEvent> events) {
  return std::any_of(events.begin(), events.end(), [&](const measure::LogEvent& e) {
    return e.kind == measure::LogEventKind::kLeads && e.log == record.log && e.shard == record.shard &&
           e.epoch > record.epoch && record.position > e.position;
  });
}

/// Records of `log` that are left out, and of those the ones that their writer acknowledged.
struct LeftOut {
  std::size_t records = 0;
  std::size_t acknowledged = 0;
  Nanos oldest_ns = kNever;  ///< commit of the oldest acknowledged one
};
inline LeftOut left_out(std::span<const measure::CommitFact> commits,
                        std::span<const measure::LogEvent> events, std::uint32_t log = 0) {
  LeftOut result;
  for (const measure::CommitFact& record : commits) {
    if (record.log != log || !left_out(record, events)) continue;
    ++result.records;
    if (record.returned_ns == kNever) continue;
    ++result.acknowledged;
    result.oldest_ns = std::min(result.oldest_ns, record.commit_ns);
  }
  return result;
}

/// "at kind place/shard epoch:position", times in milliseconds: one line an event, those at time 0 left out.
inline std::vector<std::string> story(std::span<const measure::LogEvent> events) {
  std::vector<std::string> lines;
  for (const measure::LogEvent& e : events) {
    if (e.at_ns == 0) continue;
    lines.push_back(std::to_string(e.at_ns / 1'000'000) + " " +
                    std::string(measure::kLogEventWords[static_cast<std::size_t>(e.kind)]) + " " +
                    std::to_string(e.place) + "/" + std::to_string(e.shard) + " " + std::to_string(e.epoch) +
                    ":" + std::to_string(e.position));
  }
  return lines;
}

}  // namespace twinvoice::testing
