// StateStore: where the Batch state outlives the process. Two implementations: SQLite, and memory for --in-memory.
#pragma once

#include "base/result.h"
#include "emulator/core/change.h"

#include <filesystem>
#include <memory>
#include <span>

namespace emulator::store {

/// Called by one thread at a time (a worker).
class StateStore {
 public:
  virtual ~StateStore() = default;
  /// Everything that was committed.
  virtual base::Result<core::Snapshot> load() = 0;
  /// All or nothing, and durable on return. After an error nothing of it is visible, and the store must not be used for
  /// writing again.
  virtual base::Result<void> commit(std::span<const core::Change> changes) = 0;
};

/// Opens or creates `file`, migrating older schemas. corrupt, no_space, io.
base::Result<std::unique_ptr<StateStore>> open_sqlite_state_store(const std::filesystem::path& file);
std::unique_ptr<StateStore> make_memory_state_store();

}  // namespace emulator::store
