// The catalog as SQLite tables (docs/storage_format.md, Blob). One object per connection; statements are prepared once.
#pragma once

#include "base/sqlite.h"
#include "blobstore/engine/catalog.h"

#include <filesystem>
#include <map>
#include <string_view>

namespace blobstore::store {

class SqliteCatalog final : public engine::Catalog {
 public:
  /// Opens the file; `cache_kib` bounds SQLite's page cache. `create` makes or migrates the schema (the writing
  /// connection does). `corrupt` for a schema version this program does not know.
  static base::Result<std::unique_ptr<SqliteCatalog>> open(const std::filesystem::path& file, std::uint64_t cache_kib,
                                                           bool create);

  base::Result<std::optional<engine::Container>> find_container(std::string_view account,
                                                                std::string_view name) const override;
  base::Result<std::vector<engine::Container>> containers_from(std::string_view account, std::string_view first,
                                                               std::size_t limit) const override;
  base::Result<std::optional<engine::Blob>> find_blob(std::int64_t container, std::string_view name) const override;
  base::Result<std::vector<engine::Blob>> blobs_from(std::int64_t container, std::string_view first,
                                                     std::size_t limit) const override;
  base::Result<std::vector<engine::Block>> blocks(std::int64_t blob, std::uint64_t begin,
                                                  std::uint64_t end) const override;
  base::Result<std::vector<engine::StagedBlock>> staged_blocks(std::int64_t container,
                                                               std::string_view name) const override;
  base::Result<engine::StagedSummary> staged_summary(std::int64_t container, std::string_view name) const override;
  base::Result<std::optional<engine::StagedBlock>> find_staged(std::int64_t container, std::string_view name,
                                                               std::string_view block) const override;
  base::Result<std::vector<std::string>> staged_names_from(std::int64_t container, std::string_view first,
                                                           std::size_t limit) const override;
  base::Result<std::optional<engine::Service>> find_service(std::string_view account) const override;
  base::Result<std::vector<engine::Service>> services() const override;
  base::Result<std::vector<engine::ExtentId>> extents_of(std::int64_t container) const override;

  base::Timestamp stamp(base::Timestamp now) override;
  base::Result<std::int64_t> insert_container(const engine::Container& container) override;
  base::Result<void> update_container(const engine::Container& container) override;
  base::Result<void> remove_container(std::int64_t id) override;
  base::Result<std::int64_t> insert_blob(const engine::Blob& blob, const std::vector<engine::Block>& blocks) override;
  base::Result<void> update_blob(const engine::Blob& blob) override;
  base::Result<void> remove_blob(std::int64_t id) override;
  base::Result<void> append_block(std::int64_t blob, const engine::Block& block) override;
  base::Result<void> put_service(const engine::Service& service) override;
  base::Result<void> remove_service(std::string_view account) override;
  base::Result<void> put_staged(std::int64_t container, std::string_view name,
                                const engine::StagedBlock& block) override;
  base::Result<void> remove_staged(std::int64_t container, std::string_view name) override;
  base::Result<std::vector<engine::ExtentId>> drop_staged_before(base::Timestamp limit) override;

  base::Result<std::vector<engine::ExtentId>> all_extents() const;
  /// Writes the last stamp given out; part of every transaction that gave one out.
  base::Result<void> save_stamp();
  base::sqlite::Database& database() { return database_; }

 private:
  explicit SqliteCatalog(base::sqlite::Database database) : database_(std::move(database)) {}
  base::Result<void> create_schema();
  /// The prepared statement of a literal, reset.
  base::Result<base::sqlite::Statement*> statement(const char* sql) const;
  base::Result<std::vector<engine::ExtentId>> extents(base::sqlite::Statement& statement) const;

  mutable base::sqlite::Database database_;
  mutable std::map<const char*, base::sqlite::Statement> statements_;
  base::Timestamp last_stamp_{};
  base::Timestamp saved_stamp_{};
};

}  // namespace blobstore::store
