#include "sim/world/futures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <optional>
#include <utility>

#include "sim/base/stop_flag.hpp"
#include "sim/base/usage.hpp"
#include "sim/base/wire.hpp"
#include "sim/world/simgrid_engine.hpp"

namespace twinvoice::world {
namespace {

void steer(RunControl& control, const Future& future) {
  if (future.mode == FutureMode::kFresh) control.branch(future.branch);
  for (const plan::Turn& turn : future.turns) control.turn(turn);
  for (const Order& order : future.orders) control.order(order);
}

constexpr const char* kEndedBefore = "the run ended before the instant at which its futures part";

std::string future_name(const Future& future, std::uint64_t history) {
  if (future.mode == FutureMode::kSame) return fmt::format("the future of history {}", history);
  return fmt::format("future {} of history {}", future.branch - 1, history);
}

/// Tells the progress of all futures together as that of their history.
class FuturesProgress {
 public:
  FuturesProgress(ProgressCell* history, Nanos at_ns, std::size_t futures)
      : history_(history), at_ns_(at_ns), reached_ns_(futures, 0), events_(futures, 0) {}
  /// The history is at its end. A future counts its events on from those of the history.
  void part() {
    if (history_ != nullptr) events_at_fork_ = history_->events.load(std::memory_order_relaxed);
  }
  void update(std::size_t future, const ProgressCell& cell) {
    if (history_ == nullptr) return;
    const Nanos now_ns = cell.now_ns.load(std::memory_order_relaxed);
    const std::uint64_t events = cell.events.load(std::memory_order_relaxed);
    reached_ns_[future] = std::max(reached_ns_[future], now_ns - at_ns_);
    events_[future] = std::max(events_[future], std::max(events, events_at_fork_) - events_at_fork_);
    history_->now_ns.store(std::accumulate(reached_ns_.begin(), reached_ns_.end(), at_ns_));
    history_->events.store(std::accumulate(events_.begin(), events_.end(), events_at_fork_));
  }

 private:
  ProgressCell* history_;
  Nanos at_ns_;
  std::uint64_t events_at_fork_ = 0;
  std::vector<Nanos> reached_ns_;      ///< beyond the fork, by future
  std::vector<std::uint64_t> events_;  ///< likewise
};

/// What a run uses of the machine when it goes on in another process, whose processor time begins at 0.
class UsageMeter {
 public:
  void pause() {
    cpu_s_ += usage_of_this_process().cpu_s - cpu_before_s_;
    wall_s_ += std::chrono::duration<double>(Clock::now() - since_).count();
  }
  void go_on() {
    cpu_before_s_ = usage_of_this_process().cpu_s;
    since_ = Clock::now();
  }
  void write(measure::RunRecord& record) {
    pause();
    record.cpu_s = cpu_s_;
    record.wall_s = wall_s_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  double cpu_s_ = 0.0, wall_s_ = 0.0;  ///< up to the last pause
  double cpu_before_s_ = usage_of_this_process().cpu_s;
  Clock::time_point since_ = Clock::now();
};

std::vector<std::byte> join(const std::vector<Outcome>& outcomes) {
  wire::Writer out;
  for (const Outcome& outcome : outcomes) {
    out.string(outcome.error);
    out.string({reinterpret_cast<const char*>(outcome.bytes.data()), outcome.bytes.size()});
  }
  return out.take();
}

std::vector<Replication> split(const Outcome& all, std::size_t count) {
  std::vector<Replication> results(count);
  if (!all.error.empty()) {
    for (Replication& r : results) r.error = all.error;
    return results;
  }
  wire::Reader in(all.bytes);
  for (Replication& r : results) {
    Outcome one;
    one.error = in.string();
    const std::string bytes = in.string();
    const auto view = std::as_bytes(std::span(bytes));
    one.bytes.assign(view.begin(), view.end());
    r = to_replication(one);
  }
  return results;
}

/// The process that runs the common history and forks at its end; in a child it is the future. Sends all results in one frame.
class Trunk {
 public:
  Trunk(const plan::Plan& plan, RunSettings settings, Nanos at_ns, const std::vector<Future>& futures,
        unsigned workers)
      : plan_(plan),
        settings_(std::move(settings)),
        stop_flag_(settings_.options.stop_flag),
        futures_(futures),
        progress_(settings_.progress, at_ns, futures.size()),
        pool_(pool_options(workers), [this](std::size_t i) { return name(i); }),
        outcomes_(futures.size()) {
    for (Outcome& outcome : outcomes_) outcome.error = kNotStarted;
    settings_.interludes.push_back({at_ns, [this](RunControl& control) { part(control); }});
  }

  std::vector<std::byte> run() {
    try {
      RunResult result = run_once(plan_, settings_);
      if (is_future_) leave(result);
      if (!stopped()) throw std::runtime_error(kEndedBefore);
    } catch (const std::exception& failure) {
      if (is_future_) pool_.leave_with_error(failure.what());
      if (!reached_) throw;
      take_the_rest();
      if (!ended_) explain(failure.what());
    }
    return join(outcomes_);
  }

 private:
  /// Gives up on a future that does not stop before its own process is given up, with the results of the others.
  static constexpr auto kPatience = std::chrono::seconds(1);

