#include "emulator/entra/form.h"

#include "base/text.h"
#include "emulator/entra/errors.h"

#include <set>

namespace emulator::entra {

base::Result<Form> Form::parse(std::string_view text) {
  constexpr bool kPlusIsSpace = true;
  auto query = http::Query::parse(text, kPlusIsSpace);
  if (!query || query->fields().size() > kMaxFormParameters) return make_error(ErrorCode::InvalidParameter, "A");
  std::set<std::string> names;
  for (const auto& [name, value] : query->fields()) {
    if (!names.insert(base::lower_case(name)).second) return make_error(ErrorCode::InvalidParameter, "The " + name);
  }
  Form form;
  form.query_ = std::move(*query);
  return form;
}

base::Async<base::Result<Form>> Form::read(http::BodySource& body) {
  auto text = co_await http::read_all(body, kMaxFormBytes);
  if (!text) {
    if (text.error().code == base::Errc::too_large) co_return make_error(ErrorCode::BodyTooLarge);
    co_return std::move(text).error();
  }
  co_return parse(*text);
}

base::Result<std::string> Form::require(std::string_view name) const {
  auto value = get(name);
  if (value.empty()) return make_error(ErrorCode::MissingParameter, name);
  return value;
}

}  // namespace emulator::entra
