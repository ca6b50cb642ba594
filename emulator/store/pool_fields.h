// The members of pools, nodes, packages and certificates, under their stored names (record_fields.h).
#pragma once

#include "emulator/store/basic_fields.h"

namespace emulator::store {

template <class Archive, Is<core::Resize> R>
void fields(Archive& archive, R& r) {
  archive("started", r.started);
  archive("timeout", r.timeout);
  archive("deallocation", r.deallocation);
  archive("initial", r.initial);
}

template <class Archive, Is<core::AutoScaleRun> R>
void fields(Archive& archive, R& r) {
  archive("at", r.at);
  archive("results", r.results);
  archive("error", r.error);
}

template <class Archive, Is<core::AutoScale> R>
void fields(Archive& archive, R& r) {
  archive("formula", r.formula);
  archive("interval", r.interval);
  archive("next", r.next_evaluation);
  archive("run", r.run);
}

template <class Archive, Is<core::SampleRecord> R>
void fields(Archive& archive, R& r) {
  archive("pool", r.pool);
  archive("at", r.at);
  archive("active", r.active_tasks);
  archive("running", r.running_tasks);
  archive("succeeded", r.succeeded_tasks);
  archive("failed", r.failed_tasks);
  archive("dedicated", r.dedicated_nodes);
  archive("lowPriority", r.low_priority_nodes);
  archive("preempted", r.preempted_nodes);
  archive("usable", r.usable_nodes);
  archive("busySlots", r.busy_slots);
  archive("slotsPerNode", r.slots_per_node);
}

template <class Archive, Is<core::ApplicationPackage> R>
void fields(Archive& archive, R& r) {
  archive("name", r.version_name);
  archive("modified", r.version.last_modified);
  archive("state", r.state);
  archive("format", r.format);
  archive("activated", r.activated);
  archive("blob", r.blob);
}

template <class Archive, Is<core::ApplicationRecord> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("modified", r.version.last_modified);
  archive("displayName", r.display_name);
  archive("allowUpdates", r.allow_updates);
  archive("defaultVersion", r.default_version);
  archive("container", r.container);
  archive("packages", r.packages);
}

template <class Archive, Is<core::PackageReference> R>
void fields(Archive& archive, R& r) {
  archive("application", r.application);
  archive("version", r.version);
}

template <class Archive, Is<core::CertificateRecord> R>
void fields(Archive& archive, R& r) {
  archive("thumbprint", r.thumbprint);
  archive("modified", r.version.last_modified);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("previousState", r.previous_state);
  archive("previousStateSince", r.previous_state_since);
  archive("deleteError", r.delete_error);
}

template <class Archive, Is<core::PoolRecord> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("modified", r.version.last_modified);
  archive("created", r.created);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("allocation", r.allocation_state);
  archive("allocationSince", r.allocation_state_since);
  archive("resize", r.resize);
  archive("resizeErrors", r.resize_errors);
  archive("targetDedicated", r.target_dedicated);
  archive("targetLowPriority", r.target_low_priority);
  archive("slots", r.task_slots_per_node);
  archive("fill", r.fill);
  archive("cores", r.cores_per_node);
  archive("interNode", r.inter_node_communication);
  archive("autoScale", r.auto_scale);
  archive("autoScaleEnabled", r.auto_scale_enabled);
  archive("setsUpNodes", r.sets_up_nodes);
  archive("startTask", r.start_task);
  archive("startTaskWaits", r.start_task_waits);
  archive("packages", r.packages);
  archive("certificateReferences", r.certificate_references);
  archive("certificates", r.certificates);
  archive("nextNode", r.next_node_number);
  archive("vmSize", r.vm_size);
  archive("autoPool", r.is_auto_pool);
  archive("usage", r.usage);
}

template <class Archive, Is<core::RecentTask> R>
void fields(Archive& archive, R& r) {
  archive("job", r.job);
  archive("task", r.task);
  archive("subtask", r.subtask);
  archive("state", r.state);
  archive("started", r.started);
  archive("ended", r.ended);
  archive("exitCode", r.exit_code);
  archive("failure", r.failure);
  archive("container", r.container);
  archive("retries", r.retry_count);
  archive("requeues", r.requeue_count);
}

template <class Archive, Is<core::StartTaskInfo> R>
void fields(Archive& archive, R& r) {
  archive("running", r.running);
  archive("started", r.started);
  archive("ended", r.ended);
  archive("exitCode", r.exit_code);
  archive("failure", r.failure);
  archive("container", r.container);
  archive("retries", r.retry_count);
  archive("lastRetry", r.last_retry);
}

template <class Archive, Is<core::NodeUser> R>
void fields(Archive& archive, R& r) {
  archive("name", r.name);
  archive("admin", r.is_admin);
  archive("expires", r.expires);
  archive("password", r.has_password);
  archive("sshPublicKey", r.ssh_public_key);
}

template <class Archive, Is<core::NodeRecord> R>
void fields(Archive& archive, R& r) {
  archive("key", r.key);
  archive("number", r.number);
  archive("dedicated", r.dedicated);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("schedulingEnabled", r.scheduling_enabled);
  archive("allocated", r.allocated);
  archive("lastBoot", r.last_boot);
  archive("ip", r.ip_address);
  archive("agentVersion", r.agent_version);
  archive("agentUpdated", r.agent_updated);
  archive("tasksRun", r.total_tasks_run);
  archive("tasksSucceeded", r.total_tasks_succeeded);
  archive("recentTasks", r.recent_tasks);
  archive("startTaskInfo", r.start_task_info);
  archive("startTask", r.start_task);
  archive("startTaskWaits", r.start_task_waits);
  archive("packages", r.packages);
  archive("certificateReferences", r.certificate_references);
  archive("certificates", r.certificates);
  archive("errors", r.errors);
  archive("incarnation", r.incarnation);
  archive("leaving", r.pending);  // so called when nodes could only leave
  archive("pendingAction", r.pending_action);
  archive("halted", r.halted);
  archive("wipe", r.wipe);
  archive("users", r.users);
  archive("secretHash", r.secret_hash);
  archive("usage", r.usage);
}

}  // namespace emulator::store
