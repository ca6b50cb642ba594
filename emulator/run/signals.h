// The signals of a supervising process, taken one by one where it waits.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <csignal>
#include <optional>

namespace emulator::run {

struct ReceivedSignal {
  int number = 0;
  bool from_terminal = false;  ///< a key like Ctrl-C: everybody in the foreground got it
  pid_t sender = 0;            ///< of kill(); 0 when it is not known
};

/// Blocks the signals that are to be passed on, SIGCHLD, SIGCONT and SIGTTOU (so that the terminal may be handed over
/// from the background) as long as it lives. One per process, made before anything is started.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The next one, or nothing when `within` has passed.
  std::optional<ReceivedSignal> next(std::chrono::milliseconds within);
  /// In a child, before exec: the mask that this process was started with.
  void restore() const;
  /// Whether Ctrl-C was typed.
  [[nodiscard]] bool was_interrupted_by_key() const noexcept { return interrupted_by_key_; }

 private:
  sigset_t taken_{};
  sigset_t before_{};
  bool interrupted_by_key_ = false;
};

/// Those that end a process unless it says otherwise: SIGINT, SIGTERM, SIGHUP, SIGQUIT.
bool is_request_to_end(int signal);

/// Has the kernel send `signal` to the calling child as soon as its parent is gone. False when it is gone already.
bool end_with_parent(int signal, pid_t parent);

}  // namespace emulator::run
