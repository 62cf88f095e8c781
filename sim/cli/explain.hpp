// What a word of the inputs or of the results means, put together from the declarations that the program works by.
#pragma once

#include <string>
#include <vector>

#include "models/catalog.hpp"

namespace twinvoice::cli {

/// Everything that bears the name `what`: a model, a figure, a cause of failures, a sensor, a kind of object, or fields by the end of
/// their path ("retries.attempts"). "" when nothing does.
[[nodiscard]] std::string explanation(const models::Catalog& catalog, const std::string& what);

/// All that can be explained but fields, by kind.
[[nodiscard]] std::string explainable(const models::Catalog& catalog);

/// Every name that explanation() knows, for hints.
[[nodiscard]] std::vector<std::string> explained_names(const models::Catalog& catalog);

}  // namespace twinvoice::cli
