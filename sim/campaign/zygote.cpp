#include "sim/campaign/zygote.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "sim/base/console.hpp"
#include "sim/base/issues.hpp"

namespace twinvoice::campaign {
namespace {

constexpr std::size_t kCellsKept = 8;
constexpr std::size_t kMostIssuesTold = 5;
constexpr int kPipeBytes = 1 << 20;  ///< so that a commit in the coordinator keeps no worker waiting

/// False when nobody reads at the other end.
bool write_all(int fd, const std::vector<std::byte>& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

/// Reads what is there. False at the end of the stream.
bool read_some(int fd, world::FrameStream& stream) {
  std::array<std::byte, 65536> buffer;
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return false;
    stream.append(std::span(buffer).first(static_cast<std::size_t>(n)));
  }
}

std::string text_of(const InvalidInput& invalid) {
  std::string text;
  std::size_t told = 0;
  for (const Issue& issue : invalid.issues().all()) {
    if (issue.severity != Severity::kError || told++ >= kMostIssuesTold) continue;
    text += (text.empty() ? "" : "; ") + format_issue(issue);
  }
  if (told > kMostIssuesTold) text += fmt::format("; and {} more", told - kMostIssuesTold);
  return text;
}

/// The process itself.
class Server {
 public:
  Server(int orders, int reports, const Prepare& prepare, const ZygoteOptions& options)
      : orders_(orders),
        reports_(reports),
        prepare_(prepare),
        limits_(options.limits),
        pool_(pool_options(options), [this](std::size_t number) {
          return fmt::format("replication {}", running_.at(number).replication);
        }) {}

  /// Until the coordinator closes its end.
  void serve() {
    while (take_orders()) {
      start_jobs();
      if (!pool_.has_room()) prepare_ahead();
      if (auto outcome = pool_.next_or_input(orders_)) tell(std::move(*outcome));
    }
  }

 private:
  static world::PoolOptions pool_options(const ZygoteOptions& options) {
    world::PoolOptions pool;
    pool.workers = options.workers;
    return pool;
  }

  bool take_orders() {
    if (!read_some(orders_, stream_)) return false;
    while (const auto frame = stream_.next()) {
      const Order order = decode_order(frame->bytes);
      if (order.kind == Order::Kind::kRun)
        waiting_.push_back(order.job);
      else
        forget(order.job.cell);
    }
    return true;
  }

  void forget(std::uint64_t cell) {
    std::deque<Job> kept;
    for (const Job& job : std::exchange(waiting_, {})) {
      if (job.cell == cell)
        tell({Report::Kind::kDropped, job, {}, {}, {}});
      else
        kept.push_back(job);
    }
    waiting_ = std::move(kept);
  }

  void start_jobs() {
    while (pool_.has_room() && !waiting_.empty()) {
      const Job job = waiting_.front();
      const Program* program = prepared(job.cell);
      if (program == nullptr) continue;
      waiting_.pop_front();
      const std::size_t number = next_number_++;
      running_[number] = job;
      const bool begun = pool_.start(
          number,
          [&](const world::Seat& seat) {
            close(orders_);
            close(reports_);
            std::vector<std::byte> bytes = (*program)(job.replication, seat);
            // Stopped by a signal from outside, it has not come to its end: as if it had been killed.
            if (seat.stop->load()) raise(SIGKILL);
            return bytes;
          },
          limits_);
      if (begun) continue;
      running_.erase(number);
      waiting_.push_front(job);
      return;
    }
  }

  /// Looks at so few jobs that no cell is pushed out by one that comes after it.
  void prepare_ahead() {
    for (std::size_t i = 0; i < std::min(waiting_.size(), kCellsKept / 2); ++i) {
      const std::uint64_t cell = waiting_[i].cell;
      if (find(cell) != nullptr) continue;
      (void)prepared(cell);
      return;
    }
  }

  const Program* find(std::uint64_t cell) {
    const auto found =
        std::find_if(cells_.begin(), cells_.end(), [&](const auto& c) { return c.first == cell; });
    return found == cells_.end() ? nullptr : &found->second;
  }

  /// The cell's program; nothing when it was refused, its jobs gone.
  const Program* prepared(std::uint64_t cell) {
    if (const Program* program = find(cell)) return program;
    tell({Report::Kind::kPreparing, {cell, 0}, {}, {}, {}});
    std::string why;
    try {
      Program program = prepare_(static_cast<std::size_t>(cell));
      if (cells_.size() >= kCellsKept) cells_.pop_front();
      cells_.emplace_back(cell, std::move(program));
      tell({Report::Kind::kPrepared, {cell, 0}, {}, {}, {}});
      return &cells_.back().second;
    } catch (const InvalidInput& invalid) {
      why = text_of(invalid);
    } catch (const std::exception& failure) {
      why = failure.what();
    }
    tell({Report::Kind::kRefused, {cell, 0}, {}, why, {}});
    forget(cell);
    return nullptr;
  }

