// Worker processes: each does one job and sends one frame through a pipe. The process that owns the pool never simulates.
//
//   fork; the child gets its own process group, dies with its parent, closes the other workers' pipes
//   the child does its job, sends the frame, ends by _exit: no destructor or buffer of the parent's runs twice
//   the parent polls the pipes, hands the stop flag on through shared memory, waits for each child once
//   a worker that has not ended 2 s after a stop (`patience`) is killed; so is one that goes beyond its limits of time and memory, at
//   which the parent looks every 100 ms
//
// Failure policy: whatever a worker does (throws, crashes, is killed, sends rubbish) ends as the `error` of its own outcome,
// and `end` says of which kind it is.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/attended_clock.hpp"
#include "sim/world/run.hpp"

namespace twinvoice::world {

/// What one job may use; 0: no limit.
struct JobLimits {
  Nanos time_ns = 0;               ///< from its start, by the clock; not while the pool's process was stopped
  std::uint64_t memory_bytes = 0;  ///< resident memory, what it shares with its parent included
};

enum class JobEnd : std::uint8_t {
  kDone,
  kFailed,   ///< it threw
  kCrashed,  ///< a signal, a status or a frame of its own making
  kKilled,  ///< SIGKILL or SIGTERM that does not come from this pool: the machine is out of memory, or somebody did it
  kOverLimit,  ///< ended by this pool
};

/// What became of one job.
struct Outcome {
  std::size_t job = 0;
  JobEnd end = JobEnd::kDone;
  std::string error;  ///< empty: the job was done and `bytes` is what it made
  std::vector<std::byte> bytes;
};

/// A worker's end of the shared memory; valid in the child.
struct Seat {
  std::atomic<bool>* stop = nullptr;  ///< set when the job is to end early
  ProgressCell* progress = nullptr;
};

struct PoolOptions {
  unsigned workers = 0;                          ///< at a time; 0: one for each core
  const std::atomic<bool>* stop_flag = nullptr;  ///< of the owner, set by its signal handler
  /// Between a stop and the end of a worker that does not heed it.
  std::chrono::milliseconds patience = std::chrono::seconds(2);
  /// Called about every 100 ms from next(), with the progress of a running job.
  std::function<void(std::size_t job, const ProgressCell&)> progress;
};

/// Which process goes on after WorkerPool::fork_here.
enum class Forked : std::uint8_t {
  kParent,
  kChild,
  kNotNow,  ///< the parent, and there is no child: the system has no pipe or process to spare while others run
};

class WorkerPool {
 public:
  using Body = std::function<std::vector<std::byte>(const Seat&)>;

  /// `describe(job)` names a job in errors, for example "replication 3".
  explicit WorkerPool(PoolOptions options, std::function<std::string(std::size_t)> describe = {});
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Kills what still runs.
  ~WorkerPool();

  [[nodiscard]] bool has_room() const { return running_.size() < workers_; }
  [[nodiscard]] bool idle() const { return running_.empty(); }
  [[nodiscard]] unsigned workers() const { return workers_; }

  /// Starts a worker that does `body` and ends. There must be room. False: nothing was started, since the system has no pipe
  /// or process to spare while others run; try again when one of them has ended. Throws when none runs.
  bool start(std::size_t job, const Body& body, const JobLimits& limits = {});
  /// Forks a worker that goes on from here. The child does its work and ends by leave(). There must be room; throws as start.
  [[nodiscard]] Forked fork_here(std::size_t job, Seat& seat);
  /// In a child made by fork_here: sends the frame and ends the process.
  [[noreturn]] void leave(const std::vector<std::byte>& bytes);
  [[noreturn]] void leave_with_error(const std::string& error);

  /// Waits for a worker to end; nothing when none runs.
  [[nodiscard]] std::optional<Outcome> next();
  /// The same, but comes back with nothing as soon as `descriptor` can be read or has been closed at its other end; waits for
  /// that alone when no worker runs.
  [[nodiscard]] std::optional<Outcome> next_or_input(int descriptor);

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    std::size_t job = 0;
    pid_t pid = 0;
    int pipe = -1;
    std::size_t seat = 0;
    std::vector<std::byte> received;
    JobLimits limits;
    std::chrono::nanoseconds started;  ///< by the clock of this pool
    std::string over_limit;            ///< why this pool ended it
  };
  struct SharedSeat {
    std::atomic<bool> taken{false};
    std::atomic<bool> stop{false};
    ProgressCell progress;
  };
  [[nodiscard]] std::string name(std::size_t job) const;
  void become_worker(pid_t parent, int pipe, std::size_t seat);
  bool read_some(Running& worker);
  Outcome collect(Running& worker);
  void pass_on_stop();
  void hold_to_limits();
  void report_progress();
  [[nodiscard]] Forked fork_worker(std::size_t job, const JobLimits& limits, Seat& seat);
  Forked not_now(std::size_t seat, const char* missing);

  PoolOptions options_;
  std::function<std::string(std::size_t)> describe_;
  unsigned workers_ = 1;
  SharedSeat* seats_ = nullptr;  ///< [workers], shared with the children
  std::vector<Running> running_;
  int out_ = -1;  ///< in a child: its pipe
  bool stopping_ = false;
  bool killed_ = false;
  Clock::time_point stop_at_;
  Clock::time_point looked_at_limits_;
  AttendedClock clock_{std::chrono::seconds(1)};  ///< of the limits
};

/// Number of cores this process may use, at least 1.
[[nodiscard]] unsigned usable_cores();

}  // namespace twinvoice::world
