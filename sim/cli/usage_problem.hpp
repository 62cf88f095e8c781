// What is wrong with a command line, where the parser itself does not name it: a command or an option that does not exist.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace twinvoice::cli {

/// A message that names the words nothing takes, with what they may be slips of; "" when the parser's own says it all.
[[nodiscard]] std::string usage_problem(const CLI::App& app, const CLI::ParseError& error);

}  // namespace twinvoice::cli
