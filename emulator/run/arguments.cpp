// The parser of `start` does not know where options end and a foreign command begins, so the arguments are taken apart
// here; options of `start` are then given to that parser.
#include "emulator/run/arguments.h"

#include "emulator/host_patterns.h"
#include "emulator/version.h"

#include <algorithm>
#include <array>
#include <optional>

namespace emulator::run {
namespace {

constexpr std::string_view kHelp =
    R"(Usage: batch-emulator run [OPTIONS] [--] COMMAND [ARGUMENTS...]

Runs a program that was written for Azure, unchanged, against an emulator: the names of the real service
(ACCOUNT.REGION.batch.azure.com, ACCOUNT.blob.core.windows.net, login.microsoftonline.com, management.azure.com) lead
to it, over https, and nothing else leaves this machine. The exit code is the command's. The emulator ends with it.

  batch-emulator run -- python3 batch_python_tutorial_ffmpeg.py
  batch-emulator run --account mybatch=mybatch.key --allow example.org --allow '*.example.net' ./nightly.sh
  batch-emulator run --keep -- az batch pool list

Accounts that the command names are made on the spot. Their keys are those of --account or of the variables
AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY, AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, or
AZURE_STORAGE_CONNECTION_STRING; requests of other accounts are taken on trust, with a warning. Variables that are not
set get values of the emulator's own accounts.

Options:
  --attach             Use the emulator that runs on the data directory (start --names) instead of starting one
  --keep               Leave the emulator and its data directory when the command has ended, and say how to look at it
  --allow HOST         Let the command reach this host too: name, name:port, *.name, [address]; may be repeated.
                       An emulated name means the real one when it is allowed by its whole name
  --account NAME=FILE  The key of an account, as base64 in a file; may be repeated
  -h, --help           This text
  --version            The version

Every option of `batch-emulator start` is one of the emulator that run starts; `batch-emulator --help` has them.
Without --data-dir it works in a fresh temporary directory, which is removed at the end. Its ports are any free ones.

Exit code: the command's; 128 and the number of the signal that ended it; 127 when it cannot be found, 126 when it
cannot be started; 2 for wrong arguments; 1 when there is no emulator.
)";

constexpr std::string_view kConfig = "config";

struct Split {
  std::vector<std::pair<std::string, std::optional<std::string>>> options;  ///< "--name", value
  bool has_run = false;
  std::vector<std::string> command;
};

bool takes_value(std::string_view name) {
  if (name == "allow" || name == "account" || name == kConfig) return true;
  const auto table = option_table();
  const auto row = std::ranges::find_if(table, [&](const OptionRow& one) { return one.name == name; });
  return row != table.end() && !std::holds_alternative<bool Options::*>(row->target);
}

Split split(std::span<const std::string> arguments) {
  Split parts;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const auto& argument = arguments[at];
    const auto from_here = [&](std::size_t begin) {
      parts.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(begin), arguments.end());
    };
    if (argument == "--") {
      from_here(at + 1);
      return parts;
    }
    if (argument.size() < 2 || argument.front() != '-') {
      if (parts.has_run) {
        from_here(at);
        return parts;
      }
      parts.has_run = argument == "run";
      if (!parts.has_run) return parts;
      continue;
    }
    const auto equals = argument.find('=');
    auto name = argument.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = argument.substr(equals + 1);
    const bool is_long = name.starts_with("--");
    if (!value && is_long && takes_value(std::string_view{name}.substr(2)) && at + 1 < arguments.size()) {
      value = arguments[++at];
    }
    parts.options.emplace_back(std::move(name), std::move(value));
  }
  return parts;
}

EarlyExit mistake(const std::string& text) {
  return {.code = kUsageExitCode, .text = "batch-emulator run: " + text + "\n"};
}

