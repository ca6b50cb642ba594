#include "http/input_buffer.h"

#include <algorithm>
#include <cstring>

namespace http {
namespace {
constexpr std::size_t kUsualBytes = 8 * 1024;
}

std::span<char> InputBuffer::room(std::size_t least) {
  if (storage_.size() - end_ < least && begin_ > 0) {
    if (end_ > begin_) std::memmove(storage_.data(), storage_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (storage_.size() - end_ < least) storage_.resize(std::max({kUsualBytes, storage_.size() * 2, end_ + least}));
  return {storage_.data() + end_, storage_.size() - end_};
}

void InputBuffer::consume(std::size_t size) noexcept {
  begin_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
}

std::size_t InputBuffer::take(std::span<char> into) noexcept {
  const std::size_t size = std::min(into.size(), end_ - begin_);
  if (size > 0) std::memcpy(into.data(), storage_.data() + begin_, size);
  consume(size);
  return size;
}

void InputBuffer::shrink() {
  if (!empty() || storage_.size() <= kUsualBytes) return;
  storage_.resize(kUsualBytes);
  storage_.shrink_to_fit();
}

}  // namespace http
