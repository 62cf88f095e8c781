// What a report has to be told beside the records: names, objectives, faults, expectations. Filled by the command line, so
// that reports know neither Plans nor input files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/verdict.hpp"

namespace twinvoice::report {

/// Success share asked of an operation that states none.
inline constexpr double kDefaultAvailability = 0.99;

/// Health has been shown when it has lasted so long, where an experiment says nothing else.
inline constexpr Nanos kUsualHoldNs = 60 * kNanosPerSecond;

/// A promise of an operation's owner: each incident stays within the bound, or that share of them.
struct PromiseInfo {
  Nanos bound_ns = 0;
  double share = 0.0;  ///< in (0, 1)
};

struct OperationInfo {
  std::string name;
  double availability = kDefaultAvailability;  ///< objective, in (0, 1]
  bool availability_stated = false;
  Nanos p99_ns = kNever;                    ///< objective; kNever: not stated
  std::optional<PromiseInfo> rto{}, rpo{};  ///< objective; absent: not stated
  Nanos client_wait_ns = kNever;            ///< after which its clients give up; kNever: they never do
  bool loaded = true;                       ///< something submits requests
  std::uint64_t users = 0;                  ///< of its closed loads; 0: open loads alone
  bool on_completion = false;               ///< `availability` is promised of the emitted jobs too
};

/// Replicas of one component that stand together.
struct ComponentPlace {
  std::size_t place = 0;  ///< index into Scenario::places
  std::uint32_t replicas = 0;
};

struct ComponentInfo {
  std::string name;
  std::string model;
  std::uint32_t replicas = 0;
  std::vector<ComponentPlace> places{};  ///< in the order of its replicas
};

/// By station id. `servers` 0: unlimited.
struct StationInfo {
  std::string name;
  std::size_t component = 0;
  std::uint32_t servers = 0;
  std::size_t place = 0;
};

/// By pool id. Pools of one `group` are the same pool of different replicas. `size` 0: unlimited.
struct PoolInfo {
  std::string group;
  std::size_t component = 0;
  std::uint32_t size = 0;
  std::size_t place = 0;
};

/// By index of plan::CallGroups.
struct CallInfo {
  std::string name;
  std::string caller;  ///< "": the client of an operation
  std::string target;
};

struct FaultInfo {
  std::string name;
  std::string kind;
  Nanos at_ns = 0;
  Nanos until_ns = kNever;
  std::size_t declared = 0;                ///< of the targets of one fault all have the same
  std::optional<std::uint32_t> variant{};  ///< one target of several: see Scenario::plays
};

enum class Measure : std::uint8_t {
  kRto,
  kRpo,
  kRpoInvoices,
  kInterruption,  ///< length of an interruption that `begun_by` began
  kOnset,
  kAvailability,
  kQuantile,  ///< of the response time
  kMean,
  kAnswered,  ///< share of the requests that succeed within `limit_ns`
  kSuccessRate,
  kThroughput,
  kUtilisation,
  kWait,
  kWaitQuantile,
  kWaits,  ///< share of the visits that wait, longer than `limit_ns`
};
enum class AvailabilityOf : std::uint8_t { kRequest, kTime, kVolume, kCompletion };
enum class Act : std::uint8_t { kFailback, kPromotion, kShift, kRelapse, kPlanned };

/// What began an interruption: an act, or one of the faults; neither: anything.
struct BegunBy {
  std::optional<Act> act;
  std::vector<std::size_t> faults;
};

/// The part of the run in which the requests arrived that a figure is of.
struct RunPart {
  enum class Kind : std::uint8_t { kWhole, kDuring, kAfter, kBetween };
  Kind kind = Kind::kWhole;
  std::vector<std::size_t> faults;       ///< kDuring: while one of them lasts; kAfter: from the recovery on
  Nanos from_ns = 0, until_ns = kNever;  ///< kBetween: [from, until) of the run
};

/// One expectation, typed. Indices are into the lists of the scenario.
struct ExpectationInfo {
  std::string text;  ///< for people: all that was written
  std::string key;   ///< of the measure as written: "rto", "p99.5"
  Measure measure = Measure::kRto;
  double quantile = 0.0;  ///< kQuantile, kWaitQuantile: in (0, 1)
  measure::Bound bound;   ///< in seconds, a share, per second or a count
  AvailabilityOf of = AvailabilityOf::kRequest;
  /// A promise for each incident: the share of them that have to keep it. Absent: the figure itself is judged, which for rto,
  /// rpo, rpo_invoices and onset is the mean.
  std::optional<double> share;
  Nanos hold_ns = kUsualHoldNs;
  Nanos limit_ns = 0;
  BegunBy begun_by;
  RunPart part;
  std::optional<std::size_t> operation, component;  ///< absent: all that there are, the worst one counts
  std::vector<std::size_t> faults;  ///< each by itself, the worst one counts; empty: all that there are
  std::string cannot_judge;         ///< not empty: it stays undecided for this reason
};

struct InputFile {
  std::string path;
  std::string sha256;
  std::string content{};  ///< JSON text without remarks, for results; "": not kept
};

/// What is needed to make the same run again.
struct Manifest {
  std::string version;
  std::string commit;
  std::string engine = "kernel";
  std::string command;
  std::string simgrid_version;
  std::vector<std::pair<std::string, std::string>> network;  ///< the network model as it was read back
  Nanos epoch_ns = 0;
  std::vector<InputFile> inputs;
};

struct Scenario {
  std::string name;
  std::string topology;
  Nanos horizon_ns = 0;
  Nanos warm_up_ns = 0;
  Nanos window_ns = kNanosPerSecond;
  Nanos calm_from_ns = 0;  ///< where the calm before the first fault begins: the warm-up of the experiment
  Nanos follow_ns = 0;     ///< longest that open requests are followed beyond the horizon
  Nanos hold_ns = kUsualHoldNs;
  std::uint64_t seed = 1;
  std::uint64_t replications = 1;        ///< asked for
  std::uint64_t variants = 1;            ///< targets of the fault whose target is "each"
  std::string run_name = "replication";  ///< what messages call one of them, before its number
  std::vector<OperationInfo> operations;
  std::vector<std::string> places;  ///< "site" or "site/zone"
  std::vector<ComponentInfo> components;
  std::vector<StationInfo> stations;
  std::vector<PoolInfo> pools;
  std::vector<CallInfo> calls;
  Nanos call_window_ns = kNanosPerSecond;  ///< in which calls are counted
  std::vector<std::string> causes;         ///< by index of the table of causes
  std::vector<FaultInfo> faults;
  std::vector<ExpectationInfo> expectations;
  std::vector<std::string> crews;   ///< that repair is limited by
  std::vector<std::string> shares;  ///< fate groups: "power: 100 % of the failures of n1, n2"
  std::vector<std::string> unused;  ///< what a run does not use of the input: "needs of x (plan reads it)"
  /// Links that requests and answers alone ask for more than their bandwidth, where a run does not let them wait for each other:
  /// such as "link ab (a to b): 200 %".
  std::vector<std::string> overfull_links;
  /// Components with random failures whose dead replicas nobody takes out of balancing; the rest of those with them, and by what.
  std::vector<std::string> undetected, detected;
  std::optional<double> cost;         ///< money per month of all that declares one; absent: nothing does
  bool lives = false;                 ///< random failures and repairs are part of the run
  bool interrupted = false;           ///< by the user
  std::vector<std::string> errors;    ///< replications that gave no result, and why
  std::vector<std::string> warnings;  ///< of the input
  Manifest manifest;

  /// Whether the replication plays the fault: replication r plays those of variant r mod `variants`.
  [[nodiscard]] bool plays(const FaultInfo& fault, std::uint64_t replication) const {
    return !fault.variant || replication % variants == *fault.variant;
  }
};

}  // namespace twinvoice::report
