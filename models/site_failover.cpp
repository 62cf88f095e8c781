// Procedure: a disaster-recovery runbook: detects that a site is in trouble, decides, and moves the service to another site.
//
// What it models: the failover of a two-site, three-centre service as a seed article tells it: monitoring raises a P0 alert
//   when the replication lag passes 500 ms, load is shifted to the other site, the log positions of both are compared, a
//   chief financial officer approves with two factors; then the database leads at the other site.
// Parameters:
//   service    [component]     required        whose weights shift away from `from`
//   database   component       required        whose log is led at `to` in the end
//   from, to   site            required
//   detect     object          required        {"sensor", "above" | "below", "every", "phase", "for"}: see models/watch.hpp; every 1 s, for 0 s
//   decide     HumanStep       at once         somebody decides that it is a case for the runbook: see models/human_step.hpp
//   shift      {"takes": law}  0 s             time until the load balancers have the new weights
//   verify     {"takes": law}  0 s             time to compare log positions
//   approve    HumanStep       at once
//   steps      [word]          shift, verify, approve, promote    in this order (the article's); each at most once
//   fence      flag            true            at promotion, whoever still writes to the old leader is turned to the new one
//   failback   object          never           {"after": span "10 min", "every": span "5 s", "phase", "takes": law 0 s}
// Behaviour:
//   watch until the condition has held            -> mark detected
//   decide                                        -> mark decided
//   an order to begin (a policy's "start") takes the place of detection and decision, whichever it meets
//   for each step in order:
//     shift    wait takes; weight of `service` at `from` becomes 0 and its replicas there get no new calls
//     verify   wait takes; compare positions of both sites, log the difference or that one cannot be seen  -> mark verified
//     approve  the person's time                  -> mark approved
//     promote  Impulse::kLead at `to`, kFence     -> mark acted; records that `to` lacks are lost at this instant
//   without a step "promote": mark acted after the last step
//   failback: when `from` has been reachable, up and caught up for `after`: wait takes, kReconcile, kLead at `from`, kFence, end
//     the shift                                   -> mark failed back; then watch again
// What waits for what: reads and stateless work go to `to` from the shift on; writes resume only after the promotion, which in
//   the article's order waits for verification and approval. `shift` alone makes writes fail with no_leader or cross the WAN.
// Assumptions and limits: while the place `at` which it is executed is down, nobody goes on with it and orders to begin are lost:
//   a runbook at the lost site waits until that is back; what is cut off from it can still be turned (orders reach their targets
//   in no time); one failover at a time; without failback the runbook ends.
// References: the seed article, section on disaster recovery; B. Beyer et al., "Site Reliability Engineering", O'Reilly 2016, chapter 14.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/human_step.hpp"
#include "models/procedure_model.hpp"
#include "models/watch.hpp"

namespace twinvoice::models {

enum class FailoverStep { kShift, kVerify, kApprove, kPromote };

}  // namespace twinvoice::models

namespace twinvoice::spec {
template <>
struct Words<models::FailoverStep> {
  static const std::vector<std::pair<std::string_view, models::FailoverStep>>& table() {
    static const std::vector<std::pair<std::string_view, models::FailoverStep>> words{
        {"shift", models::FailoverStep::kShift},
        {"verify", models::FailoverStep::kVerify},
        {"approve", models::FailoverStep::kApprove},
        {"promote", models::FailoverStep::kPromote}};
    return words;
  }
};
}  // namespace twinvoice::spec

