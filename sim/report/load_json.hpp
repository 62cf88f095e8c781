// Load of components and policies of calls as JSON.
#pragma once

#include "sim/report/document.hpp"
#include "sim/report/json_values.hpp"

namespace twinvoice::report {

/// A component with its pools and its places.
[[nodiscard]] Json component_json(const ComponentResult& component);

/// Counts of a run. Of the windows those in which anything but answers in time happened.
[[nodiscard]] Json call_json(const CallResult& call, const ResultDocument& document);

}  // namespace twinvoice::report
