#include "sim/compile/flow.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "sim/plan/causes.hpp"

namespace twinvoice::compile {
namespace {

/// 1 + r + ... + r^n.
double geometric(double r, std::uint32_t n) {
  double sum = 1.0;
  double power = 1.0;
  for (std::uint32_t k = 0; k < n && power > 1e-18; ++k) sum += power *= r;
  return sum;
}

double power(double r, std::uint32_t n) {
  double result = 1.0;
  for (std::uint32_t k = 0; k < n && result > 0.0; ++k) result *= r;
  return result;
}

constexpr std::size_t kError = 3;

std::size_t kind_of(plan::Reason reason) {
  const std::uint8_t bit = plan::retry_class(reason);
  for (std::size_t kind = 0; kind < kFailureKinds; ++kind) {
    if (bit == (1U << kind)) return kind;
  }
  return kError;
}

/// Walks one program once, from its first step to its reply, carrying the probability of being there.
class Walk {
 public:
  Walk(const plan::Plan& plan, const plan::Program& program, const std::vector<ProgramFlow>& done,
       Hedging hedging)
      : plan_(plan), program_(program), done_(done), hedging_(hedging), here_(program.count + 1, 0.0) {}

  ProgramFlow run() {
    const std::uint32_t reply = program_.reply - program_.first;
    here_[0] = 1.0;
    for (std::uint32_t i = 0; i < reply; ++i) step(i);
    ProgramFlow flow;
    flow.visits.assign(here_.begin(), here_.begin() + reply);
    flow.visits.resize(program_.count, 1.0);  // every frame passes the reply, however it ends
    flow.success = here_[reply];
    for (const auto& [at, kind, mass] : failures_) flow.failure[kind] += mass;
    for (auto& [at, started] : starts_) flow.starts.push_back(started);
    return flow;
  }

 private:
  const plan::Step& at(std::uint32_t i) const { return plan_.steps[program_.first + i]; }

  void fail(std::uint32_t i, std::size_t kind, double mass) {
    if (mass > 0.0) failures_.emplace_back(i, kind, mass);
  }

  void step(std::uint32_t i) {
    const plan::Step& s = at(i);
    const double mass = here_[i];
    switch (s.kind) {
      case plan::StepKind::kGate: gate(i, s, mass); break;
      case plan::StepKind::kBranch: branch(i, s, mass); break;
      case plan::StepKind::kCall: call(i, s, mass); break;
      case plan::StepKind::kEmit:
        start(i, plan::CallSiteId(s.target), mass, 0.0, false);
        here_[i + 1] += mass;
        break;
      case plan::StepKind::kFork:
        fork_ = i;
        here_[i + 1] += mass;
        break;
      case plan::StepKind::kJoin: join(i, s, mass); break;
      case plan::StepKind::kRepeat: repeat(i, s, mass); break;
      default: here_[i + 1] += mass;
    }
  }

  void gate(std::uint32_t i, const plan::Step& s, double mass) {
    const plan::Gate& g = plan_.gates[s.target];
    const double refused = g.kind == plan::GateKind::kProbability ? g.probability : 0.0;
    fail(i, g.by_request ? kVerdict : kind_of(g.reason), mass * refused);
    here_[i + 1] += mass * (1.0 - refused);
  }

  void branch(std::uint32_t i, const plan::Step& s, double mass) {
    const double p = jump_chance(plan_, s);
    here_[s.jump - program_.first] += mass * p;
    here_[i + 1] += mass * (1.0 - p);
  }

  void call(std::uint32_t i, const plan::Step& s, double mass) {
    const plan::CallSite& site = plan_.calls[s.target];
    const ProgramFlow& callee = done_[site.program.index()];
    // Of the requests that no verdict turns away, for a retry meets the same verdict.
    const double verdict = std::min(1.0, callee.failure[kVerdict]);
    const double open = 1.0 - verdict;
    double again = 0.0;
    for (std::size_t kind = 0; kind < kFailureKinds; ++kind) {
      if ((site.retries.on & (1U << kind)) != 0) again += callee.failure[kind];
    }
    if (site.retries.attempts == 0 || open <= 0.0) again = 0.0;
    if (again > 0.0) again /= open;
    const double attempts = geometric(again, site.retries.attempts);
    const double success = std::min(open, callee.success * attempts);
    const bool in_vain = (site.retries.on & plan::kOnRejected) != 0;
    const double rejected_tries = in_vain ? 1.0 + site.retries.attempts : 1.0;
    const double hedges = hedging_ == Hedging::kEveryCall ? most_hedges(site) : 0.0;
    start(i, plan::CallSiteId(s.target), mass * (open * attempts + verdict * rejected_tries), mass * hedges,
          true);
    if (site.on_failure == plan::OnFailure::kIgnore) {
      here_[i + 1] += mass;
      return;
    }
    here_[i + 1] += mass * success;
    if (site.on_failure == plan::OnFailure::kFallback) {
      here_[site.fallback - program_.first] += mass * (1.0 - success);
      return;
    }
    fail(i, kVerdict, mass * verdict);
    for (std::size_t kind = 0; kind < kVerdict; ++kind) {
      const bool tried_again = site.retries.attempts > 0 && (site.retries.on & (1U << kind)) != 0;
      const double rounds = tried_again ? power(again, site.retries.attempts) : attempts;
      fail(i, kind, mass * callee.failure[kind] * rounds);
    }
  }

