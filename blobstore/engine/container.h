// Containers: what one is, which names it may have, and the four things that happen to it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/blob/access_policy.h"
#include "wire/blob/vocabulary.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace blobstore::engine {

class Catalog;
struct Conditions;
enum class ExtentId : std::uint64_t;

struct Container {
  std::int64_t id = 0;  ///< chosen by the catalog
  std::string account;
  std::string name;
  base::Timestamp modified;  ///< Last-Modified, and as a number the ETag: no two changes share one
  wire::blob::PublicAccess public_access = wire::blob::PublicAccess::none;
  wire::blob::MetadataFields metadata;
  std::vector<wire::blob::SignedIdentifier> policies;
  bool operator==(const Container&) const = default;
};

/// Lower-case letters, digits and single dashes between them, 3 to 63; also "$root", "$logs" and "$web".
/// InvalidResourceName, or OutOfRangeInput for the length.
base::Result<void> check_container_name(std::string_view name);
/// Names are C# identifiers (letters, digits, underscore), no two equal without case, all within 8 KiB.
base::Result<void> check_metadata(const wire::blob::MetadataFields& metadata);

/// What a request says about the container it works on.
struct ContainerTarget {
  std::string account;
  std::string name;
  std::string lease_id;  ///< x-ms-lease-id; no lease exists, so any is refused
};

/// The changes. Each checks everything before it writes anything. ContainerNotFound, ContainerAlreadyExists,
/// ConditionNotMet, LeaseNotPresentWithContainerOperation.
base::Result<Container> create_container(Catalog& catalog, Container container, base::Timestamp now);
base::Result<Container> set_container_metadata(Catalog& catalog, const ContainerTarget& target,
                                               const Conditions& conditions, wire::blob::MetadataFields metadata,
                                               base::Timestamp now);
base::Result<Container> set_container_access(Catalog& catalog, const ContainerTarget& target,
                                             const Conditions& conditions, wire::blob::PublicAccess access,
                                             std::vector<wire::blob::SignedIdentifier> policies, base::Timestamp now);
/// Returns the extents that nothing names any more.
base::Result<std::vector<ExtentId>> delete_container(Catalog& catalog, const ContainerTarget& target,
                                                     const Conditions& conditions);

}  // namespace blobstore::engine
