// The shapes of requests and resources in every api-version, as one table (schema_table.inc, written by
// scripts/generate_schema.py from the published interface descriptions), and the three things done with it: check what
// comes in, fill in what was left out, show what goes out.
//
// Between the two the product keeps resources as JSON in canonical form: the newest member names (taskSlotsPerNode, see
// old_members.h),
// enumerations in the service's casing, durations and times normalised, 64-bit integers as numbers, no nulls.
#pragma once

#include "base/result.h"
#include "wire/batch/versions.h"
#include "wire/odata.h"

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace wire::batch {

/// Bodies that clients send.
enum class RequestType {
  pool_add,
  pool_patch,
  pool_update_properties,
  pool_resize,
  pool_remove_nodes,
  pool_enable_auto_scale,
  pool_evaluate_auto_scale,
  job_add,
  job_patch,
  job_update,
  job_disable,
  job_terminate,
  job_schedule_add,
  job_schedule_patch,
  job_schedule_update,
  task_add,
  /// {"value": [...]}: only the envelope is checked, so that each task can fail on its own: validate every item as
  /// task_add.
  task_add_collection,
  task_update,
  node_reboot,
  node_reimage,
  node_deallocate,
  node_disable_scheduling,
  node_user_add,
  node_user_update,
  node_upload_logs,
  certificate_add,
  pool_upgrade_os,
};

/// What clients read.
enum class EntityType {
  pool,
  node,
  job,
  job_schedule,
  task,
  subtask,
  file,
  supported_image,
  pool_node_counts,
  job_preparation_and_release_status,
  task_add_result,
  auto_scale_run,
  application,
  usage_metrics,
  certificate,
  node_extension,
  remote_login_settings,
  upload_logs_result,
  node_agent_sku,
};

/// Whether `body` is a request of that type in that version, and its canonical form. Null is absent. Errors:
/// UnsupportedProperty for a member the version lacks, MissingRequiredProperty, InvalidPropertyValue (PropertyName,
/// PropertyValue unless secret, Reason). Updates of 20.0 and later may carry members of the entity that cannot be
/// updated, because the newest clients send whole entities back; these are dropped. Defaults are not filled in.
base::Result<nlohmann::json> validate(Version version, RequestType type, const nlohmann::json& body);

/// Fills in what the service echoes for members left out (contract 4.1, 4.3, 4.5; by version where table 1.2 says so)
/// and writes vmSize in lower case. For pool, job, job_schedule and task in canonical form; others come back unchanged.
/// A task gets no maxTaskRetryCount: its default is the job's.
nlohmann::json apply_defaults(Version version, EntityType type, nlohmann::json canonical);

/// What a reader of that version sees of a stored entity: the version's members under the version's names in the
/// description's order, 64-bit integers as strings, enumeration values in the version's casing, no secrets, no nulls,
/// no objects of which the version knows no member, only the selected members if `select` is given. Enumeration values
/// newer than the version are shown as they are.
nlohmann::ordered_json project(Version version, EntityType type, const nlohmann::json& stored,
                               const odata::Select* select = nullptr);

/// Whether an entity has that member in that version: what $select may name. A path of names ("executionInfo/exitCode")
/// leads into objects.
bool has_member(Version version, EntityType type, std::string_view path);

}  // namespace wire::batch
