#include "sim/compile/traffic.hpp"

#include <Eigen/Sparse>
#include <Eigen/SparseLU>
#include <algorithm>
#include <limits>

#include "sim/base/check.hpp"
#include "sim/compile/flow.hpp"
#include "sim/compile/source_rates.hpp"
#include "sim/compile/stay.hpp"
#include "sim/compile/traffic_equations.hpp"

namespace twinvoice::compile {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Jobs per second and second of demand that a station completes at best.
double capacity(const plan::Station& s) {
  if (s.servers == plan::kUnlimited) return kInfinity;
  if (s.speed_by_load.empty()) return static_cast<double>(s.servers);
  double best = 0.0;
  for (std::uint32_t n = 1; n <= s.servers && n <= 1U << 20; ++n) {
    const std::size_t row = std::min<std::size_t>(n, s.speed_by_load.size()) - 1;
    best = std::max(best, static_cast<double>(n) * s.speed_by_load[row]);
    if (row + 1 == s.speed_by_load.size()) {
      best = std::max(best, static_cast<double>(s.servers) * s.speed_by_load[row]);
      break;
    }
  }
  return best;
}

double seconds_of_bytes(double bytes, double bytes_per_s) {
  return bytes_per_s > 0.0 ? bytes / bytes_per_s : 0.0;
}

/// One analysis. A node is a program on one replica (clients: one node at the operation's location).
class Analyst {
 public:
  Analyst(const plan::Plan& plan, Hedging hedging) : plan_(plan), flows_(program_flows(plan, hedging)) {
    std::size_t nodes = 0;
    for (const plan::Program& p : plan.programs) {
      first_node_.push_back(nodes);
      nodes += p.component.valid() ? plan.components[p.component.index()].replicas : 1;
    }
    nodes_ = nodes;
  }

  PlanAnalysis run(double ns_per_hop) {
    trace_nodes();
    solve();
    operations();
    resources();
    estimate(ns_per_hop);
    return std::move(result_);
  }

 private:
  using Sparse = Eigen::SparseMatrix<double>;

  [[nodiscard]] std::size_t replicas(std::size_t program) const {
    return (program + 1 < first_node_.size() ? first_node_[program + 1] : nodes_) - first_node_[program];
  }

  /// Where a node stands; programs of clients at their operation's location.
  [[nodiscard]] plan::LocationId location(std::size_t program, std::size_t replica) const {
    const plan::ComponentId c = plan_.programs[program].component;
    if (c.valid()) return plan_.instances[plan_.components[c.index()].first_instance + replica].location;
    return client_at_[program];
  }

  /// Edges between nodes, and how long a frame stays at each node, callees first.
  void trace_nodes() {
    client_at_.assign(plan_.programs.size(), {});
    for (const plan::Operation& o : plan_.operations) client_at_[o.program.index()] = o.from;
    stays_.assign(nodes_, {});
    for (std::size_t p = 0; p < plan_.programs.size(); ++p) {
      for (std::size_t r = 0; r < replicas(p); ++r) trace_node(p, r);
    }
  }

  void trace_node(std::size_t p, std::size_t r) {
    const plan::Program& program = plan_.programs[p];
    const ProgramFlow& flow = flows_[p];
    const std::size_t node = first_node_[p] + r;
    std::vector<Stay> spent(program.count);  // in each step, once per visit
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < program.count; ++i) {
      const plan::Step& s = plan_.steps[program.first + i];
      if (s.kind == plan::StepKind::kServe || s.kind == plan::StepKind::kDelay) {
        spent[i] = served(s);
      } else if (s.kind == plan::StepKind::kCall || s.kind == plan::StepKind::kEmit) {
        spent[i] = started(p, r, flow.starts[next++], flow.visits[i]);
      } else if (s.kind == plan::StepKind::kJoin) {
        spent[i] = joined(p, r, flow, s, next);
      } else if (s.kind == plan::StepKind::kCommit) {
        spent[i] = committed(plan_.logs[s.target], location(p, r));
        commits_.push_back({s.target, node, flow.visits[i]});
      }
    }
    for (std::uint32_t i = 0; i < program.count; ++i) stays_[node].add(spent[i], flow.visits[i]);
    keep_pool_times(p, r, spent);
  }

