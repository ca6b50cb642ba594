// Writing rows. Each function is a statement or two; the transaction around them is the store's.
#include "blobstore/store/row_text.h"
#include "blobstore/store/sqlite_catalog.h"

#include <algorithm>

namespace blobstore::store {
namespace {

std::int64_t ticks_of(base::Timestamp time) {
  return time.time_since_epoch().count();
}
std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::int64_t number(engine::ExtentId extent) {
  return static_cast<std::int64_t>(extent);
}

/// Runs a statement that returns the id of the new row.
base::Result<std::int64_t> run_for_id(base::sqlite::Statement& insert) {
  RETURN_IF_ERROR(insert.step());
  const std::int64_t id = insert.integer(0);
  insert.reset();
  return id;
}

}  // namespace

base::Timestamp SqliteCatalog::stamp(base::Timestamp now) {
  last_stamp_ = std::max(now, last_stamp_ + base::Ticks(1));
  return last_stamp_;
}

base::Result<void> SqliteCatalog::save_stamp() {
  if (saved_stamp_ == last_stamp_) return {};
  ASSIGN_OR_RETURN(auto* update, statement("UPDATE stamp SET last = ?"));
  RETURN_IF_ERROR(update->bind(1, ticks_of(last_stamp_)).run());
  saved_stamp_ = last_stamp_;
  return {};
}

base::Result<std::int64_t> SqliteCatalog::insert_container(const engine::Container& container) {
  ASSIGN_OR_RETURN(auto* insert,
                   statement("INSERT INTO containers (account, name, modified, public_access, metadata, policies) "
                             "VALUES (?, ?, ?, ?, ?, ?) RETURNING id"));
  insert->bind(1, container.account).bind(2, container.name).bind(3, ticks_of(container.modified));
  insert->bind(4, static_cast<std::int64_t>(container.public_access)).bind(5, metadata_text(container.metadata));
  insert->bind(6, policies_text(container.policies));
  return run_for_id(*insert);
}

base::Result<void> SqliteCatalog::update_container(const engine::Container& container) {
  ASSIGN_OR_RETURN(auto* update,
                   statement("UPDATE containers SET modified = ?, public_access = ?, metadata = ?, policies = ? WHERE "
                             "id = ?"));
  update->bind(1, ticks_of(container.modified)).bind(2, static_cast<std::int64_t>(container.public_access));
  update->bind(3, metadata_text(container.metadata)).bind(4, policies_text(container.policies)).bind(5, container.id);
  return update->run();
}

base::Result<void> SqliteCatalog::remove_container(std::int64_t id) {
  for (const char* sql : {"DELETE FROM blocks WHERE blob IN (SELECT id FROM blobs WHERE container = ?)",
                          "DELETE FROM blobs WHERE container = ?", "DELETE FROM staged WHERE container = ?",
                          "DELETE FROM drafts WHERE container = ?", "DELETE FROM containers WHERE id = ?"}) {
    ASSIGN_OR_RETURN(auto* remove, statement(sql));
    RETURN_IF_ERROR(remove->bind(1, id).run());
  }
  return {};
}

base::Result<std::int64_t> SqliteCatalog::insert_blob(const engine::Blob& blob,
                                                      const std::vector<engine::Block>& blocks) {
  ASSIGN_OR_RETURN(auto* insert,
                   statement("INSERT INTO blobs (container, name, size, created, modified, type, encoding, language, "
                             "md5, cache_control, disposition, metadata, tier, has_block_list, kind, sealed, appended, "
                             "tier_changed, tags, copy_id, copy_source, copy_completed) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"));
  insert->bind(1, blob.container).bind(2, blob.name).bind(3, number(blob.size)).bind(4, ticks_of(blob.created));
  insert->bind(5, ticks_of(blob.modified)).bind(6, blob.content.type).bind(7, blob.content.encoding);
  insert->bind(8, blob.content.language).bind_blob(9, blob.content.md5).bind(10, blob.content.cache_control);
  insert->bind(11, blob.content.disposition).bind(12, metadata_text(blob.metadata));
  insert->bind(13, static_cast<std::int64_t>(blob.tier)).bind(14, std::int64_t{blob.has_block_list});
  insert->bind(15, static_cast<std::int64_t>(blob.kind)).bind(16, std::int64_t{blob.sealed});
  insert->bind(17, number(blob.appended)).bind(18, ticks_of(blob.tier_changed)).bind(19, fields_text(blob.tags));
  insert->bind(20, blob.copy.id).bind(21, blob.copy.source).bind(22, ticks_of(blob.copy.completed));
  ASSIGN_OR_RETURN(const auto id, run_for_id(*insert));
  for (const auto& block : blocks) RETURN_IF_ERROR(append_block(id, block));
  return id;
}

base::Result<void> SqliteCatalog::update_blob(const engine::Blob& blob) {
  ASSIGN_OR_RETURN(
      auto* update,
      statement("UPDATE blobs SET modified = ?, type = ?, encoding = ?, language = ?, md5 = ?, "
                "cache_control = ?, disposition = ?, metadata = ?, tier = ?, size = ?, sealed = ?, appended = ?, "
                "tier_changed = ?, tags = ?, copy_id = ?, copy_source = ?, copy_completed = ? WHERE id = ?"));
  update->bind(1, ticks_of(blob.modified)).bind(2, blob.content.type).bind(3, blob.content.encoding);
  update->bind(4, blob.content.language).bind_blob(5, blob.content.md5).bind(6, blob.content.cache_control);
  update->bind(7, blob.content.disposition).bind(8, metadata_text(blob.metadata));
  update->bind(9, static_cast<std::int64_t>(blob.tier)).bind(10, number(blob.size)).bind(11, std::int64_t{blob.sealed});
  update->bind(12, number(blob.appended)).bind(13, ticks_of(blob.tier_changed)).bind(14, fields_text(blob.tags));
  update->bind(15, blob.copy.id).bind(16, blob.copy.source).bind(17, ticks_of(blob.copy.completed));
  return update->bind(18, blob.id).run();
}

base::Result<void> SqliteCatalog::append_block(std::int64_t blob, const engine::Block& block) {
  ASSIGN_OR_RETURN(auto* add, statement("INSERT INTO blocks (blob, start, size, id, extent) VALUES (?, ?, ?, ?, ?)"));
  add->bind(1, blob).bind(2, number(block.start)).bind(3, number(block.size)).bind_blob(4, block.id);
  return add->bind(5, number(block.extent)).run();
}

base::Result<void> SqliteCatalog::put_service(const engine::Service& service) {
  ASSIGN_OR_RETURN(auto* put, statement("INSERT OR REPLACE INTO services (account, delegation_secret, cors) VALUES "
                                        "(?, ?, ?)"));
  put->bind(1, service.account).bind_blob(2, service.delegation_secret);
  return put->bind(3, cors_text(service.cors)).run();
}

base::Result<void> SqliteCatalog::remove_blob(std::int64_t id) {
  ASSIGN_OR_RETURN(auto* remove_blocks, statement("DELETE FROM blocks WHERE blob = ?"));
  RETURN_IF_ERROR(remove_blocks->bind(1, id).run());
  ASSIGN_OR_RETURN(auto* remove, statement("DELETE FROM blobs WHERE id = ?"));
  return remove->bind(1, id).run();
}

base::Result<void> SqliteCatalog::put_staged(std::int64_t container, std::string_view name,
                                             const engine::StagedBlock& block) {
  ASSIGN_OR_RETURN(const auto replaced, find_staged(container, name, block.id));
  ASSIGN_OR_RETURN(auto* put,
                   statement("INSERT OR REPLACE INTO staged (container, name, id, size, extent, staged) VALUES "
                             "(?, ?, ?, ?, ?, ?)"));
  put->bind(1, container).bind(2, name).bind_blob(3, block.id).bind(4, number(block.size));
  RETURN_IF_ERROR(put->bind(5, number(block.extent)).bind(6, ticks_of(block.staged)).run());
  // A row for each name keeps the count, which a blob of 50,000 blocks asks for 50,000 times.
  ASSIGN_OR_RETURN(auto* note,
                   statement("INSERT INTO drafts (container, name, blocks, id_length, last) VALUES (?1, ?2, 1, ?3, ?4) "
                             "ON CONFLICT DO UPDATE SET blocks = blocks + ?5, last = max(last, ?4)"));
  note->bind(1, container).bind(2, name).bind(3, number(block.id.size())).bind(4, ticks_of(block.staged));
  return note->bind(5, std::int64_t{replaced ? 0 : 1}).run();
}

base::Result<void> SqliteCatalog::remove_staged(std::int64_t container, std::string_view name) {
  for (const char* sql :
       {"DELETE FROM staged WHERE container = ? AND name = ?", "DELETE FROM drafts WHERE container = ? AND name = ?"}) {
    ASSIGN_OR_RETURN(auto* remove, statement(sql));
    RETURN_IF_ERROR(remove->bind(1, container).bind(2, name).run());
  }
  return {};
}

base::Result<std::vector<engine::ExtentId>> SqliteCatalog::drop_staged_before(base::Timestamp limit) {
  ASSIGN_OR_RETURN(auto* drop,
                   statement("DELETE FROM staged WHERE (container, name) IN (SELECT container, name FROM drafts WHERE "
                             "last < ?) RETURNING extent"));
  drop->bind(1, ticks_of(limit));
  ASSIGN_OR_RETURN(auto released, extents(*drop));
  ASSIGN_OR_RETURN(auto* forget, statement("DELETE FROM drafts WHERE last < ?"));
  RETURN_IF_ERROR(forget->bind(1, ticks_of(limit)).run());
  return released;
}

base::Result<void> SqliteCatalog::remove_service(std::string_view account) {
  ASSIGN_OR_RETURN(auto* remove, statement("DELETE FROM services WHERE account = ?"));
  return remove->bind(1, account).run();
}

}  // namespace blobstore::store
