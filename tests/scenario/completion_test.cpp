// Jobs that requests hand over: their books, and availability on completion.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/figures.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;

class Completion : public testing::ProgramTest {
 protected:
  /// Uploads at 10/s, each of which hands a job of 1 s over to 26 workers, which stop for an hour from 10 min on.
  void world(const std::string& fault, const std::string& horizon,
             const std::string& load = R"("poisson": "10 tps")", const std::string& on = "completion") const {
    write(path("t.json"), R"({"twinvoice": "topology/1", "name": "uploads", "sites": {"dc": {"region": "dc"}},
      "components": {"web": {"model": "service", "replicas": {"dc": 2}, "demand": "5 ms", "emits": [{"to": "processing"}]},
                     "processing": {"model": "service", "replicas": {"dc": 1}, "demand": "1 s", "cores": 26}},
      "operations": {"upload": {"entry": "web", "from": "dc", "objective": {"on": ")" +
                              on + R"(", "availability": "99 %"}}}})");
    write(path("e.json"),
          R"({"twinvoice": "experiment/1", "name": "e", "topology": "t.json", "load": {"upload": {)" + load +
              R"(}}, "horizon": ")" + horizon + R"(", "replications": 2, "seed": 1, "faults": [{"fault": ")" +
              fault + R"(", "id": "off", "target": "processing", "at": "10 min", "duration": "60 min"}]})");
  }
  [[nodiscard]] testing::Printed play(const std::string& engine = "kernel") const {
    return run({"run", path("e.json"), "--format", "json", "--quiet", "--engine", engine});
  }
  [[nodiscard]] static double jobs(const testing::Figures& f, const char* what) {
    return f.operation("upload").at("jobs").at(what).get<double>();
  }
};

// Of 90 000 uploads a run (sigma 300) those of the hour, 36 000 (sigma 190), and some 10 under way at the kill lose their job: 60 %
// are done. Sigma of the share over two runs 0.12 %: 5 sigma.
TEST_F(Completion, jobs_of_a_dead_worker_are_dead_and_the_objective_is_missed) {
  world("instance_kill", "150 min");
  const testing::Printed out = play();
  EXPECT_EQ(out.code, 3) << out.err;
  const testing::Figures f(out.json());
  EXPECT_NEAR(jobs(f, "dead"), 36'010.0, 5 * 190.0);
  EXPECT_NEAR(jobs(f, "emitted"), jobs(f, "completed") + jobs(f, "dead") + jobs(f, "open"), 1e-6);
  EXPECT_NEAR(f.availability("upload", "completion").value.value(), 0.6, 0.006);
  EXPECT_EQ(f.availability("upload", "request").value.value(), 1.0);
  EXPECT_EQ(f.verdict(0), "missed");
  EXPECT_EQ(f.expectation(0).at("text"), "availability >= 99.00 % of upload on completion");
  const std::string text = run({"run", path("e.json"), "--quiet"}).out;
  EXPECT_THAT(text, HasSubstr("availability by request"));
  EXPECT_THAT(text, HasSubstr("on completion"));
  EXPECT_THAT(text, HasSubstr("emitted ="));
}

TEST_F(Completion, on_acceptance_the_same_run_keeps_it) {
  world("instance_kill", "150 min", R"("poisson": "10 tps")", "acceptance");
  EXPECT_EQ(testing::Figures(play().json()).verdict(0), "met");
}

// Evenly spaced. While the worker stands still for an hour 36 000 wait; then 26 - 10 a second are worked off: after 30 min 7200 are
// left, after 37.5 min none. One in 100 ms more or less, and those in service.
TEST_F(Completion, a_paused_worker_leaves_a_backlog_that_drains) {
  world("instance_pause", "100 min", R"("deterministic": "100 ms")");
  const testing::Printed early = play();
  const testing::Figures f(early.json());
  EXPECT_NEAR(jobs(f, "open"), 7200.0, 30.0);
  EXPECT_EQ(jobs(f, "dead"), 0.0);
  // What is open is neither done nor lost: 60 000 less 7200 are done, and all may be.
  const auto completion = f.availability("upload", "completion");
  EXPECT_NEAR(completion.low, 0.88, 0.002);
  EXPECT_NEAR(completion.high, 1.0, 1e-9);
  EXPECT_EQ(f.verdict(0), "undecided");
  EXPECT_EQ(early.code, 4);
  world("instance_pause", "110 min", R"("deterministic": "100 ms")");
  EXPECT_NEAR(jobs(testing::Figures(play().json()), "open"), 10.0, 2.0);
}

TEST_F(Completion, both_engines_keep_the_same_books) {
  world("instance_kill", "11 min");
  EXPECT_EQ(testing::Figures(play().json()).what_happened(),
            testing::Figures(play("referee").json()).what_happened());
}

TEST_F(Completion, where_nothing_can_be_said_of_it_it_is_refused) {
  world("instance_kill", "11 min");
  const std::string topology = read(path("t.json"));
  const std::string stated = R"("on": "completion", "availability": "99 %")";
  std::string without = topology;
  without.replace(without.find(stated), stated.size(), R"("on": "completion", "p99": "1 s")");
  write(path("t.json"), without);
  const testing::Printed out = play();
  EXPECT_EQ(out.code, 2);
  EXPECT_THAT(out.err, HasSubstr("/operations/upload/objective/on: \"on\" is about \"availability\""));
}

}  // namespace
}  // namespace twinvoice
