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
//   unless     object          see below       {"sensor", "above" | "below"}: the cause has passed when this holds
//   decide     HumanStep       at once         somebody decides that it is a case for the runbook: see models/human_step.hpp
//   shift      {"takes": law}  0 s             time until the load balancers have the new weights
//   verify     {"takes": law}  0 s             time to compare log positions
//   approve    HumanStep       at once
//   steps      [word]          shift, verify, approve, promote    in this order (the article's); each at most once
//   fence      flag | "lease"  true            at promotion, whoever still writes to the old leader is turned to the new one
//   failback   object          never           {"after": span "10 min", "every": span "5 s", "phase", "takes": law 0 s,
//                                              "reseed": "none" | size | "all", none}
// Behaviour:
//   watch until the condition has held            -> mark detected
//   decide                                        -> mark decided
//   an order to begin (a policy's "start") takes the place of detection and decision, whichever it meets
//   for each step in order:
//     shift    look again; wait takes; weight of `service` at `from` becomes 0 and its replicas there get no new calls
//     verify   wait takes; compare positions of both sites, log the difference or that one cannot be seen  -> mark verified
//     approve  the person's time                  -> mark approved
//     promote  look again, and whether a replica at `to` answers; Impulse::kLead at `to`, kFence  -> mark acted; records that
//              `to` lacks are lost at this instant. Begun by order while `from` leads and answers: writes stop and `to` gets what
//              it lacks first, for at most a minute
//   look again: the cause has passed when at two looks in a row a replica of the database at `from` answers and the condition does not
//     hold (with `unless`: when that holds). A run begun by order does not look
//   passed, or `to` cannot lead: the shift ends   -> mark aborted; then watch again
//   without a step "promote": mark acted after the last step
//   failback, looking every `every`: a deposed leader that nobody has fenced is fenced. `reseed` and it alone has records: kReconcile,
//     a flow of that size (all: of the log so far) from `to`, kReseed; before that it does not follow. When `from` has been
//     reachable, up and caught up for `after` and stays so for takes: kReconcile, writes stop, `from` gets what it lacks (for
//     at most a minute, else it goes on looking), kLead at `from`, kFence, end the shift  -> mark failed back; then watch again
// Whom an order reaches: weights go to the balancers and never fail. The lead goes to the place that shall lead. Fencing goes to
//   the old leader and whoever calls it: a place that cannot be reached from where the runbook stands goes on writing to the
//   old leader until it can be. With "lease" it stops by itself: leases have run out when the runbook promotes.
// What waits for what: reads and stateless work go to `to` from the shift on; writes resume only after the promotion, which in
//   the article's order waits for verification and approval. `shift` alone makes writes fail with no_leader or cross the WAN.
// Assumptions and limits: while the place `at` which it is executed is down, nobody goes on with it and orders to begin are lost:
//   a runbook at the lost site waits until that is back; orders that reach their receivers take no time; one failover at a time;
//   without failback the runbook ends after a promotion. reseed "none": a deposed leader is rewound in no time; what it alone
//   has is put aside until it is reconciled.
// References: the seed article, section on disaster recovery; B. Beyer et al., "Site Reliability Engineering", O'Reilly 2016, chapter 14.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/failover_spec.hpp"
#include "models/human_step.hpp"
#include "models/procedure_model.hpp"
#include "models/watch.hpp"

namespace twinvoice::models {
namespace {

/// How long a hand-over waits for what the next leader lacks.
constexpr Nanos kLongestDrainNs = 60 * kNanosPerSecond;
constexpr Nanos kPaceAtOnceNs = 10'000'000;

class Runbook final : public world::Procedure {
 public:
  Runbook(const SiteFailover& params, const plan::Plan& plan, const plan::Procedure& row);
  void run(world::ProcedureContext& c) override;

 private:
  /// Why a run goes no further; nothing: it does.
  using Abort = std::optional<std::string>;

