// The chunked transfer coding as a pure state machine, fed with whatever bytes have come.
//
// Stricter than RFC 9112 7.1: a chunk line is one to sixteen hexadecimal digits and CR LF, without extensions; nothing
// may stand between the last chunk and the empty line (no trailers).
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace http {

class ChunkDecoder {
 public:
  /// What one call took from the input and gave to the output. Both are 0 only when the input is empty, or when data
  /// comes next and there is no room for it, or after the end.
  struct Progress {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };
  /// Decodes until the input, the room or the body ends. invalid_argument on any other form; the decoder is dead then.
  base::Result<Progress> decode(std::string_view input, std::span<char> into);
  /// The last chunk and its empty line have been consumed.
  [[nodiscard]] bool done() const noexcept { return state_ == State::done; }
  /// Bytes of the current chunk still to come: when this is not 0, so many bytes may be read past the decoder, told to
  /// it with skip().
  [[nodiscard]] std::uint64_t data_left() const noexcept { return state_ == State::data ? left_ : 0; }
  /// Accounts for at most data_left() bytes that the caller took itself.
  void skip(std::uint64_t size) noexcept;

 private:
  enum class State { size, size_lf, data, data_cr, data_lf, end_cr, end_lf, done, dead };
  base::Result<void> step(char c);
  base::Result<void> fail(std::string_view what);

  State state_ = State::size;
  std::uint64_t left_ = 0;
  int digits_ = 0;
};

/// Hexadecimal size and CR LF, as written before each chunk we send.
std::string chunk_header(std::size_t size);
/// What ends a chunked body.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace http
