// The mutable state of a run: flat arrays by id, split by temperature. Written by the Engine alone.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/kernel/event_list.hpp"
#include "sim/plan/plan.hpp"

namespace twinvoice::kernel {

inline constexpr std::uint32_t kNil = ~0U;
__extension__ using Wide = __int128;

enum class FrameState : std::uint8_t {
  kFree,
  kReady,       ///< in the ready list; runs before the present event ends
  kRunning,     ///< going through its steps right now
  kDelayed,     ///< in a Delay
  kTransit,     ///< its message is on the way (pc tells the direction)
  kHeld,        ///< its message is held at a cut
  kLost,        ///< its message has been lost too often; its connection is about to be reset
  kQueued,      ///< waits in a station's queue
  kServing,     ///< in service at a station
  kToken,       ///< waits for a token of a pool
  kBackoff,     ///< waits before the next retry
  kChildren,    ///< waits for attempts, branches or a connection being set up
  kCommitting,  ///< waits for other members of the log to have its record
};

enum FrameFlag : std::uint8_t {
  kFailed = 1,         ///< on its way back with a failure
  kCancelled = 2,      ///< ends without a reply at its next step boundary
  kArrivedHere = 4,    ///< its request message has reached the instance (kills act on it)
  kReplySent = 8,      ///< its reply has left the instance (kills no longer act on it)
  kJob = 16,           ///< started by Emit
  kCommitted = 32,     ///< its record is durable enough: its Commit goes on
  kCancelComing = 64,  ///< its Try clock is the arrival of a cancellation
  kBroken = 128,       ///< its request was given up and lost its instance while a cut held it
};

enum class FrameKind : std::uint8_t { kRoot, kAttempt, kBranch, kEstablish };

/// Records of one kind by index; those given back form a list through their member `Next` and are taken again first.
template <class Record, std::uint32_t Record::*Next>
class Slots {
 public:
  void reserve(std::size_t count) { records_.reserve(count); }
  [[nodiscard]] Record& operator[](std::uint32_t i) { return records_[i]; }
  [[nodiscard]] const Record& operator[](std::uint32_t i) const { return records_[i]; }

  /// Index of a record to use; what is in it is left from before.
  [[nodiscard]] std::uint32_t take() {
    const std::uint32_t i = free_;
    if (i != kNil) {
      free_ = records_[i].*Next;
      return i;
    }
    records_.emplace_back();
    return static_cast<std::uint32_t>(records_.size() - 1);
  }
  void give_back(std::uint32_t i) {
    records_[i].*Next = free_;
    free_ = i;
  }

