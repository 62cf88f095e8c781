// Traffic equations: what a Plan demands of its resources, known before anything is run.
//
//   x = e + A^T x    frames of each program on each replica, per request of one operation; A from program_flows()
//                    and balance_shares(), e the root. Linear, so that retries and repetition count by their means.
//   lambda_s, rho_s  visits per second and utilisation of a station: sum over operations of
//                    rate x frames x visits x E[demand], over its capacity (utilisation law).
//   N_p              tokens of a pool in use on average, at least: rate x unloaded holding time (Little's law).
//                    A commit that waits for followers holds its tokens for whole batches (stay.hpp).
//   g_l              requests per second that come to a rate limit, over what it lets through.
//   b_l              bytes per second of a link and direction: requests, answers, and each record to each follower.
//   R_o              unloaded response time: no waiting anywhere, so a lower bound of the mean response time.
//
// Sources: P. Denning and J. Buzen, "The operational analysis of queueing network models", 1978; J. Jackson,
// 1957. What it leaves out: queueing, timeouts, breakers, ejection, retry budgets, faults, connection
// establishment. Hedges are a range: none of the calls that may be hedged is, or every one as often as it may be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/plan/plan.hpp"

namespace twinvoice::compile {

/// Load of one operation. A closed load's rate is the asymptotic bound users / (think + unloaded response).
struct OperationTraffic {
  plan::OperationId operation;
  double mean_per_s = 0.0;        ///< requests, averaged over the horizon
  double peak_per_s = 0.0;        ///< highest rate within the horizon
  double hops_per_request = 0.0;  ///< expected visits to Serve steps
  double frames_per_request = 0.0;
  double success = 1.0;              ///< probability, stated error rates alone
  double unloaded_response_s = 0.0;  ///< of requests; infinite demand gives infinity
};

struct StationTraffic {
  plan::StationId station;
  double visits_per_s = 0.0;
  double work_per_s = 0.0;          ///< seconds of one server, per second
  double utilisation = 0.0;         ///< at mean rates; 0 for unlimited servers
  double peak_utilisation = 0.0;    ///< at peak rates of all operations together
  double hedged_utilisation = 0.0;  ///< the same with every call hedged that may be
};

struct PoolTraffic {
  plan::PoolId pool;
  double tokens = 0.0;       ///< in use on average, at least
  double utilisation = 0.0;  ///< of its size
  double peak_utilisation = 0.0;
  double hedged_utilisation = 0.0;  ///< see StationTraffic
};

/// One direction of a WAN link: requests, answers and replication.
struct LinkTraffic {
  plan::LinkId link;
  bool forward = true;            ///< from its first site to its second
  double bytes_per_s = 0.0;       ///< at mean rates
  double replicated_per_s = 0.0;  ///< of these, records on the way to followers
  double utilisation = 0.0;       ///< of its bandwidth; 0 where that has no bound
  double peak_utilisation = 0.0;
  double hedged_utilisation = 0.0;  ///< see StationTraffic
};

/// A rate limit of one replica: what is beyond it is turned away.
struct LimitTraffic {
  plan::GateId gate;
  double per_s = 0.0;  ///< that come to it, on average
  double peak_per_s = 0.0;
  double utilisation = 0.0;  ///< of what it lets through; 1: from here on it turns away
  double peak_utilisation = 0.0;
  double hedged_utilisation = 0.0;  ///< see StationTraffic
};

struct PlanAnalysis {
  std::vector<OperationTraffic> operations;  ///< by operation; those without load have rate 0
  std::vector<StationTraffic> stations;      ///< by station
  std::vector<PoolTraffic> pools;            ///< by pool
  std::vector<LinkTraffic> links;            ///< [link x 2 + (backward ? 1 : 0)]
  std::vector<LimitTraffic> limits;          ///< rate limits, by gate
  bool hedged = false;                       ///< some call may be hedged
  /// What is full first: a station, pool, rate limit or link, with its place; empty without load.
  std::string fullest;
  /// All rates may grow by this factor before the fullest of these is full at the peak, hedges included; 0: no load.
  double scale_to_saturation = 0.0;
  double hops = 0.0;    ///< expected over one replication
  double wall_s = 0.0;  ///< estimate for all replications, one after the other
  std::vector<std::string> warnings;
};

/// "link NAME (SITE to SITE)".
[[nodiscard]] std::string link_name(const plan::Plan& plan, const LinkTraffic& traffic);
/// "waf.rate_limit at shanghai-a".
[[nodiscard]] std::string limit_name(const plan::Plan& plan, const LimitTraffic& traffic);

/// "ledger#0/cores" -> "ledger/cores".
[[nodiscard]] std::string without_ordinal(const std::string& name);
/// A station, pool or gate of a replica: "ledger/cores at shanghai-a".
template <class Resource>
[[nodiscard]] std::string placed_name(const plan::Plan& plan, const Resource& resource) {
  const plan::Instance& instance = plan.instances[resource.instance.index()];
  return without_ordinal(resource.name) + " at " + plan.locations[instance.location.index()].name;
}

/// Processor time of a hop in the estimate of the cost: what `make bench` measures on the national day (the table "How fast"
/// of README.md), rounded. A hop of an overloaded system costs several times as much.
inline constexpr double kNanosPerHop = 600.0;

[[nodiscard]] PlanAnalysis analyse(const plan::Plan& plan, double ns_per_hop = kNanosPerHop);

/// Work per second (at peak rates) that reaches a component, and what one of its replicas can do: of its
/// first station.
struct ComponentDemand {
  double work_per_s = 0.0;
  double capacity_per_s = 0.0;  ///< infinite for unlimited servers
};
[[nodiscard]] ComponentDemand component_demand(const plan::Plan& plan, const PlanAnalysis& analysis,
                                               plan::ComponentId component);

}  // namespace twinvoice::compile
