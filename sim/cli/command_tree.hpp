// The commands and options of the program as data, for its manual and for the completions of shells.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace twinvoice::cli {

struct OptionInfo {
  std::vector<std::string> names;  ///< "--quiet", "-q"
  std::string value;               ///< what it takes: "{text,json}", "TEXT"; empty: nothing
  std::vector<std::string> words;  ///< accepted values where there are few
  std::string meaning;
};

struct CommandInfo {
  std::string name;  ///< "sweep run"; empty: the program itself
  std::string meaning;
  std::string usage;   ///< "twinvoice sweep run [OPTIONS] sweep"
  std::string footer;  ///< exit codes, examples
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> arguments;  ///< names has one entry each
};

/// Every command, each after the one that it belongs to. What is in no help is left out.
[[nodiscard]] std::vector<CommandInfo> command_tree(const CLI::App& app);

/// The manual page (roff, section 1).
[[nodiscard]] std::string manual_page(const std::vector<CommandInfo>& commands);

/// A completion script for `shell`: "bash", "zsh" or "fish".
[[nodiscard]] std::string completion_script(const std::vector<CommandInfo>& commands,
                                            const std::string& shell);

}  // namespace twinvoice::cli