  [[nodiscard]] Stay served(const plan::Step& s) const {
    Stay stay;
    if (!s.law.valid()) return stay;
    const random::Law& law = plan_.laws[s.law.index()];
    stay.plain_s = random::mean(law, plan_.law_tables);
    stay.varies = law.kind != random::LawKind::kConstant;
    if (s.kind == plan::StepKind::kServe) stay.plain_s /= alone(s);
    return stay;
  }

  /// What a commit waits for, unless its followers are far behind: the way there and back, and the application where it waits for
  /// that.
  [[nodiscard]] Stay committed(const plan::Log& log, plan::LocationId leader) const {
    if (log.mode == plan::CommitMode::kAsync || log.followers.empty()) return {};
    double nearest_s = kInfinity;
    double farthest_s = 0.0;
    for (const plan::LocationId follower : log.followers) {
      const double there_and_back_s =
          to_seconds(plan_.route(leader, follower).latency_ns + plan_.route(follower, leader).latency_ns);
      nearest_s = std::min(nearest_s, there_and_back_s);
      farthest_s = std::max(farthest_s, there_and_back_s);
    }
    Stay stay;
    stay.commits = 1.0;
    stay.ways_s = (log.waits_applied ? to_seconds(log.apply_ns) : 0.0) +
                  (log.mode == plan::CommitMode::kSync ? farthest_s : nearest_s);
    stay.batch_s = to_seconds(log.batch_every_ns);
    return stay;
  }

  /// Speed of a job that is alone at its station.
  [[nodiscard]] double alone(const plan::Step& s) const {
    const plan::Station& station = plan_.stations[s.target];
    return station.speed_by_load.empty() ? 1.0 : station.speed_by_load.front();
  }

  /// Adds the edges of a Call or Emit; returns how long one visit of it lasts: its attempts one after the other, hedges beside them.
  Stay started(std::size_t p, std::size_t r, const Started& start, double visits) {
    const plan::CallSite& site = plan_.calls[start.site.index()];
    const plan::LocationId from = location(p, r);
    const std::size_t node = first_node_[p] + r;
    const std::vector<double> shares = balance_shares(plan_, site, from);
    const std::size_t callee = start.program.index();
    const auto request_bytes = static_cast<double>(site.request_bytes);
    const auto response_bytes = static_cast<double>(site.response_bytes);
    Stay one;
    for (std::size_t j = 0; j < shares.size(); ++j) {
      if (shares[j] == 0.0) continue;
      edges_.emplace_back(static_cast<int>(first_node_[callee] + j), static_cast<int>(node),
                          -start.frames * shares[j]);
      messages_.push_back(
          {from, location(callee, j), node, start.frames * shares[j], request_bytes, response_bytes});
      const plan::Route& route = plan_.route(from, location(callee, j));
      const double wire_s = 2.0 * to_seconds(route.latency_ns) +
                            seconds_of_bytes(request_bytes, route.bytes_per_s) +
                            seconds_of_bytes(response_bytes, route.bytes_per_s);
      one.add(stays_[first_node_[callee] + j], shares[j]);
      one.plain_s += shares[j] * wire_s;
    }
    Stay all;
    if (start.waited_for && visits > 0.0) all.add(one, (start.frames - start.hedges) / visits);
    return all;
  }

  /// The branches of a fork: waiting ends with the k-th of their means.
  Stay joined(std::size_t p, std::size_t r, const ProgramFlow& flow, const plan::Step& join,
              std::size_t& next) {
    std::vector<Stay> branches;
    while (next < flow.starts.size() && !flow.starts[next].site.valid()) {
      const Started& branch = flow.starts[next++];
      const std::size_t node = first_node_[branch.program.index()] + r;
      edges_.emplace_back(static_cast<int>(node), static_cast<int>(first_node_[p] + r), -branch.frames);
      branches.push_back(stays_[node]);
    }
    std::stable_sort(branches.begin(), branches.end(),
                     [](const Stay& a, const Stay& b) { return a.alone_s() < b.alone_s(); });
    return branches.empty() ? Stay{} : branches[std::min<std::size_t>(join.arg, branches.size()) - 1];
  }

