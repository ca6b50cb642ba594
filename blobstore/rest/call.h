// One request on its way through the service: what is known of it so far, and what its handler may use.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "blobstore/blob_service.h"
#include "blobstore/engine/blob.h"
#include "blobstore/engine/container.h"
#include "blobstore/rest/address.h"
#include "blobstore/rest/cors.h"
#include "blobstore/store/collector.h"
#include "blobstore/store/extent_store.h"
#include "blobstore/store/metadata_store.h"
#include "http/message.h"
#include "http/router.h"
#include "wire/blob/headers.h"
#include "wire/blob/sas.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace blobstore::rest {

struct Operation;

/// What every handler stands on; owned by the service, outlives every call.
struct Backend {
  base::Workers& workers;
  const base::Clock& clock;
  const BlobServiceOptions& options;
  std::unique_ptr<store::MetadataStore> metadata;
  std::shared_ptr<store::ExtentStore> extents;
  std::shared_ptr<store::Collector> collector;
  std::shared_ptr<CorsTable> cors = std::make_shared<CorsTable>();
};

/// What the request's authorization allows beyond its operation.
struct Grant {
  std::optional<wire::blob::Sas> sas;             ///< its response headers replace the blob's
  bool may_overwrite = true;                      ///< false: a SAS that may create blobs but not replace them
  std::optional<wire::entra::Identity> identity;  ///< whom the bearer token speaks for
  bool with_key = false;                          ///< SharedKey: the account's owner
};

struct Call {
  http::Request& request;
  base::Timestamp now;  ///< of the whole request
  Address address;
  http::Query query;
  std::string version;  ///< x-ms-version in force
  const Operation* operation = nullptr;
  Grant grant;

  [[nodiscard]] std::string_view header(std::string_view name) const { return request.headers.get(name); }
  /// A query parameter, or "".
  [[nodiscard]] std::string parameter(std::string_view name) const { return query.find(name).value_or(std::string()); }
  [[nodiscard]] engine::ContainerTarget container_target() const {
    return {address.account, address.container, std::string(header(wire::blob::header::kLeaseId))};
  }
  [[nodiscard]] engine::BlobTarget blob_target() const {
    return {address.account, address.container, address.blob, std::string(header(wire::blob::header::kLeaseId))};
  }
};

/// What a handler gives back. A coroutine; Backend and Call outlive it.
using Answer = base::Async<base::Result<http::Response>>;
using Handler = Answer (*)(Backend&, Call&);

}  // namespace blobstore::rest
