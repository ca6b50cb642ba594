// What every step of one run needs to know about its surroundings.
#pragma once

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>

namespace nodeagent::media {

/// Value of a stop request that asks for no ending of the output files: they stay as they are.
inline constexpr int kAbandon = -1;

/// Lives on the run's thread for the run's duration.
struct RunContext {
  std::filesystem::path directory;         ///< relative names are resolved against it; never chdir
  const std::atomic<int>* stop = nullptr;  ///< 0, a signal number, or kAbandon; set by another thread
  int stdin_fd = -1;                       ///< where an answer is read from; -1: there is none
  bool running = false;                    ///< outputs are open: one signal now ends politely, it does not interrupt

  [[nodiscard]] int stop_request() const { return stop->load(std::memory_order_relaxed); }
  /// Whether a blocking libav call must give up.
  [[nodiscard]] bool interrupted() const {
    const int request = stop_request();
    return request == kAbandon || (request != 0 && !running);
  }
  /// The path to open for a name that local_path() accepted.
  [[nodiscard]] std::string resolve(const std::string& local) const {
    return local.empty() ? local : (directory / local).string();
  }
};

/// For AVIOInterruptCB: `opaque` is a RunContext.
inline int interrupt_requested(void* opaque) {
  return static_cast<const RunContext*>(opaque)->interrupted() ? 1 : 0;
}

}  // namespace nodeagent::media
