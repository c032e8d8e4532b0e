// A script a shell: commands first, then a command's options, then the values an option takes.
#include "woodbury/cli/completions.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace woodbury::cli {

namespace {

/// The fixed words an option takes: the parts of "nuts|hmc" and of "N|auto" that are not placeholders.
std::string words_of(const std::string& value) {
  std::string words;
  if (value.find('|') == std::string::npos) return words;
  for (const auto& part : fit::split(value, '|')) {
    const bool word = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
      return std::islower(static_cast<unsigned char>(c)) != 0;
    });
    if (word) words += (words.empty() ? "" : " ") + part;
  }
  return words;
}

std::string escaped(const std::string& text, const std::string& special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) result += '\\';
    result += c;
  }
  return result;
}

/// In single quotes, for a shell.
std::string shell_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string command_names(const std::vector<CommandText>& commands) {
  std::string names;
  for (std::size_t k = 1; k < commands.size(); ++k) names += (k > 1 ? " " : "") + commands[k].name;
  return names;
}

std::string option_names(const CommandText& command) {
  std::string names;
  for (const auto& option : command.options)
    for (const auto& name : option.names) names += (names.empty() ? "" : " ") + name;
  return names;
}

// ---- bash

std::string bash_values(const CommandText& command) {
  std::string cases;
  for (const auto& option : command.options) {
    if (option.value.empty()) continue;
    const auto words = words_of(option.value);
    std::string reply = "return";  // nothing can be proposed: a number, a formula, a column
    if (!words.empty()) reply = fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return", words);
    if (option.value == "FILE") reply = "COMPREPLY=($(compgen -f -- \"$cur\")); return";
    if (option.value == "DIR") reply = "COMPREPLY=($(compgen -d -- \"$cur\")); return";
    cases += fmt::format("        {}) {} ;;\n", fmt::join(option.names, "|"), reply);
  }
  return cases;
}

std::string bash(const std::vector<CommandText>& commands) {
  std::string text =
      "# bash completion of woodbury\n"
      "_woodbury() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  text += fmt::format("    COMPREPLY=($(compgen -W '{} {}' -- \"$cur\"))\n    return\n  fi\n", command_names(commands),
                      option_names(commands.front()));
  text += "  case ${COMP_WORDS[1]} in\n";
  for (std::size_t k = 1; k < commands.size(); ++k) {
    const auto& command = commands[k];
    text += fmt::format("    {})\n", command.name);
    const auto values = bash_values(command);
    if (!values.empty()) text += fmt::format("      case $prev in\n{}      esac\n", values);
    const auto words = words_of(command.argument);
    text += fmt::format("      COMPREPLY=($(compgen -W '{}{}{}' -- \"$cur\"))\n", option_names(command),
                        words.empty() ? "" : " ", words);
    if (command.argument == "DIR") text += "      COMPREPLY+=($(compgen -d -- \"$cur\"))\n";
    text += "      ;;\n";
  }
  return text + "  esac\n}\ncomplete -o filenames -F _woodbury woodbury\n";
}

// ---- zsh

std::string zsh_action(const std::string& value) {
  if (value == "FILE") return "_files";
  if (value == "DIR") return "_files -/";
  const auto words = words_of(value);
  return words.empty() ? " " : fmt::format("({})", words);
}

std::string zsh_option(const OptionText& option) {
  const auto description = escaped(option.description, "[]:\\");
  std::string lines;
  for (const auto& name : option.names) {
    std::string spec = fmt::format("*{}[{}]", name, description);
    if (!option.value.empty()) spec += fmt::format(":{}:{}", escaped(option.value, ":\\"), zsh_action(option.value));
    lines += fmt::format("        {} \\\n", shell_quoted(spec));
  }
  return lines;
}

std::string zsh(const std::vector<CommandText>& commands) {
  std::string text = "#compdef woodbury\n# zsh completion of woodbury\n_woodbury() {\n  local -a commands=(\n";
  for (std::size_t k = 1; k < commands.size(); ++k)
    text += fmt::format("    {}\n", shell_quoted(commands[k].name + ":" + escaped(commands[k].description, ":")));
  text +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe -t commands command commands\n    return\n  fi\n"
      "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (std::size_t k = 1; k < commands.size(); ++k) {
    text += fmt::format("    {})\n      _arguments \\\n", commands[k].name);
    for (const auto& option : commands[k].options) text += zsh_option(option);
    const std::string argument = commands[k].argument.empty() ? "nothing" : commands[k].argument;
    text += fmt::format("        {}\n      ;;\n", shell_quoted(fmt::format("1:{}:{}", argument, zsh_action(argument))));
  }
  return text +
         "  esac\n}\nif [ \"$funcstack[1]\" = _woodbury ]; then _woodbury \"$@\"; else compdef _woodbury woodbury; "
         "fi\n";
}

// ---- fish

std::string fish_option(const std::string& command, const OptionText& option) {
  std::string line = fmt::format("complete -c woodbury -n '__fish_seen_subcommand_from {}'", command);
  for (const auto& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.empty()) line += " -r";
  const auto words = words_of(option.value);
  if (!words.empty()) line += fmt::format(" -a '{}'", words);
  if (option.value == "FILE") line += " -F";
  if (option.value == "DIR") line += " -a '(__fish_complete_directories)'";
  return line + " -d " + shell_quoted(option.description) + "\n";
}

std::string fish(const std::vector<CommandText>& commands) {
  std::string text = "# fish completion of woodbury\ncomplete -c woodbury -f\n";
  for (std::size_t k = 1; k < commands.size(); ++k) {
    const auto& command = commands[k];
    text += fmt::format("complete -c woodbury -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        shell_quoted(command.description));
    const auto words = words_of(command.argument);
    const std::string values = command.argument == "DIR" ? "(__fish_complete_directories)" : words;
    if (!values.empty())
      text += fmt::format("complete -c woodbury -n '__fish_seen_subcommand_from {}' -a '{}'\n", command.name, values);
    for (const auto& option : command.options) text += fish_option(command.name, option);
  }
  return text;
}

}  // namespace

std::string completions(const std::string& shell, const std::vector<CommandText>& commands) {
  if (shell == "bash") return bash(commands);
  return shell == "zsh" ? zsh(commands) : fish(commands);
}

}  // namespace woodbury::cli
