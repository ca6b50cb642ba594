// Reading rows, and the schema. (Changes: sqlite_catalog_changes.cpp.)
#include "blobstore/store/sqlite_catalog.h"

#include "blobstore/store/row_text.h"

#include <algorithm>

namespace blobstore::store {
namespace {

using base::sqlite::Statement;
using engine::Blob;
using engine::Block;
using engine::Container;
using engine::ExtentId;
using engine::StagedBlock;

constexpr std::int64_t kSchemaVersion = 2;

constexpr const char* kSchema = R"sql(
CREATE TABLE containers (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, modified INTEGER NOT NULL,
  public_access INTEGER NOT NULL, metadata TEXT NOT NULL, policies TEXT NOT NULL, UNIQUE (account, name));
CREATE TABLE blobs (
  id INTEGER PRIMARY KEY, container INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
  created INTEGER NOT NULL, modified INTEGER NOT NULL, type TEXT NOT NULL, encoding TEXT NOT NULL,
  language TEXT NOT NULL, md5 BLOB NOT NULL, cache_control TEXT NOT NULL, disposition TEXT NOT NULL,
  metadata TEXT NOT NULL, tier INTEGER NOT NULL, has_block_list INTEGER NOT NULL, UNIQUE (container, name));
CREATE TABLE blocks (
  blob INTEGER NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL, id BLOB NOT NULL, extent INTEGER NOT NULL,
  PRIMARY KEY (blob, start)) WITHOUT ROWID;
CREATE TABLE staged (
  container INTEGER NOT NULL, name TEXT NOT NULL, id BLOB NOT NULL, size INTEGER NOT NULL, extent INTEGER NOT NULL,
  staged INTEGER NOT NULL, PRIMARY KEY (container, name, id)) WITHOUT ROWID;
CREATE TABLE drafts (
  container INTEGER NOT NULL, name TEXT NOT NULL, blocks INTEGER NOT NULL, id_length INTEGER NOT NULL,
  last INTEGER NOT NULL, PRIMARY KEY (container, name)) WITHOUT ROWID;
CREATE TABLE stamp (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL);
INSERT INTO stamp VALUES (1, 0);
PRAGMA user_version = 1;
)sql";

/// To version 2: other kinds of blobs, tags, copies, and what an account's service keeps for itself.
constexpr const char* kToVersion2 = R"sql(
ALTER TABLE blobs ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blobs ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blobs ADD COLUMN appended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blobs ADD COLUMN tier_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blobs ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE blobs ADD COLUMN copy_id TEXT NOT NULL DEFAULT '';
ALTER TABLE blobs ADD COLUMN copy_source TEXT NOT NULL DEFAULT '';
ALTER TABLE blobs ADD COLUMN copy_completed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE services (account TEXT PRIMARY KEY, delegation_secret BLOB NOT NULL, cors TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 2;
)sql";

#define CONTAINER_COLUMNS "id, account, name, modified, public_access, metadata, policies"
#define BLOB_COLUMNS                                                                                          \
  "id, container, name, size, created, modified, type, encoding, language, md5, cache_control, disposition, " \
  "metadata, tier, has_block_list, kind, sealed, appended, tier_changed, tags, copy_id, copy_source, copy_completed"

base::Timestamp time_at(const Statement& row, int column) {
  return base::Timestamp(base::Ticks(row.integer(column)));
}

Container container_at(const Statement& row) {
  return {.id = row.integer(0),
          .account = row.text(1),
          .name = row.text(2),
          .modified = time_at(row, 3),
          .public_access = static_cast<wire::blob::PublicAccess>(row.integer(4)),
          .metadata = parse_metadata_text(row.text(5)),
          .policies = parse_policies_text(row.text(6))};
}

Blob blob_at(const Statement& row) {
  return {.id = row.integer(0),
          .container = row.integer(1),
          .name = row.text(2),
          .size = static_cast<std::uint64_t>(row.integer(3)),
          .created = time_at(row, 4),
          .modified = time_at(row, 5),
          .content = {row.text(6), row.text(7), row.text(8), row.blob(9), row.text(10), row.text(11)},
          .metadata = parse_metadata_text(row.text(12)),
          .tier = static_cast<wire::blob::AccessTier>(row.integer(13)),
          .has_block_list = row.integer(14) != 0,
          .kind = static_cast<engine::BlobKind>(row.integer(15)),
          .sealed = row.integer(16) != 0,
          .appended = static_cast<std::uint64_t>(row.integer(17)),
          .tier_changed = time_at(row, 18),
          .tags = parse_fields_text(row.text(19)),
          .copy = {row.text(20), row.text(21), time_at(row, 22)}};
}

engine::Service service_at(const Statement& row) {
  return {.account = row.text(0), .delegation_secret = row.blob(1), .cors = parse_cors_text(row.text(2))};
}

StagedBlock staged_at(const Statement& row) {
  return {.id = row.blob(0),
          .size = static_cast<std::uint64_t>(row.integer(1)),
          .extent = static_cast<ExtentId>(row.integer(2)),
          .staged = time_at(row, 3)};
}

/// Every row, through `make`.
template <class Make>
auto rows_of(Statement& statement, Make make) -> base::Result<std::vector<decltype(make(statement))>> {
  std::vector<decltype(make(statement))> rows;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, statement.step());
    if (!more) break;
    rows.push_back(make(statement));
  }
  statement.reset();
  return rows;
}

