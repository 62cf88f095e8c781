// A frame of the referee: one activation of a program, run by one actor as straight-line code.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/ledger.hpp"
#include "sim/measure/request_log.hpp"
#include "sim/plan/plan.hpp"
#include "sim/random/keys.hpp"
#include "sim/referee/arbiter.hpp"

namespace twinvoice::referee {

struct Frame;
using FramePtr = std::shared_ptr<Frame>;

/// One request, alive as long as the run.
struct Request {
  measure::RequestRecord record;
  std::uint64_t number = 0;  ///< over all sources, in order of arrival
  random::Key root_hash = 0;
  std::uint8_t priority = 0;
  bool in_books = false;        ///< arrived before the horizon
  measure::JobCounts jobs;      ///< that it and its jobs emitted
  Participant* user = nullptr;  ///< closed sources: who waits for the decision
  [[nodiscard]] bool decided() const { return record.decided_ns != kNever; }
};

/// The frame fails for this cause: it goes on at its reply.
struct Failure {
  plan::Cause cause;
};
/// Its message will never arrive: the frame ends where it is and its parent learns it at once.
struct Undeliverable {
  plan::Cause cause;
};
/// Nobody wants its result any more: the frame ends without a reply.
struct Cancelled {};

/// What a frame does while it does not run.
enum class Activity : std::uint8_t {
  kRunning,
  kTransit,  ///< its request or reply is on the way
  kHeld,     ///< its request or reply waits at a cut
  kLost,     ///< its request or reply will never arrive, and the sender does not know yet
  kDelay,
  kQueue,  ///< waits at a station
  kService,
  kToken,     ///< waits for a token or a connection
  kChildren,  ///< waits for answers
  kCommit,    ///< waits for followers
  kPaused,    ///< its instance stands still
};

/// The answer of a child.
struct Answer {
  const Frame* child = nullptr;
  plan::Cause cause;  ///< none: success
  Nanos at_ns = 0;
};
/// Where the children of one Call, Fork or establishment answer.
struct Inbox {
  Frame* owner = nullptr;
  std::deque<Answer> answers;
};

/// A connection of a pool.
struct Connection {
  plan::InstanceId peer;
  Nanos until_ns = kNever;  ///< too old afterwards
  Nanos rests_ns = kNever;  ///< longest rest between two uses
  Nanos last_used_ns = 0;
  std::uint64_t peer_kills = 0;  ///< of the peer when it was established
  std::uint32_t log_epoch = 0;   ///< likewise, of the writer of its log
  bool broken = false;
};

/// What a frame holds. `connection` only for connection pools, from the first attempt on.
struct Token {
  plan::PoolId pool;
  std::shared_ptr<Connection> connection;
};

/// The branches of the last Fork.
struct ForkGroup {
  std::shared_ptr<Inbox> inbox;
  std::vector<FramePtr> live;
  std::uint32_t branches = 0;
  std::uint32_t succeeded = 0;
  std::uint32_t failed = 0;
};

struct Frame final : Participant {
  Request* request = nullptr;
  random::Key hash = 0;
  plan::ProgramId program;
  plan::CallSiteId via;         ///< the call site that launched it: message sizes
  plan::ComponentId component;  ///< invalid for the root
  plan::InstanceId instance;    ///< likewise
  std::uint32_t ordinal = 0;    ///< of the instance in its component; 0 for the root
  plan::LocationId location;
  plan::LocationId parent_location;
  bool is_root = false;
  bool is_job = false;      ///< emitted
  bool is_attempt = false;  ///< of a call
  Nanos deadline_ns = kNever;

  std::uint32_t pc = 0;
  std::uint64_t iteration = 0;                     ///< round of the Repeat it is in, from 0
  std::map<std::uint32_t, std::uint32_t> repeats;  ///< runs of the Repeat under way, by step
  std::vector<Token> tokens;                       ///< oldest first
  ForkGroup fork;

  Activity activity = Activity::kRunning;
  bool arrived = false;        ///< its request has reached the instance: it stands there
  bool replying = false;       ///< in a message to the parent
  Nanos answered_ns = kNever;  ///< when that message reached the parent's instance
  plan::Cause doom;            ///< set by others while it waits: it fails when it gets its turn
  bool cancelled = false;
  bool ended = false;
  plan::Cause cause;  ///< none as long as it has not failed

  bool has_caller = false;          ///< somebody waited for it when it started
  std::shared_ptr<Inbox> reply_to;  ///< empty: nobody waits for it
  Inbox* waits_on = nullptr;        ///< while kChildren
  std::vector<FramePtr> awaited;    ///< children whose answer it waits for: attempts and establishments
};

/// Keys of the draws of a step: the frame's hash and this index base.
[[nodiscard]] inline std::uint64_t index_base(const Frame& f) { return f.iteration << 16U; }

}  // namespace twinvoice::referee
