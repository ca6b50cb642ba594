#include "http/chunked.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace http {
namespace {

constexpr int kMaxSizeDigits = 16;  // of a 64-bit number

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

base::Result<void> ChunkDecoder::fail(std::string_view what) {
  state_ = State::dead;
  return base::Error(base::Errc::invalid_argument, "the chunked body is malformed: " + std::string(what));
}

void ChunkDecoder::skip(std::uint64_t size) noexcept {
  left_ -= std::min(size, left_);
  if (state_ == State::data && left_ == 0) state_ = State::data_cr;
}

base::Result<void> ChunkDecoder::step(char c) {
  switch (state_) {
    case State::size: {
      const int digit = hex_digit(c);
      if (digit >= 0) {
        if (++digits_ > kMaxSizeDigits) return fail("a chunk size has more than 16 digits");
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return {};
      }
      if (digits_ == 0) return fail("a chunk has no size");
      if (c != '\r') return fail("only hexadecimal digits and CR LF may stand in a chunk line (no extensions)");
      state_ = State::size_lf;
      return {};
    }
    case State::size_lf:
      if (c != '\n') return fail("a chunk line ends with CR but no LF");
      state_ = left_ == 0 ? State::end_cr : State::data;
      return {};
    case State::data_cr:
      if (c != '\r') return fail("a chunk is longer than its size says");
      state_ = State::data_lf;
      return {};
    case State::data_lf:
      if (c != '\n') return fail("a chunk ends with CR but no LF");
      state_ = State::size;
      digits_ = 0;
      return {};
    case State::end_cr:
      if (c != '\r') return fail("trailers are not accepted");
      state_ = State::end_lf;
      return {};
    case State::end_lf:
      if (c != '\n') return fail("the last line ends with CR but no LF");
      state_ = State::done;
      return {};
    case State::data:
    case State::done:
    case State::dead: break;
  }
  return fail("it was already refused");
}

base::Result<ChunkDecoder::Progress> ChunkDecoder::decode(std::string_view input, std::span<char> into) {
  if (state_ == State::dead) return fail("it was already refused").error();
  Progress progress;
  while (progress.consumed < input.size() && state_ != State::done) {
    if (state_ != State::data) {
      RETURN_IF_ERROR(step(input[progress.consumed]));
      ++progress.consumed;
      continue;
    }
    const std::uint64_t room = std::min(input.size() - progress.consumed, into.size() - progress.produced);
    const auto size = static_cast<std::size_t>(std::min(room, left_));
    if (size == 0) break;
    std::memcpy(into.data() + progress.produced, input.data() + progress.consumed, size);
    progress.consumed += size;
    progress.produced += size;
    skip(size);
  }
  return progress;
}

std::string chunk_header(std::size_t size) {
  std::array<char, kMaxSizeDigits + 2> text{};
  char* end = std::to_chars(text.data(), text.data() + kMaxSizeDigits, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {text.data(), end};
}

}  // namespace http