template <class Make>
auto first_row(Statement& statement, Make make) -> base::Result<std::optional<decltype(make(statement))>> {
  ASSIGN_OR_RETURN(const bool found, statement.step());
  std::optional<decltype(make(statement))> row;
  if (found) row = make(statement);
  statement.reset();
  return row;
}

}  // namespace

base::Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::open(const std::filesystem::path& file,
                                                                 std::uint64_t cache_kib, bool create) {
  ASSIGN_OR_RETURN(auto database, base::sqlite::Database::open(file));
  RETURN_IF_ERROR(database.execute("PRAGMA cache_size=-" + std::to_string(cache_kib)));
  std::unique_ptr<SqliteCatalog> catalog(new SqliteCatalog(std::move(database)));
  if (create) RETURN_IF_ERROR(catalog->create_schema());
  return catalog;
}

base::Result<void> SqliteCatalog::create_schema() {
  ASSIGN_OR_RETURN(const auto version, database_.user_version());
  if (version == 0 || version == 1) {
    ASSIGN_OR_RETURN(auto transaction, base::sqlite::Transaction::begin(database_));
    if (version == 0) RETURN_IF_ERROR(database_.execute(kSchema));
    RETURN_IF_ERROR(database_.execute(kToVersion2));
    RETURN_IF_ERROR(transaction.commit());
  } else if (version != kSchemaVersion) {
    return base::Error(base::Errc::corrupt, "the blob store has schema version " + std::to_string(version) +
                                                ", this program knows " + std::to_string(kSchemaVersion));
  }
  ASSIGN_OR_RETURN(auto* last, statement("SELECT last FROM stamp"));
  ASSIGN_OR_RETURN(const auto stamp, first_row(*last, [](const Statement& row) { return time_at(row, 0); }));
  last_stamp_ = saved_stamp_ = stamp.value_or(base::Timestamp());
  return {};
}

base::Result<Statement*> SqliteCatalog::statement(const char* sql) const {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    ASSIGN_OR_RETURN(auto prepared, database_.prepare(sql));
    found = statements_.emplace(sql, std::move(prepared)).first;
  }
  found->second.reset();
  return &found->second;
}

base::Result<std::optional<Container>> SqliteCatalog::find_container(std::string_view account,
                                                                     std::string_view name) const {
  ASSIGN_OR_RETURN(auto* select,
                   statement("SELECT " CONTAINER_COLUMNS " FROM containers WHERE account = ? AND name = ?"));
  select->bind(1, account).bind(2, name);
  return first_row(*select, container_at);
}

base::Result<std::vector<Container>> SqliteCatalog::containers_from(std::string_view account, std::string_view first,
                                                                    std::size_t limit) const {
  ASSIGN_OR_RETURN(auto* select, statement("SELECT " CONTAINER_COLUMNS
                                           " FROM containers WHERE account = ? AND name >= ? ORDER BY name LIMIT ?"));
  select->bind(1, account).bind(2, first).bind(3, static_cast<std::int64_t>(limit));
  return rows_of(*select, container_at);
}

base::Result<std::optional<Blob>> SqliteCatalog::find_blob(std::int64_t container, std::string_view name) const {
  ASSIGN_OR_RETURN(auto* select, statement("SELECT " BLOB_COLUMNS " FROM blobs WHERE container = ? AND name = ?"));
  select->bind(1, container).bind(2, name);
  return first_row(*select, blob_at);
}

base::Result<std::vector<Blob>> SqliteCatalog::blobs_from(std::int64_t container, std::string_view first,
                                                          std::size_t limit) const {
  ASSIGN_OR_RETURN(auto* select, statement("SELECT " BLOB_COLUMNS
                                           " FROM blobs WHERE container = ? AND name >= ? ORDER BY name LIMIT ?"));
  select->bind(1, container).bind(2, first).bind(3, static_cast<std::int64_t>(limit));
  return rows_of(*select, blob_at);
}

