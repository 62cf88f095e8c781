// The cards of the models as the program shows them.
#pragma once

#include <string_view>

namespace twinvoice::models {

/// The comment that models/FILE.cpp begins with, without its slashes; "" when there is no such model. Made when the program is built.
[[nodiscard]] std::string_view card_of(std::string_view file);

}  // namespace twinvoice::models
