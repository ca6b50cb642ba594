// Canonical documents (validated, checked, defaults filled in) to the records and rules of the core.
#pragma once

#include "emulator/core/commands.h"
#include "wire/batch/versions.h"

#include <nlohmann/json_fwd.hpp>

namespace emulator::rest {

/// What AddPool expects. `pool` keeps its targets and start task in the document too.
core::PoolRecord pool_from_json(const nlohmann::json& pool);
/// A pool's document: all but what the actions about autoscale change, which is in the record alone.
core::Document pool_document(const nlohmann::json& pool);
/// The start task's own document, null when there is none.
core::Document start_task_document(const nlohmann::json& pool);
/// applicationPackageReferences of a pool, a task or a job manager.
std::vector<core::PackageReference> package_references(const nlohmann::json& owner);
/// certificateReferences of a pool.
core::CertificateReferences certificate_references(const nlohmann::json& pool);
/// Both, as far as a patch or an update of properties has them.
void take_references(core::UpdatePool& command, const nlohmann::json& update);
/// Spaces are dropped (contract 4.6).
core::CertificateId certificate_id(std::string_view algorithm, std::string_view thumbprint);
/// What AddJob expects, also as the template of a schedule's jobs, which have no id yet. `version` is the one the
/// request was made in.
core::AddJob add_job_from_json(wire::batch::Version version, const nlohmann::json& job);
/// What UpdateJob expects.
core::JobRecord job_from_json(const nlohmann::json& job);
/// What AddJobSchedule and UpdateJobSchedule expect.
core::JobScheduleRecord job_schedule_from_json(wire::batch::Version version, const nlohmann::json& schedule);
/// The job manager task of a job, as the task that it becomes.
std::optional<core::NewTask> manager_from_json(wire::batch::Version version, const nlohmann::json& job);
core::NewTask task_from_json(wire::batch::Version version, const nlohmann::json& task);
core::TaskConstraints constraints_from_json(const nlohmann::json& task);

}  // namespace emulator::rest
