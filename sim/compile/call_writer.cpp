// Calls in a program: one CallSite per place, with what stands around it.
//
//   calls with probability p < 1:   Branch(1 - p) -> after
//   client pool:                    Acquire or Connect; Call; Release   (a pool failure fails the caller
//                                                                       itself)
//   fallback:                       Call, on failure -> L1; Release; jump L2; L1: Release; Call the fallback;
//                                   L2:
//   times n > 1:                    all of this, then Repeat n
//   parallel:                       Fork of one small program per call, on the caller's replica; Join
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/compile/draft.hpp"
#include "sim/compile/program_builder.hpp"
#include "sim/compile/programs.hpp"
#include "sim/random/keys.hpp"
#include "sim/random/laws.hpp"

namespace twinvoice::compile {
namespace {

plan::Balance lower(spec::BalanceMode mode) {
  switch (mode) {
    case spec::BalanceMode::kRoundRobin: return plan::Balance::kRoundRobin;
    case spec::BalanceMode::kRandom: return plan::Balance::kRandom;
    case spec::BalanceMode::kLeastRequest: return plan::Balance::kLeastRequest;
    case spec::BalanceMode::kPowerOfTwo: return plan::Balance::kPowerOfTwo;
    case spec::BalanceMode::kWeighted: return plan::Balance::kWeighted;
    case spec::BalanceMode::kNearest: return plan::Balance::kNearest;
    case spec::BalanceMode::kPrimary: return plan::Balance::kPrimary;
  }
  return plan::Balance::kNearest;
}

plan::Jitter lower(spec::JitterMode mode) {
  switch (mode) {
    case spec::JitterMode::kNone: return plan::Jitter::kNone;
    case spec::JitterMode::kFull: return plan::Jitter::kFull;
    case spec::JitterMode::kEqual: return plan::Jitter::kEqual;
  }
  return plan::Jitter::kNone;
}

std::uint8_t lower(spec::RetryCause cause) {
  switch (cause) {
    case spec::RetryCause::kTimeout: return plan::kOnTimeout;
    case spec::RetryCause::kReset: return plan::kOnReset;
    case spec::RetryCause::kRejected: return plan::kOnRejected;
    case spec::RetryCause::kError: return plan::kOnError;
  }
  return 0;
}

std::uint32_t message_bytes(const spec::Bytes& bytes) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(bytes.count, 0, 0xffffffffLL));
}

/// Ten times the mean backoff when nothing is stated, as in Envoy.
Nanos max_backoff_ns(const spec::RetrySpec& r, plan::LawId backoff, const plan::Plan& plan) {
  if (r.max_backoff) return r.max_backoff->ns;
  return backoff.valid() ? from_seconds(10.0 * random::mean(plan.laws[backoff.value], plan.law_tables)) : 0;
}

}  // namespace

/// Writes one call into a builder.
class CallWriter {
 public:
  CallWriter(ProgramBuilder& b, const CallSetup& setup, const Place& place)
      : b_(b), setup_(setup), place_(place) {
    slot_ = slot_name(setup.to->id, setup.endpoint->text);
    const Callee callee = b.programs_.resolve(*setup.to, *setup.endpoint, b.operation_, place);
    if (callee.program.valid()) write(callee);
  }

  /// Names are unique within a program and do not depend on which calls an operation skips.
  static std::string claim_slot(ProgramBuilder& b, const std::string& base) {
    const auto before = std::count(b.slots_.begin(), b.slots_.end(), base);
    b.slots_.push_back(base);
    return before == 0 ? base : fmt::format("{}#{}", base, before + 1);
  }
  static std::string base_name(const ProgramBuilder& b, const std::string& to, const std::string& endpoint) {
    const plan::ComponentId id = b.draft_.find_component(to);
    const PartModel* model = id.valid() ? b.draft_.catalog.part(b.draft_.component(id).model) : nullptr;
    const bool unnamed = endpoint == "default" && model != nullptr;
    return fmt::format("{}{}{}>{}/{}", b.owner_, b.endpoint_.empty() ? "" : "/", b.endpoint_, to,
                       unnamed ? model->default_endpoint : std::string_view(endpoint));
  }

  /// A site with the default policy: emits, fallbacks, and what policies start from.
  static plan::CallSite bare_site(const ProgramBuilder& b, const Callee& callee, const std::string& slot) {
    plan::CallSite site;
    site.name = slot;
    site.name_key = random::hash_name(slot);
    site.call = fmt::format("{}>{}/{}", b.owner_, b.draft_.component(callee.component).name, callee.endpoint);
    site.caller = b.component_;
    site.target = callee.component;
    site.program = callee.program;
    site.balance = callee.at_primary ? plan::Balance::kPrimary : plan::Balance::kNearest;
    site.balance_purpose = b.purpose("balance/" + slot);
    site.retries.backoff_purpose = b.purpose("backoff/" + slot);
    site.retries.jitter_purpose = b.purpose("jitter/" + slot);
    return site;
  }

