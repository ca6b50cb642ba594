// Sign-ins that wait for a user (RFC 8628). There is nobody to ask, so a sign-in is approved when its page is opened
// or, without that, after its client has been told once that it is pending: clients' waiting is real, and short.
//
// Kept in memory: a restart forgets them, and clients start over. Not thread-safe; belongs to the I/O thread.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace emulator::entra {

inline constexpr std::chrono::minutes kDeviceCodeLifetime{15};
/// How long clients are asked to wait between two polls. (The service says 5.)
inline constexpr std::chrono::seconds kPollInterval{1};
/// The oldest is forgotten when there are more.
inline constexpr std::size_t kMaxDeviceCodes = 256;

struct DeviceSignIn {
  std::string device_code;  ///< the client's secret
  std::string user_code;    ///< what a user types
  std::string client_id;
  std::string tenant;
  std::string scope;  ///< what is asked for, as a v2 scope
  base::Timestamp expires{};
  bool approved = false;
  bool polled = false;
};

class DeviceCodes {
 public:
  const DeviceSignIn& add(std::string client_id, std::string tenant, std::string scope, base::Timestamp now);
  /// The sign-in, once: it is forgotten with the answer. AuthorizationPending, UnknownDeviceCode (also for another
  /// client), ExpiredDeviceCode.
  base::Result<DeviceSignIn> poll(std::string_view device_code, std::string_view client_id, base::Timestamp now);
  /// Whether the code belonged to a sign-in that waits.
  bool approve(std::string_view user_code, base::Timestamp now);

 private:
  std::deque<DeviceSignIn> waiting_;
};

}  // namespace emulator::entra
