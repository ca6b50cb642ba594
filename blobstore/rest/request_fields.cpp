// Each reader names its headers in one place and answers in the service's error words.
#include "blobstore/rest/request_fields.h"

#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;
using wire::blob::ErrorCode;

constexpr std::size_t kMd5Bytes = 16;
constexpr std::size_t kCrc64Bytes = 8;

/// Headers whose meaning is not offered; a client that sends one must not believe that it was heeded.
constexpr auto kUnoffered = std::to_array<std::string_view>(
    {"x-ms-if-tags", "x-ms-source-if-tags", "x-ms-immutability-policy-until-date", "x-ms-immutability-policy-mode",
     "x-ms-legal-hold", "x-ms-encryption-key", "x-ms-encryption-key-sha256", "x-ms-encryption-algorithm",
     "x-ms-source-encryption-key", "x-ms-encryption-scope", "x-ms-structured-body", "x-ms-expiry-option",
     "x-ms-expiry-time"});

std::optional<std::string> known_version(const http::Query& query, std::string_view parameter) {
  auto value = query.find(parameter);
  if (value && wire::blob::is_service_version(*value)) return value;
  return std::nullopt;
}

base::Result<std::optional<base::Timestamp>> read_date(const Call& call, std::string_view name) {
  const auto text = call.request.headers.find(name);
  if (!text || text->empty()) return std::optional<base::Timestamp>();
  const auto date = wire::parse_http_date(*text);
  if (date.has_error()) return wire::blob::invalid_header(name, *text);
  return std::optional(*date);
}

base::Result<std::optional<std::uint64_t>> read_number(const Call& call, std::string_view name) {
  const auto text = call.header(name);
  if (text.empty()) return std::optional<std::uint64_t>();
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return wire::blob::invalid_header(name, text);
  return std::optional(number);
}

/// The x-ms-blob-* header, or the plain one.
std::string either(const Call& call, std::string_view blob_header, std::string_view plain, bool plain_too) {
  if (const auto value = call.request.headers.find(blob_header)) return std::string(*value);
  return plain_too ? std::string(call.header(plain)) : std::string();
}

}  // namespace

base::Result<std::string> read_version(const http::Request& request, const http::Query& query, std::string_view usual) {
  if (const auto given = request.headers.find(header::kVersion)) {
    if (!wire::blob::is_service_version(*given)) return wire::blob::invalid_header(header::kVersion, *given);
    return std::string(*given);
  }
  if (auto given = known_version(query, "api-version")) return std::move(*given);
  if (auto given = known_version(query, "sv")) return std::move(*given);
  return std::string(usual);
}

base::Result<void> refuse_unoffered_headers(const http::Request& request) {
  for (const auto name : kUnoffered) {
    if (request.headers.find(name)) {
      return wire::blob::error(ErrorCode::NotImplemented, "The header " + std::string(name) + " is not implemented.",
                               {{"HeaderName", std::string(name)}});
    }
  }
  return {};
}

base::Result<engine::Conditions> read_conditions(const Call& call) {
  engine::Conditions conditions;
  conditions.if_match = engine::parse_etag_list(call.header("If-Match"));
  conditions.if_none_match = engine::parse_etag_list(call.header("If-None-Match"));
  ASSIGN_OR_RETURN(conditions.if_modified_since, read_date(call, "If-Modified-Since"));
  ASSIGN_OR_RETURN(conditions.if_unmodified_since, read_date(call, "If-Unmodified-Since"));
  return conditions;
}

base::Result<wire::blob::MetadataFields> read_metadata(const Call& call) {
  wire::blob::MetadataFields metadata;
  for (const auto& [name, value] : call.request.headers.fields()) {
    if (!base::starts_with_ignoring_case(name, header::kMetadataPrefix)) continue;
    metadata.emplace_back(name.substr(header::kMetadataPrefix.size()), value);
  }
  RETURN_IF_ERROR(engine::check_metadata(metadata));
  return metadata;
}

base::Result<std::string> parse_md5(std::string_view text) {
  if (text.empty()) return std::string();
  auto md5 = base::base64_decode(text);
  if (md5.has_error() || md5->size() != kMd5Bytes) return wire::blob::error(ErrorCode::InvalidMd5);
  return md5;
}

base::Result<engine::ContentHeaders> read_content_headers(const Call& call, bool plain_too) {
  engine::ContentHeaders content;
  content.type = either(call, "x-ms-blob-content-type", "Content-Type", plain_too);
  content.encoding = either(call, "x-ms-blob-content-encoding", "Content-Encoding", plain_too);
  content.language = either(call, "x-ms-blob-content-language", "Content-Language", plain_too);
  content.cache_control = either(call, "x-ms-blob-cache-control", "Cache-Control", plain_too);
  content.disposition = std::string(call.header("x-ms-blob-content-disposition"));
  ASSIGN_OR_RETURN(content.md5, parse_md5(call.header(header::kBlobContentMd5)));
  if (content.type.empty()) content.type = "application/octet-stream";
  return content;
}

