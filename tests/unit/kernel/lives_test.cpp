// Failures and repairs that happen by themselves: fixed laws by hand, exponential ones against the machine repair model.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Life;
using plan::Reason;

/// A db with one server that fails 15 ms after each repair and takes 20 ms to repair: down 15..35, 50..70, 85..105 ms ...
struct Mortal : Shop {
  plan::StationId station = b.station(db, 1);
  Life& life(Life::InService in_service) {
    Life l;
    l.fails = b.constant(15 * kMs);
    l.repairs = b.constant(20 * kMs);
    l.in_service = in_service;
    l.name_key = random::hash_name("db#0");
    b.plan.lives.push_back(l);
    return b.plan.lives.back();
  }
};

// Job of 10 ms from 10: 5 done at 15. Resume: 5 left at 35: 40. Restart: 10 from 35: 45. Lose: reset at 15.
TEST(Lives, work_in_service_is_resumed_restarted_or_lost) {
  const Nanos expected[] = {40 * kMs, 45 * kMs, 15 * kMs};
  for (const auto how : {Life::InService::kResume, Life::InService::kRestart, Life::InService::kLose}) {
    Mortal m;
    m.b.trace(m.visits("issue", m.station, m.b.constant(10 * kMs)), {10 * kMs});
    m.life(how);
    KernelRun run(m.b, 48 * kMs);
    EXPECT_EQ(run.at(0).decided_ns, expected[static_cast<int>(how)]);
    EXPECT_EQ(run.at(0).succeeded, how != Life::InService::kLose);
    if (how == Life::InService::kLose) {
      EXPECT_EQ(run.cause(0).reason(), Reason::kReset);
    }
  }
}

// While it is down, a request waits (resume) or is refused (lose).
TEST(Lives, a_request_to_a_failed_instance_waits_or_is_refused) {
  for (const auto how : {Life::InService::kResume, Life::InService::kLose}) {
    Mortal m;
    m.b.trace(m.visits("issue", m.station, m.b.constant(10 * kMs)), {20 * kMs});
    m.life(how);
    KernelRun run(m.b, 48 * kMs);
    EXPECT_EQ(run.at(0).decided_ns, how == Life::InService::kResume ? 45 * kMs : 20 * kMs);
  }
}

// Restart acts on jobs that share their server as well: two of 10 ms from 10, 2.5 done each at 15; anew from 35: both at 55 unless
// the next failure at 50 comes first: 15 ms at 1/2 are 7.5 done, again lost: with 20 ms needed between failures 15 apart they never
// end.
TEST(Lives, a_restart_longer_than_the_time_between_failures_never_ends) {
  Mortal m;
  const auto shared = m.b.station(m.db, 1, plan::kUnlimited, plan::Discipline::kProcessorSharing);
  m.b.trace(m.visits("issue", shared, m.b.constant(10 * kMs)), {10 * kMs, 10 * kMs});
  m.life(Life::InService::kRestart);
  KernelRun run(m.b, kSecond);
  EXPECT_EQ(run.counts().succeeded, 0U);
  EXPECT_EQ(run.sense(plan::SensorKind::kInFlight, 0), 2.0);
}

// Three machines with one crew: failures at 10, 11, 12; repairs of 5 ms one after the other: back at 15, 20, 25.
TEST(Lives, a_crew_repairs_in_the_order_of_failures) {
  Shop shop;
  const auto fleet = shop.b.component("fleet", shop.here, 3);
  shop.b.plan.crews.push_back({"crew", 1});
  for (std::uint32_t i = 0; i < 3; ++i) {
    Life l;
    l.target = shop.b.plan.components[fleet.index()].first_instance + i;
    l.fails = shop.b.constant((10 + static_cast<Nanos>(i)) * kMs);
    l.repairs = shop.b.constant(5 * kMs);
    l.crew = 0;
    l.name_key = i;
    shop.b.plan.lives.push_back(l);
  }
  KernelRun run(shop.b, 23 * kMs);
  const auto up = [&](std::uint32_t i) {
    return run.sense(plan::SensorKind::kInstanceUp, shop.b.plan.components[fleet.index()].first_instance + i,
                     shop.here);
  };
  run.until(14 * kMs);
  EXPECT_EQ(up(0) + up(1) + up(2), 0.0);
  run.until(16 * kMs);
  EXPECT_EQ(up(0), 1.0);
  EXPECT_EQ(up(1), 0.0);
  run.until(21 * kMs);
  EXPECT_EQ(up(1), 1.0);
  EXPECT_EQ(up(2), 0.0);
}

