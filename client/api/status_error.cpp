#include "client/api/status_error.h"

#include "wire/blob/headers.h"
#include "wire/blob/xml.h"

namespace client::api {
namespace {

constexpr std::size_t kMostErrorBytes = 16 * 1024;

class StatusCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "http-status"; }
  std::string message(int status) const override { return "HTTP status " + std::to_string(status); }
};

const StatusCategory& category() {
  static const StatusCategory instance;
  return instance;
}

}  // namespace

std::error_code status_code(int status) noexcept {
  return {status, category()};
}

int status_of(const base::Error& error) noexcept {
  return error.code.category() == category() ? error.code.value() : 0;
}

base::Async<base::Error> error_of(std::string attempted, http::ClientResponse answer) {
  auto message = attempted + ": status " + std::to_string(answer.status);
  std::string code(answer.headers.get(wire::blob::header::kErrorCode));
  auto body = co_await http::read_all(*answer.body, kMostErrorBytes);
  // Without a readable body the status and the header alone have to explain it.
  if (body.has_value()) {
    if (auto document = wire::blob::parse_error(*body)) {
      code = document->code;
      message += " " + document->code + ": " + document->message.substr(0, document->message.find('\n'));
    }
  }
  base::Error error(status_code(answer.status), std::move(message));
  if (!code.empty()) error = std::move(error).with("ErrorCode", code);
  co_return error;
}

std::string without_query(std::string_view url) {
  return std::string(url.substr(0, url.find('?')));
}

}  // namespace client::api
