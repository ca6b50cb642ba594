// Jobs and job schedules (contract 4.3, 4.4).
#include "base/text.h"
#include "wire/batch/check_steps.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/batch/vocabulary.h"

#include <string>

namespace wire::batch {
namespace {

using base::Result;
using nlohmann::json;
using steps::member;

enum class Owner { job, schedule };

Result<void> check_pool_info(const json& job, Owner owner) {
  const json* info = member(job, "poolInfo");
  if (info == nullptr) return {};
  const json* automatic = member(*info, "autoPoolSpecification");
  if (info->contains("poolId") == (automatic != nullptr)) {
    return invalid_property("poolInfo", "", "Exactly one of poolId and autoPoolSpecification must be given");
  }
  if (automatic == nullptr) return check_id("poolId", (*info)["poolId"].get_ref<const std::string&>());
  const auto& lifetime = (*automatic)["poolLifetimeOption"].get_ref<const std::string&>();
  if (owner == Owner::job && lifetime == name_of(PoolLifetimeOption::jobschedule)) {
    return invalid_property("poolLifetimeOption", lifetime, "The value is possible only for job schedules");
  }
  if (const json* prefix = member(*automatic, "autoPoolIdPrefix"); prefix != nullptr && *prefix != json("")) {
    RETURN_IF_ERROR(check_id("autoPoolIdPrefix", prefix->get_ref<const std::string&>()));
  }
  const json* pool = member(*automatic, "pool");
  if (pool == nullptr) return missing_property("pool");
  return check_pool_add(*pool);
}

Result<void> check_parallel(const json& job) {
  const json* parallel = member(job, "maxParallelTasks");
  if (parallel == nullptr) return {};
  auto number = parallel->get<std::int32_t>();
  if (number == -1 || number > 0) return {};
  return invalid_property("maxParallelTasks", parallel->dump(), "The value must be greater than 0, or -1 for no limit");
}

Result<void> check_special_id(const json& task) {
  const json* id = member(task, "id");
  return id == nullptr ? Result<void>{} : check_id("id", id->get_ref<const std::string&>());
}

Result<void> check_special_tasks(const json& job) {
  const json* manager = member(job, "jobManagerTask");
  const json* preparation = member(job, "jobPreparationTask");
  const json* release = member(job, "jobReleaseTask");
  for (const json* task : {manager, preparation, release}) {
    if (task == nullptr) continue;
    RETURN_IF_ERROR(check_special_id(*task));
    RETURN_IF_ERROR(steps::common_task(*task));
  }
  if (manager != nullptr) RETURN_IF_ERROR(steps::packages(*manager, kMaxPackagesPerTask));
  if (release == nullptr) return {};
  if (preparation == nullptr) {
    return invalid_property("jobReleaseTask", "", "A job release task needs a job preparation task");
  }
  return steps::duration_between(*release, "maxWallClockTime", base::Ticks{1}, kMaxReleaseTaskWallClock);
}

/// The three special tasks must differ in their ids.
Result<void> check_special_ids_differ(const json& job) {
  auto id_of = [&](std::string_view task, std::string_view fallback) {
    const json* found = member(job, task);
    return found == nullptr ? std::string() : base::lower_case(found->value("id", std::string(fallback)));
  };
  std::string manager = id_of("jobManagerTask", "");
  std::string preparation = id_of("jobPreparationTask", "jobpreparation");
  std::string release = id_of("jobReleaseTask", "jobrelease");
  if (!manager.empty() && manager == preparation) return make_error(ErrorCode::TaskIdSameAsJobPreparationTask);
  if (!manager.empty() && manager == release) return make_error(ErrorCode::TaskIdSameAsJobReleaseTask);
  if (!release.empty() && release == preparation) return make_error(ErrorCode::TaskIdSameAsJobPreparationTask);
  return {};
}

/// Everything of a job but its id.
Result<void> check_specification(const json& job, Owner owner) {
  RETURN_IF_ERROR(check_pool_info(job, owner));
  RETURN_IF_ERROR(check_parallel(job));
  RETURN_IF_ERROR(steps::constraints(job));
  RETURN_IF_ERROR(check_special_tasks(job));
  RETURN_IF_ERROR(check_special_ids_differ(job));
  RETURN_IF_ERROR(steps::environment(job, "commonEnvironmentSettings"));
  return steps::metadata(job);
}

Result<void> check_schedule(const json& owner) {
  const json* schedule = member(owner, "schedule");
  if (schedule == nullptr) return {};
  RETURN_IF_ERROR(steps::duration_between(*schedule, "startWindow", kMinRecurrence, base::Ticks::max()));
  return steps::duration_between(*schedule, "recurrenceInterval", kMinRecurrence, base::Ticks::max());
}

Result<void> check_schedule_parts(const json& schedule) {
  RETURN_IF_ERROR(check_schedule(schedule));
  if (const json* specification = member(schedule, "jobSpecification")) {
    RETURN_IF_ERROR(check_specification(*specification, Owner::schedule));
  }
  return steps::metadata(schedule);
}

}  // namespace

Result<void> check_job_add(const json& job) {
  RETURN_IF_ERROR(check_id("id", job["id"].get_ref<const std::string&>()));
  return check_specification(job, Owner::job);
}

Result<void> check_job_patch(const json& patch) {
  return check_specification(patch, Owner::job);
}

Result<void> check_job_update(const json& update) {
  return check_specification(update, Owner::job);
}

Result<void> check_job_schedule_add(const json& schedule) {
  RETURN_IF_ERROR(check_id("id", schedule["id"].get_ref<const std::string&>()));
  return check_schedule_parts(schedule);
}

Result<void> check_job_schedule_patch(const json& patch) {
  return check_schedule_parts(patch);
}

Result<void> check_job_schedule_update(const json& update) {
  return check_schedule_parts(update);
}

}  // namespace wire::batch
