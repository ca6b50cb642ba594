// Retry: which failures of a request may pass by themselves, and how long to wait for that.
#pragma once

#include "base/error.h"
#include "http/message.h"

#include <chrono>

namespace client::api {

/// How often, and how patiently.
struct RetryPolicy {
  int most_tries = 5;
  std::chrono::milliseconds first_delay{200};  ///< doubled each time
  std::chrono::milliseconds longest_delay{30'000};
};

/// 408, 429, 500, 502, 503, 504: the service asks for patience.
bool may_pass(int status);
/// No connection, a broken one, or a deadline.
bool may_pass(const base::Error& error);
/// The wait before try number `next` (2 is the first repetition): doubled delays, or Retry-After where the answer has
/// one, both capped.
std::chrono::milliseconds delay_before(const RetryPolicy& policy, int next, const http::Headers* answer);

}  // namespace client::api
