// The values that the service echoes for members a request left out (contract 4.1, 4.3, 4.5, 6.7 to 6.9).
#include "base/text.h"
#include "wire/batch/limits.h"
#include "wire/batch/schema.h"
#include "wire/batch/vocabulary.h"
#include "wire/time_text.h"

#include <nlohmann/json.hpp>
#include <string>

namespace wire::batch {
namespace {

using nlohmann::json;

template <class Value>
void fill(json& object, const char* member, Value&& value) {
  if (!object.contains(member)) object[member] = std::forward<Value>(value);
}

json text(base::Ticks duration) {
  return print_duration(duration);
}

/// Auto user, of pool scope since 10.0.
void fill_user_identity(Version version, json& owner) {
  json& identity = owner["userIdentity"];
  if (identity.contains("username")) return;
  json& user = identity["autoUser"];
  fill(user, "scope", name_of(version < Version::v10_0 ? AutoUserScope::task : AutoUserScope::pool));
  fill(user, "elevationLevel", name_of(ElevationLevel::nonadmin));
}

/// Files were kept for ever until 7.0.
json default_retention(Version version) {
  return text(version < Version::v8_0 ? kUnlimited : base::Ticks(kDefaultRetention));
}

/// `retries` is false where the job's value is the default.
void fill_task_constraints(Version version, json& owner, bool retries) {
  json& constraints = owner["constraints"];
  if (constraints.is_null()) constraints = json::object();
  fill(constraints, "maxWallClockTime", text(kUnlimited));
  fill(constraints, "retentionTime", default_retention(version));
  if (retries) fill(constraints, "maxTaskRetryCount", 0);
}

void fill_start_task(Version version, json& pool) {
  auto task = pool.find("startTask");
  if (task == pool.end()) return;
  fill_user_identity(version, *task);
  fill(*task, "maxTaskRetryCount", 0);
  fill(*task, "waitForSuccess", version >= Version::v10_0);
}

void fill_virtual_machine(json& pool) {
  auto machine = pool.find("virtualMachineConfiguration");
  if (machine == pool.end()) return;
  if (auto image = machine->find("imageReference"); image != machine->end() && image->contains("offer")) {
    fill(*image, "version", "latest");
  }
  if (auto windows = machine->find("windowsConfiguration"); windows != machine->end()) {
    fill(*windows, "enableAutomaticUpdates", true);
  }
  if (auto disks = machine->find("dataDisks"); disks != machine->end()) {
    for (json& disk : *disks) {
      fill(disk, "caching", "none");
      fill(disk, "storageAccountType", "standard_lrs");
    }
  }
  if (auto placement = machine->find("nodePlacementConfiguration"); placement != machine->end()) {
    fill(*placement, "policy", "regional");
  }
}

void fill_network(json& pool) {
  auto network = pool.find("networkConfiguration");
  if (network == pool.end()) return;
  if (auto addresses = network->find("publicIPAddressConfiguration"); addresses != network->end()) {
    fill(*addresses, "provision", "batchmanaged");
  }
}

json pool_defaults(Version version, json pool) {
  if (auto size = pool.find("vmSize"); size != pool.end() && size->is_string()) {
    *size = base::lower_case(size->get_ref<const std::string&>());
  }
  fill(pool, "resizeTimeout", text(kDefaultResizeTimeout));
  fill(pool, "enableAutoScale", false);
  if (pool["enableAutoScale"] == json(true)) fill(pool, "autoScaleEvaluationInterval", text(kDefaultAutoScaleInterval));
  fill(pool, "targetDedicatedNodes", 0);
  fill(pool, "targetLowPriorityNodes", 0);
  fill(pool, "enableInterNodeCommunication", false);
  fill(pool, "taskSlotsPerNode", 1);
  fill(pool["taskSchedulingPolicy"], "nodeFillType", name_of(NodeFillType::spread));
  if (auto cloud = pool.find("cloudServiceConfiguration"); cloud != pool.end()) fill(*cloud, "osVersion", "*");
  if (auto users = pool.find("userAccounts"); users != pool.end()) {
    for (json& user : *users) fill(user, "elevationLevel", name_of(ElevationLevel::nonadmin));
  }
  fill_virtual_machine(pool);
  fill_network(pool);
  fill_start_task(version, pool);
  return pool;
}

json task_defaults(Version version, json task) {
  fill_task_constraints(version, task, false);
  fill(task, "requiredSlots", 1);
  fill_user_identity(version, task);
  if (auto several = task.find("multiInstanceSettings"); several != task.end()) fill(*several, "numberOfInstances", 1);
  return task;
}

void fill_special_tasks(Version version, json& job) {
  if (auto manager = job.find("jobManagerTask"); manager != job.end()) {
    *manager = task_defaults(version, std::move(*manager));
    fill(*manager, "killJobOnCompletion", true);
    fill(*manager, "runExclusive", true);
    fill(*manager, "allowLowPriorityNode", version >= Version::v6_1);
  }
  if (auto preparation = job.find("jobPreparationTask"); preparation != job.end()) {
    fill(*preparation, "id", "jobpreparation");
    fill_task_constraints(version, *preparation, true);
    fill_user_identity(version, *preparation);
    fill(*preparation, "waitForSuccess", true);
    fill(*preparation, "rerunOnNodeRebootAfterSuccess", true);
  }
  if (auto release = job.find("jobReleaseTask"); release != job.end()) {
    fill(*release, "id", "jobrelease");
    fill(*release, "maxWallClockTime", text(kMaxReleaseTaskWallClock));
    fill(*release, "retentionTime", default_retention(version));
    fill_user_identity(version, *release);
  }
}

json job_defaults(Version version, json job) {
  fill(job, "priority", 0);
  fill(job, "maxParallelTasks", -1);
  fill(job, "allowTaskPreemption", false);
  fill(job, "usesTaskDependencies", false);
  fill(job["constraints"], "maxWallClockTime", text(kUnlimited));
  fill(job["constraints"], "maxTaskRetryCount", 0);
  fill(job, "onAllTasksComplete", name_of(OnAllTasksComplete::noaction));
  fill(job, "onTaskFailure", name_of(OnTaskFailure::noaction));
  fill_special_tasks(version, job);
  auto info = job.find("poolInfo");
  if (info == job.end() || !info->contains("autoPoolSpecification")) return job;
  json& automatic = (*info)["autoPoolSpecification"];
  fill(automatic, "keepAlive", false);
  if (automatic.contains("pool")) automatic["pool"] = pool_defaults(version, std::move(automatic["pool"]));
  return job;
}

}  // namespace

json apply_defaults(Version version, EntityType type, json canonical) {
  switch (type) {
    case EntityType::pool: return pool_defaults(version, std::move(canonical));
    case EntityType::job: return job_defaults(version, std::move(canonical));
    case EntityType::task: return task_defaults(version, std::move(canonical));
    case EntityType::job_schedule: {
      if (canonical.contains("jobSpecification")) {
        canonical["jobSpecification"] = job_defaults(version, std::move(canonical["jobSpecification"]));
      }
      return canonical;
    }
    case EntityType::node:
    case EntityType::subtask:
    case EntityType::file:
    case EntityType::supported_image:
    case EntityType::pool_node_counts:
    case EntityType::job_preparation_and_release_status:
    case EntityType::task_add_result:
    case EntityType::auto_scale_run:
    case EntityType::application:
    case EntityType::usage_metrics:
    case EntityType::certificate:
    case EntityType::node_extension:
    case EntityType::remote_login_settings:
    case EntityType::upload_logs_result:
    case EntityType::node_agent_sku: return canonical;
  }
  return canonical;
}

}  // namespace wire::batch
