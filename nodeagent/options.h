// The command line of batch-nodeagent. The emulator writes it; people only ask for help.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nodeagent {

inline constexpr std::string_view kAgentVersion = "0.1.0";

struct Options {
  enum class Action { run, help, version };
  Action action = Action::run;
  std::filesystem::path node_directory;
  int token_fd = -1;
  std::filesystem::path endpoint_file;
};

/// `arguments` without the program. invalid_argument names what is unknown, missing or malformed.
base::Result<Options> parse_options(const std::vector<std::string_view>& arguments);
std::string help_text();

}  // namespace nodeagent