 private:
  std::vector<Record> records_;
  std::uint32_t free_ = kNil;
};

/// What every step touches: one cache line. A separate array of state bytes was measured slower than this record.
struct alignas(64) Frame {
  std::uint64_t hash = 0;      ///< its key in draws
  std::uint64_t key_bits = 0;  ///< component, request sequence, slot (event_key.hpp)
  Nanos due_ns = kNever;       ///< when its primary clock rings; an event with another time is dead
  std::uint32_t pc = 0;        ///< absolute index of the step it is at
  std::uint32_t request = kNil;
  std::uint32_t instance = kNil;  ///< kNil: a client
  std::uint32_t parent = kNil;    ///< who waits for it; kNil: nobody
  std::uint32_t next = kNil;      ///< in the list it waits in
  std::uint32_t prev = kNil;
  std::uint32_t tokens = kNil;  ///< newest token held
  plan::Cause cause;            ///< why it failed
  std::uint16_t iteration = 0;  ///< round of the Repeat it is in, from 0; 0 outside
  FrameState state = FrameState::kFree;
  std::uint8_t flags = 0;
  FrameKind kind = FrameKind::kRoot;
};
static_assert(sizeof(Frame) == 64);

/// What calls, waits and timers touch: a line for the frame as a child, one for it as a caller and a waiter, one for
/// forks and commits. Only the first is reset when a frame is made; a free frame has no clock armed.
struct alignas(64) FrameExtra {
  // As a child; written when the frame is made.
  Nanos try_due_ns = kNever;   ///< limit on this attempt
  Nanos deadline_ns = kNever;  ///< propagated deadline
  std::uint32_t program = 0;
  std::uint32_t site = kNil;        ///< call site that made it
  std::uint32_t caller_state = 0;   ///< CallerState of the caller
  std::uint32_t peer_state = kNil;  ///< PeerState of (caller replica, this replica)
  std::uint32_t caller_location = 0;
  std::uint32_t era = 0;  ///< breaker era in which it was launched
  std::uint32_t sibling_next = kNil;
  std::uint32_t sibling_prev = kNil;
  std::uint32_t first_child = kNil;
  std::uint32_t place = kNil;  ///< station or pool or path or log it waits at or is served by
  std::uint32_t location = 0;  ///< where it stands
  // As a caller; written when a call begins.
  Nanos call_due_ns = kNever;
  Nanos hedge_due_ns = kNever;
  Nanos call_started_ns = 0;
  std::uint16_t launched = 0;
  std::uint16_t retries = 0;
  std::uint16_t hedges = 0;
  std::uint16_t live_attempts = 0;
  // While it waits or is served; written when it joins.
  Nanos entered_ns = 0;    ///< when it joined the queue, the pool's waiters or the cut
  Nanos demand_ns = 0;     ///< full demand of the visit
  Nanos remaining_ns = 0;  ///< demand left when last (re)started
  Nanos started_ns = 0;    ///< when the service was last (re)started; kNever: not yet
  // Between a Fork and its Join; written by the Fork.
  std::uint16_t live_branches = 0;
  std::uint16_t ok_branches = 0;
  std::uint16_t needed_branches = 0;  ///< of the Join that follows the Fork
  bool joining = false;
  plan::Cause branch_cause;
  std::uint32_t record = 0;  ///< while it waits for other members: index of its record; written by the Commit
  // Of calls that avoid them: ordinals of the replicas tried, a ring; the number is written when a call begins.
  std::uint32_t tried_count = 0;
  std::array<std::uint32_t, plan::kTriedKept> tried;
};
static_assert(sizeof(FrameExtra) == 192);

struct Request {
  std::uint64_t sequence = 0;  ///< over all sources, in arrival order
  std::uint64_t ordinal = 0;   ///< within its source
  std::uint64_t root_hash = 0;
  std::uint64_t path_hash = 0;
  Nanos arrived_ns = 0;
  std::uint32_t source = 0;
  std::uint32_t operation = 0;
  std::uint32_t live_frames = 0;
  std::uint32_t attempts = 0;
  plan::Cause first_cause;
  std::uint32_t records = kNil;  ///< what it wrote to logs: a list of Written, the newest first
  std::uint32_t jobs_emitted = 0, jobs_completed = 0, jobs_dead = 0;
  bool decided = false;
  bool succeeded = false;  ///< decided so
  bool in_books = false;   ///< arrived before the measured time ended
  bool branched = false;   ///< two of its live frames may stand at one component
  std::uint8_t priority = 0;
};

/// A record that a request wrote.
struct Written {
  std::uint32_t fact = 0;  ///< index in Engine::commits_
  std::uint32_t next = kNil;
};

/// Doubly linked list through Frame::next/prev.
struct List {
  std::uint32_t head = kNil;
  std::uint32_t tail = kNil;
};

inline constexpr std::size_t kPriorities = 8;

/// Time integral of a number since the warm-up: each unit is booked with minus the time it comes and plus the time it
/// goes, times before the warm-up counting as its end. One addition a change; exact in whole nanoseconds.
struct TimeIntegral {
  Wide sum_ns = 0;

