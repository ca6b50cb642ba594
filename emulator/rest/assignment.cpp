#include "emulator/rest/assignment.h"

#include "emulator/core/failures.h"
#include "emulator/core/special_tasks.h"
#include "emulator/rest/containers.h"
#include "emulator/rest/documents.h"
#include "wire/blob/sas.h"

#include <algorithm>

namespace emulator::rest {
namespace {

using nlohmann::json;

/// What resource files of an account's own container need: to list it and to read it.
constexpr std::string_view kReadAndList = "rl";
constexpr std::string_view kSasVersion = "2021-12-02";

/// One setting of a name: the last one given, at the place of the first.
void add_settings(wire::node::Environment& environment, const json& settings) {
  for (const auto& setting : settings) {
    auto name = text_member(setting, {"name"});
    auto value = text_member(setting, {"value"});
    bool is_known = false;
    for (auto& [known, current] : environment) {
      if (known != name) continue;
      current = value;
      is_known = true;
    }
    if (!is_known) environment.emplace_back(std::move(name), std::move(value));
  }
}

wire::node::ResourceFile resource_file(const json& file, const AutoStorage& storage, base::Timestamp now) {
  wire::node::ResourceFile order{.http_url = text_member(file, {"httpUrl"}),
                                 .container_url = text_member(file, {"storageContainerUrl"}),
                                 .blob_prefix = text_member(file, {"blobPrefix"}),
                                 .file_path = text_member(file, {"filePath"}),
                                 .file_mode = text_member(file, {"fileMode"})};
  if (const auto container = text_member(file, {"autoStorageContainerName"}); !container.empty()) {
    order.container_url = storage.url + "/" + container + "?" +
                          wire::blob::sign_container_sas(storage.account, storage.key, container, kReadAndList,
                                                         now + kAutoStorageAccess, kSasVersion);
  }
  return order;
}

std::vector<wire::node::ResourceFile> resource_files(const json& files, const AutoStorage& storage,
                                                     base::Timestamp now) {
  std::vector<wire::node::ResourceFile> orders;
  for (const auto& file : files) orders.push_back(resource_file(file, storage, now));
  return orders;
}

std::optional<wire::node::MultiInstance> multi_instance(const json& task, const core::PoolRecord& pool,
                                                        const core::TaskPlace& place, const AutoStorage& storage,
                                                        base::Timestamp now) {
  const auto* settings = member(task, {"multiInstanceSettings"});
  if (settings == nullptr) return std::nullopt;
  return wire::node::MultiInstance{
      .instance = place.instance,
      .coordination_command_line = text_member(*settings, {"coordinationCommandLine"}),
      .common_resource_files = resource_files(array_member(*settings, {"commonResourceFiles"}), storage, now),
      .hosts = place.hosts,
      .cores = pool.cores_per_node};
}

wire::node::UploadCondition upload_condition(const json& file) {
  using Stored = wire::batch::UploadCondition;
  switch (enum_member<Stored>(file, {"uploadOptions", "uploadCondition"}).value_or(Stored::taskcompletion)) {
    case Stored::tasksuccess: return wire::node::UploadCondition::task_success;
    case Stored::taskfailure: return wire::node::UploadCondition::task_failure;
    case Stored::taskcompletion: break;
  }
  return wire::node::UploadCondition::task_completion;
}

wire::node::OutputFile output_file(const json& file) {
  wire::node::OutputFile order{.file_pattern = text_member(file, {"filePattern"}),
                               .container_url = text_member(file, {"destination", "container", "containerUrl"}),
                               .path = text_member(file, {"destination", "container", "path"}),
                               .upload_headers = {},
                               .condition = upload_condition(file)};
  for (const auto& header : array_member(file, {"destination", "container", "uploadHeaders"})) {
    order.upload_headers.emplace_back(text_member(header, {"name"}), text_member(header, {"value"}));
  }
  return order;
}

/// The pool's account of that name; null when it has none.
const json* find_user_account(const json& pool, const std::string& name) {
  for (const auto& account : array_member(pool, {"userAccounts"})) {
    if (text_member(account, {"name"}) == name) return &account;
  }
  return nullptr;
}

/// Whether the task's user is an administrator: an auto user by its own words, a named one by the pool's account.
bool is_elevated(const json& task, const json& pool) {
  using wire::batch::ElevationLevel;
  const auto name = text_member(task, {"userIdentity", "username"});
  if (name.empty()) {
    return enum_member<ElevationLevel>(task, {"userIdentity", "autoUser", "elevationLevel"}) == ElevationLevel::admin;
  }
  const json* account = find_user_account(pool, name);
  return account != nullptr && enum_member<ElevationLevel>(*account, {"elevationLevel"}) == ElevationLevel::admin;
}

/// A named user must be among the pool's accounts (contract 7.4); the service finds out when the task runs (inferred).
base::Result<void> check_user(const json& task, const json& pool) {
  const auto name = text_member(task, {"userIdentity", "username"});
  if (name.empty() || find_user_account(pool, name) != nullptr) return {};
  return base::Error(base::Errc::invalid_argument,
                     "running the task as the user " + name + ": the pool has no such user account")
      .with(std::string(core::kFailureCodeDetail), "CommandLaunchFailed");
}

/// Settings and pool must agree (contract 4.5); the service finds out when the task runs (inferred).
base::Result<void> check_container(const json& task, const json& pool) {
  const bool has_settings = member(task, {"containerSettings"}) != nullptr;
  const bool of_containers = member(pool, {"virtualMachineConfiguration", "containerConfiguration"}) != nullptr;
  if (has_settings == of_containers) return {};
  return base::Error(base::Errc::invalid_argument,
                     of_containers ? "the pool has a container configuration, so its tasks must have containerSettings"
                                   : "the task has containerSettings, but its pool has no container configuration")
      .with(std::string(core::kFailureCodeDetail), "ContainerInvalidSettings");
}

base::Result<std::string> command_line(const json& task) {
  const auto* command = member(task, {"commandLine"});
  if (command == nullptr || !command->is_string()) {
    return base::Error{base::Errc::invalid_argument, "the stored task has no command line"};
  }
  return command->get<std::string>();
}

/// Who sees the certificate of a reference: everybody when nobody is named (the description's default).
bool is_visible(const json& reference, wire::batch::CertificateVisibility to) {
  const auto& named = array_member(reference, {"visibility"});
  return named.empty() || std::ranges::any_of(named, [&](const json& name) {
           return name.is_string() && name.get_ref<const std::string&>() == wire::batch::name_of(to);
         });
}

wire::node::Certificate certificate_order(const core::CertificateRecord& record, const json& references) {
  const auto document = parse_document(record.document);
  wire::node::Certificate order;
  order.thumbprint = record.thumbprint.text();
  order.pfx = enum_member<wire::batch::CertificateFormat>(document, {"certificateFormat"}) !=
              wire::batch::CertificateFormat::cer;
  order.data = text_member(document, {"data"});
  order.password = text_member(document, {"password"});
  for (const auto& reference : references) {
    if (core::CertificateId{text_member(reference, {"thumbprint"})} != record.thumbprint) continue;
    order.for_start_task = is_visible(reference, wire::batch::CertificateVisibility::starttask);
    order.for_tasks = is_visible(reference, wire::batch::CertificateVisibility::task);
  }
  return order;
}

std::optional<std::chrono::milliseconds> wall_clock(core::Ticks limit) {
  if (limit == core::kUnlimited) return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(limit);
}

/// What ordinary and special tasks have in common.
base::Result<wire::node::RunTask> task_order(const json& document, const core::JobRecord& job,
                                             const core::PoolRecord& pool, const AutoStorage& storage,
                                             base::Timestamp now) {
  wire::node::RunTask order;
  ASSIGN_OR_RETURN(order.command_line, command_line(document));
  add_settings(order.environment, array_member(parse_document(job.document), {"commonEnvironmentSettings"}));
  add_settings(order.environment, array_member(document, {"environmentSettings"}));
  order.resource_files = resource_files(array_member(document, {"resourceFiles"}), storage, now);
  const auto pool_document = parse_document(pool.document);
  RETURN_IF_ERROR(check_user(document, pool_document));
  order.container = container_of(document);
  order.elevated = is_elevated(document, pool_document);
  if (job.preparation) order.preparation_task = job.preparation->id.text();
  return order;
}

}  // namespace

wire::node::Package package_order(const core::DeployablePackage& package, const AutoStorage& storage,
                                  base::Timestamp now) {
  return {.application_id = package.application.text(),
          .version = package.version,
          .by_default = package.by_default,
          .edition = std::to_string(package.activated.time_since_epoch().count()),
          .url = storage.url + "/" + package.container + "/" + package.blob + "?" +
                 wire::blob::sign_blob_sas(storage.account, storage.key, package.container, package.blob, "r",
                                           now + kAutoStorageAccess, kSasVersion)};
}

wire::node::PrepareNode preparation_order(const std::vector<core::DeployablePackage>& packages,
                                          const core::Document& certificate_references,
                                          const std::vector<core::CertificateRecord>& certificates,
                                          const AutoStorage& storage, base::Timestamp now) {
  wire::node::PrepareNode order;
  for (const auto& package : packages) order.packages.push_back(package_order(package, storage, now));
  const auto references = parse_document(certificate_references);
  for (const auto& certificate : certificates) {
    order.certificates.push_back(certificate_order(certificate, references));
  }
  return order;
}

base::Result<wire::node::RunTask> special_task_order(core::SpecialTask kind, core::Attempt attempt,
                                                     const core::JobRecord& job, const core::PoolRecord& pool,
                                                     const AutoStorage& storage, base::Timestamp now) {
  const bool prepares = kind == core::SpecialTask::preparation;
  const auto document = parse_document(job.document);
  const auto* task = member(document, {prepares ? "jobPreparationTask" : "jobReleaseTask"});
  if (task == nullptr) return base::Error{base::Errc::invalid_argument, "the stored job has no such special task"};
  ASSIGN_OR_RETURN(auto order, task_order(*task, job, pool, storage, now));
  order.run = {.job_id = job.id.text(), .task_id = core::special_key(job, kind).task.text(), .attempt = attempt};
  order.max_wall_clock = wall_clock(prepares ? job.preparation->max_wall_clock : job.release->max_wall_clock);
  if (prepares) order.preparation_task.clear();
  return order;
}

base::Result<wire::node::RunTask> run_task_order(const core::TaskRecord& task, const core::JobRecord& job,
                                                 const core::PoolRecord& pool, const core::TaskPlace& place,
                                                 const AutoStorage& storage, base::Timestamp now) {
  const auto document = parse_document(task.document);
  ASSIGN_OR_RETURN(auto order, task_order(document, job, pool, storage, now));
  order.run = {.job_id = task.key.job.text(), .task_id = task.key.task.text(), .attempt = task.attempt};
  order.multi_instance = multi_instance(document, pool, place, storage, now);
  RETURN_IF_ERROR(check_container(document, parse_document(pool.document)));
  order.isolate = task.crashes > 0;
  if (place.instance > 0) {
    // Subtasks have the coordination command and the common files only; their end is the primary's.
    order.resource_files.clear();
    return order;
  }
  for (const auto& file : array_member(document, {"outputFiles"})) order.output_files.push_back(output_file(file));
  order.max_wall_clock = wall_clock(task.rules.constraints.max_wall_clock.value_or(core::kUnlimited));
  return order;
}

base::Result<wire::node::RunStartTask> run_start_task_order(const core::NodeRecord& node, const core::PoolRecord& pool,
                                                            const AutoStorage& storage, base::Timestamp now) {
  const auto document = parse_document(node.start_task);
  wire::node::RunStartTask order;
  ASSIGN_OR_RETURN(order.command_line, command_line(document));
  add_settings(order.environment, array_member(document, {"environmentSettings"}));
  order.resource_files = resource_files(array_member(document, {"resourceFiles"}), storage, now);
  order.max_retries = integer_member(document, {"maxTaskRetryCount"}).value_or(0);
  const auto pool_document = parse_document(pool.document);
  RETURN_IF_ERROR(check_user(document, pool_document));
  order.container = container_of(document);
  order.elevated = is_elevated(document, pool_document);
  return order;
}

}  // namespace emulator::rest
