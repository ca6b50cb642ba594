// A client that is still sending when its connection closes sees a reset instead of the 413 it has to act upon
// (contract 10, rows 3 and 4). So what is too large is read to its end, within a bound, before it is refused.
#include "emulator/rest/request_body.h"

#include "wire/batch/errors.h"
#include "wire/batch/json_reader.h"
#include "wire/batch/limits.h"

#include <array>

namespace emulator::rest {
namespace {

using wire::batch::ErrorCode;

constexpr std::size_t kMostDiscardedBytes = 64 * 1024 * 1024;

/// Some clients send an empty object to actions that take no body; that much is read and ignored.
std::size_t limit_of(const Operation& operation, wire::batch::Version version) {
  if (operation.body == BodyRule::none) return wire::batch::kMaxBodyBytes;
  const bool is_new_collection = operation.name == "Task_AddCollection" && version >= wire::batch::Version::v6_1;
  return is_new_collection ? wire::batch::kMaxCollectionBodyBytes : operation.body_limit;
}

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

base::Async<base::Result<nlohmann::json>> read_body(const Operation& operation, wire::batch::Version version,
                                                    http::Request& request) {
  if (operation.body == BodyRule::required && !request.has_body) {
    co_return wire::batch::make_error(ErrorCode::MissingContentLengthHeader);
  }
  const std::size_t limit = limit_of(operation, version);
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
