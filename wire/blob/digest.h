// The two checksums that travel with blob bytes: MD5 and the Storage CRC64, both piece by piece.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace wire::blob {

/// CRC-64 with the Storage service's polynomial 0x9A6C9329AC4BC9B5 (bit-reflected), all ones in and out.
class Crc64 {
 public:
  void add(std::string_view bytes);
  [[nodiscard]] std::uint64_t value() const noexcept { return ~state_; }
  /// Eight bytes, least significant first: what x-ms-content-crc64 carries in base64.
  [[nodiscard]] std::string bytes() const;

 private:
  std::uint64_t state_ = ~std::uint64_t{0};
};

/// MD5 over pieces.
class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(Md5&&) noexcept;
  Md5& operator=(Md5&&) noexcept;
  void add(std::string_view bytes);
  /// The sixteen bytes; nothing may be added afterwards.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wire::blob
