// Batch bodies from strangers: read or refused; what is read is bounded and of the form that the reader promises, and
// printing answers to it gives a body with as many parts.
#include "base/check.h"
#include "wire/blob/batch_body.h"
#include "wire/blob/limits.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The first line is the content type.
  const auto end = text.find('\n');
  const auto type = text.substr(0, end);
  const auto body = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  for (const auto content_type : {type, std::string_view("multipart/mixed; boundary=b")}) {
    const auto requests = wire::blob::parse_batch(content_type, body);
    if (requests.has_error()) continue;
    CHECK(!requests->empty() && requests->size() <= wire::blob::kMaxBatchRequests);
    std::vector<wire::blob::BatchAnswer> answers;
    for (const auto& request : *requests) {
      CHECK(request.target.starts_with('/'));
      for (const auto& [name, value] : request.headers) {
        CHECK(value.find('\n') == std::string::npos && value.find('\r') == std::string::npos);
      }
      answers.push_back(
          {.content_id = request.content_id, .status = 202, .reason = "Accepted", .headers = {}, .body = {}});
    }
    const auto printed = wire::blob::print_batch("boundary", answers);
    std::size_t parts = 0;
    for (auto at = printed.find("--boundary\r\n"); at != std::string::npos;
         at = printed.find("--boundary\r\n", at + 1)) {
      ++parts;
    }
    CHECK(parts == answers.size());
  }
  return 0;
}