  /// Token seconds per frame: what lies between Acquire (or Connect) and Release, by visits; a failing frame gives back at once.
  void keep_pool_times(std::size_t p, std::size_t r, const std::vector<Stay>& spent) {
    struct Held {
      std::uint32_t pool;
      double taken;  ///< visits of the Acquire
      Stay stay;     ///< of one token
    };
    const plan::Program& program = plan_.programs[p];
    const ProgramFlow& flow = flows_[p];
    std::vector<Held> held;
    const auto give_back = [&](const Held& h) {
      pool_times_.push_back(
          {h.pool + static_cast<std::uint32_t>(r), first_node_[p] + r, h.taken * h.stay.crowded_s()});
    };
    for (std::uint32_t i = 0; i < program.count; ++i) {
      const plan::Step& s = plan_.steps[program.first + i];
      if (s.kind == plan::StepKind::kAcquire || s.kind == plan::StepKind::kConnect)
        held.push_back({s.target, flow.visits[i], {}});
      for (Held& h : held) {
        if (h.taken > 0.0) h.stay.add(spent[i], flow.visits[i] / h.taken);
      }
      if (s.kind != plan::StepKind::kRelease) continue;
      const auto last =
          std::find_if(held.rbegin(), held.rend(), [&](const Held& h) { return h.pool == s.target; });
      if (last == held.rend()) continue;
      give_back(*last);
      held.erase(std::next(last).base());
    }
    for (const Held& h : held) give_back(h);
  }

  /// (I - A^T) x = e for every operation.
  void solve() {
    const auto n = static_cast<Eigen::Index>(nodes_);
    frames_ = Eigen::MatrixXd::Zero(n, static_cast<Eigen::Index>(plan_.operations.size()));
    if (nodes_ == 0) return;
    for (int i = 0; i < static_cast<int>(nodes_); ++i) edges_.emplace_back(i, i, 1.0);
    Sparse matrix(n, n);
    matrix.setFromTriplets(edges_.begin(), edges_.end());
    Eigen::SparseLU<Sparse> lu(matrix);
    ensure(lu.info() == Eigen::Success, "the traffic equations have no solution");
    for (std::size_t o = 0; o < plan_.operations.size(); ++o) {
      Eigen::VectorXd root = Eigen::VectorXd::Zero(n);
      root[static_cast<Eigen::Index>(first_node_[plan_.operations[o].program.index()])] = 1.0;
      frames_.col(static_cast<Eigen::Index>(o)) = lu.solve(root);
    }
  }

  [[nodiscard]] double frames(std::size_t node, std::size_t operation) const {
    return std::max(0.0, frames_(static_cast<Eigen::Index>(node), static_cast<Eigen::Index>(operation)));
  }

  void operations() {
    for (std::size_t o = 0; o < plan_.operations.size(); ++o) {
      OperationTraffic t;
      t.operation = plan::OperationId(o);
      const std::size_t root = plan_.operations[o].program.index();
      t.success = flows_[root].success;
      t.unloaded_response_s = stays_[first_node_[root]].alone_s();
      for (std::size_t p = 0; p < plan_.programs.size(); ++p) {
        double serves = 0.0;
        for (std::uint32_t i = 0; i < plan_.programs[p].count; ++i) {
          if (plan_.steps[plan_.programs[p].first + i].kind == plan::StepKind::kServe)
            serves += flows_[p].visits[i];
        }
        for (std::size_t r = 0; r < replicas(p); ++r) {
          t.frames_per_request += frames(first_node_[p] + r, o);
          t.hops_per_request += frames(first_node_[p] + r, o) * serves;
        }
      }
      for (const plan::Source& s : plan_.sources) {
        if (s.operation != t.operation) continue;
        const SourceRates rates = source_rates(plan_, s, t.unloaded_response_s);
        t.mean_per_s += rates.mean_per_s;
        t.peak_per_s += rates.peak_per_s;
      }
      result_.operations.push_back(t);
    }
  }

