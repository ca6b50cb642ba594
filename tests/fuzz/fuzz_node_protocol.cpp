// Every decoder of the node protocol over the same bytes. What is accepted must be read back from its own encoding.
#include "base/check.h"
#include "wire/node/protocol.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

template <class Decode>
void round_trip(Decode decode, std::string_view text) {
  const auto first = decode(text);
  if (first.has_error()) return;
  const auto encoded = wire::node::encode(first.value());
  const auto second = decode(encoded);
  CHECK(second.has_value(), encoded);
  CHECK(wire::node::encode(second.value()) == encoded, encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  round_trip(wire::node::decode_handover, text);
  round_trip(wire::node::decode_endpoint, text);
  round_trip(wire::node::decode_registration, text);
  round_trip(wire::node::decode_node_settings, text);
  round_trip(wire::node::decode_fetch, text);
  round_trip(wire::node::decode_orders, text);
  round_trip(wire::node::decode_reports, text);
  round_trip(wire::node::decode_acknowledged, text);
  return 0;
}
