#include "emulator/nodes/orders.h"

#include "emulator/core/failures.h"
#include "emulator/core/special_tasks.h"

#include <utility>

namespace emulator::nodes {
namespace {

using wire::batch::FailureCategory;

/// Copies each job and pool once for all notices that name it.
class Copies {
 public:
  explicit Copies(const core::Batch& batch) : batch_(batch) {}
  std::shared_ptr<const core::JobRecord> job(const core::JobId& id) {
    auto& copy = jobs_[id];
    if (const auto* record = copy ? nullptr : batch_.find_job(id)) copy = std::make_shared<core::JobRecord>(*record);
    return copy;
  }
  std::shared_ptr<const core::PoolRecord> pool(const core::PoolId& id) {
    auto& copy = pools_[id];
    if (const auto* record = copy ? nullptr : batch_.find_pool(id)) copy = std::make_shared<core::PoolRecord>(*record);
    return copy;
  }

 private:
  const core::Batch& batch_;
  std::map<core::JobId, std::shared_ptr<const core::JobRecord>> jobs_;
  std::map<core::PoolId, std::shared_ptr<const core::PoolRecord>> pools_;
};

wire::node::TaskRun run_of(const core::TaskKey& task, core::Attempt attempt) {
  return {task.job.text(), task.task.text(), attempt};
}

core::Failure preparation_failure(const base::Error& error) {
  core::Failure failure;
  failure.category = FailureCategory::servererror;
  failure.code = "Unknown";
  failure.message = "The task could not be prepared";
  failure.details.emplace_back("Message", error.message);
  for (const auto& [key, value] : error.details) {
    if (key == core::kFailureCodeDetail) {
      failure.category = FailureCategory::usererror;
      failure.code = value;
    } else {
      failure.details.emplace_back(key, value);
    }
  }
  return failure;
}

std::optional<core::Failure> failure_of(const std::optional<wire::node::Failure>& reported) {
  if (!reported) return std::nullopt;
  core::Failure failure;
  failure.category = reported->user_error ? FailureCategory::usererror : FailureCategory::servererror;
  failure.code = reported->code;
  failure.message = reported->message;
  failure.details = reported->details;
  return failure;
}

core::RunEnd end_of(wire::node::RunEnd end) {
  switch (end) {
    case wire::node::RunEnd::exited: return core::RunEnd::exited;
    case wire::node::RunEnd::pre_processing_error: return core::RunEnd::pre_processing_error;
    case wire::node::RunEnd::wall_clock_expired: return core::RunEnd::wall_clock_expired;
    case wire::node::RunEnd::stopped: break;
  }
  return core::RunEnd::stopped;
}

bool is_assigned(const core::TaskRecord& task) {
  return task.state == wire::batch::TaskState::running || task.state == wire::batch::TaskState::preparing;
}

/// Those of the references that can be satisfied; the first that cannot goes to `missing`.
std::vector<core::DeployablePackage> find_packages(const core::Batch& batch,
                                                   const std::vector<core::PackageReference>& references,
                                                   std::optional<core::PackageReference>& missing) {
  std::vector<core::DeployablePackage> packages;
  for (const auto& reference : references) {
    if (auto package = batch.deployable(reference)) {
      packages.push_back(*std::move(package));
    } else if (!missing) {
      missing = reference;
    }
  }
  return packages;
}

Preparation preparation_of(const core::Batch& batch, const core::NodeRecord& node,
                           std::optional<core::PackageReference>& missing) {
  Preparation preparation;
  preparation.packages = find_packages(batch, node.packages, missing);
  preparation.certificate_references = node.certificate_references;
  for (const auto& thumbprint : node.certificates) {
    // One that a node has cannot be deleted.
    if (const auto* certificate = batch.find_certificate(thumbprint)) {
      preparation.certificates.push_back(*certificate);
    }
  }
  return preparation;
}

MadeOrder preparation_order(const NoticedWork& work, const core::PrepareNode& notice, const AssignmentSource& source) {
  MadeOrder made;
  if (work.missing_package) {
    made.failure = core::NodePrepared{.node = notice.node,
                                      .incarnation = notice.incarnation,
                                      .error = core::pool_package_not_deployable(*work.missing_package)};
  } else if (work.preparation) {
    made.order = source.preparation(*work.preparation);
  }
  return made;
}

/// A task's preparation has failed before the node heard of it.
core::TaskFinished unprepared(const core::RunTask& notice, core::Failure failure, core::Timestamp now) {
  core::TaskFinished finished{.task = notice.task, .attempt = notice.attempt};
  finished.node = notice.node;
  finished.end = core::RunEnd::pre_processing_error;
  finished.ended = now;
  finished.failure = std::move(failure);
  return finished;
}

/// The special task that the notice is about, if it still is under way in this attempt.
std::optional<core::SpecialTask> current_special(const core::Batch& batch, const core::RunTask& notice) {
  const auto* job = batch.find_job(notice.task.job);
  const auto kind = job == nullptr ? std::nullopt : core::special_task_of(*job, notice.task.task);
  const auto* at = kind ? batch.find_job_node({notice.task.job, notice.node}) : nullptr;
  if (at == nullptr || core::under_way(*at) != kind) return std::nullopt;
  return core::info_of(*at, *kind).attempt == notice.attempt ? kind : std::nullopt;
}

std::optional<core::ContainerInfo> container_of(const std::optional<wire::node::ContainerInfo>& reported) {
  if (!reported) return std::nullopt;
  return core::ContainerInfo{reported->id, reported->state, reported->error};
}

/// Where every instance is, so that they find each other.
core::TaskPlace place_of(const core::Batch& batch, const core::TaskRecord& task, const core::NodeKey& node) {
  core::TaskPlace place;
  if (task.rules.instances == 0) return place;
  const auto add = [&](const core::NodeKey& key) {
    if (key == node) place.instance = static_cast<std::int32_t>(place.hosts.size());
    const auto* record = batch.find_node(key);
    place.hosts.push_back(record == nullptr ? "" : core::loopback_address(*record));
  };
  add(*task.node);
  for (const auto& subtask : task.subtasks) add(subtask.node);
  return place;
}

MadeOrder task_order(const NoticedWork& work, const core::RunTask& notice, const AssignmentSource& source,
                     core::Timestamp now) {
  MadeOrder made;
  if (!(work.task || work.special) || !work.job || !work.pool) return made;
  if (work.missing_package) {
    made.failure = unprepared(notice, core::package_not_deployable(*work.missing_package), now);
    return made;
  }
  auto order = work.special ? source.special_task(*work.special, notice.attempt, *work.job, *work.pool)
                            : source.task(*work.task, *work.job, *work.pool, work.place);
  if (order.has_value()) {
    for (const auto& package : work.packages) order->packages.push_back(source.package(package));
    made.order = std::move(order).value();
    return made;
  }
  made.failure = unprepared(notice, preparation_failure(order.error()), now);
  return made;
}

MadeOrder start_task_order(const NoticedWork& work, const core::RunStartTask& notice, const AssignmentSource& source,
                           core::Timestamp now) {
  MadeOrder made;
  if (!work.record || !work.pool) return made;
  auto order = source.start_task(*work.record, *work.pool);
  if (order.has_value()) {
    made.order = std::move(order).value();
    return made;
  }
  core::StartTaskFinished finished{.node = notice.node, .incarnation = notice.incarnation};
  finished.started = now;
  finished.ended = now;
  finished.failure = preparation_failure(order.error());
  made.failure = std::move(finished);
  return made;
}

}  // namespace

const core::NodeKey& node_of(const core::Notice& notice) {
  return std::visit([](const auto& any) -> const core::NodeKey& { return any.node; }, notice);
}

std::vector<NoticedWork> gather(const core::Batch& batch, std::span<const core::Notice> notices) {
  Copies copies(batch);
  std::vector<NoticedWork> all;
  all.reserve(notices.size());
  for (const auto& notice : notices) {
    auto& work = all.emplace_back(NoticedWork{.notice = notice, .node = node_of(notice)});
    if (const auto* run = std::get_if<core::RunTask>(&notice)) {
      if (const auto special = current_special(batch, *run)) {
        work.special = special;
        work.job = copies.job(run->task.job);
        work.pool = copies.pool(run->node.pool);
        continue;
      }
      const auto* task = batch.find_task(run->task);
      if (task == nullptr || task->attempt != run->attempt || !is_assigned(*task)) continue;
      work.task = *task;
      work.place = place_of(batch, *task, run->node);
      work.job = copies.job(run->task.job);
      work.pool = copies.pool(run->node.pool);
      work.packages = find_packages(batch, task->rules.packages, work.missing_package);
    } else if (const auto* start = std::get_if<core::RunStartTask>(&notice)) {
      const auto* node = batch.find_node(start->node);
      if (node == nullptr || node->incarnation != start->incarnation) continue;
      work.record = *node;
      work.pool = copies.pool(start->node.pool);
    } else if (const auto* prepare = std::get_if<core::PrepareNode>(&notice)) {
      const auto* node = batch.find_node(prepare->node);
      if (node == nullptr || node->incarnation != prepare->incarnation) continue;
      work.preparation = preparation_of(batch, *node, work.missing_package);
      work.preparation->pool = copies.pool(prepare->node.pool);
    }
  }
  return all;
}

MadeOrder make_order(const NoticedWork& work, const AssignmentSource& source, core::Timestamp now) {
  MadeOrder made;
  if (const auto* run = std::get_if<core::RunTask>(&work.notice)) return task_order(work, *run, source, now);
  if (const auto* start = std::get_if<core::RunStartTask>(&work.notice)) {
    return start_task_order(work, *start, source, now);
  }
  if (const auto* prepare = std::get_if<core::PrepareNode>(&work.notice)) {
    return preparation_order(work, *prepare, source);
  }
  if (const auto* primary = std::get_if<core::StartPrimary>(&work.notice)) {
    made.order = wire::node::StartPrimary{run_of(primary->task, primary->attempt)};
  } else if (const auto* stop = std::get_if<core::StopTask>(&work.notice)) {
    made.order = wire::node::StopTask{run_of(stop->task, stop->attempt)};
  } else if (const auto* files = std::get_if<core::RemoveTaskFiles>(&work.notice)) {
    made.order = wire::node::RemoveTaskFiles{files->task.job.text(), files->task.task.text()};
  }
  return made;
}

core::Command command_of(const wire::node::ReportBody& report, const core::NodeKey& node,
                         core::Incarnation incarnation) {
  if (const auto* prepared = std::get_if<wire::node::NodePrepared>(&report)) {
    core::NodePrepared command{.node = node, .incarnation = incarnation, .error = std::nullopt};
    if (prepared->failure) {
      command.error = core::ResourceError{
          .code = prepared->failure->code, .message = prepared->failure->message, .values = prepared->failure->details};
    }
    return command;
  }
  if (const auto* started = std::get_if<wire::node::StartTaskStarted>(&report)) {
    return core::StartTaskStarted{node, incarnation, started->at, started->retry_count};
  }
  if (const auto* ended = std::get_if<wire::node::StartTaskFinished>(&report)) {
    core::StartTaskFinished command{.node = node, .incarnation = incarnation};
    command.started = ended->started;
    command.ended = ended->ended;
    command.exit_code = ended->exit_code;
    command.failure = failure_of(ended->failure);
    command.retry_count = ended->retry_count;
    command.last_retry = ended->last_retry;
    command.container = container_of(ended->container);
    return command;
  }
  if (const auto* unusable = std::get_if<wire::node::NodeUnusable>(&report)) {
    const auto& error = unusable->error;
    return core::NodeUnusable{
        node, incarnation, {.code = error.code, .message = error.message, .values = error.details}};
  }
  if (const auto* coordinated = std::get_if<wire::node::CoordinationFinished>(&report)) {
    return core::CoordinationFinished{
        .task = {core::JobId(coordinated->run.job_id), core::TaskId(coordinated->run.task_id)},
        .attempt = coordinated->run.attempt,
        .node = node};
  }
  const auto& finished = std::get<wire::node::TaskFinished>(report);
  core::TaskFinished command;
  command.task = {core::JobId(finished.run.job_id), core::TaskId(finished.run.task_id)};
  command.node = node;
  command.attempt = finished.run.attempt;
  command.end = end_of(finished.end);
  command.usage = {.user_cpu = std::chrono::microseconds{finished.usage.user_cpu},
                   .kernel_cpu = std::chrono::microseconds{finished.usage.kernel_cpu},
                   .read_operations = finished.usage.read_operations,
                   .write_operations = finished.usage.write_operations,
                   .read_bytes = finished.usage.read_bytes,
                   .written_bytes = finished.usage.written_bytes};
  command.ended = finished.ended;
  command.exit_code = finished.exit_code;
  command.failure = failure_of(finished.failure);
  command.container = container_of(finished.container);
  return command;
}

}  // namespace emulator::nodes
