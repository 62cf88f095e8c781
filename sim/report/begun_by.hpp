// What began an interruption: the act of a procedure, or nothing but the trouble itself.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sim/report/accounts.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::report {

/// When an act of this kind took effect, before the end of the measured time. kRelapse has no instant.
[[nodiscard]] std::vector<Nanos> act_instants(const measure::RunRecord& run, const RunAccount& account,
                                              Act act);

/// The act that began it: one that took effect not after its latest begin and less than `hold_ns` before its earliest; of several
/// the last one. kPlanned where the procedure was told to begin. Nothing: no act is near.
[[nodiscard]] std::optional<Act> begun_by(const measure::RunRecord& run, const RunAccount& account,
                                          const measure::Interruption& interruption, Nanos hold_ns);

/// "failback", "promotion", "shift", "relapse", "planned".
[[nodiscard]] std::string_view act_word(Act act);

}  // namespace twinvoice::report