/// Takes the options of `run` itself out of `rest`; what is wrong with one of them, or nothing.
std::optional<EarlyExit> take_own_options(Split& parts, Arguments& arguments, std::vector<std::string>& rest) {
  for (const auto& [name, value] : parts.options) {
    if (name == "-h" || name == "--help") return EarlyExit{.code = 0, .text = std::string{kHelp}};
    if (name == "--attach" || name == "--keep") {
      if (value) return mistake(name + " takes no value");
      (name == "--attach" ? arguments.attach : arguments.keep) = true;
    } else if (name == "--allow") {
      auto pattern = parse_host_pattern(value.value_or(""));
      if (!pattern) return mistake("--allow: " + pattern.error().message);
      arguments.allowed_hosts.push_back(std::move(*pattern));
    } else if (name == "--account") {
      const auto text = value.value_or("");
      const auto equals = text.find('=');
      if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
        return mistake("--account takes NAME=FILE, the file with the account's key as base64");
      }
      arguments.account_files.push_back({text.substr(0, equals), text.substr(equals + 1)});
    } else {
      rest.push_back(value ? name + "=" + *value : name);
    }
  }
  return std::nullopt;
}

/// An option that cannot have an effect is a misunderstanding.
std::optional<EarlyExit> first_idle_option(const Arguments& arguments, const std::vector<std::string>& rest) {
  if (!arguments.attach) return std::nullopt;
  if (arguments.keep) return mistake("--keep and --attach exclude each other: what is attached to goes on anyway");
  for (const auto& option : rest) {
    const auto name = option.substr(0, option.find('='));
    if (name == "--data-dir" || name == "--config" || name == "--version") continue;
    return mistake(name + " is an option of the emulator, which runs already when run is given --attach");
  }
  return std::nullopt;
}

/// In a fresh data directory. The usual name is one that some tools (restic) take for a storage emulator at a port of
/// its own, whatever they are told.
constexpr std::string_view kStorageAccount = "devstorage";

/// Free ports, real names and tokens, and a log that only complains.
Options defaults_of_run() {
  Options options;
  options.batch_port = 0;
  options.blob_port = 0;
  options.names = true;
  options.entra = true;
  return options;
}

/// Whether the storage accounts may be named by somebody: on the command line, by a variable or in a config file.
bool names_storage(const std::vector<std::string>& rest, const std::vector<std::string>& environment) {
  const auto is_it = [](const std::string& text, std::string_view name) {
    return text.starts_with(name) && (text.size() == name.size() || text[name.size()] == '=');
  };
  const auto option = [&](const std::string& text) {
    return is_it(text, "--storage-account") || is_it(text, "--config") || is_it(text, "--well-known-storage-key");
  };
  const auto variable = [&](const std::string& text) {
    return std::ranges::any_of(std::to_array<std::string_view>({"storage-account", "config", "well-known-storage-key"}),
                               [&](std::string_view name) { return is_it(text, environment_name(name)); });
  };
  return std::ranges::any_of(rest, option) || std::ranges::any_of(environment, variable);
}

}  // namespace

bool is_run(std::span<const std::string> arguments) {
  return split(arguments).has_run;
}

std::variant<Arguments, EarlyExit> parse_arguments(std::span<const std::string> arguments,
                                                   const std::vector<std::string>& environment) {
  auto parts = split(arguments);
  Arguments parsed;
  std::vector<std::string> rest;
  if (auto exit = take_own_options(parts, parsed, rest)) return std::move(*exit);
  if (auto exit = first_idle_option(parsed, rest)) return std::move(*exit);
  auto line = parse_command_line(rest, environment, defaults_of_run());
  if (auto* exit = std::get_if<EarlyExit>(&line)) return std::move(*exit);
  auto& settings = std::get<CommandLine>(line);
  parsed.options = std::move(settings.options);
  parsed.data_dir_given = settings.data_dir_given;
  if (!parsed.data_dir_given && !names_storage(rest, environment)) {
    parsed.options.storage_accounts = {std::string{kStorageAccount}};
  }
  if (!parsed.options.names) return mistake("--names=false takes away what run is for");
  parsed.command = std::move(parts.command);
  if (parsed.command.empty()) return mistake("which command? `batch-emulator run --help` has examples");
  return parsed;
}

}  // namespace emulator::run
