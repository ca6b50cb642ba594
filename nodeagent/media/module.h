// The door between a program and libbatch-transcode.so: plain C, so that neither side depends on the other's classes.
#pragma once

#include <atomic>

extern "C" {

/// Raised whenever the structure changes; a module of another version refuses to run.
inline constexpr int kBatchTranscodeVersion = 1;

struct batch_transcode_request {
  int version;  ///< kBatchTranscodeVersion
  int argument_count;
  const char* const* arguments;  ///< without the program's name
  const char* directory;         ///< absolute; relative names are resolved against it
  int stdin_fd;                  ///< -1: nobody answers questions
  int stdout_fd;
  int stderr_fd;
  const std::atomic<int>* stop;  ///< 0 go on; a signal number: end politely; -1: abandon the output
};

/// Runs one ffmpeg command line on the calling thread; several threads may do so at once. The exit code, or -1 if the
/// request's version is another.
using batch_transcode_run_function = int(const batch_transcode_request*);
inline constexpr char kBatchTranscodeRunName[] = "batch_transcode_run";
}
