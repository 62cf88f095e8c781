// One run: a Plan, its procedures and a seed make a RunRecord. One process may make one run, since SimGrid's clock starts
// once in a process; replications.hpp runs many.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/kernel/engine.hpp"
#include "sim/measure/request_log.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::world {

/// How far a run is; lives in memory that another process may read.
struct ProgressCell {
  std::atomic<Nanos> now_ns{0};
  std::atomic<std::uint64_t> events{0};
};
static_assert(std::atomic<Nanos>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);

/// Somebody orders a procedure to begin its work.
struct Order {
  std::uint32_t procedure = 0;  ///< index in RunSettings::procedures
  Nanos at_ns = 0;
};

/// What an interlude may do: it runs at its instant, after the faults and repairs of that instant.
class RunControl {
 public:
  RunControl() = default;
  RunControl(const RunControl&) = delete;
  RunControl& operator=(const RunControl&) = delete;
  virtual ~RunControl() = default;
  /// A turn at its own `at_ns`, at the earliest now; `effect` is kept.
  virtual void turn(const plan::Turn& turn) = 0;
  /// New draws from now on, in requests and procedures.
  virtual void branch(std::uint64_t branch) = 0;
  /// An order at its own `at_ns`, at the earliest now. See ProcedureContext::heed_orders.
  virtual void order(const Order& order) = 0;
};

/// Something done to the run from outside at an instant. It may fork the process: both copies go on (not under
/// AddressSanitizer, whose actors are threads).
struct Interlude {
  Nanos at_ns = 0;
  std::function<void(RunControl&)> act;
};

struct RunSettings {
  kernel::RunOptions options;
  std::vector<ProcedureFactory> procedures;
  std::vector<Interlude> interludes;
  ProgressCell* progress = nullptr;
  /// The turns that procedures make are kept in the record, for the referee to replay: some 100 bytes for each batch of replication.
  bool keep_turns = false;
};

/// The network model as SimGrid has it, read back from it. Printed in every report.
struct WorldFacts {
  std::string simgrid_version;                                ///< "3.32"
  std::vector<std::pair<std::string, std::string>> settings;  ///< name, value
  Nanos epoch_ns = 0;                                         ///< of shared links
};

struct RunResult {
  measure::RunRecord record;
  std::vector<measure::RequestRecord> requests;  ///< when RunOptions::request_log is set
  WorldFacts facts;
};

/// Runs `plan` to its horizon, or until the stop flag or a budget ends it (`record.complete` tells). Throws EngineError when
/// a procedure throws, when an instant has more than 64 passes, and when this process has run before.
[[nodiscard]] RunResult run_once(const plan::Plan& plan, const RunSettings& settings);

}  // namespace twinvoice::world
