// Commands: everything that can change the state. Each names its operation, carries what was validated without state,
// and is applied by Batch::apply with the time of its application.
#pragma once

#include "base/result.h"
#include "emulator/core/node_commands.h"
#include "emulator/core/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace emulator::core {

/// The four conditional headers (contract 1.6). ETags are compared as times; `*` is `any`.
struct Conditions {
  struct Match {
    bool any = false;
    std::vector<Timestamp> etags;
  };
  std::optional<Match> if_match;
  std::optional<Match> if_none_match;
  std::optional<Timestamp> if_modified_since;    ///< whole seconds
  std::optional<Timestamp> if_unmodified_since;  ///< whole seconds
};

/// What a write answers: the resource's version after it (ETag, Last-Modified).
struct Written {
  Version version;
};

/// A pool's certificateReferences: the list as it was given, and what it names.
struct CertificateReferences {
  Document document;
  std::vector<CertificateId> certificates;
};

// Pools ------------------------------------------------------------------------------------------------------------
/// `pool` has id, document, targets or formula and interval (auto_scale), timeout (resize.timeout), slots, fill, cores,
/// inter-node communication, start task set; the rest is filled here. The formula's syntax was checked by the caller.
struct AddPool {
  PoolRecord pool;
};
/// Replaces document and start task wholesale (the caller merged the PATCH into the current document; `seen` is the
/// version it merged into: if another write came between, the command answers Errc::unavailable and is tried again).
struct UpdatePool {
  PoolId id;
  Conditions conditions;
  Version seen;
  Document document;
  Document start_task;
  bool start_task_waits = true;
  /// What only an empty pool may have changed: without nodes, and targets of 0.
  struct Shape {
    std::int32_t task_slots_per_node = 1;
    wire::batch::NodeFillType fill = wire::batch::NodeFillType::spread;
    std::int32_t cores_per_node = 1;
    bool inter_node_communication = false;
  };
  std::optional<Shape> shape;
  /// What the request says about them; nothing: they stay as they are, and are not looked at.
  std::optional<std::vector<PackageReference>> packages;
  std::optional<CertificateReferences> certificates;
};
struct DeletePool {
  PoolId id;
  Conditions conditions;
};
struct ResizePool {
  PoolId id;
  Conditions conditions;
  std::optional<std::int32_t> target_dedicated;
  std::optional<std::int32_t> target_low_priority;
  std::optional<Ticks> timeout;
  wire::batch::DeallocationOption deallocation = wire::batch::DeallocationOption::requeue;
};
struct StopPoolResize {
  PoolId id;
  Conditions conditions;
};
/// The targets sink by what is removed.
struct RemoveNodes {
  PoolId id;
  Conditions conditions;
  std::vector<NodeId> nodes;
  std::optional<Ticks> timeout;
  wire::batch::DeallocationOption deallocation = wire::batch::DeallocationOption::requeue;
};
/// The formula's syntax was checked by the caller. What is absent stays; a formula must be there when it is off.
struct EnableAutoScale {
  PoolId id;
  Conditions conditions;
  std::optional<std::string> formula;
  std::optional<Ticks> interval;
};
struct DisableAutoScale {
  PoolId id;
};
/// Evaluates a formula for the pool without effect: Reply::evaluated.
struct EvaluateAutoScale {
  PoolId id;
  std::string formula;
};

// Applications and packages (the management operations) ------------------------------------------------------------
/// Creates the application, or replaces the properties of the one there is. `container` counts at creation only.
struct PutApplication {
  ApplicationId id;
  std::string display_name;
  bool allow_updates = true;
  std::string default_version;
  std::string container;
};
/// Changes what is given.
struct UpdateApplication {
  ApplicationId id;
  std::optional<std::string> display_name;
  std::optional<bool> allow_updates;
  std::optional<std::string> default_version;
};
struct DeleteApplication {
  ApplicationId id;
};
/// Creates the package in state pending, or makes an existing one pending again, so that it can be uploaded. `blob`
/// counts at creation only.
struct PutPackage {
  ApplicationId application;
  std::string version_name;
  std::string blob;
};
/// The caller has seen that the blob is there.
struct ActivatePackage {
  ApplicationId application;
  std::string version_name;
  std::string format;
};
struct DeletePackage {
  ApplicationId application;
  std::string version_name;
};

