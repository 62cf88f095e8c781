// What a file is that is no JSON: told by its name instead of by the first character that JSON does not have.
#pragma once

#include <string>
#include <string_view>

namespace twinvoice::spec {

/// "YAML", "a Python program", "a table (CSV)", "a database (SQLite)", ...; "" for what looks like JSON or like nothing known.
[[nodiscard]] std::string foreign_format(std::string_view text);

}  // namespace twinvoice::spec
