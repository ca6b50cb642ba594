// Answers in the service's form: the headers that all have, and those of containers and blobs.
#pragma once

#include "blobstore/engine/blob.h"
#include "blobstore/engine/container.h"
#include "blobstore/rest/call.h"
#include "http/message.h"

#include <string>
#include <string_view>

namespace blobstore::rest {

/// An answer without a body.
http::Response empty_response(int status);
/// 200 with an XML document, sent in chunks as the service does.
http::Response xml_response(std::string document);

/// ETag and Last-Modified.
void add_version(http::Response& response, base::Timestamp modified);
std::string quoted_etag(base::Timestamp modified);
void add_metadata(http::Response& response, const wire::blob::MetadataFields& metadata);
/// Lease state and status: no lease was ever taken.
void add_lease(http::Response& response);
/// Everything a GET or HEAD of a blob shows, `sas` replacing what it replaces. Content-MD5 is the caller's.
void add_blob_headers(http::Response& response, const engine::Blob& blob, const std::optional<wire::blob::Sas>& sas);

/// The failure as an XML answer; the one place where an error becomes a response.
http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now);
/// What a 401 asks for: a token of this tenant, or a signature where no token is accepted.
void add_challenge(http::Response& response, const BlobServiceOptions& options);
/// Request id, version and client request id, on every answer.
void add_common_headers(http::Response& response, const http::Request& request, std::string_view version);

}  // namespace blobstore::rest
