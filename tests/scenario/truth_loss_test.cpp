// What is lost when a leader of a log goes: small worlds in which the records are few enough to count.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/scenario/scenes.hpp"

namespace twinvoice {
namespace {

using testing::Figures;

class Losses : public testing::SceneTest {
 protected:
  Losses() : SceneTest("truth") {}
};

// The first invoice comes at 59.9 s: 10 ms of line and 1 ms of work, so it is committed at 59.911 s and its
// client told at 59.921 s. The leader is down from 60 s on and no batch has left: 60 - 59.911 = 0.089 s, one
// invoice. Its region never comes back: not stranded.
TEST_F(Losses, what_is_lost_is_as_old_as_its_oldest_acknowledged_commit) {
  const Figures f = play("21-leader-dies-before-the-batch");
  for (const std::size_t replication : {0U, 1U}) {
    const auto rpo = f.of_fault("r1-dead", "rpo_s", replication);
    EXPECT_NEAR(rpo.value.value(), 0.089, 1e-6);
    EXPECT_NEAR(rpo.low, 0.089, 1e-6);
    EXPECT_NEAR(rpo.high, 0.089, 1e-6);
  }
  EXPECT_EQ(f.invoices("issue", "acknowledged_lost"), 1);
  EXPECT_EQ(f.invoices("issue", "stranded"), 0);
  EXPECT_EQ(f.invoices("issue", "out_of_reach"), 0);
  EXPECT_EQ(f.verdict(0), "missed") << "88 ms are promised, two of two are beyond";
  EXPECT_EQ(f.verdict(1), "missed");
}

// The same, and the old leader is up from 200 s on with the invoice in a branch that nobody merges: lost, and
// a person could bring it back.
TEST_F(Losses, an_unmerged_branch_that_is_up_is_lost_and_stranded) {
  const Figures f = play("22-old-leader-back-unmerged");
  EXPECT_EQ(f.invoices("issue", "acknowledged_lost"), 1);
  EXPECT_EQ(f.invoices("issue", "stranded"), 1);
  EXPECT_EQ(f.invoices("issue", "reconciled"), 0);
  EXPECT_NEAR(f.of_fault("r1-dead", "rpo_s").value.value(), 0.089, 1e-6);
}

// 0.05, 0.15 ... 59.95: 600 invoices are acknowledged before 60 s, the first of them committed at 0.061 s.
// Their only place is down at the end, 180 s: perhaps none is lost, perhaps all; age 0 to 179.939 s.
TEST_F(Losses, a_copy_that_is_down_at_the_end_is_out_of_reach) {
  const Figures f = play_both("23-only-copy-down");
  EXPECT_EQ(f.invoices("issue", "out_of_reach"), 600);
  const auto rpo = f.of_fault("r1-dead", "rpo_s");
  EXPECT_NEAR(rpo.low, 0.0, 1e-9);
  EXPECT_NEAR(rpo.high, 179.939, 1e-6);
  EXPECT_EQ(f.verdict(0), "undecided");
  EXPECT_EQ(f.verdict(1), "undecided");
}

// The same with `"data": "destroyed"`: all 600 are lost.
TEST_F(Losses, a_destroyed_copy_is_lost) {
  const std::string topology = "two-sites-one-copy.topology.json";
  std::string text = read(file("23-only-copy-down"));
  const std::string from = R"("target": "r1", )";
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, from.size(), from + R"("data": "destroyed", )");
  write(path("destroyed.json"), text);
  std::filesystem::copy_file(file("two-sites-one-copy.topology"), path(topology));
  const auto out = run({"run", path("destroyed.json"), "--quiet", "--format", "json"});
  ASSERT_EQ(out.code, 3) << out.err;
  const Figures f(out.json());
  EXPECT_EQ(f.invoices("issue", "acknowledged_lost"), 600);
  EXPECT_EQ(f.invoices("issue", "out_of_reach"), 0);
  EXPECT_EQ(f.verdict(1), "missed");
}

// A commit waits for the receipt of the second site, 20 + 20 ms, so an answer takes 10 + 1 + 40 + 10 = 61 ms.
// Cut off from 100 s to 160 s. Ten seconds (the timeout) after the first commit that waits, at about 100.06
// s, all that wait are released and nobody waits any more: 21 ms. Caught up after 160 s: 61 ms.
TEST_F(Losses, semi_sync_releases_all_at_its_timeout_and_comes_back_when_caught_up) {
  const std::string world = "25-semi-sync-without-follower";
  EXPECT_EQ(play(world).availability("issue", "request").value, 1.0);
  int waited = 0;
  for (const auto& line : table(world, "requests")) {
    const double arrived = testing::number_in(line, "arrived_s");
    const double decided = testing::number_in(line, "decided_s");
    const double took = decided - arrived;
    if (arrived < 99.5) {
      EXPECT_NEAR(took, 0.061, 0.012) << arrived;
    }
    if (arrived > 100.0 && arrived < 109.5) {
      ++waited;
      EXPECT_NEAR(decided, 110.0, 0.3) << arrived;
    }
    if (arrived > 111.0 && arrived < 159.5) {
      EXPECT_NEAR(took, 0.021, 0.001) << arrived;
    }
    if (arrived > 170.0) {
      EXPECT_NEAR(took, 0.061, 0.012) << arrived;
    }
  }
  EXPECT_EQ(waited, 95);
}

}  // namespace
}  // namespace twinvoice
