// Records with every member set to something that is not its default, so that a member that is not stored shows.
#pragma once

#include "emulator/core/change.h"
#include "emulator/core/commands.h"
#include "emulator/store/record_codec.h"

namespace emulator::store {

using namespace std::chrono_literals;

inline core::Timestamp sample_time(int seconds) {
  return core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 2 / 3}} + std::chrono::seconds{seconds} +
         core::Ticks{7};
}
inline core::Document sample_text(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

inline core::Failure sample_failure() {
  return {.category = wire::batch::FailureCategory::servererror,
          .code = "DiskFull",
          .message = "a \"message\"\nof two lines, \xC3\xA4",
          .details = {{"Message", "no space"}, {"", "no name"}}};
}

inline core::Usage sample_usage(int first) {
  return {.user_cpu = core::Ticks{first},
          .kernel_cpu = core::Ticks{first + 1},
          .wall_clock = core::Ticks{first + 2},
          .read_operations = first + 3,
          .write_operations = first + 4,
          .read_bytes = first + 5,
          .written_bytes = first + 6};
}

inline core::WorkStatistics sample_statistics(int first) {
  return {.usage = sample_usage(first),
          .succeeded = first + 10,
          .failed = first + 11,
          .retries = first + 12,
          .wait = core::Ticks{first + 13}};
}

inline core::PoolUsage sample_pool_usage(int first) {
  return {
      .core_time = core::Ticks{first}, .dedicated_core_time = core::Ticks{first + 1}, .tasks = sample_usage(first + 2)};
}

inline core::PoolRecord sample_pool(const std::string& id = "Pool-1") {
  core::PoolRecord pool;
  pool.id = core::PoolId{id};
  pool.document = sample_text(R"({"vmSize":"standard_a1_v2"})");
  pool.version = {sample_time(1)};
  pool.created = sample_time(2);
  pool.state = wire::batch::PoolState::deleting;
  pool.state_since = sample_time(3);
  pool.allocation_state = wire::batch::AllocationState::stopping;
  pool.allocation_state_since = sample_time(4);
  pool.resize = {.started = sample_time(5),
                 .timeout = 7min,
                 .deallocation = wire::batch::DeallocationOption::retaineddata,
                 .initial = true};
  pool.resize_errors = {{.code = "AllocationTimedout", .message = "m", .values = {{"a", "b"}}}};
  pool.target_dedicated = 3;
  pool.target_low_priority = 4;
  pool.task_slots_per_node = 5;
  pool.fill = wire::batch::NodeFillType::pack;
  pool.cores_per_node = 6;
  pool.inter_node_communication = true;
  pool.auto_scale = core::AutoScale{.formula = "$TargetDedicatedNodes = 1; // \"x\"",
                                    .interval = 6min,
                                    .next_evaluation = sample_time(7),
                                    .run = core::AutoScaleRun{.at = sample_time(6),
                                                              .results = "$TargetDedicatedNodes=1",
                                                              .error = core::ResourceError{"c", "m", {{"a", "b"}}}}};
  pool.auto_scale_enabled = sample_time(8);
  pool.sets_up_nodes = true;
  pool.start_task = sample_text(R"({"commandLine":"x"})");
  pool.start_task_waits = false;
  pool.packages = {{core::ApplicationId{"App"}, "1.0"}, {core::ApplicationId{"b"}, ""}};
  pool.certificate_references = sample_text(R"([{"thumbprint":"aa"}])");
  pool.certificates = {core::CertificateId{"aa"}};
  pool.next_node_number = 17;
  pool.vm_size = "standard_a1_v2";
  pool.is_auto_pool = true;
  pool.usage = sample_pool_usage(100);
  return pool;
}

inline core::SampleRecord sample_sample(const std::string& pool = "Pool-1", int seconds = 30) {
  return {.pool = core::PoolId{pool},
          .at = sample_time(seconds),
          .active_tasks = 1,
          .running_tasks = 2,
          .succeeded_tasks = 3,
          .failed_tasks = 4,
          .dedicated_nodes = 5,
          .low_priority_nodes = 6,
          .preempted_nodes = 7,
          .usable_nodes = 8,
          .busy_slots = 9,
          .slots_per_node = 10};
}

inline core::NodeRecord sample_node(const std::string& pool = "Pool-1", const std::string& id = "tvmps_00_d") {
  core::NodeRecord node;
  node.key = {core::PoolId{pool}, core::NodeId{id}};
  node.number = 9;
  node.dedicated = false;
  node.state = wire::batch::NodeState::waitingforstarttask;
  node.state_since = sample_time(1);
  node.scheduling_enabled = false;
  node.allocated = sample_time(2);
  node.last_boot = sample_time(3);
  node.ip_address = "10.0.0.4";
  node.agent_version = "1.2.3";
  node.agent_updated = sample_time(4);
  node.total_tasks_run = 5;
  node.total_tasks_succeeded = 4;
  node.recent_tasks = {{.job = core::JobId{"j"},
                        .task = core::TaskId{"t"},
                        .subtask = 3,
                        .state = wire::batch::TaskState::completed,
                        .started = sample_time(5),
                        .ended = sample_time(6),
                        .exit_code = -3,
                        .failure = sample_failure(),
                        .container = core::ContainerInfo{"i", "s", "e"},
                        .retry_count = 1,
                        .requeue_count = 2}};
  node.start_task_info = core::StartTaskInfo{.running = true,
                                             .started = sample_time(7),
                                             .ended = sample_time(8),
                                             .exit_code = 9,
                                             .failure = sample_failure(),
                                             .container = core::ContainerInfo{"i", "s", "e"},
                                             .retry_count = 10,
                                             .last_retry = sample_time(11)};
  node.start_task = sample_text("start");
  node.start_task_waits = false;
  node.packages = {{core::ApplicationId{"App"}, "2.0"}};
  node.certificate_references = sample_text(R"([{"thumbprint":"bb"}])");
  node.certificates = {core::CertificateId{"bb"}};
  node.errors = {{.code = "DiskFull", .message = "m", .values = {}}};
  node.incarnation = 12;
  node.pending = wire::batch::DeallocationOption::taskcompletion;
  node.pending_action = core::NodeAction::reimage;
  node.halted = true;
  node.wipe = true;
  node.users = {{.name = "ada",
                 .is_admin = true,
                 .expires = sample_time(12),
                 .has_password = true,
                 .ssh_public_key = "ssh-rsa AAAA"}};
  node.secret_hash = "abcdef";
  node.usage = sample_usage(200);
  return node;
}

inline core::JobRecord sample_job(const std::string& id = "Job-1") {
  core::JobRecord job;
  job.id = core::JobId{id};
  job.document = sample_text(R"({"metadata":[]})");
  job.version = {sample_time(1)};
  job.created = sample_time(2);
  job.sequence = 0xFFFF'FFFF'FFFF'FFF0U;
  job.state = wire::batch::JobState::terminating;
  job.state_since = sample_time(3);
  job.previous_state = wire::batch::JobState::disabling;
  job.previous_state_since = sample_time(4);
  job.pool = core::PoolId{"Pool-1"};
  job.priority = -5;
  job.max_parallel_tasks = 6;
  job.max_wall_clock = 7h;
  job.max_task_retries = 8;
  job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
  job.on_task_failure = wire::batch::OnTaskFailure::performexitoptionsjobaction;
  job.uses_task_dependencies = true;
  job.allow_task_preemption = true;
  job.preparation = core::PreparationRules{.id = core::TaskId{"prep"},
                                           .wait_for_success = false,
                                           .rerun_after_reboot = false,
                                           .max_retries = 4,
                                           .max_wall_clock = 5s,
                                           .retention = 6s};
  job.release = core::ReleaseRules{.id = core::TaskId{"rel"}, .max_wall_clock = 7s, .retention = 8s};
  job.started = sample_time(9);
  job.ended = sample_time(10);
  job.terminate_reason = "because";
  job.disable_option = wire::batch::DisableTasksOption::wait;
  core::AutoPool automatic{
      .pool = sample_pool(), .id_prefix = "auto", .lifetime = wire::batch::PoolLifetimeOption::job, .keep_alive = true};
  job.auto_pool = std::make_shared<const core::AutoPool>(std::move(automatic));
  job.schedule = core::JobScheduleId{"Schedule-1"};
  job.scheduling_error = sample_failure();
  job.past = sample_statistics(300);
  return job;
}

inline core::ExitConditions sample_exit_conditions() {
  using wire::batch::DependencyAction;
  using wire::batch::JobAction;
  return {.codes = {{.first = 1, .last = 1, .options = {JobAction::disable, DependencyAction::satisfy}}},
          .ranges = {{.first = -2, .last = 9, .options = {std::nullopt, DependencyAction::block}}},
          .pre_processing_error = core::ExitOptions{JobAction::terminate, std::nullopt},
          .file_upload_error = core::ExitOptions{JobAction::none, std::nullopt},
          .otherwise = core::ExitOptions{}};
}

inline core::TaskRecord sample_task(const std::string& job = "Job-1", const std::string& id = "Task-1") {
  core::TaskRecord task;
  task.key = {core::JobId{job}, core::TaskId{id}};
  task.document = sample_text(R"({"commandLine":"true"})");
  task.rules.constraints = {.max_wall_clock = 1s, .retention = core::kUnlimited, .max_retries = -1};
  task.rules.required_slots = 2;
  task.rules.instances = 3;
  task.rules.affinity_id = "TVM:x";
  task.rules.exit_conditions = std::make_shared<const core::ExitConditions>(sample_exit_conditions());
  task.rules.depends_on = {"a", "B"};
  task.rules.depends_on_ranges = {{1, 5}, {-1, 9'000'000'000}};
  task.rules.packages = {{core::ApplicationId{"App"}, ""}};
  task.rules.manager = core::ManagerRules{.ends_job = false, .exclusive = false, .low_priority_nodes = false};
  task.rules.short_lived = true;
  task.version = {sample_time(1)};
  task.created = sample_time(2);
  task.sequence = 3;
  task.state = wire::batch::TaskState::running;
  task.state_since = sample_time(4);
  task.previous_state = wire::batch::TaskState::completed;
  task.previous_state_since = sample_time(5);
  task.execution = {.started = sample_time(6),
                    .ended = sample_time(7),
                    .exit_code = 0,
                    .failure = sample_failure(),
                    .result = wire::batch::TaskResult::failure,
                    .container = core::ContainerInfo{"i", "s", "e"},
                    .retry_count = 8,
                    .last_retry = sample_time(9),
                    .requeue_count = 10,
                    .last_requeue = sample_time(11)};
  task.node = core::NodeKey{core::PoolId{"Pool-1"}, core::NodeId{"tvmps_00_d"}};
  task.attempt = 12;
  task.stopping = core::StopReason::wall_clock;
  task.crashes = 13;
  task.files_removed = true;
  task.usage = sample_usage(400);
  task.coordinated = true;
  core::SubtaskRecord subtask;
  subtask.node = {core::PoolId{"Pool-1"}, core::NodeId{"tvmps_01_d"}};
  subtask.state = wire::batch::SubtaskState::completed;
  subtask.state_since = sample_time(12);
  subtask.previous_state = wire::batch::SubtaskState::running;
  subtask.previous_state_since = sample_time(13);
  subtask.coordinated = true;
  subtask.started = sample_time(14);
  subtask.ended = sample_time(15);
  subtask.exit_code = 16;
  subtask.failure = sample_failure();
  subtask.result = wire::batch::TaskResult::failure;
  subtask.container = core::ContainerInfo{"i", "s", "e"};
  subtask.retention = 17h;
  subtask.processes_gone = true;
  subtask.files_removed = true;
  task.subtasks.push_back(std::move(subtask));
  return task;
}

inline core::ApplicationRecord sample_application(const std::string& id = "App-1") {
  core::ApplicationRecord application;
  application.id = core::ApplicationId{id};
  application.version = {sample_time(1)};
  application.display_name = "An application";
  application.allow_updates = false;
  application.default_version = "1.0";
  application.container = "app-app-1-00";
  application.packages = {{.version_name = "1.0",
                           .version = {sample_time(2)},
                           .state = core::PackageState::active,
                           .format = "zip",
                           .activated = sample_time(3),
                           .blob = "app-1-1.0-00"}};
  return application;
}

inline core::CertificateRecord sample_certificate(const std::string& thumbprint = std::string(40, 'a')) {
  core::CertificateRecord certificate;
  certificate.thumbprint = core::CertificateId{thumbprint};
  certificate.document = sample_text(R"({"certificateFormat":"cer"})");
  certificate.version = {sample_time(1)};
  certificate.state = wire::batch::CertificateState::deletefailed;
  certificate.state_since = sample_time(2);
  certificate.previous_state = wire::batch::CertificateState::deleting;
  certificate.previous_state_since = sample_time(3);
  certificate.delete_error = {.code = "PoolsReferencingCertificate", .message = "m", .values = {{"Pools", "p"}}};
  return certificate;
}

inline core::JobScheduleRecord sample_job_schedule(const std::string& id = "Schedule-1") {
  core::JobScheduleRecord schedule;
  schedule.id = core::JobScheduleId{id};
  schedule.document = sample_text(R"({"schedule":{}})");
  schedule.version = {sample_time(1)};
  schedule.created = sample_time(2);
  schedule.state = wire::batch::JobScheduleState::terminating;
  schedule.state_since = sample_time(3);
  schedule.previous_state = wire::batch::JobScheduleState::disabled;
  schedule.previous_state_since = sample_time(4);
  schedule.times = {
      .do_not_run_until = sample_time(5), .do_not_run_after = sample_time(6), .start_window = 7min, .recurrence = 8min};
  schedule.specification = std::make_shared<const core::AddJob>(core::AddJob{.job = sample_job()});
  schedule.next_run = sample_time(9);
  schedule.next_job_number = 10;
  schedule.recent_job = core::JobId{"Schedule-1:job-9"};
  schedule.last_start = sample_time(11);
  schedule.ended = sample_time(12);
  schedule.auto_pool = core::PoolId{"auto-1"};
  schedule.past = sample_statistics(500);
  return schedule;
}

inline core::UsageRecord sample_usage_record(int hour = 1) {
  return {.key = {.begin = sample_time(hour), .pool = core::PoolId{"Pool-1"}, .vm_size = "standard_a1"},
          .core_time = 9h};
}

inline core::TotalsRecord sample_totals() {
  return {.since = sample_time(1), .work = sample_statistics(600), .pools = sample_pool_usage(700)};
}

inline core::SpecialTaskInfo sample_special_task(core::Attempt attempt) {
  return {.running = true,
          .attempt = attempt,
          .stopping = core::StopReason::terminate,
          .started = sample_time(1),
          .ended = sample_time(2),
          .exit_code = 3,
          .failure = sample_failure(),
          .retry_count = 4,
          .last_retry = sample_time(5)};
}

inline core::JobNodeRecord sample_job_node(const std::string& job = "Job-1", const std::string& node = "tvmps_00_d") {
  return {.key = {core::JobId{job}, {core::PoolId{"Pool-1"}, core::NodeId{node}}},
          .preparation = sample_special_task(6),
          .release = sample_special_task(7),
          .attempt = 8,
          .prepared = true,
          .barred = true,
          .ran_tasks = true,
          .preparation_files_removed = true,
          .release_files_removed = true};
}

}  // namespace emulator::store
