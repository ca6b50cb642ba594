// The environment in which unchanged programs reach the emulator by the real service's names: what `batch-emulator run`
// gives its command and the node agent its tasks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire {

/// The way to the emulator's proxy and what to trust behind it.
struct ProxySettings {
  std::uint16_t port = 0;  ///< on 127.0.0.1
  std::string session;     ///< name of the credential
  std::string secret;
  std::string ca_certificate;  ///< file: PEM
  std::string ca_bundle;       ///< file: PEM, it and the system's authorities
  std::string ca_java_store;   ///< file: PKCS #12, password "changeit"
};

using Variables = std::vector<std::pair<std::string, std::string>>;

/// The name of the session, which is no secret: the proxy recognizes processes by it that cannot send a credential.
inline constexpr std::string_view kSessionVariable = "BATCH_EMULATOR_SESSION";
/// What is never sent to the proxy.
inline constexpr std::string_view kNoProxy = "127.0.0.1,localhost,::1";

/// Every variable, sorted by name. None of them but the proxy's URLs holds the secret; programs put Java's options on
/// command lines.
Variables proxy_environment(const ProxySettings& proxy);

/// Java's system properties for it, separated by blanks (clients.md 1.1: Java reads neither HTTPS_PROXY nor PEM files).
std::string java_options(const ProxySettings& proxy);

}  // namespace wire
