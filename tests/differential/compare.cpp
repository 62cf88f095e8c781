#include "tests/differential/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/referee/referee.hpp"
#include "sim/world/replications.hpp"

namespace twinvoice::testing {
namespace {

plan::Turn to_turn(const measure::TurnRecord& record) {
  plan::Turn turn;
  turn.at_ns = record.at_ns;
  turn.rung = plan::Rung::kControl;
  turn.op = static_cast<plan::TurnOp>(record.op);
  turn.knob = static_cast<plan::Knob>(record.knob);
  turn.impulse = static_cast<plan::Impulse>(record.impulse);
  turn.target = record.target;
  turn.effect = record.effect;
  turn.value = record.value;
  turn.location = plan::LocationId(record.location);
  turn.shard = record.shard;
  turn.position = record.position;
  return turn;
}

world::RunResult run_kernel(const plan::Plan& plan, const std::vector<world::ProcedureFactory>& procedures) {
  world::RunSettings settings;
  settings.options.seed = plan.seed;
  settings.options.request_log = true;
  settings.procedures = procedures;
  auto done = world::run_replications(plan, settings, 0, 1, {});
  ensure(done.size() == 1 && done.front().error.empty(), "kernel: " + done.front().error);
  return std::move(done.front().result);
}

std::string describe(const measure::RequestRecord& r) {
  return fmt::format("{} {} attempts {} path {:x} decided {} ns", r.succeeded ? "ok" : "failed",
                     r.succeeded ? 0 : r.cause >> 24U, r.attempts, r.path_hash, r.decided_ns);
}

bool same_fate(const measure::RequestRecord& a, const measure::RequestRecord& b) {
  return a.succeeded == b.succeeded && a.cause == b.cause && a.first_cause == b.first_cause &&
         a.attempts == b.attempts && a.path_hash == b.path_hash && a.arrived_ns == b.arrived_ns;
}

}  // namespace

Comparison compare_engines(const plan::Plan& plan, const std::vector<world::ProcedureFactory>& procedures,
                           const Tolerance& tolerance) {
  const world::RunResult kernel = run_kernel(plan, procedures);
  std::vector<plan::Turn> turns;
  for (const measure::TurnRecord& turn : kernel.record.turns) turns.push_back(to_turn(turn));
  const referee::RefereeResult referee = referee::run_in_child(plan, 0, {}, turns);

  Comparison result;
  result.first_tie_ns = referee.first_tie_ns;
  std::map<std::pair<std::uint32_t, std::uint64_t>, const measure::RequestRecord*> decided;
  for (const measure::RequestRecord& r : referee.requests) decided[{r.source, r.ordinal}] = &r;
  for (const measure::RequestRecord& mine : kernel.requests) {
    const auto found = decided.find({mine.source, mine.ordinal});
    if (found == decided.end()) {
      ++result.only_one;
      continue;
    }
    const measure::RequestRecord& other = *found->second;
    ++result.compared;
    const Nanos apart = std::abs(mine.decided_ns - other.decided_ns);
    const auto allowed =
        static_cast<Nanos>(tolerance.relative * static_cast<double>(mine.decided_ns - mine.arrived_ns));
    if (same_fate(mine, other) && apart <= std::max(tolerance.time_ns, allowed)) {
      result.worst_time_ns = std::max(result.worst_time_ns, apart);
      result.failed += mine.succeeded ? 0U : 1U;
      continue;
    }
    ++result.differing;
    if (std::min(mine.decided_ns, other.decided_ns) > referee.first_tie_ns) ++result.excused;
    if (result.examples.size() < 10) {
      result.examples.push_back(fmt::format("source {} request {} at {} ns: kernel {}; referee {}",
                                            mine.source, mine.ordinal, mine.arrived_ns, describe(mine),
                                            describe(other)));
    }
  }
  if (referee.requests.size() > result.compared) result.only_one += referee.requests.size() - result.compared;
  return result;
}

void scale_load(plan::Plan& plan, double requests) {
  double expected = 0.0;
  for (const plan::Source& source : plan.sources) {
    if (source.kind == plan::SourceKind::kPoisson && !source.segments.empty()) {
      expected += source.segments.front().per_s * source.batch * to_seconds(plan.horizon_ns);
    }
  }
  ensure(expected > 0.0, "scale_load wants a Poisson source with a constant rate");
  for (plan::Source& source : plan.sources) {
    for (plan::RateSegment& segment : source.segments) segment.per_s *= requests / expected;
  }
}

}  // namespace twinvoice::testing
