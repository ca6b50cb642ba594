// Where a request points: account, container, blob, out of Host and path.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <string>
#include <string_view>

namespace blobstore::rest {

struct Address {
  std::string account;      ///< lower case, without "-secondary"
  bool secondary = false;   ///< the read-only side of the account
  bool path_style = false;  ///< the account is the path's first segment
  std::string container;    ///< decoded; empty: the service itself
  std::string blob;         ///< decoded; empty: the container itself
};

/// Host style for `<account>.blob.localhost` and `<account>.blob.core.windows.net`, path style for every other name
/// that the server's gate let through. One segment without `restype` names a blob in $root. InvalidUri for a path that
/// is not decodable or names no account.
base::Result<Address> parse_address(const http::Request& request);

/// Whether the request was addressed by the public host name, which is only ever served over https: our own node agents
/// bring such requests here, and a SAS that asks for https (spr) must hold for them.
bool addressed_by_public_name(const http::Request& request);

/// The URL of the service or account as the client addressed it, with a slash at the end.
std::string service_endpoint(const http::Request& request, const Address& address);

}  // namespace blobstore::rest
