#include "emulator/sessions.h"

#include "base/random.h"
#include "base/text.h"

#include <algorithm>

namespace emulator {
namespace {

constexpr std::size_t kNameBytes = 8;
constexpr std::size_t kSecretBytes = 24;
constexpr std::string_view kBasic = "basic ";
/// No credential of ours is longer.
constexpr std::size_t kLongestValue = 256;

Credential new_credential() {
  return {.name = "s" + base::hex_encode(base::random_bytes(kNameBytes)),
          .secret = base::hex_encode(base::random_bytes(kSecretBytes))};
}

Credential credential_from(std::string_view seed) {
  return {.name = "n" + base::hex_encode(base::hmac_sha256(seed, "name of the nodes' session").substr(0, kNameBytes)),
          .secret = base::hex_encode(base::hmac_sha256(seed, "secret of the nodes' session").substr(0, kSecretBytes))};
}

}  // namespace

std::string Credential::proxy_url(std::uint16_t port) const {
  return "http://" + name + ":" + secret + "@127.0.0.1:" + std::to_string(port);
}

std::string Sessions::add(Credential credential, SessionTerms terms, pid_t owner) {
  auto name = credential.name;
  sessions_.emplace(name, Session{std::move(credential), std::move(terms), owner});
  agree_on_terms_of_nodes();
  return name;
}

Credential Sessions::open(SessionTerms terms, pid_t owner) {
  return sessions_.find(add(new_credential(), std::move(terms), owner))->second.credential;
}

void Sessions::close_abandoned(const std::function<bool(pid_t)>& is_alive) {
  std::erase_if(sessions_, [&](const auto& entry) { return entry.second.owner > 0 && !is_alive(entry.second.owner); });
  agree_on_terms_of_nodes();
}

const Credential& Sessions::open_for_nodes(std::string_view seed) {
  if (nodes_.empty()) {
    nodes_ = add(credential_from(seed), {}, 0);
    agree_on_terms_of_nodes();
  }
  return sessions_.find(nodes_)->second.credential;
}

bool Sessions::close(std::string_view name) {
  const auto found = sessions_.find(name);
  if (found == sessions_.end() || name == nodes_) return false;
  sessions_.erase(found);
  agree_on_terms_of_nodes();
  return true;
}

void Sessions::agree_on_terms_of_nodes() {
  const auto nodes = sessions_.find(nodes_);
  if (nodes_.empty() || nodes == sessions_.end()) return;
  SessionTerms all;
  for (const auto& [name, session] : sessions_) {
    if (name == nodes_) continue;
    const auto& terms = session.terms;
    all.allowed_hosts.insert(all.allowed_hosts.end(), terms.allowed_hosts.begin(), terms.allowed_hosts.end());
    all.batch_keys.insert(terms.batch_keys.begin(), terms.batch_keys.end());
    all.storage_keys.insert(terms.storage_keys.begin(), terms.storage_keys.end());
    all.makes_accounts = all.makes_accounts || terms.makes_accounts;
  }
  nodes->second.terms = std::move(all);
}

const std::string* Sessions::authenticate(std::string_view proxy_authorization) const {
  if (proxy_authorization.size() > kLongestValue || !base::starts_with_ignoring_case(proxy_authorization, kBasic)) {
    return nullptr;
  }
  const auto decoded = base::base64_decode(base::trim(proxy_authorization.substr(kBasic.size())));
  if (!decoded) return nullptr;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return nullptr;
  const auto found = sessions_.find(std::string_view{*decoded}.substr(0, colon));
  if (found == sessions_.end()) return nullptr;
  const bool is_right = base::equal_in_constant_time(decoded->substr(colon + 1), found->second.credential.secret);
  return is_right ? &found->first : nullptr;
}

const SessionTerms* Sessions::find(std::string_view name) const {
  const auto found = sessions_.find(name);
  return found == sessions_.end() ? nullptr : &found->second.terms;
}

}  // namespace emulator
