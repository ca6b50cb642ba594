// Parameters of a request: an application/x-www-form-urlencoded body, or a query of the same form.
#pragma once

#include "base/async.h"
#include "http/message.h"
#include "http/router.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace emulator::entra {

/// Real requests have a dozen parameters and, with an assertion or a refresh token, a few KiB.
inline constexpr std::size_t kMaxFormBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxFormParameters = 64;

class Form {
 public:
  Form() = default;
  /// InvalidParameter for wrong encoding, more than kMaxFormParameters, or one name twice (names compare without case).
  static base::Result<Form> parse(std::string_view text);
  /// The body as a form. BodyTooLarge beyond kMaxFormBytes.
  static base::Async<base::Result<Form>> read(http::BodySource& body);

  /// "" when there is none.
  [[nodiscard]] std::string get(std::string_view name) const { return query_.find(name).value_or(""); }
  [[nodiscard]] bool has(std::string_view name) const { return query_.find(name).has_value(); }
  /// MissingParameter when it is absent or empty.
  [[nodiscard]] base::Result<std::string> require(std::string_view name) const;

 private:
  http::Query query_;
};

}  // namespace emulator::entra
