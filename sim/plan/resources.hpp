// What steps act on: stations, pools, cells, gates and replicated logs. Constant during a run.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/plan/causes.hpp"
#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

inline constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

enum class Discipline : std::uint8_t { kFifo, kLifo, kPriority, kPriorityPreemptive, kProcessorSharing };
/// What a full queue does with one more. Drop oldest: the frame that has waited longest in the least urgent class that waits
/// makes room (Reason::kQueueDropped); but nobody goes for a newcomer who is less urgent than all who wait, and nobody can
/// where nobody waits: then the newcomer is turned away (Reason::kQueueFull). Push-out after Kroener, Hebuterne, Boyer and
/// Gravey, "Priority management in ATM switching nodes", 1991.
enum class OnFull : std::uint8_t { kReject, kBlock, kDropOldest };

/// Servers with a queue in front, one per replica.
struct Station {
  InstanceId instance;
  std::string name;                         ///< "component#ordinal" (+ "/quantity" if it has several)
  std::uint32_t servers = 1;                ///< kUnlimited: nobody ever waits
  std::uint32_t queue_places = kUnlimited;  ///< waiting places, those in service not counted
  Discipline discipline = Discipline::kFifo;
  OnFull on_full = OnFull::kReject;
  LawId patience;  ///< longest wait in the queue; invalid: unbounded
  std::uint64_t patience_purpose = 0;
  /// Rate of every job in service when n are in service, for n = 1, 2, ...; the last entry holds beyond. Empty: 1.
  std::vector<double> speed_by_load;
  /// What of its last server is not there, in [0, 1) servers: 1.5 cores are two servers of which half a one is spare. When all
  /// are at work they do the work of servers - spare. 0 unless it has a share of cores.
  double spare = 0.0;
  bool observe_waits = false;      ///< keep a histogram of waiting times
  bool observe_occupancy = false;  ///< keep the time spent with n jobs present, n = 0..kOccupancyBins-1
};
inline constexpr std::uint32_t kOccupancyBins = 256;

/// Tokens, one pool per replica (of the callee for admission, of the caller for client-side pools). FIFO waiters.
struct Pool {
  InstanceId instance;
  std::string name;
  std::uint32_t size = 1;                   ///< kUnlimited: never waits
  std::uint32_t queue_places = kUnlimited;  ///< waiting places
  LawId wait;                               ///< longest wait for a token; invalid: unbounded
  std::uint64_t wait_purpose = 0;
  // Connection pools only (Connect): a token is a connection with peer, age and last use.
  bool connections = false;
  LawId idle_timeout;         ///< longest rest between two uses, drawn for each connection; invalid: none
  LawId max_age;              ///< longest life, drawn for each connection; invalid: none
  std::uint64_t age_key = 0;  ///< key of these draws
  bool preconnected = false;  ///< full of fresh connections at the start
  bool observe_waits = false;
};

/// A number that steps read and write, one per replica. Decays exponentially with `half_life_ns` towards zero.
struct Cell {
  InstanceId instance;
  std::string name;
  double initial = 0.0;
  double low = 0.0;
  double high = 1.0;
  Nanos half_life_ns = kNever;  ///< kNever: no decay
  bool lost_in_kill = false;    ///< back at `low` when its instance is reset
};

enum class GateKind : std::uint8_t {
  kProbability,  ///< rejects with `probability` (a knob)
  kRateLimit,    ///< token bucket: `rate_per_s`, `burst`
  kValidity,     ///< rejects while its knob says invalid (probability 1)
};

struct Gate {
  InstanceId instance;
  std::string name;  ///< the named cause: "waf.false_positive"
  GateKind kind = GateKind::kProbability;
  double probability = 0.0;
  double rate_per_s = 0.0;
  double burst = 0.0;
  std::uint64_t purpose = 0;
  bool by_request = false;  ///< its draw hangs on the request alone: one verdict, however often it is tried
  Reason reason = Reason::kGate;  ///< of a rejection: kGate (its place is the gate) or kError (the component)
};

enum class CommitMode : std::uint8_t {
  kAsync,     ///< acknowledged once the leader has it
  kSemiSync,  ///< acknowledged once the leader has heard from one other member that has it too
  kSync,      ///< acknowledged once it has heard so from all other members
};

/// The replicated log of one component: a leader replica that takes writes and other places that receive and apply them.
/// Every place of it, the first leader included, is a member; who leads changes during a run.
struct Log {
  std::string name;
  ComponentId component;
  CommitMode mode = CommitMode::kAsync;
  std::uint32_t shards = 1;
  std::uint32_t record_bytes = 1024;
  bool idempotent = true;      ///< a second write of the same invoice is recognised while the first is known
  LocationId leader_location;  ///< where writes go at the start
  std::vector<LocationId> followers;  ///< the other members; the first leader is never among them
  Nanos batch_every_ns = 50'000'000;  ///< 0: a record is sent as it is written
  Nanos batch_phase_ns = kNever;      ///< of the first batch; kNever: drawn in each replication
  std::int64_t batch_bytes = 65'536;
  Nanos apply_ns = 0;  ///< from the receipt of a batch to its application
  bool waits_applied =
      false;  ///< a member counts for a waiting commit once it has applied the record, not when received
  /// Semi-sync: a commit that has waited so long releases all that wait at its writer, which is asynchronous from then on
  /// until another member has caught up. kNever: never.
  Nanos fallback_ns = kNever;

  [[nodiscard]] std::vector<LocationId> members() const {
    std::vector<LocationId> all{leader_location};
    all.insert(all.end(), followers.begin(), followers.end());
    return all;
  }
};

}  // namespace twinvoice::plan
