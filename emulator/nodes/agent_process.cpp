// posix_spawn, because fork in a process with threads and a database is asking for trouble; descriptors are closed by
// number, because not every library opens them close-on-exec.
#include "emulator/nodes/agent_process.h"

#include "base/durable_file.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace emulator::nodes {
namespace {

using base::FileDescriptor;

constexpr int kHandoverDescriptor = 3;
/// Our own ends of the pipe lie above every descriptor that the child is given.
constexpr int kLowestOwnDescriptor = 10;
constexpr std::array kInherited = {
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM", "http_proxy", "https_proxy",
    "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH",
    "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS",
    // What a container engine needs to be reached.
    "XDG_RUNTIME_DIR", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "CONTAINER_HOST"};

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// The reading end of a pipe that already holds the text. The text is shorter than a pipe's buffer.
base::Result<FileDescriptor> pipe_with(const std::string& text) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::errno_error("making the pipe for a node's secret", errno);
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  RETURN_IF_ERROR(base::write_all(writing.get(), text, "the pipe for a node's secret"));
  FileDescriptor moved(::fcntl(reading.get(), F_DUPFD_CLOEXEC, kLowestOwnDescriptor));
  if (!moved.is_open()) return base::errno_error("moving the pipe for a node's secret", errno);
  return moved;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

std::vector<std::string> agent_environment(const char* const* environment, const std::string& marker) {
  std::vector<std::string> kept;
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    const auto name = variable.substr(0, variable.find('='));
    const bool inherited = name.starts_with("LC_") || std::ranges::find(kInherited, name) != kInherited.end();
    if (inherited) kept.emplace_back(variable);
  }
  kept.push_back(marker);
  return kept;
}

base::Result<pid_t> start_agent(const AgentStart& start) {
  ASSIGN_OR_RETURN(const auto secret, pipe_with(start.handover));
  std::vector<std::string> arguments = {start.program.string(),
                                        "--node-directory",
                                        start.node_directory.string(),
                                        "--token-fd",
                                        std::to_string(kHandoverDescriptor),
                                        "--endpoint-file",
                                        start.endpoint_file.string()};
  auto environment = agent_environment(environ, start.marker);
  const auto log = (start.node_directory / "agent.log").string();
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(actions.get(), 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(actions.get(), 1, 2);
  ::posix_spawn_file_actions_adddup2(actions.get(), secret.get(), kHandoverDescriptor);
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), kHandoverDescriptor + 1);
  SpawnAttributes attributes;
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, start.program.c_str(), actions.get(), attributes.get(),
                                   pointers(arguments).data(), pointers(environment).data());
  if (failed != 0) return base::errno_error("starting " + start.program.string(), failed);
  return pid;
}

}  // namespace emulator::nodes
