#include "tests/oracle/design_pairs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "sim/cli/scenario.hpp"
#include "sim/kernel/engine.hpp"
#include "sim/report/figures.hpp"
#include "tests/oracle/play_whole.hpp"

namespace twinvoice::testing {

Design failing(double error_rate, const std::string& client, double horizon_s) {
  Design d;
  d.component = fmt::format(R"("demand":"1 ms","error_rate":"{:.12g}")", error_rate);
  d.client = client;
  d.horizon_s = horizon_s;
  return d;
}

Design failing_behind_front(double front_error_rate, double error_rate, double horizon_s) {
  Design d = failing(front_error_rate, "", horizon_s);
  d.component += R"(,"calls":[{"to":"back"}])";
  d.more_components = fmt::format(
      R"(,"back":{{"model":"service","replicas":{{"here":1}},"demand":"1 ms","error_rate":"{:.12g}"}})",
      error_rate);
  return d;
}

namespace {

/// The parameter at which `unavailability` is `target`, between two at which it is below and above.
double solve(const std::function<double(double)>& unavailability, double target, double below, double above) {
  for (int i = 0; i < 200; ++i) {
    const double middle = (below + above) / 2.0;
    (unavailability(middle) < target ? below : above) = middle;
  }
  return (below + above) / 2.0;
}

/// A with parameter `p`, B with the one that has 1.25 times the unavailability; it lies between `p` and `worse`.
DesignPair pair_of(const std::string& name, const std::function<double(double)>& unavailability, double p,
                   double worse, const std::function<Design(double)>& design) {
  const double u = unavailability(p);
  return {name, u, design(p), design(solve(unavailability, kFactor * u, p, worse))};
}

std::string exponential(double mean_s) { return fmt::format(R"({{"exponential":"{:.9f} s"}})", mean_s); }

/// Down for a share repairs / (fails + repairs) of the time, of each replica alike.
double down_share(double fails_s, double repairs_s) { return repairs_s / (fails_s + repairs_s); }

Design living(double fails_s, const std::string& repairs, int replicas, double horizon_s,
              double rate_per_s = 0.5) {
  Design d;
  d.component =
      fmt::format(R"("demand":"100 us","replicas":{{"here":{}}},"life":{{"fails":{},"repairs":{}}})",
                  replicas, exponential(fails_s), repairs);
  // Work waits for the repair; so do its clients, until their timeout.
  d.client = R"("timeout":"20 ms")";
  d.rate_per_s = rate_per_s;
  // All replicas are up at the start: five mean repairs of 50 s until that is forgotten, and nearly so with longer ones.
  d.warm_up_s = 250.0;
  d.horizon_s = d.warm_up_s + horizon_s;
  return d;
}

void add_lives(std::vector<DesignPair>& pairs) {
  for (const double repair_s : {20.0, 120.0}) {
    pairs.push_back(pair_of(
        fmt::format("repairs of {} s", repair_s), [](double m) { return down_share(1000.0, m); }, repair_s,
        10 * repair_s, [](double m) { return living(1000.0, exponential(m), 1, 4000.0); }));
  }
  pairs.push_back(pair_of(
      "repairs of lognormal law", [](double m) { return down_share(1000.0, m); }, 30.0, 300.0,
      [](double m) {
        return living(1000.0, fmt::format(R"({{"lognormal":{{"mean":"{:.9f} s","cv":1}}}})", m), 1, 4000.0);
      }));
  pairs.push_back(pair_of(
      "repairs of fixed length", [](double m) { return down_share(500.0, m); }, 20.0, 200.0,
      [](double m) { return living(500.0, fmt::format("\"{:.9f} s\"", m), 1, 2000.0); }));
  pairs.push_back(pair_of(
      "failures more often", [](double f) { return down_share(f, 30.0); }, 1000.0, 100.0,
      [](double f) { return living(f, exponential(30.0), 1, 4000.0); }));
  pairs.push_back(pair_of(
      "three replicas", [](double m) { return down_share(1000.0, m); }, 30.0, 300.0,
      [](double m) { return living(1000.0, exponential(m), 3, 1500.0); }));
}

void add_errors(std::vector<DesignPair>& pairs) {
  const auto itself = [](double e) { return e; };
  for (const double e : {0.005, 0.03}) {
    pairs.push_back(pair_of(fmt::format("errors of {} %", 100 * e), itself, e, 10 * e,
                            [e](double x) { return failing(x, "", 2.0 / e); }));
  }
  for (const int retries : {1, 2}) {
    const auto all_fail = [retries](double e) { return std::pow(e, retries + 1); };
    pairs.push_back(
        pair_of(fmt::format("errors, {} retries", retries), all_fail, 0.2, 0.5, [retries](double e) {
          return failing(e, fmt::format(R"("retries":{{"attempts":{},"backoff":"10 ms"}})", retries), 200.0);
        }));
  }
  pairs.push_back(pair_of(
      "errors behind a front", [](double e) { return 1.0 - 0.995 * (1.0 - e); }, 0.02, 0.2,
      [](double e) { return failing_behind_front(0.005, e, 100.0); }));
}

Design waiting(const std::string& demand, const std::string& cores, double timeout_s, double rate_per_s,
               double horizon_s) {
  Design d;
  d.component = fmt::format(R"("demand":{},"cores":{})", demand, cores);
  d.client = fmt::format(R"("timeout":"{:.9f} s")", timeout_s);
  d.rate_per_s = rate_per_s;
  d.horizon_s = horizon_s;
  return d;
}

void add_timeouts(std::vector<DesignPair>& pairs) {
  // Nobody waits: the demand alone exceeds the timeout.
  const auto alone = [](double t) { return std::exp(-t); };
  pairs.push_back(pair_of("timeout of slow answers", alone, 4.0, 1.0, [](double t) {
    return waiting(exponential(1.0), R"("unlimited")", t, 0.2, 500.0);
  }));
  pairs.push_back(pair_of(
      "slower answers", [](double m) { return std::exp(-4.0 / m); }, 1.0, 4.0,
      [](double m) { return waiting(exponential(m), R"("unlimited")", 4.0, 0.2, 500.0); }));
  // M/M/1: the time in the system is exponential with rate 1 / demand - arrivals. A timeout ends the wait, not the work.
  for (const double rho : {0.5, 0.8}) {
    const double gap = 1.0 - rho;
    const auto queued = [gap](double t) { return std::exp(-gap * t); };
    const auto design = [rho](double t) {
      Design d = waiting(exponential(1.0), "1", t, rho, rho < 0.6 ? 1000.0 : 6000.0);
      d.warm_up_s = rho < 0.6 ? 50.0 : 300.0;
      return d;
    };
    pairs.push_back(
        pair_of(fmt::format("timeout in a queue at {}", rho), queued, 4.0 / gap, 1.0 / gap, design));
  }
  pairs.push_back(pair_of(
      "slower server behind a timeout", [](double m) { return std::exp(-(1.0 / m - 0.5) * 6.0); }, 1.0, 1.9,
      [](double m) {
        Design d = waiting(exponential(m), "1", 6.0, 0.5, 1000.0);
        d.warm_up_s = 50.0;
        return d;
      }));
}

/// M/M/1/k with mean service time m and one arrival a second.
double full_buffer(double m, int k) { return (1.0 - m) * std::pow(m, k) / (1.0 - std::pow(m, k + 1)); }

/// Erlang's loss formula.
double erlang_b(double load, int servers) {
  double b = 1.0;
  for (int n = 1; n <= servers; ++n) b = load * b / (n + load * b);
  return b;
}

Design bounded(double demand_s, int cores, int queue, double horizon_s) {
  Design d;
  d.component =
      fmt::format(R"("demand":{},"cores":{},"queue":{{"max":{}}})", exponential(demand_s), cores, queue);
  d.horizon_s = horizon_s;
  d.warm_up_s = horizon_s / 10.0;
  return d;
}

void add_losses(std::vector<DesignPair>& pairs) {
  for (const int k : {5, 10}) {
    pairs.push_back(pair_of(
        fmt::format("room for {}", k), [k](double m) { return full_buffer(m, k); }, 0.7, 0.99,
        [k](double m) { return bounded(m, 1, k - 1, k == 5 ? 150.0 : 1500.0); }));
  }
  for (const int servers : {5, 15}) {
    const auto blocked = [servers](double load) { return erlang_b(load, servers); };
    pairs.push_back(
        pair_of(fmt::format("{} servers without a queue", servers), blocked, 0.5 * servers, 1.0 * servers,
                [servers](double load) { return bounded(load, servers, 0, servers == 5 ? 80.0 : 600.0); }));
  }
}

}  // namespace

std::vector<DesignPair> all_pairs() {
  std::vector<DesignPair> pairs;
  add_lives(pairs);
  add_errors(pairs);
  add_timeouts(pairs);
  add_losses(pairs);
  return pairs;
}

DesignPlayer::DesignPlayer(const Design& d) {
  const std::string replicas =
      d.component.find("\"replicas\"") == std::string::npos ? R"("replicas":{"here":1},)" : "";
  const std::string topology = fmt::format(
      R"("sites":{{"here":{{"region":"lab","lan":{{"latency":"0 s"}}}}}},"components":{{"station":{{"model":"service",{}{}}}{}}},)"
      R"("operations":{{"op":{{"entry":"station","from":"here","client":{{"request":"0 B","response":"0 B"{}{}}}}}}})",
      replicas, d.component, d.more_components, d.client.empty() ? "" : ",", d.client);
  const std::string experiment =
      fmt::format(R"("load":{{"op":{{"poisson":"{:.12g}/s"}}}},"horizon":"{:.9f} s","warm_up":"{:.9f} s")",
                  d.rate_per_s, d.horizon_s, d.warm_up_s);
  made_ = compile_text(topology, experiment);
  EXPECT_TRUE(made_.problems.empty()) << fmt::format("{}\n{}", fmt::join(made_.problems, "\n"), topology);
  scenario_ = cli::scenario_of(made_.experiment, made_.plan);
}

double DesignPlayer::operator()(std::uint64_t seed, std::uint64_t replication) const {
  kernel::RunOptions options;
  options.seed = seed;
  options.replication = replication;
  kernel::Engine engine(made_.plan, options);
  play_whole(engine, made_.plan);
  for (const store::Figure& figure : report::digest(scenario_, engine.record()).figures) {
    // A replication without any request has failed none.
    if (figure.name == "op.availability") return std::isnan(figure.value) ? 0.0 : 1.0 - figure.value;
  }
  ADD_FAILURE() << "no availability";
  return 0.0;
}

}  // namespace twinvoice::testing
