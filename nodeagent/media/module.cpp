// What libbatch-transcode.so exports. No exception leaves: what is thrown here is a bug or no memory, and fails the
// run.
#include "nodeagent/media/module.h"

#include <exception>
#include <span>
#include <string>
#include <vector>

#include "nodeagent/media/transcode.h"

extern "C" __attribute__((visibility("default"))) int batch_transcode_run(const batch_transcode_request* request) {
  using namespace nodeagent::media;
  if (request == nullptr || request->version != kBatchTranscodeVersion) return -1;
  try {
    const std::vector<std::string> words(request->arguments, request->arguments + request->argument_count);
    RunContext context{.directory = request->directory, .stop = request->stop, .stdin_fd = request->stdin_fd};
    return transcode(words, context,
                     {.standard_input = request->stdin_fd,
                      .standard_output = request->stdout_fd,
                      .standard_error = request->stderr_fd});
  } catch (const std::exception&) {
    return 1;
  }
}
