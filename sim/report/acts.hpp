// What procedures did, cut into their runs: from a detection (or an order) to the next one of the same procedure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/measure/interruption.hpp"
#include "sim/measure/ownership.hpp"
#include "sim/measure/run_record.hpp"

namespace twinvoice::report {

/// One run of a procedure, or a single line of one that detects nothing (a probe).
struct ProcedureRun {
  std::string procedure;
  Nanos began_ns = 0;              ///< its first line
  Nanos ended_ns = 0;              ///< its last line
  bool ordered = false;            ///< begun by order: a planned change, owned by no fault
  std::vector<std::size_t> marks;  ///< positions in RunRecord::marks, in order
  measure::FaultIndices owners;    ///< empty: planned, or no fault is near
};

/// The runs of all procedures before `horizon_ns`, in order of their begin. Owners are left empty.
[[nodiscard]] std::vector<ProcedureRun> procedure_runs(const measure::RunRecord& run, Nanos horizon_ns);

/// When the runs that belong to the fault acted for the last time on the way to recovery. "failed back" ends that way for a
/// procedure: what it does afterwards is a second promotion. "aborted" ends it for one run. Absent: none acted.
[[nodiscard]] std::optional<Nanos> last_act_ns(const measure::RunRecord& run,
                                               const std::vector<ProcedureRun>& runs, std::size_t fault);

/// Whether the procedure detected something within `within_ns` of the instant.
[[nodiscard]] bool detected_near(const measure::RunRecord& run, const std::string& procedure, Nanos at_ns,
                                 Nanos within_ns);

/// Whether a failback that ends with the mark of position `k` in `one.marks` began the interruption. It is told when it is done, so it
/// began after the mark before, the interruption with it or after it, and answers came again no earlier than it was done; or health
/// broke within `hold_ns` after it. Never where a fault was in force when the interruption began, or began while it lasted.
[[nodiscard]] bool failback_began(const measure::RunRecord& run, const ProcedureRun& one, std::size_t k,
                                  const measure::Interruption& interruption, Nanos hold_ns);

}  // namespace twinvoice::report
