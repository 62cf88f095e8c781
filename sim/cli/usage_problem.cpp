#include "sim/cli/usage_problem.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

#include "sim/spec/document.hpp"

namespace twinvoice::cli {
namespace {

using Names = std::vector<std::string>;

/// "twinvoice sweep run".
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-' && word != "--"; }

Names options_of(const CLI::App& command) {
  Names names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

Names commands_of(const CLI::App& command) {
  Names names;
  for (const CLI::App* sub : command.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

std::string slip(const std::string& word, const Names& names) {
  return spec::did_you_mean(word, {names.begin(), names.end()});
}

std::string unknown_options(const CLI::App& command) {
  std::string text;
  for (const std::string& word : command.remaining()) {
    if (!is_option(word)) continue;
    const std::string name = word.substr(0, word.find('='));
    const Names options = options_of(command);
    const std::string next = text.empty() ? "" : "\n  ";
    // An option of its own that was not taken for one.
    text += std::find(options.begin(), options.end(), name) != options.end()
                ? fmt::format("{}{} stands after \"--\", where nothing is an option: write it before", next,
                              spec::quote(name))
                : fmt::format("{}{} has no option {}{}", next, full_name(command), spec::quote(name),
                              slip(name, options));
  }
  return text;
}

/// Of a command that wants a subcommand and has got none.
std::string unknown_command(const CLI::App& command) {
  const Names names = commands_of(command);
  if (names.empty()) return {};
  for (const std::string& word : command.remaining()) {
    if (is_option(word)) continue;
    return fmt::format("there is no command {}{}\n  {} has the commands {}", spec::quote(word),
                       slip(word, names), full_name(command), fmt::join(names, ", "));
  }
  return {};
}

}  // namespace

std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  // Other errors, such as a value that is not accepted, name their option themselves.
  const bool unnamed = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                       dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  if (!unnamed) return {};
  const CLI::App* command = &app;
  for (;;) {
    std::string options = unknown_options(*command);
    const std::vector<CLI::App*> given = command->get_subcommands();
    if (given.empty()) {
      const std::string wrong = unknown_command(*command);
      return wrong.empty() ? options : wrong;
    }
    if (!options.empty()) return options;
    command = given.front();
  }
}

}  // namespace twinvoice::cli
