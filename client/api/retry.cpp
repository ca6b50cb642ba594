#include "client/api/retry.h"

#include <algorithm>
#include <charconv>

namespace client::api {

bool may_pass(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool may_pass(const base::Error& error) {
  return error.code == base::Errc::unavailable || error.code == base::Errc::io ||
         error.code == base::Errc::deadline_exceeded;
}

std::chrono::milliseconds delay_before(const RetryPolicy& policy, int next, const http::Headers* answer) {
  auto delay = policy.first_delay;
  for (int i = 2; i < next && delay < policy.longest_delay; ++i) delay *= 2;
  if (answer != nullptr) {
    const auto text = answer->get("Retry-After");
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc{} && end == text.data() + text.size()) delay = std::chrono::seconds(seconds);
  }
  return std::min(delay, policy.longest_delay);
}

}  // namespace client::api
