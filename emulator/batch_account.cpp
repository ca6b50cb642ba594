#include "emulator/batch_account.h"

#include "base/durable_file.h"
#include "emulator/rest/task_token.h"
#include "emulator/store/state_store.h"

#include <chrono>

namespace emulator {
namespace {

/// The program beside this one.
std::string default_node_agent() {
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  return failure ? std::string{"batch-nodeagent"} : (program.parent_path() / "batch-nodeagent").string();
}

nodes::NodeOptions node_options(const BatchAccount& account, const BatchAccountSetting& setting) {
  const Options& options = setting.options;
  nodes::NodeOptions node;
  node.data_dir = account.directory;
  node.agent_program = options.node_agent.empty() ? default_node_agent() : options.node_agent;
  node.host_packages = options.host_packages;
  node.ffmpeg = options.ffmpeg;
  node.account_name = account.name;
  node.account_url = setting.account_url;
  node.proxy = setting.proxy;
  node.storage_accounts = setting.storage_accounts;
  node.blob_endpoint = "127.0.0.1:" + std::to_string(setting.blob_port);
  node.task_kill_grace = std::chrono::seconds{options.task_kill_grace};
  node.disk_reserve = options.node_disk_reserve;
  node.emulator_away_limit = std::chrono::seconds{options.emulator_away_limit};
  return node;
}

void set_quotas(core::BatchOptions& rules, const Options& options) {
  const auto set = []<class Quota>(Quota& quota, std::int64_t option) {
    if (option > 0) quota = static_cast<Quota>(option);
  };
  set(rules.max_pools, options.quota_pools);
  set(rules.max_active_jobs, options.quota_active_jobs);
  set(rules.max_dedicated_cores, options.quota_dedicated_cores);
  set(rules.max_low_priority_cores, options.quota_low_priority_cores);
  set(rules.max_inter_node_nodes, options.quota_inter_node_nodes);
  set(rules.max_applications, options.quota_applications);
  set(rules.max_packages_per_application, options.quota_packages);
  set(rules.max_nodes, options.max_nodes);
}

nodes::AssignmentSource assignment_source(const std::string& name, const BatchAccountSetting& setting) {
  const base::Clock& clock = setting.clock;
  const auto storage = setting.auto_storage;
  nodes::AssignmentSource source;
  source.task = [storage, &clock, account = name, key = setting.signing_key](
                    const core::TaskRecord& task, const core::JobRecord& job, const core::PoolRecord& pool,
                    const core::TaskPlace& place) -> base::Result<wire::node::RunTask> {
    ASSIGN_OR_RETURN(auto order, rest::run_task_order(task, job, pool, place, storage(), clock.now()));
    if (rest::asks_for_token(task)) {
      const rest::TaskToken token{.task = task.key, .attempt = task.attempt, .job_created = job.created};
      order.environment.emplace_back(rest::kTaskTokenVariable, rest::print_task_token(account, key(), token));
    }
    return order;
  };
  source.special_task = [storage, &clock](core::SpecialTask kind, core::Attempt attempt, const core::JobRecord& job,
                                          const core::PoolRecord& pool) {
    return rest::special_task_order(kind, attempt, job, pool, storage(), clock.now());
  };
  source.start_task = [storage, &clock](const core::NodeRecord& node, const core::PoolRecord& pool) {
    return rest::run_start_task_order(node, pool, storage(), clock.now());
  };
  source.package = [storage, &clock](const core::DeployablePackage& package) {
    return rest::package_order(package, storage(), clock.now());
  };
  source.preparation = [storage, &clock](const nodes::Preparation& preparation) {
    const auto own = storage();
    auto order = rest::preparation_order(preparation.packages, preparation.certificate_references,
                                         preparation.certificates, own, clock.now());
    if (preparation.pool) rest::add_mounts_and_containers(order, *preparation.pool, own, clock.now());
    return order;
  };
  return source;
}

}  // namespace

std::filesystem::path batch_account_directory(const std::filesystem::path& data_dir, const std::string& name) {
  return data_dir / "accounts" / name;
}

base::Result<std::unique_ptr<BatchAccount>> open_batch_account(const std::string& name, std::filesystem::path directory,
                                                               std::string agent_url,
                                                               const BatchAccountSetting& setting) {
  auto account = std::make_unique<BatchAccount>();
  account->name = name;
  account->directory = std::move(directory);
  account->agent_url = std::move(agent_url);
  RETURN_IF_ERROR(base::make_directory(account->directory));
  ASSIGN_OR_RETURN(account->events, events::EventLog::open(account->directory, name, setting.workers));
  auto store = store::make_memory_state_store();
  if (!setting.options.in_memory) {
    ASSIGN_OR_RETURN(store, store::open_sqlite_state_store(account->directory / "batch.db"));
  }
  core::BatchOptions rules;
  rules.node_boot_time = std::chrono::seconds{setting.options.node_boot_time};
  rules.node_id_seed = name;
  set_quotas(rules, setting.options);
  ASSIGN_OR_RETURN(account->service, service::BatchService::open(setting.executor, setting.workers, setting.clock,
                                                                 std::move(store), std::move(rules)));
  account->service->on_failed_commit(setting.on_failed_commit);
  ASSIGN_OR_RETURN(account->nodes,
                   nodes::NodeService::open(setting.executor, setting.workers, setting.clock, *account->service,
                                            node_options(*account, setting), assignment_source(name, setting)));
  return account;
}

}  // namespace emulator
