// Steps and programs: what a request does, as a flat array of small instructions.
#pragma once

#include <cstdint>
#include <string>

#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// The closed set of instructions. A model composes them and never adds one.
enum class StepKind : std::uint8_t {
  kDelay,    ///< wait a time drawn from `law`
  kHop,      ///< cross the route between the caller's and this frame's location (flag kToParent: back)
  kServe,    ///< one visit to station `target`, demand drawn from `law`
  kAcquire,  ///< take a token of pool `target`
  kRelease,  ///< give back the newest token of pool `target` that this frame holds
  kConnect,  ///< take a place in connection pool `target` for call site `arg`, whose attempts connect to their peers
  kGate,    ///< pass or be rejected by gate `target`
  kBranch,  ///< jump to `jump` with probability `value`, or with the probability in cell `target` times `value`
  kUpdate,  ///< change cell `target` by operation `arg` (UpdateOp) with operand `value`
  kCall,    ///< call through call site `target` and wait for the outcome; on failure see CallSite::on_failure
  kFork,    ///< start the branch programs [target, target + arg) of Plan::fork_branches and go on
  kJoin,    ///< wait until `arg` branches of the last Fork succeeded (flag kCancelLosers)
  kEmit,    ///< start a detached job through call site `target`
  kCommit,  ///< append one record to log `target` and wait for what its mode demands
  kRepeat,  ///< jump back to `jump` until the steps between have run `arg` times
  kReturn,  ///< end of the frame: its outcome goes to the parent
};
inline constexpr int kStepKinds = 16;

enum StepFlag : std::uint8_t {
  kToParent = 1,      ///< Hop: from this frame's location back to its caller's
  kEstablish = 2,     ///< Hop: a message of a connection being set up (faults on new connections act on it)
  kCellScaled = 4,    ///< Branch: probability = value x cell `target`
  kCancelLosers = 8,  ///< Join: cancel the branches that are no longer needed
  kPerRequest =
      16,  ///< Acquire/Release/Serve: `target` is one resource shared by all replicas, not one per replica
};

enum class UpdateOp : std::uint8_t { kSet, kAdd, kMax };

/// One instruction, 40 bytes, read-only during a run. Resources that exist once per replica are named by the id of
/// replica 0; the interpreter adds the frame's replica ordinal.
struct Step {
  StepKind kind = StepKind::kReturn;
  std::uint8_t flags = 0;
  std::uint16_t arg = 0;
  std::uint32_t target = Id<void>::kNone;
  LawId law;
  std::uint32_t jump = 0;     ///< absolute index into Plan::steps
  std::uint64_t purpose = 0;  ///< key of its draws: mix(hash(component), hash(quantity))
  double value = 0.0;
  std::uint32_t size_bytes = 0;  ///< Hop: message size; 0 takes the call site's request or response size
  std::uint32_t label = 0;       ///< index into Plan::labels, for people
};
static_assert(sizeof(Step) == 40);

/// A named stretch of steps. It always ends with Return; `reply` is where a failing frame goes on: at the Hop back
/// to the caller when there is one, at the Return otherwise. So a failure travels like any other answer.
struct Program {
  std::string name;       ///< "component/endpoint for operation"
  ComponentId component;  ///< whose replicas run it; invalid for root programs of operations
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t reply = 0;  ///< absolute step index
};

}  // namespace twinvoice::plan