  void join(std::uint32_t i, const plan::Step& s, double mass) {
    const plan::Step& fork = at(fork_);
    std::vector<double> chances;
    for (std::uint32_t b = 0; b < fork.arg; ++b) {
      const plan::ProgramId branch = plan_.fork_branches[fork.target + b];
      chances.push_back(done_[branch.index()].success);
      starts_.emplace_back(i, Started{branch, {}, mass, 0.0, true});
    }
    const double enough = chance_of_at_least(s.arg, chances);
    here_[i + 1] += mass * enough;
    fail(i, kError, mass * (1.0 - enough));
  }

  void repeat(std::uint32_t i, const plan::Step& s, double mass) {
    const std::uint32_t body = s.jump - program_.first;
    const double entered = here_[body];
    if (entered <= 0.0 || s.arg == 0) {
      here_[i + 1] += mass;
      return;
    }
    const double survived = mass / entered;
    const double rounds = geometric(survived, s.arg - 1U);
    for (std::uint32_t k = body; k <= i; ++k) here_[k] *= rounds;
    for (auto& [at, kind, failed] : failures_) {
      if (at >= body) failed *= rounds;
    }
    for (auto& [at, started] : starts_) {
      if (at < body) continue;
      started.frames *= rounds;
      started.hedges *= rounds;
    }
    here_[i + 1] += entered * power(survived, s.arg);
  }

  void start(std::uint32_t i, plan::CallSiteId id, double frames, double hedges, bool waited_for) {
    starts_.emplace_back(i,
                         Started{plan_.calls[id.index()].program, id, frames + hedges, hedges, waited_for});
  }

  const plan::Plan& plan_;
  const plan::Program& program_;
  const std::vector<ProgramFlow>& done_;
  Hedging hedging_;
  std::vector<double> here_;
  std::vector<std::tuple<std::uint32_t, std::size_t, double>> failures_;
  std::vector<std::pair<std::uint32_t, Started>> starts_;
  std::uint32_t fork_ = 0;
};

}  // namespace

std::tuple<int, Nanos> distance(const plan::Plan& plan, plan::LocationId from, plan::LocationId to) {
  if (from == to) return {0, 0};
  if (plan.locations[from.index()].site == plan.locations[to.index()].site) return {1, 0};
  const plan::Route& route = plan.route(from, to);
  return {2, route.exists ? route.latency_ns : kNever};
}

double jump_chance(const plan::Plan& plan, const plan::Step& branch) {
  const double scale = (branch.flags & plan::kCellScaled) != 0 ? plan.cells[branch.target].initial : 1.0;
  return std::clamp(branch.value * scale, 0.0, 1.0);
}

double chance_of_at_least(std::size_t needed, const std::vector<double>& chances) {
  std::vector<double> successes{1.0};  // by their number
  for (const double p : chances) {
    std::vector<double> next(successes.size() + 1, 0.0);
    for (std::size_t k = 0; k < successes.size(); ++k) {
      next[k] += successes[k] * (1.0 - p);
      next[k + 1] += successes[k] * p;
    }
    successes = std::move(next);
  }
  double enough = 0.0;
  for (std::size_t k = needed; k < successes.size(); ++k) enough += successes[k];
  return enough;
}

std::uint32_t most_hedges(const plan::CallSite& site) {
  if (site.hedge.after_ns >= site.timeout_ns) return 0;
  if (site.timeout_ns == kNever || site.hedge.after_ns <= 0) return site.hedge.max;
  return static_cast<std::uint32_t>(
      std::min<Nanos>(site.hedge.max, (site.timeout_ns - 1) / site.hedge.after_ns));
}

std::vector<ProgramFlow> program_flows(const plan::Plan& plan, Hedging hedging) {
  std::vector<ProgramFlow> flows;
  flows.reserve(plan.programs.size());
  for (const plan::Program& program : plan.programs)
    flows.push_back(Walk(plan, program, flows, hedging).run());
  return flows;
}

std::vector<double> balance_shares(const plan::Plan& plan, const plan::CallSite& site,
                                   plan::LocationId from) {
  const plan::Component& target = plan.components[site.target.index()];
  std::vector<double> shares(target.replicas, 0.0);
  std::tuple<int, Nanos> nearest{3, kNever};
  for (int pass = 0; pass < 2; ++pass) {
    for (std::uint32_t i = 0; i < target.replicas; ++i) {
      const plan::Instance& instance = plan.instances[target.first_instance + i];
      if (instance.weight <= 0.0) continue;
      if (site.balance == plan::Balance::kNearest) {
        const auto d = distance(plan, from, instance.location);
        if (pass == 0) nearest = std::min(nearest, d);
        if (pass == 1 && d == nearest) shares[i] = 1.0;
      } else if (site.balance == plan::Balance::kPrimary) {
        if (target.log.valid() && plan.logs[target.log.index()].leader_location == instance.location)
          shares[i] = 1.0;
      } else {
        shares[i] = site.balance == plan::Balance::kWeighted ? instance.weight : 1.0;
      }
    }
  }
  double sum = 0.0;
  for (const double share : shares) sum += share;
  for (double& share : shares) share = sum > 0.0 ? share / sum : 0.0;
  return shares;
}

}  // namespace twinvoice::compile
