// The operations that are offered, under the names of the service's OpenAPI document.
#pragma once

#include "blobstore/rest/bodies.h"
#include "blobstore/rest/call.h"

namespace blobstore::rest {

// service.cpp
Answer service_get_properties(Backend& backend, Call& call);
Answer service_set_properties(Backend& backend, Call& call);
Answer service_get_statistics(Backend& backend, Call& call);
Answer get_account_info(Backend& backend, Call& call);

// append_blobs.cpp
Answer append_blob_create(Backend& backend, Call& call);
Answer append_blob_append_block(Backend& backend, Call& call);
Answer append_blob_seal(Backend& backend, Call& call);
/// Adds bytes that lie in an extent; without checksums in the answer.
Answer append_received(Backend& backend, Call& call, Received received);

// batch.cpp
Answer service_submit_batch(Backend& backend, Call& call);
Answer container_submit_batch(Backend& backend, Call& call);

// copies.cpp
Answer blob_start_copy_from_url(Backend& backend, Call& call);
Answer blob_copy_from_url(Backend& backend, Call& call);
Answer blob_abort_copy_from_url(Backend& backend, Call& call);
Answer block_blob_put_blob_from_url(Backend& backend, Call& call);
Answer block_blob_stage_block_from_url(Backend& backend, Call& call);
Answer append_blob_append_block_from_url(Backend& backend, Call& call);

// find_by_tags.cpp
Answer service_filter_blobs(Backend& backend, Call& call);
Answer container_filter_blobs(Backend& backend, Call& call);

// tags.cpp
Answer blob_get_tags(Backend& backend, Call& call);
Answer blob_set_tags(Backend& backend, Call& call);
Answer blob_set_tier(Backend& backend, Call& call);
Answer blob_undelete(Backend& backend, Call& call);

// user_delegation.cpp
Answer service_get_user_delegation_key(Backend& backend, Call& call);

// lists.cpp
Answer service_list_containers(Backend& backend, Call& call);
Answer container_list_blobs(Backend& backend, Call& call);

// containers.cpp
Answer container_create(Backend& backend, Call& call);
Answer container_get_properties(Backend& backend, Call& call);
Answer container_get_metadata(Backend& backend, Call& call);
Answer container_set_metadata(Backend& backend, Call& call);
Answer container_get_access_policy(Backend& backend, Call& call);
Answer container_set_access_policy(Backend& backend, Call& call);
Answer container_delete(Backend& backend, Call& call);

// blobs.cpp
Answer blob_download(Backend& backend, Call& call);
Answer blob_get_properties(Backend& backend, Call& call);
Answer blob_get_metadata(Backend& backend, Call& call);
Answer blob_set_metadata(Backend& backend, Call& call);
Answer blob_set_http_headers(Backend& backend, Call& call);
Answer blob_delete(Backend& backend, Call& call);

// block_blobs.cpp
Answer block_blob_upload(Backend& backend, Call& call);
Answer block_blob_stage_block(Backend& backend, Call& call);
Answer block_blob_commit_block_list(Backend& backend, Call& call);
Answer block_blob_get_block_list(Backend& backend, Call& call);

}  // namespace blobstore::rest
