// Rows in SQLite: one connection that writes, a few that read, and group commit.
//
// Changes queue up; a worker takes all that wait, runs them in one transaction, commits (which syncs), and only then
// wakes their callers. While it commits the next group gathers, so many small writes share each sync. Readers have
// connections of their own: WAL shows them what is committed and nothing else.
#pragma once

#include "base/async.h"
#include "blobstore/store/metadata_store.h"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace blobstore::store {

struct SqliteOptions {
  std::filesystem::path file;
  std::uint64_t max_waiting = 4096;  ///< changes
  std::uint64_t cache_kib = 1024;    ///< of the writer; readers have a quarter each
};

class SqliteMetadataStore final : public MetadataStore {
 public:
  /// Blocks while it opens the file. `workers` must outlive the store.
  static base::Result<std::unique_ptr<SqliteMetadataStore>> open(base::Workers& workers, SqliteOptions options);
  ~SqliteMetadataStore() override;

  base::Async<base::Result<void>> update(Change change) override;
  base::Async<base::Result<void>> read(Look look) override;
  base::Result<std::vector<engine::ExtentId>> extents_in_use() override;
  base::Result<std::vector<engine::Service>> services() override;
  base::Async<void> stop() override;

 private:
  struct State;
  explicit SqliteMetadataStore(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace blobstore::store
