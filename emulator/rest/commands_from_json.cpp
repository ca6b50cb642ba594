#include "emulator/rest/commands_from_json.h"

#include "emulator/rest/containers.h"
#include "emulator/rest/documents.h"
#include "wire/batch/limits.h"
#include "wire/batch/vm_sizes.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {
namespace {

using nlohmann::json;

core::ExitOptions exit_options(const json& options) {
  return {.job_action = enum_member<wire::batch::JobAction>(options, {"jobAction"}),
          .dependency_action = enum_member<wire::batch::DependencyAction>(options, {"dependencyAction"})};
}

std::optional<core::ExitOptions> named_exit_options(const json& conditions, std::string_view name) {
  const auto* options = member(conditions, {name});
  if (options == nullptr) return std::nullopt;
  return exit_options(*options);
}

std::shared_ptr<const core::ExitConditions> exit_conditions(const json& task) {
  const auto* found = member(task, {"exitConditions"});
  if (found == nullptr) return nullptr;
  auto conditions = std::make_shared<core::ExitConditions>();
  for (const auto& item : array_member(*found, {"exitCodes"})) {
    const auto code = integer_member(item, {"code"}).value_or(0);
    conditions->codes.push_back({code, code, exit_options(item.value("exitOptions", json::object()))});
  }
  for (const auto& item : array_member(*found, {"exitCodeRanges"})) {
    conditions->ranges.push_back({integer_member(item, {"start"}).value_or(0),
                                  integer_member(item, {"end"}).value_or(0),
                                  exit_options(item.value("exitOptions", json::object()))});
  }
  conditions->pre_processing_error = named_exit_options(*found, "preProcessingError");
  conditions->file_upload_error = named_exit_options(*found, "fileUploadError");
  conditions->otherwise = named_exit_options(*found, "default");
  return conditions;
}

core::AutoPool auto_pool_from_json(const json& automatic) {
  using wire::batch::PoolLifetimeOption;
  return {
      .pool = pool_from_json(automatic.at("pool")),
      .id_prefix = text_member(automatic, {"autoPoolIdPrefix"}),
      .lifetime = enum_member<PoolLifetimeOption>(automatic, {"poolLifetimeOption"}).value_or(PoolLifetimeOption::job),
      .keep_alive = boolean_member(automatic, {"keepAlive"}, false)};
}

std::optional<core::PreparationRules> preparation_rules(const json& job) {
  const auto* task = member(job, {"jobPreparationTask"});
  if (task == nullptr) return std::nullopt;
  core::PreparationRules rules;
  rules.id = core::TaskId{text_member(*task, {"id"})};
  rules.wait_for_success = boolean_member(*task, {"waitForSuccess"}, rules.wait_for_success);
  rules.rerun_after_reboot = boolean_member(*task, {"rerunOnNodeRebootAfterSuccess"}, rules.rerun_after_reboot);
  rules.max_retries = integer_member(*task, {"constraints", "maxTaskRetryCount"}).value_or(rules.max_retries);
  rules.max_wall_clock = duration_member(*task, {"constraints", "maxWallClockTime"}).value_or(rules.max_wall_clock);
  rules.retention = duration_member(*task, {"constraints", "retentionTime"}).value_or(rules.retention);
  return rules;
}

std::optional<core::ReleaseRules> release_rules(const json& job) {
  const auto* task = member(job, {"jobReleaseTask"});
  if (task == nullptr) return std::nullopt;
  core::ReleaseRules rules;
  rules.id = core::TaskId{text_member(*task, {"id"})};
  rules.max_wall_clock = duration_member(*task, {"maxWallClockTime"}).value_or(rules.max_wall_clock);
  rules.retention = duration_member(*task, {"retentionTime"}).value_or(rules.retention);
  return rules;
}

std::int64_t wide_member(const json& object, std::string_view name) {
  const auto* found = member(object, {name});
  return found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

core::Document start_task_document(const json& pool) {
  const auto* task = member(pool, {"startTask"});
  return task == nullptr ? nullptr : make_document(*task);
}

core::Document pool_document(const json& pool) {
  json document = pool;
  for (const auto* ruled : {"enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval"})
    document.erase(ruled);
  return make_document(document);
}

std::vector<core::PackageReference> package_references(const json& owner) {
  constexpr std::string_view kBeforeName = "/applications/";
  std::vector<core::PackageReference> references;
  for (const auto& item : array_member(owner, {"applicationPackageReferences"})) {
    auto id = text_member(item, {"applicationId"});
    // The full id of the management operations, or the application's name alone.
    const auto at = base::lower_case(id).rfind(kBeforeName);
    if (id.starts_with('/') && at != std::string::npos) id = id.substr(at + kBeforeName.size());
    references.push_back({core::ApplicationId{id}, text_member(item, {"version"})});
  }
  return references;
}

core::CertificateId certificate_id(std::string_view algorithm, std::string_view thumbprint) {
  std::string digits;
  for (const char c : thumbprint) {
    if (c != ' ') digits += c;
  }
  // There is no certificate with another algorithm, so that this names none.
  if (!base::equal_ignoring_case(algorithm, "sha1")) digits = std::string(algorithm) + "-" + digits;
  return core::CertificateId{base::lower_case(digits)};
}

core::CertificateReferences certificate_references(const json& pool) {
  const auto& list = array_member(pool, {"certificateReferences"});
  core::CertificateReferences references;
  if (list.empty()) return references;
  references.document = make_document(list);
  for (const auto& item : list) {
    references.certificates.push_back(
        certificate_id(text_member(item, {"thumbprintAlgorithm"}), text_member(item, {"thumbprint"})));
  }
  return references;
}

void take_references(core::UpdatePool& command, const json& update) {
  if (update.contains("applicationPackageReferences")) command.packages = package_references(update);
  if (update.contains("certificateReferences")) command.certificates = certificate_references(update);
}

core::PoolRecord pool_from_json(const json& pool) {
  core::PoolRecord record;
  record.id = core::PoolId{text_member(pool, {"id"})};
  record.document = pool_document(pool);
  if (boolean_member(pool, {"enableAutoScale"}, false)) {
    record.auto_scale = core::AutoScale{
        .formula = text_member(pool, {"autoScaleFormula"}),
        .interval =
            duration_member(pool, {"autoScaleEvaluationInterval"}).value_or(wire::batch::kDefaultAutoScaleInterval),
        .next_evaluation = {},
        .run = {}};
  }
  record.target_dedicated = integer_member(pool, {"targetDedicatedNodes"}).value_or(0);
  record.target_low_priority = integer_member(pool, {"targetLowPriorityNodes"}).value_or(0);
  record.resize.timeout = duration_member(pool, {"resizeTimeout"}).value_or(wire::batch::kDefaultResizeTimeout);
  record.task_slots_per_node = integer_member(pool, {"taskSlotsPerNode"}).value_or(1);
  record.fill = enum_member<wire::batch::NodeFillType>(pool, {"taskSchedulingPolicy", "nodeFillType"})
                    .value_or(wire::batch::NodeFillType::spread);
  if (const auto size = wire::batch::find_vm_size(text_member(pool, {"vmSize"}))) record.cores_per_node = size->cores;
  record.sets_up_nodes = sets_up_nodes(pool);
  record.inter_node_communication = boolean_member(pool, {"enableInterNodeCommunication"}, false);
  record.vm_size = text_member(pool, {"vmSize"});
  record.start_task = start_task_document(pool);
  record.start_task_waits = boolean_member(pool, {"startTask", "waitForSuccess"}, true);
  record.packages = package_references(pool);
  auto certificates = certificate_references(pool);
  record.certificate_references = std::move(certificates.document);
  record.certificates = std::move(certificates.certificates);
  return record;
}

core::JobScheduleRecord job_schedule_from_json(wire::batch::Version version, const json& schedule) {
  core::JobScheduleRecord record;
  record.id = core::JobScheduleId{text_member(schedule, {"id"})};
  record.document = make_document(schedule);
  record.times = {.do_not_run_until = time_member(schedule, {"schedule", "doNotRunUntil"}),
                  .do_not_run_after = time_member(schedule, {"schedule", "doNotRunAfter"}),
                  .start_window = duration_member(schedule, {"schedule", "startWindow"}).value_or(core::kUnlimited),
                  .recurrence = duration_member(schedule, {"schedule", "recurrenceInterval"})};
  record.specification =
      std::make_shared<const core::AddJob>(add_job_from_json(version, schedule.at("jobSpecification")));
  return record;
}

core::AddJob add_job_from_json(wire::batch::Version version, const json& job) {
  return {.job = job_from_json(job), .manager = manager_from_json(version, job)};
}

core::JobRecord job_from_json(const json& job) {
  core::JobRecord record;
  record.id = core::JobId{text_member(job, {"id"})};
  record.document = make_document(job);
  record.pool = core::PoolId{text_member(job, {"poolInfo", "poolId"})};
  if (const auto* automatic = member(job, {"poolInfo", "autoPoolSpecification"})) {
    record.auto_pool = std::make_shared<const core::AutoPool>(auto_pool_from_json(*automatic));
  }
  record.priority = integer_member(job, {"priority"}).value_or(0);
  record.max_parallel_tasks = integer_member(job, {"maxParallelTasks"}).value_or(-1);
  record.max_wall_clock = duration_member(job, {"constraints", "maxWallClockTime"}).value_or(core::kUnlimited);
  record.max_task_retries = integer_member(job, {"constraints", "maxTaskRetryCount"}).value_or(0);
  record.on_all_tasks_complete = enum_member<wire::batch::OnAllTasksComplete>(job, {"onAllTasksComplete"})
                                     .value_or(wire::batch::OnAllTasksComplete::noaction);
  record.on_task_failure =
      enum_member<wire::batch::OnTaskFailure>(job, {"onTaskFailure"}).value_or(wire::batch::OnTaskFailure::noaction);
  record.uses_task_dependencies = boolean_member(job, {"usesTaskDependencies"}, false);
  record.allow_task_preemption = boolean_member(job, {"allowTaskPreemption"}, false);
  record.preparation = preparation_rules(job);
  record.release = release_rules(job);
  return record;
}

std::optional<core::NewTask> manager_from_json(wire::batch::Version version, const json& job) {
  const auto* manager = member(job, {"jobManagerTask"});
  if (manager == nullptr) return std::nullopt;
  json task = *manager;
  for (const auto* name : {"killJobOnCompletion", "runExclusive", "allowLowPriorityNode"}) task.erase(name);
  auto fresh = task_from_json(version, task);
  fresh.rules.manager =
      core::ManagerRules{.ends_job = boolean_member(*manager, {"killJobOnCompletion"}, true),
                         .exclusive = boolean_member(*manager, {"runExclusive"}, true),
                         .low_priority_nodes = boolean_member(*manager, {"allowLowPriorityNode"}, true)};
  return fresh;
}

core::TaskConstraints constraints_from_json(const json& task) {
  return {.max_wall_clock = duration_member(task, {"constraints", "maxWallClockTime"}),
          .retention = duration_member(task, {"constraints", "retentionTime"}),
          .max_retries = integer_member(task, {"constraints", "maxTaskRetryCount"})};
}

core::NewTask task_from_json(wire::batch::Version version, const json& task) {
  core::NewTask fresh;
  fresh.id = core::TaskId{text_member(task, {"id"})};
  fresh.document = make_document(task);
  fresh.rules.constraints = constraints_from_json(task);
  fresh.rules.required_slots = integer_member(task, {"requiredSlots"}).value_or(1);
  if (member(task, {"multiInstanceSettings"}) != nullptr) {
    fresh.rules.instances = integer_member(task, {"multiInstanceSettings", "numberOfInstances"}).value_or(1);
  }
  fresh.rules.affinity_id = text_member(task, {"affinityInfo", "affinityId"});
  fresh.rules.exit_conditions = exit_conditions(task);
  for (const auto& id : array_member(task, {"dependsOn", "taskIds"})) {
    if (id.is_string()) fresh.rules.depends_on.push_back(id.get<std::string>());
  }
  for (const auto& range : array_member(task, {"dependsOn", "taskIdRanges"})) {
    fresh.rules.depends_on_ranges.emplace_back(wide_member(range, "start"), wide_member(range, "end"));
  }
  fresh.rules.packages = package_references(task);
  fresh.rules.short_lived = version < wire::batch::Version::v8_0;
  return fresh;
}

}  // namespace emulator::rest