 private:
  [[nodiscard]] std::string slot_name(const std::string& to, const std::string& endpoint) {
    return claim_slot(b_, base_name(b_, to, endpoint));
  }

  void write(const Callee& callee) {
    const spec::CallPolicy defaults;
    const spec::CallPolicy& policy = setup_.policy != nullptr ? *setup_.policy : defaults;
    const auto start = static_cast<std::uint32_t>(b_.text_.steps.size());
    std::optional<ProgramBuilder::Jump> skip;
    if (setup_.probability < 1.0) skip = b_.branch(1.0 - setup_.probability, "skip/" + slot_);

    b_.text_.sites.push_back(bare_site(b_, callee, slot_));
    const std::size_t index = b_.text_.sites.size() - 1;
    if (setup_.name != nullptr)
      b_.text_.sites[index].call = fmt::format("{}.{}", b_.owner_, setup_.name->text);
    apply(policy, callee, b_.text_.sites[index]);
    take_connection(policy, callee, index);
    if (setup_.name != nullptr) b_.programs_.name_call(b_.text_.sites[index], callee, pool_, *setup_.name);
    b_.add(plan::StepKind::kCall, slot_).target = static_cast<std::uint32_t>(index);
    if (policy.on_failure == spec::OnFailure::kFallback && policy.fallback) {
      release();
      const ProgramBuilder::Jump done = b_.jump();
      b_.text_.sites[index].fallback = static_cast<std::uint32_t>(b_.text_.steps.size());
      release();
      write_fallback(*policy.fallback);
      b_.land(done);
    } else {
      release();
    }
    if (skip) b_.land(*skip);
    if (setup_.times > 1) repeat(start);
  }

  void repeat(std::uint32_t start) {
    if (setup_.times > 0xffff) {
      b_.error(place_, "a call is repeated at most 65535 times");
      return;
    }
    plan::Step& s = b_.add(plan::StepKind::kRepeat, "repeat");
    s.jump = start;
    s.arg = static_cast<std::uint16_t>(setup_.times);
  }

  void release() {
    if (pool_.valid()) b_.release(pool_);
  }

  void write_fallback(const spec::FallbackSpec& fallback) {
    const std::string slot = slot_name(fallback.to.id, fallback.endpoint.text);
    const Callee callee =
        b_.programs_.resolve(fallback.to, fallback.endpoint, b_.operation_, fallback.to.place);
    if (!callee.program.valid()) return;
    b_.text_.sites.push_back(bare_site(b_, callee, slot));
    b_.add(plan::StepKind::kCall, slot).target = static_cast<std::uint32_t>(b_.text_.sites.size() - 1);
  }

  /// The share of the replicas that may be ejected is rounded down: of few replicas it may be none.
  void look_at_ejection(const spec::CallPolicy& policy, const plan::Component& target) {
    const double share = policy.ejection->max_ejection_percent.value;
    if (share * target.replicas >= 1.0) return;
    b_.draft_.issues.warning(
        policy.place.line > 0 ? policy.place : place_,
        fmt::format(
            "the ejection of this call can never act: {} of the {} of \"{}\" is less than one replica",
            spec::format_quantity(policy.ejection->max_ejection_percent),
            target.replicas == 1 ? std::string("1 replica") : fmt::format("{} replicas", target.replicas),
            target.name));
  }

  /// A warning, since a sweep over `attempts` begins at 0 with all the rest beside it.
  void look_at_retries(const spec::RetrySpec& retries) {
    const bool says_more =
        retries.backoff.place.line > 0 || retries.max_backoff || retries.on || retries.budget;
    if (retries.attempts > 0 || !says_more) return;
    b_.draft_.issues.warning(
        retries.place, "with 0 \"attempts\" nothing is tried again: what stands beside it does nothing");
  }

