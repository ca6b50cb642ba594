// Options of batch-emulator: one table behind the command line, the environment, the config file, --help and the
// README. A value on the command line wins over the environment, which wins over the config file.
//
// Keys are not options: they live in `<data-dir>/keys.json` (accounts.h) and never on a command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace emulator {

struct Options {
  std::string data_dir;
  bool in_memory = false;
  std::int64_t batch_port = 10100;
  std::int64_t blob_port = 10000;
  bool names = false;
  std::int64_t proxy_port = 0;
  bool entra = false;
  std::string ready_file;
  std::vector<std::string> batch_accounts{"devbatch"};
  std::vector<std::string> storage_accounts{"devstoreaccount1"};
  bool well_known_storage_key = false;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
  std::string log_format = "human";
  std::string log_level = "info";
  std::string log_file;
  std::int64_t node_boot_time = 0;      ///< seconds
  std::int64_t node_disk_reserve = 16;  ///< MiB
  std::string node_agent;
  bool host_packages = false;
  std::string ffmpeg = "builtin";
  std::int64_t task_kill_grace = 5;       ///< seconds
  std::int64_t emulator_away_limit = 60;  ///< seconds
  std::int64_t stop_grace = 5;            ///< seconds
  std::int64_t max_connections = 1024;
  std::int64_t max_blob_body_mib = 5000;
  std::int64_t workers = 4;
  // Quotas: 0 = none.
  std::int64_t quota_pools = 0;
  std::int64_t quota_active_jobs = 0;
  std::int64_t quota_dedicated_cores = 0;
  std::int64_t quota_low_priority_cores = 0;
  std::int64_t quota_inter_node_nodes = 0;
  std::int64_t quota_applications = 0;
  std::int64_t quota_packages = 0;
  std::int64_t max_nodes = 0;
};

/// One row of the table.
struct OptionRow {
  using Target = std::variant<bool Options::*, std::int64_t Options::*, std::string Options::*,
                              std::vector<std::string> Options::*>;
  std::string_view name;  ///< of the flag, without dashes, and of the key in a config file
  Target target;
  std::string_view type;      ///< for people: "port", "path", "seconds", "a|b" for one of several words
  std::int64_t smallest = 0;  ///< of a number
  std::int64_t largest = 0;
  std::string_view sentence;
};
std::span<const OptionRow> option_table();

/// "BATCH_EMULATOR_DATA_DIR" for "data-dir".
std::string environment_name(std::string_view option);
/// The default as people read it.
std::string default_text(const OptionRow& row);

/// `run` has arguments of its own (run/arguments.h); here it is known for --help alone.
enum class Command { start, env, status, ca, run };

struct CommandLine {
  Command command = Command::start;
  Options options;
  bool data_dir_given = false;  ///< typed, by variable or by config file: not the default one
};
/// What to print, and the exit code: --help, --version, and mistakes.
struct EarlyExit {
  int code = 0;
  std::string text;
};

/// `environment` is a list of NAME=value. Reads the config file that --config or BATCH_EMULATOR_CONFIG names. An empty
/// data_dir becomes the default below $XDG_STATE_HOME. What nobody sets is as in `defaults`.
std::variant<CommandLine, EarlyExit> parse_command_line(std::vector<std::string> arguments,
                                                        const std::vector<std::string>& environment,
                                                        const Options& defaults = {});

/// The arguments that give these options, by nothing but the command line.
std::vector<std::string> arguments_for(const Options& options);

/// The options as a Markdown table: the README's section, printed by --help-markdown.
std::string options_as_markdown();

}  // namespace emulator
