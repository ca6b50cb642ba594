// What the proxy does with a request: a pure function over the sessions.
//
// Emulated names are served in this process whatever the real DNS says. Anything else is reached only when the session
// allows it; addresses of this machine and its links, in every notation, only when they are allowed literally.
#pragma once

#include "emulator/sessions.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace emulator {

struct ProxyQuestion {
  bool connect = true;  ///< CONNECT host:port; else a request in absolute form
  std::string_view host;
  std::uint16_t port = 0;
  std::string_view authorization;  ///< value of Proxy-Authorization; empty: none was sent
  /// Asked only when no credential was sent: the session that the calling process was given (peer_session.h).
  std::function<std::string()> session_of_peer;
};

struct ProxyRuling {
  enum class Action {
    serve,               ///< in this process
    tunnel,              ///< connect to the host, as the session allows
    refuse,              ///< 403 with `text`
    ask_for_credential,  ///< 407
  };
  Action action = Action::refuse;
  std::string session;  ///< empty for ask_for_credential
  std::string text;     ///< for people, of a refusal
};

/// The ports that the emulator itself listens on for requests by URL.
struct OwnPorts {
  std::uint16_t batch = 0;
  std::uint16_t blob = 0;
};

ProxyRuling decide(const ProxyQuestion& question, const Sessions& sessions, OwnPorts own);

/// True for the names that the emulator answers for: ACCOUNT.REGION.batch.azure.com, ACCOUNT.blob.core.windows.net,
/// the sign-in and management hosts, and the metadata address. `plain_host` as host_patterns.h makes it.
bool is_emulated_name(std::string_view plain_host);

}  // namespace emulator