  void tell(world::Outcome outcome) {
    const auto found = running_.find(outcome.job);
    Report report;
    report.job = found->second;
    running_.erase(found);
    report.end = outcome.end;
    report.kind = outcome.end == world::JobEnd::kDone ? Report::Kind::kDone : Report::Kind::kNotDone;
    report.why = std::move(outcome.error);
    report.bytes = std::move(outcome.bytes);
    tell(report);
  }

  void tell(const Report& report) {
    if (!write_all(reports_, world::encode_frame(world::FrameKind::kTalk, encode(report)))) _exit(0);
  }

  int orders_, reports_;
  const Prepare& prepare_;
  world::JobLimits limits_;
  world::FrameStream stream_;
  std::deque<Job> waiting_;
  std::deque<std::pair<std::uint64_t, Program>> cells_;  ///< newest last
  std::map<std::size_t, Job> running_;                   ///< by the pool's number
  std::size_t next_number_ = 0;
  world::WorkerPool pool_;
};

[[noreturn]] void be_zygote(pid_t parent, int orders, int reports, const Prepare& prepare,
                            const ZygoteOptions& options) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  try {
    Server(orders, reports, prepare, options).serve();
  } catch (const std::exception& failure) {
    tell(fmt::format("twinvoice: zygote: {}\n", failure.what()));
    _exit(1);
  }
  _exit(0);
}

}  // namespace

Zygote::Zygote(const Prepare& prepare, const ZygoteOptions& options) {
  std::array<int, 2> orders{};
  std::array<int, 2> reports{};
  if (pipe2(orders.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the zygote");
  if (pipe2(reports.data(), O_CLOEXEC) != 0) {
    close(orders[0]);
    close(orders[1]);
    throw std::runtime_error("no pipe for the zygote");
  }
  orders_ = orders[1];
  reports_ = reports[0];
  fcntl(reports[0], F_SETPIPE_SZ, kPipeBytes);
  for (const int end : {orders[0], orders[1], reports[0]}) fcntl(end, F_SETFL, O_NONBLOCK);
  std::fflush(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    close(orders[1]);
    close(reports[0]);
    be_zygote(parent, orders[0], reports[1], prepare, options);
  }
  close(orders[0]);
  close(reports[1]);
  if (pid_ < 0) {
    end();
    throw std::runtime_error("no process for the zygote");
  }
  setpgid(pid_, pid_);
  signal(SIGPIPE, SIG_IGN);
}

Zygote::~Zygote() {
  if (pid_ > 0 && !waited_for_) {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  end();
}

void Zygote::end() {
  if (orders_ >= 0) close(orders_);
  if (reports_ >= 0) close(reports_);
  orders_ = reports_ = -1;
  alive_ = false;
}

void Zygote::send(const Order& order) {
  const auto frame = world::encode_frame(world::FrameKind::kTalk, encode(order));
  unsent_.insert(unsent_.end(), frame.begin(), frame.end());
  write_unsent();
}

void Zygote::write_unsent() {
  std::size_t done = 0;
  while (done < unsent_.size()) {
    const ssize_t n = ::write(orders_, unsent_.data() + done, unsent_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    done = n > 0 ? done + static_cast<std::size_t>(n) : unsent_.size();
  }
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(done));
}

std::vector<Report> Zygote::wait(int timeout_ms) {
  std::vector<Report> reports;
  if (!alive_) return reports;
  std::array<pollfd, 2> pipes{{{reports_, POLLIN, 0}, {orders_, POLLOUT, 0}}};
  if (poll(pipes.data(), unsent_.empty() ? 1 : 2, timeout_ms) <= 0) return reports;
  write_unsent();
  if (pipes[0].revents == 0) return reports;
  if (!read_some(reports_, stream_)) alive_ = false;
  while (const auto frame = stream_.next()) reports.push_back(decode_report(frame->bytes));
  return reports;
}

Zygote::Death Zygote::death() {
  if (!waited_for_) {
    kill(pid_, SIGKILL);  // a zygote that only closed its pipe is of no use any more
    while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    waited_for_ = true;
  }
  if (!WIFSIGNALED(status_)) return {false, fmt::format("ended with status {}", WEXITSTATUS(status_))};
  const int number = WTERMSIG(status_);
  return {number == SIGKILL || number == SIGTERM,
          fmt::format("was killed by signal {} ({})", number, strsignal(number))};
}

}  // namespace twinvoice::campaign
