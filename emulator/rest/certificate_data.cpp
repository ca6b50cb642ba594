// Stores written by Windows are often encrypted with RC2, which OpenSSL keeps in its legacy provider: it is loaded into
// a context of its own, so that nothing else in the process can come to use it.
#include "emulator/rest/certificate_data.h"

#include "base/text.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <array>
#include <memory>

namespace emulator::rest {
namespace {

template <class T, void (*kFree)(T*)>
struct Free {
  void operator()(T* thing) const { kFree(thing); }
};
template <class T, void (*kFree)(T*)>
using Owned = std::unique_ptr<T, Free<T, kFree>>;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
struct Unload {
  void operator()(OSSL_PROVIDER* provider) const { OSSL_PROVIDER_unload(provider); }
};

base::Error not_a_certificate(const char* why) {
  ERR_clear_error();
  return {base::Errc::invalid_argument, why};
}

base::Result<std::string> der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int length = i2d_X509(certificate, &bytes);
  if (length <= 0) return not_a_certificate("The certificate cannot be written");
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return der;
}

Owned<BIO, BIO_free_all> reader_of(std::string_view bytes) {
  return Owned<BIO, BIO_free_all>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace

base::Result<std::string> certificate_in_pfx(std::string_view bytes, const std::string& password) {
  const Owned<OSSL_LIB_CTX, OSSL_LIB_CTX_free> context(OSSL_LIB_CTX_new());
  const std::unique_ptr<OSSL_PROVIDER, Unload> current(OSSL_PROVIDER_load(context.get(), "default"));
  const std::unique_ptr<OSSL_PROVIDER, Unload> legacy(OSSL_PROVIDER_load(context.get(), "legacy"));  // may be missing
  Owned<PKCS12, PKCS12_free> store(PKCS12_init_ex(NID_pkcs7_data, context.get(), nullptr));
  const auto reader = reader_of(bytes);
  PKCS12* into = store.get();
  if (!store || !reader || d2i_PKCS12_bio(reader.get(), &into) == nullptr) {
    (void)store.release();  // freed by the reader that failed
    return not_a_certificate("The data is not a PKCS#12 store");
  }
  EVP_PKEY* raw_key = nullptr;
  X509* raw_certificate = nullptr;
  STACK_OF(X509)* raw_others = nullptr;
  const int opened = PKCS12_parse(store.get(), password.c_str(), &raw_key, &raw_certificate, &raw_others);
  const Owned<EVP_PKEY, EVP_PKEY_free> key(raw_key);
  const Owned<X509, X509_free> certificate(raw_certificate);
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(raw_others);
  if (opened != 1) return not_a_certificate("The password does not open the PKCS#12 store");
  if (certificate) return der_of(certificate.get());
  if (others && sk_X509_num(others.get()) > 0) return der_of(sk_X509_value(others.get(), 0));
  return not_a_certificate("The PKCS#12 store has no certificate");
}

base::Result<std::string> certificate_in_cer(std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  Owned<X509, X509_free> certificate(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
  if (!certificate) {
    const auto reader = reader_of(bytes);
    certificate.reset(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
  }
  if (!certificate) return not_a_certificate("The data is not an X.509 certificate");
  return der_of(certificate.get());
}

std::string thumbprint_of(std::string_view der) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(der.data(), der.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) return {};
  return base::hex_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), length));
}

}  // namespace emulator::rest
