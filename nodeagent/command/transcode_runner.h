// TranscodeRunner: `ffmpeg ARGS` carried out inside the agent, everything else by another runner.
//
// Saves the process, and the loading of libav, that a transcode would otherwise cost each time. Files, exit code and
// texts are those of the process.
#pragma once

#include "nodeagent/command/command_runner.h"

#include <optional>
#include <string>
#include <vector>

namespace nodeagent::command {

/// The arguments of ffmpeg (without the program) when the command is `ffmpeg ARGS`, or `SHELL -c "ffmpeg ARGS"` for the
/// shells sh and bash (plain, in /bin or in /usr/bin) with a text that means the same with and without a shell: nothing
/// but words, quotes and backslashes. No expansion, redirection, globbing, assignment, list or comment. Absent when in
/// doubt.
std::optional<std::vector<std::string>> in_process_ffmpeg(const std::vector<std::string>& arguments);

class TranscodeRunner final : public CommandRunner {
 public:
  /// `others` runs what is no transcode, what must be isolated, and what reads or writes pipes and devices; `stand_ins`
  /// is the directory at the front of PATH whose `ffmpeg` is this program: with another PATH, or without that stand-in,
  /// the command is not ours to interpret.
  TranscodeRunner(CommandRunner& others, std::filesystem::path stand_ins)
      : others_(others), stand_ins_(std::move(stand_ins)) {}
  base::Async<base::Result<std::int32_t>> run(Command command, std::shared_ptr<StopSignal> stop) override;
  base::Async<void> end_background(Background background) override {
    return others_.end_background(std::move(background));
  }

 private:
  [[nodiscard]] bool ffmpeg_is_ours(const Command& command) const;
  CommandRunner& others_;
  std::filesystem::path stand_ins_;
};

}  // namespace nodeagent::command
