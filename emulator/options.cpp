// CLI11 does the parsing. It lets a config file win over the environment; people expect the reverse, so variables are
// turned into arguments here, in front of those that were typed.
#include "emulator/options.h"

#include "base/text.h"
#include "emulator/names.h"
#include "emulator/version.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cctype>
#include <cstdlib>
#include <sstream>

namespace emulator {
namespace {

constexpr std::string_view kEnvironmentPrefix = "BATCH_EMULATOR_";
constexpr std::int64_t kLargestPort = 65'535;
constexpr std::int64_t kLongestBootTime = 3'600;
constexpr std::int64_t kLargestDiskReserve = std::int64_t{1} << 40;
constexpr std::int64_t kLongestGrace = 600;
constexpr std::int64_t kLongestAway = 86'400;
constexpr std::int64_t kMostConnections = 16'384;
constexpr std::int64_t kLargestBodyMib = 5'000;
constexpr std::int64_t kMostWorkers = 64;
constexpr std::int64_t kLargestQuota = 1'000'000;

const auto kTable = std::to_array<OptionRow>({
    {"data-dir", &Options::data_dir, "path", 0, 0,
     "Where state, keys, blobs and node directories live; created with mode 0700 and locked"},
    {"in-memory", &Options::in_memory, "flag", 0, 0,
     "Keep nothing: state and blobs in memory, node directories in a temporary directory"},
    {"batch-port", &Options::batch_port, "port", 0, kLargestPort, "Port of the Batch endpoint; 0 takes any free one"},
    {"blob-port", &Options::blob_port, "port", 0, kLargestPort, "Port of the Blob endpoint; 0 takes any free one"},
    {"names", &Options::names, "flag", 0, 0,
     "Answer for the real service's names too, through an HTTP proxy on loopback that `run --attach` and tasks use"},
    {"proxy-port", &Options::proxy_port, "port", 0, kLargestPort, "Port of that proxy; 0 takes any free one"},
    {"entra", &Options::entra, "flag", 0, 0, "Issue tokens as Entra ID does, and accept them beside keys"},
    {"ready-file", &Options::ready_file, "path", 0, 0,
     "Write pid, addresses, accounts and keys as JSON (mode 0600) to this file once both endpoints answer"},
    {"batch-account", &Options::batch_accounts, "name", 0, 0,
     "Batch account; give it several times for several accounts"},
    {"storage-account", &Options::storage_accounts, "name", 0, 0,
     "Storage account; give it several times. The first one is the Batch accounts' auto storage"},
    {"well-known-storage-key", &Options::well_known_storage_key, "flag", 0, 0,
     "Give devstoreaccount1 the published key of the local storage tools, which is no secret"},
    {"allowed-host", &Options::allowed_hosts, "name", 0, 0,
     "One more host name that requests may be addressed to; *.name stands for names below it"},
    {"allowed-origin", &Options::allowed_origins, "origin", 0, 0,
     "Origin that browsers may send (scheme://host:port); without one, every Origin is refused"},
    {"log-format", &Options::log_format, "human|json", 0, 0, "Lines for people, or one JSON object a line"},
    {"log-level", &Options::log_level, "trace|debug|info|warn|error|off", 0, 0, "The least important lines to log"},
    {"log-file", &Options::log_file, "path", 0, 0,
     "Write the log to this file (mode 0600); warnings and errors appear on standard error as well"},
    {"node-boot-time", &Options::node_boot_time, "seconds", 0, kLongestBootTime,
     "How long a node takes from creating to starting"},
    {"node-disk-reserve", &Options::node_disk_reserve, "MiB", 0, kLargestDiskReserve,
     "Free space without which a node's disk counts as full: it runs nothing and is unusable"},
    {"node-agent", &Options::node_agent, "path", 0, 0,
     "The batch-nodeagent program; by default the one beside this program"},
    {"host-packages", &Options::host_packages, "flag", 0, 0,
     "Let apt-get and apt in tasks be the host's own commands instead of the stand-ins"},
    {"ffmpeg", &Options::ffmpeg, "builtin|host", 0, 0,
     "Transcode in the node agent, or with the ffmpeg command of the host"},
    {"task-kill-grace", &Options::task_kill_grace, "seconds", 0, kLongestGrace,
     "Time between TERM and KILL when a task is ended"},
    {"emulator-away-limit", &Options::emulator_away_limit, "seconds", 1, kLongestAway,
     "How long node agents wait for an emulator that is gone before they end their tasks and themselves"},
    {"stop-grace", &Options::stop_grace, "seconds", 0, kLongestGrace,
     "How long requests and tasks under way may take to end when the emulator is told to stop"},
    {"max-connections", &Options::max_connections, "number", 1, kMostConnections,
     "Connections at a time on each endpoint"},
    {"max-blob-body", &Options::max_blob_body_mib, "MiB", 1, kLargestBodyMib, "Largest body of one Blob request"},
    {"workers", &Options::workers, "number", 1, kMostWorkers, "Threads for disk work"},
    {"quota-pools", &Options::quota_pools, "number", 0, kLargestQuota,
     "Pools that a Batch account may have, as the service's 0 to 100; 0 sets no quota"},
    {"quota-active-jobs", &Options::quota_active_jobs, "number", 0, kLargestQuota,
     "Active jobs and job schedules of a Batch account, as the service's 100 to 300; 0 sets no quota"},
    {"quota-dedicated-cores", &Options::quota_dedicated_cores, "number", 0, kLargestQuota,
     "Cores of all dedicated nodes of a Batch account; 0 sets no quota"},
    {"quota-low-priority-cores", &Options::quota_low_priority_cores, "number", 0, kLargestQuota,
     "Cores of all low-priority nodes of a Batch account; 0 sets no quota"},
    {"quota-inter-node-nodes", &Options::quota_inter_node_nodes, "number", 0, kLargestQuota,
     "Nodes of a pool with inter-node communication, as the service's 100; 0 sets no quota"},
    {"quota-applications", &Options::quota_applications, "number", 0, kLargestQuota,
     "Applications of a Batch account, as the service's 20; 0 sets no quota"},
    {"quota-packages", &Options::quota_packages, "number", 0, kLargestQuota,
     "Packages of one application, as the service's 40; 0 sets no quota"},
    {"max-nodes", &Options::max_nodes, "number", 0, kLargestQuota,
     "Nodes that this machine carries for a Batch account; more fail with AllocationFailed; 0 sets no limit"},
});

bool is_choice(std::string_view type) {
  return type.find('|') != std::string_view::npos;
}

void add_option(CLI::App& app, const OptionRow& row, Options& options) {
  const auto flag = "--" + std::string{row.name};
  const std::string sentence{row.sentence};
  CLI::Option* option = nullptr;
  if (const auto* boolean = std::get_if<bool Options::*>(&row.target)) {
    option = app.add_flag(flag, options.**boolean, sentence);
  } else if (const auto* number = std::get_if<std::int64_t Options::*>(&row.target)) {
    option = app.add_option(flag, options.**number, sentence)->check(CLI::Range(row.smallest, row.largest));
  } else if (const auto* text = std::get_if<std::string Options::*>(&row.target)) {
    option = app.add_option(flag, options.**text, sentence);
    if (is_choice(row.type)) option->check(CLI::IsMember(base::split(row.type, '|')));
  } else {
    option = app.add_option(flag, options.**std::get_if<std::vector<std::string> Options::*>(&row.target), sentence);
    option->delimiter(',');
  }
  if (option->get_delimiter() == '\0') option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  if (std::holds_alternative<bool Options::*>(row.target)) return;
  option->type_name(std::string{row.type});
  option->default_str(default_text(row));
}

std::optional<std::string> variable(const std::vector<std::string>& environment, const std::string& name) {
  for (const auto& entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

bool was_typed(const std::vector<std::string>& arguments, const std::string& flag) {
  for (const auto& argument : arguments) {
    if (argument == flag || argument.starts_with(flag + "=")) return true;
  }
  return false;
}

/// The variables of options that were not typed, as arguments.
std::vector<std::string> arguments_of(const std::vector<std::string>& environment,
                                      const std::vector<std::string>& typed) {
  std::vector<std::string> arguments;
  const auto add = [&](std::string_view name) {
    const auto flag = "--" + std::string{name};
    const auto value = variable(environment, environment_name(name));
    if (value && !value->empty() && !was_typed(typed, flag)) arguments.push_back(flag + "=" + *value);
  };
  for (const auto& row : kTable) add(row.name);
  add("config");
  return arguments;
}

std::string default_data_dir(const std::vector<std::string>& environment) {
  const auto state = variable(environment, "XDG_STATE_HOME");
  if (state && state->starts_with("/")) return *state + "/batch-emulator";
  const auto home = variable(environment, "HOME");
  if (home && !home->empty()) return *home + "/.local/state/batch-emulator";
  return {};
}

std::string check_account_name(const std::string& name) {
  if (is_account_name(name)) return {};
  return "account names have 3 to 24 lower-case letters and digits; this one does not: " + name;
}

std::string first_mistake(const Options& options) {
  for (const auto* names : {&options.batch_accounts, &options.storage_accounts}) {
    if (names->empty()) return "at least one account of each kind is needed";
    for (const auto& name : *names) {
      if (auto mistake = check_account_name(name); !mistake.empty()) return mistake;
      if (std::count(names->begin(), names->end(), name) > 1) return "the account is named twice: " + name;
    }
  }
  if (options.data_dir.empty() && !options.in_memory) return "--data-dir is needed: HOME is not set";
  return {};
}

std::variant<CommandLine, EarlyExit> finished(CommandLine line, const std::vector<std::string>& environment) {
  line.data_dir_given = !line.options.data_dir.empty();
  if (!line.data_dir_given) line.options.data_dir = default_data_dir(environment);
  if (auto mistake = first_mistake(line.options); !mistake.empty()) {
    return EarlyExit{.code = kUsageExitCode, .text = "batch-emulator: " + mistake + "\n"};
  }
  return line;
}

}  // namespace

std::span<const OptionRow> option_table() {
  return kTable;
}

std::string environment_name(std::string_view option) {
  auto name = base::upper_case(option);
  for (auto& c : name) {
    if (c == '-') c = '_';
  }
  return std::string{kEnvironmentPrefix} + name;
}

std::string default_text(const OptionRow& row) {
  static const Options kDefaults;
  if (row.name == "data-dir") return "$XDG_STATE_HOME/batch-emulator";
  if (const auto* boolean = std::get_if<bool Options::*>(&row.target)) return kDefaults.**boolean ? "on" : "off";
  if (const auto* number = std::get_if<std::int64_t Options::*>(&row.target)) {
    return std::to_string(kDefaults.**number);
  }
  if (const auto* text = std::get_if<std::string Options::*>(&row.target)) return kDefaults.**text;
  std::string all;
  for (const auto& one : kDefaults.**std::get_if<std::vector<std::string> Options::*>(&row.target)) {
    all += (all.empty() ? "" : ",") + one;
  }
  return all;
}

std::string options_as_markdown() {
  std::ostringstream text;
  text << "| Option | Variable | Value | Default | Meaning |\n|---|---|---|---|---|\n";
  for (const auto& row : kTable) {
    auto type = std::string{row.type};
    for (std::size_t at = 0; (at = type.find('|', at)) != std::string::npos; at += 4) type.replace(at, 1, ", ");
    if (row.largest > 0) type += ", " + std::to_string(row.smallest) + ".." + std::to_string(row.largest);
    text << "| `--" << row.name << "` | `" << environment_name(row.name) << "` | " << type << " | " << default_text(row)
         << " | " << row.sentence << " |\n";
  }
  return text.str();
}

std::vector<std::string> arguments_for(const Options& options) {
  static const Options kDefaults;
  std::vector<std::string> arguments;
  for (const auto& row : kTable) {
    const auto flag = "--" + std::string{row.name} + "=";
    const auto add = [&](const auto& value, const auto& usual, const auto& text) {
      if (value != usual) arguments.push_back(flag + text(value));
    };
    if (const auto* boolean = std::get_if<bool Options::*>(&row.target)) {
      add(options.**boolean, kDefaults.**boolean, [](bool value) { return std::string{value ? "true" : "false"}; });
    } else if (const auto* number = std::get_if<std::int64_t Options::*>(&row.target)) {
      add(options.**number, kDefaults.**number, [](std::int64_t value) { return std::to_string(value); });
    } else if (const auto* text = std::get_if<std::string Options::*>(&row.target)) {
      add(options.**text, kDefaults.**text, [](const std::string& value) { return value; });
    } else {
      const auto member = *std::get_if<std::vector<std::string> Options::*>(&row.target);
      add(options.*member, kDefaults.*member, [](const std::vector<std::string>& values) {
        std::string all;
        for (const auto& value : values) all += (all.empty() ? "" : ",") + value;
        return all;
      });
    }
  }
  return arguments;
}

std::variant<CommandLine, EarlyExit> parse_command_line(std::vector<std::string> arguments,
                                                        const std::vector<std::string>& environment,
                                                        const Options& defaults) {
  CommandLine line;
  line.options = defaults;
  CLI::App app{"Azure Batch and Blob Storage on this machine", "batch-emulator"};
  app.set_version_flag("--version", std::string{"batch-emulator "} + std::string{kVersion});
  app.set_config("--config", "", "Read options from this file (name=value lines)");
  app.allow_config_extras(CLI::config_extras_mode::error);
  for (const auto& row : kTable) add_option(app, row, line.options);
  bool markdown = false;
  app.add_flag("--help-markdown", markdown)->group("");
  app.require_subcommand(0, 1);
  auto* start = app.add_subcommand("start", "Serve both endpoints until told to stop (the default)")->fallthrough();
  app.add_subcommand("run", "Run a program written for Azure, unchanged; `batch-emulator run --help` says more");
  auto* env = app.add_subcommand("env", "Print the running emulator's settings as export lines")->fallthrough();
  auto* ca = app.add_subcommand("ca",
                                "Print where the certificate authority for https is (made if missing): its "
                                "certificate, a bundle of it and the system's, and a PKCS #12 trust store for "
                                "Java with the password changeit. It is never added to the system's trust store");
  ca->fallthrough();
  auto* status = app.add_subcommand("status", "Print what the running emulator is doing")->fallthrough();

  auto all = arguments_of(environment, arguments);
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::reverse(all.begin(), all.end());  // CLI11 takes them from the end
  try {
    app.parse(all);
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    const int code = app.exit(error, text, text);
    return EarlyExit{.code = code == 0 ? 0 : kUsageExitCode, .text = text.str()};
  }
  if (markdown) return EarlyExit{.code = 0, .text = options_as_markdown()};
  if (start->parsed()) line.command = Command::start;
  if (env->parsed()) line.command = Command::env;
  if (ca->parsed()) line.command = Command::ca;
  if (status->parsed()) line.command = Command::status;
  return finished(std::move(line), environment);
}

}  // namespace emulator
