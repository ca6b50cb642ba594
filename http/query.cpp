// Query parameters, decoded once, in their order.
#include "base/text.h"
#include "http/router.h"

namespace http {

base::Result<Query> Query::parse(std::string_view encoded, bool plus_is_space) {
  Query query;
  while (!encoded.empty()) {
    const auto end = encoded.find('&');
    const auto piece = encoded.substr(0, end);
    encoded.remove_prefix(end == std::string_view::npos ? encoded.size() : end + 1);
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1);
    ASSIGN_OR_RETURN(std::string name, base::percent_decode(piece.substr(0, equals), plus_is_space));
    ASSIGN_OR_RETURN(std::string text, base::percent_decode(value, plus_is_space));
    if (name.find('\0') != std::string::npos || text.find('\0') != std::string::npos) {
      return base::Error(base::Errc::invalid_argument, "a query parameter has a NUL byte");
    }
    query.fields_.emplace_back(std::move(name), std::move(text));
  }
  return query;
}

std::optional<std::string> Query::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (base::equal_ignoring_case(field, name)) return value;
  }
  return std::nullopt;
}

}  // namespace http
