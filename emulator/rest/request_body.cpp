// A client that is still sending when its connection closes sees a reset instead of the 413 it has to act upon
// (contract 10, rows 3 and 4). So what is too large is read to its end, within a bound, before it is refused.
#include "emulator/rest/request_body.h"

#include "wire/batch/errors.h"
#include "wire/batch/json_reader.h"

#include <array>

namespace emulator::rest {
namespace {

using wire::batch::ErrorCode;

constexpr std::size_t kMostDiscardedBytes = 64 * 1024 * 1024;

base::Async<void> discard(http::BodySource& body) {
  std::array<char, 16 * 1024> buffer{};
  std::size_t total = 0;
  while (total < kMostDiscardedBytes) {
    const auto count = co_await body.read_some(buffer);
    if (!count || *count == 0) co_return;
    total += *count;
  }
}

}  // namespace

base::Async<base::Result<nlohmann::json>> read_body(const Operation& operation, http::Request& request) {
  if (operation.body == BodyRule::required && !request.has_body) {
    co_return wire::batch::make_error(ErrorCode::MissingContentLengthHeader);
  }
  // Some clients send an empty object to actions that take no body; that much is read and ignored.
  const std::size_t limit = operation.body == BodyRule::none ? wire::batch::kMaxBodyBytes : operation.body_limit;
  if (request.content_length && *request.content_length > limit) {
    co_await discard(*request.body);
    co_return wire::batch::make_error(ErrorCode::RequestBodyTooLarge);
  }
  auto text = co_await http::read_all(*request.body, limit);
  if (!text) {
    if (text.error().code != base::Errc::too_large) co_return std::move(text).error();
    co_await discard(*request.body);
    co_return wire::batch::make_error(ErrorCode::RequestBodyTooLarge);
  }
  if (operation.body == BodyRule::none) co_return nlohmann::json{};
  if (text->empty() && operation.body == BodyRule::optional) co_return nlohmann::json{};
  wire::batch::JsonLimits limits;
  limits.bytes = limit;
  co_return wire::batch::parse_request_json(*text, limits);
}

}  // namespace emulator::rest
