// What each part lowers to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/random/keys.hpp"
#include "tests/support/compile_text.hpp"
#include "tests/unit/models/lowering.hpp"

namespace twinvoice::models {
namespace {

using ::testing::IsEmpty;
using twinvoice::testing::compile_text;

constexpr const char* kBack =
    R"(, "back": {"model": "service", "replicas": {"b": 2}, "demand": {"exponential": "2 ms"}})";

TEST(Service, holds_a_thread_over_its_calls_and_serves_before_and_after) {
  const auto c = compile_text(two_sites(std::string(
                                            R"("front": {"model": "service", "replicas": {"a": 3}, "cores": 8,
      "threads": {"max": 64, "wait": "500 ms", "queue": 10}, "demand": "1 ms", "demand_after": "2 ms",
      "calls": [{"to": "back"}]})") + kBack),
                              load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "front/default"), "hop acquire serve call serve release hop return");
  EXPECT_EQ(steps_of(c.plan, "back/default"), "hop serve hop return");
  EXPECT_EQ(steps_of(c.plan, "op"), "call return");
  const plan::Program& front = *find_program(c.plan, "front/default");
  EXPECT_EQ(c.plan.steps[front.reply].kind, plan::StepKind::kHop);
  EXPECT_EQ(c.plan.steps[front.reply].flags, plan::kToParent);
  EXPECT_EQ(front.reply, front.first + 6);
  EXPECT_EQ(c.plan.pools[0].size, 64U);
  EXPECT_EQ(c.plan.pools[0].queue_places, 10U);
  EXPECT_TRUE(c.plan.pools[0].wait.valid());
  EXPECT_EQ(c.plan.stations[0].servers, 8U);
  EXPECT_EQ(c.plan.stations[2].name, "front#2");
  EXPECT_EQ(step_of(c.plan, "front/default", plan::StepKind::kServe).purpose,
            random::purpose_of("front", "demand"));
  EXPECT_EQ(step_of(c.plan, "front/default", plan::StepKind::kServe, 1).purpose,
            random::purpose_of("front", "demand_after"));
}

TEST(Service, a_failing_frame_continues_at_the_reply_hop_and_a_root_at_its_return) {
  const auto c = compile_text(
      two_sites(
          R"("front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "error_rate": "1 %"})"),
      load());
  ASSERT_THAT(c.problems, IsEmpty());
  for (const plan::Program& p : c.plan.programs) {
    const plan::StepKind kind = c.plan.steps[p.reply].kind;
    EXPECT_EQ(kind, p.component.valid() ? plan::StepKind::kHop : plan::StepKind::kReturn) << p.name;
    EXPECT_EQ(c.plan.steps[p.first + p.count - 1].kind, plan::StepKind::kReturn);
  }
  EXPECT_EQ(c.plan.gates[0].name, "front.error");
  EXPECT_EQ(c.plan.gates[0].reason, plan::Reason::kError);
}

TEST(Service, endpoints_override_what_they_state_and_share_stations) {
  const auto c = compile_text(
      two_sites(
          std::string(R"("front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "threads": 4,
        "calls": [{"to": "mid", "endpoint": "pdf"}, {"to": "mid"}]},
      "mid": {"model": "service", "replicas": {"a": 2}, "demand": "1 ms", "calls": [{"to": "back"}],
        "rate_limit": {"rate": "100/s", "burst": 5}, "endpoints": {"pdf": {"demand": "9 ms", "calls": []}}})") +
          kBack),
      load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "mid/default"), "hop gate serve call hop return");
  EXPECT_EQ(steps_of(c.plan, "mid/pdf"), "hop gate serve hop return");
  EXPECT_EQ(step_of(c.plan, "mid/pdf", plan::StepKind::kServe).target,
            step_of(c.plan, "mid/default", plan::StepKind::kServe).target);
  EXPECT_EQ(step_of(c.plan, "mid/pdf", plan::StepKind::kServe).purpose,
            random::purpose_of("mid", "demand/pdf"));
  EXPECT_EQ(c.plan.stations.size(), 1U + 2U + 2U);
  EXPECT_EQ(c.plan.gates.size(), 2U);
}

