// The log of one run, and the one libav callback that finds the run a message belongs to.
//
// libav has one log callback for the whole process. Runs of a process are told apart by thread: a run keeps all its
// libav calls on the thread that started it (codecs are opened with one thread), and LogScope names that thread's log
// while the run lasts. A message from a thread without a scope is dropped.
#pragma once

#include <cstdarg>
#include <string>
#include <string_view>

namespace nodeagent::media {

/// Writes what the command would write to stderr: level filter, "[format @ address] " prefixes, repeated lines counted.
/// Used by one thread.
class RunLog {
 public:
  /// `descriptor` is not owned. `level` is one of libav's AV_LOG_ numbers.
  RunLog(int descriptor, int level, bool skip_repeated)
      : descriptor_(descriptor), level_(level), skip_repeated_(skip_repeated) {}

  /// Tells of repetitions not yet told.
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  /// One message of libav or of this program; `context` is the AVClass object that speaks, or null.
  void message(void* context, int level, const char* format, va_list arguments);
  /// Text that does not pass the level filter, e.g. a question.
  void raw(std::string_view text) const;

 private:
  void emit(std::string_view line);
  void tell_repeats();

  int descriptor_;
  int level_;
  bool skip_repeated_;
  int print_prefix_ = 1;
  std::string previous_;
  int repeats_ = 0;
};

/// Makes `log` the calling thread's log until the scope ends; installs the callback on first use.
class LogScope {
 public:
  explicit LogScope(RunLog& log);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

 private:
  RunLog* outer_;
};

/// Says a line in the calling thread's log; a newline is added. Levels as AV_LOG_.
void say(int level, std::string_view line);
/// A question: shown whatever the level, no newline.
void ask(std::string_view text);
/// say() without the newline.
void say_part(int level, std::string_view text);

}  // namespace nodeagent::media
