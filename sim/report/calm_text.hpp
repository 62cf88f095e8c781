// What the calm of an operation says of the figures that are measured by it.
#pragma once

#include <string>

#include "sim/report/accounts.hpp"

namespace twinvoice::report {

/// "the calm is no calm: ..."; "" where it is one.
[[nodiscard]] std::string calm_flaw_text(const Yardstick& yardstick);

/// The share that fails without any fault, where it is what the operation is measured by: only what is worse interrupts it. 0 where the
/// allowed share is not the calm's.
[[nodiscard]] double share_that_always_fails(const Yardstick& yardstick);

}  // namespace twinvoice::report
