// Header names and order follow recordings of the live service.
#include "blobstore/rest/responses.h"

#include "base/text.h"
#include "blobstore/engine/conditions.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/time_text.h"

#include <algorithm>

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;

void add(http::Response& response, std::string_view name, std::string value) {
  response.headers.add(std::string(name), std::move(value));
}

/// The SAS's value where it gives one, else the blob's, if any.
void add_content(http::Response& response, std::string_view name, const std::string& own, const std::string* replaced) {
  const std::string& value = replaced && !replaced->empty() ? *replaced : own;
  if (!value.empty()) add(response, name, value);
}

void add_copy(http::Response& response, const engine::Blob& blob) {
  const auto size = std::to_string(blob.size);
  add(response, header::kCopyId, blob.copy.id);
  add(response, header::kCopySource, blob.copy.source);
  add(response, header::kCopyStatus, "success");
  add(response, "x-ms-copy-progress", size + "/" + size);
  add(response, "x-ms-copy-completion-time", wire::print_http_date(blob.copy.completed));
}

}  // namespace

http::Response empty_response(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response xml_response(std::string document) {
  http::Response response;
  add(response, "Content-Type", "application/xml");
  response.text = std::move(document);
  response.chunked = true;
  return response;
}

std::string quoted_etag(base::Timestamp modified) {
  return "\"" + engine::etag_text(modified) + "\"";
}

void add_version(http::Response& response, base::Timestamp modified) {
  add(response, "ETag", quoted_etag(modified));
  add(response, "Last-Modified", wire::print_http_date(modified));
}

void add_metadata(http::Response& response, const wire::blob::MetadataFields& metadata) {
  for (const auto& [name, value] : metadata) add(response, std::string(header::kMetadataPrefix) + name, value);
}

void add_lease(http::Response& response) {
  add(response, header::kLeaseStatus, std::string(wire::blob::kLeaseUnlocked));
  add(response, header::kLeaseState, std::string(wire::blob::kLeaseAvailable));
}

void add_blob_headers(http::Response& response, const engine::Blob& blob, const std::optional<wire::blob::Sas>& sas) {
  add_content(response, "Content-Type", blob.content.type, sas ? &sas->content_type : nullptr);
  add_content(response, "Content-Encoding", blob.content.encoding, sas ? &sas->content_encoding : nullptr);
  add_content(response, "Content-Language", blob.content.language, sas ? &sas->content_language : nullptr);
  add_content(response, "Cache-Control", blob.content.cache_control, sas ? &sas->cache_control : nullptr);
  add_content(response, "Content-Disposition", blob.content.disposition, sas ? &sas->content_disposition : nullptr);
  add(response, "Accept-Ranges", "bytes");
  add_version(response, blob.modified);
  add(response, header::kCreationTime, wire::print_http_date(blob.created));
  const bool is_append = blob.kind == engine::BlobKind::append;
  add(response, header::kBlobType, std::string(is_append ? wire::blob::kAppendBlob : wire::blob::kBlockBlob));
  if (is_append) add(response, "x-ms-blob-committed-block-count", std::to_string(blob.appended));
  if (blob.sealed) add(response, "x-ms-blob-sealed", "true");
  if (!blob.tags.empty()) add(response, "x-ms-tag-count", std::to_string(blob.tags.size()));
  if (!blob.copy.id.empty()) add_copy(response, blob);
  add_lease(response);
  add(response, header::kServerEncrypted, "true");
  add_metadata(response, blob.metadata);
}

http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now) {
  auto answer = wire::blob::answer_for(error, request.request_id, now);
  http::Response response;
  response.status = answer.status;
  response.reason = std::move(answer.reason);
  add(response, header::kErrorCode, std::string(wire::blob::row_of(answer.code).name));
  // A 304 and the answer to a HEAD have no body; the code travels in the header.
  if (answer.status == 304 || request.method == "HEAD") return response;
  add(response, "Content-Type", "application/xml");
  response.text = std::move(answer.body);
  return response;
}

void add_challenge(http::Response& response, const BlobServiceOptions& options) {
  constexpr int kUnauthorized = 401;
  if (response.status != kUnauthorized) return;
  add(response, "WWW-Authenticate",
      options.verify_token ? "Bearer authorization_uri=https://login.microsoftonline.com/" + options.tenant +
                                 "/oauth2/authorize resource_id=https://storage.azure.com"
                           : "SharedKey");
}

void add_common_headers(http::Response& response, const http::Request& request, std::string_view version) {
  add(response, header::kRequestId, request.request_id);
  add(response, header::kVersion, std::string(version));
  const auto client_id = request.headers.get(header::kClientRequestId);
  const bool visible = std::ranges::all_of(client_id, [](char c) { return c > ' ' && c <= '~'; });
  if (!client_id.empty() && visible && client_id.size() <= wire::blob::kMaxClientRequestIdLength) {
    add(response, header::kClientRequestId, std::string(client_id));
  }
}

}  // namespace blobstore::rest
