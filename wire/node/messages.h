// The members of every message, each described once for writer and reader (fields.h), and the words of enumerations and
// alternatives. docs/node_protocol.md shows the same as JSON. Private to this folder.
#pragma once

#include "wire/node/protocol.h"

#include <array>
#include <utility>

namespace wire::node {

constexpr auto words(UploadCondition) {
  return std::to_array<std::pair<UploadCondition, const char*>>({{UploadCondition::task_success, "taskSuccess"},
                                                                 {UploadCondition::task_failure, "taskFailure"},
                                                                 {UploadCondition::task_completion, "taskCompletion"}});
}
constexpr auto words(RunEnd) {
  return std::to_array<std::pair<RunEnd, const char*>>({{RunEnd::exited, "exited"},
                                                        {RunEnd::pre_processing_error, "preProcessingError"},
                                                        {RunEnd::wall_clock_expired, "wallClockExpired"},
                                                        {RunEnd::stopped, "stopped"}});
}
constexpr auto kind_words(const OrderBody&) {
  return std::to_array<const char*>({"prepareNode", "runStartTask", "runTask", "startPrimary", "stopTask",
                                     "removeTaskFiles", "shutDown", "uploadLogs"});
}
constexpr auto kind_words(const ReportBody&) {
  return std::to_array<const char*>({"nodePrepared", "startTaskStarted", "startTaskFinished", "taskFinished",
                                     "nodeUnusable", "logsUploaded", "coordinationFinished"});
}

template <class V>
void members(V& visit, Handover& m) {
  visit("protocol", m.protocol);
  visit("poolId", m.pool_id);
  visit("nodeId", m.node_id);
  visit("incarnation", m.incarnation);
  visit("token", m.token);
}

template <class V>
void members(V& visit, Endpoint& m) {
  visit("batch_url", m.batch_url);
}

template <class V>
void members(V& visit, TaskRun& m) {
  visit("jobId", m.job_id);
  visit("taskId", m.task_id);
  visit("attempt", m.attempt);
}

template <class V>
void members(V& visit, Registration& m) {
  visit("protocol", m.protocol);
  visit("poolId", m.pool_id);
  visit("nodeId", m.node_id);
  visit("incarnation", m.incarnation);
  visit("pid", m.pid);
  visit("agentVersion", m.agent_version);
  visit("running", m.running);
  visit("startTaskRunning", m.start_task_running);
  visit("knownBefore", m.known_before);
  visit("lastOrder", m.last_order);
}

template <class V>
void members(V& visit, ProxySettings& m) {
  visit("port", m.port);
  visit("session", m.session);
  visit("secret", m.secret);
  visit("caCertificate", m.ca_certificate);
  visit("caBundle", m.ca_bundle);
  visit("caJavaStore", m.ca_java_store);
}

template <class V>
void members(V& visit, NodeSettings& m) {
  visit("accountName", m.account_name);
  visit("accountUrl", m.account_url);
  visit("poolId", m.pool_id);
  visit("nodeId", m.node_id);
  visit("dedicated", m.dedicated);
  visit("session", m.session);
  visit("storageAccounts", m.storage_accounts);
  visit("blobEndpoint", m.blob_endpoint);
  visit("hostPackages", m.host_packages);
  visit("ffmpeg", m.ffmpeg);
  visit("taskKillGraceMs", m.task_kill_grace);
  visit("emulatorAwayLimitMs", m.emulator_away_limit);
  visit("taskSlots", m.task_slots);
  visit("diskReserveMib", m.disk_reserve);
  visit("proxy", m.proxy);
}

template <class V>
void members(V& visit, ResourceFile& m) {
  visit("httpUrl", m.http_url);
  visit("containerUrl", m.container_url);
  visit("blobPrefix", m.blob_prefix);
  visit("filePath", m.file_path);
  visit("fileMode", m.file_mode);
}

template <class V>
void members(V& visit, OutputFile& m) {
  visit("filePattern", m.file_pattern);
  visit("containerUrl", m.container_url);
  visit("path", m.path);
  visit("uploadHeaders", m.upload_headers);
  visit("condition", m.condition);
}

template <class V>
void members(V& visit, Registry& m) {
  visit("server", m.server);
  visit("userName", m.user_name);
  visit("password", m.password);
}

template <class V>
void members(V& visit, BindMount& m) {
  visit("source", m.source);
  visit("readOnly", m.read_only);
}

template <class V>
void members(V& visit, Container& m) {
  visit("image", m.image);
  visit("runOptions", m.run_options);
  visit("registry", m.registry);
  visit("imageDirectory", m.image_directory);
  visit("wholeRoot", m.whole_root);
  visit("bindMounts", m.bind_mounts);
}

template <class V>
void members(V& visit, ContainerInfo& m) {
  visit("id", m.id);
  visit("state", m.state);
  visit("error", m.error);
}

template <class V>
void members(V& visit, MultiInstance& m) {
  visit("instance", m.instance);
  visit("coordinationCommandLine", m.coordination_command_line);
  visit("commonResourceFiles", m.common_resource_files);
  visit("hosts", m.hosts);
  visit("cores", m.cores);
}

template <class V>
void members(V& visit, Mount& m) {
  visit("relativePath", m.relative_path);
  visit("containerUrl", m.container_url);
  visit("directory", m.directory);
  visit("readOnly", m.read_only);
  visit("problem", m.problem);
}

template <class V>
void members(V& visit, Package& m) {
  visit("applicationId", m.application_id);
  visit("version", m.version);
  visit("byDefault", m.by_default);
  visit("edition", m.edition);
  visit("url", m.url);
}

template <class V>
void members(V& visit, Certificate& m) {
  visit("thumbprint", m.thumbprint);
  visit("pfx", m.pfx);
  visit("data", m.data);
  visit("password", m.password);
  visit("forStartTask", m.for_start_task);
  visit("forTasks", m.for_tasks);
}

template <class V>
void members(V& visit, PrepareNode& m) {
  visit("packages", m.packages);
  visit("certificates", m.certificates);
  visit("mounts", m.mounts);
  visit("containers", m.containers);
  visit("registries", m.registries);
  visit("images", m.images);
}

template <class V>
void members(V& visit, RunStartTask& m) {
  visit("commandLine", m.command_line);
  visit("environment", m.environment);
  visit("resourceFiles", m.resource_files);
  visit("maxRetries", m.max_retries);
  visit("elevated", m.elevated);
  visit("container", m.container);
}

template <class V>
void members(V& visit, RunTask& m) {
  visit("run", m.run);
  visit("commandLine", m.command_line);
  visit("environment", m.environment);
  visit("resourceFiles", m.resource_files);
  visit("outputFiles", m.output_files);
  visit("packages", m.packages);
  visit("maxWallClockMs", m.max_wall_clock);
  visit("elevated", m.elevated);
  visit("isolate", m.isolate);
  visit("preparationTask", m.preparation_task);
  visit("container", m.container);
  visit("multiInstance", m.multi_instance);
}

template <class V>
void members(V& visit, StartPrimary& m) {
  visit("run", m.run);
}

template <class V>
void members(V& visit, StopTask& m) {
  visit("run", m.run);
}

template <class V>
void members(V& visit, RemoveTaskFiles& m) {
  visit("jobId", m.job_id);
  visit("taskId", m.task_id);
}

template <class V>
void members(V&, ShutDown&) {}

template <class V>
void members(V& visit, UploadLogs& m) {
  visit("id", m.id);
  visit("containerUrl", m.container_url);
  visit("directory", m.directory);
  visit("start", m.start);
  visit("end", m.end);
}

template <class V>
void members(V& visit, Order& m) {
  visit("number", m.number);
  visit("order", m.body);
}

template <class V>
void members(V& visit, Fetch& m) {
  visit("session", m.session);
  visit("lastOrder", m.last_order);
  visit("waitMs", m.wait);
}

template <class V>
void members(V& visit, Orders& m) {
  visit("orders", m.orders);
}

template <class V>
void members(V& visit, Failure& m) {
  visit("userError", m.user_error);
  visit("code", m.code);
  visit("message", m.message);
  visit("details", m.details);
}

template <class V>
void members(V& visit, NodePrepared& m) {
  visit("failure", m.failure);
}

template <class V>
void members(V& visit, StartTaskStarted& m) {
  visit("at", m.at);
  visit("retryCount", m.retry_count);
}

template <class V>
void members(V& visit, StartTaskFinished& m) {
  visit("started", m.started);
  visit("ended", m.ended);
  visit("exitCode", m.exit_code);
  visit("failure", m.failure);
  visit("retryCount", m.retry_count);
  visit("lastRetry", m.last_retry);
  visit("container", m.container);
}

template <class V>
void members(V& visit, Usage& m) {
  visit("userCpuUs", m.user_cpu);
  visit("kernelCpuUs", m.kernel_cpu);
  visit("reads", m.read_operations);
  visit("writes", m.write_operations);
  visit("readBytes", m.read_bytes);
  visit("writtenBytes", m.written_bytes);
}

template <class V>
void members(V& visit, TaskFinished& m) {
  visit("run", m.run);
  visit("end", m.end);
  visit("ended", m.ended);
  visit("exitCode", m.exit_code);
  visit("failure", m.failure);
  visit("usage", m.usage);
  visit("container", m.container);
}

template <class V>
void members(V& visit, CoordinationFinished& m) {
  visit("run", m.run);
}

template <class V>
void members(V& visit, NodeUnusable& m) {
  visit("error", m.error);
}

template <class V>
void members(V& visit, LogsUploaded& m) {
  visit("id", m.id);
  visit("files", m.files);
  visit("failure", m.failure);
}

template <class V>
void members(V& visit, Report& m) {
  visit("number", m.number);
  visit("report", m.body);
}

template <class V>
void members(V& visit, Reports& m) {
  visit("session", m.session);
  visit("reports", m.reports);
}

template <class V>
void members(V& visit, Acknowledged& m) {
  visit("lastReport", m.last_report);
}

}  // namespace wire::node
