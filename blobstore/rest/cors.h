// CORS: preflights, and the headers that let pages read answers. The rules of all accounts are in memory as well, since
// the gate of the server asks for them on every request that a page sends.
#pragma once

#include "blobstore/engine/cors.h"
#include "http/message.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace blobstore::rest {

struct Backend;
struct Call;

/// The rules in force, by account. Safe to use from every thread.
class CorsTable {
 public:
  /// No rules: the account has none.
  void set(const std::string& account, engine::CorsRules rules);
  /// Never null.
  [[nodiscard]] std::shared_ptr<const engine::CorsRules> find(std::string_view account) const;

 private:
  mutable std::mutex mutex_;  ///< guards all below
  std::map<std::string, std::shared_ptr<const engine::CorsRules>, std::less<>> rules_;
};

/// The answer to a browser's OPTIONS; `call.address` is known. MissingRequiredHeader, CorsPreflightFailure.
base::Result<http::Response> answer_preflight(const Backend& backend, const Call& call);

/// What a page may do with the response, as the first rule that fits its origin and method says; nothing when no page
/// sent the request.
void add_cors_headers(http::Response& response, const Backend& backend, const Call& call);

}  // namespace blobstore::rest
