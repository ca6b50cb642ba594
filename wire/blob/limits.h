// The limits of the Blob service's public contract
// (https://learn.microsoft.com/rest/api/storageservices/, the operation's own page).
#pragma once

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

// ---- stored access policies ("Set Container ACL") ----
inline constexpr std::size_t kMaxAccessPolicies = 5;
inline constexpr std::size_t kMaxAccessPolicyIdLength = 64;
inline constexpr std::size_t kMaxAccessPolicyBytes = 64 * 1024;

}  // namespace wire::blob