  void apply(const spec::CallPolicy& policy, const Callee& callee, plan::CallSite& site) {
    Draft& draft = b_.draft_;
    if (!callee.at_primary) site.balance = lower(policy.balance);
    if (site.balance == plan::Balance::kPrimary && !callee.at_primary && !has_log(callee)) {
      b_.error(place_, fmt::format("balance \"primary\" needs a replicated log, which \"{}\" has not",
                                   setup_.to->id));
    }
    if (policy.timeout) site.timeout_ns = policy.timeout->ns;
    if (policy.retries) look_at_retries(*policy.retries);
    site.propagate_deadline = policy.deadline == spec::DeadlineMode::kPropagate;
    site.cancel_losers = policy.cancellation == spec::CancellationMode::kPropagate;
    site.request_bytes = message_bytes(policy.request);
    site.response_bytes = message_bytes(policy.response);
    if (policy.retries) {
      const spec::RetrySpec& r = *policy.retries;
      site.retries.attempts = static_cast<std::uint32_t>(r.attempts);
      if (r.per_try_timeout) site.retries.per_try_timeout_ns = r.per_try_timeout->ns;
      site.retries.backoff = draft.law_unless_zero(r.backoff);
      site.retries.multiplier = r.multiplier;
      site.retries.max_backoff_ns = max_backoff_ns(r, site.retries.backoff, draft.plan);
      site.retries.jitter = lower(r.jitter);
      site.retries.on = r.on ? std::uint8_t{0} : std::uint8_t{15};
      if (r.on) {
        for (const spec::RetryCause cause : *r.on)
          site.retries.on = static_cast<std::uint8_t>(site.retries.on | lower(cause));
      }
      site.retries.avoid_tried = r.avoid_tried && r.attempts > 0;
      if (r.budget) {
        site.retries.budget = true;
        site.retries.budget_ratio = r.budget->ratio.value;
        site.retries.budget_burst = static_cast<double>(r.budget->burst);
      }
    }
    if (policy.hedge) site.hedge = {policy.hedge->after.ns, static_cast<std::uint32_t>(policy.hedge->max)};
    if (policy.breaker) {
      site.breaker = {static_cast<std::uint32_t>(policy.breaker->consecutive_errors),
                      policy.breaker->open_for.ns,
                      static_cast<std::uint32_t>(policy.breaker->half_open_requests)};
    }
    if (policy.ejection) {
      site.ejection = {static_cast<std::uint32_t>(policy.ejection->consecutive_errors),
                       policy.ejection->base_ejection_time.ns, policy.ejection->max_ejection_percent.value};
      look_at_ejection(policy, draft.component(callee.component));
    }
    switch (policy.on_failure) {
      case spec::OnFailure::kFail: site.on_failure = plan::OnFailure::kFail; break;
      case spec::OnFailure::kIgnore: site.on_failure = plan::OnFailure::kIgnore; break;
      case spec::OnFailure::kFallback: site.on_failure = plan::OnFailure::kFallback; break;
    }
    if (policy.on_failure == spec::OnFailure::kFallback && !policy.fallback) {
      b_.error(place_, "on_failure \"fallback\" needs a \"fallback\"");
      site.on_failure = plan::OnFailure::kFail;
    }
  }

  [[nodiscard]] bool has_log(const Callee& callee) const {
    return b_.draft_.component(callee.component).log.valid();
  }

  void take_connection(const spec::CallPolicy& policy, const Callee& callee, std::size_t index) {
    if (!policy.pool) return;
    const spec::CallPool& pool = *policy.pool;
    if (!b_.component_.valid()) {
      b_.error(pool.own ? pool.own->place : pool.shared.place,
               "clients of an operation have no connection pool: they are many; give it to the component "
               "they enter");
      return;
    }
    pool_ = pool.own ? b_.call_pool("pool " + b_.text_.sites[index].call, b_.client_pool(*pool.own))
                     : b_.shared_pool(pool.shared);
    if (!pool_.valid()) return;
    const spec::PoolSpec& spec = pool.own ? *pool.own : *b_.declared_pool(pool.shared.text);
    ComponentFacts& facts = b_.draft_.facts[b_.component_.index()];
    if (!facts.admission.valid()) facts.admission = pool_;
    if (!spec.has_connections()) {
      b_.acquire(pool_);
      return;
    }
    b_.programs_.lead_pool(pool_, callee.component, pool.own ? spec.place : pool.shared.place);
    b_.text_.sites[index].connection_pool = pool_;
    b_.text_.sites[index].establish = establish(spec.establish.value_or(spec::EstablishSpec{}), callee);
    plan::Step& s = b_.add(plan::StepKind::kConnect, "connect");
    s.target = pool_.value;
    s.arg = static_cast<std::uint16_t>(index);
    s.purpose = b_.purpose("connect/" + slot_);
  }

  /// The handshake: round trips on the route, the last one with the work at the peer in the middle.
  [[nodiscard]] plan::ProgramId establish(const spec::EstablishSpec& spec, const Callee& callee) {
    const plan::Component& peer = b_.draft_.component(callee.component);
    ProgramBuilder e(b_.draft_, b_.programs_, callee.component, b_.operation_, b_.owner_, "", place_);
    const auto hop = [&](std::uint8_t flags) {
      plan::Step& s = e.add(plan::StepKind::kHop, "establish");
      s.flags = static_cast<std::uint8_t>(flags | plan::kEstablish);
      s.size_bytes = static_cast<std::uint32_t>(spec.message.count);
      s.purpose = e.purpose(fmt::format("establish {}/{}", slot_, e.text_.steps.size()));
    };
    for (std::int64_t i = 0; i < spec.round_trips; ++i) {
      hop(0);
      const plan::StationId station = b_.draft_.facts[callee.component.index()].station;
      if (i + 1 == spec.round_trips && !spec.demand.is_zero() && station.valid()) {
        const plan::LawId law = b_.draft_.law(spec.demand);
        plan::Step& s = e.add(plan::StepKind::kServe, "establish");
        s.target = station.value;
        s.law = law;
        s.purpose = e.purpose("establish " + slot_);
      }
      e.text_.reply = static_cast<std::uint32_t>(e.text_.steps.size());
      hop(plan::kToParent);
    }
    e.add(plan::StepKind::kReturn, "return");
    if (spec.round_trips == 0) e.text_.reply = 0;
    return b_.programs_.append(fmt::format("{}/establish by {}", peer.name, slot_), callee.component,
                               b_.operation_, e.text_);
  }

