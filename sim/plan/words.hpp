// Words for the enumerations of a Plan, for listings and reports.
#pragma once

#include <string_view>

#include "sim/plan/calls.hpp"
#include "sim/plan/load.hpp"
#include "sim/plan/resources.hpp"
#include "sim/plan/steps.hpp"
#include "sim/plan/turns.hpp"

namespace twinvoice::plan {

[[nodiscard]] std::string_view word(StepKind kind);
[[nodiscard]] std::string_view word(Balance balance);
[[nodiscard]] std::string_view word(OnFailure on_failure);
[[nodiscard]] std::string_view word(Jitter jitter);
[[nodiscard]] std::string_view word(Discipline discipline);
[[nodiscard]] std::string_view word(OnFull on_full);
[[nodiscard]] std::string_view word(GateKind kind);
[[nodiscard]] std::string_view word(CommitMode mode);
[[nodiscard]] std::string_view word(SourceKind kind);
[[nodiscard]] std::string_view word(Knob knob);
[[nodiscard]] std::string_view word(Impulse impulse);
[[nodiscard]] std::string_view word(TurnOp op);
[[nodiscard]] std::string_view word(Rung rung);

}  // namespace twinvoice::plan
