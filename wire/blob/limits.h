// The limits of the Blob service's public contract
// (https://learn.microsoft.com/rest/api/storageservices/, the operation's own page).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wire::blob {

inline constexpr std::uint64_t kMebibyte = 1024 * 1024;

// ---- names ("Naming and referencing containers, blobs, and metadata") ----
inline constexpr std::size_t kMinContainerNameLength = 3;
inline constexpr std::size_t kMaxContainerNameLength = 63;
inline constexpr std::size_t kMaxBlobNameLength = 1024;  ///< characters, counted here as UTF-8 sequences
inline constexpr std::size_t kMaxBlobPathSegments = 254;
/// Names and values together.
inline constexpr std::size_t kMaxMetadataBytes = 8 * 1024;
inline constexpr std::size_t kMaxClientRequestIdLength = 1024;

// ---- blocks ("Put Blob", "Put Block": limits grew with x-ms-version 2016-05-31 and 2019-12-12) ----
inline constexpr std::uint64_t kMaxPutBlobBytes = 5000 * kMebibyte;
inline constexpr std::uint64_t kMaxPutBlobBytes2016 = 256 * kMebibyte;
inline constexpr std::uint64_t kMaxPutBlobBytesOldest = 64 * kMebibyte;
inline constexpr std::uint64_t kMaxBlockBytes = 4000 * kMebibyte;
inline constexpr std::uint64_t kMaxBlockBytes2016 = 100 * kMebibyte;
inline constexpr std::uint64_t kMaxBlockBytesOldest = 4 * kMebibyte;
inline constexpr std::size_t kMaxBlockIdBytes = 64;  ///< before base64
inline constexpr std::size_t kMaxCommittedBlocks = 50'000;
inline constexpr std::size_t kMaxUncommittedBlocks = 100'000;
/// 50,000 entries with the longest ids need about 6 MiB; the rest is room for white space.
inline constexpr std::size_t kMaxBlockListBytes = 12 * kMebibyte;

// ---- reading ("Get Blob") ----
inline constexpr std::uint64_t kMaxRangeChecksumBytes = 4 * kMebibyte;

// ---- listing ("List Blobs", "List Containers") ----
inline constexpr std::uint32_t kMaxListResults = 5000;

// ---- the service ("Set Blob Service Properties", "Get User Delegation Key") ----
inline constexpr std::size_t kMaxCorsRules = 5;
inline constexpr std::size_t kMaxCorsItems = 64;       ///< origins or headers of a rule
inline constexpr std::size_t kMaxCorsItemBytes = 256;  ///< of one origin or header
inline constexpr std::size_t kMaxServiceDocumentBytes = 64 * 1024;
inline constexpr std::chrono::hours kMaxDelegationKeyLife{7 * 24};

// ---- tags ("Set Blob Tags") ----
inline constexpr std::size_t kMaxTags = 10;
inline constexpr std::size_t kMaxTagNameLength = 128;
inline constexpr std::size_t kMaxTagValueLength = 256;

// ---- append blobs ("Append Block": the limit grew with 2022-11-02) ----
inline constexpr std::uint64_t kMaxAppendBytes = 100 * kMebibyte;
inline constexpr std::uint64_t kMaxAppendBytesOldest = 4 * kMebibyte;
inline constexpr std::uint64_t kMaxAppendedBlocks = 50'000;

// ---- copies ("Copy Blob From URL") ----
inline constexpr std::uint64_t kMaxSyncCopyBytes = 256 * kMebibyte;

// ---- batches ("Blob Batch") ----
inline constexpr std::size_t kMaxBatchRequests = 256;
inline constexpr std::size_t kMaxBatchBytes = 4 * kMebibyte;

// ---- stored access policies ("Set Container ACL") ----
inline constexpr std::size_t kMaxAccessPolicies = 5;
inline constexpr std::size_t kMaxAccessPolicyIdLength = 64;
inline constexpr std::size_t kMaxAccessPolicyBytes = 64 * 1024;

}  // namespace wire::blob
