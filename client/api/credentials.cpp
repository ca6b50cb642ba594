#include "client/api/credentials.h"

#include "base/text.h"

namespace client::api {
namespace {

constexpr std::string_view kPublicCloud = "core.windows.net";

base::Error incomplete(std::string_view what) {
  return {base::Errc::invalid_argument, "reading the storage account's settings: " + std::string(what)};
}

struct ConnectionSettings {
  std::string name;
  std::string key;
  std::string protocol = "https";
  std::string suffix{kPublicCloud};
  std::string blob_url;
};

ConnectionSettings split_settings(std::string_view text) {
  ConnectionSettings settings;
  for (const auto& part : base::split(text, ';')) {
    const auto equals = part.find('=');  // the first: a key in base64 may end with more
    if (equals == std::string::npos) continue;
    const auto name = base::lower_case(base::trim(std::string_view(part).substr(0, equals)));
    const auto value = std::string(base::trim(std::string_view(part).substr(equals + 1)));
    if (name == "accountname") settings.name = value;
    if (name == "accountkey") settings.key = value;
    if (name == "defaultendpointsprotocol") settings.protocol = value;
    if (name == "endpointsuffix") settings.suffix = value;
    if (name == "blobendpoint") settings.blob_url = value;
  }
  return settings;
}

}  // namespace

std::string StorageAccount::container_url(std::string_view container) const {
  return blob_url + "/" + base::percent_encode(container, "$");
}

base::Result<StorageAccount> storage_account(std::string_view name, std::string_view base64_key,
                                             std::string_view blob_url) {
  if (name.empty()) return incomplete("the account's name is missing");
  auto key = base::base64_decode(base64_key);
  if (key.has_error() || key->empty()) return incomplete("the account's key is missing or not base64");
  std::string url(blob_url);
  if (url.empty()) url = "https://" + std::string(name) + ".blob." + std::string(kPublicCloud);
  while (url.ends_with('/')) url.pop_back();
  return StorageAccount{.name = std::string(name), .key = *std::move(key), .blob_url = std::move(url)};
}

base::Result<StorageAccount> parse_connection_string(std::string_view text) {
  auto settings = split_settings(text);
  if (settings.blob_url.empty() && !settings.name.empty()) {
    settings.blob_url = settings.protocol + "://" + settings.name + ".blob." + settings.suffix;
  }
  return storage_account(settings.name, settings.key, settings.blob_url);
}

}  // namespace client::api
