// Names and the four changes.
#include "blobstore/engine/container.h"

#include "base/text.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/engine/conditions.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

#include <algorithm>
#include <set>

namespace blobstore::engine {
namespace {

using wire::blob::ErrorCode;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return letter(name.front()) && std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// The container that a change works on, once it may go ahead.
base::Result<Container> changeable(Catalog& catalog, const ContainerTarget& target, const Conditions& conditions) {
  ASSIGN_OR_RETURN(auto found, catalog.find_container(target.account, target.name));
  if (!found) return wire::blob::error(ErrorCode::ContainerNotFound);
  if (!target.lease_id.empty()) return wire::blob::error(ErrorCode::LeaseNotPresentWithContainerOperation);
  RETURN_IF_ERROR(check_write(conditions, found->modified));
  return std::move(*found);
}

}  // namespace

base::Result<void> check_container_name(std::string_view name) {
  if (name == "$root" || name == "$logs" || name == "$web") return {};
  if (name.size() < wire::blob::kMinContainerNameLength || name.size() > wire::blob::kMaxContainerNameLength) {
    return wire::blob::error(ErrorCode::OutOfRangeInput);
  }
  bool after_dash = true;
  for (const char c : name) {
    if (c == '-' && after_dash) return wire::blob::error(ErrorCode::InvalidResourceName);
    if (c != '-' && !is_lower_or_digit(c)) return wire::blob::error(ErrorCode::InvalidResourceName);
    after_dash = c == '-';
  }
  if (after_dash) return wire::blob::error(ErrorCode::InvalidResourceName);
  return {};
}

base::Result<void> check_metadata(const wire::blob::MetadataFields& metadata) {
  std::size_t bytes = 0;
  std::set<std::string> seen;
  for (const auto& [name, value] : metadata) {
    if (name.empty()) return wire::blob::error(ErrorCode::EmptyMetadataKey);
    const bool visible = std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
    if (!is_identifier(name) || !visible || !seen.insert(base::lower_case(name)).second) {
      return wire::blob::error(ErrorCode::InvalidMetadata);
    }
    bytes += name.size() + value.size();
  }
  if (bytes > wire::blob::kMaxMetadataBytes) return wire::blob::error(ErrorCode::MetadataTooLarge);
  return {};
}

base::Result<Container> create_container(Catalog& catalog, Container container, base::Timestamp now) {
  ASSIGN_OR_RETURN(const auto existing, catalog.find_container(container.account, container.name));
  if (existing) return wire::blob::error(ErrorCode::ContainerAlreadyExists);
  container.modified = catalog.stamp(now);
  ASSIGN_OR_RETURN(container.id, catalog.insert_container(container));
  return container;
}

base::Result<Container> set_container_metadata(Catalog& catalog, const ContainerTarget& target,
                                               const Conditions& conditions, wire::blob::MetadataFields metadata,
                                               base::Timestamp now) {
  ASSIGN_OR_RETURN(auto container, changeable(catalog, target, conditions));
  container.metadata = std::move(metadata);
  container.modified = catalog.stamp(now);
  RETURN_IF_ERROR(catalog.update_container(container));
  return container;
}

base::Result<Container> set_container_access(Catalog& catalog, const ContainerTarget& target,
                                             const Conditions& conditions, wire::blob::PublicAccess access,
                                             std::vector<wire::blob::SignedIdentifier> policies, base::Timestamp now) {
  ASSIGN_OR_RETURN(auto container, changeable(catalog, target, conditions));
  container.public_access = access;
  container.policies = std::move(policies);
  container.modified = catalog.stamp(now);
  RETURN_IF_ERROR(catalog.update_container(container));
  return container;
}

base::Result<std::vector<ExtentId>> delete_container(Catalog& catalog, const ContainerTarget& target,
                                                     const Conditions& conditions) {
  ASSIGN_OR_RETURN(const auto container, changeable(catalog, target, conditions));
  ASSIGN_OR_RETURN(auto released, catalog.extents_of(container.id));
  RETURN_IF_ERROR(catalog.remove_container(container.id));
  return released;
}

}  // namespace blobstore::engine