  ProgramBuilder& b_;
  const CallSetup& setup_;
  const Place& place_;
  std::string slot_;
  plan::PoolId pool_;
};

bool ProgramBuilder::applies(const spec::CallSpec& spec) const {
  if (!spec.operations) return true;
  const std::string& name = draft_.plan.operations[operation_.index()].name;
  return std::any_of(spec.operations->begin(), spec.operations->end(),
                     [&](const auto& ref) { return ref.id == name; });
}

void ProgramBuilder::call(const CallSetup& setup, const Place& place) { CallWriter(*this, setup, place); }

void ProgramBuilder::call(const spec::CallSpec& spec) {
  if (!applies(spec)) {
    CallWriter::claim_slot(*this, CallWriter::base_name(*this, spec.to.id, spec.endpoint.text));
    return;
  }
  call({&spec.to, &spec.endpoint, &spec.policy, spec.probability.value, spec.times,
        spec.name ? &*spec.name : nullptr},
       spec.place);
}

void ProgramBuilder::calls(const std::vector<spec::CallItem>& items) {
  for (const spec::CallItem& item : items) {
    if (const auto* single = std::get_if<spec::CallSpec>(&item.item)) {
      call(*single);
    } else {
      parallel(std::get<spec::ParallelSpec>(item.item));
    }
  }
}

void ProgramBuilder::parallel(const spec::ParallelSpec& spec) {
  const std::string quantity = forks_++ == 0 ? "fork" : fmt::format("fork#{}", forks_);
  std::vector<plan::ProgramId> branches;
  for (std::size_t i = 0; i < spec.parallel.size(); ++i) {
    ProgramBuilder branch(draft_, programs_, component_, operation_, owner_, endpoint_, called_at_);
    branch.slots_ = slots_;
    branch.call(spec.parallel[i]);
    slots_ = branch.slots_;
    if (branch.text_.steps.empty()) continue;
    branch.end();
    branches.push_back(programs_.append(fmt::format("{}/{} {} branch {}", owner_, endpoint_, quantity, i),
                                        component_, operation_, branch.text_));
  }
  if (branches.empty()) return;
  std::int64_t needed = static_cast<std::int64_t>(branches.size());
  if (spec.join.mode == spec::JoinMode::kAny) needed = 1;
  if (spec.join.mode == spec::JoinMode::kCount) needed = spec.join.count;
  if (needed > static_cast<std::int64_t>(branches.size())) {
    error(spec.place, fmt::format("{} branches must succeed, but for operation \"{}\" there are only {}",
                                  needed, draft_.plan.operations[operation_.index()].name, branches.size()));
    return;
  }
  plan::Step& fork = add(plan::StepKind::kFork, quantity);
  fork.target = static_cast<std::uint32_t>(text_.branches.size());
  fork.arg = static_cast<std::uint16_t>(branches.size());
  fork.purpose = endpoint_purpose(quantity);
  text_.branches.insert(text_.branches.end(), branches.begin(), branches.end());
  plan::Step& join = add(plan::StepKind::kJoin, "join");
  join.arg = static_cast<std::uint16_t>(needed);
  if (spec.cancellation == spec::CancellationMode::kPropagate) join.flags = plan::kCancelLosers;
}

void ProgramBuilder::emit(const spec::EmitSpec& spec) {
  const std::string slot =
      CallWriter::claim_slot(*this, CallWriter::base_name(*this, spec.to.id, spec.endpoint.text));
  const Callee callee = programs_.resolve(spec.to, spec.endpoint, operation_, spec.place);
  if (!callee.program.valid()) return;
  std::optional<Jump> skip;
  if (spec.probability.value < 1.0) skip = branch(1.0 - spec.probability.value, "skip/" + slot);
  text_.sites.push_back(CallWriter::bare_site(*this, callee, slot));
  add(plan::StepKind::kEmit, slot).target = static_cast<std::uint32_t>(text_.sites.size() - 1);
  if (skip) land(*skip);
}

}  // namespace twinvoice::compile
