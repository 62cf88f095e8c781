#include "sim/world/replications.hpp"

#include <fmt/format.h>

#include "sim/base/wire.hpp"
#include "sim/world/simgrid_engine.hpp"

namespace twinvoice::world {
namespace {

void write(wire::Writer& out, const measure::RequestRecord& r) {
  out.u32(r.source);
  out.u64(r.ordinal);
  out.i64(r.arrived_ns);
  out.i64(r.decided_ns);
  out.boolean(r.succeeded);
  out.u32(r.cause);
  out.u32(r.first_cause);
  out.u32(r.attempts);
  out.u64(r.path_hash);
}

measure::RequestRecord read_request(wire::Reader& in) {
  measure::RequestRecord r;
  r.source = in.u32();
  r.ordinal = in.u64();
  r.arrived_ns = in.i64();
  r.decided_ns = in.i64();
  r.succeeded = in.boolean();
  r.cause = in.u32();
  r.first_cause = in.u32();
  r.attempts = in.u32();
  r.path_hash = in.u64();
  return r;
}
constexpr std::size_t kRequestBytes = 4 + 8 + 8 + 8 + 1 + 4 + 4 + 4 + 8;

RunSettings seated(const RunSettings& settings, const Seat& seat) {
  RunSettings mine = settings;
  mine.options.stop_flag = seat.stop;
  mine.progress = seat.progress;
  return mine;
}

void steer(RunControl& control, const Future& future) {
  if (future.mode == FutureMode::kFresh) control.branch(future.branch);
  for (const plan::Turn& turn : future.turns) control.turn(turn);
}

std::string future_name(std::size_t job) { return fmt::format("future {}", job); }

/// The process that runs the common history and forks at its end. Sends all results in one frame.
std::vector<std::byte> trunk(const plan::Plan& plan, const RunSettings& settings, Nanos at_ns,
                             const std::vector<Future>& futures, const PoolOptions& options) {
  PoolOptions own = options;
  own.stop_flag = settings.options.stop_flag;
  own.progress = {};
  WorkerPool pool(own, future_name);
  std::vector<Outcome> outcomes(futures.size());
  const auto take = [&](std::optional<Outcome> outcome) {
    if (outcome) outcomes[outcome->job] = std::move(*outcome);
  };
  bool forked = false;
  RunSettings mine = settings;
  mine.interludes.push_back({at_ns, [&](RunControl& control) {
                               for (std::size_t i = 0; i < futures.size(); ++i) {
                                 if (!pool.has_room()) take(pool.next());
                                 Seat seat;
                                 if (pool.fork_here(i, seat)) {
                                   forked = true;
                                   return steer(control, futures[i]);
                                 }
                               }
                               while (!pool.idle()) take(pool.next());
                               throw std::runtime_error("the history ends here");
                             }});
  try {
    const RunResult result = run_once(plan, mine);
    if (forked) pool.leave(encode_result(result));
    throw std::runtime_error("the run ended before the instant at which its futures part");
  } catch (const std::exception& failure) {
    if (forked) pool.leave_with_error(failure.what());
    if (outcomes.empty() || (outcomes[0].error.empty() && outcomes[0].bytes.empty())) throw;
  }
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

}  // namespace

std::vector<std::byte> encode_result(const RunResult& result) {
  wire::Writer out;
  result.record.serialize(out);
  out.u64(result.requests.size());
  for (const measure::RequestRecord& r : result.requests) write(out, r);
  out.string(result.facts.simgrid_version);
  out.i64(result.facts.epoch_ns);
  out.u64(result.facts.settings.size());
  for (const auto& [name, value] : result.facts.settings) {
    out.string(name);
    out.string(value);
  }
  return out.take();
}

RunResult decode_result(std::span<const std::byte> bytes) {
  wire::Reader in(bytes);
  RunResult result;
  result.record = measure::RunRecord::deserialize(in);
  result.requests.resize(in.count(kRequestBytes));
  for (measure::RequestRecord& r : result.requests) r = read_request(in);
  result.facts.simgrid_version = in.string();
  result.facts.epoch_ns = in.i64();
  result.facts.settings.resize(in.count(2 * 8));
  for (auto& [name, value] : result.facts.settings) {
    name = in.string();
    value = in.string();
  }
  return result;
}

void start_replication(WorkerPool& pool, const plan::Plan& plan, const RunSettings& settings) {
  pool.start(static_cast<std::size_t>(settings.options.replication),
             [&](const Seat& seat) { return encode_result(run_once(plan, seated(settings, seat))); });
}

Replication to_replication(const Outcome& outcome) {
  Replication replication;
  replication.error = outcome.error;
  if (outcome.error.empty()) replication.result = decode_result(outcome.bytes);
  return replication;
}

std::vector<Replication> run_replications(const plan::Plan& plan, const RunSettings& settings,
                                          std::uint64_t first, std::uint64_t count,
                                          const PoolOptions& options) {
  std::vector<Replication> results(count);
  for (Replication& r : results) r.error = "not started";
  WorkerPool pool(options, [](std::size_t job) { return fmt::format("replication {}", job); });
  const auto stopped = [&] {
    return options.stop_flag != nullptr && options.stop_flag->load(std::memory_order_relaxed);
  };
  std::uint64_t next = 0;
  while (next < count || !pool.idle()) {
    while (next < count && pool.has_room() && !stopped()) {
      RunSettings one = settings;
      one.options.replication = first + next++;
      start_replication(pool, plan, one);
    }
    auto outcome = pool.next();
    if (!outcome) break;
    results[outcome->job - first] = to_replication(*outcome);
  }
  return results;
}

std::vector<Replication> run_futures(const plan::Plan& plan, const RunSettings& settings, Nanos at_ns,
                                     const std::vector<Future>& futures, const PoolOptions& options) {
  if (futures.empty()) return {};
  if (!actors_are_threads()) {
    PoolOptions one = options;
    one.workers = 1;
    WorkerPool pool(one, [](std::size_t) { return std::string("the common history"); });
    pool.start(
        0, [&](const Seat& seat) { return trunk(plan, seated(settings, seat), at_ns, futures, options); });
    return split(*pool.next(), futures.size());
  }
  std::vector<Replication> results(futures.size());
  WorkerPool pool(options, future_name);
  std::size_t next = 0;
  while (next < futures.size() || !pool.idle()) {
    for (; next < futures.size() && pool.has_room(); ++next) {
      pool.start(next, [&](const Seat& seat) {
        RunSettings mine = seated(settings, seat);
        const Future& future = futures[next];
        mine.interludes.push_back({at_ns, [&future](RunControl& control) { steer(control, future); }});
        return encode_result(run_once(plan, mine));
      });
    }
    if (auto outcome = pool.next()) results[outcome->job] = to_replication(*outcome);
  }
  return results;
}

}  // namespace twinvoice::world