base::Result<std::vector<Block>> SqliteCatalog::blocks(std::int64_t blob, std::uint64_t begin,
                                                       std::uint64_t end) const {
  // The block that holds `begin` is the last one that starts at or before it. Blocks are never empty.
  ASSIGN_OR_RETURN(auto* select,
                   statement("SELECT id, start, size, extent FROM blocks WHERE blob = ?1 AND start < ?3 AND start >= "
                             "(SELECT coalesce(max(start), 0) FROM blocks WHERE blob = ?1 AND start <= ?2) "
                             "ORDER BY start"));
  const auto clipped = std::min<std::uint64_t>(end, std::numeric_limits<std::int64_t>::max());
  select->bind(1, blob).bind(2, static_cast<std::int64_t>(begin)).bind(3, static_cast<std::int64_t>(clipped));
  return rows_of(*select, [](const Statement& row) {
    return Block{row.blob(0), static_cast<std::uint64_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2)),
                 static_cast<ExtentId>(row.integer(3))};
  });
}

base::Result<std::vector<StagedBlock>> SqliteCatalog::staged_blocks(std::int64_t container,
                                                                    std::string_view name) const {
  ASSIGN_OR_RETURN(
      auto* select,
      statement("SELECT id, size, extent, staged FROM staged WHERE container = ? AND name = ? ORDER BY id"));
  select->bind(1, container).bind(2, name);
  return rows_of(*select, staged_at);
}

base::Result<engine::StagedSummary> SqliteCatalog::staged_summary(std::int64_t container, std::string_view name) const {
  ASSIGN_OR_RETURN(auto* select, statement("SELECT blocks, id_length FROM drafts WHERE container = ? AND name = ?"));
  select->bind(1, container).bind(2, name);
  ASSIGN_OR_RETURN(const auto summary, first_row(*select, [](const Statement& row) {
                     return engine::StagedSummary{static_cast<std::size_t>(row.integer(0)),
                                                  static_cast<std::size_t>(row.integer(1))};
                   }));
  return summary.value_or(engine::StagedSummary{});
}

base::Result<std::optional<StagedBlock>> SqliteCatalog::find_staged(std::int64_t container, std::string_view name,
                                                                    std::string_view block) const {
  ASSIGN_OR_RETURN(
      auto* select,
      statement("SELECT id, size, extent, staged FROM staged WHERE container = ? AND name = ? AND id = ?"));
  select->bind(1, container).bind(2, name).bind_blob(3, block);
  return first_row(*select, staged_at);
}

base::Result<std::vector<std::string>> SqliteCatalog::staged_names_from(std::int64_t container, std::string_view first,
                                                                        std::size_t limit) const {
  ASSIGN_OR_RETURN(auto* select,
                   statement("SELECT name FROM drafts WHERE container = ? AND name >= ? ORDER BY name LIMIT ?"));
  select->bind(1, container).bind(2, first).bind(3, static_cast<std::int64_t>(limit));
  return rows_of(*select, [](const Statement& row) { return row.text(0); });
}

base::Result<std::optional<engine::Service>> SqliteCatalog::find_service(std::string_view account) const {
  ASSIGN_OR_RETURN(auto* select, statement("SELECT account, delegation_secret, cors FROM services WHERE account = ?"));
  select->bind(1, account);
  return first_row(*select, service_at);
}

base::Result<std::vector<engine::Service>> SqliteCatalog::services() const {
  ASSIGN_OR_RETURN(auto* select, statement("SELECT account, delegation_secret, cors FROM services"));
  return rows_of(*select, service_at);
}

base::Result<std::vector<ExtentId>> SqliteCatalog::extents(Statement& select) const {
  return rows_of(select, [](const Statement& row) { return static_cast<ExtentId>(row.integer(0)); });
}

base::Result<std::vector<ExtentId>> SqliteCatalog::extents_of(std::int64_t container) const {
  ASSIGN_OR_RETURN(auto* select,
                   statement("SELECT extent FROM blobs JOIN blocks ON blocks.blob = blobs.id WHERE container = ?1 "
                             "UNION ALL SELECT extent FROM staged WHERE container = ?1"));
  select->bind(1, container);
  return extents(*select);
}

base::Result<std::vector<ExtentId>> SqliteCatalog::all_extents() const {
  ASSIGN_OR_RETURN(auto* select, statement("SELECT extent FROM blocks UNION ALL SELECT extent FROM staged"));
  return extents(*select);
}

}  // namespace blobstore::store
