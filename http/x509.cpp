#include "http/x509.h"

#include "base/check.h"
#include "base/random.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <ctime>

namespace http {
namespace {

using base::Errc;
using base::Error;
using base::Result;

using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;

void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) {
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
void free_safes(STACK_OF(PKCS7) * safes) {
  sk_PKCS7_pop_free(safes, PKCS7_free);
}

/// RFC 5280 4.1.2.2: positive, at most 20 octets.
constexpr std::size_t kSerialBytes = 16;
constexpr std::size_t kMaxCommonName = 64;  // RFC 5280, ub-common-name
constexpr int kVersion3 = 2;
/// Oracle's "trusted key usage"; its value is the uses, here any.
constexpr const char* kJavaTrusted = "2.16.840.1.113894.746875.1.1";
constexpr int kMacRounds = 2048;

Error failed(std::string_view attempted) {
  return {Errc::internal, std::string(attempted) + ": " + openssl_reason()};
}

std::time_t seconds_of(base::Timestamp time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool is_address(const std::string& name, boost::asio::ip::address& address) {
  boost::system::error_code error;
  address = boost::asio::ip::make_address(name, error);
  return !error;
}

/// OpenSSL's notation for the permitted names. Kinds of names for which nothing real is permitted get a subtree that
/// nobody has (RFC 2606), since a kind without any permitted subtree is free (RFC 5280 4.2.1.10). Directory names are
/// left out: Go refuses certificates with constraints on them, and no client takes a host from there when a
/// SubjectAltName is missing, except from a common name, which OpenSSL and Java hold to the DNS constraints.
std::string constraints_text(const std::vector<std::string>& names) {
  std::string text = "critical";
  for (const auto& name : names) {
    boost::asio::ip::address address;
    if (!is_address(name, address)) {
      text += ",permitted;DNS:" + name;
    } else if (address.is_v4()) {
      text += ",permitted;IP:" + name + "/255.255.255.255";
    } else {
      text += ",permitted;IP:" + address.to_string() + "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    }
  }
  return text + ",permitted;email:nobody.invalid,permitted;URI:nobody.invalid";
}

Result<void> add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
    return failed("adding the certificate extension " + std::string(OBJ_nid2sn(nid)) + " '" + value + "'");
  }
  return {};
}

Result<void> add_serial(X509* certificate) {
  std::string bytes = base::random_bytes(kSerialBytes);
  bytes[0] = static_cast<char>((static_cast<unsigned char>(bytes[0]) & 0x7FU) | 0x40U);
  const Number number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), kSerialBytes, nullptr));
  if (!number || BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr) {
    return failed("numbering a certificate");
  }
  return {};
}

struct NamedExtension {
  int nid;
  std::string value;
};

Result<CertificateHandle> make_certificate(const std::string& common_name, EVP_PKEY* key, Signer signer,
                                           Validity validity, const std::vector<NamedExtension>& extensions) {
  CertificateHandle certificate(X509_new());
  X509* made = certificate.get();
  X509* issuer = signer.certificate != nullptr ? signer.certificate : made;
  if (made == nullptr || X509_set_version(made, kVersion3) != 1) return failed("making a certificate");
  RETURN_IF_ERROR(add_serial(made));
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  if (X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8, text, -1, -1, 0) != 1 ||
      X509_set_issuer_name(made, X509_get_subject_name(issuer)) != 1 || X509_set_pubkey(made, key) != 1 ||
      ASN1_TIME_set(X509_getm_notBefore(made), seconds_of(validity.from)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(made), seconds_of(validity.until)) == nullptr) {
    return failed("making a certificate for " + common_name);
  }
  for (const auto& [nid, value] : extensions) RETURN_IF_ERROR(add_extension(made, issuer, nid, value));
  // Identifiers last: a self-signed certificate's own must be there before it can be named as the issuer's.
  RETURN_IF_ERROR(add_extension(made, issuer, NID_subject_key_identifier, "hash"));
  RETURN_IF_ERROR(add_extension(made, issuer, NID_authority_key_identifier, "keyid:always"));
  if (X509_sign(made, signer.key != nullptr ? signer.key : key, EVP_sha256()) == 0) {
    return failed("signing the certificate for " + common_name);
  }
  return certificate;
}

std::string taken_from(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

std::string openssl_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "OpenSSL gives no reason" : reason;
}

Result<KeyHandle> make_key() {
  KeyHandle key(EVP_EC_gen("P-256"));
  if (!key) return failed("making a key");
  return key;
}

Result<CertificateHandle> make_authority(const std::string& common_name, EVP_PKEY* key, Signer signer,
                                         Validity validity, const std::vector<std::string>& names, Below below) {
  const std::string length = below == Below::leaves_only ? "0" : "1";
  return make_certificate(common_name, key, signer, validity,
                          {{NID_basic_constraints, "critical,CA:TRUE,pathlen:" + length},
                           {NID_key_usage, "critical,keyCertSign,cRLSign"},
                           {NID_name_constraints, constraints_text(names)}});
}

