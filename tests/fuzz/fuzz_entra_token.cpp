// Bearer tokens from strangers. Nothing may ever pass for a token of a key that no input can sign with.
#include "wire/entra/token.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = wire::entra::SigningKey::make().value();
  static const std::vector keys{key.public_key()};
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto parsed = wire::entra::parse_token(text);
  if (parsed && wire::entra::check_token_times(parsed->claims, base::Timestamp{})) {
    if (wire::entra::read_token(text, keys, wire::entra::Audience::batch, base::Timestamp{})) std::abort();
  }
  if (wire::entra::verified_claims(text, keys)) std::abort();
  (void)wire::entra::resource_of(text);
  return 0;
}
