#include "emulator/entra/device_codes.h"

#include "base/random.h"
#include "base/text.h"
#include "emulator/entra/errors.h"
#include "wire/entra/base64url.h"

#include <algorithm>

namespace emulator::entra {
namespace {

/// Nine letters and digits, none of which looks like another.
std::string new_user_code() {
  constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  constexpr std::size_t kLength = 9;
  static_assert(kAlphabet.size() == 32, "a byte has to hit every letter equally often");
  std::string code;
  for (const char byte : base::random_bytes(kLength)) {
    code += kAlphabet[static_cast<unsigned char>(byte) % kAlphabet.size()];
  }
  return code;
}

std::string new_device_code() {
  constexpr std::size_t kBytes = 32;
  return wire::entra::base64url_encode(base::random_bytes(kBytes));
}

}  // namespace

const DeviceSignIn& DeviceCodes::add(std::string client_id, std::string tenant, std::string scope,
                                     base::Timestamp now) {
  if (waiting_.size() == kMaxDeviceCodes) waiting_.pop_front();
  waiting_.push_back({.device_code = new_device_code(),
                      .user_code = new_user_code(),
                      .client_id = std::move(client_id),
                      .tenant = std::move(tenant),
                      .scope = std::move(scope),
                      .expires = now + kDeviceCodeLifetime});
  return waiting_.back();
}

base::Result<DeviceSignIn> DeviceCodes::poll(std::string_view device_code, std::string_view client_id,
                                             base::Timestamp now) {
  const auto found = std::ranges::find_if(waiting_, [&](const DeviceSignIn& sign_in) {
    return base::equal_in_constant_time(sign_in.device_code, device_code) && sign_in.client_id == client_id;
  });
  if (found == waiting_.end()) return make_error(ErrorCode::UnknownDeviceCode);
  if (now >= found->expires) return make_error(ErrorCode::ExpiredDeviceCode);
  if (!found->approved && !found->polled) {
    found->polled = true;
    return make_error(ErrorCode::AuthorizationPending);
  }
  auto sign_in = std::move(*found);
  waiting_.erase(found);
  return sign_in;
}

bool DeviceCodes::approve(std::string_view user_code, base::Timestamp now) {
  for (auto& sign_in : waiting_) {
    if (!base::equal_ignoring_case(sign_in.user_code, base::trim(user_code)) || now >= sign_in.expires) continue;
    sign_in.approved = true;
    return true;
  }
  return false;
}

}  // namespace emulator::entra
