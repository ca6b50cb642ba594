#include "nodeagent/media/loader.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>

#include "nodeagent/media/module.h"

namespace nodeagent::media {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr const char* kModule = "libbatch-transcode.so";
constexpr std::chrono::milliseconds kChildPoll{20};
constexpr int kSignalsBeforeHardExit = 3;

std::vector<std::filesystem::path> candidates() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return {};
  const auto library = program.parent_path().parent_path() / "lib";
  return {library / kModule, library / "batch-emulator" / kModule};
}

Result<batch_transcode_run_function*> open_module() {
  for (const auto& path : candidates()) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
      return Error(Errc::unsupported, "loading " + path.string() + ": " + ::dlerror());
    }
    auto* run = reinterpret_cast<batch_transcode_run_function*>(::dlsym(module, kBatchTranscodeRunName));
    if (run == nullptr) return Error(Errc::unsupported, path.string() + " does not export the transcoder");
    return run;
  }
  return Error(Errc::not_found, std::string(kModule) + " is not in ../lib or ../lib/batch-emulator of this program");
}

/// Loaded once; a failure is remembered too, since nothing that could mend it happens in one process's life.
const Result<batch_transcode_run_function*>& module_entry() {
  static const Result<batch_transcode_run_function*> entry = open_module();
  return entry;
}

std::vector<const char*> pointers(const std::vector<std::string>& words) {
  std::vector<const char*> list;
  list.reserve(words.size() + 1);
  for (const auto& word : words) list.push_back(word.c_str());
  return list;
}

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become_ffmpeg(const char* program, char* const* arguments, const TranscodeRequest& request,
                                pid_t parent) {
  ::setpgid(0, 0);
  // What the parent's threads block or ignore must still reach the child.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const auto descriptor = [&](int wanted) { return wanted >= 0 ? wanted : null; };
  // Copies above 2 first, so that no dup2 below closes a descriptor that is still needed.
  std::array<int, 3> sources{::fcntl(descriptor(request.stdin_fd), F_DUPFD_CLOEXEC, 10),
                             ::fcntl(descriptor(request.stdout_fd), F_DUPFD_CLOEXEC, 10),
                             ::fcntl(descriptor(request.stderr_fd), F_DUPFD_CLOEXEC, 10)};
  for (int i = 0; i < 3; ++i) {
    if (::dup2(sources[static_cast<std::size_t>(i)], i) < 0) ::_exit(127);
  }
  if (::chdir(request.working_directory.c_str()) != 0) ::_exit(127);
  ::execv(program, arguments);
  ::_exit(127);
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<int> wait_for_child(pid_t child, const Cancellation& cancellation) {
  int passed_on = 0;
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return exit_code_of(status);
    if (ended < 0 && errno != EINTR) return base::errno_error("waiting for the ffmpeg child", errno);
    const int request = cancellation.signal.load();
    if (request != 0 && request != passed_on) {
      ::kill(child, request == Cancellation::kAbandon ? SIGKILL : request);
      passed_on = request;
    }
    std::this_thread::sleep_for(kChildPoll);
  }
}

std::atomic<int> received_signal{0};
std::atomic<int> received_signals{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int number) {
  received_signal = number;
  if (++received_signals > kSignalsBeforeHardExit) ::_exit(123);
}

}  // namespace

Result<void> load_transcoder() {
  const auto& entry = module_entry();
  if (entry.has_error()) return entry.error();
  return {};
}

Result<int> run_ffmpeg(const TranscodeRequest& request, const Cancellation& cancellation) {
  const auto& entry = module_entry();
  if (entry.has_error()) return entry.error();
  const auto words = pointers(request.arguments);
  const auto directory = request.working_directory.string();
  const batch_transcode_request plain{.version = kBatchTranscodeVersion,
                                      .argument_count = static_cast<int>(words.size()),
                                      .arguments = words.data(),
                                      .directory = directory.c_str(),
                                      .stdin_fd = request.stdin_fd,
                                      .stdout_fd = request.stdout_fd,
                                      .stderr_fd = request.stderr_fd,
                                      .stop = &cancellation.signal};
  const int code = (*entry)(&plain);
  if (code < 0) return Error(Errc::unsupported, std::string(kModule) + " has another version than this program");
  return code;
}

Result<int> run_ffmpeg_in_child(const TranscodeRequest& request, const Cancellation& cancellation) {
  std::vector<std::string> words{"ffmpeg"};
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  auto arguments = pointers(words);
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return base::errno_error("starting an ffmpeg child", errno);
  if (child == 0) become_ffmpeg("/proc/self/exe", const_cast<char* const*>(arguments.data()), request, parent);
  return wait_for_child(child, cancellation);
}

int ffmpeg_main(int argc, char** argv) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const auto& entry = module_entry();
  if (entry.has_error()) {
    std::fprintf(stderr, "%s\n", entry.error().message.c_str());
    return 1;
  }
  std::error_code failed;
  const auto directory = std::filesystem::current_path(failed).string();
  const batch_transcode_request plain{.version = kBatchTranscodeVersion,
                                      .argument_count = argc > 0 ? argc - 1 : 0,
                                      .arguments = argv + (argc > 0 ? 1 : 0),
                                      .directory = directory.c_str(),
                                      .stdin_fd = STDIN_FILENO,
                                      .stdout_fd = STDOUT_FILENO,
                                      .stderr_fd = STDERR_FILENO,
                                      .stop = &received_signal};
  const int code = (*entry)(&plain);
  if (code < 0) std::fprintf(stderr, "%s has another version than this program\n", kModule);
  return code < 0 ? 1 : code;
}

bool is_ffmpeg_name(const char* argv0) {
  if (argv0 == nullptr) return false;
  const std::string_view name(argv0);
  const auto slash = name.rfind('/');
  return name.substr(slash == std::string_view::npos ? 0 : slash + 1) == "ffmpeg";
}

}  // namespace nodeagent::media
