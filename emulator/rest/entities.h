// Entities: what the service shows of a record, as stored JSON for wire::batch::project. The document is what the user
// set with its defaults; everything the service itself knows is laid over it.
#pragma once

#include "emulator/rest/views.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace emulator::rest {

std::string pool_url(const std::string& base_url, const core::PoolId& pool);
std::string node_url(const std::string& base_url, const core::NodeKey& node);
std::string job_url(const std::string& base_url, const core::JobId& job);
std::string task_url(const std::string& base_url, const core::TaskKey& task);

std::string job_schedule_url(const std::string& base_url, const core::JobScheduleId& schedule);

/// "workitems/{job}/job-1/{task}"; of a schedule's job "workitems/{schedule}/job-n/{task}" (contract 7.1).
std::string task_root_directory(const core::TaskKey& task);
/// The subtasks of a multi-instance task, as subtasksinfo lists them; none for other tasks.
std::vector<nlohmann::json> subtask_entities(const std::string& base_url, const core::TaskRecord& task);

nlohmann::json auto_scale_run_entity(const core::AutoScaleRun& run);
nlohmann::json pool_entity(const std::string& base_url, const PoolView& pool);
/// `pool` gives what nodes share: vmSize and image.
nlohmann::json node_entity(const std::string& base_url, const NodeView& node, const nlohmann::json& pool);
nlohmann::json job_entity(const std::string& base_url, const core::JobRecord& job);
nlohmann::json job_schedule_entity(const std::string& base_url, const core::JobScheduleRecord& schedule);
/// A node of the job's preparation and release status.
nlohmann::json job_node_entity(const std::string& base_url, const core::JobRecord& job, const core::JobNodeRecord& at);
nlohmann::json task_entity(const std::string& base_url, const TaskView& task);

nlohmann::json application_entity(const core::ApplicationRecord& application);
nlohmann::json certificate_entity(const std::string& base_url, const core::CertificateRecord& certificate);

}  // namespace emulator::rest