Result<CertificateHandle> make_server_certificate(const std::vector<std::string>& hosts, EVP_PKEY* key, Signer signer,
                                                  Validity validity) {
  CHECK(!hosts.empty());
  boost::asio::ip::address address;
  std::string names;
  for (const auto& host : hosts) {
    // In OpenSSL's notation a comma would begin another name.
    CHECK(host.find_first_of(",;\n ") == std::string::npos);
    names += (names.empty() ? "" : ",") + std::string(is_address(host, address) ? "IP:" : "DNS:") + host;
  }
  // A common name that looks like a host is held to the DNS constraints by OpenSSL when there is no DNS name beside it.
  const auto& first = hosts.front();
  const bool fits = !is_address(first, address) && first.size() <= kMaxCommonName;
  return make_certificate(fits ? first : "Batch Emulator", key, signer, validity,
                          {{NID_basic_constraints, "critical,CA:FALSE"},
                           {NID_key_usage, "critical,digitalSignature"},
                           {NID_ext_key_usage, "serverAuth"},
                           {NID_subject_alt_name, names}});
}

bool constrains_to(X509* certificate, const std::vector<std::string>& names) {
  const int place = X509_get_ext_by_NID(certificate, NID_name_constraints, -1);
  if (place < 0) return false;
  const Extension wanted(X509V3_EXT_conf_nid(nullptr, nullptr, NID_name_constraints, constraints_text(names).c_str()));
  X509_EXTENSION* found = X509_get_ext(certificate, place);
  return wanted && X509_EXTENSION_get_critical(found) == 1 &&
         ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(wanted.get()), X509_EXTENSION_get_data(found)) == 0;
}

Result<Validity> validity_of(X509* certificate) {
  std::tm from{};
  std::tm until{};
  if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &from) != 1 ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) != 1) {
    return Error(Errc::corrupt, "reading a certificate's times: " + openssl_reason());
  }
  const auto time = [](std::tm& broken) { return base::Timestamp(std::chrono::seconds(::timegm(&broken))); };
  return Validity{time(from), time(until)};
}

Result<std::string> pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return failed("writing a certificate");
  return taken_from(bio.get());
}

Result<std::string> pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failed("writing a key");
  }
  return taken_from(bio.get());
}

Result<CertificateHandle> certificate_from_pem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificateHandle certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) return Error(Errc::corrupt, "reading a certificate: " + openssl_reason());
  return certificate;
}

Result<KeyHandle> key_from_pem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyHandle key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key) return Error(Errc::corrupt, "reading a key: " + openssl_reason());
  return key;
}

namespace {

Result<void> add_trusted(STACK_OF(PKCS12_SAFEBAG) * bags, X509* certificate, const std::string& alias) {
  PKCS12_SAFEBAG* bag = PKCS12_add_cert(&bags, certificate);
  const auto* any_use = reinterpret_cast<const unsigned char*>(OBJ_nid2obj(NID_anyExtendedKeyUsage));
  if (bag == nullptr || PKCS12_add_friendlyname_utf8(bag, alias.data(), static_cast<int>(alias.size())) != 1 ||
      PKCS12_add1_attr_by_txt(bag, kJavaTrusted, V_ASN1_OBJECT, any_use, -1) != 1) {
    return failed("making a Java trust store");
  }
  return {};
}

}  // namespace

Result<std::string> java_trust_store(std::string_view pem, const std::string& alias, const std::string& password) {
  const Bio source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  STACK_OF(PKCS12_SAFEBAG)* made_bags = sk_PKCS12_SAFEBAG_new_null();
  const std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), Freed<free_bags>> bags(made_bags);
  if (!source || !bags) return failed("making a Java trust store");
  while (const CertificateHandle certificate{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
    const auto count = sk_PKCS12_SAFEBAG_num(bags.get()) + 1;
    RETURN_IF_ERROR(
        add_trusted(made_bags, certificate.get(), count == 1 ? alias : alias + "-" + std::to_string(count)));
  }
  ERR_clear_error();  // the end of the text is one
  if (sk_PKCS12_SAFEBAG_num(bags.get()) == 0) return failed("making a Java trust store");
  // Not encrypted, and SHA-1 for the checksum: what is inside is public, and every Java can read it so. What keeps
  // others from changing it is the directory's mode.
  STACK_OF(PKCS7)* made_safes = nullptr;
  const bool added = PKCS12_add_safe(&made_safes, bags.get(), -1, 0, nullptr) == 1;
  const std::unique_ptr<STACK_OF(PKCS7), Freed<free_safes>> safes(made_safes);
  const Pkcs12 store(added ? PKCS12_add_safes(safes.get(), 0) : nullptr);
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!store || !bio || PKCS12_set_mac(store.get(), password.c_str(), -1, nullptr, 0, kMacRounds, EVP_sha1()) != 1 ||
      i2d_PKCS12_bio(bio.get(), store.get()) != 1) {
    return failed("making a Java trust store");
  }
  return taken_from(bio.get());
}

}  // namespace http
