// The zygote alone: how orders and reports pass.
#include "sim/campaign/zygote.hpp"

#include <gtest/gtest.h>

namespace twinvoice::campaign {
namespace {

TEST(Zygote, orders_never_wait_for_a_zygote_that_waits_to_report) {
  constexpr std::size_t kJobs = 100'000;  // their orders and reports fill both pipes many times over
  const Prepare refuse = [](std::size_t) -> Program { throw std::runtime_error("no such cell"); };
  Zygote zygote(refuse, {1, {}});
  for (std::size_t i = 0; i < kJobs; ++i) zygote.run({0, i});
  std::size_t dropped = 0;
  while (dropped < kJobs && zygote.alive()) {
    for (const Report& report : zygote.wait(1000)) {
      if (report.kind != Report::Kind::kDropped) continue;
      EXPECT_EQ(report.job.replication, dropped);
      ++dropped;
    }
  }
  EXPECT_EQ(dropped, kJobs);
}

}  // namespace
}  // namespace twinvoice::campaign
