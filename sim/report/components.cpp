// How loaded the components were: stations and pools summed over replicas, averaged over replications.
#include <algorithm>

#include "sim/report/build.hpp"
#include "sim/report/recovery.hpp"

namespace twinvoice::report {
namespace {

double ratio(double numerator, double denominator) {
  return denominator > 0.0 ? numerator / denominator : 0.0;
}

/// The arms of a t interval may reach beyond what a share can be.
Estimate share_over_replications(std::span<const double> shares) {
  Estimate e = over_replications(shares);
  e.high = std::min(e.high, 1.0);
  return e;
}

struct StationSums {
  std::vector<double> utilisation, queued;  ///< per replication
  double busy = 0.0, wait_ns = 0.0, started = 0.0;
  measure::Histogram waits;
  bool observed = false;
  bool limited = true;
  bool any = false;
};

void add_station(StationSums& sums, ComponentResult& result, const measure::StationRecord& s,
                 double observed_ns) {
  sums.busy += ratio(static_cast<double>(s.busy_ns), observed_ns);
  sums.wait_ns += static_cast<double>(s.wait_ns);
  sums.started += static_cast<double>(s.started);
  if (s.observed) {
    sums.observed = true;
    if (s.waits) sums.waits.merge(*s.waits);
  }
  result.visits += s.arrivals;
  result.rejected += s.rejected;
  result.expired += s.expired;
  result.blocked += s.blocked;
  result.max_queue = std::max(result.max_queue, s.max_queued);
}

struct PoolSums {
  double held = 0.0, waiting = 0.0, idle = 0.0, wait_ns = 0.0, acquired = 0.0;
};

void add_pool(PoolSums& sums, PoolResult& pool, const measure::PoolRecord& p, double observed_ns) {
  sums.held += ratio(static_cast<double>(p.held_ns), observed_ns);
  sums.waiting += ratio(static_cast<double>(p.waiting_ns), observed_ns);
  sums.idle += p.idle;
  sums.wait_ns += static_cast<double>(p.wait_ns);
  sums.acquired += static_cast<double>(p.acquired);
  pool.peak = std::max(pool.peak, p.max_held);
  pool.peak_waiting = std::max(pool.peak_waiting, p.max_waiting);
  pool.acquired += p.acquired;
  pool.rejected += p.rejected;
  pool.expired += p.expired;
  pool.established += p.established;
  pool.closed += p.closed;
}

void station_figures(ComponentResult& result, std::size_t component, const Scenario& scenario,
                     std::span<const measure::RunRecord> runs) {
  StationSums sums;
  for (const measure::RunRecord& run : runs) {
    const double observed_ns = static_cast<double>(run.end_ns - scenario.warm_up_ns);
    double busy = 0.0;
    double queued = 0.0;
    double servers = 0.0;
    for (const measure::StationRecord& s : run.stations) {
      const StationInfo& info = scenario.stations[s.id];
      if (info.component != component) continue;
      sums.any = true;
      sums.limited = sums.limited && info.servers > 0;
      busy += static_cast<double>(s.busy_ns);
      queued += ratio(static_cast<double>(s.queued_ns), observed_ns);
      servers += info.servers;
      add_station(sums, result, s, observed_ns);
    }
    if (!(observed_ns > 0.0)) continue;
    sums.utilisation.push_back(ratio(busy, servers * observed_ns));
    sums.queued.push_back(queued);
  }
  const double n = static_cast<double>(std::max<std::size_t>(runs.size(), 1));
  result.busy = sums.busy / n;
  result.queue = over_replications(sums.queued);
  result.wait_s = ratio(sums.wait_ns, sums.started) / 1e9;
  if (sums.observed) result.wait_p99_s = sums.waits.quantile_ns(0.99) / 1e9;
  if (sums.any && sums.limited) result.utilisation = share_over_replications(sums.utilisation);
}

void pool_figures(ComponentResult& result, std::size_t component, const Scenario& scenario,
                  std::span<const measure::RunRecord> runs) {
  std::vector<PoolSums> sums;
  const double n = static_cast<double>(std::max<std::size_t>(runs.size(), 1));
  for (const measure::RunRecord& run : runs) {
    const double observed_ns = static_cast<double>(run.end_ns - scenario.warm_up_ns);
    for (const measure::PoolRecord& p : run.pools) {
      const PoolInfo& info = scenario.pools[p.id];
      if (info.component != component) continue;
      const auto same = [&](const PoolResult& pool) { return pool.name == info.group; };
      auto found = std::find_if(result.pools.begin(), result.pools.end(), same);
      if (found == result.pools.end()) {
        PoolResult pool;
        pool.name = info.group;
        result.pools.push_back(pool);
        sums.emplace_back();
        found = std::prev(result.pools.end());
      }
      add_pool(sums[static_cast<std::size_t>(found - result.pools.begin())], *found, p, observed_ns);
    }
  }
  for (std::size_t i = 0; i < result.pools.size(); ++i) {
    PoolResult& pool = result.pools[i];
    pool.active = sums[i].held / n;
    pool.waiting = sums[i].waiting / n;
    pool.idle = sums[i].idle / n;
    pool.wait_s = ratio(sums[i].wait_ns, sums[i].acquired) / 1e9;
    std::uint64_t size = 0;
    bool limited = true;
    for (const PoolInfo& info : scenario.pools) {
      if (info.component != component || info.group != pool.name) continue;
      size += info.size;
      limited = limited && info.size > 0;
    }
    if (limited) pool.max = size;
  }
}

/// From the time with k of n replicas down: the share of replica time (k / n each), and of the time with k > 0.
void down_figures(ComponentResult& result, std::size_t component, std::span<const measure::RunRecord> runs) {
  std::vector<double> of_replicas;
  std::vector<double> of_any;
  for (const measure::RunRecord& run : runs) {
    double replicas_down = 0.0;
    double any_down = 0.0;
    double all = 0.0;
    double most = 0.0;
    if (component < run.down_ns.size()) {
      const std::vector<Nanos>& by_number = run.down_ns[component];
      most = static_cast<double>(by_number.size()) - 1.0;
      for (std::size_t k = 0; k < by_number.size(); ++k) {
        const auto span = static_cast<double>(by_number[k]);
        all += span;
        replicas_down += static_cast<double>(k) * span;
        if (k > 0) any_down += span;
      }
    }
    of_replicas.push_back(ratio(replicas_down, most * all));
    of_any.push_back(ratio(any_down, all));
  }
  result.down_share = share_over_replications(of_replicas);
  result.any_down_share = share_over_replications(of_any);
}

}  // namespace

std::vector<ComponentResult> component_results(const Scenario& scenario,
                                               std::span<const measure::RunRecord> runs) {
  std::vector<ComponentResult> results;
  for (std::size_t c = 0; c < scenario.components.size(); ++c) {
    ComponentResult result;
    result.info = scenario.components[c];
    station_figures(result, c, scenario, runs);
    pool_figures(result, c, scenario, runs);
    down_figures(result, c, runs);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace twinvoice::report
