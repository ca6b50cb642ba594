// A Batch account of the process: its state, its rules and its nodes.
#pragma once

#include "emulator/events/event_log.h"
#include "emulator/nodes/node_service.h"
#include "emulator/options.h"
#include "emulator/rest/assignment.h"
#include "emulator/service/batch_service.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace emulator {

/// The first account lives in the data directory itself, others below `accounts/`.
struct BatchAccount {
  std::string name;
  std::filesystem::path directory;
  std::string agent_url;  ///< where its agents find the node protocol
  std::unique_ptr<events::EventLog> events;
  std::unique_ptr<service::BatchService> service;
  std::unique_ptr<nodes::NodeService> nodes;
};

/// Where an account that is not the first lives.
std::filesystem::path batch_account_directory(const std::filesystem::path& data_dir, const std::string& name);

/// What an account is opened in. All that is referred to outlives the account.
struct BatchAccountSetting {
  base::Executor executor;
  base::Workers& workers;
  const base::Clock& clock;
  const Options& options;
  std::function<std::string()> account_url;  ///< as its tasks are told
  std::optional<wire::ProxySettings> proxy;  ///< of its nodes
  std::uint16_t blob_port = 0;
  std::vector<std::string> storage_accounts;  ///< that node agents find at the blob port
  /// Asked whenever an order is made, since links and keys change.
  std::function<rest::AutoStorage()> auto_storage;
  std::function<std::string()> signing_key;  ///< raw
  /// Called once when its state can no longer be written.
  std::function<void(const base::Error&)> on_failed_commit;
};

/// Opens the store in `directory` (made when missing), the service over it and the nodes. io, corrupt, no_space.
base::Result<std::unique_ptr<BatchAccount>> open_batch_account(const std::string& name, std::filesystem::path directory,
                                                               std::string agent_url,
                                                               const BatchAccountSetting& setting);

}  // namespace emulator
