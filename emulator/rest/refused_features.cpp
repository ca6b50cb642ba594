#include "emulator/rest/refused_features.h"

#include "emulator/rest/documents.h"
#include "wire/batch/errors.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

base::Error refused(std::string_view property) {
  auto error = wire::batch::make_error(
      wire::batch::ErrorCode::NotImplemented,
      {{"PropertyName", std::string{property}}, {"Reason", "The emulator does not offer this feature"}});
  error.message = "The emulator does not offer the property " + std::string{property};
  return error;
}

/// Managed identities: agents fetch and upload with SAS and have no identity of their own.
base::Result<void> refuse_identities(const json& files, const std::string& name) {
  for (const auto& file : files) {
    if (member(file, {"identityReference"}) != nullptr) return refused(name + ".identityReference");
    if (member(file, {"destination", "container", "identityReference"}) != nullptr) {
      return refused(name + ".destination.container.identityReference");
    }
  }
  return {};
}

}  // namespace

base::Result<void> refuse_unoffered_in_pool(const json& pool) {
  for (const auto& registry :
       array_member(pool, {"virtualMachineConfiguration", "containerConfiguration", "containerRegistries"})) {
    if (member(registry, {"identityReference"}) != nullptr) {
      return refused("virtualMachineConfiguration.containerConfiguration.containerRegistries.identityReference");
    }
  }
  for (const auto& mount : array_member(pool, {"mountConfiguration"})) {
    if (member(mount, {"azureBlobFileSystemConfiguration", "identityReference"}) != nullptr) {
      return refused("mountConfiguration.azureBlobFileSystemConfiguration.identityReference");
    }
  }
  return refuse_identities(array_member(pool, {"startTask", "resourceFiles"}), "startTask.resourceFiles");
}

base::Result<void> refuse_unoffered_in_job(const json& job) {
  if (const auto* manager = member(job, {"jobManagerTask"})) RETURN_IF_ERROR(refuse_unoffered_in_task(*manager));
  for (const std::string name : {"jobPreparationTask", "jobReleaseTask"}) {
    if (member(job, {name, "containerSettings", "registry", "identityReference"}) != nullptr) {
      return refused(name + ".containerSettings.registry.identityReference");
    }
    RETURN_IF_ERROR(refuse_identities(array_member(job, {name, "resourceFiles"}), name + ".resourceFiles"));
  }
  if (const auto* pool = member(job, {"poolInfo", "autoPoolSpecification", "pool"}))
    return refuse_unoffered_in_pool(*pool);
  return {};
}

base::Result<void> refuse_unoffered_in_task(const json& task) {
  if (member(task, {"containerSettings", "registry", "identityReference"}) != nullptr) {
    return refused("containerSettings.registry.identityReference");
  }
  RETURN_IF_ERROR(refuse_identities(array_member(task, {"resourceFiles"}), "resourceFiles"));
  RETURN_IF_ERROR(refuse_identities(array_member(task, {"multiInstanceSettings", "commonResourceFiles"}),
                                    "multiInstanceSettings.commonResourceFiles"));
  return refuse_identities(array_member(task, {"outputFiles"}), "outputFiles");
}

}  // namespace emulator::rest
