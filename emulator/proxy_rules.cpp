#include "emulator/proxy_rules.h"

#include "emulator/host_patterns.h"
#include "emulator/names.h"

namespace emulator {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_below(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() && host.ends_with(domain);
}

/// The emulator's own endpoints, for clients that send loopback addresses to the proxy too (clients.md 2.2).
bool is_own_endpoint(std::string_view host, std::uint16_t port, OwnPorts own) {
  if (port == 0 || (port != own.batch && port != own.blob)) return false;
  return host == "127.0.0.1" || host == "localhost" || is_below(host, ".localhost");
}

bool is_served(std::string_view host, std::uint16_t port, OwnPorts own) {
  if (host == kMetadataHost) return port == kHttpPort;
  if (is_emulated_name(host)) return port == kHttpPort || port == kHttpsPort;
  return is_own_endpoint(host, port, own);
}

std::string refusal(std::string_view host, std::uint16_t port) {
  // What stands in a request goes into a line for people: only what a host may consist of.
  std::string shown;
  for (const char c : host) shown += c > ' ' && c < 0x7f && c != '"' ? c : '?';
  if (is_emulated_name(host)) {
    return shown + " is emulated on ports 80 and 443, not on port " + std::to_string(port);
  }
  return shown + " is not one of the emulated services; add --allow " + shown + " to let the command reach it";
}

std::string session_of(const ProxyQuestion& question, const Sessions& sessions) {
  if (!question.authorization.empty()) {
    const auto* name = sessions.authenticate(question.authorization);
    return name == nullptr ? std::string{} : *name;
  }
  auto name = question.session_of_peer ? question.session_of_peer() : std::string{};
  return sessions.find(name) == nullptr ? std::string{} : name;
}

}  // namespace

bool is_emulated_name(std::string_view plain_host) {
  return is_below(plain_host, kBatchDomain) || is_below(plain_host, kBlobDomain) || plain_host == kLoginHost ||
         plain_host == kManagementHost || plain_host == kMetadataHost;
}

ProxyRuling decide(const ProxyQuestion& question, const Sessions& sessions, OwnPorts own) {
  using Action = ProxyRuling::Action;
  auto session = session_of(question, sessions);
  if (session.empty()) return {.action = Action::ask_for_credential, .session = {}, .text = {}};
  const auto host = plain_host(question.host);
  const auto match = match_host(sessions.find(session)->allowed_hosts, host, question.port);
  // A name that is allowed literally is the real one, an emulated one too: public data in real storage, for example.
  if (match == HostMatch::literal) return {.action = Action::tunnel, .session = std::move(session), .text = {}};
  if (is_served(host, question.port, own)) {
    return {.action = Action::serve, .session = std::move(session), .text = {}};
  }
  if (match == HostMatch::pattern && !is_emulated_name(host)) {
    return {.action = Action::tunnel, .session = std::move(session), .text = {}};
  }
  return {.action = Action::refuse, .session = std::move(session), .text = refusal(host, question.port)};
}

}  // namespace emulator
