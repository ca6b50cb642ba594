// The body of one request, read from its connection while the handler runs.
#pragma once

#include "http/chunked.h"
#include "http/framing.h"
#include "http/input_buffer.h"
#include "http/timed_socket.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace http {

/// What went wrong with a body: decides how the connection answers, whatever the handler made of it.
enum class BodyFailure { none, framing, too_large, timed_out, connection };

/// The reading end that the connection keeps. Lives exactly as long as the request is being served; the BodySource of
/// the Request only points to it.
class BodyReader {
 public:
  struct Limits {
    std::uint64_t max_bytes;
    std::chrono::milliseconds progress_deadline;
  };
  /// `expects_continue`: 100 Continue is sent before the first read that has to wait for the socket.
  BodyReader(const Head& head, InputBuffer& input, TimedSocket& socket, Limits limits, bool expects_continue);

  base::Async<base::Result<std::size_t>> read_some(std::span<char> into);
  /// Every byte of the body has been taken.
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] BodyFailure failure() const noexcept { return failure_; }
  [[nodiscard]] const std::string& explanation() const noexcept { return explanation_; }
  /// The unread rest is known and at most `limit`: worth reading to keep the connection.
  [[nodiscard]] bool rest_is_within(std::uint64_t limit) const noexcept;

 private:
  base::Async<base::Result<std::size_t>> read_counted(std::span<char> into);
  base::Async<base::Result<std::size_t>> read_chunked(std::span<char> into);
  base::Async<base::Result<std::size_t>> receive(std::span<char> into);
  base::Async<base::Result<void>> send_continue();
  base::Error fail(BodyFailure kind, base::Error error);

  InputBuffer& input_;
  TimedSocket& socket_;
  Limits limits_;
  bool continue_owed_;
  std::optional<ChunkDecoder> chunks_;
  std::uint64_t left_ = 0;  ///< of a counted body
  std::uint64_t taken_ = 0;
  BodyFailure failure_ = BodyFailure::none;
  std::string explanation_;
};

/// A source that reads from `reader` as long as that exists, and then fails.
std::unique_ptr<BodySource> body_from_reader(const std::shared_ptr<BodyReader>& reader);

}  // namespace http
