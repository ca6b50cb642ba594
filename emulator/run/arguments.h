// The arguments of `batch-emulator run`: its own options, those of `start` for the emulator that it starts, and the
// command, which is the first argument that is no option and everything after it.
#pragma once

#include "emulator/options.h"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace emulator::run {

/// --account NAME=FILE: the key of an account, as base64 text in a file.
struct AccountFile {
  std::string name;
  std::string file;
};

struct Arguments {
  bool attach = false;
  bool keep = false;
  std::vector<std::string> allowed_hosts;  ///< patterns (host_patterns.h)
  std::vector<AccountFile> account_files;
  Options options;  ///< of the emulator to start; its data_dir where the one to attach to lives
  bool data_dir_given = false;
  std::vector<std::string> command;  ///< never empty
};

/// True when the first argument that is no option is "run".
bool is_run(std::span<const std::string> arguments);

/// The arguments after the program's name. Options may stand before and after the word "run".
std::variant<Arguments, EarlyExit> parse_arguments(std::span<const std::string> arguments,
                                                   const std::vector<std::string>& environment);

}  // namespace emulator::run
