// Chunked bodies from strangers: the decoder gives the same answer however the bytes are cut.
#include "base/check.h"
#include "http/chunked.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

struct Outcome {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view input, std::size_t piece, std::size_t room) {
  http::ChunkDecoder decoder;
  Outcome out;
  std::string into(room, '\0');
  while (out.consumed < input.size() && !decoder.done()) {
    const auto progress = decoder.decode(input.substr(out.consumed, piece), into);
    if (progress.has_error()) {
      // Where the refusal is noticed depends on the pieces; that it is does not.
      return {.refused = true};
    }
    CHECK(progress->consumed > 0 && progress->produced <= room && progress->produced <= progress->consumed);
    out.consumed += progress->consumed;
    out.data.append(into, 0, progress->produced);
  }
  out.done = decoder.done();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = bytes[0] % 16 + 1U;
  const std::size_t room = bytes[1] % 16 + 1U;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const auto whole = decode(input, input.size() + 1, input.size() + 1);
  CHECK(decode(input, piece, room) == whole);
  CHECK(whole.data.size() <= input.size());
  if (whole.done) CHECK(input.substr(0, whole.consumed).ends_with("0\r\n\r\n"));
  return 0;
}
