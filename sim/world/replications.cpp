#include "sim/world/replications.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/base/stop_flag.hpp"
#include "sim/base/wire.hpp"

namespace twinvoice::world {
namespace {

void write(wire::Writer& out, const measure::RequestRecord& r) {
  out.u32(r.source);
  out.u64(r.ordinal);
  out.u64(r.sequence);
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
  r.sequence = in.u64();
  r.arrived_ns = in.i64();
  r.decided_ns = in.i64();
  r.succeeded = in.boolean();
  r.cause = in.u32();
  r.first_cause = in.u32();
  r.attempts = in.u32();
  r.path_hash = in.u64();
  return r;
}
constexpr std::size_t kRequestBytes = 4 + 8 + 8 + 8 + 8 + 1 + 4 + 4 + 4 + 8;

}  // namespace

RunSettings seated(RunSettings settings, const Seat& seat) {
  settings.options.stop_flag = seat.stop;
  settings.progress = seat.progress;
  return settings;
}

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

bool start_replication(WorkerPool& pool, const plan::Plan& plan, const RunSettings& settings) {
  return pool.start(static_cast<std::size_t>(settings.options.replication),
                    [&](const Seat& seat) { return encode_result(run_once(plan, seated(settings, seat))); });
}

Replication to_replication(const Outcome& outcome) {
  Replication replication;
  replication.error = outcome.error;
  if (outcome.error.empty()) replication.result = decode_result(outcome.bytes);
  return replication;
}

void run_replications(const plan::Plan& plan, const RunSettings& settings, std::uint64_t first,
                      std::uint64_t count, const PoolOptions& options, const Ended& ended) {
  WorkerPool pool(options, [](std::size_t job) { return fmt::format("replication {}", job); });
  const auto stopped = [&] { return is_set(options.stop_flag); };
  std::uint64_t next = 0;
  while (next < count || !pool.idle()) {
    while (next < count && pool.has_room() && !stopped()) {
      RunSettings one = settings;
      one.options.replication = first + next;
      if (!start_replication(pool, plan, one)) break;
      ++next;
    }
    auto outcome = pool.next();
    if (!outcome) break;
    ended(outcome->job, to_replication(*outcome));
  }
}

std::vector<Replication> run_replications(const plan::Plan& plan, const RunSettings& settings,
                                          std::uint64_t first, std::uint64_t count,
                                          const PoolOptions& options) {
  std::vector<Replication> results(count);
  for (Replication& r : results) r.error = kNotStarted;
  run_replications(plan, settings, first, count, options, [&](std::uint64_t replication, Replication one) {
    results[replication - first] = std::move(one);
  });
  return results;
}

}  // namespace twinvoice::world
