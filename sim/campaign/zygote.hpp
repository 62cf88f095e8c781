// The zygote: the process that prepares cells and forks a worker for each replication.
//
//   it has no store, no terminal, no thread and no simulation; it dies with the coordinator, its workers die with it
//   orders come through one pipe, reports go through another; orders that do not fit into their pipe wait at the coordinator
//   while a worker slot is free and a job waits: prepare its cell unless it is at hand, fork a worker for the job
//   while all slots are taken: prepare the cell of the next job that needs it, so that no slot waits for that
//   a worker closes both pipes, runs one replication, sends one frame, ends
//   the last few prepared cells are kept
//
// Failure policy: a cell that cannot be prepared is refused with the reason, and its waiting jobs are reported as dropped. What a worker
// does wrong is reported as the end of its job. The zygote says which cell it prepares before it does, so that its death then
// is blamed on that cell. Its death is the coordinator's to mend.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "sim/campaign/protocol.hpp"
#include "sim/world/frame.hpp"
#include "sim/world/workers.hpp"

namespace twinvoice::campaign {

/// A prepared cell: plays one replication in a worker and gives the bytes of encode_replication. What it throws fails the cell.
using Program = std::function<std::vector<std::byte>(std::uint64_t replication, const world::Seat&)>;
/// Prepares the cell at a position. Runs in the zygote; what it throws refuses the cell.
using Prepare = std::function<Program(std::size_t cell)>;

struct ZygoteOptions {
  unsigned workers = 0;     ///< at a time; 0: one for each core
  world::JobLimits limits;  ///< of each replication
};

/// The coordinator's end of a zygote.
class Zygote {
 public:
  /// Forks. No store may be open in this process: SQLite does not survive a fork.
  Zygote(const Prepare& prepare, const ZygoteOptions& options);
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;
  /// Kills it, and with it its workers.
  ~Zygote();

  /// Orders to a zygote that has died are lost without a sound; wait() tells.
  void run(Job job) { send({Order::Kind::kRun, job}); }
  /// Drops the jobs of a cell that wait; those that run go on.
  void forget(std::uint64_t cell) { send({Order::Kind::kForget, {cell, 0}}); }

  /// Reports that have come, at the latest after `timeout_ms`; none also when a signal came. Throws wire::Malformed when what
  /// comes is no report.
  [[nodiscard]] std::vector<Report> wait(int timeout_ms);

  /// False once its reports have ended.
  [[nodiscard]] bool alive() const { return alive_; }
  /// How a zygote that is not alive ended.
  struct Death {
    bool from_outside = false;  ///< SIGKILL or SIGTERM
    std::string text;           ///< "was killed by signal 9 (Killed)"
  };
  [[nodiscard]] Death death();
  [[nodiscard]] pid_t process() const { return pid_; }

 private:
  void send(const Order& order);
  void write_unsent();
  void end();

  pid_t pid_ = -1;
  int orders_ = -1;
  int reports_ = -1;
  bool alive_ = true;
  bool waited_for_ = false;
  int status_ = 0;
  world::FrameStream stream_;
  /// Orders that the pipe had no room for. The coordinator never waits to give orders: the zygote may at that moment wait for
  /// the coordinator to read its reports.
  std::vector<std::byte> unsent_;
};

}  // namespace twinvoice::campaign
