// What clients of the proxy send for a host and a credential, and what commands ask a session for: whatever it is,
// nothing is reached without a credential or an --allow.
#include "emulator/host_patterns.h"
#include "emulator/names.h"
#include "emulator/proxy_rules.h"
#include "emulator/sessions_api.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Action = emulator::ProxyRuling::Action;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  emulator::Sessions sessions;
  const auto name = sessions.open({}).name;
  if (sessions.authenticate(text) != nullptr) std::abort();

  const auto port = static_cast<std::uint16_t>(size == 0 ? 0 : data[0]);
  const emulator::ProxyQuestion stranger{
      .connect = true, .host = text, .port = port, .authorization = text, .session_of_peer = {}};
  if (emulator::decide(stranger, sessions, {}).action != Action::ask_for_credential) std::abort();

  const emulator::ProxyQuestion known{
      .connect = true, .host = text, .port = port, .authorization = {}, .session_of_peer = [&] { return name; }};
  const auto ruling = emulator::decide(known, sessions, {});
  const auto host = emulator::plain_host(text);
  if (ruling.action == Action::tunnel) std::abort();
  if (ruling.action == Action::serve && !emulator::is_emulated_name(host)) std::abort();
  if (ruling.action == Action::serve && emulator::looks_like_address(host) && host != emulator::kMetadataHost)
    std::abort();

  const auto asked = emulator::session_request_from_json(text);
  if (asked) {
    for (const auto& pattern : asked->terms.allowed_hosts) {
      if (!emulator::parse_host_pattern(pattern)) std::abort();
    }
  }
  return 0;
}
