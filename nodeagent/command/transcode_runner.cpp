// The transcoder runs on a thread of its own for each command: it may take minutes, and must not keep the threads for
// file bytes from other runs. Tasks bound their number.
#include "nodeagent/command/transcode_runner.h"

#include "base/check.h"
#include "base/coroutine_group.h"
#include "base/durable_file.h"
#include "nodeagent/command/command_line.h"
#include "nodeagent/media/loader.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <algorithm>
#include <array>
#include <csignal>

namespace nodeagent::command {
namespace {

/// The transcoder looks at its Cancellation with every packet; one that has not seen it after this long never will.
constexpr std::chrono::seconds kLongestAbandon{30};

bool is_shell(const std::string& program) {
  constexpr std::array<std::string_view, 6> kShells = {"sh",   "/bin/sh",   "/usr/bin/sh",
                                                       "bash", "/bin/bash", "/usr/bin/bash"};
  return std::find(kShells.begin(), kShells.end(), program) != kShells.end();
}

/// A variable that makes a shell do something before, or instead of, what its -c says.
bool changes_shells(const std::string& name) {
  return name == "BASH_ENV" || name == "ENV" || name == "SHELLOPTS" || name == "BASHOPTS" ||
         name == "POSIXLY_CORRECT" || name.starts_with("BASH_FUNC_") || name.starts_with("LD_");
}

/// Whether an argument may be a pipe, terminal or device: reading or writing one can block for as long as it likes, and
/// a thread that blocks in the kernel cannot be stopped. A process can.
bool may_block(const std::vector<std::string>& arguments, const std::filesystem::path& working_directory) {
  return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
    if (argument == "-" || argument.starts_with("pipe:") || argument.starts_with("fd:")) return true;
    constexpr std::string_view kFile = "file:";
    const auto name = argument.starts_with(kFile) ? argument.substr(kFile.size()) : argument;
    std::error_code none;  // no such file, or no file name at all
    const auto type = std::filesystem::status(working_directory / name, none).type();
    return type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::character ||
           type == std::filesystem::file_type::block || type == std::filesystem::file_type::socket;
  });
}

/// Asks the transcoder to end as a TERM would; then to drop everything; then, since a thread cannot be killed, ends the
/// agent, whose replacement runs the task again in a process of its own.
base::Async<void> end_transcode(std::shared_ptr<StopSignal> stop, std::shared_ptr<media::Cancellation> cancellation,
                                std::chrono::milliseconds grace) {
  co_await stop->wait();
  if (!stop->stopped()) co_return;
  cancellation->signal = SIGTERM;
  auto waited = co_await base::wait_for(grace);
  if (waited.has_error()) co_return;
  cancellation->signal = media::Cancellation::kAbandon;
  waited = co_await base::wait_for(kLongestAbandon);
  if (waited.has_error()) co_return;
  CHECK(false, "a transcode does not end although it was abandoned");
}

base::Async<base::Result<std::int32_t>> transcode(Command command, std::vector<std::string> arguments,
                                                  std::shared_ptr<StopSignal> stop) {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | (command.append ? 0 : O_TRUNC);
  CO_ASSIGN_OR_RETURN(const auto out, base::open_file(command.stdout_file, flags, 0660));
  CO_ASSIGN_OR_RETURN(const auto err, base::open_file(command.stderr_file, flags, 0660));
  media::TranscodeRequest request{.arguments = std::move(arguments),
                                  .working_directory = command.working_directory,
                                  .stdout_fd = out.get(),
                                  .stderr_fd = err.get()};
  auto cancellation = std::make_shared<media::Cancellation>();
  base::CoroutineGroup watch(co_await boost::asio::this_coro::executor, 1);
  watch.spawn(end_transcode(stop, cancellation, command.kill_grace));
  base::Workers thread(1);
  // What libraries leave to threads of their own is not counted.
  auto used = std::make_shared<ResourceUse>();
  auto work = [&request, cancellation, used] {
    auto code = media::run_ffmpeg(request, *cancellation);
    *used = use_of_this_thread();
    return code;
  };
  auto exit_code = co_await base::on_worker(thread, std::move(work));
  watch.cancel();
  co_await watch.join();
  if (command.used) *command.used += *used;
  if (exit_code.has_error()) {
    co_return base::Error(LaunchErrc::launch_failed, exit_code.error().message)
        .with("Message", exit_code.error().message);
  }
  co_return *exit_code;
}

}  // namespace

std::optional<std::vector<std::string>> in_process_ffmpeg(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  std::vector<std::string> words = arguments;
  if (is_shell(arguments[0])) {
    if (arguments.size() != 3 || arguments[1] != "-c") return std::nullopt;
    auto plain = split_plain_shell_text(arguments[2]);
    if (!plain) return std::nullopt;
    words = *std::move(plain);
  }
  if (words[0] != "ffmpeg") return std::nullopt;
  words.erase(words.begin());
  return words;
}

bool TranscodeRunner::ffmpeg_is_ours(const Command& command) const {
  const bool through_shell = is_shell(command.arguments[0]);
  bool first_on_path = false;
  for (const auto& [name, value] : command.environment) {
    if (through_shell && changes_shells(name)) return false;
    if (name == "PATH") first_on_path = value.substr(0, value.find(':')) == stand_ins_.string();
  }
  std::error_code missing;
  return first_on_path && std::filesystem::exists(stand_ins_ / "ffmpeg", missing);
}

base::Async<base::Result<std::int32_t>> TranscodeRunner::run(Command command, std::shared_ptr<StopSignal> stop) {
  if (stop->stopped()) co_return base::Error(base::Errc::cancelled, "the run was told to end");
  auto arguments = in_process_ffmpeg(command.arguments);
  if (!arguments || command.isolate || !ffmpeg_is_ours(command) || may_block(*arguments, command.working_directory)) {
    co_return co_await others_.run(std::move(command), std::move(stop));
  }
  co_return co_await transcode(std::move(command), *std::move(arguments), std::move(stop));
}

}  // namespace nodeagent::command
