// Auto pools: pools that a job or a job schedule makes for itself (contract 4.3, 6.9).
#include "base/text.h"
#include "emulator/autoscale/formula.h"
#include "emulator/core/state.h"

#include <algorithm>
#include <cctype>

namespace emulator::core {
namespace {

using wire::batch::JobScheduleState;
using wire::batch::PoolLifetimeOption;

/// The prefix and an upper-case GUID [contract 4.3]. Nothing here is random: the account's seed and the job's sequence,
/// which is never used twice, make it.
PoolId auto_pool_id(const std::string& seed, const AutoPool& automatic, std::uint64_t sequence) {
  const auto digest = base::hex_encode(base::sha256(seed + "/autopool/" + std::to_string(sequence)));
  std::string guid = digest.substr(0, 8) + '-' + digest.substr(8, 4) + '-' + digest.substr(12, 4) + '-' +
                     digest.substr(16, 4) + '-' + digest.substr(20, 12);
  std::ranges::transform(guid, guid.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return PoolId{automatic.id_prefix + guid};
}

Failure scheduling_error(std::string code, std::string message, const base::Error& cause) {
  return {.category = wire::batch::FailureCategory::usererror,
          .code = std::move(code),
          .message = std::move(message),
          .details = {{"Reason", cause.message}}};
}

/// `schedulingError` for what refused the pool (contract 3.5).
Failure scheduling_error_of(const base::Error& error) {
  if (error.code == ErrorCode::PoolQuotaReached) {
    return scheduling_error("AutoPoolCreationFailedWithQuotaReached", "The pool quota for the account is reached.",
                            error);
  }
  if (error.code == ErrorCode::InvalidApplicationPackageReferences) {
    return scheduling_error("InvalidApplicationPackageReferencesInAutoPool",
                            "One or more application packages specified for the pool are invalid.", error);
  }
  if (error.code == ErrorCode::InvalidCertificateReferences) {
    return scheduling_error("InvalidCertificatesInAutoPool",
                            "The specified certificate references in the auto pool specification are not valid.",
                            error);
  }
  if (error.code == ErrorCode::AutoScalingFormulaSyntaxError || error.code == ErrorCode::AutoScalingFormulaTooLong ||
      error.code == ErrorCode::InvalidAutoScalingSettings) {
    return scheduling_error("InvalidAutoScaleFormulaInAutoPool", "The specified auto-scaling settings are not valid.",
                            error);
  }
  return scheduling_error("InvalidAutoPoolSettings", "The specified autopool settings are not valid.", error);
}

}  // namespace

base::Result<PoolId> Batch::State::make_auto_pool(const AutoPool& automatic, std::uint64_t sequence) {
  // The formula of a pool is refused when the pool is added; that of an auto pool here, where its job can say so.
  if (automatic.pool.auto_scale) RETURN_IF_ERROR(autoscale::Formula::parse(automatic.pool.auto_scale->formula));
  PoolRecord prepared = automatic.pool;
  prepared.id = auto_pool_id(options.node_id_seed, automatic, sequence);
  prepared.is_auto_pool = true;
  ASSIGN_OR_RETURN(const Pool* pool, create_pool(std::move(prepared)));
  return pool->record.id;
}

void Batch::State::find_pool_for(JobRecord& job) {
  if (!job.auto_pool || !job.pool.empty()) return;
  auto pool = make_auto_pool(*job.auto_pool, job.sequence);
  if (pool.has_value()) {
    job.pool = std::move(*pool);
  } else {
    job.scheduling_error = scheduling_error_of(pool.error());
  }
}

PoolId Batch::State::present_auto_pool(const PoolId& id) {
  const Pool* pool = id.empty() ? nullptr : find_pool(id);
  return pool == nullptr || pool->record.state == PoolState::deleting ? PoolId{} : id;
}

void Batch::State::drop_auto_pool(const PoolId& id) {
  if (present_auto_pool(id).empty()) return;
  delete_pool(*find_pool(id));
}

void Batch::State::drop_auto_pool(const Job& job) {
  const auto& automatic = job.record.auto_pool;
  if (!automatic || automatic->lifetime != PoolLifetimeOption::job || automatic->keep_alive) return;
  drop_auto_pool(job.record.pool);
}

void Batch::State::drop_auto_pool(JobSchedule& schedule) {
  // The specification that stands now says whether the pool outlives its schedule.
  const auto& automatic = schedule.record.specification->job.auto_pool;
  if (automatic && automatic->lifetime == PoolLifetimeOption::jobschedule && automatic->keep_alive) return;
  drop_auto_pool(schedule.record.auto_pool);
}

}  // namespace emulator::core
