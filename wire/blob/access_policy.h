// Stored access policies: the terms of a SAS kept with its container, so that they can be changed or withdrawn.
#pragma once

#include <string>

namespace wire::blob {

/// The part of a SAS that a policy may hold; each field as written, empty = left to the SAS.
struct AccessPolicy {
  std::string start;
  std::string expiry;
  std::string permissions;
  bool operator==(const AccessPolicy&) const = default;
};

/// A policy with its name, which a SAS cites as `si`.
struct SignedIdentifier {
  std::string id;
  AccessPolicy policy;
  bool operator==(const SignedIdentifier&) const = default;
};

}  // namespace wire::blob
