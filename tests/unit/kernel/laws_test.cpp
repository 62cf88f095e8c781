// Stationary queues against their closed forms. All means are judged over 25 replications by expect_mean: a right kernel with
// fresh seeds fails a line with probability 4e-5.
#include <gtest/gtest.h>

#include "tests/unit/kernel/kernel_run.hpp"

namespace twinvoice::testing {
namespace {

using plan::Discipline;

constexpr Nanos kFrom = 20 * kSecond;

/// A Poisson stream into one station of `db`.
template <class Prepare>
auto single_queue(double rate_per_s, std::uint32_t servers, random::Law law, const Prepare& prepare) {
  return [=](PlanBuilder& b) {
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    plan::Station proto;
    proto.servers = servers;
    prepare(proto);
    const auto work = b.program("work", db).hop_in().serve(b.station(db, proto), b.law(law)).reply();
    const auto op = b.operation("issue", b.program("issue").call(b.call("issue>db", db, work)).end(), here);
    b.poisson(op, rate_per_s);
    b.plan.warm_up_ns = kFrom;
  };
}
constexpr auto kPlain = [](plan::Station&) {};

double wait_s(KernelRun& run) {
  const measure::StationRecord station = run.station(plan::StationId(0));
  return static_cast<double>(station.wait_ns) * 1e-9 / static_cast<double>(station.started);
}

// M/M/1, lambda 60, mu 100: sojourn exponential of mean 1/(100 - 60) = 25 ms, so P(> 25 ms) = 1/e.
TEST(QueueingLaws, the_sojourn_in_m_m_1_is_exponential) {
  const auto build = single_queue(60.0, 1, random::Law::exponential(0.01), kPlain);
  const auto mean = [](KernelRun& run) { return mean_latency_s(run, kFrom); };
  expect_mean(replicate(220 * kSecond, build, mean), 0.025, 0.02);
  const auto tail = [](KernelRun& run) {
    double above = 0.0, all = 0.0;
    for (const auto& r : run.log()) {
      if (r.arrived_ns < kFrom) continue;
      all += 1.0;
      above += r.decided_ns - r.arrived_ns > 25 * kMs ? 1.0 : 0.0;
    }
    return above / all;
  };
  expect_mean(replicate(220 * kSecond, build, tail), std::exp(-1.0), 0.02);
}

// M/M/3, lambda 240, mu 100 each, a = 2.4. Erlang B by recursion, C = B / (1 - rho (1 - B)), Wq = C / (c mu - lambda).
TEST(QueueingLaws, the_wait_in_m_m_3_is_erlang_c) {
  double blocking = 1.0;
  for (int c = 1; c <= 3; ++c) blocking = 2.4 * blocking / (c + 2.4 * blocking);
  const double waits = blocking / (1.0 - 0.8 * (1.0 - blocking));
  const auto build = single_queue(240.0, 3, random::Law::exponential(0.01), kPlain);
  expect_mean(replicate(120 * kSecond, build, wait_s), waits / 60.0, 0.03);
}

// M/M/1/4 (three places), a = 1.5: P(full) = (1 - a) a^4 / (1 - a^5) = 0.3839.
TEST(QueueingLaws, the_rejected_share_in_m_m_1_k_is_the_probability_of_a_full_house) {
  const auto build =
      single_queue(150.0, 1, random::Law::exponential(0.01), [](plan::Station& s) { s.queue_places = 3; });
  const auto rejected = [](KernelRun& run) {
    const measure::StationRecord s = run.station(plan::StationId(0));
    return static_cast<double>(s.rejected) / static_cast<double>(s.arrivals);
  };
  const double a4 = 1.5 * 1.5 * 1.5 * 1.5;
  expect_mean(replicate(100 * kSecond, build, rejected), -0.5 * a4 / (1.0 - 1.5 * a4), 0.01);
}

// M/G/1, lambda 70, demand uniform on (0, 20) ms: Wq = lambda E[S^2] / (2 (1 - rho)), E[S^2] = 0.02^2 / 3: 15.56 ms.
TEST(QueueingLaws, the_wait_in_m_g_1_is_pollaczek_and_khinchine) {
  const auto build = single_queue(70.0, 1, random::Law::uniform(0.0, 0.02), kPlain);
  expect_mean(replicate(220 * kSecond, build, wait_s), 70.0 * 0.0004 / 3.0 / 0.6, 0.03);
}

// Two classes of exponential demand, 10 ms; lambda 20 (urgent) and 40. W0 = 60 x 2e-4 / 2 = 6 ms. Cobham:
//   not preemptive: waits W0 / (1 - 0.2) = 7.5 ms and W0 / (0.8 x 0.4) = 18.75 ms
//   preemptive:     sojourns 1 / (100 - 20) = 12.5 ms and 10 / 0.8 + 6 / (0.8 x 0.4) = 31.25 ms
TEST(QueueingLaws, two_priority_classes_follow_cobham) {
  for (const auto discipline : {Discipline::kPriority, Discipline::kPriorityPreemptive}) {
    const auto build = [&](PlanBuilder& b) {
      const auto here = b.location("a");
      const auto db = b.component("db", here);
      const auto station = b.station(db, 1, plan::kUnlimited, discipline);
      const auto work = b.program("work", db).hop_in().serve(station, b.exponential(0.01)).reply();
      const auto site = b.call("issue>db", db, work);
      b.poisson(b.operation("urgent", b.program("urgent").call(site).end(), here, 1), 20.0);
      b.poisson(b.operation("patient", b.program("patient").call(site).end(), here, 2), 40.0);
    };
    const bool preemptive = discipline == Discipline::kPriorityPreemptive;
    for (const std::uint32_t source : {0U, 1U}) {
      const double expected = source == 0 ? (preemptive ? 0.0125 : 0.0175) : (preemptive ? 0.03125 : 0.02875);
      const auto mean = [source](KernelRun& run) { return mean_latency_s(run, kFrom, source); };
      expect_mean(replicate(220 * kSecond, build, mean), expected, 0.03);
    }
  }
}

// M/M/4 with exponential patience at a pool: lambda 50, mu 10, theta 5 (200 ms). Abandoned share = theta E[Q] / lambda, with
// p(n+1) = p(n) lambda / (min(n+1, 4) mu + max(n + 1 - 4, 0) theta).
TEST(QueueingLaws, impatience_at_a_pool_is_erlang_a) {
  double p = 1.0, sum = 1.0, queue = 0.0;
  for (int n = 1; n < 200; ++n) {
    p *= 50.0 / (std::min(n, 4) * 10.0 + std::max(n - 4, 0) * 5.0);
    sum += p;
    queue += p * std::max(n - 4, 0);
  }
  const auto build = [](PlanBuilder& b) {
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    const auto threads = b.pool(db, 4, plan::kUnlimited, b.exponential(0.2));
    const auto work =
        b.program("work", db).hop_in().acquire(threads).delay(b.exponential(0.1)).release(threads).reply();
    b.poisson(b.operation("issue", b.program("issue").call(b.call("issue>db", db, work)).end(), here), 50.0);
    b.plan.warm_up_ns = kFrom;
  };
  const auto abandoned = [](KernelRun& run) {
    double failed = 0.0, all = 0.0;
    for (const auto& r : run.log()) {
      if (r.arrived_ns < kFrom) continue;
      all += 1.0;
      failed += r.succeeded ? 0.0 : 1.0;
    }
    return failed / all;
  };
  expect_mean(replicate(220 * kSecond, build, abandoned), 5.0 * queue / sum / 50.0, 0.02);
}

// Batches of 3, 20 a second, exponential demand of 10 ms: rho = 0.6, sojourn (1 + 3) / 2 x 10 ms / 0.4 = 50 ms.
TEST(QueueingLaws, batch_arrivals_wait_for_their_fellows) {
  const auto build = [](PlanBuilder& b) {
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    const auto work = b.program("work", db).hop_in().serve(b.station(db, 1), b.exponential(0.01)).reply();
    const auto op = b.operation("issue", b.program("issue").call(b.call("issue>db", db, work)).end(), here);
    b.poisson(op, 20.0).batch = 3;
  };
  expect_mean(replicate(220 * kSecond, build, [](KernelRun& run) { return mean_latency_s(run, kFrom); }),
              0.05, 0.03);
}

// Six users thinking 50 ms, then exponential visits of 10 and 15 ms to two stations: exact mean value analysis.
TEST(QueueingLaws, a_closed_loop_follows_mean_value_analysis) {
  const double demand[2] = {0.01, 0.015};
  double present[2] = {0.0, 0.0};
  double throughput = 0.0;
  for (int n = 1; n <= 6; ++n) {
    const double time[2] = {demand[0] * (1.0 + present[0]), demand[1] * (1.0 + present[1])};
    throughput = n / (0.05 + time[0] + time[1]);
    for (int k = 0; k < 2; ++k) present[k] = throughput * time[k];
  }
  const auto build = [&](PlanBuilder& b) {
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    const auto work = b.program("work", db)
                          .hop_in()
                          .serve(b.station(db, 1), b.exponential(demand[0]))
                          .serve(b.station(db, 1), b.exponential(demand[1]), "second")
                          .reply();
    b.closed(b.operation("issue", b.program("issue").call(b.call("issue>db", db, work)).end(), here), 6,
             b.exponential(0.05));
  };
  const auto rate = [](KernelRun& run) {
    double count = 0.0;
    for (const auto& r : run.log())
      count += r.decided_ns >= kFrom && r.decided_ns < 220 * kSecond ? 1.0 : 0.0;
    return count / 200.0;
  };
  expect_mean(replicate(220 * kSecond, build, rate), throughput, 0.01);
}

// M/M/1/1 whose refused calls come back after an exponential 20 ms, for ever: lambda 40, mu 100, nu 50, rho 0.4. In orbit
// rho (lambda + rho nu) / ((1 - rho) nu) = 0.8 (Falin and Templeton), so the sojourn is 0.8 / 40 + 10 ms = 30 ms.
TEST(QueueingLaws, a_retrial_queue_keeps_its_orbit) {
  const auto build = [](PlanBuilder& b) {
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    const auto work = b.program("work", db).hop_in().serve(b.station(db, 1, 0), b.exponential(0.01)).reply();
    plan::CallSite policy;
    policy.retries.attempts = 60'000;
    policy.retries.backoff = b.exponential(0.02);
    policy.retries.multiplier = 1.0;
    policy.retries.on = plan::kOnRejected;
    const auto site = b.call("issue>db", db, work, {}, policy);
    b.poisson(b.operation("issue", b.program("issue").call(site).end(), here), 40.0);
  };
  expect_mean(replicate(220 * kSecond, build, [](KernelRun& run) { return mean_latency_s(run, kFrom); }),
              0.03, 0.02);
}

// After its service 40 % go to the end of the queue again: an M/M/1 of rate mu (1 - p) = 60 for lambda 30: 1/30 s.
TEST(QueueingLaws, bernoulli_feedback_is_a_slower_server) {
  const auto build = [](PlanBuilder& b) {
    const auto here = b.location("a");
    const auto db = b.component("db", here);
    plan::Gate again;
    again.probability = 0.4;
    again.reason = plan::Reason::kError;
    const auto gate = b.gate(db, again);
    const auto work =
        b.program("work", db).hop_in().serve(b.station(db, 1), b.exponential(0.01)).gate(gate).reply();
    plan::CallSite policy;
    policy.retries.attempts = 1'000;
    policy.retries.on = plan::kOnError;
    const auto site = b.call("issue>db", db, work, {}, policy);
    b.poisson(b.operation("issue", b.program("issue").call(site).end(), here), 30.0);
  };
  expect_mean(replicate(320 * kSecond, build, [](KernelRun& run) { return mean_latency_s(run, kFrom); }),
              1.0 / 30.0, 0.03);
}

}  // namespace
}  // namespace twinvoice::testing
