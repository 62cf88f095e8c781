#include "sim/cli/command_tree.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <string_view>

#include "sim/base/version.hpp"

namespace twinvoice::cli {
namespace {

/// "{text,json}" -> text, json.
std::vector<std::string> words_in(std::string_view type) {
  std::vector<std::string> words;
  const std::size_t first = type.find('{');
  const std::size_t last = type.find('}');
  if (first == std::string_view::npos || last == std::string_view::npos) return words;
  for (std::size_t at = first + 1; at < last;) {
    const std::size_t end = std::min(type.find(',', at), last);
    words.emplace_back(type.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

OptionInfo info_of(const CLI::Option& option) {
  OptionInfo info;
  if (option.get_positional()) {
    info.names.push_back(option.get_name(true));
  } else {
    for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  }
  const std::string type = option.get_type_name();
  info.words = words_in(type);
  if (option.get_type_size() != 0 && option.get_items_expected_max() != 0)
    info.value = info.words.empty() ? "VALUE" : fmt::format("{}", fmt::join(info.words, "|"));
  info.meaning = option.get_description();
  return info;
}

void walk(const CLI::App& app, const std::string& name, std::vector<CommandInfo>& all) {
  CommandInfo command{
      name, app.get_description(), "twinvoice" + (name.empty() ? "" : " " + name), app.get_footer(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? command.arguments : command.options).push_back(info_of(*option));
  }
  if (!command.options.empty()) command.usage += " [OPTION]...";
  for (const OptionInfo& argument : command.arguments) command.usage += " " + argument.names.front();
  all.push_back(std::move(command));
  for (const CLI::App* sub : app.get_subcommands({}))
    walk(*sub, name.empty() ? sub->get_name() : name + " " + sub->get_name(), all);
}

/// Text that roff shows as it stands.
std::string roff(std::string_view text) {
  std::string out;
  bool at_begin = true;
  for (const char c : text) {
    if (at_begin && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_begin = c == '\n';
  }
  return out;
}

std::string option_line(const OptionInfo& option) {
  return fmt::format("{}{}", fmt::join(option.names, ", "), option.value.empty() ? "" : " " + option.value);
}

std::vector<std::string> words_below(const std::vector<CommandInfo>& commands, const std::string& name) {
  std::vector<std::string> words;
  const std::string prefix = name.empty() ? "" : name + " ";
  for (const CommandInfo& command : commands) {
    const bool below = command.name.size() > prefix.size() && command.name.starts_with(prefix) &&
                       command.name.find(' ', prefix.size()) == std::string::npos;
    if (below) words.push_back(command.name.substr(prefix.size()));
  }
  return words;
}

/// What may stand where no option is: subcommands, and the words of the first argument.
std::vector<std::string> plain_words(const std::vector<CommandInfo>& commands, const CommandInfo& command) {
  std::vector<std::string> words = words_below(commands, command.name);
  if (!command.arguments.empty())
    words.insert(words.end(), command.arguments.front().words.begin(), command.arguments.front().words.end());
  return words;
}

std::string bash_script(const std::vector<CommandInfo>& commands) {
  std::string text =
      "# Completion of twinvoice for bash. source <(twinvoice completion bash)\n"
      "_twinvoice() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" command=\"\" "
      "word options plain\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$command $word\" in\n";
  for (const CommandInfo& command : commands) {
    if (!command.name.empty())
      text += fmt::format("      \"{}{}\") command=\"{}\" ;;\n",
                          command.name.find(' ') == std::string::npos ? " " : "", command.name, command.name);
  }
  text +=
      "    esac\n"
      "  done\n"
      "  case \"$command $before\" in\n";
  for (const CommandInfo& command : commands) {
    for (const OptionInfo& option : command.options) {
      if (option.words.empty()) continue;
      for (const std::string& name : option.names)
        text += fmt::format("    \"{} {}\") COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n",
                            command.name, name, fmt::join(option.words, " "));
    }
  }
  text +=
      "  esac\n"
      "  case \"$command\" in\n";
  for (const CommandInfo& command : commands) {
    std::vector<std::string> options;
    for (const OptionInfo& option : command.options)
      options.insert(options.end(), option.names.begin(), option.names.end());
    text += fmt::format("    \"{}\") options=\"{}\" plain=\"{}\" ;;\n", command.name, fmt::join(options, " "),
                        fmt::join(plain_words(commands, command), " "));
  }
  return text +
         "  esac\n"
         "  if [[ $current == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -W \"$plain\" -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "complete -o default -o bashdefault -F _twinvoice twinvoice\n";
}

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

std::string fish_script(const std::vector<CommandInfo>& commands) {
  std::string text = "# Completion of twinvoice for fish. twinvoice completion fish | source\n";
  for (const CommandInfo& command : commands) {
    std::string condition;
    const std::vector<std::string> below = words_below(commands, command.name);
    if (command.name.empty()) {
      condition = "__fish_use_subcommand";
    } else {
      const std::size_t blank = command.name.find(' ');
      condition = "__fish_seen_subcommand_from " + command.name.substr(0, blank);
      if (blank != std::string::npos)
        condition += "; and __fish_seen_subcommand_from " + command.name.substr(blank + 1);
      if (!below.empty())
        condition += fmt::format("; and not __fish_seen_subcommand_from {}", fmt::join(below, " "));
    }
    const std::string head = fmt::format("complete -c twinvoice -n {}", fish_quoted(condition));
    for (const std::string& word : plain_words(commands, command))
      text += fmt::format("{} -a {}\n", head, word);
    for (const OptionInfo& option : command.options) {
      text += head;
      for (const std::string& name : option.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.value.empty()) text += " -r";
      if (!option.words.empty()) text += fmt::format(" -f -a '{}'", fmt::join(option.words, " "));
      text += " -d " + fish_quoted(option.meaning) + "\n";
    }
  }
  return text;
}

}  // namespace

std::vector<CommandInfo> command_tree(const CLI::App& app) {
  std::vector<CommandInfo> all;
  walk(app, "", all);
  return all;
}

std::string manual_page(const std::vector<CommandInfo>& commands) {
  std::string text =
      fmt::format(".TH TWINVOICE 1 \"\" \"twinvoice {}\" \"User Commands\"\n", roff(version()));
  text += ".SH NAME\ntwinvoice \\- digital twin of multi\\-datacentre invoice services\n.SH SYNOPSIS\n";
  for (const CommandInfo& command : commands) {
    if (words_below(commands, command.name).empty()) text += fmt::format(".B {}\n.br\n", roff(command.usage));
  }
  text += fmt::format(".SH DESCRIPTION\n{}\n", roff(commands.front().meaning));
  for (const CommandInfo& command : commands) {
    if (command.name.empty()) continue;
    text += fmt::format(".SH {}\n{}.\n.PP\n.B {}\n", roff(command.name), roff(command.meaning),
                        roff(command.usage));
    for (const auto* list : {&command.arguments, &command.options}) {
      for (const OptionInfo& option : *list)
        text += fmt::format(".TP\n.B {}\n{}\n", roff(option_line(option)), roff(option.meaning));
    }
    if (!command.footer.empty()) text += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command.footer));
  }
  return text + fmt::format(".SH EXIT STATUS AND EXAMPLES\n.nf\n{}\n.fi\n", roff(commands.front().footer));
}

std::string completion_script(const std::vector<CommandInfo>& commands, const std::string& shell) {
  if (shell == "fish") return fish_script(commands);
  // zsh runs completions of bash as they are.
  if (shell == "zsh")
    return "#compdef twinvoice\n# Completion of twinvoice for zsh. source <(twinvoice completion zsh)\n"
           "autoload -U +X bashcompinit && bashcompinit\n" +
           bash_script(commands);
  return bash_script(commands);
}

}  // namespace twinvoice::cli
