#include "emulator/rest/refused_features.h"

#include "emulator/rest/documents.h"
#include "wire/batch/errors.h"

#include <array>

namespace emulator::rest {
namespace {

using nlohmann::json;

/// Present means asked for: not false, not an empty list.
bool asks(const json* value) {
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_array()) return !value->empty();
  return true;
}

base::Error refused(std::string_view property) {
  auto error = wire::batch::make_error(
      wire::batch::ErrorCode::NotImplemented,
      {{"PropertyName", std::string{property}}, {"Reason", "The emulator does not offer this feature"}});
  error.message = "The emulator does not offer the property " + std::string{property};
  return error;
}

template <std::size_t N>
base::Result<void> refuse_any(const json& object, const std::array<std::string_view, N>& names,
                              const std::string& prefix = {}) {
  for (const auto name : names) {
    if (asks(member(object, {name}))) return refused(prefix + std::string{name});
  }
  return {};
}

constexpr auto kUnofferedInTasks = std::to_array<std::string_view>({"multiInstanceSettings", "containerSettings"});

/// Managed identities: there is no identity provider on this machine.
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
  static constexpr auto kNames = std::to_array<std::string_view>({"mountConfiguration"});
  RETURN_IF_ERROR(refuse_any(pool, kNames));
  if (asks(member(pool, {"virtualMachineConfiguration", "containerConfiguration"}))) {
    return refused("virtualMachineConfiguration.containerConfiguration");
  }
  if (asks(member(pool, {"startTask", "containerSettings"}))) return refused("startTask.containerSettings");
  return refuse_identities(array_member(pool, {"startTask", "resourceFiles"}), "startTask.resourceFiles");
}

base::Result<void> refuse_unoffered_in_job(const json& job) {
  if (const auto* manager = member(job, {"jobManagerTask"})) RETURN_IF_ERROR(refuse_unoffered_in_task(*manager));
  for (const std::string name : {"jobPreparationTask", "jobReleaseTask"}) {
    if (asks(member(job, {name, "containerSettings"}))) return refused(name + ".containerSettings");
    RETURN_IF_ERROR(refuse_identities(array_member(job, {name, "resourceFiles"}), name + ".resourceFiles"));
  }
  if (const auto* pool = member(job, {"poolInfo", "autoPoolSpecification", "pool"}))
    return refuse_unoffered_in_pool(*pool);
  return {};
}

base::Result<void> refuse_unoffered_in_task(const json& task) {
  RETURN_IF_ERROR(refuse_any(task, kUnofferedInTasks));
  RETURN_IF_ERROR(refuse_identities(array_member(task, {"resourceFiles"}), "resourceFiles"));
  return refuse_identities(array_member(task, {"outputFiles"}), "outputFiles");
}

}  // namespace emulator::rest