TEST(Calls, an_unknown_endpoint_is_told_where_it_is_called) {
  const auto c = compile_text(two_sites(std::string(R"("front": {"model": "service", "replicas": {"a": 1},
      "demand": "1 ms", "calls": [{"to": "back", "endpoint": "nope"}]})") +
                                        kBack),
                              load());
  EXPECT_TRUE(c.mentions("\"back\" has no endpoint \"nope\"; it has default"));
  EXPECT_TRUE(c.mentions("/components/front/calls/0/endpoint"));
}

TEST(Calls, probability_times_fallback_and_pool_stand_around_the_call) {
  const auto c = compile_text(
      two_sites(
          std::string(R"("front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms", "calls": [
        {"to": "back", "probability": "30 %", "times": 3, "pool": {"max": 7}, "on_failure": "fallback",
         "fallback": {"to": "spare"}}]},
      "spare": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms"})") +
          kBack),
      load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "front/default"),
            "hop serve branch acquire call release branch release call repeat hop return");
  const plan::Program& front = *find_program(c.plan, "front/default");
  const plan::Step& skip = step_of(c.plan, "front/default", plan::StepKind::kBranch);
  EXPECT_NEAR(skip.value, 0.7, 1e-12);
  EXPECT_EQ(skip.jump, front.first + 9);
  EXPECT_EQ(step_of(c.plan, "front/default", plan::StepKind::kBranch, 1).jump, front.first + 9);
  EXPECT_EQ(find_call(c.plan, "front/default>back/default")->fallback, front.first + 7);
  const plan::Step& repeat = step_of(c.plan, "front/default", plan::StepKind::kRepeat);
  EXPECT_EQ(repeat.jump, front.first + 2);
  EXPECT_EQ(repeat.arg, 3);
}

TEST(Calls, connections_are_established_by_round_trips_with_the_work_in_the_last) {
  const auto c = compile_text(
      two_sites(std::string(R"("front": {"model": "service", "replicas": {"a": 2}, "demand": "1 ms",
      "calls": [{"to": "back", "pool": {"max": 7, "idle_timeout": "4 min", "establish": {"round_trips": 2, "demand": "3 ms"}}}]})") +
                kBack),
      load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "front/default"), "hop serve connect call release hop return");
  EXPECT_EQ(steps_of(c.plan, "back/establish by front/default>back/default"), "hop hop hop serve hop return");
  const plan::CallSite& site = *find_call(c.plan, "front/default>back/default");
  EXPECT_TRUE(site.connection_pool.valid());
  EXPECT_EQ(c.plan.programs[site.establish.index()].component, site.target);
  EXPECT_TRUE(c.plan.pools[site.connection_pool.index()].connections);
  EXPECT_EQ(step_of(c.plan, "front/default", plan::StepKind::kConnect).arg, &site - c.plan.calls.data());
}

TEST(Service, a_share_of_cores_is_shared_by_the_jobs_in_service) {
  const auto cores = [](const std::string& written) {
    return compile_text(two_sites(R"("front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms",
        "cores": )" + written + "}"),
                        load())
        .plan.stations.at(0);
  };
  EXPECT_EQ(cores("\"1500m\"").servers, 2U);
  EXPECT_EQ(cores("\"1500m\"").speed_by_load, (std::vector<double>{1.0, 0.75})) << "1.5 cores for two jobs";
  EXPECT_EQ(cores("0.25").servers, 1U);
  EXPECT_EQ(cores("0.25").speed_by_load, std::vector<double>{0.25});
  EXPECT_EQ(cores("\"2000m\"").servers, 2U);
  EXPECT_TRUE(cores("\"2000m\"").speed_by_load.empty());
  EXPECT_TRUE(cores("4").speed_by_load.empty());
}

