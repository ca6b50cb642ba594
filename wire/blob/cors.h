// A CORS rule: which web pages may use an account's Blob service, and how ("Cross-Origin Resource Sharing support for
// Azure Storage").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wire::blob {

/// As stored and shown; every list in the order given.
struct CorsRule {
  std::vector<std::string> allowed_origins;  ///< compared exactly; "*" is every origin
  std::vector<std::string> allowed_methods;
  std::vector<std::string> allowed_headers;  ///< compared without case; "*" at the end stands for any end
  std::vector<std::string> exposed_headers;  ///< the same
  std::uint32_t max_age_seconds = 0;
  bool operator==(const CorsRule&) const = default;
};

}  // namespace wire::blob
