#include "sim/world/futures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/base/wire.hpp"
#include "sim/world/simgrid_engine.hpp"

namespace twinvoice::world {
namespace {

void steer(RunControl& control, const Future& future) {
  if (future.mode == FutureMode::kFresh) control.branch(future.branch);
  for (const plan::Turn& turn : future.turns) control.turn(turn);
  for (const Order& order : future.orders) control.order(order);
}

constexpr const char* kNotStarted = "not started";

std::string future_name(std::size_t job) { return fmt::format("future {}", job); }

/// Tells the progress of all futures together as that of their history.
class FuturesProgress {
 public:
  FuturesProgress(ProgressCell* history, Nanos at_ns, std::size_t futures)
      : history_(history), at_ns_(at_ns), reached_ns_(futures, 0), events_(futures, 0) {}
  void operator()(std::size_t future, const ProgressCell& cell) {
    if (history_ == nullptr) return;
    const Nanos now_ns = cell.now_ns.load(std::memory_order_relaxed);
    reached_ns_[future] = std::max(reached_ns_[future], now_ns - at_ns_);
    events_[future] = std::max(events_[future], cell.events.load(std::memory_order_relaxed));
    history_->now_ns.store(std::accumulate(reached_ns_.begin(), reached_ns_.end(), at_ns_));
    history_->events.store(std::accumulate(events_.begin(), events_.end(), std::uint64_t{0}));
  }

 private:
  ProgressCell* history_;
  Nanos at_ns_;
  std::vector<Nanos> reached_ns_;  ///< beyond the fork, by future
  std::vector<std::uint64_t> events_;
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

/// The process that runs the common history and forks at its end. Sends all results in one frame.
std::vector<std::byte> trunk(const plan::Plan& plan, const RunSettings& settings, Nanos at_ns,
                             const std::vector<Future>& futures, unsigned workers) {
  PoolOptions own;
  own.workers = workers;
  own.stop_flag = settings.options.stop_flag;
  own.progress = FuturesProgress(settings.progress, at_ns, futures.size());
  WorkerPool pool(own, future_name);
  std::vector<Outcome> outcomes(futures.size());
  for (Outcome& outcome : outcomes) outcome.error = kNotStarted;
  const auto take = [&](std::optional<Outcome> outcome) {
    if (outcome) outcomes[outcome->job] = std::move(*outcome);
  };
  const auto take_the_rest = [&] {
    while (!pool.idle()) take(pool.next());
  };
  bool forked = false;
  bool reached = false;
  RunSettings mine = settings;
  mine.interludes.push_back({at_ns, [&](RunControl& control) {
                               reached = true;
                               for (std::size_t i = 0; i < futures.size(); ++i) {
                                 if (!pool.has_room()) take(pool.next());
                                 Seat seat;
                                 if (pool.fork_here(i, seat)) {
                                   forked = true;
                                   mine.progress = seat.progress;
                                   return steer(control, futures[i]);
                                 }
                               }
                               take_the_rest();
                               throw std::runtime_error("the history ends here");
                             }});
  try {
    const RunResult result = run_once(plan, mine);
    if (forked) pool.leave(encode_result(result));
    throw std::runtime_error(settings.options.stop_flag != nullptr && settings.options.stop_flag->load()
                                 ? "interrupted before the instant at which its futures part"
                                 : "the run ended before the instant at which its futures part");
  } catch (const std::exception& failure) {
    if (forked) pool.leave_with_error(failure.what());
    if (!reached) throw;
    take_the_rest();
    for (Outcome& outcome : outcomes) {
      if (outcome.error == kNotStarted) outcome.error = fmt::format("{}: {}", kNotStarted, failure.what());
    }
  }
  return join(outcomes);
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
  const std::size_t jobs_of_one = actors_are_threads() ? futures.size() : 1;
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
    return jobs_of_one == 1
               ? fmt::format("history {}", first + job)
               : fmt::format("future {} of history {}", job % jobs_of_one, first + job / jobs_of_one);
  });
  const auto stopped = [&] {
    return options.stop_flag != nullptr && options.stop_flag->load(std::memory_order_relaxed);
  };
  std::size_t next = 0;
  while ((next < jobs && !stopped()) || !pool.idle()) {
    for (; next < jobs && pool.has_room() && !stopped(); ++next) {
      pool.start(next, [&](const Seat& seat) {
        RunSettings mine = of_replication(settings, first + next / jobs_of_one, seat);
        if (jobs_of_one == 1) return trunk(plan, mine, at_ns, futures, workers_of_one);
        const Future& future = futures[next % jobs_of_one];
        mine.interludes.push_back({at_ns, [&future](RunControl& control) { steer(control, future); }});
        return encode_result(run_once(plan, mine));
      });
    }
    const auto outcome = pool.next();
    if (!outcome) continue;
    if (jobs_of_one == 1)
      results[outcome->job] = split(*outcome, futures.size());
    else
      results[outcome->job / jobs_of_one][outcome->job % jobs_of_one] = to_replication(*outcome);
  }
  return results;
}

}  // namespace twinvoice::world
