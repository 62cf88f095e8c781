// Procedure: probes every replica of a component and takes the sick ones out of balancing.
//
// What it models: the readiness probe of Kubernetes or the active health check of a load balancer, made from one place. A
//   replica that is partitioned away from the prober is sick to it, however well it is.
// Parameters:
//   targets  component        required
//   every    span [s] > 0     5 s      from one probe of a replica to the next (Kubernetes periodSeconds: 10 s)
//   phase    span [s] < every drawn    first round (with 0: at `every`); see models/timetable.hpp
//   timeout  span [s] > 0     1 s      until an unanswered probe counts as failed (Kubernetes timeoutSeconds)
//   fall     n >= 1           3        failures in a row that take a replica out (Kubernetes failureThreshold)
//   rise     n >= 1           2        successes in a row that take it back (HAProxy `rise`)
// Behaviour:
//   at each phase + k x every after the start: probe all replicas; a replica whose probe was not answered counts a failure `timeout` later
//   fall failures in a row: begin_turn(kInstanceOut); rise successes in a row: end that turn
// Assumptions and limits: a probe costs the replica nothing and takes no time when answered; a replica that is down refuses
//   at once in reality, here it too is known after `timeout`; an overloaded replica answers.
// References: Kubernetes documentation, "Configure Liveness, Readiness and Startup Probes"; HAProxy configuration manual, `check`.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "models/procedure_model.hpp"
#include "models/timetable.hpp"

namespace twinvoice::models {
namespace {

struct HealthProbe;

class Prober final : public world::Procedure {
 public:
  Prober(const HealthProbe& params, const plan::Plan& plan);
  void run(world::ProcedureContext& c) override;

 private:
  struct Replica {
    plan::Sensor up;
    std::int64_t failures = 0;
    std::int64_t successes = 0;
    std::optional<world::EffectId> out;
  };
  void judge(world::ProcedureContext& c, Replica& replica, bool answered);

  Period rounds_;
  Nanos timeout_ns_;
  std::int64_t fall_, rise_;
  std::vector<Replica> replicas_;
};

struct HealthProbe {
  spec::ComponentRef targets;
  Period rounds{Duration{5 * kNanosPerSecond}, {}};
  Duration timeout{kNanosPerSecond};
  std::int64_t fall = 3;
  std::int64_t rise = 2;

  void describe(spec::Fields& f) {
    f.required("targets", targets, "component whose replicas are probed");
    rounds.describe(f, "from one probe of a replica to the next");
    f.optional("timeout", timeout, "until an unanswered probe counts as failed", spec::kPositive,
               spec::Origin{"Kubernetes timeoutSeconds"});
    f.optional("fall", fall, "failures in a row that take a replica out", spec::kCount,
               spec::Origin{"Kubernetes failureThreshold"});
    f.optional("rise", rise, "successes in a row that take it back", spec::kCount,
               spec::Origin{"HAProxy rise"});
    f.rule("timeout", timeout <= rounds.every, "the timeout is longer than the time between two probes");
  }
  void declare(compile::ProcedureBuilder& b) const {
    b.component(targets);
    b.subject(targets);
    b.takes_out();
  }
  std::unique_ptr<world::Procedure> make(const plan::Plan& plan, const plan::Procedure& /*row*/) const {
    return std::make_unique<Prober>(*this, plan);
  }
};

Prober::Prober(const HealthProbe& params, const plan::Plan& plan)
    : rounds_(params.rounds), timeout_ns_(params.timeout.ns), fall_(params.fall), rise_(params.rise) {
  for (const plan::Component& component : plan.components) {
    if (component.name != params.targets.id) continue;
    for (std::uint32_t i = 0; i < component.replicas; ++i) {
      replicas_.push_back({{plan::SensorKind::kInstanceUp, component.first_instance + i, {}, 0}, 0, 0, {}});
    }
  }
}

void Prober::run(world::ProcedureContext& c) {
  std::vector<plan::Sensor> sensors;
  for (const Replica& replica : replicas_) sensors.push_back(replica.up);
  const Timetable rounds(c, rounds_);
  // Rounds that were missed while the prober's place was down do not come later.
  for (Nanos at_ns = rounds.after(0);; at_ns = rounds.from(std::max(at_ns + 1, c.now_ns()))) {
    const auto answers = c.read_at(at_ns, sensors);
    const auto answered = [&](std::size_t i) { return answers[i].value_or(0.0) > 0.0; };
    bool waits = false;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      if (answered(i)) judge(c, replicas_[i], true);
      waits = waits || !answered(i);
    }
    if (!waits) continue;
    c.wait_until(at_ns + timeout_ns_);
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      if (!answered(i)) judge(c, replicas_[i], false);
    }
  }
}

void Prober::judge(world::ProcedureContext& c, Replica& replica, bool answered) {
  replica.failures = answered ? 0 : replica.failures + 1;
  replica.successes = answered ? replica.successes + 1 : 0;
  const plan::Instance& instance = c.plan().instances[replica.up.target];
  const std::string name =
      c.plan().components[instance.component.index()].name + "#" + std::to_string(instance.ordinal);
  if (!replica.out && replica.failures >= fall_) {
    replica.out = c.begin_turn(plan::Knob::kInstanceOut, replica.up.target, 1.0);
    c.log(name + " is taken out");
  } else if (replica.out && replica.successes >= rise_) {
    c.end_turn(*replica.out);
    replica.out.reset();
    c.log(name + " is taken back");
  }
}

}  // namespace

ProcedureModel make_health_probe() {
  return procedure<HealthProbe>("health_probe", "probes replicas, takes sick ones out of balancing and back");
}

}  // namespace twinvoice::models
