// Rows are searched in order: of those that share method, scope, restype and comp, the more particular come first.
// Source: blob-2024-08-04 of the service's OpenAPI documents, and the pages of operations it leaves out (Get Blob
// Metadata, Get Container Metadata).
#include "blobstore/rest/routes.h"

#include "base/text.h"
#include "blobstore/rest/handlers.h"
#include "wire/blob/errors.h"

#include <algorithm>
#include <array>

namespace blobstore::rest {
namespace {

using wire::blob::ErrorCode;
using wire::blob::PublicAccess;
using enum Scope;

constexpr Selector header_is(std::string_view name, std::string_view value) {
  return {Selector::Kind::header_is, name, value};
}
constexpr Selector with_header(std::string_view name) {
  return {Selector::Kind::header_given, name, {}};
}
/// A copy source, and this blob type.
constexpr Selector copying(std::string_view blob_type) {
  return {Selector::Kind::copy_of_type, "x-ms-blob-type", blob_type};
}
constexpr Selector with_parameter(std::string_view name) {
  return {Selector::Kind::parameter_given, name, {}};
}
constexpr Selector lease(std::string_view action) {
  return header_is("x-ms-lease-action", action);
}

constexpr Access kReadService{'s', "r"};
constexpr Access kWriteService{'s', "w", "", PublicAccess::none, true};
constexpr Access kListContainers{'s', "l"};
constexpr Access kReadContainer{'c', "r", "", PublicAccess::container};
constexpr Access kListBlobs{'c', "l", "l", PublicAccess::container};
constexpr Access kCreateContainer{'c', "cw", "", PublicAccess::none, true};
constexpr Access kWriteContainer{'c', "w", "", PublicAccess::none, true};
constexpr Access kDeleteContainer{'c', "d", "", PublicAccess::none, true};
constexpr Access kKeyReads{'c', "", ""};
constexpr Access kKeyWrites{'c', "", "", PublicAccess::none, true};
constexpr Access kReadBlob{'o', "r", "r", PublicAccess::blob};
constexpr Access kCreateBlob{'o', "cw", "cw", PublicAccess::none, true};
constexpr Access kWriteBlob{'o', "w", "w", PublicAccess::none, true};
constexpr Access kDeleteBlob{'o', "d", "d", PublicAccess::none, true};
constexpr Access kAppendBlob{'o', "aw", "aw", PublicAccess::none, true};
constexpr Access kFindInService{'s', "f"};
constexpr Access kFindInContainer{'c', "f", "f"};
constexpr Access kReadTags{'o', "t", "t"};
constexpr Access kWriteTags{'o', "t", "t", PublicAccess::none, true};
/// "Get Account Information": any SAS will do.
constexpr std::string_view kAnyPermission = "rwdxylacupmeoftiy";
constexpr Access kServiceInfo{'s', kAnyPermission};
constexpr Access kContainerInfo{'c', kAnyPermission, kAnyPermission};
constexpr Access kBlobInfo{'o', kAnyPermission, kAnyPermission};
/// What the requests inside may do is decided for each.
constexpr Access kServiceBatch{'s', kAnyPermission, "", PublicAccess::none, true};
constexpr Access kContainerBatch{'c', kAnyPermission, kAnyPermission, PublicAccess::none, true};
/// Of operations that are not offered nothing is decided but who asks.
constexpr Access kNotOffered{};

constexpr Selector kAlways{};
constexpr Handler kNone = nullptr;

constexpr auto kOperations = std::to_array<Operation>({
    // ---- service ----
    {"Service_SetProperties", "PUT", service, "service", "properties", kAlways, kWriteService, service_set_properties},
    {"Service_GetProperties", "GET", service, "service", "properties", kAlways, kReadService, service_get_properties},
    {"Service_GetStatistics", "GET", service, "service", "stats", kAlways, kReadService, service_get_statistics},
    {"Service_GetUserDelegationKey", "POST", service, "service", "userdelegationkey", kAlways, kKeyReads,
     service_get_user_delegation_key},
    {"Service_GetAccountInfo", "GET", service, "account", "properties", kAlways, kServiceInfo, get_account_info},
    {"Service_SubmitBatch", "POST", service, "", "batch", kAlways, kServiceBatch, service_submit_batch},
    {"Service_FilterBlobs", "GET", service, "", "blobs", kAlways, kFindInService, service_filter_blobs},
    {"Service_ListContainersSegment", "GET", service, "", "list", kAlways, kListContainers, service_list_containers},
    // ---- containers ----
    {"Container_Create", "PUT", container, "container", "", kAlways, kCreateContainer, container_create},
    {"Container_GetProperties", "GET", container, "container", "", kAlways, kReadContainer, container_get_properties},
    {"Container_Delete", "DELETE", container, "container", "", kAlways, kDeleteContainer, container_delete},
    {"Container_GetMetadata", "GET", container, "container", "metadata", kAlways, kReadContainer,
     container_get_metadata},
    {"Container_SetMetadata", "PUT", container, "container", "metadata", kAlways, kWriteContainer,
     container_set_metadata},
    {"Container_GetAccessPolicy", "GET", container, "container", "acl", kAlways, kKeyReads,
     container_get_access_policy},
    {"Container_SetAccessPolicy", "PUT", container, "container", "acl", kAlways, kKeyWrites,
     container_set_access_policy},
    {"Container_ListBlobFlatSegment", "GET", container, "container", "list", kAlways, kListBlobs, container_list_blobs},
    {"Container_Restore", "PUT", container, "container", "undelete", kAlways, kNotOffered, kNone},
    {"Container_Rename", "PUT", container, "container", "rename", kAlways, kNotOffered, kNone},
    {"Container_SubmitBatch", "POST", container, "container", "batch", kAlways, kContainerBatch,
     container_submit_batch},
    {"Container_FilterBlobs", "GET", container, "container", "blobs", kAlways, kFindInContainer,
     container_filter_blobs},
    {"Container_AcquireLease", "PUT", container, "container", "lease", lease("acquire"), kNotOffered, kNone},
    {"Container_ReleaseLease", "PUT", container, "container", "lease", lease("release"), kNotOffered, kNone},
    {"Container_RenewLease", "PUT", container, "container", "lease", lease("renew"), kNotOffered, kNone},
    {"Container_BreakLease", "PUT", container, "container", "lease", lease("break"), kNotOffered, kNone},
    {"Container_ChangeLease", "PUT", container, "container", "lease", lease("change"), kNotOffered, kNone},
    {"Container_Lease", "PUT", container, "container", "lease", kAlways, kNotOffered, kNone},
    {"Container_GetAccountInfo", "GET", container, "account", "properties", kAlways, kContainerInfo, get_account_info},
    // ---- blobs ----
    {"Blob_GetProperties", "HEAD", blob, "", "", kAlways, kReadBlob, blob_get_properties},
    {"Blob_Download", "GET", blob, "", "", kAlways, kReadBlob, blob_download},
    {"Blob_Delete", "DELETE", blob, "", "", kAlways, kDeleteBlob, blob_delete},
    {"Blob_GetMetadata", "GET", blob, "", "metadata", kAlways, kReadBlob, blob_get_metadata},
    {"Blob_SetMetadata", "PUT", blob, "", "metadata", kAlways, kWriteBlob, blob_set_metadata},
    {"PageBlob_Resize", "PUT", blob, "", "properties", with_header("x-ms-blob-content-length"), kNotOffered, kNone},
    {"PageBlob_UpdateSequenceNumber", "PUT", blob, "", "properties", with_header("x-ms-sequence-number-action"),
     kNotOffered, kNone},
    {"Blob_SetHTTPHeaders", "PUT", blob, "", "properties", kAlways, kWriteBlob, blob_set_http_headers},
    {"Blob_Undelete", "PUT", blob, "", "undelete", kAlways, kWriteBlob, blob_undelete},
    {"Blob_SetExpiry", "PUT", blob, "", "expiry", kAlways, kNotOffered, kNone},
    {"Blob_SetImmutabilityPolicy", "PUT", blob, "", "immutabilityPolicies", kAlways, kNotOffered, kNone},
    {"Blob_DeleteImmutabilityPolicy", "DELETE", blob, "", "immutabilityPolicies", kAlways, kNotOffered, kNone},
    {"Blob_SetLegalHold", "PUT", blob, "", "legalhold", kAlways, kNotOffered, kNone},
    {"Blob_AcquireLease", "PUT", blob, "", "lease", lease("acquire"), kNotOffered, kNone},
    {"Blob_ReleaseLease", "PUT", blob, "", "lease", lease("release"), kNotOffered, kNone},
    {"Blob_RenewLease", "PUT", blob, "", "lease", lease("renew"), kNotOffered, kNone},
    {"Blob_ChangeLease", "PUT", blob, "", "lease", lease("change"), kNotOffered, kNone},
    {"Blob_BreakLease", "PUT", blob, "", "lease", lease("break"), kNotOffered, kNone},
    {"Blob_Lease", "PUT", blob, "", "lease", kAlways, kNotOffered, kNone},
    {"Blob_CreateSnapshot", "PUT", blob, "", "snapshot", kAlways, kNotOffered, kNone},
    {"Blob_AbortCopyFromURL", "PUT", blob, "", "copy", kAlways, kWriteBlob, blob_abort_copy_from_url},
    {"Blob_SetTier", "PUT", blob, "", "tier", kAlways, kWriteBlob, blob_set_tier},
    {"Blob_GetAccountInfo", "GET", blob, "account", "properties", kAlways, kBlobInfo, get_account_info},
    {"Blob_Query", "POST", blob, "", "query", kAlways, kNotOffered, kNone},
    {"Blob_GetTags", "GET", blob, "", "tags", kAlways, kReadTags, blob_get_tags},
    {"Blob_SetTags", "PUT", blob, "", "tags", kAlways, kWriteTags, blob_set_tags},
    // ---- block blobs ----
    {"BlockBlob_StageBlockFromURL", "PUT", blob, "", "block", with_header("x-ms-copy-source"), kWriteBlob,
     block_blob_stage_block_from_url},
    {"BlockBlob_StageBlock", "PUT", blob, "", "block", kAlways, kWriteBlob, block_blob_stage_block},
    {"BlockBlob_CommitBlockList", "PUT", blob, "", "blocklist", kAlways, kWriteBlob, block_blob_commit_block_list},
    {"BlockBlob_GetBlockList", "GET", blob, "", "blocklist", kAlways, kReadBlob, block_blob_get_block_list},
    // ---- page blobs and append blobs ----
    {"PageBlob_UploadPagesFromURL", "PUT", blob, "", "page", with_header("x-ms-copy-source"), kNotOffered, kNone},
    {"PageBlob_ClearPages", "PUT", blob, "", "page", header_is("x-ms-page-write", "clear"), kNotOffered, kNone},
    {"PageBlob_UploadPages", "PUT", blob, "", "page", kAlways, kNotOffered, kNone},
    {"PageBlob_GetPageRangesDiff", "GET", blob, "", "pagelist", with_parameter("prevsnapshot"), kNotOffered, kNone},
    {"PageBlob_GetPageRanges", "GET", blob, "", "pagelist", kAlways, kNotOffered, kNone},
    {"PageBlob_CopyIncremental", "PUT", blob, "", "incrementalcopy", kAlways, kNotOffered, kNone},
    {"AppendBlob_AppendBlockFromUrl", "PUT", blob, "", "appendblock", with_header("x-ms-copy-source"), kAppendBlob,
     append_blob_append_block_from_url},
    {"AppendBlob_AppendBlock", "PUT", blob, "", "appendblock", kAlways, kAppendBlob, append_blob_append_block},
    {"AppendBlob_Seal", "PUT", blob, "", "seal", kAlways, kWriteBlob, append_blob_seal},
    // ---- Put Blob and its relatives, told apart by headers ----
    {"PageBlob_Create", "PUT", blob, "", "", header_is("x-ms-blob-type", "PageBlob"), kNotOffered, kNone},
    {"AppendBlob_Create", "PUT", blob, "", "", header_is("x-ms-blob-type", "AppendBlob"), kCreateBlob,
     append_blob_create},
    {"Blob_CopyFromURL", "PUT", blob, "", "", with_header("x-ms-requires-sync"), kCreateBlob, blob_copy_from_url},
    {"BlockBlob_PutBlobFromUrl", "PUT", blob, "", "", copying("BlockBlob"), kCreateBlob, block_blob_put_blob_from_url},
    {"Blob_StartCopyFromURL", "PUT", blob, "", "", with_header("x-ms-copy-source"), kCreateBlob,
     blob_start_copy_from_url},
    {"BlockBlob_Upload", "PUT", blob, "", "", kAlways, kCreateBlob, block_blob_upload},
});

bool selects(const Selector& selector, const Call& call) {
  switch (selector.kind) {
    case Selector::Kind::always: return true;
    case Selector::Kind::header_is: return base::equal_ignoring_case(call.header(selector.name), selector.value);
    case Selector::Kind::header_given: return call.request.headers.find(selector.name).has_value();
    case Selector::Kind::copy_of_type:
      return call.request.headers.find("x-ms-copy-source") &&
             base::equal_ignoring_case(call.header(selector.name), selector.value);
    case Selector::Kind::parameter_given: return call.query.find(selector.name).has_value();
  }
  return false;
}

Scope scope_of(const Call& call) {
  if (call.address.container.empty()) return service;
  return call.address.blob.empty() ? container : blob;
}

bool answers(const Operation& operation, std::string_view method) {
  return operation.method == method || (operation.method == "GET" && method == "HEAD");
}

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

base::Result<const Operation*> find_operation(const Call& call) {
  const Scope scope = scope_of(call);
  const std::string comp = call.parameter("comp");
  // "restype=service" may be left out of nothing, "restype=container" is only a hint on lists of the service.
  const std::string restype = scope == service && comp == "list" ? std::string() : call.parameter("restype");
  bool fits_but_for_method = false;
  for (const auto& operation : kOperations) {
    if (operation.scope != scope || !base::equal_ignoring_case(operation.comp, comp) ||
        !base::equal_ignoring_case(operation.restype, restype)) {
      continue;
    }
    if (!answers(operation, call.request.method)) {
      fits_but_for_method = true;
    } else if (selects(operation.selector, call)) {
      return &operation;
    }
  }
  if (fits_but_for_method) return wire::blob::error(ErrorCode::UnsupportedHttpVerb);
  if (!comp.empty()) return wire::blob::invalid_query_parameter("comp", comp, "no operation has this value here");
  return wire::blob::invalid_query_parameter("restype", restype, "no operation has this value here");
}

}  // namespace blobstore::rest
