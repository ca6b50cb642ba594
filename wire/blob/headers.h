// Header and query names of the Blob service, spelt as the service spells them.
#pragma once

#include <string_view>

namespace wire::blob {

namespace header {
inline constexpr std::string_view kVersion = "x-ms-version";
inline constexpr std::string_view kDate = "x-ms-date";
inline constexpr std::string_view kRequestId = "x-ms-request-id";
inline constexpr std::string_view kClientRequestId = "x-ms-client-request-id";
inline constexpr std::string_view kErrorCode = "x-ms-error-code";
inline constexpr std::string_view kMetadataPrefix = "x-ms-meta-";
inline constexpr std::string_view kBlobType = "x-ms-blob-type";
inline constexpr std::string_view kPublicAccess = "x-ms-blob-public-access";
inline constexpr std::string_view kLeaseId = "x-ms-lease-id";
inline constexpr std::string_view kLeaseState = "x-ms-lease-state";
inline constexpr std::string_view kLeaseStatus = "x-ms-lease-status";
inline constexpr std::string_view kCreationTime = "x-ms-creation-time";
inline constexpr std::string_view kServerEncrypted = "x-ms-server-encrypted";
inline constexpr std::string_view kRequestServerEncrypted = "x-ms-request-server-encrypted";
inline constexpr std::string_view kContentCrc64 = "x-ms-content-crc64";
inline constexpr std::string_view kBlobContentMd5 = "x-ms-blob-content-md5";
inline constexpr std::string_view kBlobContentLength = "x-ms-blob-content-length";
inline constexpr std::string_view kRange = "x-ms-range";
inline constexpr std::string_view kRangeGetMd5 = "x-ms-range-get-content-md5";
inline constexpr std::string_view kRangeGetCrc64 = "x-ms-range-get-content-crc64";
inline constexpr std::string_view kAccessTier = "x-ms-access-tier";
inline constexpr std::string_view kAccessTierInferred = "x-ms-access-tier-inferred";
inline constexpr std::string_view kDeleteSnapshots = "x-ms-delete-snapshots";
inline constexpr std::string_view kDeleteTypePermanent = "x-ms-delete-type-permanent";
inline constexpr std::string_view kCopySource = "x-ms-copy-source";
inline constexpr std::string_view kCopySourceAuthorization = "x-ms-copy-source-authorization";
inline constexpr std::string_view kCopyId = "x-ms-copy-id";
inline constexpr std::string_view kCopyStatus = "x-ms-copy-status";
inline constexpr std::string_view kTags = "x-ms-tags";
inline constexpr std::string_view kHasImmutabilityPolicy = "x-ms-has-immutability-policy";
inline constexpr std::string_view kHasLegalHold = "x-ms-has-legal-hold";
inline constexpr std::string_view kDefaultEncryptionScope = "x-ms-default-encryption-scope";
inline constexpr std::string_view kDenyScopeOverride = "x-ms-deny-encryption-scope-override";
}  // namespace header

/// Blob type, lease state and status of a blob or container that no lease has ever touched, as they go out.
inline constexpr std::string_view kBlockBlob = "BlockBlob";
inline constexpr std::string_view kAppendBlob = "AppendBlob";
inline constexpr std::string_view kLeaseAvailable = "available";
inline constexpr std::string_view kLeaseUnlocked = "unlocked";

}  // namespace wire::blob
