// User delegation keys: derived from a secret of the account and from everything the key says, so that nothing needs to
// be kept of them.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "blobstore/rest/call.h"
#include "wire/blob/service_xml.h"

#include <string>
#include <string_view>

namespace blobstore::rest {

/// The key's value, raw.
std::string delegation_key_value(std::string_view secret, std::string_view account,
                                 const wire::blob::DelegationKey& key);

/// AuthenticationFailed unless a key of this account that is good now made the SAS's signature.
base::Async<base::Result<void>> check_delegation_sas(Backend& backend, const Call& call, const wire::blob::Sas& sas);

}  // namespace blobstore::rest
