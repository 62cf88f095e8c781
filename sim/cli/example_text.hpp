// Examples of values, as JSON text, made from their types: what is required and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/reference_docs.hpp"

namespace twinvoice::cli {

/// A value of the type; a name that the input has to declare stands in angle brackets.
[[nodiscard]] std::string example_of(const spec::Type& type);

/// An object of the model: the key that names it, and the fields that are required.
[[nodiscard]] std::string example_of_model(std::string_view key, std::string_view model,
                                           const std::vector<spec::ReferenceField>& fields);

}  // namespace twinvoice::cli
