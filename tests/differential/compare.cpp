#include "tests/differential/compare.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/plan/call_groups.hpp"
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
  turn.after = record.after;
  return turn;
}

world::RunResult run_kernel(const plan::Plan& plan, const std::vector<world::ProcedureFactory>& procedures) {
  world::RunSettings settings;
  settings.options.seed = plan.seed;
  settings.options.request_log = true;
  settings.keep_turns = true;
  settings.procedures = procedures;
  auto done = world::run_replications(plan, settings, 0, 1, {});
  ensure(done.size() == 1 && done.front().error.empty(), "kernel: " + done.front().error);
  return std::move(done.front().result);
}

std::string describe(const measure::RequestRecord& r) {
  const plan::Cause cause = plan::Cause::of_packed(r.cause);
  const plan::Cause first = plan::Cause::of_packed(r.first_cause);
  return fmt::format("{} {}@{} (first {}@{}), attempts {}, path {:x}, decided {} ns",
                     r.decided_ns == kNever ? "in flight"
                     : r.succeeded          ? "ok"
                                            : "failed",
                     plan::reason_name(cause.reason()), cause.where(), plan::reason_name(first.reason()),
                     first.where(), r.attempts, r.path_hash, r.decided_ns);
}

bool same_fate(const measure::RequestRecord& a, const measure::RequestRecord& b) {
  return a.succeeded == b.succeeded && a.cause == b.cause && a.first_cause == b.first_cause &&
         a.attempts == b.attempts && a.path_hash == b.path_hash && a.arrived_ns == b.arrived_ns;
}

/// Steps that take time on the longest way through a program: calls and branches as if one after the other.
class LongestWay {
 public:
  explicit LongestWay(const plan::Plan& plan) : plan_(plan) {}

  double steps_of(plan::ProgramId id) const {
    const plan::Program& program = plan_.programs[id.index()];
    std::vector<double> sums{0.0};
    for (std::uint32_t i = program.first; i < program.first + program.count; ++i) {
      const plan::Step& step = plan_.steps[i];
      double own = steps_of(step);
      if (step.kind == plan::StepKind::kRepeat)
        own = (sums.back() - sums[step.jump - program.first]) * (step.arg - 1);
      sums.push_back(sums.back() + own);
    }
    return sums.back();
  }

 private:
  double steps_of(const plan::Step& step) const {
    switch (step.kind) {
      case plan::StepKind::kCall: {
        const plan::CallSite& site = plan_.calls[step.target];
        return (1.0 + site.retries.attempts + site.hedge.max) * (1.0 + steps_of(site.program));
      }
      case plan::StepKind::kFork: {
        double longest = 0.0;
        for (std::uint32_t i = 0; i < step.arg; ++i) {
          longest = std::max(longest, steps_of(plan_.fork_branches[step.target + i]));
        }
        return longest;
      }
      case plan::StepKind::kBranch:
      case plan::StepKind::kUpdate:
      case plan::StepKind::kGate:
      case plan::StepKind::kEmit:
      case plan::StepKind::kReturn: return 0.0;
      default: return 1.0;
    }
  }

  const plan::Plan& plan_;
};

/// What the calls of a run did, over all of it: two nanoseconds may move an event into the next window. After a tie the engines may part.
void expect_same_calls(const measure::RunRecord& kernel, const referee::RefereeResult& referee,
                       const plan::Plan& plan) {
  if (referee.first_tie_ns != kNever) return;
  const plan::CallGroups groups = plan::call_groups(plan);
  for (std::size_t c = 0; c < groups.names.size(); ++c) {
    EXPECT_EQ(kernel.calls.at(c).measured.all(), referee.calls.at(c).measured.all()) << groups.names[c];
    for (const auto* calls : {&kernel.calls, &referee.calls}) {
      measure::CallCounts sum;
      for (const measure::CallCounts& window : calls->at(c).windows) sum.add(window);
      if (plan.warm_up_ns > 0) continue;
      const measure::CallCounts all = sum;
      EXPECT_EQ(all.all(), calls->at(c).measured.all()) << groups.names[c];
    }
  }
}

}  // namespace

Tolerance tolerance_for(const plan::Plan& plan) {
  const LongestWay way(plan);
  double longest = 0.0;
  for (const plan::Operation& operation : plan.operations) {
    longest = std::max(longest, way.steps_of(operation.program));
  }
  Tolerance tolerance;
  tolerance.time_ns = static_cast<Nanos>(2.0 * longest);
  return tolerance;
}

