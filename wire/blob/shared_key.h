// SharedKey and SharedKeyLite for the Blob service: one string-to-sign for signer and verifier (Storage's "Authorize
// with Shared Key", the form of x-ms-version 2009-09-19 and later; Content-Length is empty when 0, as from 2015-02-21).
#pragma once

#include "wire/shared_key.h"

#include <chrono>
#include <string>
#include <string_view>

namespace wire::blob {

enum class SharedKeyScheme { full, lite };

/// The canonical string. The resource is "/" + account + the path as on the wire, so a path-style URL names the account
/// twice.
std::string string_to_sign(const SignedRequest& request, std::string_view account,
                           SharedKeyScheme scheme = SharedKeyScheme::full);

/// The value for `Authorization`; x-ms-date and x-ms-version must already be in the request. `key` is the raw key.
std::string sign(const SignedRequest& request, std::string_view account, std::string_view key,
                 SharedKeyScheme scheme = SharedKeyScheme::full);

/// Whether the request is signed with one of the account's keys and its date (x-ms-date, else Date) is within
/// `max_skew` of `now`. The scheme is the header's. A path-style "/account-secondary/..." may be signed as it stands or
/// without the suffix; the header may name the account or account-secondary.
base::Result<void> verify_shared_key(const SignedRequest& request, const SharedKeyAccount& account, base::Timestamp now,
                                     std::chrono::minutes max_skew = std::chrono::minutes{15});

}  // namespace wire::blob
