// Names are those of the published descriptions of Microsoft.Batch, Microsoft.Storage and Microsoft.Resources.
#include "emulator/management/operation.h"

#include "base/text.h"
#include "emulator/management/handlers.h"

#include <algorithm>
#include <array>

namespace emulator::management {
namespace {

constexpr std::string_view kApplication = "/applications/{applicationName}";
constexpr std::string_view kPackage = "/applications/{applicationName}/versions/{versionName}";
constexpr std::string_view kActivate = "/applications/{applicationName}/versions/{versionName}/activate";
constexpr std::string_view kPool = "/pools/{poolName}";
constexpr std::string_view kCertificate = "/certificates/{certificateName}";
constexpr std::string_view kConnection = "/privateendpointconnections/{connectionName}";
constexpr std::string_view kPerimeter = "/networksecurityperimeterconfigurations";
constexpr std::string_view kStorageAccount = "/storageaccounts/{accountName}";
constexpr std::string_view kRole = "/providers/microsoft.authorization/roleassignments/{roleAssignmentName}";
constexpr std::string_view kDeployment = "/providers/microsoft.resources/deployments/{deploymentName}";

constexpr auto kOperations = std::to_array<Operation>({
    {"Metadata_GetEndpoints", Provider::resources, "GET", Scope::tenant, "/metadata/endpoints", &get_cloud_metadata,
     true},
    {"Subscriptions_List", Provider::resources, "GET", Scope::tenant, "/subscriptions", &list_subscriptions},
    {"Tenants_List", Provider::resources, "GET", Scope::tenant, "/tenants", &list_tenants},
    {"Providers_ListAtTenantScope", Provider::resources, "GET", Scope::tenant, "/providers", &list_providers},
    {"Operations_List", Provider::batch, "GET", Scope::tenant, "/providers/microsoft.batch/operations",
     &list_batch_operations},
    {"Subscriptions_Get", Provider::resources, "GET", Scope::subscription, "", &get_subscription},
    {"Subscriptions_ListLocations", Provider::resources, "GET", Scope::subscription, "/locations", &list_locations},
    {"Providers_List", Provider::resources, "GET", Scope::subscription, "/providers", &list_providers},
    {"Providers_Get", Provider::resources, "GET", Scope::subscription, "/providers/{providerNamespace}", &get_provider},
    {"Providers_Register", Provider::resources, "POST", Scope::subscription, "/providers/{providerNamespace}/register",
     &register_provider},
    {"Providers_Unregister", Provider::resources, "POST", Scope::subscription,
     "/providers/{providerNamespace}/unregister", nullptr},
    {"Resources_List", Provider::resources, "GET", Scope::subscription, "/resources", &list_resources},
    {"Resources_ListByResourceGroup", Provider::resources, "GET", Scope::group, "/resources", &list_resources},
    {"ResourceGroups_List", Provider::resources, "GET", Scope::subscription, "/resourcegroups", &list_groups},
    {"ResourceGroups_Get", Provider::resources, "GET", Scope::group, "", &get_group},
    {"ResourceGroups_CheckExistence", Provider::resources, "HEAD", Scope::group, "", &group_exists},
    {"ResourceGroups_CreateOrUpdate", Provider::resources, "PUT", Scope::group, "", &put_group},
    {"ResourceGroups_Update", Provider::resources, "PATCH", Scope::group, "", nullptr},
    {"ResourceGroups_Delete", Provider::resources, "DELETE", Scope::group, "", &delete_group},
    {"ResourceGroups_ExportTemplate", Provider::resources, "POST", Scope::group, "/exporttemplate", nullptr},
    {"Deployments_CreateOrUpdate", Provider::resources, "PUT", Scope::group, kDeployment, nullptr},
    {"Deployments_Get", Provider::resources, "GET", Scope::group, kDeployment, nullptr},
    {"RoleAssignments_Create", Provider::resources, "PUT", Scope::subscription, kRole, nullptr},
    {"RoleAssignments_Create", Provider::resources, "PUT", Scope::group, kRole, nullptr},
    {"RoleAssignments_Create", Provider::resources, "PUT", Scope::batch_account, kRole, nullptr},

    {"BatchAccount_List", Provider::batch, "GET", Scope::batch, "/batchaccounts", &list_batch_accounts},
    {"BatchAccount_ListByResourceGroup", Provider::batch, "GET", Scope::batch_in_group, "/batchaccounts",
     &list_batch_accounts_of_group},
    {"BatchAccount_Create", Provider::batch, "PUT", Scope::batch_in_group, "/batchaccounts/{accountName}",
     &create_batch_account},
    {"BatchAccount_Get", Provider::batch, "GET", Scope::batch_account, "", &get_batch_account},
    {"BatchAccount_Update", Provider::batch, "PATCH", Scope::batch_account, "", &update_batch_account},
    {"BatchAccount_Delete", Provider::batch, "DELETE", Scope::batch_in_group, "/batchaccounts/{accountName}",
     &delete_batch_account},
    {"BatchAccount_GetOperationResult", Provider::batch, "GET", Scope::batch_in_group,
     "/batchaccounts/{accountName}/operationresults/{operationId}", &get_batch_account_operation_result},
    {"BatchAccount_GetKeys", Provider::batch, "POST", Scope::batch_account, "/listkeys", &get_batch_account_keys},
    {"BatchAccount_RegenerateKey", Provider::batch, "POST", Scope::batch_account, "/regeneratekeys",
     &regenerate_batch_account_key},
    {"BatchAccount_SynchronizeAutoStorageKeys", Provider::batch, "POST", Scope::batch_account, "/syncautostoragekeys",
     &synchronize_auto_storage_keys},
    {"BatchAccount_ListOutboundNetworkDependenciesEndpoints", Provider::batch, "GET", Scope::batch_account,
     "/outboundnetworkdependenciesendpoints", &list_nothing},
    {"BatchAccount_ListDetectors", Provider::batch, "GET", Scope::batch_account, "/detectors", nullptr},
    {"BatchAccount_GetDetector", Provider::batch, "GET", Scope::batch_account, "/detectors/{detectorId}", nullptr},
    {"NetworkSecurityPerimeter_ListConfigurations", Provider::batch, "GET", Scope::batch_account, kPerimeter, nullptr},
    {"PrivateLinkResource_ListByBatchAccount", Provider::batch, "GET", Scope::batch_account, "/privatelinkresources",
     &list_nothing},
    {"PrivateLinkResource_Get", Provider::batch, "GET", Scope::batch_account,
     "/privatelinkresources/{privateLinkResourceName}", &get_nothing},
    {"PrivateEndpointConnection_ListByBatchAccount", Provider::batch, "GET", Scope::batch_account,
     "/privateendpointconnections", &list_nothing},
    {"PrivateEndpointConnection_Get", Provider::batch, "GET", Scope::batch_account, kConnection, &get_nothing},
    {"PrivateEndpointConnection_Update", Provider::batch, "PATCH", Scope::batch_account, kConnection, &get_nothing},
    {"PrivateEndpointConnection_Create", Provider::batch, "PUT", Scope::batch_account, kConnection, nullptr},
    {"PrivateEndpointConnection_Delete", Provider::batch, "DELETE", Scope::batch_account, kConnection, &delete_nothing},

    {"Location_CheckNameAvailability", Provider::batch, "POST", Scope::batch,
     "/locations/{locationName}/checknameavailability", &check_batch_name_availability},
    {"Location_GetQuotas", Provider::batch, "GET", Scope::batch, "/locations/{locationName}/quotas",
     &get_location_quotas},
    {"Location_ListSupportedVirtualMachineSkus", Provider::batch, "GET", Scope::batch,
     "/locations/{locationName}/virtualmachineskus", &list_virtual_machine_skus},
    {"Location_ListSupportedCloudServiceSkus", Provider::batch, "GET", Scope::batch,
     "/locations/{locationName}/cloudserviceskus", &list_cloud_service_skus},

    {"Application_List", Provider::batch, "GET", Scope::batch_account, "/applications", &list_applications},
    {"Application_Create", Provider::batch, "PUT", Scope::batch_account, kApplication, &create_application},
    {"Application_Get", Provider::batch, "GET", Scope::batch_account, kApplication, &get_application},
    {"Application_Update", Provider::batch, "PATCH", Scope::batch_account, kApplication, &update_application},
    {"Application_Delete", Provider::batch, "DELETE", Scope::batch_account, kApplication, &delete_application},
    {"ApplicationPackage_List", Provider::batch, "GET", Scope::batch_account,
     "/applications/{applicationName}/versions", &list_packages},
    {"ApplicationPackage_Create", Provider::batch, "PUT", Scope::batch_account, kPackage, &create_package},
    {"ApplicationPackage_Get", Provider::batch, "GET", Scope::batch_account, kPackage, &get_package},
    {"ApplicationPackage_Delete", Provider::batch, "DELETE", Scope::batch_account, kPackage, &delete_package},
    {"ApplicationPackage_Activate", Provider::batch, "POST", Scope::batch_account, kActivate, &activate_package},

    {"Pool_ListByBatchAccount", Provider::batch, "GET", Scope::batch_account, "/pools", &list_pools},
    {"Pool_Create", Provider::batch, "PUT", Scope::batch_account, kPool, &create_pool},
    {"Pool_Get", Provider::batch, "GET", Scope::batch_account, kPool, &get_pool},
    {"Pool_Update", Provider::batch, "PATCH", Scope::batch_account, kPool, &update_pool},
    {"Pool_Delete", Provider::batch, "DELETE", Scope::batch_account, kPool, &delete_pool},
    {"Pool_DisableAutoScale", Provider::batch, "POST", Scope::batch_account, "/pools/{poolName}/disableautoscale",
     &disable_pool_auto_scale},
    {"Pool_StopResize", Provider::batch, "POST", Scope::batch_account, "/pools/{poolName}/stopresize",
     &stop_pool_resize},
    {"Pool_GetOperationResult", Provider::batch, "GET", Scope::batch_account, "/pooloperationresults/{operationId}",
     &get_pool_operation_result},

    {"Certificate_ListByBatchAccount", Provider::batch, "GET", Scope::batch_account, "/certificates",
     &list_certificates},
    {"Certificate_Create", Provider::batch, "PUT", Scope::batch_account, kCertificate, &create_certificate},
    {"Certificate_Get", Provider::batch, "GET", Scope::batch_account, kCertificate, &get_certificate},
    {"Certificate_Update", Provider::batch, "PATCH", Scope::batch_account, kCertificate, nullptr},
    {"Certificate_Delete", Provider::batch, "DELETE", Scope::batch_account, kCertificate, &delete_certificate},
    {"Certificate_CancelDeletion", Provider::batch, "POST", Scope::batch_account,
     "/certificates/{certificateName}/canceldelete", &cancel_certificate_deletion},
    {"Certificate_GetOperationResult", Provider::batch, "GET", Scope::batch_account,
     "/certificateoperationresults/{operationId}", &get_certificate_operation_result},

    {"StorageAccounts_List", Provider::storage, "GET", Scope::storage, "/storageaccounts", &list_storage_accounts},
    {"StorageAccounts_CheckNameAvailability", Provider::storage, "POST", Scope::storage, "/checknameavailability",
     &check_storage_name_availability},
    {"StorageAccounts_ListByResourceGroup", Provider::storage, "GET", Scope::storage_in_group, "/storageaccounts",
     &list_storage_accounts_of_group},
    {"StorageAccounts_GetProperties", Provider::storage, "GET", Scope::storage_in_group, kStorageAccount,
     &get_storage_account},
    {"StorageAccounts_Create", Provider::storage, "PUT", Scope::storage_in_group, kStorageAccount,
     &create_storage_account},
    {"StorageAccounts_Update", Provider::storage, "PATCH", Scope::storage_in_group, kStorageAccount,
     &update_storage_account},
    {"StorageAccounts_Delete", Provider::storage, "DELETE", Scope::storage_in_group, kStorageAccount,
     &delete_storage_account},
    {"StorageAccounts_GetOperationResult", Provider::storage, "GET", Scope::storage,
     "/locations/{locationName}/asyncoperations/{operationId}", &get_storage_account_operation_result},
    {"StorageAccounts_ListKeys", Provider::storage, "POST", Scope::storage_in_group,
     "/storageaccounts/{accountName}/listkeys", &list_storage_account_keys},
    {"StorageAccounts_RegenerateKey", Provider::storage, "POST", Scope::storage_in_group,
     "/storageaccounts/{accountName}/regeneratekey", &regenerate_storage_account_key},
    {"StorageAccounts_ListAccountSAS", Provider::storage, "POST", Scope::storage_in_group,
     "/storageaccounts/{accountName}/listaccountsas", nullptr},
    {"StorageAccounts_ListServiceSAS", Provider::storage, "POST", Scope::storage_in_group,
     "/storageaccounts/{accountName}/listservicesas", nullptr},
    {"BlobServices_GetServiceProperties", Provider::storage, "GET", Scope::storage_in_group,
     "/storageaccounts/{accountName}/blobservices/default", nullptr},
    {"BlobContainers_List", Provider::storage, "GET", Scope::storage_in_group,
     "/storageaccounts/{accountName}/blobservices/default/containers", nullptr},
    {"BlobContainers_Create", Provider::storage, "PUT", Scope::storage_in_group,
     "/storageaccounts/{accountName}/blobservices/default/containers/{containerName}", nullptr},
});

constexpr auto kPrefixes = std::to_array<std::string_view>({
    "",
    "/subscriptions/{subscriptionId}",
    "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}",
    "/subscriptions/{subscriptionId}/providers/microsoft.batch",
    "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}/providers/microsoft.batch",
    "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}/providers/microsoft.batch/batchaccounts/"
    "{accountName}",
    "/subscriptions/{subscriptionId}/providers/microsoft.storage",
    "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}/providers/microsoft.storage",
});

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

std::string_view prefix_of(Scope scope) {
  return kPrefixes.at(static_cast<std::size_t>(scope));
}

// A path is a row of pairs, type and name; only after "providers" stands a namespace, and types go on behind it.
std::string in_lower_case_but_names(std::string_view path) {
  std::string result;
  bool is_name = false;
  bool after_providers = false;
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at + 1), path.size());
    const auto part = path.substr(at, end - at);
    result += is_name ? std::string(part) : base::lower_case(part);
    const bool is_providers = !is_name && base::equal_ignoring_case(part, "/providers");
    is_name = !is_name && !is_providers && !after_providers;
    after_providers = is_providers;
    at = end;
  }
  return result;
}

}  // namespace emulator::management
