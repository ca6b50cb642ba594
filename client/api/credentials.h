// Credentials: who a program is to the Blob service, from a connection string or from name and key.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace client::api {

/// A storage account, its key, and where its Blob service is.
struct StorageAccount {
  std::string name;
  std::string key;       ///< raw bytes, already decoded
  std::string blob_url;  ///< "https://account.blob.core.windows.net" or "http://127.0.0.1:10000/account", no last slash

  [[nodiscard]] std::string container_url(std::string_view container) const;
};

/// Reads "DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...;EndpointSuffix=..." or one with
/// BlobEndpoint=... Names ignore case, order is free, unknown settings are left alone. invalid_argument when name, key
/// or address is missing or no base64; the message never holds the key.
base::Result<StorageAccount> parse_connection_string(std::string_view text);

/// An account from the two settings that the article's programs have: the key in base64; without `blob_url` the public
/// cloud's address.
base::Result<StorageAccount> storage_account(std::string_view name, std::string_view base64_key,
                                             std::string_view blob_url = {});

}  // namespace client::api
