// The prefix and the format are libav's own (av_log_format_line2); filtering, control characters and the counting of
// repeated lines are done here, because libav keeps those in globals that runs would share.
#include "nodeagent/media/av_log.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <utility>

#include "nodeagent/media/av_handles.h"

namespace nodeagent::media {
namespace {

thread_local RunLog* current_log = nullptr;

constexpr std::size_t kLongestLine = 4096;

void route(void* context, int level, const char* format, va_list arguments) {
  if (current_log != nullptr) current_log->message(context, level, format, arguments);
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // A log that cannot be written must not stop the work, as with the command.
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void RunLog::message(void* context, int level, const char* format, va_list arguments) {
  level &= 0xff;
  if (level > level_) return;
  std::array<char, kLongestLine> line{};
  const int length = av_log_format_line2(context, level, format, arguments, line.data(), static_cast<int>(line.size()),
                                         &print_prefix_);
  if (length <= 0) return;
  for (char& c : line) {
    if (c == '\0') break;
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x08 || (byte > 0x0D && byte < 0x20)) c = '?';
  }
  emit(line.data());
}

void RunLog::emit(std::string_view line) {
  // A progress line ends with a carriage return and is never a repetition.
  if (skip_repeated_ && print_prefix_ != 0 && !line.ends_with('\r') && line == previous_) {
    ++repeats_;
    return;
  }
  tell_repeats();
  previous_ = line;
  write_all(descriptor_, line);
}

void RunLog::tell_repeats() {
  if (repeats_ == 0) return;
  write_all(descriptor_, "    Last message repeated " + std::to_string(std::exchange(repeats_, 0)) + " times\n");
}

RunLog::~RunLog() {
  tell_repeats();
}

void RunLog::raw(std::string_view text) const {
  write_all(descriptor_, text);
}

LogScope::LogScope(RunLog& log) : outer_(std::exchange(current_log, &log)) {
  static std::once_flag installed;
  std::call_once(installed, [] { av_log_set_callback(route); });
}

LogScope::~LogScope() {
  current_log = outer_;
}

void say(int level, std::string_view line) {
  av_log(nullptr, level, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void ask(std::string_view text) {
  if (current_log != nullptr) current_log->raw(text);
}

void say_part(int level, std::string_view text) {
  av_log(nullptr, level, "%.*s", static_cast<int>(text.size()), text.data());
}

}  // namespace nodeagent::media
