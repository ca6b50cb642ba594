// Keys and certificates with OpenSSL: what a certificate authority of one machine needs, and no more.
//
// EC P-256 keys, SHA-256 signatures, random serial numbers. Every certificate names its key and its issuer's
// (SubjectKeyIdentifier, AuthorityKeyIdentifier) and its use, without which Python 3.13 refuses a chain (clients.md
// 0.9).
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace http {

/// Calls an OpenSSL function to free what a handle holds.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, Freed<X509_free>>;

/// The first error that OpenSSL has queued, as text; empties the queue.
std::string openssl_reason();

base::Result<KeyHandle> make_key();

/// From the second of `from` to that of `until`.
struct Validity {
  base::Timestamp from;
  base::Timestamp until;
};

/// Who signs. Both null: the certificate signs itself.
struct Signer {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;
};

/// How many authorities may stand below one.
enum class Below { one_authority, leaves_only };

/// An authority that can vouch for `names` and what is below them, and for nothing else: a critical NameConstraints
/// extension. A name is a DNS name or an IP address.
base::Result<CertificateHandle> make_authority(const std::string& common_name, EVP_PKEY* key, Signer signer,
                                               Validity validity, const std::vector<std::string>& names, Below below);
/// A server's certificate for DNS names and IP addresses, at least one; the first gives the subject.
base::Result<CertificateHandle> make_server_certificate(const std::vector<std::string>& hosts, EVP_PKEY* key,
                                                        Signer signer, Validity validity);

/// Whether the certificate's name constraints are those that make_authority() would write for `names`.
bool constrains_to(X509* certificate, const std::vector<std::string>& names);
/// corrupt when the time in it cannot be read.
base::Result<Validity> validity_of(X509* certificate);

base::Result<std::string> pem_of(X509* certificate);
base::Result<std::string> pem_of(EVP_PKEY* key);
base::Result<CertificateHandle> certificate_from_pem(std::string_view pem);
base::Result<KeyHandle> key_from_pem(std::string_view pem);

/// A PKCS #12 trust store with the certificates of a PEM text, as Java wants it: each entry carries the attribute by
/// which Java tells trusted certificates from others. The first one is named `alias`, the others "alias-2" and so on.
base::Result<std::string> java_trust_store(std::string_view pem, const std::string& alias, const std::string& password);

}  // namespace http
