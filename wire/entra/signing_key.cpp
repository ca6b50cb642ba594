// All arithmetic is OpenSSL's. Failures of calls that can only fail without memory are bugs and end in CHECK.
#include "wire/entra/signing_key.h"

#include "base/check.h"
#include "base/text.h"
#include "wire/entra/base64url.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <nlohmann/json.hpp>

namespace wire::entra {
namespace {

constexpr int kBits = 2048;
constexpr int kMostBits = 4096;  // a file with more would make every verification slow

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Big endian, as base64url.
std::string number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* read = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &read) == 1);
  const Number number{read, &BN_free};
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return base64url_encode(bytes);
}

/// RFC 7638: the hash of the required members in alphabetical order.
std::string thumbprint(const std::string& modulus, const std::string& exponent) {
  return base64url_encode(base::sha256(R"({"e":")" + exponent + R"(","kty":"RSA","n":")" + modulus + "\"}"));
}

/// Never asks anybody for a pass phrase.
int no_pass_phrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*context*/) {
  return -1;
}

}  // namespace

bool PublicKey::verifies(std::string_view text, std::string_view signature) const {
  const DigestContext context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  CHECK(context != nullptr);
  CHECK(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
  const int verified =
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size());
  if (verified != 1) ERR_clear_error();
  return verified == 1;
}

nlohmann::ordered_json PublicKey::as_json() const {
  return {{"kty", "RSA"}, {"use", "sig"}, {"kid", id_}, {"x5t", id_}, {"n", modulus_}, {"e", exponent_}};
}

base::Result<SigningKey> SigningKey::make() {
  std::shared_ptr<EVP_PKEY> key{EVP_RSA_gen(kBits), &EVP_PKEY_free};
  if (key == nullptr) {
    ERR_clear_error();
    return base::Error{base::Errc::unavailable, "making an RSA key for tokens: the cryptographic library refused"};
  }
  PublicKey made;
  made.modulus_ = number_of(key.get(), OSSL_PKEY_PARAM_RSA_N);
  made.exponent_ = number_of(key.get(), OSSL_PKEY_PARAM_RSA_E);
  made.id_ = thumbprint(made.modulus_, made.exponent_);
  made.key_ = std::move(key);
  return SigningKey{std::move(made)};
}

base::Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  const base::Error corrupt{base::Errc::corrupt, "reading a signing key: the text is not a PEM file with an RSA key"};
  const Bio text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all};
  if (text == nullptr) return corrupt;
  std::shared_ptr<EVP_PKEY> key{PEM_read_bio_PrivateKey(text.get(), nullptr, &no_pass_phrase, nullptr), &EVP_PKEY_free};
  if (key == nullptr) {
    ERR_clear_error();
    return corrupt;
  }
  const int bits = EVP_PKEY_get_bits(key.get());
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || bits < kBits || bits > kMostBits) return corrupt;
  PublicKey read;
  read.modulus_ = number_of(key.get(), OSSL_PKEY_PARAM_RSA_N);
  read.exponent_ = number_of(key.get(), OSSL_PKEY_PARAM_RSA_E);
  read.id_ = thumbprint(read.modulus_, read.exponent_);
  read.key_ = std::move(key);
  return SigningKey{std::move(read)};
}

std::string SigningKey::to_pem() const {
  const Bio text{BIO_new(BIO_s_mem()), &BIO_free_all};
  CHECK(text != nullptr);
  CHECK(PEM_write_bio_PKCS8PrivateKey(text.get(), public_.key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* start = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &start);
  return {start, static_cast<std::size_t>(size)};
}

std::string SigningKey::sign(std::string_view text) const {
  const DigestContext context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  CHECK(context != nullptr);
  CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, public_.key_.get()) == 1);
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(text),
                       text.size()) == 1);
  signature.resize(size);
  return signature;
}

nlohmann::ordered_json key_set(std::span<const PublicKey> keys) {
  auto all = nlohmann::ordered_json::array();
  for (const auto& key : keys) all.push_back(key.as_json());
  return {{"keys", std::move(all)}};
}

}  // namespace wire::entra
