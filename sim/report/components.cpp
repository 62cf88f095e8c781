// How loaded the components were, as wholes and place by place. One figure a replication, then their mean: utilisation is the time that
// servers were at work over the time that they were there (their replica up, no fault having taken them), queue the number of jobs
// waiting, wait the time from joining a queue to the start of service over the jobs that started, rejected the jobs that found a
// queue full, held the tokens of a pool in use, waiting those who wait for one; each over the measured time of a run.
#include "sim/report/components.hpp"

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

double observed_ns(const Scenario& scenario, const measure::RunRecord& run) {
  return static_cast<double>(run.end_ns - scenario.warm_up_ns);
}

/// The record of one station or pool; null where the engine does not tell it. They stand in the order of their ids.
template <class Record>
const Record* record_of(const std::vector<Record>& records, std::uint32_t id) {
  if (id < records.size() && records[id].id == id) return &records[id];
  const auto found =
      std::find_if(records.begin(), records.end(), [id](const Record& r) { return r.id == id; });
  return found == records.end() ? nullptr : &*found;
}

struct StationSums {
  std::vector<double> queued;  ///< per replication
  double busy = 0.0, wait_ns = 0.0, started = 0.0;
  measure::Histogram waits;
  bool observed = false;
};

void add_station(StationSums& sums, LoadResult& result, const measure::StationRecord& s, double span_ns) {
  sums.busy += ratio(static_cast<double>(s.busy_ns), span_ns);
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

void add_pool(PoolSums& sums, PoolResult& pool, const measure::PoolRecord& p, double span_ns) {
  sums.held += ratio(static_cast<double>(p.held_ns), span_ns);
  sums.waiting += ratio(static_cast<double>(p.waiting_ns), span_ns);
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

void station_figures(LoadResult& result, const ReplicaSet& set, const Scenario& scenario,
                     std::span<const measure::RunRecord> runs) {
  StationSums sums;
  std::vector<double> utilisation;
  bool any = false;
  for (const measure::RunRecord& run : runs) {
    const double span_ns = observed_ns(scenario, run);
    double queued = 0.0;
    for (const std::uint32_t id : set.stations) {
      const measure::StationRecord* s = record_of(run.stations, id);
      if (s == nullptr) continue;
      any = true;
      queued += ratio(static_cast<double>(s->queued_ns), span_ns);
      add_station(sums, result, *s, span_ns);
    }
    if (!(span_ns > 0.0)) continue;
    if (const auto one = utilisation_in(run, set, scenario)) utilisation.push_back(*one);
    sums.queued.push_back(queued);
  }
  const double n = static_cast<double>(std::max<std::size_t>(runs.size(), 1));
  result.busy = sums.busy / n;
  result.queue = over_replications(sums.queued);
  result.wait_s = ratio(sums.wait_ns, sums.started) / 1e9;
  if (sums.observed) result.wait_p99_s = sums.waits.quantile_ns(0.99) / 1e9;
  if (any && has_limited_servers(set, scenario)) result.utilisation = share_over_replications(utilisation);
}

void pool_figures(LoadResult& result, const ReplicaSet& set, const Scenario& scenario,
                  std::span<const measure::RunRecord> runs) {
  std::vector<PoolSums> sums;
  const double n = static_cast<double>(std::max<std::size_t>(runs.size(), 1));
  for (const measure::RunRecord& run : runs) {
    const double span_ns = observed_ns(scenario, run);
    for (const std::uint32_t id : set.pools) {
      const measure::PoolRecord* p = record_of(run.pools, id);
      if (p == nullptr) continue;
      const PoolInfo& info = scenario.pools[id];
      const auto same = [&](const PoolResult& pool) { return pool.name == info.group; };
      auto found = std::find_if(result.pools.begin(), result.pools.end(), same);
      if (found == result.pools.end()) {
        PoolResult pool;
        pool.name = info.group;
        result.pools.push_back(pool);
        sums.emplace_back();
        found = std::prev(result.pools.end());
      }
      add_pool(sums[static_cast<std::size_t>(found - result.pools.begin())], *found, *p, span_ns);
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
    for (const std::uint32_t id : set.pools) {
      const PoolInfo& info = scenario.pools[id];
      if (info.group != pool.name) continue;
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

void load_figures(LoadResult& result, const ReplicaSet& set, const Scenario& scenario,
                  std::span<const measure::RunRecord> runs) {
  station_figures(result, set, scenario, runs);
  pool_figures(result, set, scenario, runs);
}

std::vector<PlaceResult> place_results(std::size_t component, const Scenario& scenario,
                                       std::span<const measure::RunRecord> runs) {
  std::vector<PlaceResult> places;
  for (const ComponentPlace& at : scenario.components[component].places) {
    PlaceResult place;
    place.place = at.place;
    place.name = scenario.places[at.place];
    place.replicas = at.replicas;
    load_figures(place, ReplicaSet(scenario, component, at.place), scenario, runs);
    places.push_back(std::move(place));
  }
  const auto load = [](const PlaceResult& p) {
    return p.utilisation && p.utilisation->samples > 0 ? p.utilisation->value : 0.0;
  };
  std::stable_sort(places.begin(), places.end(), [&](const PlaceResult& a, const PlaceResult& b) {
    return load(a) != load(b) ? load(a) > load(b) : a.queue.value > b.queue.value;
  });
  return places;
}

}  // namespace

ReplicaSet::ReplicaSet(const Scenario& scenario, std::size_t component, std::optional<std::size_t> place)
    : at_a_place(place.has_value()) {
  const auto add = [&](const auto& infos, std::vector<std::uint32_t>& ids) {
    for (std::size_t id = 0; id < infos.size(); ++id) {
      if (infos[id].component != component || (place && infos[id].place != *place)) continue;
      ids.push_back(static_cast<std::uint32_t>(id));
    }
  };
  add(scenario.stations, stations);
  add(scenario.pools, pools);
}

bool has_limited_servers(const ReplicaSet& set, const Scenario& scenario) {
  return std::all_of(set.stations.begin(), set.stations.end(),
                     [&](std::uint32_t id) { return scenario.stations[id].servers > 0; });
}

std::optional<double> utilisation_in(const measure::RunRecord& run, const ReplicaSet& set,
                                     const Scenario& scenario) {
  const double span_ns = observed_ns(scenario, run);
  struct Time {
    double busy_ns = 0.0, there_ns = 0.0;
  };
  Time all, working;
  for (const std::uint32_t id : set.stations) {
    const measure::StationRecord* s = record_of(run.stations, id);
    if (s == nullptr) continue;
    const Time time{static_cast<double>(s->busy_ns - s->stuck_ns),
                    scenario.stations[id].servers * span_ns - static_cast<double>(s->missing_ns)};
    all.busy_ns += time.busy_ns;
    all.there_ns += time.there_ns;
    if (s->arrivals == 0 && s->busy_ns == 0) continue;
    working.busy_ns += time.busy_ns;
    working.there_ns += time.there_ns;
  }
  const Time& meant = set.at_a_place && working.busy_ns > 0.0 ? working : all;
  if (!(meant.there_ns > 0.0)) return std::nullopt;
  return std::min(1.0, meant.busy_ns / meant.there_ns);  // work in service is not revoked with its server
}

Waits waits_in(const measure::RunRecord& run, const ReplicaSet& set) {
  Waits sum;
  sum.kept = true;
  for (const std::uint32_t id : set.stations) {
    const measure::StationRecord* station = record_of(run.stations, id);
    if (station == nullptr) continue;
    sum.started += static_cast<double>(station->started);
    sum.waited += static_cast<double>(station->waited);
    sum.wait_s += static_cast<double>(station->wait_ns) / 1e9;
    sum.kept = sum.kept && station->waits.has_value();
    if (station->waits) sum.waits.merge(*station->waits);
  }
  return sum;
}

std::vector<ComponentResult> component_results(const Scenario& scenario,
                                               std::span<const measure::RunRecord> runs) {
  std::vector<ComponentResult> results;
  for (std::size_t c = 0; c < scenario.components.size(); ++c) {
    ComponentResult result;
    result.info = scenario.components[c];
    load_figures(result, ReplicaSet(scenario, c), scenario, runs);
    down_figures(result, c, runs);
    result.places = place_results(c, scenario, runs);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace twinvoice::report