TEST(Calls, parallel_ones_become_a_fork_of_small_programs) {
  const auto c = compile_text(
      two_sites(std::string(R"("front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms",
      "calls": [{"parallel": [{"to": "back"}, {"to": "back"}, {"to": "back", "operations": ["other"]}], "join": "any",
                 "cancellation": "propagate"}]})") +
                kBack) +
          R"(, "$comment": "")",
      load());
  EXPECT_FALSE(c.problems.empty());  // "other" is no operation
  const auto good = compile_text(two_sites(std::string(R"("front": {"model": "service", "replicas": {"a": 1},
      "demand": "1 ms", "calls": [{"parallel": [{"to": "back"}, {"to": "back"}], "join": "any", "cancellation": "propagate"}]})") +
                                           kBack),
                                 load());
  ASSERT_THAT(good.problems, IsEmpty());
  EXPECT_EQ(steps_of(good.plan, "front/default"), "hop serve fork join hop return");
  EXPECT_EQ(steps_of(good.plan, "front/default fork branch 0"), "call return");
  EXPECT_EQ(good.plan.fork_branches.size(), 2U);
  EXPECT_EQ(step_of(good.plan, "front/default", plan::StepKind::kJoin).arg, 1);
  EXPECT_EQ(step_of(good.plan, "front/default", plan::StepKind::kJoin).flags, plan::kCancelLosers);
  EXPECT_NE(find_call(good.plan, "front/default>back/default#2"), nullptr);
}

TEST(LoadBalancer, holds_a_connection_and_passes_its_policy_on) {
  const auto c = compile_text(
      two_sites(std::string(R"("front": {"model": "load_balancer", "replicas": {"a": 1}, "to": "back",
      "connections": {"max": 1000}, "balance": "least_request", "timeout": "2 s",
      "retries": {"attempts": 2, "backoff": "50 ms", "on": ["timeout", "error"]}})") +
                kBack),
      load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "front/default"), "hop acquire serve call release hop return");
  const plan::CallSite& site = *find_call(c.plan, "front/default>back/default");
  EXPECT_EQ(site.balance, plan::Balance::kLeastRequest);
  EXPECT_EQ(site.timeout_ns, 2 * kNanosPerSecond);
  EXPECT_EQ(site.retries.attempts, 2U);
  EXPECT_EQ(site.retries.on, plan::kOnTimeout | plan::kOnError);
  EXPECT_EQ(site.retries.max_backoff_ns, 500'000'000);
}

TEST(ConnectionPool, takes_a_token_for_each_call) {
  const auto c =
      compile_text(two_sites(std::string(R"("front": {"model": "connection_pool", "replicas": {"a": 1},
      "to": "back", "pool": {"max": 20, "wait": "100 ms"}})") +
                             kBack),
                   load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "front/default"), "hop serve acquire call release hop return");
}

TEST(Cache, a_hit_jumps_over_the_origin_and_a_miss_warms) {
  const auto c = compile_text(
      two_sites(std::string(R"("front": {"model": "cache", "replicas": {"a": 2}, "hit_ratio": "90 %",
      "entries": 500, "origin": {"to": "back"}, "fill_demand": "1 ms", "pool": {"max": 500}})") +
                kBack),
      load(R"(, "initial": {"front": {"warmth": "25 %"}})"));
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "front/default"),
            "hop acquire serve branch call serve update release hop return");
  const plan::Program& front = *find_program(c.plan, "front/default");
  const plan::Step& hit = step_of(c.plan, "front/default", plan::StepKind::kBranch);
  EXPECT_EQ(hit.flags, plan::kCellScaled);
  EXPECT_EQ(hit.value, 0.9);
  EXPECT_EQ(hit.jump, front.first + 7);
  EXPECT_EQ(step_of(c.plan, "front/default", plan::StepKind::kUpdate).value, 1.0 / 500);
  ASSERT_EQ(c.plan.cells.size(), 2U);
  EXPECT_EQ(c.plan.cells[1].initial, 0.25);
}

