// RSA keys of the token service: the private one signs, the public one is published as a JSON web key and verifies.
//
// Both are small handles on OpenSSL keys; copies share the key. Safe from every thread.
#pragma once

#include "base/result.h"

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace wire::entra {

/// One published key.
class PublicKey {
 public:
  /// The key's name in tokens (`kid`): its RFC 7638 thumbprint, 43 characters.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  /// Whether `signature` (raw bytes) is the RS256 signature of `text` under this key.
  [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const;
  /// The members kty, use, kid, x5t, n and e of RFC 7517. x5t repeats the kid, as tokens do.
  [[nodiscard]] nlohmann::ordered_json as_json() const;

 private:
  friend class SigningKey;
  PublicKey() = default;
  std::shared_ptr<evp_pkey_st> key_;
  std::string id_;
  std::string modulus_;   ///< base64url, big endian, no leading zeros
  std::string exponent_;  ///< the same
};

/// One key pair: RSA with 2048 bits or more.
class SigningKey {
 public:
  /// A new pair of 2048 bits. Takes a good part of a second of processor time.
  static base::Result<SigningKey> make();
  /// The key of a PEM text, as to_pem() wrote it. corrupt for anything else: encrypted, not RSA, too short.
  static base::Result<SigningKey> from_pem(std::string_view pem);
  [[nodiscard]] std::string to_pem() const;

  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }
  /// The raw RS256 signature (RSASSA-PKCS1-v1_5 with SHA-256) of `text`.
  [[nodiscard]] std::string sign(std::string_view text) const;

 private:
  explicit SigningKey(PublicKey key) : public_(std::move(key)) {}
  PublicKey public_;  ///< its handle also holds the private half
};

/// The document at jwks_uri: {"keys": [...]}.
nlohmann::ordered_json key_set(std::span<const PublicKey> keys);

}  // namespace wire::entra
