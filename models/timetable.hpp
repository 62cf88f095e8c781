// Timetables: what happens every so often, at the instants phase + k x every since the start of a run.
//
// Nobody sets the clock of a probe by the second in which a fault begins, so the phase is drawn once for each replication,
// uniform on [0, every) in whole nanoseconds, unless the input says it. It is keyed by the procedure's own name: another
// procedure beside it changes nothing. An instant of the calendar (`start`, `at`) has no phase.
#pragma once

#include <optional>
#include <string_view>

#include "sim/base/time.hpp"
#include "sim/spec/fields.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::models {

/// A period as written: the fields `every` and `phase`.
struct Period {
  Duration every;
  std::optional<Duration> phase;

  void describe(spec::Fields& f, std::string_view meaning, spec::Origin origin = spec::Origin{"assumed"}) {
    f.optional("every", every, meaning, spec::kPositive, origin);
    f.optional("phase", phase, "first instant of its timetable; absent: drawn in each replication",
               spec::kNotNegative);
    f.rule("phase", !phase || *phase < every, "the phase must be shorter than the period");
  }
};

/// The instants of one replication.
class Timetable {
 public:
  Timetable() = default;
  /// Draws the phase under `quantity` where the input gives none.
  Timetable(world::ProcedureContext& c, const Period& period, std::string_view quantity = "phase")
      : every_ns_(period.every.ns),
        phase_ns_(period.phase ? period.phase->ns : c.draw_below(period.every.ns, quantity)) {}

  /// The first instant not before `at_ns`.
  [[nodiscard]] Nanos from(Nanos at_ns) const {
    if (at_ns <= phase_ns_) return phase_ns_;
    return phase_ns_ + (at_ns - phase_ns_ + every_ns_ - 1) / every_ns_ * every_ns_;
  }
  [[nodiscard]] Nanos after(Nanos at_ns) const { return from(at_ns + 1); }

 private:
  Nanos every_ns_ = 1;
  Nanos phase_ns_ = 0;
};

}  // namespace twinvoice::models
