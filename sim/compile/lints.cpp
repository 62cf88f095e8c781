#include "sim/compile/lints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/compile/flow.hpp"
#include "sim/compile/structure.hpp"

namespace twinvoice::compile {
namespace {

using Findings = std::vector<Advice>;

const std::string& target_name(const plan::Plan& plan, const plan::CallSite& site) {
  return plan.components[site.target.index()].name;
}
Subject caller_kind(const plan::CallSite& site) {
  return site.caller.valid() ? Subject::kComponent : Subject::kOperation;
}
/// How long a caller waits for one try.
Nanos patience_ns(const plan::CallSite& site) {
  return std::min(site.timeout_ns, site.retries.per_try_timeout_ns);
}

/// How long a call may last with all its tries and what it rests between them, at the mean; kNever: nothing bounds it.
Nanos longest_ns(const plan::Plan& plan, const plan::CallSite& site) {
  const plan::Retries& r = site.retries;
  if (site.timeout_ns != kNever || r.per_try_timeout_ns == kNever) return site.timeout_ns;
  const bool again = (r.on & plan::kOnTimeout) != 0;
  double total_s = to_seconds(r.per_try_timeout_ns);
  double backoff_s = r.backoff.valid() ? random::mean(plan.laws[r.backoff.index()], plan.law_tables) : 0.0;
  for (std::uint32_t i = 0; again && i < r.attempts; ++i) {
    total_s += to_seconds(r.per_try_timeout_ns) + std::min(backoff_s, to_seconds(r.max_backoff_ns));
    backoff_s *= r.multiplier;
  }
  return from_seconds(total_s);
}

/// A callee that is slow for all makes every call several.
void retries_without_budget(const plan::Plan& plan, Findings& out) {
  std::map<std::uint32_t, std::set<std::string>> callees;
  std::map<std::uint32_t, std::uint32_t> most;
  for (const plan::CallSite& site : plan.calls) {
    if (!site.caller.valid() || site.retries.attempts == 0 || site.retries.budget) continue;
    callees[site.caller.value].insert(target_name(plan, site));
    most[site.caller.value] = std::max(most[site.caller.value], site.retries.attempts);
  }
  for (const auto& [caller, names] : callees) {
    out.push_back(
        {Subject::kComponent, plan.components[caller].name,
         fmt::format(
             "its retries of {} have no budget: when that is ill, up to {} times as many calls come; say "
             "\"budget\": {{\"ratio\": \"10 %\"}}",
             fmt::join(names, ", "), most[caller] + 1)});
  }
}

/// A callee that is slow for all is asked several times for everything, while it is slow.
void hedges_without_budget(const plan::Plan& plan, Findings& out) {
  std::set<std::pair<std::string, std::string>> told;
  for (const plan::CallSite& site : plan.calls) {
    const std::uint32_t most = most_hedges(site);
    if (most == 0 || !told.emplace(caller_name(plan, site), target_name(plan, site)).second) continue;
    out.push_back(
        {caller_kind(site), caller_name(plan, site),
         fmt::format("its hedges of {} have no budget: when that takes longer than {} for all, {} times as "
                     "many calls come; keep it below {:.0f} % load, or hedge later",
                     target_name(plan, site), format_duration(site.hedge.after_ns), most + 1,
                     100.0 / (most + 1.0))});
  }
}

void calls_without_a_limit(const plan::Plan& plan, Findings& out) {
  std::set<std::pair<std::string, std::string>> told;
  for (const plan::CallSite& site : plan.calls) {
    if (patience_ns(site) != kNever || !told.emplace(caller_name(plan, site), target_name(plan, site)).second)
      continue;
    out.push_back(
        {caller_kind(site), caller_name(plan, site),
         fmt::format("its call to {} has no timeout: what hangs there hangs here too; say \"timeout\"",
                     target_name(plan, site))});
  }
}

/// Work that goes on when nobody waits for it any more.
void limits_longer_than_the_callers(const plan::Plan& plan, Findings& out) {
  std::set<std::pair<std::string, std::string>> told;
  for (const plan::CallSite& outer : plan.calls) {
    const Nanos waits_ns = patience_ns(outer);
    if (waits_ns == kNever) continue;
    const plan::Program& program = plan.programs[outer.program.index()];
    for (std::uint32_t i = program.first; i < program.first + program.count; ++i) {
      if (plan.steps[i].kind != plan::StepKind::kCall) continue;
      const plan::CallSite& inner = plan.calls[plan.steps[i].target];
      const Nanos takes_ns = longest_ns(plan, inner);
      if (takes_ns == kNever || takes_ns < waits_ns || inner.propagate_deadline) continue;
      if (!told.emplace(caller_name(plan, inner), target_name(plan, inner)).second) continue;
      out.push_back(
          {caller_kind(inner), caller_name(plan, inner),
           fmt::format(
               "its call to {} may take {}, but {} gives up after {}: it works on for nobody; shorten it, "
               "or say \"deadline\": \"propagate\"",
               target_name(plan, inner), format_duration(takes_ns), caller_name(plan, outer),
               format_duration(waits_ns))});
    }
  }
}

/// Client pools (of replica 0 of the caller) whose places lead to a component, each with a call that uses it.
std::map<std::uint32_t, const plan::CallSite*> pools_to(const plan::Plan& plan, std::size_t component) {
  std::map<std::uint32_t, const plan::CallSite*> pools;
  for (std::size_t i = 1; i < plan.steps.size(); ++i) {
    const plan::Step& before = plan.steps[i - 1];
    const bool takes = before.kind == plan::StepKind::kAcquire || before.kind == plan::StepKind::kConnect;
    if (plan.steps[i].kind != plan::StepKind::kCall || !takes) continue;
    const plan::CallSite& site = plan.calls[plan.steps[i].target];
    if (site.target.index() == component && site.caller.valid()) pools.emplace(before.target, &site);
  }
  return pools;
}

/// Connections that callers may hold, against the places that admit them where they lead.
void pools_that_cannot_be_full_at_once(const plan::Plan& plan, Findings& out) {
  for (std::size_t c = 0; c < plan.components.size(); ++c) {
    const plan::Component& component = plan.components[c];
    double held = 0.0;
    bool to_leader = false;
    std::set<std::string> callers;
    for (const auto& [pool, site] : pools_to(plan, c)) {
      held += static_cast<double>(plan.pools[pool].size) * plan.components[site->caller.index()].replicas;
      to_leader = to_leader || site->balance == plan::Balance::kPrimary;
      callers.insert(caller_name(plan, *site));
    }
    double admitted = 0.0;
    for (const plan::Pool& pool : plan.pools) {
      const plan::Instance& instance = plan.instances[pool.instance.index()];
      if (pool.connections || instance.component.index() != c) continue;
      if (to_leader && component.log.valid() &&
          instance.location != plan.logs[component.log.index()].leader_location)
        continue;
      admitted += pool.size == plan::kUnlimited ? held : static_cast<double>(pool.size);
    }
    if (admitted <= 0.0 || held <= admitted) continue;
    out.push_back(
        {Subject::kComponent, component.name,
         fmt::format(
             "{} may hold {:.0f} connections to it, it admits {:.0f}{}: the pools cannot all be full, and "
             "who comes last waits; make them smaller or admit more",
             fmt::join(callers, ", "), held, admitted, to_leader ? " where it is led" : "")});
  }
}

void what_procedures_say(const plan::Plan& plan, Findings& out) {
  for (const plan::Procedure& procedure : plan.procedures) {
    for (const std::string& sentence : procedure.advice)
      out.push_back({Subject::kProcedure, procedure.name, sentence});
  }
}

constexpr void (*kRules[])(const plan::Plan&, Findings&) = {
    calls_without_a_limit, limits_longer_than_the_callers,    retries_without_budget,
    hedges_without_budget, pools_that_cannot_be_full_at_once, what_procedures_say};

}  // namespace

std::vector<Advice> lints(const plan::Plan& plan) {
  Findings findings;
  for (const auto rule : kRules) rule(plan, findings);
  return findings;
}

}  // namespace twinvoice::compile
