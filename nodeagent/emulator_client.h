// EmulatorClient: requests of the node protocol over HTTP, to wherever the emulator is at the moment.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "http/client.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace nodeagent {

/// What the emulator answered.
struct Answer {
  int status = 0;
  std::string text;
};
/// POST of a message to a path of the node protocol. An error means that no answer came.
using Post = std::function<base::Async<base::Result<Answer>>(std::string path, std::string body)>;

/// Used on one executor.
class EmulatorClient {
 public:
  EmulatorClient(base::Executor executor, const base::Clock& clock, std::filesystem::path endpoint_file,
                 std::string token);

  base::Async<base::Result<Answer>> post(std::string path, std::string body);
  /// Since when nothing was heard of the emulator: the last answer, or the construction.
  [[nodiscard]] base::SteadyTime last_heard() const noexcept { return last_heard_; }

 private:
  base::Result<void> find_emulator();

  http::Client client_;
  const base::Clock& clock_;
  std::filesystem::path endpoint_file_;
  std::string token_;
  std::string url_;  ///< empty: the endpoint file has to be read (again)
  base::SteadyTime last_heard_;
};

}  // namespace nodeagent
