// Command lines: what the strict reader accepts, the ordinary one reads in the same way, and quoting a word again gives
// the word.
#include "base/check.h"
#include "nodeagent/command/command_line.h"
#include "nodeagent/command/transcode_runner.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace nodeagent::command;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto words = split_command_line(text);
  const auto plain = split_plain_shell_text(text);
  if (plain) CHECK(words.has_value() && *words == *plain);
  if (words.has_value()) {
    std::string again;
    for (const auto& word : *words) again += quoted(word) + " ";
    CHECK(*split_command_line(again) == *words);
    CHECK(*split_plain_shell_text(again) == *words);
    const auto ours = in_process_ffmpeg(*words);
    CHECK(!ours || ours->size() <= text.size());
  }
  return 0;
}
