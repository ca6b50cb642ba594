// Bytes that have come from a socket and are not used up yet: one growing buffer per connection, small between
// requests.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace http {

class InputBuffer {
 public:
  [[nodiscard]] std::string_view bytes() const noexcept { return {storage_.data() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  /// Room for at least `least` more bytes. Invalidates bytes().
  std::span<char> room(std::size_t least);
  /// `size` bytes were put into what room() gave.
  void filled(std::size_t size) noexcept { end_ += size; }
  void consume(std::size_t size) noexcept;
  /// Copies out what fits and consumes it.
  std::size_t take(std::span<char> into) noexcept;
  /// Gives memory back that a long request needed, when nothing is held.
  void shrink();

 private:
  std::vector<char> storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace http
