#include "sim/compile/traffic.hpp"

#include <fmt/format.h>

#include <Eigen/Sparse>
#include <Eigen/SparseLU>
#include <algorithm>
#include <limits>

#include "sim/base/check.hpp"
#include "sim/compile/flow.hpp"

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
  explicit Analyst(const plan::Plan& plan) : plan_(plan), flows_(program_flows(plan)) {
    std::size_t nodes = 0;
    for (const plan::Program& p : plan.programs) {
      first_node_.push_back(nodes);
      nodes += p.component.valid() ? plan.components[p.component.index()].replicas : 1;
    }
    nodes_ = nodes;
  }

  PlanAnalysis run(double ns_per_hop) {
    // Pools are judged by how long their tokens are held when they are short; answers by an idle system.
    crowded_ = true;
    trace_nodes();
    crowded_ = false;
    trace_nodes();
    solve();
    operations();
    resources();
    estimate(ns_per_hop);
    warn();
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

  /// Edges between nodes, and the unloaded times of each node, callees first.
  void trace_nodes() {
    client_at_.assign(plan_.programs.size(), {});
    for (const plan::Operation& o : plan_.operations) client_at_[o.program.index()] = o.from;
    response_s_.assign(nodes_, 0.0);
    for (std::size_t p = 0; p < plan_.programs.size(); ++p) {
      for (std::size_t r = 0; r < replicas(p); ++r) trace_node(p, r);
    }
  }

  void trace_node(std::size_t p, std::size_t r) {
    const plan::Program& program = plan_.programs[p];
    const ProgramFlow& flow = flows_[p];
    const std::size_t node = first_node_[p] + r;
    std::vector<double> spent(program.count, 0.0);  // time in each step, once per visit
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < program.count; ++i) {
      const plan::Step& s = plan_.steps[program.first + i];
      if (s.kind == plan::StepKind::kServe || s.kind == plan::StepKind::kDelay) {
        spent[i] = s.law.valid() ? random::mean(plan_.laws[s.law.index()], plan_.law_tables) : 0.0;
        if (s.kind == plan::StepKind::kServe) spent[i] /= alone(s);
      } else if (s.kind == plan::StepKind::kCall || s.kind == plan::StepKind::kEmit) {
        spent[i] = started(p, r, flow.starts[next++], flow.visits[i]);
      } else if (s.kind == plan::StepKind::kJoin) {
        spent[i] = joined(p, r, flow, s, next);
      } else if (s.kind == plan::StepKind::kCommit) {
        spent[i] = committed(plan_.logs[s.target], location(p, r));
        if (!crowded_) commits_.push_back({s.target, node, flow.visits[i]});
      }
    }
    for (std::uint32_t i = 0; i < program.count; ++i) response_s_[node] += flow.visits[i] * spent[i];
    if (crowded_) keep_pool_times(p, r, spent);
  }

  /// Wait of a commit for its followers, unless they are far behind. On an idle system half a batch on average, there and back, and
  /// the application where it waits for that. In a crowd of commits all that wait are released together, their places are
  /// taken at once, and those wait for the next batch: whole batches.
  [[nodiscard]] double committed(const plan::Log& log, plan::LocationId leader) const {
    if (log.mode == plan::CommitMode::kAsync || log.followers.empty()) return 0.0;
    double nearest_s = kInfinity;
    double farthest_s = 0.0;
    for (const plan::LocationId follower : log.followers) {
      const double there_and_back_s =
          to_seconds(plan_.route(leader, follower).latency_ns + plan_.route(follower, leader).latency_ns);
      nearest_s = std::min(nearest_s, there_and_back_s);
      farthest_s = std::max(farthest_s, there_and_back_s);
    }
    const double way_s = (log.waits_applied ? to_seconds(log.apply_ns) : 0.0) +
                         (log.mode == plan::CommitMode::kSync ? farthest_s : nearest_s);
    const double batch_s = to_seconds(log.batch_every_ns);
    if (batch_s == 0.0) return way_s;
    return crowded_ ? std::ceil(way_s / batch_s) * batch_s : batch_s / 2.0 + way_s;
  }

  /// Speed of a job that is alone at its station.
  [[nodiscard]] double alone(const plan::Step& s) const {
    const plan::Station& station = plan_.stations[s.target];
    return station.speed_by_load.empty() ? 1.0 : station.speed_by_load.front();
  }

  /// Adds the edges of a Call or Emit; returns the time one visit of it takes.
  double started(std::size_t p, std::size_t r, const Started& start, double visits) {
    const plan::CallSite& site = plan_.calls[start.site.index()];
    const plan::LocationId from = location(p, r);
    const std::vector<double> shares = balance_shares(plan_, site, from);
    const std::size_t callee = start.program.index();
    double mean_s = 0.0;
    for (std::size_t j = 0; j < shares.size(); ++j) {
      if (shares[j] == 0.0) continue;
      if (!crowded_)
        edges_.emplace_back(static_cast<int>(first_node_[callee] + j), static_cast<int>(first_node_[p] + r),
                            -start.frames * shares[j]);
      if (!crowded_)
        messages_.push_back({from, location(callee, j), first_node_[p] + r, start.frames * shares[j],
                             static_cast<double>(site.request_bytes),
                             static_cast<double>(site.response_bytes)});
      const plan::Route& route = plan_.route(from, location(callee, j));
      const double wire_s = 2.0 * to_seconds(route.latency_ns) +
                            seconds_of_bytes(static_cast<double>(site.request_bytes), route.bytes_per_s) +
                            seconds_of_bytes(static_cast<double>(site.response_bytes), route.bytes_per_s);
      mean_s += shares[j] * (response_s_[first_node_[callee] + j] + wire_s);
    }
    if (!start.waited_for || visits <= 0.0) return 0.0;
    return mean_s * start.frames / visits;
  }

  /// The branches of a fork: waiting ends with the k-th of their means.
  double joined(std::size_t p, std::size_t r, const ProgramFlow& flow, const plan::Step& join,
                std::size_t& next) {
    std::vector<double> times;
    while (next < flow.starts.size() && !flow.starts[next].site.valid()) {
      const Started& branch = flow.starts[next++];
      const std::size_t node = first_node_[branch.program.index()] + r;
      if (!crowded_)
        edges_.emplace_back(static_cast<int>(node), static_cast<int>(first_node_[p] + r), -branch.frames);
      times.push_back(response_s_[node]);
    }
    std::sort(times.begin(), times.end());
    return times.empty() ? 0.0 : times[std::min<std::size_t>(join.arg, times.size()) - 1];
  }

  /// Token seconds per frame: time between Acquire (or Connect) and Release, by visits; a failing frame gives
  /// back at once.
  void keep_pool_times(std::size_t p, std::size_t r, const std::vector<double>& spent) {
    const plan::Program& program = plan_.programs[p];
    const ProgramFlow& flow = flows_[p];
    std::vector<std::uint32_t> held;
    for (std::uint32_t i = 0; i < program.count; ++i) {
      const plan::Step& s = plan_.steps[program.first + i];
      if (s.kind == plan::StepKind::kAcquire || s.kind == plan::StepKind::kConnect) held.push_back(s.target);
      for (const std::uint32_t pool : held) {
        pool_times_.push_back(
            {pool + static_cast<std::uint32_t>(r), first_node_[p] + r, flow.visits[i] * spent[i]});
      }
      if (s.kind == plan::StepKind::kRelease) {
        const auto last = std::find(held.rbegin(), held.rend(), s.target);
        if (last != held.rend()) held.erase(std::next(last).base());
      }
    }
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
      t.unloaded_response_s = response_s_[first_node_[root]];
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
        if (s.operation == t.operation) add_rate(s, t);
      }
      result_.operations.push_back(t);
    }
  }

  void add_rate(const plan::Source& s, OperationTraffic& t) const {
    const double horizon_s = to_seconds(plan_.horizon_ns);
    double mean = 0.0;
    double peak = 0.0;
    switch (s.kind) {
      case plan::SourceKind::kPoisson: poisson_rate(s, mean, peak); break;
      case plan::SourceKind::kDeterministic: {
        peak = s.interval_ns > 0 ? 1e9 / static_cast<double>(s.interval_ns) : 0.0;
        mean = std::min(peak, horizon_s > 0.0 ? static_cast<double>(s.count) / horizon_s : peak);
        break;
      }
      case plan::SourceKind::kTrace:
        mean = peak = horizon_s > 0.0 ? static_cast<double>(s.times_ns.size()) / horizon_s : 0.0;
        break;
      case plan::SourceKind::kClosed: {
        const double think_s =
            s.think.valid() ? random::mean(plan_.laws[s.think.index()], plan_.law_tables) : 0.0;
        const double cycle_s = think_s + t.unloaded_response_s;
        mean = peak = cycle_s > 0.0 ? static_cast<double>(s.users) / cycle_s : 0.0;
        break;
      }
    }
    t.mean_per_s += mean * static_cast<double>(s.batch);
    t.peak_per_s += peak * static_cast<double>(s.batch);
  }

  /// Mean and highest rate of a piecewise constant or sinusoidal source within the horizon.
  void poisson_rate(const plan::Source& s, double& mean, double& peak) const {
    if (s.sinusoid) {
      mean = s.mean_per_s;
      peak = s.mean_per_s * (1.0 + s.amplitude);
      return;
    }
    double arrivals = 0.0;
    for (Nanos start_ns = 0; start_ns < plan_.horizon_ns;) {
      const Nanos length_ns = std::min(s.period_ns, plan_.horizon_ns - start_ns);
      for (std::size_t k = 0; k < s.segments.size(); ++k) {
        const Nanos from_ns = std::min(s.segments[k].from_ns, length_ns);
        const Nanos to_ns =
            k + 1 < s.segments.size() ? std::min(s.segments[k + 1].from_ns, length_ns) : length_ns;
        if (to_ns <= from_ns) continue;
        arrivals += s.segments[k].per_s * to_seconds(to_ns - from_ns);
        peak = std::max(peak, s.segments[k].per_s);
      }
      start_ns += length_ns;
    }
    if (plan_.horizon_ns > 0) mean = arrivals / to_seconds(plan_.horizon_ns);
  }

  void resources() {
    for (std::size_t s = 0; s < plan_.stations.size(); ++s)
      result_.stations.push_back({plan::StationId(s), 0, 0, 0, 0});
    for (std::size_t p = 0; p < plan_.pools.size(); ++p) result_.pools.push_back({plan::PoolId(p), 0, 0, 0});
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
        if (s.kind != plan::StepKind::kServe) continue;
        for (std::size_t r = 0; r < replicas(p); ++r) {
          const std::size_t node = first_node_[p] + r;
          serve(s, s.target + ((s.flags & plan::kPerRequest) != 0 ? 0 : r), flows_[p].visits[i], mean[node],
                peak[node]);
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
    double fullest = 0.0;
    const auto see = [&](double utilisation, const auto& name) {
      if (utilisation <= fullest) return;
      fullest = utilisation;
      result_.fullest = name();
    };
    for (const StationTraffic& t : result_.stations)
      see(t.utilisation, [&] { return plan_.stations[t.station.index()].name; });
    for (const PoolTraffic& t : result_.pools)
      see(t.utilisation, [&] { return plan_.pools[t.pool.index()].name; });
    for (const LinkTraffic& t : result_.links) see(t.utilisation, [&] { return link_name(plan_, t); });
    if (fullest > 0.0) result_.scale_to_saturation = 1.0 / fullest;
  }

  void warn() {
    for (const StationTraffic& t : result_.stations) {
      if (t.peak_utilisation < 1.0) continue;
      result_.warnings.push_back(fmt::format(
          "{} is overloaded: its cores would have to be {:.0f} % busy ({:.0f} % at peak); its queue grows "
          "without end",
          plan_.stations[t.station.index()].name, t.utilisation * 100.0, t.peak_utilisation * 100.0));
    }
    for (const PoolTraffic& t : result_.pools) {
      if (t.peak_utilisation < 1.0) continue;
      result_.warnings.push_back(fmt::format(
          "{} is too small: at least {:.1f} of its {} tokens are in use on average, {:.1f} at peak",
          plan_.pools[t.pool.index()].name, t.tokens, plan_.pools[t.pool.index()].size,
          t.peak_utilisation * static_cast<double>(plan_.pools[t.pool.index()].size)));
    }
    for (const LinkTraffic& t : result_.links) {
      if (t.peak_utilisation < 1.0) continue;
      result_.warnings.push_back(
          fmt::format("{} is too thin: {:.0f} % of its bandwidth is asked for, {:.0f} % at peak{}",
                      link_name(plan_, t), t.utilisation * 100.0, t.peak_utilisation * 100.0,
                      t.replicated_per_s > 0.0 ? "; followers fall behind" : ""));
    }
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
  bool crowded_ = false;  ///< commits wait as in a crowd
  std::vector<std::size_t> first_node_;
  std::size_t nodes_ = 0;
  std::vector<plan::LocationId> client_at_;
  std::vector<double> response_s_;
  std::vector<Eigen::Triplet<double>> edges_;
  std::vector<PoolTime> pool_times_;
  std::vector<Messages> messages_;
  std::vector<Commits> commits_;
  Eigen::MatrixXd frames_;
  PlanAnalysis result_;
};

}  // namespace

std::string link_name(const plan::Plan& plan, const LinkTraffic& traffic) {
  const plan::Link& link = plan.links[traffic.link.index()];
  return fmt::format("link {} ({} to {})", link.name, traffic.forward ? link.site_a : link.site_b,
                     traffic.forward ? link.site_b : link.site_a);
}

PlanAnalysis analyse(const plan::Plan& plan, double ns_per_hop) { return Analyst(plan).run(ns_per_hop); }

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
