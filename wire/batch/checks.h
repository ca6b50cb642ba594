// What a request must satisfy beyond its shape, as far as no stored state is needed (contract 3.4, 4.0 to 4.5).
//
// All take the canonical form that validate() returned. Errors are the documented ones, InvalidPropertyValue unless
// said otherwise, with PropertyName, PropertyValue and Reason.
#pragma once

#include "base/result.h"
#include "wire/batch/versions.h"

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace wire::batch {

/// 1 to 64 characters of A-Z a-z 0-9 - _.
base::Result<void> check_id(std::string_view property, std::string_view id);

/// "*" or a guest OS of that family ("WA-GUEST-OS-4.45_201708-01"): OSVersionNotFound. The emulator keeps no list of
/// them, so none is disabled or expired.
base::Result<void> check_os_version(std::string_view family, std::string_view version);

/// Also NodeAgentSKUNotFound, OSVersionNotFound. The same rules hold for the pool of an auto pool, which has no id.
base::Result<void> check_pool_add(const nlohmann::json& pool);
base::Result<void> check_pool_patch(const nlohmann::json& patch);
/// A whole pool that a patch was merged into, as far as its members depend on each other.
base::Result<void> check_patched_pool(const nlohmann::json& pool);
base::Result<void> check_pool_update_properties(const nlohmann::json& update);
/// At least one target; MissingRequiredProperty otherwise.
base::Result<void> check_pool_resize(const nlohmann::json& resize);
/// 1 to 100 nodes.
base::Result<void> check_pool_remove_nodes(const nlohmann::json& removal);
base::Result<void> check_pool_enable_auto_scale(const nlohmann::json& settings);
/// Only text and length of a formula; its syntax is the evaluator's matter.
base::Result<void> check_pool_evaluate_auto_scale(const nlohmann::json& settings);

base::Result<void> check_job_add(const nlohmann::json& job);
base::Result<void> check_job_patch(const nlohmann::json& patch);
base::Result<void> check_job_update(const nlohmann::json& update);
base::Result<void> check_job_schedule_add(const nlohmann::json& schedule);
base::Result<void> check_job_schedule_patch(const nlohmann::json& patch);
base::Result<void> check_job_schedule_update(const nlohmann::json& update);

/// Also RequestEntityTooLarge for too many resource files, TaskDependencyListTooLong, TaskDependencyRangesTooLong. What
/// depends on the job (dependencies on, onTaskFailure, special task ids) is check_task_for_job.
base::Result<void> check_task_add(const nlohmann::json& task);
base::Result<void> check_task_update(const nlohmann::json& update);
/// A new task against its stored job: TaskDependenciesNotSpecifiedOnJob, TaskIdSameAsJobPreparationTask,
/// TaskIdSameAsJobReleaseTask, InvalidPropertyValue for jobAction while the job's onTaskFailure is noaction, and up to
/// 9.0 for dependencyAction in a job without usesTaskDependencies (contract 6.4).
base::Result<void> check_task_for_job(Version version, const nlohmann::json& task, const nlohmann::json& job);
/// The envelope: 1 to 100 items.
base::Result<void> check_task_add_collection(const nlohmann::json& collection);

}  // namespace wire::batch
