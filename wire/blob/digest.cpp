// CRC64 by slicing: eight tables, eight bytes a step; the tables are made at compile time.
#include "wire/blob/digest.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <array>
#include <bit>
#include <cstring>

namespace wire::blob {
namespace {

constexpr std::uint64_t kPolynomial = 0x9A6C9329AC4BC9B5;

constexpr auto make_tables() {
  std::array<std::array<std::uint64_t, 256>, 8> tables{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < 8; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t previous = tables[slice - 1][byte];
      tables[slice][byte] = (previous >> 8) ^ tables[0][previous & 0xFF];
    }
  }
  return tables;
}
constexpr auto kTables = make_tables();
static_assert(std::endian::native == std::endian::little, "eight bytes are read at once, least significant first");

}  // namespace

void Crc64::add(std::string_view bytes) {
  std::uint64_t crc = state_;
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    crc ^= word;
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < 8; ++i) next ^= kTables[7 - i][(crc >> (8 * i)) & 0xFF];
    crc = next;
    bytes.remove_prefix(8);
  }
  for (const char c : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  state_ = crc;
}

std::string Crc64::bytes() const {
  const std::uint64_t result = value();
  return {reinterpret_cast<const char*>(&result), sizeof result};
}

struct Md5::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Md5::Md5() : state_(std::make_unique<State>()) {
  CHECK(state_->context && EVP_DigestInit_ex(state_->context, EVP_md5(), nullptr) == 1, "starting MD5");
}
Md5::~Md5() = default;
Md5::Md5(Md5&&) noexcept = default;
Md5& Md5::operator=(Md5&&) noexcept = default;

void Md5::add(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "MD5");
}

std::string Md5::finish() {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  CHECK(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.data()), &length) == 1, "MD5");
  digest.resize(length);
  return digest;
}

}  // namespace wire::blob