base::Result<wire::blob::AccessTier> read_tier(const Call& call) {
  const auto text = call.request.headers.find(header::kAccessTier);
  // restic 0.18 sends the header empty with a block list that is to have no tier of its own.
  if (!text || text->empty()) return wire::blob::AccessTier::inferred_hot;
  if (base::equal_ignoring_case(*text, "Archive")) {
    return wire::blob::error(ErrorCode::NotImplemented, "The access tier Archive is not implemented.",
                             {{"HeaderName", std::string(header::kAccessTier)}});
  }
  const auto tier = wire::blob::parse_name<wire::blob::AccessTier>(*text);
  if (!tier) return wire::blob::invalid_header(header::kAccessTier, *text);
  return *tier;
}

base::Result<std::optional<engine::RangeRequest>> read_range(const Call& call) {
  ASSIGN_OR_RETURN(const auto range, read_range_of(call, header::kRange));
  return range ? range : read_range_of(call, "Range");
}

base::Result<std::optional<engine::RangeRequest>> read_range_of(const Call& call, std::string_view name) {
  const auto text = call.header(name);
  if (text.empty()) return std::optional<engine::RangeRequest>();
  const auto range = engine::parse_range(text);
  if (range.has_error()) return wire::blob::invalid_header(name, text);
  return std::optional(*range);
}

base::Result<engine::Conditions> read_source_conditions(const Call& call) {
  engine::Conditions conditions;
  conditions.if_match = engine::parse_etag_list(call.header("x-ms-source-if-match"));
  conditions.if_none_match = engine::parse_etag_list(call.header("x-ms-source-if-none-match"));
  ASSIGN_OR_RETURN(conditions.if_modified_since, read_date(call, "x-ms-source-if-modified-since"));
  ASSIGN_OR_RETURN(conditions.if_unmodified_since, read_date(call, "x-ms-source-if-unmodified-since"));
  return conditions;
}

base::Result<engine::AppendConditions> read_append_conditions(const Call& call) {
  engine::AppendConditions conditions;
  ASSIGN_OR_RETURN(conditions.position, read_number(call, "x-ms-blob-condition-appendpos"));
  ASSIGN_OR_RETURN(conditions.max_size, read_number(call, "x-ms-blob-condition-maxsize"));
  return conditions;
}

base::Result<wire::blob::Tags> read_tags(const Call& call) {
  const auto text = call.header(header::kTags);
  wire::blob::Tags tags;
  if (text.empty()) return tags;
  const auto query = http::Query::parse(text, true);
  if (query.has_error()) return wire::blob::invalid_header(header::kTags, text);
  tags = query->fields();
  RETURN_IF_ERROR(wire::blob::check_tags(tags));
  if (call.grant.sas && call.grant.sas->permissions.find('t') == std::string::npos) {
    return wire::blob::error(ErrorCode::AuthorizationPermissionMismatch);
  }
  std::ranges::sort(tags);
  return tags;
}

base::Result<Checksums> read_checksums(const Call& call, bool of_source) {
  const auto md5_name = of_source ? std::string_view("x-ms-source-content-md5") : std::string_view("Content-MD5");
  const auto crc64_name = of_source ? std::string_view("x-ms-source-content-crc64") : header::kContentCrc64;
  Checksums checksums;
  ASSIGN_OR_RETURN(checksums.md5, parse_md5(call.header(md5_name)));
  const auto crc64 = call.header(crc64_name);
  if (!crc64.empty()) {
    auto bytes = base::base64_decode(crc64);
    if (bytes.has_error() || bytes->size() != kCrc64Bytes) return wire::blob::invalid_header(crc64_name, crc64);
    // "Put Block": at most one of the two may be given.
    if (!checksums.md5.empty()) return wire::blob::error(ErrorCode::InvalidInput);
    checksums.crc64 = std::move(*bytes);
  }
  return checksums;
}

base::Result<std::uint64_t> read_length(const Call& call, std::uint64_t limit) {
  if (!call.request.content_length) return wire::blob::error(ErrorCode::MissingContentLengthHeader);
  if (*call.request.content_length > limit) {
    return wire::blob::error(ErrorCode::RequestBodyTooLarge, {{"MaxLimit", std::to_string(limit)}});
  }
  return *call.request.content_length;
}

base::Result<std::string> read_block_id(const Call& call) {
  const auto text = call.query.find("blockid");
  if (!text) {
    return wire::blob::error(ErrorCode::MissingRequiredQueryParameter, {{"QueryParameterName", "blockid"}});
  }
  auto id = base::base64_decode(*text);
  if (id.has_error() || id->empty()) {
    return wire::blob::invalid_query_parameter("blockid", *text, "Not a valid base64 string.");
  }
  if (id->size() > wire::blob::kMaxBlockIdBytes) {
    return wire::blob::error(ErrorCode::OutOfRangeInput,
                             {{"QueryParameterName", "blockid"}, {"QueryParameterValue", *text}});
  }
  return id;
}

base::Result<bool> read_flag(const Call& call, std::string_view name) {
  const auto text = call.header(name);
  if (text.empty() || base::equal_ignoring_case(text, "false")) return false;
  if (base::equal_ignoring_case(text, "true")) return true;
  return wire::blob::invalid_header(name, text);
}

}  // namespace blobstore::rest
