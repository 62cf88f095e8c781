// Kernel against referee on one Plan, request by request, by the rule of the design's section on the referee.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sim/measure/request_log.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"
#include "sim/referee/referee.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::testing {

/// What both engines made of the same requests.
struct Comparison {
  std::size_t compared = 0;       ///< requests listed by both
  std::size_t differing = 0;      ///< in outcome, causes, attempts, path, or in time beyond the tolerance
  std::size_t excused = 0;        ///< of these, decided after the referee's first tie
  std::size_t only_one = 0;       ///< decided by one engine alone
  std::size_t failed = 0;         ///< failed in both: the comparison saw failures too
  std::set<std::string> reasons;  ///< of causes and first causes
  Nanos worst_time_ns = 0;        ///< among those that agree in everything else
  Nanos first_tie_ns = kNever;
  std::vector<std::string> examples;  ///< of differences, at most ten
};

struct Tolerance {
  Nanos time_ns = 0;
  double relative = 0.0;  ///< of the latency; for processor sharing and shared links
};

/// 2 ns for each step that takes time, over the longest way of a request of this Plan that the policies allow.
[[nodiscard]] Tolerance tolerance_for(const plan::Plan& plan);

/// `kernel` and `referee` made these of the same Plan; any order.
[[nodiscard]] Comparison compare_records(const std::vector<measure::RequestRecord>& kernel,
                                         const std::vector<measure::RequestRecord>& referee,
                                         Nanos first_tie_ns, const Tolerance& tolerance);

/// Runs replication 0 of `plan` in both engines, each in a process of its own. The kernel runs inside SimGrid's clock with
/// `procedures`; the referee replays the turns they made. Throws EngineError when an engine fails.
[[nodiscard]] Comparison compare_in_world(const plan::Plan& plan,
                                          const std::vector<world::ProcedureFactory>& procedures);

/// What happened to the logs, as expectations of the running test: the same events at the same instants, the same records
/// within `tolerance`. After the referee's first tie the engines may part.
void expect_same_facts(const measure::RunRecord& kernel, const referee::RefereeResult& referee,
                       const Tolerance& tolerance, const plan::Plan& plan);

/// Changes all rates so that about `requests` arrive before the horizon.
void scale_load(plan::Plan& plan, double requests);

/// The rule itself, as expectations of the running test.
void expect_agreement(const Comparison& comparison, double requests);

}  // namespace twinvoice::testing
