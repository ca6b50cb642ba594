// The operations that are offered, under the names of the service's OpenAPI document.
#pragma once

#include "blobstore/rest/call.h"

namespace blobstore::rest {

// service.cpp
Answer service_get_properties(Backend& backend, Call& call);

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
