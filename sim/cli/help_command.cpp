// `twinvoice help` and `twinvoice completion`: what the program says of its own commands.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/command_tree.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/one_of.hpp"

namespace twinvoice::cli {
namespace {

/// The help of the command of these words. Throws CLI::ValidationError where there is none, with what may have been meant.
std::string help_of(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  std::string full_name = app.get_name();
  for (const std::string& word : words) {
    std::vector<std::string> names;
    const CLI::App* found = nullptr;
    for (const CLI::App* sub : command->get_subcommands({})) {
      names.push_back(sub->get_name());
      if (sub->get_name() == word) found = sub;
    }
    if (found == nullptr) {
      throw CLI::ValidationError(
          fmt::format("there is no command {}{}; there are {}", spec::quote(word),
                      spec::did_you_mean(word, {names.begin(), names.end()}),
                      names.empty() ? "none below this one" : fmt::format("{}", fmt::join(names, ", "))));
    }
    command = found;
    full_name += " " + word;
  }
  // App::help() would tell of the command that was parsed, which is this one.
  return command->get_formatter()->make_help(command, full_name, CLI::AppFormatMode::Normal);
}

}  // namespace

void add_help(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("help", "Tell what a command does, and its options");
  struct Arguments {
    std::vector<std::string> words;
    bool manual = false;
  };
  const auto a = std::make_shared<Arguments>();
  command->add_option("command", a->words, "command, such as run, or sweep run; absent: all of them");
  command->add_flag("--man", a->manual, "the manual page of the whole program (roff)");
  command->footer(
      "Examples:\n"
      "  twinvoice help run\n"
      "  twinvoice help sweep emit\n"
      "  twinvoice help --man | man -l -");
  command->callback([&session, &app, a] {
    session.action = [&app, a] {
      if (a->manual)
        print_data(manual_page(command_tree(app)));
      else
        print_data(help_of(app, a->words));
      return static_cast<int>(kOk);
    };
  });
}

void add_completion(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("completion", "Print the completions of a shell");
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(one_of({"bash", "zsh", "fish"}));
  command->footer(
      "Packages bring them along; otherwise:\n"
      "  source <(twinvoice completion bash)\n\n"
      "Examples:\n"
      "  twinvoice completion bash > ~/.local/share/bash-completion/completions/twinvoice\n"
      "  twinvoice completion fish > ~/.config/fish/completions/twinvoice.fish");
  command->callback([&session, &app, shell] {
    session.action = [&app, shell] {
      print_data(completion_script(command_tree(app), *shell));
      return static_cast<int>(kOk);
    };
  });
}

}  // namespace twinvoice::cli