// A link that fails: messages are held until it is repaired (35), then cross it: 35 + 3.
TEST(Lives, a_failed_link_holds_messages) {
  PlanBuilder b;
  const auto home = b.location("home"), away = b.location("away");
  const auto link = b.link(home, away, 3 * kMs);
  const auto db = b.component("db", away);
  const auto site = b.call("issue>db", db, b.program("w", db).hop_in().reply());
  b.trace(b.operation("issue", b.program("issue").call(site).end(), home), {20 * kMs});
  Life l;
  l.is_link = true;
  l.target = link.value;
  l.fails = b.constant(15 * kMs);
  l.repairs = b.constant(20 * kMs);
  b.plan.lives.push_back(l);
  KernelRun run(b, 49 * kMs);
  EXPECT_EQ(run.at(0).decided_ns, 41 * kMs);
}

// Machine repair: five machines, two crews, failures of mean 1 s, repairs of mean 0.4 s: down is a birth and death process with
// rates (5 - n) and min(n, 2) / 0.4. Shares of time with n down, and the mean, over 25 replications of 400 s.
TEST(Lives, machines_with_few_crews_follow_birth_and_death) {
  double weight[6] = {1.0}, sum = 1.0, mean = 0.0;
  for (int n = 1; n <= 5; ++n) {
    weight[n] = weight[n - 1] * (6.0 - n) / (std::min(n, 2) / 0.4);
    sum += weight[n];
  }
  for (int n = 1; n <= 5; ++n) mean += n * weight[n] / sum;
  const auto build = [](PlanBuilder& b) {
    const auto fleet = b.component("fleet", b.location("a"), 5);
    b.plan.crews.push_back({"crew", 2});
    for (std::uint32_t i = 0; i < 5; ++i) {
      Life l;
      l.target = b.plan.components[fleet.index()].first_instance + i;
      l.fails = b.exponential(1.0);
      l.repairs = b.exponential(0.4);
      l.crew = 0;
      l.name_key = random::hash_name("fleet#" + std::to_string(i));
      b.plan.lives.push_back(l);
    }
    b.plan.warm_up_ns = 10 * kSecond;
  };
  for (int n = 0; n <= 6; ++n) {
    const auto figure = [n](KernelRun& run) {
      const auto down = run.engine().record().down_ns.at(0);
      double total = 0.0, moment = 0.0;
      for (std::size_t k = 0; k < down.size(); ++k) {
        total += to_seconds(down[k]);
        moment += static_cast<double>(k) * to_seconds(down[k]);
      }
      return n <= 5 ? to_seconds(down.at(static_cast<std::size_t>(n))) / total : moment / total;
    };
    expect_mean(replicate(410 * kSecond, build, figure), n <= 5 ? weight[n] / sum : mean, 0.1);
  }
}

// Availability of one machine without a crew limit: mean up 2 s, mean down 0.5 s: 0.8 of requests find it up (Poisson arrivals see
// time averages), with repairs of any law: uniform in (0, 1) s.
TEST(Lives, the_refused_share_is_the_unavailability) {
  const auto build = [](PlanBuilder& b) {
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    const auto site = b.call("issue>db", db, b.program("w", db).hop_in().reply());
    b.poisson(b.operation("issue", b.program("issue").call(site).end(), here), 20.0);
    Life l;
    l.fails = b.exponential(2.0);
    l.repairs = b.law(random::Law::uniform(0.0, 1.0));
    l.in_service = Life::InService::kLose;
    l.name_key = random::hash_name("db#0");
    b.plan.lives.push_back(l);
  };
  const auto refused = [](KernelRun& run) {
    return static_cast<double>(run.counts().failed) / static_cast<double>(run.counts().arrived);
  };
  expect_mean(replicate(500 * kSecond, build, refused), 0.2, 0.03);
}

}  // namespace
}  // namespace twinvoice::testing
