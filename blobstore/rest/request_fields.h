// What requests say in headers and query parameters, read into the engine's words.
#pragma once

#include "base/result.h"
#include "blobstore/engine/append.h"
#include "blobstore/engine/blob.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/engine/ranges.h"
#include "blobstore/rest/call.h"
#include "wire/blob/vocabulary.h"

#include <cstdint>
#include <optional>
#include <string>

namespace blobstore::rest {

/// x-ms-version, else `api-version` or `sv` of a SAS, else `usual`. InvalidHeaderValue for one that is not known.
base::Result<std::string> read_version(const http::Request& request, const http::Query& query, std::string_view usual);
/// NotImplemented, by name, for a header that asks for what is not offered (tags, encryption keys, immutability ...).
base::Result<void> refuse_unoffered_headers(const http::Request& request);

/// If-Match and the other three. InvalidHeaderValue for a date that is none.
base::Result<engine::Conditions> read_conditions(const Call& call);
/// x-ms-meta-*, checked.
base::Result<wire::blob::MetadataFields> read_metadata(const Call& call);
/// x-ms-blob-content-type and its kind; with `plain_too`, Content-Type and its kind where those are absent.
base::Result<engine::ContentHeaders> read_content_headers(const Call& call, bool plain_too);
/// x-ms-access-tier; archive is refused by name.
base::Result<wire::blob::AccessTier> read_tier(const Call& call);
/// x-ms-range, else Range; absent: the whole blob.
base::Result<std::optional<engine::RangeRequest>> read_range(const Call& call);
/// The range in a header of this name.
base::Result<std::optional<engine::RangeRequest>> read_range_of(const Call& call, std::string_view name);
/// x-ms-source-if-match and the other three.
base::Result<engine::Conditions> read_source_conditions(const Call& call);
base::Result<engine::AppendConditions> read_append_conditions(const Call& call);
/// x-ms-tags, checked and sorted. AuthorizationPermissionMismatch when a SAS does not allow tags.
base::Result<wire::blob::Tags> read_tags(const Call& call);

/// What the body must be: Content-MD5 and x-ms-content-crc64, raw; empty when not given.
struct Checksums {
  std::string md5;
  std::string crc64;
};
/// With `of_source`: x-ms-source-content-md5 and -crc64, which speak of the bytes that are copied.
base::Result<Checksums> read_checksums(const Call& call, bool of_source = false);
/// Content-Length of an upload: MissingContentLengthHeader without one, RequestBodyTooLarge past `limit`.
base::Result<std::uint64_t> read_length(const Call& call, std::uint64_t limit);
/// The parameter blockid, raw. MissingRequiredQueryParameter, InvalidQueryParameterValue, OutOfRangeInput.
base::Result<std::string> read_block_id(const Call& call);
/// A header or parameter that is true, false or absent.
base::Result<bool> read_flag(const Call& call, std::string_view header);
/// The sixteen bytes of an MD5 in base64 (InvalidMd5), or nothing for "".
base::Result<std::string> parse_md5(std::string_view text);

}  // namespace blobstore::rest
