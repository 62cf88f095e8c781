// Random documents without the fields that can never act, which are refused.
#pragma once

#include <nlohmann/json.hpp>

namespace twinvoice::testing {

/// Takes out of every object in `j`: a try or a hedge that the end of its call comes before, what a queue without bound does when it is
/// full, and the longest wait where nobody may wait. Nothing is drawn for it, so the rest of a random world is as it was.
void leave_out_what_never_acts(nlohmann::ordered_json& j);

}  // namespace twinvoice::testing
