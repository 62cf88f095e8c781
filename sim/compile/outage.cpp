#include "sim/compile/outage.hpp"

#include <algorithm>
#include <tuple>

#include "sim/compile/flow.hpp"
#include "sim/plan/causes.hpp"

namespace twinvoice::compile {
namespace {

constexpr double kSurely = 1.0 - 1e-9;

/// Probability that k replicas chosen one after the other, none twice while one is left, all fail: each replica fails
/// independently with its own probability. Elementary symmetric polynomial over the number of choices.
std::vector<double> all_of_distinct(const std::vector<double>& fails, std::uint32_t most) {
  const std::size_t m = fails.size();
  std::vector<double> sums(m + 1, 0.0);
  sums[0] = 1.0;
  double mean = 0.0;
  for (const double f : fails) {
    for (std::size_t k = m; k > 0; --k) sums[k] += sums[k - 1] * f;
    mean += f / static_cast<double>(m);
  }
  std::vector<double> all{1.0};
  double ways = 1.0;
  for (std::uint32_t k = 1; k <= most; ++k) {
    if (k > m) {
      all.push_back(all.back() * mean);
      continue;
    }
    ways *= static_cast<double>(m - k + 1) / static_cast<double>(k);
    all.push_back(sums[k] / ways);
  }
  return all;
}

std::vector<double> powers(double fails, std::uint32_t most) {
  std::vector<double> all{1.0};
  for (std::uint32_t k = 1; k <= most; ++k) all.push_back(all.back() * fails);
  return all;
}

/// Hedges that may go to another replica.
std::uint32_t hedges(const plan::CallSite& site) {
  return site.connection_pool.valid() ? 0 : most_hedges(site);
}

/// Tries after the first that fit when a replica says nothing: a retry begins when a try has run out, a hedge before.
std::uint32_t tries_after_silence(const plan::CallSite& site) {
  std::uint32_t tries = 0;
  const Nanos each_ns = site.retries.per_try_timeout_ns;
  if (each_ns != kNever && (site.retries.on & plan::kOnTimeout) != 0) {
    tries = site.retries.attempts;
    if (site.timeout_ns != kNever)
      tries = static_cast<std::uint32_t>(std::min<Nanos>(tries, (site.timeout_ns - 1) / each_ns));
  }
  return std::max(tries, hedges(site));
}

}  // namespace

bool may_eject(const plan::Plan& plan, const plan::CallSite& site) {
  const std::uint32_t replicas = plan.components[site.target.index()].replicas;
  return site.ejection.consecutive_errors > 0 && site.ejection.max_fraction * replicas >= 1.0;
}

OutageWalk::OutageWalk(const plan::Plan& plan, const Outage& outage)
    : plan_(plan), outage_(outage), probers_(plan.components.size()) {
  for (const plan::Procedure& procedure : plan.procedures) {
    if (!procedure.takes_out || !procedure.at.valid() || dead_place(procedure.at.value)) continue;
    for (std::size_t c = 0; c < plan.components.size(); ++c) {
      if (plan.components[c].name == procedure.subject) probers_[c].push_back(procedure.at.value);
    }
  }
  // Callees have smaller ids.
  const auto locations = static_cast<std::uint32_t>(plan.locations.size());
  for (std::size_t p = 0; p < plan.programs.size(); ++p) {
    std::vector<Failure> at(locations);
    const plan::ComponentId component = plan.programs[p].component;
    std::vector<bool> stands(locations, !component.valid());
    if (component.valid()) {
      const plan::Component& c = plan.components[component.index()];
      for (std::uint32_t i = c.first_instance; i < c.first_instance + c.replicas; ++i)
        stands[plan.instances[i].location.index()] = true;
    }
    for (std::uint32_t l = 0; l < locations; ++l) {
      if (stands[l]) at[l] = program(p, l);
    }
    frames_.push_back(std::move(at));
  }
}

std::vector<Lost> OutageWalk::lost() const {
  std::vector<Lost> lost;
  for (const plan::Operation& operation : plan_.operations) {
    const Failure failure = dead_place(operation.from.value)
                                ? Failure{0.0, 1.0, false, false}
                                : frames_[operation.program.index()][operation.from.index()];
    lost.push_back({std::min(1.0, failure.all()), failure.at_least, failure.at_most});
  }
  return lost;
}

OutageWalk::Failure OutageWalk::program(std::size_t index, std::uint32_t location) const {
  const plan::Program& program = plan_.programs[index];
  std::vector<double> here(program.count + 1, 0.0);  // probability of being at each step
  here[0] = 1.0;
  Failure total;
  const plan::Step* fork = nullptr;
  for (std::uint32_t i = 0; i < program.reply - program.first; ++i) {
    const plan::Step& s = plan_.steps[program.first + i];
    const double mass = here[i];
    Failure failure;
    std::uint32_t otherwise = 0;  // where a failure goes on; 0: nowhere
    switch (s.kind) {
      case plan::StepKind::kBranch: {
        const double jumps = jump_chance(plan_, s);
        here[s.jump - program.first] += mass * jumps;
        here[i + 1] += mass * (1.0 - jumps);
        continue;
      }
      case plan::StepKind::kCall: {
        const plan::CallSite& site = plan_.calls[s.target];
        failure = call(site, location);
        if (site.on_failure == plan::OnFailure::kIgnore) failure = {};
        if (site.on_failure == plan::OnFailure::kFallback) otherwise = site.fallback - program.first;
        break;
      }
      case plan::StepKind::kFork: fork = &s; break;
      case plan::StepKind::kJoin:
        if (fork != nullptr) failure = joined(*fork, s.arg, location);
        break;
      case plan::StepKind::kCommit:
        if (!commits(plan_.logs[s.target], location)) failure.at_once = 1.0;
        break;
      case plan::StepKind::kRepeat: {
        const double entered = here[s.jump - program.first];
        const double survived = entered > 0.0 ? mass / entered : 1.0;
        double left = mass;
        for (std::uint32_t round = 1; round < s.arg; ++round) left *= survived;
        // What the further rounds lose fails as the first one did.
        const double lost = mass - left;
        const double known = total.all();
        total.at_once += known > 0.0 ? lost * total.at_once / known : lost;
        total.silent += known > 0.0 ? lost * total.silent / known : 0.0;
        here[i + 1] += left;
        continue;
      }
      default: break;
    }
    if (mass > 0.0) total.doubt(failure);
    here[i + 1] += mass * (1.0 - failure.all());
    if (otherwise != 0) {
      here[otherwise] += mass * failure.all();
      continue;
    }
    total.at_once += mass * failure.at_once;
    total.silent += mass * failure.silent;
  }
  return total;
}

OutageWalk::Failure OutageWalk::joined(const plan::Step& fork, std::uint32_t needed,
                                       std::uint32_t location) const {
  std::vector<double> chances;
  Failure result;
  for (std::uint32_t b = 0; b < fork.arg; ++b) {
    const Failure& branch = frames_[plan_.fork_branches[fork.target + b].index()][location];
    result.doubt(branch);
    chances.push_back(1.0 - branch.all());
  }
  result.at_once = 1.0 - chance_of_at_least(needed, chances);
  return result;
}

OutageWalk::Failure OutageWalk::call(const plan::CallSite& site, std::uint32_t from) const {
  const plan::Component& target = plan_.components[site.target.index()];
  const auto chosen = candidates(site, from);
  if (chosen.empty() || counts_as_down(target)) return {1.0, 0.0, false, false};
  const bool again_at_once = (site.retries.on & plan::retry_class(plan::Reason::kRefused)) != 0;
  const bool again_after_silence = (site.retries.on & plan::kOnTimeout) != 0 || hedges(site) > 0;
  Failure one;                      // of one try
  double again = 0.0;               // of it, what is tried again
  std::vector<double> fails_again;  // the same by replica
  bool refuses = false;
  bool silent = false;
  for (const auto& [ordinal, share] : chosen) {
    const std::uint32_t instance = target.first_instance + ordinal;
    Failure f = frames_[site.program.index()][plan_.instances[instance].location.index()];
    switch (reach(instance, from)) {
      case Reach::kAnswers: break;
      case Reach::kRefuses: f = {1.0, 0.0, false, false}, refuses = true; break;
      case Reach::kSilent: f = {0.0, 1.0, false, false}, silent = true; break;
    }
    fails_again.push_back((again_at_once ? f.at_once : 0.0) + (again_after_silence ? f.silent : 0.0));
    again += share * fails_again.back();
    one.at_once += share * f.at_once;
    one.silent += share * f.silent;
    one.doubt(f);
    one.at_most = one.at_most || (may_eject(plan_, site) && f.all() > 0.0 && f.all() < kSurely);
  }
  const bool prefers_idle =
      site.balance == plan::Balance::kLeastRequest || site.balance == plan::Balance::kPowerOfTwo;
  one.at_least = one.at_least || (prefers_idle && refuses && chosen.size() > 1);
  const std::uint32_t most = silent ? tries_after_silence(site) : site.retries.attempts;
  const double single = one.all();
  const bool avoids = site.retries.avoid_tried && site.balance != plan::Balance::kWeighted;
  const bool in_turn = site.balance == plan::Balance::kRoundRobin ||
                       site.balance == plan::Balance::kNearest || site.balance == plan::Balance::kPrimary;
  // Taken for independent; who goes on in turn comes to another replica unless others have called in between.
  one.at_most = one.at_most || (most > 0 && !avoids && in_turn && again > 0.0 && again < kSurely);
  if (most == 0 || single <= 0.0) return one;
  const std::vector<double> tried_again =
      avoids ? all_of_distinct(fails_again, most + 1) : powers(again, most + 1);
  double retries = 0.0;
  for (std::uint32_t k = 1; k <= most; ++k) retries += tried_again[k];
  double lost = tried_again[most + 1] + (single - again) * (1.0 + retries);
  if (site.retries.budget && retries > site.retries.budget_ratio)
    lost = single - (single - lost) * site.retries.budget_ratio / retries;
  return {one.at_once * lost / single, one.silent * lost / single, one.at_least, one.at_most};
}

std::vector<std::pair<std::uint32_t, double>> OutageWalk::candidates(const plan::CallSite& site,
                                                                     std::uint32_t from) const {
  const plan::Component& target = plan_.components[site.target.index()];
  std::vector<std::uint32_t> in_balancing;
  for (std::uint32_t i = 0; i < target.replicas; ++i) {
    const std::uint32_t instance = target.first_instance + i;
    if (plan_.instances[instance].weight > 0.0 && !taken_out(instance)) in_balancing.push_back(i);
  }
  const auto location = [&](std::uint32_t i) { return plan_.instances[target.first_instance + i].location; };
  std::vector<std::tuple<int, Nanos>> away;  // by location, where it matters
  if (site.balance == plan::Balance::kNearest) {
    for (std::uint32_t l = 0; l < plan_.locations.size(); ++l)
      away.push_back(distance(plan_, plan::LocationId(from), plan::LocationId(l)));
  }
  const auto fails = [&](std::uint32_t i) {
    const Reach reached = reach(target.first_instance + i, from);
    if (reached == Reach::kSilent)
      return site.timeout_ns != kNever || site.retries.per_try_timeout_ns != kNever;
    return reached == Reach::kRefuses || frames_[site.program.index()][location(i).index()].all() > kSurely;
  };
  auto ejections =
      may_eject(plan_, site)
          ? static_cast<std::size_t>(site.ejection.max_fraction * static_cast<double>(in_balancing.size()))
          : std::size_t{0};
  std::vector<std::uint32_t> chosen;
  for (;;) {
    chosen = in_balancing;
    if (site.balance == plan::Balance::kPrimary && target.log.valid()) {
      const plan::LocationId leader = plan_.logs[target.log.index()].leader_location;
      std::erase_if(chosen, [&](std::uint32_t i) { return location(i) != leader; });
    }
    if (site.balance == plan::Balance::kNearest && !chosen.empty()) {
      const auto at = [&](std::uint32_t i) { return away[location(i).index()]; };
      const auto nearest =
          at(*std::min_element(chosen.begin(), chosen.end(), [&](auto a, auto b) { return at(a) < at(b); }));
      std::erase_if(chosen, [&](std::uint32_t i) { return at(i) != nearest; });
    }
    // All of these at once, as far as the limit goes; then perhaps those further away are chosen.
    const std::size_t before = in_balancing.size();
    std::size_t next = 0;
    std::erase_if(in_balancing, [&](std::uint32_t i) {
      if (next == chosen.size() || chosen[next] != i) return false;
      ++next;
      return ejections > 0 && fails(i) && ejections-- > 0;
    });
    if (in_balancing.size() == before) break;
  }
  const auto weight = [&](std::uint32_t i) {
    return site.balance == plan::Balance::kWeighted ? plan_.instances[target.first_instance + i].weight : 1.0;
  };
  double sum = 0.0;
  for (const std::uint32_t i : chosen) sum += weight(i);
  std::vector<std::pair<std::uint32_t, double>> shares;
  for (const std::uint32_t i : chosen) shares.emplace_back(i, weight(i) / sum);
  return shares;
}

bool OutageWalk::counts_as_down(const plan::Component& component) const {
  std::uint32_t live = 0;
  for (std::uint32_t i = component.first_instance; i < component.first_instance + component.replicas; ++i) {
    const bool dead = !outage_.instances.empty() && outage_.instances[i];
    live += dead || dead_place(plan_.instances[i].location.value) ? 0U : 1U;
  }
  return live < component.needs_at_least;
}

bool OutageWalk::taken_out(std::uint32_t instance) const {
  const plan::Instance& i = plan_.instances[instance];
  const auto& probers = probers_[i.component.index()];
  return std::any_of(probers.begin(), probers.end(),
                     [&](std::uint32_t prober) { return reach(instance, prober) != Reach::kAnswers; });
}

OutageWalk::Reach OutageWalk::reach(std::uint32_t instance, std::uint32_t from) const {
  const std::uint32_t location = plan_.instances[instance].location.value;
  if (!open(from, location) || !open(location, from)) return Reach::kSilent;
  const bool dead = !outage_.instances.empty() && outage_.instances[instance];
  return dead ? Reach::kRefuses : Reach::kAnswers;
}

bool OutageWalk::open(std::uint32_t from, std::uint32_t to) const {
  if (dead_place(from) || dead_place(to)) return false;
  const plan::Route& route = plan_.route(plan::LocationId(from), plan::LocationId(to));
  if (!route.exists) return false;
  return outage_.links.empty() || std::none_of(route.links.begin(), route.links.end(),
                                               [&](plan::LinkId l) { return outage_.links[l.index()]; });
}

/// Whether a write at the place is acknowledged: it leads, and as many others as the mode wants can confirm.
bool OutageWalk::commits(const plan::Log& log, std::uint32_t location) const {
  if (log.leader_location.value != location) return false;
  if (log.mode == plan::CommitMode::kAsync || log.followers.empty()) return true;
  const plan::Component& component = plan_.components[log.component.index()];
  std::size_t confirm = 0;
  for (const plan::LocationId follower : log.followers) {
    bool up = false;
    for (std::uint32_t i = component.first_instance; i < component.first_instance + component.replicas; ++i)
      up = up || (plan_.instances[i].location == follower && reach(i, location) == Reach::kAnswers);
    confirm += up ? 1U : 0U;
  }
  if (log.mode == plan::CommitMode::kSync) return confirm == log.followers.size();
  return confirm > 0 || log.fallback_ns != kNever;
}

}  // namespace twinvoice::compile
