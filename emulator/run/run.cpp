#include "emulator/run/run.h"

#include "base/durable_file.h"
#include "base/text.h"
#include "emulator/run/command.h"
#include "emulator/run/emulator_process.h"
#include "emulator/run/environment.h"
#include "emulator/run/session.h"
#include "emulator/run/signals.h"
#include "emulator/running_file.h"
#include "emulator/version.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

namespace emulator::run {
namespace {

constexpr std::size_t kLargestKeyFile = 4'096;
constexpr std::size_t kLargestComplaints = 1024 * 1024;
constexpr int kNotFound = 127;
constexpr int kNotStarted = 126;
constexpr int kKilled = 128;

void say(const std::string& text) {
  std::cerr << "batch-emulator: " << text << "\n";
}

/// A directory of this run alone (mode 0700), gone in the end unless it is kept.
class OwnDirectory {
 public:
  static base::Result<OwnDirectory> make() {
    std::error_code failure;
    auto pattern = (std::filesystem::temp_directory_path(failure) / "batch-emulator-run-XXXXXX").string();
    if (failure || ::mkdtemp(pattern.data()) == nullptr) {
      return base::errno_error("making a temporary directory", failure ? failure.value() : errno);
    }
    return OwnDirectory{pattern};
  }
  OwnDirectory(OwnDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  OwnDirectory& operator=(OwnDirectory&&) = delete;
  ~OwnDirectory() {
    if (path_.empty()) return;
    std::error_code failure;
    std::filesystem::remove_all(path_, failure);
    if (failure) say("removing " + path_.string() + ": " + failure.message());
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  void keep() { path_.clear(); }

 private:
  explicit OwnDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

base::Result<Keys> read_keys(const std::vector<AccountFile>& files) {
  Keys keys;
  for (const auto& [name, file] : files) {
    auto text = base::read_file(file, kLargestKeyFile);
    if (!text) return std::move(text).error().in("--account " + name);
    const std::string key{base::trim(*text)};
    const auto raw = base::base64_decode(key);
    if (!raw || raw->empty()) {
      return base::Error{base::Errc::invalid_argument,
                         "--account " + name + ": " + file + " does not hold a key as base64"};
    }
    keys.insert_or_assign(name, key);
  }
  return keys;
}

/// What the command runs in, and what must be closed after it.
struct Prepared {
  Environment environment;
  std::string session;
};

base::Result<Prepared> prepare(const RunningEmulator& running, const Arguments& arguments, const Keys& keys,
                               Environment environment) {
  const OwnAccounts own{.batch = running.batch.account,
                        .batch_key = running.batch.key,
                        .storage = running.blob.account,
                        .storage_key = running.blob.key};
  auto azure = azure_values(environment, own, keys);
  const SessionTerms terms{.allowed_hosts = arguments.allowed_hosts,
                           .batch_keys = std::move(azure.batch_keys),
                           .storage_keys = std::move(azure.storage_keys),
                           .makes_accounts = true};
  ASSIGN_OR_RETURN(const auto proxy, open_session(running, terms, arguments.keep ? 0 : ::getpid()));
  for (auto& [name, value] : azure.variables) environment[name] = std::move(value);
  const bool reaches_others = !arguments.allowed_hosts.empty();
  for (const auto& warning : add_proxy(environment, proxy, reaches_others)) say(warning);
  return Prepared{.environment = std::move(environment), .session = proxy.session};
}

/// The command from its start to its end, at an emulator that answers.
int run_at(const RunningEmulator& running, const Arguments& arguments, const Prepared& prepared, Signals& signals,
           const std::function<void()>& on_child) {
  auto command = Command::start(arguments.command, prepared.environment, signals);
  int code = 0;
  if (command) {
    code = command->wait(signals, on_child);
  } else {
    say(command.error().message);
    code = command.error().code == base::Errc::not_found ? kNotFound : kNotStarted;
  }
  if (!arguments.keep) close_session(running, prepared.session);
  return code;
}

int attach(const Arguments& arguments, const Keys& keys, Environment environment, Signals& signals) {
  const auto running = find_running_emulator(arguments.options.data_dir);
  if (!running) {
    say(running.error().message + "; start one with batch-emulator start --names --entra --data-dir " +
        arguments.options.data_dir);
    return kFailureExitCode;
  }
  if (!running->names) {
    say("the emulator on " + arguments.options.data_dir +
        " does not answer for the real names; start it with --names, and with --entra for tokens");
    return kFailureExitCode;
  }
  if (!running->names->entra) say("the emulator was started without --entra: it issues no tokens");
  const auto prepared = prepare(*running, arguments, keys, std::move(environment));
  if (!prepared) {
    say(prepared.error().message);
    return kFailureExitCode;
  }
  return run_at(*running, arguments, *prepared, signals, [] {});
}

void say_how_to_look(const RunningEmulator& running, const Options& options) {
  say("the emulator goes on, pid " + std::to_string(running.pid) + "\n" + "  data directory  " + options.data_dir +
      "\n" + "  Batch           " + running.batch.url + " (" + running.batch.account + ")\n" + "  Blob            " +
      running.blob.url + "\n" + "  log             " + options.log_file + "\n" +
      "  look            batch-emulator status --data-dir " + options.data_dir + "\n" +
      "                  eval \"$(batch-emulator env --data-dir " + options.data_dir + ")\"\n" +
      "  go on           batch-emulator run --attach --data-dir " + options.data_dir + " -- COMMAND\n" +
      "  end             kill " + std::to_string(running.pid));
}

void repeat_complaints(const std::filesystem::path& file) {
  const auto text = base::read_file(file, kLargestComplaints);
  if (text) std::cerr << *text;
}

/// The options of an emulator for this run: what run decides itself.
Options options_for(const Arguments& arguments, const std::filesystem::path& own) {
  auto options = arguments.options;
  if (!arguments.data_dir_given) options.data_dir = own / "data";
  if (options.ready_file.empty()) options.ready_file = own / "ready.json";
  if (options.log_file.empty()) options.log_file = own / "emulator.log";
  return options;
}

int run_with_own_emulator(const Arguments& arguments, const Keys& keys, const std::vector<std::string>& variables,
                          Signals& signals) {
  auto own = OwnDirectory::make();
  if (!own) {
    say(own.error().message);
    return kFailureExitCode;
  }
  const auto options = options_for(arguments, own->path());
  const auto complaints = arguments.keep ? own->path() / "complaints" : std::filesystem::path{};
  std::error_code ignored;  // what an earlier run has left must not be taken for this one's
  std::filesystem::remove(options.ready_file, ignored);
  auto emulator = EmulatorProcess::start(options, variables, complaints, signals);
  if (!emulator) {
    say(emulator.error().message);
    return kFailureExitCode;
  }
  int interrupted = 0;
  int code = kFailureExitCode;
  bool has_run = false;
  const auto running = emulator->wait_until_ready(signals, interrupted);
  auto prepared = running ? prepare(*running, arguments, keys, environment_of(variables)) : running.error();
  if (!prepared) {
    if (interrupted == 0) say(prepared.error().message);
    if (interrupted != 0) code = kKilled + interrupted;
  } else {
    bool complained = false;
    code = run_at(*running, arguments, *prepared, signals, [&] {
      if (emulator->is_alive() || complained) return;
      complained = true;
      say("the emulator has ended before the command; " + options.log_file + " may tell why");
    });
    has_run = true;
  }
  if (!complaints.empty()) repeat_complaints(complaints);
  if (has_run && arguments.keep && emulator->is_alive()) {
    own->keep();
    say_how_to_look(*running, options);
  } else {
    emulator->stop(signals);
  }
  return code;
}

}  // namespace

int run_command(const Arguments& arguments, const std::vector<std::string>& environment) {
  const auto keys = read_keys(arguments.account_files);
  if (!keys) {
    say(keys.error().message);
    return kUsageExitCode;
  }
  int code = 0;
  bool died_of_key = false;
  {
    Signals signals;
    code = arguments.attach ? attach(arguments, *keys, environment_of(environment), signals)
                            : run_with_own_emulator(arguments, *keys, environment, signals);
    died_of_key = code == kKilled + SIGINT && signals.was_interrupted_by_key();
  }
  // A shell ends its loop or script only when the command itself died of Ctrl-C; to its `$?` it is the same.
  if (died_of_key) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  return code;
}

}  // namespace emulator::run