  void resources() {
    for (std::size_t s = 0; s < plan_.stations.size(); ++s)
      result_.stations.push_back({plan::StationId(s), 0, 0, 0, 0});
    for (std::size_t p = 0; p < plan_.pools.size(); ++p) result_.pools.push_back({plan::PoolId(p), 0, 0, 0});
    for (std::size_t g = 0; g < plan_.gates.size(); ++g) {
      if (plan_.gates[g].kind == plan::GateKind::kRateLimit)
        result_.limits.push_back({plan::GateId(g), 0, 0, 0, 0, 0});
    }
    std::vector<double> mean(nodes_, 0.0);
    std::vector<double> peak(nodes_, 0.0);
    for (std::size_t node = 0; node < nodes_; ++node) {
      for (const OperationTraffic& t : result_.operations) {
        mean[node] += t.mean_per_s * frames(node, t.operation.index());
        peak[node] += t.peak_per_s * frames(node, t.operation.index());
      }
    }
    for (std::size_t p = 0; p < plan_.programs.size(); ++p) {
      for (std::uint32_t i = 0; i < plan_.programs[p].count; ++i) {
        const plan::Step& s = plan_.steps[plan_.programs[p].first + i];
        if (s.kind != plan::StepKind::kServe && s.kind != plan::StepKind::kGate) continue;
        for (std::size_t r = 0; r < replicas(p); ++r) {
          const std::size_t node = first_node_[p] + r;
          const std::size_t id = s.target + ((s.flags & plan::kPerRequest) != 0 ? 0 : r);
          const double visits = flows_[p].visits[i];
          if (s.kind == plan::StepKind::kServe) {
            serve(s, id, visits, mean[node], peak[node]);
          } else {
            pass(plan::GateId(id), visits * mean[node], visits * peak[node]);
          }
        }
      }
    }
    for (const PoolTime& t : pool_times_) {
      const std::uint32_t size = plan_.pools[t.pool].size;
      PoolTraffic& pool = result_.pools[t.pool];
      pool.tokens += mean[t.node] * t.seconds;
      if (size == plan::kUnlimited || t.seconds == 0.0) continue;
      pool.utilisation += mean[t.node] * t.seconds / static_cast<double>(size);
      pool.peak_utilisation += peak[t.node] * t.seconds / static_cast<double>(size);
    }
    links(mean, peak);
  }

  void links(const std::vector<double>& mean, const std::vector<double>& peak) {
    for (std::size_t l = 0; l < plan_.links.size(); ++l) {
      for (const bool forward : {true, false})
        result_.links.push_back({plan::LinkId(l), forward, 0, 0, 0, 0});
    }
    for (const Messages& m : messages_) {
      carry(m.from, m.to, mean[m.node] * m.frames * m.request_bytes,
            peak[m.node] * m.frames * m.request_bytes, false);
      carry(m.to, m.from, mean[m.node] * m.frames * m.response_bytes,
            peak[m.node] * m.frames * m.response_bytes, false);
    }
    for (const Commits& c : commits_) {
      const plan::Log& log = plan_.logs[c.log];
      const double bytes = c.visits * static_cast<double>(log.record_bytes);
      for (const plan::LocationId follower : log.followers)
        carry(log.leader_location, follower, mean[c.node] * bytes, peak[c.node] * bytes, true);
    }
  }

