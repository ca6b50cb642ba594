// A task's command line as arguments (contract 7.3): the quoting of a shell and nothing else of one.
//
// Nothing is expanded, redirected or globbed; users who want that write /bin/sh -c '...'. The same reader in its strict
// form tells whether a text means the same to a shell as it does to us.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nodeagent::command {

/// Splits at white space. '...' is literal; in "..." a backslash escapes \ " $ ` only; outside quotes it escapes any
/// character; a backslash at the very end stands for itself. invalid_argument: an unclosed quote, a NUL byte, or no
/// word at all.
base::Result<std::vector<std::string>> split_command_line(std::string_view text);

/// The words of a shell command that is one simple command of literal words; absent when any character has a meaning to
/// a shell (operators, expansions, globs, braces, tildes, comments, line breaks) or a quote is not closed.
std::optional<std::vector<std::string>> split_plain_shell_text(std::string_view text);

}  // namespace nodeagent::command
