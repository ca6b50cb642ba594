// The state of `--in-memory`: kept nowhere but here, with the same promises while the process lives.
#include "emulator/store/state_store.h"

#include <map>

namespace emulator::store {
namespace {

using core::Change;

template <class Map>
auto values_of(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map) values.push_back(value);
  return values;
}

class MemoryStateStore final : public StateStore {
 public:
  base::Result<core::Snapshot> load() override {
    core::Snapshot snapshot;
    snapshot.pools = values_of(pools_);
    snapshot.nodes = values_of(nodes_);
    snapshot.jobs = values_of(jobs_);
    snapshot.tasks = values_of(tasks_);
    snapshot.samples = values_of(samples_);
    snapshot.applications = values_of(applications_);
    snapshot.certificates = values_of(certificates_);
    snapshot.job_schedules = values_of(job_schedules_);
    snapshot.usage = values_of(usage_);
    snapshot.totals = totals_;
    snapshot.job_nodes = values_of(job_nodes_);
    return snapshot;
  }

  base::Result<void> commit(std::span<const Change> changes) override {
    for (const Change& change : changes) {
      std::visit([&](const auto& row) { apply(row); }, change);
    }
    return {};
  }

 private:
  void apply(const core::PoolRecord& row) { pools_.insert_or_assign(row.id, row); }
  void apply(const core::NodeRecord& row) { nodes_.insert_or_assign(row.key, row); }
  void apply(const core::JobRecord& row) { jobs_.insert_or_assign(row.id, row); }
  void apply(const core::TaskRecord& row) { tasks_.insert_or_assign(row.key, row); }
  void apply(const core::SampleRecord& row) { samples_.insert_or_assign({row.pool, row.at}, row); }
  void apply(const core::SamplesForgotten& row) {
    samples_.erase(samples_.lower_bound({row.pool, core::Timestamp::min()}),
                   samples_.lower_bound({row.pool, row.before}));
  }
  void apply(const core::ApplicationRecord& row) { applications_.insert_or_assign(row.id, row); }
  void apply(const core::ApplicationRemoved& row) { applications_.erase(row.id); }
  void apply(const core::CertificateRecord& row) { certificates_.insert_or_assign(row.thumbprint, row); }
  void apply(const core::CertificateRemoved& row) { certificates_.erase(row.thumbprint); }
  void apply(const core::JobScheduleRecord& row) { job_schedules_.insert_or_assign(row.id, row); }
  void apply(const core::UsageRecord& row) { usage_.insert_or_assign(row.key, row); }
  void apply(const core::TotalsRecord& row) { totals_ = row; }
  void apply(const core::JobScheduleRemoved& row) { job_schedules_.erase(row.id); }
  void apply(const core::UsageRemoved& row) { usage_.erase(row.key); }
  void apply(const core::JobNodeRecord& row) { job_nodes_.insert_or_assign(row.key, row); }
  void apply(const core::PoolRemoved& row) { pools_.erase(row.id); }
  void apply(const core::NodeRemoved& row) { nodes_.erase(row.key); }
  void apply(const core::TaskRemoved& row) { tasks_.erase(row.key); }
  void apply(const core::JobRemoved& row) {
    jobs_.erase(row.id);
    const auto first = tasks_.lower_bound(core::TaskKey{row.id, core::TaskId{}});
    auto last = first;
    while (last != tasks_.end() && last->first.job == row.id) ++last;
    tasks_.erase(first, last);
    std::erase_if(job_nodes_, [&](const auto& entry) { return entry.first.job == row.id; });
  }

  std::map<core::PoolId, core::PoolRecord> pools_;
  std::map<core::NodeKey, core::NodeRecord> nodes_;
  std::map<core::JobId, core::JobRecord> jobs_;
  std::map<core::TaskKey, core::TaskRecord> tasks_;
  std::map<core::JobScheduleId, core::JobScheduleRecord> job_schedules_;
  std::map<core::UsageKey, core::UsageRecord> usage_;
  core::TotalsRecord totals_;
  std::map<std::pair<core::PoolId, core::Timestamp>, core::SampleRecord> samples_;
  std::map<core::ApplicationId, core::ApplicationRecord> applications_;
  std::map<core::CertificateId, core::CertificateRecord> certificates_;
  std::map<core::JobNodeKey, core::JobNodeRecord> job_nodes_;
};

}  // namespace

std::unique_ptr<StateStore> make_memory_state_store() {
  return std::make_unique<MemoryStateStore>();
}

}  // namespace emulator::store
