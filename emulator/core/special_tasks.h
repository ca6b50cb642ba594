// Special tasks: a job's preparation and release task as runs on a node, told from ordinary tasks by their ids.
#pragma once

#include "emulator/core/records.h"

#include <optional>

namespace emulator::core {

/// Which special task of the job has this id.
std::optional<SpecialTask> special_task_of(const JobRecord& job, const TaskId& id);
/// The full name of a special task, which the job has.
TaskKey special_key(const JobRecord& job, SpecialTask kind);
/// What is under way of a job's special tasks on a node.
std::optional<SpecialTask> under_way(const JobNodeRecord& record);

/// The run of that kind, under way or over; none before it was first ordered.
inline const std::optional<SpecialTaskInfo>& find_info(const JobNodeRecord& record, SpecialTask kind) {
  return kind == SpecialTask::preparation ? record.preparation : record.release;
}
/// The same where there is one.
inline const SpecialTaskInfo& info_of(const JobNodeRecord& record, SpecialTask kind) {
  return *find_info(record, kind);
}

}  // namespace emulator::core
