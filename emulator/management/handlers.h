// The handlers: one function for each management operation that the emulator offers.
#pragma once

#include "emulator/management/call.h"

namespace emulator::management {

// cloud_metadata.cpp
Answer get_cloud_metadata(Call& call);
// subscriptions.cpp
Answer list_subscriptions(Call& call);
Answer get_subscription(Call& call);
Answer list_tenants(Call& call);
Answer list_locations(Call& call);
// providers.cpp
Answer list_providers(Call& call);
Answer get_provider(Call& call);
Answer register_provider(Call& call);
// groups.cpp
Answer list_groups(Call& call);
Answer get_group(Call& call);
Answer group_exists(Call& call);
Answer put_group(Call& call);
Answer delete_group(Call& call);
Answer list_resources(Call& call);
// batch_accounts.cpp
Answer list_batch_accounts(Call& call);
Answer list_batch_accounts_of_group(Call& call);
Answer get_batch_account(Call& call);
Answer create_batch_account(Call& call);
Answer update_batch_account(Call& call);
Answer delete_batch_account(Call& call);
Answer get_batch_account_operation_result(Call& call);
// batch_account_keys.cpp
Answer get_batch_account_keys(Call& call);
Answer regenerate_batch_account_key(Call& call);
Answer synchronize_auto_storage_keys(Call& call);
// locations.cpp
Answer check_batch_name_availability(Call& call);
Answer get_location_quotas(Call& call);
Answer list_virtual_machine_skus(Call& call);
Answer list_cloud_service_skus(Call& call);
Answer list_batch_operations(Call& call);
// network.cpp
Answer list_nothing(Call& call);
Answer get_nothing(Call& call);
Answer delete_nothing(Call& call);
// pools.cpp
Answer list_pools(Call& call);
Answer create_pool(Call& call);
Answer get_pool(Call& call);
Answer update_pool(Call& call);
Answer delete_pool(Call& call);
Answer disable_pool_auto_scale(Call& call);
Answer stop_pool_resize(Call& call);
Answer get_pool_operation_result(Call& call);
// certificates.cpp
Answer list_certificates(Call& call);
Answer create_certificate(Call& call);
Answer get_certificate(Call& call);
Answer delete_certificate(Call& call);
Answer cancel_certificate_deletion(Call& call);
Answer get_certificate_operation_result(Call& call);
// applications.cpp
Answer create_application(Call& call);
Answer update_application(Call& call);
Answer get_application(Call& call);
Answer list_applications(Call& call);
Answer delete_application(Call& call);
// packages.cpp
Answer create_package(Call& call);
Answer activate_package(Call& call);
Answer get_package(Call& call);
Answer list_packages(Call& call);
Answer delete_package(Call& call);
// storage_accounts.cpp
Answer list_storage_accounts(Call& call);
Answer list_storage_accounts_of_group(Call& call);
Answer get_storage_account(Call& call);
Answer create_storage_account(Call& call);
Answer update_storage_account(Call& call);
Answer delete_storage_account(Call& call);
Answer get_storage_account_operation_result(Call& call);
Answer list_storage_account_keys(Call& call);
Answer regenerate_storage_account_key(Call& call);
Answer check_storage_name_availability(Call& call);

}  // namespace emulator::management