  PoolOptions pool_options(unsigned workers) {
    PoolOptions options;
    options.workers = workers;
    options.stop_flag = stop_flag_;
    options.patience = kPatience;
    options.progress = [this](std::size_t i, const ProgressCell& cell) { progress_.update(i, cell); };
    return options;
  }
  [[nodiscard]] std::string name(std::size_t i) const {
    return future_name(futures_[i], settings_.options.replication);
  }
  [[nodiscard]] bool stopped() const { return is_set(stop_flag_); }

  void part(RunControl& control) {
    reached_ = true;
    meter_.pause();
    progress_.part();
    for (std::size_t i = 0; i < futures_.size();) {
      if (!pool_.has_room()) take(pool_.next());
      if (stopped()) break;
      Seat seat;
      const Forked forked = pool_.fork_here(i, seat);
      if (forked == Forked::kChild) return go_on_as(futures_[i], seat, control);
      if (forked == Forked::kNotNow) take(pool_.next());
      if (forked == Forked::kParent) ++i;
    }
    take_the_rest();
    ended_ = true;
    throw std::runtime_error("the history ends here");
  }

  /// The run under way reads its settings by reference: from now on it heeds the signals that this process gets.
  void go_on_as(const Future& future, const Seat& seat, RunControl& control) {
    is_future_ = true;
    meter_.go_on();
    settings_.options.stop_flag = seat.stop;
    settings_.progress = seat.progress;
    steer(control, future);
  }

  [[noreturn]] void leave(RunResult& result) {
    meter_.write(result.record);
    pool_.leave(encode_result(result));
  }

  void take(std::optional<Outcome> outcome) {
    if (outcome) outcomes_[outcome->job] = std::move(*outcome);
  }
  void take_the_rest() {
    while (!pool_.idle()) take(pool_.next());
  }
  void explain(const char* why) {
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
      if (outcomes_[i].error == kNotStarted)
        outcomes_[i].error = fmt::format("{}: {}: {}", name(i), kNotStarted, why);
    }
  }

  const plan::Plan& plan_;
  RunSettings settings_;
  const std::atomic<bool>* stop_flag_;  ///< of the history, also in a future
  const std::vector<Future>& futures_;
  FuturesProgress progress_;
  UsageMeter meter_;
  WorkerPool pool_;
  std::vector<Outcome> outcomes_;
  bool reached_ = false;    ///< the instant
  bool ended_ = false;      ///< all futures have been begun, or a stop came
  bool is_future_ = false;  ///< in a child
};

/// A future with a history of its own.
std::vector<std::byte> run_with_history(const plan::Plan& plan, RunSettings settings, Nanos at_ns,
                                        const Future& future) {
  bool reached = false;
  settings.interludes.push_back({at_ns, [&](RunControl& control) {
                                   reached = true;
                                   steer(control, future);
                                 }});
  const RunResult result = run_once(plan, settings);
  if (!reached && !is_set(settings.options.stop_flag)) throw std::runtime_error(kEndedBefore);
  return encode_result(result);
}

RunSettings of_replication(RunSettings settings, std::uint64_t number, const Seat& seat) {
  settings.options.replication = number;
  return seated(std::move(settings), seat);
}

}  // namespace

std::vector<std::vector<Replication>> run_futures(const plan::Plan& plan, const RunSettings& settings,
                                                  Nanos at_ns, const std::vector<Future>& futures,
                                                  std::uint64_t first, std::uint64_t count,
                                                  const PoolOptions& options) {
  // Actors that are threads do not survive a fork: then every future is a job of its own, with its history.
  const bool parts = !actors_are_threads();
  const std::size_t jobs_of_one = parts ? 1 : futures.size();
  const std::size_t jobs = jobs_of_one * count;
  PoolOptions own = options;
  own.workers = options.workers != 0 ? options.workers : usable_cores();
  const auto at_a_time =
      static_cast<unsigned>(std::min<std::size_t>(own.workers, std::max<std::size_t>(jobs, 1)));
  const unsigned workers_of_one = own.workers / at_a_time;
  own.workers = at_a_time;
  if (options.progress) {
    own.progress = [&](std::size_t job, const ProgressCell& cell) {
      options.progress(job / jobs_of_one, cell);
    };
  }
  std::vector<std::vector<Replication>> results(count);
  for (auto& of_one : results) {
    of_one.resize(futures.size());
    for (Replication& r : of_one) r.error = kNotStarted;
  }
  if (jobs == 0) return results;
  WorkerPool pool(own, [&](std::size_t job) {
    return parts ? fmt::format("history {}", first + job)
                 : future_name(futures[job % jobs_of_one], first + job / jobs_of_one);
  });
  const auto stopped = [&] { return is_set(options.stop_flag); };
  const auto start = [&](std::size_t job) {
    return pool.start(job, [&](const Seat& seat) {
      RunSettings mine = of_replication(settings, first + job / jobs_of_one, seat);
      if (parts) return Trunk(plan, std::move(mine), at_ns, futures, workers_of_one).run();
      return run_with_history(plan, std::move(mine), at_ns, futures[job % jobs_of_one]);
    });
  };
  std::size_t next = 0;
  while ((next < jobs && !stopped()) || !pool.idle()) {
    while (next < jobs && pool.has_room() && !stopped() && start(next)) ++next;
    const auto outcome = pool.next();
    if (!outcome) continue;
    if (parts)
      results[outcome->job] = split(*outcome, futures.size());
    else
      results[outcome->job / jobs_of_one][outcome->job % jobs_of_one] = to_replication(*outcome);
  }
  return results;
}

}  // namespace twinvoice::world
