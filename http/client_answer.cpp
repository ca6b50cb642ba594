#include "http/client_answer.h"

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

namespace http {
namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
namespace beast_http = boost::beast::http;
using Parser = beast_http::response_parser<beast_http::buffer_body>;

constexpr std::size_t kReadPiece = 16 * 1024;
constexpr std::size_t kBodyPiece = 64 * 1024;
/// More than this many 1xx answers before the real one is not a server we know.
constexpr int kMaxInterim = 16;

Error malformed(const boost::system::error_code& error) {
  return {Errc::io, "the answer is not valid HTTP/1.1: " + error.message()};
}

std::unique_ptr<Parser> make_parser(bool to_head, const AnswerLimits& limits) {
  auto parser = std::make_unique<Parser>();
  parser->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
  parser->body_limit(boost::none);  // callers bound what they read
  parser->skip(to_head);
  return parser;
}

class AnswerBody final : public BodySource {
 public:
  AnswerBody(std::unique_ptr<ClientStream> stream, std::unique_ptr<Parser> parser, AnswerLimits limits,
             ReturnStream give_back)
      : stream_(std::move(stream)), parser_(std::move(parser)), limits_(limits), give_back_(std::move(give_back)) {
    finish_when_done();
  }

  Async<Result<std::size_t>> read_some(std::span<char> into) override {
    if (failed_) co_return Error(Errc::io, "reading an answer that failed before");
    if (!stream_ || into.empty()) co_return std::size_t{0};
    auto got = co_await read_piece(into);
    if (got.has_error()) {
      failed_ = true;
      stream_.reset();
    }
    co_return got;
  }

 private:
  Async<Result<std::size_t>> read_piece(std::span<char> into) {
    auto& body = parser_->get().body();
    body.data = into.data();
    body.size = into.size();
    while (!parser_->is_done()) {
      if (stream_->input().empty()) CO_RETURN_IF_ERROR(co_await receive());
      if (parser_->is_done()) break;
      boost::system::error_code error;
      const auto bytes = stream_->input().bytes();
      stream_->input().consume(parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), error));
      const std::size_t produced = into.size() - body.size;
      if (error == beast_http::error::need_buffer) error = {};
      if (error == beast_http::error::need_more) {
        // The parser wants more than it has seen of a chunk line; the bytes stay where they are.
        error = {};
        if (produced == 0) CO_RETURN_IF_ERROR(co_await receive());
      }
      if (error) co_return malformed(error);
      if (produced > 0) {
        finish_when_done();
        co_return produced;
      }
    }
    finish_when_done();
    co_return std::size_t{0};
  }

  /// More bytes into the input; the end of the connection may be the end of the body.
  Async<Result<void>> receive() {
    auto& input = stream_->input();
    CO_ASSIGN_OR_RETURN(const std::size_t got,
                        co_await stream_->read_some(input.room(kBodyPiece), limits_.progress_deadline));
    input.filled(got);
    if (got > 0) co_return Result<void>();
    boost::system::error_code error;
    parser_->put_eof(error);
    if (error || !parser_->is_done()) {
      co_return Error(Errc::io, "the connection ended before the whole answer had come");
    }
    co_return Result<void>();
  }

  void finish_when_done() {
    if (!parser_->is_done() || !stream_) return;
    const bool reusable = parser_->keep_alive() && !parser_->need_eof() && stream_->input().empty();
    stream_->input().shrink();
    auto stream = std::move(stream_);
    if (reusable) give_back_(std::move(stream));
  }

  std::unique_ptr<ClientStream> stream_;
  std::unique_ptr<Parser> parser_;
  AnswerLimits limits_;
  ReturnStream give_back_;
  bool failed_ = false;
};

/// Feeds the parser until the header block is complete.
Async<Result<void>> read_header(ClientStream& stream, Parser& parser, AnswerLimits limits, bool& any_byte) {
  while (!parser.is_header_done()) {
    auto& input = stream.input();
    boost::system::error_code error = beast_http::error::need_more;
    if (!input.empty()) {
      const auto bytes = input.bytes();
      input.consume(parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error));
    }
    if (parser.is_header_done()) break;
    if (error && error != beast_http::error::need_more) co_return malformed(error);
    if (input.bytes().size() > limits.max_header_bytes) {
      co_return Error(Errc::too_large, "the answer's header block is larger than allowed");
    }
    CO_ASSIGN_OR_RETURN(const std::size_t got,
                        co_await stream.read_some(input.room(kReadPiece), limits.progress_deadline));
    if (got == 0) co_return Error(Errc::io, "the connection was closed before an answer had come");
    any_byte = true;
    input.filled(got);
  }
  co_return Result<void>();
}

ClientResponse make_response(const Parser& parser) {
  const auto& message = parser.get();
  ClientResponse response;
  response.status = static_cast<int>(message.result_int());
  response.reason = std::string(message.reason());
  for (const auto& field : message) response.headers.add(std::string(field.name_string()), std::string(field.value()));
  if (const auto length = parser.content_length()) response.content_length = *length;
  return response;
}

}  // namespace

Async<ReceivedAnswer> receive_answer(std::unique_ptr<ClientStream> stream, bool to_head, AnswerLimits limits,
                                     ReturnStream give_back) {
  bool any_byte = false;
  for (int interim = 0; interim <= kMaxInterim; ++interim) {
    auto parser = make_parser(to_head, limits);
    auto header = co_await read_header(*stream, *parser, limits, any_byte);
    if (header.has_error()) co_return ReceivedAnswer{std::move(header).error(), any_byte};
    const unsigned status = parser->get().result_int();
    if (status / 100 == 1 && status != 101) continue;
    auto response = make_response(*parser);
    response.body = std::make_unique<AnswerBody>(std::move(stream), std::move(parser), limits, std::move(give_back));
    co_return ReceivedAnswer{std::move(response), any_byte};
  }
  co_return ReceivedAnswer{Error(Errc::io, "too many interim answers"), any_byte};
}

}  // namespace http
