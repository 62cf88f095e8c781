// A step that a person takes: what procedures with people in them share (site_failover).
//
//   if absent (probability): wait absent_delay
//   wait takes
//   while an error was made (probability, at most 20 times): wait redo
//   if two_factor: wait second_factor_takes
//
// Parameters: by (name or role) · takes law [s] · absent [0,1] 0 · absent_delay law [s] "30 min" (assumed) · error [0,1) 0 ·
// redo law [s], as takes · two_factor false · second_factor_takes law [s] "30 s" (assumed).
// Assumptions: one person at a time does nothing else; absences and errors are independent from step to step.
// References: A. D. Swain and H. E. Guttmann, "Handbook of Human Reliability Analysis", NUREG/CR-1278, 1983 (error
// probabilities of 0.001 to 0.1 a step).
#pragma once

#include <optional>
#include <string>

#include "models/procedure_model.hpp"
#include "sim/base/time.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/fields.hpp"
#include "sim/spec/law_spec.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::models {

/// As written in the input.
struct HumanStep {
  static constexpr std::string_view kDefinition = "HumanStep";
  std::string by;
  spec::LawSpec takes;
  spec::Probability absent;
  spec::LawSpec absent_delay{Duration{1'800 * kNanosPerSecond}};
  spec::Probability error;
  std::optional<spec::LawSpec> redo;
  bool two_factor = false;
  spec::LawSpec second_factor_takes{Duration{30 * kNanosPerSecond}};

  void describe(spec::Fields& f) {
    f.required("by", by, "who does it: a name or a role");
    f.required("takes", takes, "time until it is done by somebody who is there");
    f.optional("absent", absent, "probability that the person is not at hand", spec::Range{0.0, 1.0});
    f.optional("absent_delay", absent_delay, "time until an absent person is at hand",
               spec::Origin{"assumed"});
    f.optional("error", error, "probability of an error that is noticed and redone", spec::Range{0.0, 0.99});
    f.optional("redo", redo, "time to do it again after an error; absent: as `takes`");
    f.optional("two_factor", two_factor, "a second factor is asked for at the end");
    f.optional("second_factor_takes", second_factor_takes, "time for the second factor",
               spec::Origin{"assumed"});
  }

  /// Its laws stand in the Plan under "step.takes" and so on.
  void declare(compile::ProcedureBuilder& b, const std::string& step) const {
    b.law(step + ".takes", takes);
    b.law(step + ".absent_delay", absent_delay);
    b.law(step + ".redo", redo ? *redo : takes);
    b.law(step + ".second_factor", second_factor_takes);
  }
};

/// The same for a run: laws found in the Plan.
struct HumanWork {
  std::string step;
  std::string by;
  plan::LawId takes, absent_delay, redo, second_factor;
  double absent = 0.0;
  double error = 0.0;
  bool two_factor = false;

  static HumanWork of(const HumanStep& spec, const plan::Procedure& row, const std::string& step) {
    return {step,
            spec.by,
            row.law(step + ".takes"),
            row.law(step + ".absent_delay"),
            row.law(step + ".redo"),
            row.law(step + ".second_factor"),
            spec.absent.value,
            spec.error.value,
            spec.two_factor};
  }
};

/// Takes the time that the person takes, logs what held it up, and gives the text for the mark: "by cfo with two factors".
/// `wait` waits for a span.
template <class Wait>
std::string work(world::ProcedureContext& c, const HumanWork& h, const Wait& wait) {
  constexpr int kMostErrors = 20;
  if (h.absent > 0.0 && c.chance(h.absent, h.step + ".absent")) {
    c.log(h.by + " is not at hand for \"" + h.step + "\"");
    wait(c.draw(h.absent_delay, h.step + ".absent_delay"));
  }
  wait(c.draw(h.takes, h.step + ".takes"));
  for (int i = 0; i < kMostErrors && h.error > 0.0 && !c.ordered() && c.chance(h.error, h.step + ".error");
       ++i) {
    c.log(h.by + " makes an error in \"" + h.step + "\" and does it again");
    wait(c.draw(h.redo, h.step + ".redo"));
  }
  if (!h.two_factor) return "by " + h.by;
  const Nanos asked_ns = c.now_ns();
  wait(c.draw(h.second_factor, h.step + ".second_factor"));
  return "by " + h.by + ", second factor after " + format_duration(c.now_ns() - asked_ns);
}

inline std::string work(world::ProcedureContext& c, const HumanWork& h) {
  return work(c, h, [&c](Nanos span_ns) { c.wait_for(span_ns); });
}

}  // namespace twinvoice::models
