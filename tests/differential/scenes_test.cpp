// Kernel against referee, and the fast event list against its slow twin, on plans that together use all a Plan can say.
#include "tests/differential/scenes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "sim/kernel/engine.hpp"
#include "sim/referee/referee.hpp"
#include "tests/differential/compare.hpp"
#include "tests/differential/coverage.hpp"

namespace twinvoice::testing {
namespace {

struct KernelResult {
  std::vector<measure::RequestRecord> requests;
  measure::RunRecord record;
  std::uint64_t fingerprint = 0;
  std::uint64_t events = 0;
};

KernelResult run_kernel(const plan::Plan& plan, kernel::EventListMode mode) {
  kernel::RunOptions options;
  options.seed = plan.seed;
  options.request_log = true;
  options.event_list = mode;
  kernel::Engine engine(plan, options);
  EXPECT_EQ(engine.run_until(plan.horizon_ns), kernel::Stop::kBound);
  engine.close(plan.horizon_ns);
  for (const std::string& breach : engine.audit()) ADD_FAILURE() << breach;
  KernelResult result{engine.request_log(), {}, engine.fingerprint(), engine.counts().events};
  result.record = engine.record();
  return result;
}

void expect_one_truth(const SceneCase& scene, double requests) {
  const plan::Plan plan = make_plan(scene, requests);
  const KernelResult fast = run_kernel(plan, kernel::EventListMode::kFast);
  const KernelResult twin = run_kernel(plan, kernel::EventListMode::kTwin);
  EXPECT_EQ(fast.fingerprint, twin.fingerprint);
  EXPECT_EQ(fast.events, twin.events);
  EXPECT_EQ(fast.requests, twin.requests);
  EXPECT_EQ(fast.record.commits, twin.record.commits);
  EXPECT_EQ(fast.record.log_events, twin.record.log_events);

  const referee::RefereeResult referee = referee::run_in_child(plan, 0);
  Tolerance tolerance = tolerance_for(plan);
  if (scene.shares) tolerance = {1'000, 1e-6};
  const Comparison c = compare_records(fast.requests, referee.requests, referee.first_tie_ns, tolerance);
  expect_agreement(c, requests);
  expect_same_facts(fast.record, referee, tolerance, plan);
  EXPECT_GT(c.failed, 0U) << "nothing failed: half of the comparison is missing";
  for (const plan::Reason reason : scene.reasons) {
    EXPECT_THAT(c.reasons, ::testing::Contains(std::string(plan::reason_name(reason))));
  }
}

class Scenes : public ::testing::TestWithParam<SceneCase> {};
TEST_P(Scenes, kernel_twin_and_referee_agree_on_every_request) { expect_one_truth(GetParam(), 2'000); }

class FullScenes : public ::testing::TestWithParam<SceneCase> {};
TEST_P(FullScenes, kernel_twin_and_referee_agree_on_every_request) { expect_one_truth(GetParam(), 10'000); }

const auto kName = [](const auto& info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(All, Scenes, ::testing::ValuesIn(all_scenes()), kName);
INSTANTIATE_TEST_SUITE_P(All, FullScenes, ::testing::ValuesIn(all_scenes()), kName);

TEST(SceneCoverage, the_scenes_use_all_that_a_plan_can_say) {
  std::set<std::string> missing = all_features(models::Catalog());
  const std::vector<SceneCase> scenes = all_scenes();
  EXPECT_GE(scenes.size(), 16U);
  for (const SceneCase& scene : scenes) {
    for (const std::string& feature : features_of(make_plan(scene, 2'000))) missing.erase(feature);
  }
  EXPECT_THAT(missing, ::testing::IsEmpty());
}

TEST(SceneCoverage, the_scenes_show_every_event_of_logs) {
  std::set<std::string_view> missing(std::begin(measure::kLogEventWords), std::end(measure::kLogEventWords));
  for (const SceneCase& scene : all_scenes()) {
    const plan::Plan plan = make_plan(scene, 2'000);
    if (plan.logs.empty()) continue;
    for (const measure::LogEvent& event : run_kernel(plan, kernel::EventListMode::kFast).record.log_events)
      missing.erase(measure::kLogEventWords[static_cast<std::size_t>(event.kind)]);
  }
  EXPECT_THAT(missing, ::testing::IsEmpty());
}

/// Cancelled frames bring no answer, and when work is not begun because its deadline has passed its callers have given up
/// at that same deadline: no request fails of these two.
TEST(SceneCoverage, the_scenes_show_every_reason) {
  std::set<std::string> missing;
  for (int i = 1; i < plan::kReasons; ++i) missing.emplace(plan::reason_name(static_cast<plan::Reason>(i)));
  for (const auto unseen : {plan::Reason::kCancelled, plan::Reason::kDeadline}) {
    missing.erase(std::string(plan::reason_name(unseen)));
  }
  for (const SceneCase& scene : all_scenes()) {
    for (const plan::Reason reason : scene.reasons) missing.erase(std::string(plan::reason_name(reason)));
  }
  EXPECT_THAT(missing, ::testing::IsEmpty());
}

}  // namespace
}  // namespace twinvoice::testing
