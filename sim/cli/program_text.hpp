// Programs as people read them.
#pragma once

#include <string>

#include "sim/plan/plan.hpp"

namespace twinvoice::cli {

/// The program of an operation and all programs it reaches, one step a line, calls indented under their callers. A program
/// that was shown before is named, not repeated.
[[nodiscard]] std::string operation_text(const plan::Plan& plan, plan::OperationId operation);

}  // namespace twinvoice::cli