  void begin(world::ProcedureContext& c);
  [[nodiscard]] Abort act(world::ProcedureContext& c);
  [[nodiscard]] Abort step(world::ProcedureContext& c, FailoverStep step);
  [[nodiscard]] Abort shift(world::ProcedureContext& c);
  void verify(world::ProcedureContext& c);
  [[nodiscard]] Abort promote(world::ProcedureContext& c);
  void abort(world::ProcedureContext& c, const std::string& why);
  void fail_back(world::ProcedureContext& c);
  [[nodiscard]] bool come_back(world::ProcedureContext& c);

  void wait(world::ProcedureContext& c, Nanos span_ns);
  [[nodiscard]] bool passed(world::ProcedureContext& c);
  [[nodiscard]] bool any_up(world::ProcedureContext& c, const std::vector<plan::Sensor>& replicas);
  [[nodiscard]] bool sound(world::ProcedureContext& c, Nanos at_ns);
  [[nodiscard]] bool leads(world::ProcedureContext& c, plan::LocationId where);
  [[nodiscard]] bool drain(world::ProcedureContext& c);
  [[nodiscard]] bool missing_nothing(world::ProcedureContext& c);
  /// How often the log is looked at: its batch_every; of one that sends each record as it is written, 10 ms.
  [[nodiscard]] Nanos pace_ns(world::ProcedureContext& c) const;
  [[nodiscard]] bool copy_anew(world::ProcedureContext& c);
  [[nodiscard]] bool lead(world::ProcedureContext& c, plan::LocationId where);
  void end_shift(world::ProcedureContext& c);
  void open(world::ProcedureContext& c);
  void impulse(world::ProcedureContext& c, plan::Impulse impulse, plan::LocationId where = {},
               double value = 0.0, std::int64_t position = 0) const;
  [[nodiscard]] std::vector<plan::Sensor> positions(plan::SensorKind kind, std::uint32_t shards) const;