// Certificates -----------------------------------------------------------------------------------------------------
/// `certificate` has thumbprint and document set; the rest is filled here.
struct AddCertificate {
  CertificateRecord certificate;
};
struct DeleteCertificate {
  CertificateId thumbprint;
};
struct CancelCertificateDeletion {
  CertificateId thumbprint;
};

// Jobs -------------------------------------------------------------------------------------------------------------
/// One task to be added.
struct NewTask {
  TaskId id;
  Document document;
  TaskRules rules;
};
/// `job` has id, document, pool and the rules' fields set; the rest is filled here.
struct AddJob {
  JobRecord job;
  std::optional<NewTask> manager;  ///< with TaskRules::manager
};
/// PATCH and PUT: `job` carries the merged document and rule fields (see UpdatePool about `seen`).
struct UpdateJob {
  JobRecord job;
  Conditions conditions;
  Version seen;
};
struct DisableJob {
  JobId id;
  Conditions conditions;
  wire::batch::DisableTasksOption option{};
};
struct EnableJob {
  JobId id;
  Conditions conditions;
};
struct TerminateJob {
  JobId id;
  Conditions conditions;
  std::string reason;
  bool force = false;  ///< at once, whether or not the nodes have ended what they run
};
struct DeleteJob {
  JobId id;
  Conditions conditions;
  bool force = false;
};

// Job schedules ----------------------------------------------------------------------------------------------------
/// `schedule` has id, document, times and specification set; the rest is filled here.
struct AddJobSchedule {
  JobScheduleRecord schedule;
};
/// PATCH and PUT: `schedule` carries the merged document, times and specification (see UpdatePool about `seen`).
struct UpdateJobSchedule {
  JobScheduleRecord schedule;
  Conditions conditions;
  Version seen;
};
struct DisableJobSchedule {
  JobScheduleId id;
  Conditions conditions;
};
struct EnableJobSchedule {
  JobScheduleId id;
  Conditions conditions;
};
struct TerminateJobSchedule {
  JobScheduleId id;
  Conditions conditions;
  bool force = false;  ///< handed on to its jobs
};
struct DeleteJobSchedule {
  JobScheduleId id;
  Conditions conditions;
  bool force = false;
};

// Tasks ------------------------------------------------------------------------------------------------------------
struct AddTask {
  JobId job;
  NewTask task;
};
/// Answers one result per task, in order; a failing task does not touch the others.
struct AddTasks {
  JobId job;
  std::vector<NewTask> tasks;
};
/// PUT: replaces the constraints; the caller made the new document from the one it `saw`.
struct UpdateTask {
  TaskKey key;
  Conditions conditions;
  TaskConstraints constraints;
  Document document;
};
struct DeleteTask {
  TaskKey key;
  Conditions conditions;
};
struct TerminateTask {
  TaskKey key;
  Conditions conditions;
};
struct ReactivateTask {
  TaskKey key;
  Conditions conditions;
};

/// Time has passed: wall clocks, retention, resize timeouts, boot times, settling states.
struct Tick {};

using Command = std::variant<
    AddPool, UpdatePool, DeletePool, ResizePool, StopPoolResize, RemoveNodes, EnableAutoScale, DisableAutoScale,
    EvaluateAutoScale, AddJob, UpdateJob, DisableJob, EnableJob, TerminateJob, DeleteJob, AddTask, AddTasks, UpdateTask,
    DeleteTask, TerminateTask, ReactivateTask, NodeJoined, SetNodeSecret, NodeLost, NodeGone, NodeUnusable, NodeHalted,
    NodeSilent, NodeHeard, ActOnNode, StartNode, DisableNodeScheduling, EnableNodeScheduling, PreemptNode, RestoreNode,
    AddNodeUser, UpdateNodeUser, DeleteNodeUser, PutApplication, UpdateApplication, DeleteApplication, PutPackage,
    ActivatePackage, DeletePackage, AddCertificate, DeleteCertificate, CancelCertificateDeletion, NodePrepared,
    StartTaskStarted, StartTaskFinished, TaskFinished, CoordinationFinished, AddJobSchedule, UpdateJobSchedule,
    DisableJobSchedule, EnableJobSchedule, TerminateJobSchedule, DeleteJobSchedule, Tick>;

/// AddTasks answers with one of these per task; all other commands with the first alone.
struct Reply {
  Written written;
  std::vector<base::Result<Written>> each;
  std::optional<AutoScaleRun> evaluated;  ///< of EvaluateAutoScale
};

}  // namespace emulator::core
