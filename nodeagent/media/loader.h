// ffmpeg inside this process: libbatch-transcode.so is loaded on first use, so a process that never transcodes neither
// links nor maps libav.
//
// The module is looked for next to the running program only: ../lib/ and ../lib/batch-emulator/ of its directory.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace nodeagent::media {

/// How a run is told to stop, by another thread or a signal handler.
struct Cancellation {
  /// No ending: the output files stay as they are at that moment.
  static constexpr int kAbandon = -1;
  /// 0: go on. SIGTERM or SIGINT: as the command on that signal (the file is finished, exit code 255). kAbandon.
  std::atomic<int> signal{0};
};

struct TranscodeRequest {
  std::vector<std::string> arguments;       ///< without the program's name
  std::filesystem::path working_directory;  ///< absolute; never made current, so that several runs can differ
  int stdin_fd = -1;                        ///< where "Overwrite? [y/N]" is answered; -1: nobody answers
  int stdout_fd = -1;                       ///< not owned
  int stderr_fd = -1;                       ///< not owned
};

/// Loads the module if it is not yet loaded. Errc::not_found or Errc::unsupported when it is missing or another
/// version.
base::Result<void> load_transcoder();

/// Runs one command line on the calling thread until it ends; several threads may do so at once. The value is the exit
/// code of the ffmpeg command; an Error means that the module could not be loaded.
base::Result<int> run_ffmpeg(const TranscodeRequest& request, const Cancellation& cancellation);

/// The same in a child process (this program again, with argv[0] "ffmpeg"): for input that has already killed a
/// process. The child has its own process group and dies with this one; a signal in `cancellation` is passed on,
/// kAbandon kills. The value is the exit code, 128 + N if signal N ended the child.
base::Result<int> run_ffmpeg_in_child(const TranscodeRequest& request, const Cancellation& cancellation);

/// The ffmpeg command itself: main() calls it when argv[0] is "ffmpeg". SIGTERM and SIGINT end the run politely, a
/// fourth one ends the process at once.
int ffmpeg_main(int argc, char** argv);

/// Whether `argv0` names the command (its last path component is "ffmpeg").
bool is_ffmpeg_name(const char* argv0);

}  // namespace nodeagent::media
