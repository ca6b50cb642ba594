// Fuzzes the ffmpeg command line: the input's lines (split at newlines or NULs) are the words. Whatever parses must
// keep the promises of arguments.h.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "nodeagent/media/arguments.h"

namespace {

std::vector<std::string> split(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n' || data[i] == '\0') {
      words.emplace_back();
    } else {
      words.back() += static_cast<char>(data[i]);
    }
  }
  return words;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nodeagent::media;
  const auto words = split(data, size);
  const auto parsed = parse_arguments(words);
  if (parsed.has_error()) {
    require(!parsed.error().message.empty());
    return 0;
  }
  require(parsed->inputs.size() + parsed->outputs.size() <= kMaxFiles);
  for (const auto& input : parsed->inputs) {
    require(local_path(input.name).has_value());
    require(input.sample_rate >= 0 && input.channels >= 0);
  }
  for (const auto& output : parsed->outputs) {
    require(local_path(output.name).has_value());
    require(!output.bit_rate || *output.bit_rate >= 0);
    for (const auto& map : output.maps) require(map.input >= 0);
    for (const int number : output.metadata_maps) require(number >= -1);
  }
  for (const auto& word : words) {
    static_cast<void>(parse_duration(word));
    static_cast<void>(parse_number(word));
  }
  return 0;
}
