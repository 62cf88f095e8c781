// Procedure: raises an alert while a sensor is beyond a threshold.
//
// What it models: an alerting rule of Prometheus or Zabbix, evaluated at its own place: what it cannot reach it cannot see.
// Parameters:
//   when      condition        required  {"sensor", "above" | "below", ...}: see models/watch.hpp
//   every     span [s] > 0     1 s       from one evaluation to the next (assumed; Prometheus' default is 1 min)
//   phase     span [s] < every drawn     first evaluation; see models/timetable.hpp
//   for       span [s] >= 0    0 s       how long it must hold (Prometheus `for`)
//   severity  text             P1        in the text of the alert
// Behaviour: until(condition holds for `for`): mark detected; until(it does not): log that it has ended; again.
// Assumptions and limits: the evaluation and the alert's way to people take no time; the alert itself does nothing.
// References: Prometheus documentation, "Alerting rules".
#include <memory>
#include <string>

#include "models/procedure_model.hpp"
#include "models/watch.hpp"

namespace twinvoice::models {
namespace {

class Alert final : public world::Procedure {
 public:
  Alert(Watch watch, std::string severity) : watch_(std::move(watch)), severity_(std::move(severity)) {}
  void run(world::ProcedureContext& c) override {
    watch_.begin(c, "phase");
    for (;;) {
      watch_.until(c, true);
      c.mark(world::Phase::kDetected, severity_ + " alert: " + watch_.text());
      watch_.until(c, false);
      c.log(severity_ + " alert has ended: " + watch_.text());
    }
  }

 private:
  Watch watch_;
  std::string severity_;
};

struct AlertRule {
  WatchSpec when;
  Period looks{Duration{kNanosPerSecond}, {}};
  Duration held{0};
  std::string severity = "P1";
  Place place;

  void describe(spec::Fields& f) {
    f.required("when", when, "the condition");
    looks.describe(f, "from one evaluation to the next");
    f.optional("for", held, "how long the condition must hold", spec::kNotNegative);
    f.optional("severity", severity, "P0, P1, ...: for the text of the alert");
  }
  void declare(compile::ProcedureBuilder& b) const { when.declare(b, place, looks); }
  std::unique_ptr<world::Procedure> make(const plan::Plan& plan, const plan::Procedure& /*row*/) const {
    return std::make_unique<Alert>(Watch(when, looks, held.ns, plan), severity);
  }
};

}  // namespace

ProcedureModel make_alert_rule() {
  return procedure<AlertRule>("alert_rule", "raises an alert while a sensor is beyond a threshold");
}

}  // namespace twinvoice::models
