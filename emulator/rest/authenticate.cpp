// An unknown account is answered like a wrong signature, so that names cannot be probed.
#include "emulator/rest/authenticate.h"

#include "wire/batch/limits.h"
#include "wire/shared_key.h"

namespace emulator::rest {

base::Result<const Account*> authenticate(std::span<const Account> accounts, const http::Request& request,
                                          base::Timestamp now) {
  if (request.headers.count("Authorization") != 1) {
    return wire::shared_key::malformed("The request has to carry exactly one Authorization header");
  }
  ASSIGN_OR_RETURN(const auto header, wire::parse_shared_key_header(request.headers.get("Authorization")));
  for (const auto& account : accounts) {
    if (!base::equal_ignoring_case(account.name, header.account)) continue;
    const wire::SignedRequest signed_request{
        .method = request.method, .path = request.path, .query = request.query, .headers = request.headers.fields()};
    const wire::SharedKeyAccount known{.name = account.name, .keys = account.keys};
    RETURN_IF_ERROR(wire::verify_batch(signed_request, known, now, wire::batch::kMaxClockSkew));
    return &account;
  }
  return wire::shared_key::refused("The account is not one of this endpoint, or the signature is not its own");
}

}  // namespace emulator::rest
