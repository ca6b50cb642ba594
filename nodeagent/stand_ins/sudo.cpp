// sudo on a node: an elevated task is the same user, so what is left of sudo is to run its arguments.
#include "nodeagent/stand_ins/stand_ins.h"

#include <algorithm>
#include <array>

namespace nodeagent::stand_ins {
namespace {

/// Options without value that make no difference when nobody is asked for a password and nobody else is become.
constexpr std::array<std::string_view, 12> kFlags = {"-n", "--non-interactive", "-E", "--preserve-env",
                                                     "-H", "--set-home",        "-S", "--stdin",
                                                     "-P", "--preserve-groups", "-k", "--reset-timestamp"};

bool is_assignment(std::string_view text) {
  const auto equals = text.find('=');
  return equals != std::string_view::npos && equals > 0 && text.find('/') > equals;
}

SudoCommand refuse(std::string sentence) {
  return {.printed = {.exit_code = 1, .err = "sudo: " + std::move(sentence) + "\n"}};
}

}  // namespace

SudoCommand read_sudo(const std::vector<std::string>& arguments) {
  SudoCommand sudo;
  std::size_t i = 0;
  for (; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") {
      ++i;
      break;
    }
    if (argument == "-u" || argument == "--user") {
      if (++i < arguments.size() && arguments[i] == "root") continue;
      return refuse("tasks on this node run as one user; only -u root is accepted");
    }
    if (argument == "-V" || argument == "--version") {
      return {.printed = {.out = "sudo of a Batch Emulator node (runs commands as the same user)\n"}};
    }
    if (argument.starts_with("--preserve-env=") || std::find(kFlags.begin(), kFlags.end(), argument) != kFlags.end()) {
      continue;
    }
    if (argument.starts_with('-')) {
      return refuse("option " + std::string(argument) + " is not offered on this node");
    }
    break;
  }
  while (i < arguments.size() && is_assignment(arguments[i])) sudo.environment.push_back(arguments[i++]);
  sudo.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
  if (sudo.command.empty()) return refuse("no command given");
  return sudo;
}

}  // namespace nodeagent::stand_ins