constexpr const char* kReplicated = R"("front": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms",
      "calls": [{"to": "db", "balance": "round_robin"}, {"to": "db", "endpoint": "read", "balance": "round_robin"}]},
    "db": {"model": "database", "replicas": {"a/1": 1, "b": 2}, "demand": "4 ms", "pool": {"max": 200, "wait": "500 ms"},
      "endpoints": {"read": {"demand": "1 ms"}}, "primary": "b", "shards": 2,
      "replication": {"to": "a", "mode": "semi_sync", "record": "512 B"}})";

TEST(Database, writes_commit_at_the_primary_and_reads_go_anywhere) {
  const auto c = compile_text(two_sites(kReplicated), load());
  ASSERT_THAT(c.problems, IsEmpty());
  EXPECT_EQ(steps_of(c.plan, "db/write"), "hop acquire serve commit release hop return");
  EXPECT_EQ(steps_of(c.plan, "db/read"), "hop acquire serve release hop return");
  EXPECT_EQ(find_call(c.plan, "front/default>db/write")->balance, plan::Balance::kPrimary);
  EXPECT_EQ(find_call(c.plan, "front/default>db/read")->balance, plan::Balance::kRoundRobin);
  const plan::Log& log = c.plan.logs[0];
  EXPECT_EQ(c.plan.locations[log.leader_location.index()].name, "b");
  ASSERT_EQ(log.followers.size(), 1U);
  EXPECT_EQ(c.plan.locations[log.followers[0].index()].name, "a/1");
  EXPECT_EQ(log.mode, plan::CommitMode::kSemiSync);
  EXPECT_EQ(log.record_bytes, 512U);
  EXPECT_TRUE(c.plan.links[0].shared);
}

/// The log of a database in b whose log goes to a, with `more` about its replication.
twinvoice::testing::Compiled replicated(const std::string& more) {
  return compile_text(two_sites(R"("front": {"model": "database", "replicas": {"b": 1, "a/1": 1, "a/2": 1},
      "demand": "4 ms", "primary": "b", "replication": {"to": "a", )" +
                                more + "}}"),
                      load());
}

TEST(Database, semi_sync_falls_back_to_async_after_ten_seconds_unless_said_otherwise) {
  const auto log = [](const std::string& more) {
    const auto c = replicated(more);
    EXPECT_THAT(c.problems, IsEmpty());
    return c.plan.logs.at(0);
  };
  EXPECT_EQ(log(R"("mode": "semi_sync")").fallback_ns, 10 * kNanosPerSecond);
  EXPECT_FALSE(log(R"("mode": "semi_sync")").waits_applied);
  EXPECT_EQ(log(R"("mode": "semi_sync", "timeout": "2 s", "fallback": "async")").fallback_ns,
            2 * kNanosPerSecond);
  EXPECT_EQ(log(R"("mode": "semi_sync", "fallback": "none")").fallback_ns, kNever);
  EXPECT_EQ(log(R"("mode": "sync")").fallback_ns, kNever);
  EXPECT_TRUE(log(R"("mode": "sync", "wait_for": "applied", "apply": "20 ms")").waits_applied);
  EXPECT_EQ(log(R"("mode": "async", "apply": "20 ms")").apply_ns, 20'000'000);
}

TEST(Database, what_a_mode_does_not_know_is_refused) {
  EXPECT_TRUE(replicated(R"("mode": "async", "wait_for": "received")").mentions("waits for nobody"));
  EXPECT_TRUE(replicated(R"("mode": "sync", "fallback": "async")").mentions("only semi_sync"));
  EXPECT_TRUE(replicated(R"("mode": "sync", "timeout": "1 s")").mentions("semi_sync"));
  EXPECT_TRUE(
      replicated(R"("mode": "semi_sync", "fallback": "none", "timeout": "1 s")").mentions("fall back"));
}

