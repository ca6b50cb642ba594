#include "running_emulator.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

extern char** environ;

namespace bench {
namespace {

constexpr std::size_t kMostReadyFileBytes = 64 * 1024;

std::filesystem::path program() {
  if (const char* bin = std::getenv("BATCH_EMULATOR_BIN")) return std::filesystem::path(bin) / "batch-emulator";
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "batch-emulator";
}

/// Spawns with stdout in a pipe; gives the pid and the pipe's reading end.
std::pair<pid_t, int> spawn(const std::vector<std::string>& words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  if (posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) {
    give_up("cannot start " + words[0] + "; build it first: scripts/build");
  }
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  return {pid, ends[0]};
}

}  // namespace

RunningEmulator::RunningEmulator(std::vector<std::string> options) {
  char name[] = "/tmp/batch-emulator-bench-XXXXXX";
  if (!::mkdtemp(name)) give_up("cannot make a temporary directory");
  home_ = name;
  const auto ready = home_ / "ready.json";
  std::vector<std::string> words{program(), "start",       "--data-dir", home_ / "data", "--batch-port",
                                 "0",       "--blob-port", "0",          "--ready-file", ready};
  words.insert(words.end(), options.begin(), options.end());
  const auto began = std::chrono::steady_clock::now();
  const auto [pid, out] = spawn(words);
  pid_ = pid;
  char byte = 0;
  while (::read(out, &byte, 1) == 1 && byte != '\n') {
  }
  time_to_ready_ = std::chrono::steady_clock::now() - began;
  ::close(out);
  const auto text = base::read_file(ready, kMostReadyFileBytes);
  if (!text) give_up("the emulator did not get ready: " + text.error().message);
  const auto told = nlohmann::json::parse(*text);
  const auto& blob = told["blob"];
  batch_ = {told["batch"]["account"], *base::base64_decode(told["batch"]["key"].get<std::string>()),
            told["batch"]["url"]};
  storage_ = {blob["account"], *base::base64_decode(blob["key"].get<std::string>()), blob["url"]};
}

RunningEmulator::~RunningEmulator() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  std::error_code ignored;  // litter in the temporary directory harms nobody
  std::filesystem::remove_all(home_, ignored);
}

long RunningEmulator::resident_kib() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  long kib = 0;
  while (status >> word) {
    if (word == "VmRSS:") status >> kib;
  }
  return kib;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

void give_up(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

}  // namespace bench
