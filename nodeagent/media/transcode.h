// One run of the command, from words to exit code.
#pragma once

#include <span>
#include <string>

#include "nodeagent/media/run_context.h"

namespace nodeagent::media {

/// Descriptors of a run; not owned. stdin -1: no answers.
struct RunDescriptors {
  int standard_input = -1;
  int standard_output = -1;
  int standard_error = -1;
};

/// Runs `ffmpeg WORDS...` on the calling thread and returns its exit code: 0 done, 1 failed, 69 too much damage, 255
/// stopped by a signal. `context.stop` may be set by another thread or a signal handler at any time.
int transcode(std::span<const std::string> words, RunContext& context, const RunDescriptors& descriptors);

}  // namespace nodeagent::media
