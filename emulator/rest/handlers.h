// The handlers: one function for each operation that the emulator offers, named after it.
#pragma once

#include "emulator/rest/call.h"

namespace emulator::rest {

using Answer = base::Async<base::Result<http::Response>>;

// applications.cpp
Answer list_applications(Call& call);
Answer get_application(Call& call);
// certificates.cpp
Answer add_certificate(Call& call);
Answer list_certificates(Call& call);
Answer get_certificate(Call& call);
Answer delete_certificate(Call& call);
Answer cancel_certificate_deletion(Call& call);
// pools.cpp
Answer add_pool(Call& call);
Answer get_pool(Call& call);
Answer list_pools(Call& call);
Answer pool_exists(Call& call);
Answer patch_pool(Call& call);
Answer update_pool_properties(Call& call);
Answer delete_pool(Call& call);
// pool_scaling.cpp
Answer resize_pool(Call& call);
Answer stop_pool_resize(Call& call);
Answer remove_pool_nodes(Call& call);
Answer enable_pool_auto_scale(Call& call);
Answer disable_pool_auto_scale(Call& call);
Answer evaluate_pool_auto_scale(Call& call);
// pool_upgrade.cpp
Answer upgrade_pool_os(Call& call);
// nodes.cpp
Answer list_nodes(Call& call);
Answer get_node(Call& call);
// node_actions.cpp
Answer reboot_node(Call& call);
Answer reimage_node(Call& call);
Answer deallocate_node(Call& call);
Answer start_node(Call& call);
Answer disable_node_scheduling(Call& call);
Answer enable_node_scheduling(Call& call);
// node_users.cpp
Answer add_node_user(Call& call);
Answer update_node_user(Call& call);
Answer delete_node_user(Call& call);
// node_access.cpp
Answer get_remote_login_settings(Call& call);
Answer get_remote_desktop(Call& call);
Answer list_node_extensions(Call& call);
Answer get_node_extension(Call& call);
Answer upload_batch_service_logs(Call& call);
// account.cpp
Answer list_supported_images(Call& call);
Answer list_node_agent_skus(Call& call);
Answer list_pool_node_counts(Call& call);
// jobs.cpp
Answer add_job(Call& call);
Answer get_job(Call& call);
Answer list_jobs(Call& call);
Answer list_jobs_from_job_schedule(Call& call);
Answer patch_job(Call& call);
Answer update_job(Call& call);
Answer delete_job(Call& call);
Answer enable_job(Call& call);
Answer disable_job(Call& call);
Answer terminate_job(Call& call);
Answer get_task_counts(Call& call);
Answer list_preparation_and_release_status(Call& call);
// job_schedules.cpp
Answer add_job_schedule(Call& call);
Answer get_job_schedule(Call& call);
Answer list_job_schedules(Call& call);
Answer job_schedule_exists(Call& call);
Answer patch_job_schedule(Call& call);
Answer update_job_schedule(Call& call);
Answer delete_job_schedule(Call& call);
Answer enable_job_schedule(Call& call);
Answer disable_job_schedule(Call& call);
Answer terminate_job_schedule(Call& call);
// usage.cpp
Answer list_pool_usage_metrics(Call& call);
Answer get_lifetime_job_statistics(Call& call);
Answer get_lifetime_pool_statistics(Call& call);
// tasks.cpp
Answer add_task(Call& call);
Answer add_task_collection(Call& call);
Answer get_task(Call& call);
Answer list_tasks(Call& call);
Answer list_subtasks(Call& call);
Answer update_task(Call& call);
Answer delete_task(Call& call);
Answer terminate_task(Call& call);
Answer reactivate_task(Call& call);
// files.cpp
Answer list_files_from_task(Call& call);
Answer get_file_from_task(Call& call);
Answer get_file_properties_from_task(Call& call);
Answer delete_file_from_task(Call& call);
Answer list_files_from_node(Call& call);
Answer get_file_from_node(Call& call);
Answer get_file_properties_from_node(Call& call);
Answer delete_file_from_node(Call& call);

}  // namespace emulator::rest