namespace twinvoice::models {
namespace {

struct TimedStep {
  spec::LawSpec takes;
  void describe(spec::Fields& f) { f.optional("takes", takes, "time until it is done"); }
};

struct DetectStep {
  WatchSpec condition;
  Period looks{Duration{kNanosPerSecond}, {}};
  Duration held{0};
  void describe(spec::Fields& f) {
    condition.describe(f);
    looks.describe(f, "from one look to the next");
    f.optional("for", held, "how long the condition must hold", spec::kNotNegative);
  }
};

struct Failback {
  Duration after{600 * kNanosPerSecond};
  Period looks{Duration{5 * kNanosPerSecond}, {}};
  spec::LawSpec takes;
  void describe(spec::Fields& f) {
    f.optional("after", after, "how long the site must have been sound and caught up", spec::kNotNegative,
               spec::Origin{"assumed"});
    looks.describe(f, "from one look to the next");
    f.optional("takes", takes, "time to reconcile and shift back");
  }
};

struct SiteFailover {
  std::vector<spec::ComponentRef> service;
  spec::ComponentRef database;
  spec::SiteRef from, to;
  DetectStep detect;
  std::optional<HumanStep> decide;
  TimedStep shift, verify;
  std::optional<HumanStep> approve;
  std::vector<FailoverStep> steps{FailoverStep::kShift, FailoverStep::kVerify, FailoverStep::kApprove,
                                  FailoverStep::kPromote};
  bool fence = true;
  std::optional<Failback> failback;
  Place place;

  void describe(spec::Fields& f) {
    f.required("service", service, "components whose load shifts");
    f.required("database", database, "whose log is led at the other site");
    f.required("from", from, "site that is left");
    f.required("to", to, "site that takes over");
    f.required("detect", detect, "when it is a case for this runbook");
    f.optional("decide", decide, "who decides that; absent: nobody has to");
    f.optional("shift", shift, "shifting load");
    f.optional("verify", verify, "comparing log positions");
    f.optional("approve", approve, "who approves; absent: nobody has to");
    f.optional("steps", steps, "order of the steps after the decision", spec::Range{},
               spec::Origin{"seed article: shift, verify, approve, then the database"});
    f.optional("fence", fence, "writers that still know the old leader are turned to the new one");
    f.optional("failback", failback, "back to the first site; absent: never");
    f.rule("to", from.id != to.id, "a site cannot take over from itself");
    auto sorted = steps;
    std::sort(sorted.begin(), sorted.end());
    f.rule("steps", std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
           "a step is named twice");
  }

  void declare(compile::ProcedureBuilder& b) const {
    for (const spec::ComponentRef& component : service) b.component(component);
    detect.condition.declare(b, place, &database);
    if (decide) decide->declare(b, "decide");
    if (approve) approve->declare(b, "approve");
    b.law("shift.takes", shift.takes);
    b.law("verify.takes", verify.takes);
    if (failback) b.law("failback.takes", failback->takes);
    const plan::LogId log = b.log(database);
    if (!log.valid()) return;
    for (const spec::SiteRef* site : {&from, &to}) {
      const auto at = b.locations(site->id, site->place);
      if (!at.empty() && !member(b.plan().logs[log.index()], at).valid()) {
        b.error(site->place, "the log of \"" + database.id + "\" is not kept at \"" + site->id + "\"");
      }
    }
  }

  std::unique_ptr<world::Procedure> make(const plan::Plan& plan, const plan::Procedure& row) const;

  /// The first location among `at` that leads or follows the log.
  static plan::LocationId member(const plan::Log& log, const std::vector<plan::LocationId>& at) {
    for (const plan::LocationId l : at) {
      const bool follows = std::find(log.followers.begin(), log.followers.end(), l) != log.followers.end();
      if (l == log.leader_location || follows) return l;
    }
    return {};
  }
};

constexpr const char* kOrdered = "begun by order";

class Runbook final : public world::Procedure {
 public:
  Runbook(const SiteFailover& params, const plan::Plan& plan, const plan::Procedure& row);
  void run(world::ProcedureContext& c) override;

 private:
  void step(world::ProcedureContext& c, FailoverStep step);
  void shift(world::ProcedureContext& c);
  void verify(world::ProcedureContext& c);
  void lead(world::ProcedureContext& c, plan::LocationId where);
  void fail_back(world::ProcedureContext& c);
  [[nodiscard]] bool sound(world::ProcedureContext& c, Nanos at_ns);
  void impulse(world::ProcedureContext& c, plan::Impulse impulse, double value = 0.0) const;

