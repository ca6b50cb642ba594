// SAS queries from strangers: read or refused; none is believed without the key, and one that we sign with the same
// fields is read back and believed.
#include "base/check.h"
#include "base/text.h"
#include "wire/blob/sas.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields decoded(std::string_view query) {
  Fields fields;
  for (const auto& field : base::split(query, '&')) {
    const auto equals = field.find('=');
    if (equals == std::string::npos) continue;
    auto value = base::percent_decode(std::string_view(field).substr(equals + 1));
    if (value) fields.emplace_back(field.substr(0, equals), std::move(*value));
  }
  return fields;
}

void check(const Fields& fields) {
  const auto sas = wire::blob::parse_sas(fields);
  if (sas.has_error()) return;
  CHECK(wire::blob::check_sas_signature(*sas, "acct", "a key nobody has", "con", "blob").has_error());
  [[maybe_unused]] const auto checked =
      wire::blob::check_sas_circumstances(*sas, base::Timestamp{}, "127.0.0.1", false);
  const auto signed_again = decoded(wire::blob::sign_sas(*sas, "acct", "key", "con", "blob"));
  const auto again = wire::blob::parse_sas(signed_again);
  CHECK(again.has_value());
  CHECK(wire::blob::check_sas_signature(*again, "acct", "key", "con", "blob").has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto fields = decoded(std::string_view(reinterpret_cast<const char*>(data), size));
  check(fields);
  // The same as a user delegation SAS, whose six fields of the key are hard to guess all at once.
  for (const auto* name : {"skoid", "sktid", "skt", "ske", "skv"}) fields.emplace_back(name, "2026-01-01T00:00:00Z");
  fields.emplace_back("sks", "b");
  check(fields);
  return 0;
}
