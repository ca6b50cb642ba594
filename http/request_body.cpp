#include "http/request_body.h"

#include <algorithm>
#include <array>

namespace http {
namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t kReceivePiece = 16 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class ReaderSource final : public BodySource {
 public:
  explicit ReaderSource(const std::shared_ptr<BodyReader>& reader) : reader_(reader) {}
  Async<Result<std::size_t>> read_some(std::span<char> into) override {
    const auto reader = reader_.lock();
    if (!reader) co_return Error(Errc::cancelled, "reading a request body after its request was answered");
    co_return co_await reader->read_some(into);
  }

 private:
  std::weak_ptr<BodyReader> reader_;
};

class NoBody final : public BodySource {
 public:
  Async<Result<std::size_t>> read_some(std::span<char>) override { co_return std::size_t{0}; }
};

}  // namespace

BodyReader::BodyReader(const Head& head, InputBuffer& input, TimedSocket& socket, Limits limits, bool expects_continue)
    : input_(input), socket_(socket), limits_(limits), continue_owed_(expects_continue) {
  if (head.chunked) chunks_.emplace();
  left_ = head.content_length.value_or(0);
}

bool BodyReader::done() const noexcept {
  return chunks_ ? chunks_->done() : left_ == 0;
}

bool BodyReader::rest_is_within(std::uint64_t limit) const noexcept {
  // A client that still waits for 100 Continue may or may not send the body now: nobody can tell.
  return failure_ == BodyFailure::none && !chunks_ && !continue_owed_ && left_ <= limit;
}

Error BodyReader::fail(BodyFailure kind, Error error) {
  failure_ = kind;
  explanation_ = error.message;
  return error;
}

Async<Result<void>> BodyReader::send_continue() {
  continue_owed_ = false;
  std::array part = {boost::asio::const_buffer(kContinue.data(), kContinue.size())};
  co_return co_await socket_.write(part, limits_.progress_deadline);
}

/// Bytes from the socket; the end of the connection is a failure here, since the body is not complete.
Async<Result<std::size_t>> BodyReader::receive(std::span<char> into) {
  if (continue_owed_) {
    auto sent = co_await send_continue();
    if (sent.has_error()) co_return fail(BodyFailure::connection, std::move(sent).error());
  }
  auto got = co_await socket_.read_some(into, TimedSocket::Steady::now() + limits_.progress_deadline);
  if (got.has_error()) {
    const bool late = got.error().code == Errc::deadline_exceeded;
    co_return fail(late ? BodyFailure::timed_out : BodyFailure::connection, std::move(got).error());
  }
  if (*got == 0) {
    Error error(Errc::invalid_argument, "the request body ended before all of it had come");
    co_return fail(BodyFailure::framing, std::move(error));
  }
  co_return got;
}

Async<Result<std::size_t>> BodyReader::read_counted(std::span<char> into) {
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_)));
  if (!input_.empty()) {
    continue_owed_ = false;  // the body is on its way already
    const std::size_t size = input_.take(into);
    left_ -= size;
    co_return size;
  }
  CO_ASSIGN_OR_RETURN(const std::size_t size, co_await receive(into));
  left_ -= size;
  co_return size;
}

Async<Result<std::size_t>> BodyReader::read_chunked(std::span<char> into) {
  while (!chunks_->done()) {
    if (input_.empty() && chunks_->data_left() > 0) {
      // Inside a long chunk bytes go straight to the reader.
      const auto size = std::min<std::uint64_t>(into.size(), chunks_->data_left());
      CO_ASSIGN_OR_RETURN(const std::size_t got, co_await receive(into.first(static_cast<std::size_t>(size))));
      chunks_->skip(got);
      co_return got;
    }
    if (input_.empty()) {
      CO_ASSIGN_OR_RETURN(const std::size_t got, co_await receive(input_.room(kReceivePiece)));
      input_.filled(got);
    }
    continue_owed_ = false;
    auto progress = chunks_->decode(input_.bytes(), into);
    if (progress.has_error()) co_return fail(BodyFailure::framing, std::move(progress).error());
    input_.consume(progress->consumed);
    if (progress->produced > 0) co_return progress->produced;
  }
  co_return std::size_t{0};
}

Async<Result<std::size_t>> BodyReader::read_some(std::span<char> into) {
  if (failure_ != BodyFailure::none) co_return Error(Errc::io, "reading a request body that failed before");
  if (done() || into.empty()) co_return std::size_t{0};
  // Named, because a conditional expression around co_await is miscompiled by GCC 12.
  Result<std::size_t> got = std::size_t{0};
  if (chunks_) {
    got = co_await read_chunked(into);
  } else {
    got = co_await read_counted(into);
  }
  if (got.has_error()) co_return got;
  taken_ += *got;
  if (taken_ > limits_.max_bytes) {
    Error error(Errc::too_large,
                "the request body has more than the " + std::to_string(limits_.max_bytes) + " bytes allowed");
    co_return fail(BodyFailure::too_large, std::move(error));
  }
  co_return got;
}

std::unique_ptr<BodySource> body_from_reader(const std::shared_ptr<BodyReader>& reader) {
  if (reader->done()) return std::make_unique<NoBody>();
  return std::make_unique<ReaderSource>(reader);
}

}  // namespace http