Comparison compare_records(const std::vector<measure::RequestRecord>& kernel,
                           const std::vector<measure::RequestRecord>& referee, Nanos first_tie_ns,
                           const Tolerance& tolerance) {
  Comparison result;
  result.first_tie_ns = first_tie_ns;
  std::map<std::pair<std::uint32_t, std::uint64_t>, const measure::RequestRecord*> judged;
  for (const measure::RequestRecord& r : referee) judged[{r.source, r.ordinal}] = &r;
  for (const measure::RequestRecord& mine : kernel) {
    const auto found = judged.find({mine.source, mine.ordinal});
    if (found == judged.end()) {
      ++result.only_one;
      continue;
    }
    const measure::RequestRecord& other = *found->second;
    judged.erase(found);
    ++result.compared;
    const Nanos apart = std::abs(mine.decided_ns - other.decided_ns);
    const auto allowed =
        static_cast<Nanos>(tolerance.relative * static_cast<double>(mine.decided_ns - mine.arrived_ns));
    if (same_fate(mine, other) && apart <= std::max(tolerance.time_ns, allowed)) {
      result.worst_time_ns = std::max(result.worst_time_ns, apart);
      if (mine.decided_ns != kNever && !mine.succeeded) ++result.failed;
      for (const std::uint32_t cause : {mine.cause, mine.first_cause}) {
        result.reasons.emplace(plan::reason_name(plan::Cause::of_packed(cause).reason()));
      }
      continue;
    }
    ++result.differing;
    if (std::min(mine.decided_ns, other.decided_ns) > first_tie_ns) ++result.excused;
    if (result.examples.size() < 10) {
      result.examples.push_back(fmt::format("source {} request {} at {} ns:\n  kernel  {}\n  referee {}",
                                            mine.source, mine.ordinal, mine.arrived_ns, describe(mine),
                                            describe(other)));
    }
  }
  for (const auto& [key, record] : judged) {
    if (record->decided_ns != kNever) ++result.only_one;
  }
  return result;
}

void expect_same_facts(const measure::RunRecord& kernel, const referee::RefereeResult& referee,
                       const Tolerance& tolerance, const plan::Plan& plan) {
  // A later event may name a position that a tie has changed.
  const auto before = [&](const std::vector<measure::LogEvent>& events) {
    std::vector<measure::LogEvent> kept;
    for (const measure::LogEvent& e : events) {
      if (e.at_ns <= referee.first_tie_ns) kept.push_back(e);
    }
    return kept;
  };
  EXPECT_EQ(before(kernel.log_events), before(referee.log_events));
  // Work at the start is numbered with the requests by the kernel alone.
  std::uint64_t numbered = 0;
  for (const plan::InitialJobs& jobs : plan.initial.jobs) numbered += jobs.jobs;
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::int64_t>;
  const auto key = [](const measure::CommitFact& c) {
    return Key(c.log, c.place, c.epoch, c.shard, c.position);
  };
  std::map<Key, const measure::CommitFact*> judged;
  for (const measure::CommitFact& c : referee.commits) judged[key(c)] = &c;
  std::size_t differing = 0;
  for (const measure::CommitFact& c : kernel.commits.all()) {
    if (c.commit_ns > referee.first_tie_ns) continue;
    const auto found = judged.find(key(c));
    const bool both = found != judged.end();
    const auto allowed = std::max(tolerance.time_ns, Nanos{2});
    const bool same = both && c.operation == found->second->operation &&
                      c.sequence - numbered == found->second->sequence &&
                      std::abs(c.commit_ns - found->second->commit_ns) <= allowed &&
                      (std::abs(c.returned_ns - found->second->returned_ns) <= allowed ||
                       std::min(c.returned_ns, found->second->returned_ns) > referee.first_tie_ns);
    if (both) judged.erase(found);
    if (same || ++differing > 5) continue;
    ADD_FAILURE() << fmt::format("record {} of shard {} in epoch {} of log {} at {} ns differs", c.position,
                                 c.shard, c.epoch, c.log, c.commit_ns);
  }
  for (const auto& [unused, c] : judged) differing += c->commit_ns <= referee.first_tie_ns ? 1U : 0U;
  EXPECT_EQ(differing, 0U);
  expect_same_calls(kernel, referee, plan);
}

Comparison compare_in_world(const plan::Plan& plan, const std::vector<world::ProcedureFactory>& procedures) {
  const world::RunResult kernel = run_kernel(plan, procedures);
  std::vector<plan::Turn> turns;
  for (const measure::TurnRecord& turn : kernel.record.turns) turns.push_back(to_turn(turn));
  const referee::RefereeResult referee = referee::run_in_child(plan, 0, {}, turns);
  expect_same_facts(kernel.record, referee, tolerance_for(plan), plan);
  return compare_records(kernel.requests, referee.requests, referee.first_tie_ns, tolerance_for(plan));
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

void expect_agreement(const Comparison& c, double requests) {
  EXPECT_GT(static_cast<double>(c.compared), 0.9 * requests);
  EXPECT_EQ(c.differing - c.excused, 0U);
  EXPECT_LE(c.excused + c.only_one, c.compared / 100) << "first tie at " << c.first_tie_ns << " ns";
  for (const std::string& example : c.examples) {
    if (c.differing > c.excused) ADD_FAILURE() << example;
  }
  ::testing::Test::RecordProperty("compared", static_cast<int>(c.compared));
  ::testing::Test::RecordProperty("excused", static_cast<int>(c.excused));
  ::testing::Test::RecordProperty("failed_in_both", static_cast<int>(c.failed));
  ::testing::Test::RecordProperty("worst_time_ns", static_cast<int>(c.worst_time_ns));
}

}  // namespace twinvoice::testing
