// The bodies of a Blob Batch: small HTTP requests inside one multipart body, and their answers in another ("Blob
// Batch").
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire::blob {

using BatchFields = std::vector<std::pair<std::string, std::string>>;

/// One request of a batch; its body, which none has, is not read.
struct BatchRequest {
  std::string content_id;  ///< as given; empty: none
  std::string method;
  std::string target;  ///< starts with '/'
  BatchFields headers;
};
/// The requests in the order sent. `content_type` names the boundary. InvalidHeaderValue for a type that is not
/// multipart/mixed, InvalidInput for a body of another form, without requests, or with more than 256. Lines may end
/// with CR LF or LF.
base::Result<std::vector<BatchRequest>> parse_batch(std::string_view content_type, std::string_view body);

struct BatchAnswer {
  std::string content_id;
  int status = 0;
  std::string reason;
  BatchFields headers;
  std::string body;
};
/// The answers between lines of this boundary.
std::string print_batch(std::string_view boundary, const std::vector<BatchAnswer>& answers);

}  // namespace wire::blob