  const SiteFailover params_;
  Watch watch_;
  std::optional<Watch> unless_;
  std::uint32_t log_ = 0;
  plan::LocationId from_, to_;
  std::vector<std::uint32_t> weights_;  ///< (component, location) pairs of Knob::kSiteWeight
  std::vector<plan::Sensor> replicas_of_from_, replicas_of_to_;  ///< of the database
  std::optional<HumanWork> decide_, approve_;
  plan::LawId shift_takes_, verify_takes_, failback_takes_;
  Timetable failback_looks_;
  bool ordered_ = false;
  std::vector<world::EffectId> shifted_;
  std::optional<world::EffectId> closed_;  ///< writes are stopped
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
  if (params.unless) unless_.emplace(*params.unless, params.detect.looks, 0, plan, params.database.id);
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
    const plan::Sensor up{plan::SensorKind::kInstanceUp, database.first_instance + i, {}, 0};
    const plan::LocationId at = plan.instances[database.first_instance + i].location;
    if (at == from_) replicas_of_from_.push_back(up);
    if (at == to_) replicas_of_to_.push_back(up);
  }
}

void Runbook::run(world::ProcedureContext& c) {
  watch_.begin(c, "detect.phase");
  if (params_.failback) failback_looks_ = Timetable(c, params_.failback->looks, "failback.phase");
  for (;;) {
    begin(c);
    if (const Abort why = act(c)) {
      abort(c, *why);
      continue;
    }
    if (!params_.failback) return;
    fail_back(c);
    watch_.until(c, false);
  }
}

void Runbook::begin(world::ProcedureContext& c) {
  c.heed_orders(true);
  watch_.until(c, true);
  c.mark(world::Phase::kDetected, c.ordered() ? measure::kBegunByOrder : "P0 alert: " + watch_.text());
  std::string how = "at once";
  if (decide_ && !c.ordered()) how = work(c, *decide_, [&](Nanos span_ns) { wait(c, span_ns); });
  c.mark(world::Phase::kDecided, c.ordered() ? measure::kBegunByOrder : std::move(how));
  ordered_ = c.ordered();
  c.heed_orders(false);
}

Runbook::Abort Runbook::act(world::ProcedureContext& c) {
  bool acted = false;
  for (const FailoverStep s : params_.steps) {
    if (Abort why = step(c, s)) return why;
    acted = acted || s == FailoverStep::kPromote;
  }
  if (!acted) c.mark(world::Phase::kActed, "all steps are done");
  return {};
}

Runbook::Abort Runbook::step(world::ProcedureContext& c, FailoverStep step) {
  switch (step) {
    case FailoverStep::kShift: return shift(c);
    case FailoverStep::kVerify: verify(c); return {};
    case FailoverStep::kApprove: {
      std::string how = "at once";
      if (approve_) how = work(c, *approve_, [&](Nanos span_ns) { wait(c, span_ns); });
      c.mark(world::Phase::kApproved, std::move(how));
      return {};
    }
    case FailoverStep::kPromote: return promote(c);
  }
  return {};
}

Runbook::Abort Runbook::shift(world::ProcedureContext& c) {
  if (passed(c)) return "the cause has passed before load was shifted";
  wait(c, c.draw(shift_takes_, "shift.takes"));
  for (const std::uint32_t pair : weights_)
    shifted_.push_back(c.begin_turn(plan::Knob::kSiteWeight, pair, 0.0));
  c.log(std::string(measure::kLoadIsShifted) + " from " + params_.from.id + " to " + params_.to.id);
  return {};
}

/// What both sites have of the log, shard by shard: first `from`, then `to`.
std::vector<plan::Sensor> Runbook::positions(plan::SensorKind kind, std::uint32_t shards) const {
  std::vector<plan::Sensor> sensors;
  for (const plan::LocationId where : {from_, to_}) {
    for (std::uint32_t s = 0; s < shards; ++s) sensors.push_back({kind, log_, where, s});
  }
  return sensors;
}

void Runbook::verify(world::ProcedureContext& c) {
  wait(c, c.draw(verify_takes_, "verify.takes"));
  const std::uint32_t shards = c.plan().logs[log_].shards;
  const auto seen = c.read_at(c.now_ns(), positions(plan::SensorKind::kLogPosition, shards));
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

Runbook::Abort Runbook::promote(world::ProcedureContext& c) {
  if (passed(c)) return "the cause has passed before " + params_.to.id + " took the lead";
  if (!any_up(c, replicas_of_to_)) return params_.to.id + " is down or cannot be reached: it does not lead";
  if (ordered_ && leads(c, from_) && any_up(c, replicas_of_from_) && !drain(c))
    c.log(params_.to.id + " does not get what it lacks: it leads without");
  const bool led = lead(c, to_);
  open(c);
  if (!led) return "the order to lead has failed at " + params_.to.id;
  c.mark(world::Phase::kActed, params_.database.id + " leads at " + params_.to.id);
  return {};
}

void Runbook::abort(world::ProcedureContext& c, const std::string& why) {
  if (!shifted_.empty()) c.log("load goes back to " + params_.from.id);
  end_shift(c);
  c.mark(world::Phase::kAborted, why);
  watch_.forget();
  c.wait_until(watch_.next_look(c.now_ns()));
}

void Runbook::end_shift(world::ProcedureContext& c) {
  for (const world::EffectId& effect : std::exchange(shifted_, {})) c.end_turn(effect);
}

/// Waits, and sees to it that success rates at the end are those of their own window.
void Runbook::wait(world::ProcedureContext& c, Nanos span_ns) {
  const Nanos end_ns = c.now_ns() + span_ns;
  for (Watch* watch : {&watch_, unless_ ? &*unless_ : nullptr}) {
    if (watch == nullptr || watch->window_ns() == 0 || end_ns - watch->window_ns() <= c.now_ns()) continue;
    static_cast<void>(watch->look(c, end_ns - watch->window_ns()));
  }
  c.wait_until(end_ns);
}

/// Looks whether the cause at the place that is left has passed: at two looks in a row.
bool Runbook::passed(world::ProcedureContext& c) {
  if (ordered_) return false;
  Nanos at_ns = c.now_ns();
  for (int looks = 0; looks < 2; ++looks, at_ns = watch_.next_look(c.now_ns())) {
    Watch& condition = unless_ ? *unless_ : watch_;
    static_cast<void>(condition.look(c, at_ns));
    const bool good = unless_ ? condition.holds() : !condition.holds() && any_up(c, replicas_of_from_);
    if (!good) return false;
  }
  return true;
}

bool Runbook::any_up(world::ProcedureContext& c, const std::vector<plan::Sensor>& replicas) {
  const auto seen = c.read_at(c.now_ns(), replicas);
  return std::any_of(seen.begin(), seen.end(),
                     [](const world::Reading& up) { return up.value_or(0.0) > 0.0; });
}

bool Runbook::leads(world::ProcedureContext& c, plan::LocationId where) {
  return c.sense({plan::SensorKind::kLogLeader, log_, {}, 0}).value_or(-1.0) == where.value;
}

void Runbook::impulse(world::ProcedureContext& c, plan::Impulse impulse, plan::LocationId where, double value,
                      std::int64_t position) const {
  plan::Turn turn;
  turn.impulse = impulse;
  turn.target = log_;
  turn.location = where;
  turn.value = value;
  turn.position = position;
  c.turn(turn);
}

/// False: who should lead does not.
bool Runbook::lead(world::ProcedureContext& c, plan::LocationId where) {
  const bool copy = params_.failback && params_.failback->reseed.what != Reseed::What::kNone;
  impulse(c, plan::Impulse::kLead, {}, static_cast<double>(where.value), copy ? 1 : 0);
  if (!leads(c, where)) return false;
  if (params_.fence.how == Fencing::How::kNever) return true;
  impulse(c, plan::Impulse::kFence, c.location(), params_.fence.how == Fencing::How::kLease ? 1.0 : 0.0);
  return true;
}

/// Writes stop until open(). True once both sites have the same; false when that takes too long.
bool Runbook::drain(world::ProcedureContext& c) {
  closed_ = c.begin_turn(plan::Knob::kLogReadOnly, log_, 1.0);
  const Nanos until_ns = c.now_ns() + kLongestDrainNs;
  while (!missing_nothing(c)) {
    if (c.now_ns() >= until_ns) return false;
    c.wait_for(pace_ns(c));
  }
  return true;
}

void Runbook::open(world::ProcedureContext& c) {
  if (closed_) c.end_turn(*std::exchange(closed_, std::nullopt));
}

Nanos Runbook::pace_ns(world::ProcedureContext& c) const {
  const Nanos batch_every_ns = c.plan().logs[log_].batch_every_ns;
  return batch_every_ns > 0 ? batch_every_ns : kPaceAtOnceNs;
}

bool Runbook::missing_nothing(world::ProcedureContext& c) {
  const std::uint32_t shards = c.plan().logs[log_].shards;
  const auto seen = c.read_at(c.now_ns(), positions(plan::SensorKind::kLogReceived, shards));
  for (std::uint32_t s = 0; s < shards; ++s) {
    if (!seen[s] || !seen[shards + s] || *seen[s] != *seen[shards + s]) return false;
  }
  return true;
}

/// Whether `from` could lead again: reachable, up, and caught up, that is, what it lacks is no older than a few batches.
bool Runbook::sound(world::ProcedureContext& c, Nanos at_ns) {
  std::vector<plan::Sensor> sensors{{plan::SensorKind::kReachable, to_.value, from_, 0},
                                    {plan::SensorKind::kReachable, from_.value, to_, 0},
                                    {plan::SensorKind::kReplicationLagS, log_, from_, 0},
                                    {plan::SensorKind::kLogTakesPart, log_, from_, 0}};
  sensors.insert(sensors.end(), replicas_of_from_.begin(), replicas_of_from_.end());
  const auto seen = c.read_at(at_ns, sensors);
  const auto yes = [&](std::size_t i) { return seen[i].value_or(0.0) > 0.0; };
  bool up = replicas_of_from_.empty();
  for (std::size_t i = 4; i < seen.size(); ++i) up = up || yes(i);
  if (!up || !yes(0) || !yes(1)) return false;
  if (!yes(3)) {
    if (!copy_anew(c)) return false;
    return sound(c, c.now_ns());
  }
  const double lag_s = to_seconds(pace_ns(c)) * 4.0 + to_seconds(c.plan().route(to_, from_).latency_ns);
  return seen[2] && *seen[2] <= lag_s;
}

/// `from` is up and does not follow: it is fenced, and gets a new copy if it needs one. False: it does not follow yet.
bool Runbook::copy_anew(world::ProcedureContext& c) {
  const plan::Sensor takes_part{plan::SensorKind::kLogTakesPart, log_, from_, 0};
  impulse(c, plan::Impulse::kFence, c.location());
  if (c.sense(takes_part).value_or(0.0) > 0.0) return true;
  const Reseed& reseed = params_.failback->reseed;
  if (reseed.what == Reseed::What::kNone) return false;
  impulse(c, plan::Impulse::kReconcile);
  const std::uint32_t shards = c.plan().logs[log_].shards;
  const auto seen = c.read_at(c.now_ns(), positions(plan::SensorKind::kLogReceived, shards));
  double records = 0.0;
  for (std::uint32_t s = 0; s < shards; ++s) records += seen[shards + s].value_or(0.0);
  const std::int64_t bytes = reseed.what == Reseed::What::kAll
                                 ? std::llround(records) * c.plan().logs[log_].record_bytes
                                 : reseed.size.count;
  c.log("a new copy goes from " + params_.to.id + " to " + params_.from.id);
  if (bytes > 0 && !c.transfer(to_, from_, bytes).ok) {
    c.log("the new copy is broken off");
    return false;
  }
  const double epoch = c.sense({plan::SensorKind::kLogEpoch, log_, {}, 0}).value_or(0.0);
  impulse(c, plan::Impulse::kReseed, from_, epoch);
  return c.sense(takes_part).value_or(0.0) > 0.0;
}

void Runbook::fail_back(world::ProcedureContext& c) {
  while (!come_back(c)) {
  }
  end_shift(c);
  c.mark(world::Phase::kFailedBack, params_.database.id + " leads at " + params_.from.id + " again");
}

/// Waits until `from` has been sound for so long, and gives it the lead. False: that came to nothing.
bool Runbook::come_back(world::ProcedureContext& c) {
  Nanos since_ns = kNever;
  for (;;) {
    if (!sound(c, failback_looks_.after(c.now_ns()))) {
      since_ns = kNever;
      continue;
    }
    if (since_ns == kNever) since_ns = c.now_ns();
    if (c.now_ns() - since_ns >= params_.failback->after.ns) break;
  }
  const Nanos end_ns = c.now_ns() + c.draw(failback_takes_, "failback.takes");
  while (c.now_ns() < end_ns) {
    if (sound(c, std::min(end_ns, failback_looks_.after(c.now_ns())))) continue;
    c.log(params_.from.id + " is not sound any more: it does not lead again yet");
    return false;
  }
  if (leads(c, from_)) return true;
  impulse(c, plan::Impulse::kReconcile);
  const bool led = drain(c) && any_up(c, replicas_of_from_) && lead(c, from_);
  open(c);
  if (!led) c.log(params_.from.id + " does not get what it lacks, or is down: it does not lead again yet");
  return led;
}

}  // namespace

std::unique_ptr<world::Procedure> SiteFailover::make(const plan::Plan& plan,
                                                     const plan::Procedure& row) const {
  return std::make_unique<Runbook>(*this, plan, row);
}

ProcedureModel make_site_failover() {
  ProcedureModel model = procedure<SiteFailover>(
      "site_failover", "detects a lost site, moves the service to another one, and back");
  model.by_order = true;
  return model;
}

}  // namespace twinvoice::models
