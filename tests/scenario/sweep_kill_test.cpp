// Campaigns under kill -9: of workers, of the zygote, of the coordinator, at random moments.
//
// After every kill of the coordinator the store is opened and looked at: what was acknowledged before is there, once. A campaign
// that comes to its end is compared with one that nobody disturbed, and another begins, until there were enough kills. The moments
// depend on the machine; seed and kills are printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "tests/scenario/campaign.hpp"

namespace twinvoice {
namespace {

using std::chrono::milliseconds;

enum class Victim { kWorker, kZygote, kCoordinator };

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::ifstream in(fmt::format("/proc/{}/task/{}/children", parent, parent));
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

class Kills : public testing::CampaignTest {
 protected:
  /// False when that process is not there at the moment.
  bool kill_one(pid_t coordinator, Victim victim) {
    pid_t pid = coordinator;
    if (victim != Victim::kCoordinator) {
      const auto zygotes = children_of(coordinator);
      if (zygotes.empty()) return false;
      pid = zygotes.front();
    }
    if (victim == Victim::kWorker) {
      const auto workers = children_of(pid);
      if (workers.empty()) return false;
      pid = workers[random_() % workers.size()];
    }
    return ::kill(pid, SIGKILL) == 0;
  }

  void disturb(int kills) {
    const std::uint64_t seed = 20'240'817;
    random_.seed(seed);
    const std::string file = sweep(grid(6), "5");
    constexpr std::size_t kAll = 60;
    ASSERT_EQ(run_sweep(file, path("calm.sqlite")).code, 0);
    const std::string wanted = tables(path("calm.sqlite"));
    int done = 0;
    int by_victim[3] = {0, 0, 0};
    int rounds = 0;
    for (; done < kills || rounds == 0; ++rounds) {
      const std::string store = path(fmt::format("round{}.sqlite", rounds));
      Acknowledged before;
      for (bool ended = false; !ended;) {
        const pid_t pid =
            start({"sweep", "run", file, "--store", store, "--quiet", "--format", "json", "--workers", "2"});
        bool dead = false;
        while (!dead && done < kills) {
          std::this_thread::sleep_for(milliseconds(5 + random_() % 150));
          const auto victim = static_cast<Victim>(random_() % 3);
          int status = 0;
          while (!dead && !kill_one(pid, victim)) {
            std::this_thread::sleep_for(milliseconds(1));
            dead = ended = waitpid(pid, &status, WNOHANG) != 0;
          }
          if (ended) {
            EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << read(path("err"));
            break;
          }
          ++done;
          ++by_victim[static_cast<int>(victim)];
          if (victim == Victim::kCoordinator) {
            waitpid(pid, &status, 0);
            dead = true;
            // It may have ended by itself just before.
            ended = WIFEXITED(status);
          }
        }
        if (!dead) {
          EXPECT_EQ(finish(pid).code, 0) << read(path("err"));
          ended = true;
        }
        // A coordinator that dies early may leave no store, or the beginnings of one.
        const Acknowledged now = acknowledged_so_far(store) > 0 ? acknowledged(store) : Acknowledged{};
        EXPECT_TRUE(std::includes(now.begin(), now.end(), before.begin(), before.end()))
            << "an acknowledged replication is gone";
        if (ended) {
          EXPECT_EQ(now.size(), kAll);
          const auto summary = nlohmann::json::parse(read(path("out")));
          EXPECT_EQ(summary.at("cells").at("failed"), 0);
          EXPECT_EQ(summary.at("replications").at("run").get<std::size_t>(), kAll - before.size())
              << "acknowledged replications are not run again";
          EXPECT_TRUE(tables(store) == wanted) << "other results";
        }
        before = now;
      }
    }
    fmt::print("seed {}: {} kills of workers, {} of zygotes, {} of coordinators in {} campaigns\n", seed,
               by_victim[0], by_victim[1], by_victim[2], rounds);
  }

  std::mt19937_64 random_;
};
class FullKills : public Kills {};

TEST_F(Kills, twenty_at_random_moments_lose_and_double_nothing) { disturb(20); }
TEST_F(FullKills, two_hundred_at_random_moments_lose_and_double_nothing) { disturb(200); }

}  // namespace
}  // namespace twinvoice
