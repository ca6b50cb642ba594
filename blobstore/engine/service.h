// What an account's Blob service keeps for itself, beside its containers.
#pragma once

#include "wire/blob/cors.h"

#include <string>
#include <vector>

namespace blobstore::engine {

struct Service {
  std::string account;
  /// 32 random bytes, made when first needed: user delegation keys are derived from it, so that they survive both a
  /// restart and new account keys. Empty: none was made yet.
  std::string delegation_secret;
  std::vector<wire::blob::CorsRule> cors;
  bool operator==(const Service&) const = default;
};

}  // namespace blobstore::engine
