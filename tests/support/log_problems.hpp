// What compile never writes into a log, and no test may either: every hand-made Plan with logs is held against this.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::testing {

/// One line for each: a leader among its followers, a follower named twice, a member without a replica, a bound on waits
/// where nothing waits.
[[nodiscard]] inline std::vector<std::string> log_problems(const plan::Plan& plan) {
  std::vector<std::string> problems;
  for (const plan::Log& log : plan.logs) {
    const std::vector<plan::LocationId> members = log.members();
    for (std::size_t m = 0; m < members.size(); ++m) {
      if (m > 0 && members[m] == members[0])
        problems.push_back("the leader of the log " + log.name + " is among its followers");
      if (m > 0 && std::count(members.begin() + 1, members.end(), members[m]) > 1)
        problems.push_back("a follower of the log " + log.name + " is named twice");
      const bool stands = std::any_of(
          plan.instances.begin(), plan.instances.end(),
          [&](const plan::Instance& i) { return i.component == log.component && i.location == members[m]; });
      if (!stands) problems.push_back("a member of the log " + log.name + " has no replica");
    }
    if (log.fallback_ns != kNever && log.mode != plan::CommitMode::kSemiSync)
      problems.push_back("the log " + log.name + " falls back from a mode that does not");
  }
  return problems;
}

}  // namespace twinvoice::testing