  void come(Nanos at_ns, std::uint32_t units = 1) { sum_ns -= static_cast<Wide>(units) * at_ns; }
  void go(Nanos at_ns, std::uint32_t units = 1) { sum_ns += static_cast<Wide>(units) * at_ns; }
  /// Up to `at_ns`, when the number is `present`.
  [[nodiscard]] Wide until(Nanos at_ns, std::uint32_t present) const {
    return sum_ns + static_cast<Wide>(present) * at_ns;
  }
};

/// A job at a station whose jobs progress together: attained service reached at `finish` (2^-32 ns).
struct SharedJob {
  Wide finish = 0;
  std::uint64_t sequence = 0;
  std::uint64_t hash = 0;
  std::uint32_t frame = kNil;
};

struct alignas(64) Station {
  // What every visit touches.
  std::uint32_t servers = 1;  ///< in force now
  std::uint32_t busy = 0;
  std::uint32_t queued = 0;
  plan::Discipline discipline = plan::Discipline::kFifo;
  bool shared = false;    ///< jobs in service progress at one common, load-dependent rate
  bool observed = false;  ///< Engine::observations_ keeps more about it
  TimeIntegral busy_time;
  double speed = 1.0;                                        ///< product of factors; 0 when stopped
  std::uint64_t arrivals = 0, started = 0, completions = 0;  ///< since the warm-up
  // What a wait touches.
  TimeIntegral queued_time;
  Wide wait_ns = 0;  ///< over those that entered service
  std::uint64_t rejected = 0, waited = 0, expired = 0, blocked = 0;
  std::uint32_t max_queued = 0;
  std::array<List, kPriorities> queue;  ///< [0] alone unless the discipline is by priority
  List serving;                         ///< kept for preemptive stations only
  // Shared rate.
  std::vector<SharedJob> jobs;  ///< heap by (finish, sequence, hash)
  Wide attained = 0;            ///< service attained by a job present since the busy period began, 2^-32 ns
  Nanos attained_at_ns = 0;
  std::uint32_t armed = kNil;  ///< job whose completion is in the event list
  Wide slowdown_q32 = 0;       ///< sum of sojourn / demand, 2^-32
  TimeIntegral crowded_time;   ///< of jobs in service beyond the servers (processor sharing)
  std::uint32_t observation = kNil;
  std::uint32_t stood =
      0;  ///< when a pause of its replica ends: jobs that wait and those that stood still before they could
  // A share of cores.
  std::uint32_t whole = kNil;   ///< declared servers; kNil: none of them is a part of one
  std::uint32_t spare_q32 = 0;  ///< plan::Station::spare, 2^-32
  TimeIntegral full_time;       ///< with all declared servers at work
};

/// Servers of a station over time. Beside Station, since only faults touch it.
struct Presence {
  TimeIntegral in_force;
  Wide away_ns = 0;     ///< of these, while their replica was down or stood still
  Wide stuck_ns = 0;    ///< of the servers at work, likewise
  Wide whole_ns = 0;    ///< time with all declared servers, while their replica was neither
  Wide busy_ns = 0;     ///< at work up to booked_ns
  Nanos booked_ns = 0;  ///< the last change of its replica or of these servers
};

/// Jobs in service at once beyond the servers, which share them.
[[nodiscard]] inline std::uint32_t crowd(const Station& station) {
  const bool sharing = station.discipline == plan::Discipline::kProcessorSharing;
  return sharing && station.busy > station.servers ? station.busy - station.servers : 0;
}

/// 1 where all declared servers of a share of cores are at work, the last of which is only a part of one.
[[nodiscard]] inline std::uint32_t is_full(const Station& station) {
  return station.whole != kNil && station.busy - crowd(station) >= station.whole ? 1 : 0;
}

/// What of a server is spare over the time `full_ns`.
[[nodiscard]] inline Wide spare_of(const Station& station, Wide full_ns) {
  return (full_ns * station.spare_q32) >> 32;
}

/// Integral of the servers at work, up to `at_ns`.
[[nodiscard]] inline Wide busy_until(const Station& station, Nanos at_ns) {
  return station.busy_time.until(at_ns, station.busy) - station.crowded_time.until(at_ns, crowd(station)) -
         spare_of(station, station.full_time.until(at_ns, is_full(station)));
}

/// Whether the station keeps one queue per priority.
[[nodiscard]] inline bool by_class(const Station& station) {
  return station.discipline == plan::Discipline::kPriority ||
         station.discipline == plan::Discipline::kPriorityPreemptive;
}

struct Token {
  std::uint32_t pool = kNil;
  std::uint32_t connection = kNil;
  std::uint32_t next = kNil;
};

struct Connection {
  std::uint32_t peer = kNil;  ///< instance
  std::uint32_t kills = 0;    ///< the peer's kill count when established
  std::uint32_t epoch = 0;    ///< the log's writer epoch when established
  std::uint32_t older_idle = kNil;
  std::uint32_t newer_idle = kNil;
  Nanos dies_ns = kNever;   ///< too old after this instant
  Nanos rests_ns = kNever;  ///< longest rest between two uses
  Nanos last_used_ns = 0;
  bool broken =
      false;  ///< not set up yet, or a call over it failed in a way that breaks it: closed when put aside
};

struct alignas(64) Pool {
  std::uint32_t size = 0;            ///< in force now
  std::uint32_t held = 0;            ///< tokens in use, connections being set up included
  std::uint32_t idle = 0;            ///< open connections not in use
  std::uint32_t newest_idle = kNil;  ///< they form a list by last use
  std::uint32_t oldest_idle = kNil;
  List waiters;
  std::uint32_t waiting = 0;
  std::uint32_t max_held = 0;
  TimeIntegral held_time;
  std::uint64_t acquired = 0, released = 0;
  TimeIntegral waiting_time;
  Wide wait_ns = 0;
  std::uint64_t waited = 0, rejected = 0, expired = 0, established = 0, closed = 0;
  std::uint64_t born = 0;  ///< connections so far: the ordinal of the next in draws
  std::uint32_t max_waiting = 0;
};

enum class BreakerState : std::uint8_t { kClosed, kOpen, kHalfOpen };

/// What every call of a site needs, on one line: the rest of plan::CallSite is read when it matters.
struct alignas(64) SiteRules {
  std::uint64_t name_key = 0;
  Nanos timeout_ns = kNever;
  std::uint32_t target = 0;
  std::uint32_t program = 0;
  std::uint32_t first_instance = 0;
  std::uint32_t replicas = 0;
  std::uint32_t state_base = 0;
  std::uint32_t peer_base = 0;
  std::uint32_t request_bytes = 0;
  std::uint32_t response_bytes = 0;
  LaneId call_lane{};
  plan::Balance balance = plan::Balance::kRoundRobin;
  bool by_connection = false;  ///< an attempt goes over a connection of a pool
  bool avoids_tried = false;   ///< FrameExtra::tried is kept and heeded
  bool plain_start = true;     ///< no deadline to propagate, no budget, breaker, limit a try or hedge
  bool plain_books = true;     ///< no ejection and no breaker to keep books for
};
static_assert(sizeof(SiteRules) == 64);

/// Per call site and caller replica.
struct alignas(64) CallerState {
  std::uint32_t round_robin = 0;
  std::uint32_t errors_in_row = 0;
  BreakerState breaker = BreakerState::kClosed;
  std::uint32_t era = 0;          ///< counts breaker transitions
  std::uint32_t let_through = 0;  ///< in half-open
  std::uint32_t proved = 0;       ///< successes in half-open
  Nanos opened_at_ns = 0;
  double budget = 0.0;
  // Its row of Engine::candidates_, which balance.cpp lists anew when it may have changed.
  std::uint32_t listed_era = 0;    ///< Engine::balance_era_ of the list
  std::uint32_t candidates = 0;    ///< length of the list
  Nanos listed_until_ns = kNever;  ///< when the next ejection ends
};

/// Per call site, caller replica and callee replica.
struct PeerState {
  std::uint32_t in_flight = 0;
  std::uint32_t errors_in_row = 0;
  std::uint32_t ejections = 0;
  Nanos ejected_until_ns = 0;
};

struct InstanceState {
  std::uint32_t component = 0;
  std::uint32_t ordinal = 0;
  std::uint32_t location = 0;
  double weight = 1.0;  ///< base x site factors; 0: out
  bool down = false;
  bool paused = false;
  bool out = false;
  std::uint32_t kills = 0;  ///< how often it went down
  Nanos changed_ns = -1;    ///< when it last went down, came back or was reset
};

/// How long a message of one size takes to send.
struct Serialisation {
  std::uint32_t bytes = 0;
  Nanos ns = 0;
};
inline constexpr std::size_t kSizesKept = 8;

/// A direction between two locations as it is now.
struct alignas(64) Path {
  bool exists = false;
  bool blocked = false;
  bool blocked_new = false;
  std::uint32_t shared_count = 0;  ///< shared links on the way: [first, first + count) of Engine's list
  std::uint32_t first_shared = 0;
  Nanos latency_ns = 0;
  double loss = 0.0;
  double bytes_per_s = 0.0;  ///< 0: unlimited
  List held;                 ///< messages waiting for the cut to be mended, oldest first
  std::array<Serialisation, kSizesKept> serialised;  ///< by message size, filled as sizes come by
};

/// One direction of a link whose bandwidth is shared with bulk flows.
struct LinkLane {
  Nanos free_at_ns = 0;
  double bytes_per_s = 0.0;  ///< left to requests in this epoch
  std::uint64_t bytes = 0;   ///< moved by requests in this epoch
};

}  // namespace twinvoice::kernel
