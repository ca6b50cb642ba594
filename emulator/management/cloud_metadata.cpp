// What the cloud is and where its services are: read without authentication by clients that ask before they sign in
// (TES, Terraform by its metadata host). Most of these services are not here; the names are the cloud's.
#include "base/text.h"
#include "emulator/management/handlers.h"
#include "emulator/management/responses.h"
#include "emulator/names.h"

namespace emulator::management {
namespace {

using nlohmann::ordered_json;

/// From then on there is one object, before a list of clouds.
constexpr std::string_view kFirstOfOneCloud = "2022-09-01";

/// Who asked by an address signs in and goes on there.
struct Addresses {
  std::string login;
  std::string manager;
};
Addresses addresses_for(const http::Request& request) {
  const bool by_name = base::starts_with_ignoring_case(request.headers.get("Host"), kManagementHost);
  if (!by_name) return {request.base_url(), request.base_url() + "/"};
  return {"https://" + std::string(kLoginHost), "https://" + std::string(kManagementHost) + "/"};
}

ordered_json public_cloud(const Addresses& at) {
  return {{"portal", "https://portal.azure.com"},
          {"authentication",
           {{"loginEndpoint", at.login},
            {"audiences", {"https://management.core.windows.net/", "https://management.azure.com/"}},
            {"tenant", "common"},
            {"identityProvider", "AAD"}}},
          {"media", "https://rest.media.azure.net"},
          {"graphAudience", "https://graph.windows.net/"},
          {"graph", "https://graph.windows.net/"},
          {"name", "AzureCloud"},
          {"suffixes",
           {{"acrLoginServer", "azurecr.io"},
            {"sqlServerHostname", "database.windows.net"},
            {"keyVaultDns", "vault.azure.net"},
            {"storage", "core.windows.net"},
            {"storageSyncEndpointSuffix", "afs.azure.net"},
            {"mhsmDns", "managedhsm.azure.net"},
            {"mysqlServerEndpoint", "mysql.database.azure.com"},
            {"postgresqlServerEndpoint", "postgres.database.azure.com"},
            {"mariadbServerEndpoint", "mariadb.database.azure.com"},
            {"synapseAnalytics", "dev.azuresynapse.net"}}},
          {"batch", "https://batch.core.windows.net/"},
          {"resourceManager", at.manager},
          {"sqlManagement", "https://management.core.windows.net:8443/"},
          {"microsoftGraphResourceId", "https://graph.microsoft.com/"},
          {"appInsightsResourceId", "https://api.applicationinsights.io"},
          {"appInsightsTelemetryChannelResourceId", "https://dc.applicationinsights.azure.com/v2/track"},
          {"synapseAnalyticsResourceId", "https://dev.azuresynapse.net"},
          {"logAnalyticsResourceId", "https://api.loganalytics.io"},
          {"ossrDbmsResourceId", "https://ossrdbms-aad.database.windows.net"}};
}

}  // namespace

Answer get_cloud_metadata(Call& call) {
  auto cloud = public_cloud(addresses_for(*call.request));
  if (call.api_version >= kFirstOfOneCloud) co_return json_response(200, cloud);
  auto clouds = ordered_json::array();
  clouds.push_back(std::move(cloud));
  co_return json_response(200, clouds);
}

}  // namespace emulator::management