  /// Bytes per second along the fixed route.
  void carry(plan::LocationId from, plan::LocationId to, double mean, double peak, bool replicates) {
    std::string at = plan_.locations[from.index()].site;
    for (const plan::LinkId id : plan_.route(from, to).links) {
      const plan::Link& link = plan_.links[id.index()];
      const bool forward = link.site_a == at;
      at = forward ? link.site_b : link.site_a;
      LinkTraffic& t = result_.links[id.index() * 2 + (forward ? 0 : 1)];
      t.bytes_per_s += mean;
      if (replicates) t.replicated_per_s += mean;
      if (link.bytes_per_s <= 0.0) continue;
      t.utilisation += mean / link.bytes_per_s;
      t.peak_utilisation += peak / link.bytes_per_s;
    }
  }

  /// What comes to a rate limit; it lets through so many a second on average, whatever its burst.
  void pass(plan::GateId id, double mean, double peak) {
    const plan::Gate& gate = plan_.gates[id.index()];
    if (gate.kind != plan::GateKind::kRateLimit) return;
    const auto at = std::lower_bound(result_.limits.begin(), result_.limits.end(), id,
                                     [](const LimitTraffic& t, plan::GateId g) { return t.gate < g; });
    at->per_s += mean;
    at->peak_per_s += peak;
    if (gate.rate_per_s <= 0.0) return;
    at->utilisation += mean / gate.rate_per_s;
    at->peak_utilisation += peak / gate.rate_per_s;
  }

  void serve(const plan::Step& s, std::size_t station, double visits, double mean, double peak) {
    StationTraffic& t = result_.stations[station];
    const double demand_s = s.law.valid() ? random::mean(plan_.laws[s.law.index()], plan_.law_tables) : 0.0;
    const double best = capacity(plan_.stations[station]);
    t.visits_per_s += mean * visits;
    t.work_per_s += mean * visits * demand_s;
    if (mean * visits > 0.0) t.utilisation += mean * visits * demand_s / best;
    if (peak * visits > 0.0) t.peak_utilisation += peak * visits * demand_s / best;
  }

  void estimate(double ns_per_hop) {
    const double horizon_s = to_seconds(plan_.horizon_ns);
    for (const OperationTraffic& t : result_.operations)
      result_.hops += t.mean_per_s * horizon_s * t.hops_per_request;
    result_.wall_s = result_.hops * ns_per_hop * 1e-9 * static_cast<double>(plan_.replications);
  }

  struct Messages {
    plan::LocationId from, to;
    std::size_t node;  ///< of the caller
    double frames;     ///< calls per frame of the node
    double request_bytes, response_bytes;
  };
  struct Commits {
    std::uint32_t log;
    std::size_t node;
    double visits;  ///< per frame of the node
  };
  struct PoolTime {
    std::uint32_t pool;
    std::size_t node;
    double seconds;  ///< per frame of the node
  };

  const plan::Plan& plan_;
  std::vector<ProgramFlow> flows_;
  std::vector<std::size_t> first_node_;
  std::size_t nodes_ = 0;
  std::vector<plan::LocationId> client_at_;
  std::vector<Stay> stays_;  ///< by node
  std::vector<Eigen::Triplet<double>> edges_;
  std::vector<PoolTime> pool_times_;
  std::vector<Messages> messages_;
  std::vector<Commits> commits_;
  Eigen::MatrixXd frames_;
  PlanAnalysis result_;
};

}  // namespace

PlanAnalysis solve_traffic(const plan::Plan& plan, Hedging hedging, double ns_per_hop) {
  return Analyst(plan, hedging).run(ns_per_hop);
}

ComponentDemand component_demand(const plan::Plan& plan, const PlanAnalysis& analysis,
                                 plan::ComponentId component) {
  const plan::Component& c = plan.components[component.index()];
  ComponentDemand demand;
  for (std::uint32_t i = 0; i < c.replicas; ++i) {
    for (std::size_t s = 0; s < plan.stations.size(); ++s) {
      if (plan.stations[s].instance.index() != c.first_instance + i) continue;
      const double best = capacity(plan.stations[s]);
      demand.capacity_per_s = std::max(demand.capacity_per_s, best);
      if (best < kInfinity) demand.work_per_s += analysis.stations[s].peak_utilisation * best;
      break;
    }
  }
  return demand;
}

}  // namespace twinvoice::compile
