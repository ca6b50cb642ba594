#include "wire/entra/base64url.h"

#include "base/text.h"

namespace wire::entra {

std::string base64url_encode(std::string_view bytes) {
  auto text = base::base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (auto& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

base::Result<std::string> base64url_decode(std::string_view text) {
  constexpr std::size_t kGroup = 4;
  std::string standard{text};
  for (auto& c : standard) {
    if (c == '+' || c == '/' || c == '=') return base::Error{base::Errc::invalid_argument, "not base64url"};
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  while (standard.size() % kGroup != 0) standard += '=';
  return base::base64_decode(standard);
}

}  // namespace wire::entra
