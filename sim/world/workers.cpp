#include "sim/world/workers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/stop_flag.hpp"
#include "sim/base/usage.hpp"
#include "sim/world/frame.hpp"

namespace twinvoice::world {
namespace {

constexpr int kPollMs = 100;
constexpr auto kBetweenLooks = std::chrono::milliseconds(kPollMs);
constexpr int kBadExit = 70;

/// The flag that a worker's own signal handler sets: a signal sent to one worker stops that worker.
std::atomic<bool>* own_stop_flag = nullptr;

void on_signal(int /*number*/) {
  if (own_stop_flag != nullptr) own_stop_flag->store(true, std::memory_order_relaxed);
}

void write_all(int fd, const std::vector<std::byte>& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(kBadExit);
    done += static_cast<std::size_t>(n);
  }
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count > 0 ? static_cast<unsigned>(count) : 1U;
}

WorkerPool::WorkerPool(PoolOptions options, std::function<std::string(std::size_t)> describe)
    : options_(std::move(options)), describe_(std::move(describe)) {
  workers_ = options_.workers != 0 ? options_.workers : usable_cores();
  void* page =
      mmap(nullptr, workers_ * sizeof(SharedSeat), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no shared memory for the workers");
  seats_ = static_cast<SharedSeat*>(page);
  for (unsigned i = 0; i < workers_; ++i) new (seats_ + i) SharedSeat;
}

WorkerPool::~WorkerPool() {
  for (Running& worker : running_) {
    kill(worker.pid, SIGKILL);
    while (waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    close(worker.pipe);
  }
  munmap(seats_, workers_ * sizeof(SharedSeat));
}

std::string WorkerPool::name(std::size_t job) const {
  return describe_ ? describe_(job) : fmt::format("job {}", job);
}

bool WorkerPool::start(std::size_t job, const Body& body, const JobLimits& limits) {
  Seat seat;
  const Forked forked = fork_worker(job, limits, seat);
  if (forked != Forked::kChild) return forked == Forked::kParent;
  try {
    leave(body(seat));
  } catch (const std::exception& failure) {
    leave_with_error(failure.what());
  }
}

Forked WorkerPool::fork_here(std::size_t job, Seat& seat) { return fork_worker(job, {}, seat); }

Forked WorkerPool::not_now(std::size_t seat, const char* missing) {
  seats_[seat].taken.store(false);
  if (running_.empty()) throw std::runtime_error(fmt::format("no {} for a worker", missing));
  return Forked::kNotNow;
}

Forked WorkerPool::fork_worker(std::size_t job, const JobLimits& limits, Seat& seat) {
  ensure(has_room(), "more workers than there is room for");
  std::size_t free = 0;
  while (seats_[free].taken.load()) ++free;
  seats_[free].taken.store(true);
  seats_[free].stop.store(stopping_);
  seats_[free].progress.now_ns.store(0);
  seats_[free].progress.events.store(0);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return not_now(free, "pipe");
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) {
    close(ends[0]);
    close(ends[1]);
    return not_now(free, "process");
  }
  if (pid == 0) {
    close(ends[0]);
    become_worker(parent, ends[1], free);
    seat.stop = &seats_[free].stop;
    seat.progress = &seats_[free].progress;
    return Forked::kChild;
  }
  setpgid(pid, pid);
  close(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  running_.push_back({job, pid, ends[0], free, {}, limits, clock_.look(Clock::now()), {}});
  return Forked::kParent;
}

void WorkerPool::become_worker(pid_t parent, int pipe, std::size_t seat) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kBadExit);
  for (const Running& other : running_) close(other.pipe);
  running_.clear();
  out_ = pipe;
  own_stop_flag = &seats_[seat].stop;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void WorkerPool::leave(const std::vector<std::byte>& bytes) {
  write_all(out_, encode_frame(FrameKind::kResult, bytes));
  _exit(0);
}

void WorkerPool::leave_with_error(const std::string& error) {
  write_all(out_, encode_frame(FrameKind::kError, std::as_bytes(std::span(error))));
  _exit(0);
}

std::optional<Outcome> WorkerPool::next() { return next_or_input(-1); }

std::optional<Outcome> WorkerPool::next_or_input(int descriptor) {
  while (!running_.empty() || descriptor >= 0) {
    pass_on_stop();
    std::vector<pollfd> pipes;
    for (const Running& worker : running_) pipes.push_back({worker.pipe, POLLIN, 0});
    if (descriptor >= 0) pipes.push_back({descriptor, POLLIN, 0});
    const int ready = poll(pipes.data(), pipes.size(), running_.empty() ? -1 : kPollMs);
    report_progress();
    for (std::size_t i = 0; ready > 0 && i < running_.size(); ++i) {
      if (pipes[i].revents == 0 || read_some(running_[i])) continue;
      Running worker = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      return collect(worker);
    }
    if (ready > 0 && descriptor >= 0 && pipes.back().revents != 0) return {};
    // After what has come is read: a worker that ended while this process was busy or stopped has kept its limits.
    hold_to_limits();
  }
  return {};
}

bool WorkerPool::read_some(Running& worker) {
  std::array<std::byte, 65536> buffer;
  for (;;) {
    const ssize_t n = ::read(worker.pipe, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return false;
    worker.received.insert(worker.received.end(), buffer.begin(), buffer.begin() + n);
  }
}

Outcome WorkerPool::collect(Running& worker) {
  close(worker.pipe);
  int status = 0;
  while (waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
  }
  seats_[worker.seat].taken.store(false);
  Outcome outcome;
  outcome.job = worker.job;
  std::string problem;
  std::optional<Frame> frame = decode_frame(worker.received, problem);
  const bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!worker.over_limit.empty() && !(well && frame)) {
    outcome.end = JobEnd::kOverLimit;
    outcome.error = fmt::format("{} {}", name(worker.job), worker.over_limit);
  } else if (!well) {
    const bool killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);
    outcome.end = killed ? JobEnd::kKilled : JobEnd::kCrashed;
    outcome.error = fmt::format("the worker of {} {}", name(worker.job), how_it_ended(status));
    if (killed_) outcome.error += ": it did not stop in time";
  } else if (!frame) {
    outcome.end = JobEnd::kCrashed;
    outcome.error = fmt::format("the worker of {} ended, but {}", name(worker.job), problem);
  } else if (frame->kind != FrameKind::kResult) {
    outcome.end = JobEnd::kFailed;
    outcome.error =
        fmt::format("{}: {}", name(worker.job),
                    std::string(reinterpret_cast<const char*>(frame->bytes.data()), frame->bytes.size()));
  } else {
    outcome.bytes = std::move(frame->bytes);
  }
  return outcome;
}

void WorkerPool::hold_to_limits() {
  const auto now = Clock::now();
  if (now - looked_at_limits_ < kBetweenLooks) return;
  looked_at_limits_ = now;
  const std::chrono::nanoseconds attended = clock_.look(now);
  for (Running& worker : running_) {
    if (!worker.over_limit.empty()) continue;
    const JobLimits& limits = worker.limits;
    if (limits.time_ns > 0 && attended - worker.started >= std::chrono::nanoseconds(limits.time_ns)) {
      worker.over_limit = fmt::format("takes longer than its limit of {}", format_duration(limits.time_ns));
    } else if (limits.memory_bytes > 0) {
      if (resident_bytes(worker.pid) > limits.memory_bytes) {
        worker.over_limit =
            fmt::format("takes more memory than its limit of {} MiB", limits.memory_bytes >> 20U);
      }
    }
    if (!worker.over_limit.empty()) kill(worker.pid, SIGKILL);
  }
}

void WorkerPool::pass_on_stop() {
  if (!is_set(options_.stop_flag)) return;
  const auto now = Clock::now();
  if (!stopping_) {
    stopping_ = true;
    stop_at_ = now;
    for (const Running& worker : running_) seats_[worker.seat].stop.store(true, std::memory_order_relaxed);
  }
  if (killed_ || now - stop_at_ < options_.patience) return;
  killed_ = true;
  for (const Running& worker : running_) kill(worker.pid, SIGKILL);
}

void WorkerPool::report_progress() {
  if (!options_.progress) return;
  for (const Running& worker : running_) options_.progress(worker.job, seats_[worker.seat].progress);
}

}  // namespace twinvoice::world