  const SiteFailover params_;
  Watch watch_;
  std::uint32_t log_ = 0;
  plan::LocationId from_, to_;
  std::vector<std::uint32_t> weights_;          ///< (component, location) pairs of Knob::kSiteWeight
  std::vector<plan::Sensor> replicas_of_from_;  ///< of the database
  std::optional<HumanWork> decide_, approve_;
  plan::LawId shift_takes_, verify_takes_, failback_takes_;
  Timetable failback_looks_;
  std::vector<world::EffectId> shifted_;
};

std::vector<plan::LocationId> locations_of(const plan::Plan& plan, const std::string& site) {
  std::vector<plan::LocationId> found;
  for (std::size_t l = 0; l < plan.locations.size(); ++l) {
    if (plan.locations[l].site == site || plan.locations[l].name == site) found.emplace_back(l);
  }
  return found;
}

Runbook::Runbook(const SiteFailover& params, const plan::Plan& plan, const plan::Procedure& row)
    : params_(params),
      watch_(params.detect.condition, params.detect.looks, params.detect.held.ns, plan, params.database.id),
      shift_takes_(row.law("shift.takes")),
      verify_takes_(row.law("verify.takes")),
      failback_takes_(row.law("failback.takes")) {
  if (params.decide) decide_ = HumanWork::of(*params.decide, row, "decide");
  if (params.approve) approve_ = HumanWork::of(*params.approve, row, "approve");
  const auto named = [&](const std::string& name) {
    const auto found = std::find_if(plan.components.begin(), plan.components.end(),
                                    [&](const plan::Component& c) { return c.name == name; });
    if (found == plan.components.end())
      throw std::invalid_argument("site_failover: there is no component " + name);
    return static_cast<std::size_t>(found - plan.components.begin());
  };
  const plan::Component& database = plan.components[named(params.database.id)];
  log_ = database.log.value;
  from_ = SiteFailover::member(plan.logs[log_], locations_of(plan, params.from.id));
  to_ = SiteFailover::member(plan.logs[log_], locations_of(plan, params.to.id));
  for (const spec::ComponentRef& component : params.service) {
    for (const plan::LocationId l : locations_of(plan, params.from.id)) {
      weights_.push_back(static_cast<std::uint32_t>(named(component.id) * plan.locations.size() + l.index()));
    }
  }
  for (std::uint32_t i = 0; i < database.replicas; ++i) {
    if (plan.instances[database.first_instance + i].location == from_) {
      replicas_of_from_.push_back({plan::SensorKind::kInstanceUp, database.first_instance + i, {}, 0});
    }
  }
}

void Runbook::run(world::ProcedureContext& c) {
  watch_.begin(c, "detect.phase");
  if (params_.failback) failback_looks_ = Timetable(c, params_.failback->looks, "failback.phase");
  for (;;) {
    c.heed_orders(true);
    watch_.until(c, true);
    c.mark(world::Phase::kDetected, c.ordered() ? kOrdered : "P0 alert: " + watch_.text());
    std::string how = decide_ && !c.ordered() ? work(c, *decide_) : "at once";
    c.mark(world::Phase::kDecided, c.ordered() ? kOrdered : std::move(how));
    c.heed_orders(false);
    bool acted = false;
    for (const FailoverStep s : params_.steps) {
      step(c, s);
      acted = acted || s == FailoverStep::kPromote;
    }
    if (!acted) c.mark(world::Phase::kActed, "all steps are done");
    if (!params_.failback) return;
    fail_back(c);
    watch_.until(c, false);
  }
}

void Runbook::step(world::ProcedureContext& c, FailoverStep step) {
  switch (step) {
    case FailoverStep::kShift: return shift(c);
    case FailoverStep::kVerify: return verify(c);
    case FailoverStep::kApprove: {
      std::string how = approve_ ? work(c, *approve_) : "at once";
      return c.mark(world::Phase::kApproved, std::move(how));
    }
    case FailoverStep::kPromote:
      lead(c, to_);
      return c.mark(world::Phase::kActed, params_.database.id + " leads at " + params_.to.id);
  }
}

void Runbook::shift(world::ProcedureContext& c) {
  c.wait_for(c.draw(shift_takes_, "shift.takes"));
  for (const std::uint32_t pair : weights_)
    shifted_.push_back(c.begin_turn(plan::Knob::kSiteWeight, pair, 0.0));
  c.log("load is shifted from " + params_.from.id + " to " + params_.to.id);
}

void Runbook::verify(world::ProcedureContext& c) {
  c.wait_for(c.draw(verify_takes_, "verify.takes"));
  std::vector<plan::Sensor> positions;
  const std::uint32_t shards = c.plan().logs[log_].shards;
  for (const plan::LocationId where : {from_, to_}) {
    for (std::uint32_t s = 0; s < shards; ++s) {
      positions.push_back({plan::SensorKind::kLogPosition, log_, where, s});
    }
  }
  const auto seen = c.read_at(c.now_ns(), positions);
  double missing = 0.0;
  bool both = true;
  for (std::uint32_t s = 0; s < shards; ++s) {
    both = both && seen[s] && seen[shards + s];
    if (both) missing += std::max(0.0, *seen[s] - *seen[shards + s]);
  }
  std::string text = params_.from.id + " cannot be reached: its last records are unknown";
  if (both) text = std::to_string(std::llround(missing)) + " records are missing at " + params_.to.id;
  c.mark(world::Phase::kVerified, text);
}

void Runbook::impulse(world::ProcedureContext& c, plan::Impulse impulse, double value) const {
  plan::Turn turn;
  turn.impulse = impulse;
  turn.target = log_;
  turn.value = value;
  c.turn(turn);
}

void Runbook::lead(world::ProcedureContext& c, plan::LocationId where) {
  impulse(c, plan::Impulse::kLead, static_cast<double>(where.value));
  if (params_.fence) impulse(c, plan::Impulse::kFence);
}

bool Runbook::sound(world::ProcedureContext& c, Nanos at_ns) {
  std::vector<plan::Sensor> sensors{{plan::SensorKind::kReachable, to_.value, from_, 0},
                                    {plan::SensorKind::kReachable, from_.value, to_, 0},
                                    {plan::SensorKind::kReplicationLagS, log_, from_, 0}};
  sensors.insert(sensors.end(), replicas_of_from_.begin(), replicas_of_from_.end());
  const auto seen = c.read_at(at_ns, sensors);
  // Caught up: what it lacks is no older than a few batches.
  const double lag_s = to_seconds(c.plan().logs[log_].batch_every_ns) * 4.0 +
                       to_seconds(c.plan().route(to_, from_).latency_ns);
  bool up = replicas_of_from_.empty();
  for (std::size_t i = 3; i < seen.size(); ++i) up = up || seen[i].value_or(0.0) > 0.0;
  return up && seen[0].value_or(0.0) > 0.0 && seen[1].value_or(0.0) > 0.0 && seen[2] && *seen[2] <= lag_s;
}

void Runbook::fail_back(world::ProcedureContext& c) {
  const Failback& f = *params_.failback;
  Nanos since_ns = kNever;
  for (Nanos at_ns = failback_looks_.after(c.now_ns());; at_ns = failback_looks_.after(c.now_ns())) {
    if (!sound(c, at_ns)) {
      since_ns = kNever;
      continue;
    }
    if (since_ns == kNever) since_ns = c.now_ns();
    if (c.now_ns() - since_ns >= f.after.ns) break;
  }
  c.wait_for(c.draw(failback_takes_, "failback.takes"));
  impulse(c, plan::Impulse::kReconcile);
  lead(c, from_);
  for (const world::EffectId& effect : std::exchange(shifted_, {})) c.end_turn(effect);
  c.mark(world::Phase::kFailedBack, params_.database.id + " leads at " + params_.from.id + " again");
}

std::unique_ptr<world::Procedure> SiteFailover::make(const plan::Plan& plan,
                                                     const plan::Procedure& row) const {
  return std::make_unique<Runbook>(*this, plan, row);
}

}  // namespace

ProcedureModel make_site_failover() {
  ProcedureModel model = procedure<SiteFailover>(
      "site_failover", "detects a lost site, moves the service to another one, and back");
  model.by_order = true;
  return model;
}

}  // namespace twinvoice::models