TEST(Database, a_log_goes_to_a_place_once) {
  const auto c = compile_text(two_sites(R"("front": {"model": "database", "replicas": {"b": 1, "a": 1},
      "demand": "4 ms", "primary": "b", "replication": {"to": ["a", "a/1"]}})"),
                              load());
  EXPECT_TRUE(c.mentions("goes to \"a/1\" already"));
}

TEST(Database, replication_implies_a_stream_unless_one_is_declared) {
  if (twinvoice::testing::catalog().procedure("replication_stream") == nullptr) {
    const auto c = compile_text(two_sites(kReplicated), load());
    ASSERT_EQ(c.plan.procedures.size(), 1U);
    EXPECT_EQ(c.plan.procedures[0].name, "db.replication_stream");
    EXPECT_EQ(c.plan.procedures[0].subject, "db");
    return;
  }
  const auto c = compile_text(two_sites(kReplicated), load());
  ASSERT_EQ(c.plan.procedures.size(), 1U);
  EXPECT_TRUE(c.plan.procedures[0].implied);
  EXPECT_EQ(c.plan.locations[c.plan.procedures[0].at.index()].name, "b");
}

TEST(Database, replication_goes_to_sites_where_a_replica_stands) {
  const auto c =
      compile_text(two_sites(R"("front": {"model": "database", "replicas": {"a": 2}, "demand": "4 ms",
      "replication": {"to": ["b"]}})"),
                   load());
  EXPECT_TRUE(c.mentions("no replica of \"front\" stands at \"b\""));
}

TEST(Initial, tokens_jobs_and_positions_are_per_replica_and_shard) {
  const auto c =
      compile_text(two_sites(kReplicated), load(R"(, "initial": {"db": {"pool_held": 50, "queue_length": 3,
      "log_positions": {"b": 101, "a": 40}}})"));
  ASSERT_THAT(c.problems, IsEmpty());
  ASSERT_EQ(c.plan.initial.tokens.size(), 3U);
  EXPECT_EQ(c.plan.initial.tokens[2].held, 50U);
  ASSERT_EQ(c.plan.initial.jobs.size(), 3U);
  EXPECT_EQ(c.plan.initial.jobs[0].jobs, 3U);
  ASSERT_EQ(c.plan.initial.positions.size(), 4U);
  std::int64_t at_b = 0;
  for (const auto& p : c.plan.initial.positions)
    at_b += c.plan.locations[p.location.index()].name == "b" ? p.position : 0;
  EXPECT_EQ(at_b, 101);
}

TEST(Initial, impossible_states_are_refused) {
  EXPECT_TRUE(compile_text(two_sites(kReplicated), load(R"(, "initial": {"db": {"pool_held": 201}})"))
                  .mentions("201 tokens cannot be held of 200"));
  EXPECT_TRUE(compile_text(two_sites(kReplicated),
                           load(R"(, "initial": {"db": {"log_positions": {"b": 1, "a": 40}}})"))
                  .mentions("further than the leader"));
  EXPECT_TRUE(compile_text(two_sites(kReplicated), load(R"(, "initial": {"front": {"warmth": "50 %"}})"))
                  .mentions("nothing that warms up"));
}

TEST(Catalog, finds_each_model_by_kind_and_name) {
  const Catalog& all = twinvoice::testing::catalog();
  for (const auto kind : {spec::ModelKind::kPart, spec::ModelKind::kLink, spec::ModelKind::kFault,
                          spec::ModelKind::kProcedure}) {
    for (const std::string_view name : all.names(kind)) {
      const spec::ModelInfo* info = all.find(kind, name);
      ASSERT_NE(info, nullptr) << name;
      EXPECT_EQ(info->name, name);
      EXPECT_FALSE(info->summary.empty()) << name;
      EXPECT_NE(info->make(), nullptr) << name;
    }
  }
  EXPECT_EQ(all.find(spec::ModelKind::kPart, "region_down"), nullptr);
  EXPECT_EQ(all.names(spec::ModelKind::kFault).size(), 12U);
}

}  // namespace
}  // namespace twinvoice::models
