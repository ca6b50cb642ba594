#include "emulator/management/authorize.h"

#include "base/text.h"
#include "emulator/management/operation.h"
#include "emulator/rest/authenticate.h"

namespace emulator::management {
namespace {

using wire::entra::TokenErrc;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kBearer = "Bearer ";

base::Error token_error(const base::Error& error) {
  if (error.code == TokenErrc::expired) return make_error(ErrorCode::ExpiredAuthenticationToken);
  if (error.code == TokenErrc::wrong_audience) return make_error(ErrorCode::InvalidAuthenticationTokenAudience);
  if (wire::entra::is_token_error(error)) return make_error(ErrorCode::InvalidAuthenticationToken);
  return error;
}

}  // namespace

base::Result<std::shared_ptr<const rest::Account>> authenticate(const Services& services, const http::Request& request,
                                                                base::Timestamp now) {
  if (request.headers.count("Authorization") == 0) {
    return make_error(ErrorCode::AuthenticationFailed, "Authentication failed. The 'Authorization' header is missing.");
  }
  if (!rest::has_bearer_token(request)) return rest::authenticate(*services.account_source, request, now);
  if (!services.verify_token) {
    return make_error(ErrorCode::AuthenticationFailed,
                      "Authentication failed. The emulator takes bearer tokens only when it was started with --entra.");
  }
  const auto identity = services.verify_token(base::trim(request.headers.get("Authorization").substr(kBearer.size())));
  if (!identity) return token_error(identity.error());
  return std::shared_ptr<const rest::Account>{};
}

base::Result<void> check_signer(const Call& call) {
  if (call.signer == nullptr) return {};
  const bool is_batch = call.operation->provider == Provider::batch || call.operation->scope == Scope::batch_account;
  const auto& addressed = call.path.get("accountName");
  if (!addressed.empty() && is_batch && base::equal_ignoring_case(addressed, call.signer->name)) return {};
  if (addressed.empty() || !is_batch) {
    return make_error(ErrorCode::AuthorizationFailed,
                      "A shared key is good for its own Batch account alone. Use a bearer token (--entra) for the "
                      "operation " +
                          std::string(call.operation->name) + ".");
  }
  return make_error(ErrorCode::AuthorizationFailed);
}

}  // namespace emulator::management
