// Random worlds with staff: probes that take replicas out, replication streams that share links with requests, runbooks that move the leader. They
// run inside SimGrid's clock; the laws of conservation hold, what has drained is empty, and both event lists give the same bits.
// Every failure names its seed; TWINVOICE_SEED=n repeats that one world.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "sim/world/replications.hpp"
#include "tests/support/compile_text.hpp"
#include "tests/support/log_facts.hpp"
#include "tests/support/random_world.hpp"

namespace twinvoice::testing {
namespace {

constexpr std::uint64_t kFirstStaffedSeed = 2'000'000;
constexpr std::uint64_t kMostStaffedEvents = 2'000'000;

/// A world ready to run.
struct Staffed {
  spec::Experiment experiment;
  plan::Plan plan;
  bool ends = true;

  explicit Staffed(std::uint64_t seed) {
    const RandomWorld world = random_world(seed, WorldKind::kStaffed);
    Issues issues;
    experiment = spec::read_experiment("experiment.json", world.experiment, catalog(), issues);
    experiment.topology = spec::read_topology("topology.json", world.topology, catalog(), issues);
    if (experiment.topology.place.line > 0) spec::check_experiment(experiment, experiment.topology, issues);
    if (issues.has_errors()) throw InvalidInput(issues);
    plan = compile::compile(experiment, catalog());
    plan.max_events = kMostStaffedEvents;
    ends = world.ends;
  }
  [[nodiscard]] measure::RunRecord run(std::uint64_t seed, kernel::EventListMode mode) const {
    world::RunSettings settings;
    settings.options.seed = seed;
    settings.options.event_list = mode;
    settings.keep_turns = true;
    settings.procedures = catalog().procedures(experiment.topology, plan);
    auto results = world::run_replications(plan, settings, 0, 1, {});
    if (!results[0].error.empty()) throw std::runtime_error(results[0].error);
    return std::move(results[0].result.record);
  }
};

struct StaffedFigures {
  std::uint64_t worlds = 0, unfinished = 0, turns = 0, losses = 0, commits = 0, drained = 0, emptied = 0;
};

/// A synchronous commit waits for ever for a record lost with its leader, or for a member that nobody fenced and that takes
/// itself for the leader, and holds what it holds.
bool a_commit_waits(const measure::RunRecord& record) {
  const std::vector<measure::CommitFact> commits = record.commits.all();
  return std::any_of(commits.begin(), commits.end(),
                     [](const measure::CommitFact& commit) { return commit.returned_ns == kNever; });
}

/// Nobody inside, and nothing held where no commit waits.
void check_empty(const measure::RunRecord& record, StaffedFigures& figures) {
  ++figures.drained;
  for (const measure::OperationBook& book : record.operations) {
    EXPECT_EQ(book.in_flight, 0);
    EXPECT_EQ(book.all.arrived, book.all.succeeded + book.all.failed);
    EXPECT_TRUE(book.in_flight_area == book.sojourn_sum_ns) << "Little's law";
  }
  if (a_commit_waits(record)) return;
  ++figures.emptied;
  for (const measure::PoolRecord& pool : record.pools) {
    EXPECT_EQ(pool.held, 0U) << pool.id;
    EXPECT_EQ(pool.waiting, 0U) << pool.id;
  }
}

void check_staffed_world(std::uint64_t seed, StaffedFigures& figures) {
  const Staffed world(seed);
  const measure::RunRecord fast = world.run(seed, kernel::EventListMode::kFast);
  for (const std::string& breach : fast.breaches) ADD_FAILURE() << breach;
  for (const measure::PoolRecord& pool : fast.pools) EXPECT_LE(pool.max_held, world.plan.pools[pool.id].size);
  std::uint64_t lost = 0;
  for (std::uint32_t log = 0; log < world.plan.logs.size(); ++log)
    lost += testing::left_out(fast.commits.all(), fast.log_events, log).records;
  if (fast.complete && world.ends && lost == 0) check_empty(fast, figures);
  const measure::RunRecord twin = world.run(seed, kernel::EventListMode::kTwin);
  if (fast.complete && twin.complete) {
    EXPECT_EQ(fast.fingerprint, twin.fingerprint) << "the fast event list and its twin differ";
  }
  ++figures.worlds;
  figures.unfinished += fast.complete ? 0U : 1U;
  figures.turns += fast.turns.size(), figures.losses += lost, figures.commits += fast.commit_steps;
}

StaffedFigures check_staffed_worlds(std::uint64_t count) {
  std::uint64_t first = kFirstStaffedSeed;
  if (const char* one = std::getenv("TWINVOICE_SEED")) first = std::strtoull(one, nullptr, 10), count = 1;
  ::testing::Test::RecordProperty("first_seed", std::to_string(first));
  StaffedFigures figures;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("TWINVOICE_SEED=" + std::to_string(seed) + " repeats this world");
    try {
      check_staffed_world(seed, figures);
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
  return figures;
}

/// The worlds meet what they are drawn for.
void expect_staffed_variety(const StaffedFigures& figures) {
  if (std::getenv("TWINVOICE_SEED") != nullptr) return;
  EXPECT_GT(figures.turns, 10 * figures.worlds);
  EXPECT_GT(figures.commits, figures.worlds);
  EXPECT_GT(figures.losses, 0U);
  EXPECT_GT(figures.drained, figures.worlds / 3);
  EXPECT_GT(figures.emptied, figures.worlds / 6);
  EXPECT_LE(figures.unfinished, figures.worlds / 20) << "too many worlds end in a budget";
}

TEST(StaffedSwarm, twenty_four_worlds_keep_the_laws) { expect_staffed_variety(check_staffed_worlds(24)); }

TEST(FullStaffedSwarm, four_hundred_worlds_keep_the_laws) {
  expect_staffed_variety(check_staffed_worlds(400));
}

}  // namespace
}  // namespace twinvoice::testing
