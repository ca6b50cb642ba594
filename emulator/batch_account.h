// A Batch account of the process: its state, its rules and its nodes.
#pragma once

#include "emulator/accounts.h"
#include "emulator/events/event_log.h"
#include "emulator/nodes/node_service.h"
#include "emulator/options.h"
#include "emulator/service/batch_service.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace emulator {

/// The first account lives in the data directory itself, others below `accounts/`.
struct BatchAccount {
  KeyedAccount keyed;
  std::filesystem::path directory;
  std::string agent_url;  ///< where its agents find the node protocol
  std::unique_ptr<events::EventLog> events;
  std::unique_ptr<service::BatchService> service;
  std::unique_ptr<nodes::NodeService> nodes;
};

/// What an account is opened in. All that is referred to outlives the account.
struct BatchAccountSetting {
  base::Executor executor;
  base::Workers& workers;
  const base::Clock& clock;
  const Options& options;
  const Accounts& accounts;
  std::string batch_url;
  std::string blob_url;  ///< of the endpoint, without an account
  std::uint16_t blob_port = 0;
  /// Called once when its state can no longer be written.
  std::function<void(const base::Error&)> on_failed_commit;
};

/// Opens the store in `directory` (made when missing), the service over it and the nodes. io, corrupt, no_space.
base::Result<std::unique_ptr<BatchAccount>> open_batch_account(const KeyedAccount& keyed,
                                                               std::filesystem::path directory, std::string agent_url,
                                                               const BatchAccountSetting& setting);

}  // namespace emulator
