// A certificate authority in a directory, made on first use, for the names that a server on this machine stands in for.
//
// Two certificates, so that no client can be led astray by a stolen key, whatever it checks:
//
//   ca.pem      the root, which clients trust. Its key signed one certificate and was never written anywhere.
//   issuer.pem  what the root signed: an authority held to the names by critical NameConstraints. Servers send it
//   along. ca.key      its key (0600). It can vouch for the names and nothing else, also to Java, which ignores
//   constraints
//               in the certificate that it is told to trust.
//   ca.p12      the same as bundle.pem as a PKCS #12 trust store for Java; password "changeit", as everywhere in Java
//   bundle.pem  the root and the system's authorities, for variables that replace those (SSL_CERT_FILE)
//
// Nothing of it is ever added to the system's trust store.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/x509.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace http {

struct AuthorityPaths {
  std::filesystem::path certificate;  ///< ca.pem
  std::filesystem::path bundle;       ///< bundle.pem
  std::filesystem::path java_store;   ///< ca.p12
  std::filesystem::path issuer;       ///< issuer.pem
  std::filesystem::path key;          ///< ca.key
};
AuthorityPaths authority_paths(const std::filesystem::path& directory);

inline constexpr std::string_view kJavaStorePassword = "changeit";

/// Safe from every thread.
class CertificateAuthority {
 public:
  /// Reads the authority in `directory`, or makes it (mode 0700, missing parents too) when there is none, it does not
  /// hold together, has less than two days left, or is not for these names. Blocks on the disk; processes that do this
  /// at the same time wait for each other and get the same one. `names`: DNS names in lower case (what is below them is
  /// meant too) and IP addresses. io, no_space, locked.
  static base::Result<std::shared_ptr<CertificateAuthority>> open(const std::filesystem::path& directory,
                                                                  std::vector<std::string> names,
                                                                  const base::Clock& clock);

  /// Whether a certificate for this host can be had: a DNS name in lower case or an IP address without brackets.
  [[nodiscard]] bool vouches_for(std::string_view host) const;
  /// The certificate of a host, made once; that of a loopback address is for "localhost", too. invalid_argument when
  /// the authority does not vouch for it.
  base::Result<CertificateHandle> certificate_for(const std::string& host);
  /// The key of every certificate_for(); it exists in memory only.
  [[nodiscard]] EVP_PKEY* server_key() const noexcept { return server_key_.get(); }
  /// What servers send after their own certificate.
  [[nodiscard]] X509* issuer() const noexcept { return issuer_.get(); }
  /// False when open() would give another one: it is time for that, or the files are gone or another's. One look at
  /// the directory.
  [[nodiscard]] bool is_current(base::Timestamp now) const;

 private:
  /// Which file ca.pem is; a replacement has another inode or time.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t modified = 0;  ///< nanoseconds
    bool operator==(const Stamp&) const = default;
  };
  CertificateAuthority() = default;
  static Stamp stamp_of(const std::filesystem::path& file);
  base::Result<void> load(const std::filesystem::path& directory, base::Timestamp now);
  base::Result<void> make(const std::filesystem::path& directory, base::Timestamp now);

  std::vector<std::string> names_;
  KeyHandle issuer_key_;
  CertificateHandle issuer_;
  KeyHandle server_key_;
  Validity validity_{};
  base::Timestamp renew_at_{};
  std::filesystem::path root_file_;
  Stamp stamp_;
  std::mutex mutex_;
  std::unordered_map<std::string, CertificateHandle> made_;  ///< guarded by mutex_
};

}  // namespace http
