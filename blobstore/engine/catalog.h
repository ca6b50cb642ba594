// What the rules see of the metadata: rows by key, inside one transaction. Stores implement it (store/), rules use it.
//
// Errors are the store's own (base::Errc) and mean that the transaction is lost. Names are compared byte by byte.
#pragma once

#include "base/result.h"
#include "blobstore/engine/blob.h"
#include "blobstore/engine/block_list.h"
#include "blobstore/engine/container.h"
#include "blobstore/engine/service.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace blobstore::engine {

/// A consistent picture of what is committed (or, inside a transaction, of what will be).
class CatalogView {
 public:
  virtual ~CatalogView() = default;
  virtual base::Result<std::optional<Container>> find_container(std::string_view account,
                                                                std::string_view name) const = 0;
  /// In order of names, from `first` on.
  virtual base::Result<std::vector<Container>> containers_from(std::string_view account, std::string_view first,
                                                               std::size_t limit) const = 0;
  virtual base::Result<std::optional<Blob>> find_blob(std::int64_t container, std::string_view name) const = 0;
  virtual base::Result<std::vector<Blob>> blobs_from(std::int64_t container, std::string_view first,
                                                     std::size_t limit) const = 0;
  /// The committed blocks that hold any of the bytes `begin` to before `end`, in order.
  virtual base::Result<std::vector<Block>> blocks(std::int64_t blob, std::uint64_t begin, std::uint64_t end) const = 0;
  /// In the order of their ids, as Get Block List shows them.
  virtual base::Result<std::vector<StagedBlock>> staged_blocks(std::int64_t container, std::string_view name) const = 0;
  /// Enough to accept one more: how many there are, and the length of their ids (0 when there is none).
  virtual base::Result<StagedSummary> staged_summary(std::int64_t container, std::string_view name) const = 0;
  virtual base::Result<std::optional<StagedBlock>> find_staged(std::int64_t container, std::string_view name,
                                                               std::string_view block) const = 0;
  /// Names that have staged blocks, in order, from `first` on.
  virtual base::Result<std::vector<std::string>> staged_names_from(std::int64_t container, std::string_view first,
                                                                   std::size_t limit) const = 0;
  /// What is kept for the account itself; nothing when nothing was ever set.
  virtual base::Result<std::optional<Service>> find_service(std::string_view account) const = 0;
  virtual base::Result<std::vector<Service>> services() const = 0;
  /// Every extent that a blob or staged block of this container names.
  virtual base::Result<std::vector<ExtentId>> extents_of(std::int64_t container) const = 0;
};

/// The same, and changes.
class Catalog : public CatalogView {
 public:
  /// A time for a change: `now`, or a tick after the last one given out, so that no two changes share an ETag.
  virtual base::Timestamp stamp(base::Timestamp now) = 0;
  /// Returns the id; the one in `container` is ignored.
  virtual base::Result<std::int64_t> insert_container(const Container& container) = 0;
  virtual base::Result<void> update_container(const Container& container) = 0;
  /// With every blob and staged block in it.
  virtual base::Result<void> remove_container(std::int64_t id) = 0;
  /// Returns the id; the one in `blob` is ignored. No blob of this name may exist.
  virtual base::Result<std::int64_t> insert_blob(const Blob& blob, const std::vector<Block>& blocks) = 0;
  /// Everything but the bytes, the name and the creation time.
  virtual base::Result<void> update_blob(const Blob& blob) = 0;
  virtual base::Result<void> remove_blob(std::int64_t id) = 0;
  /// Adds a block at the end of a blob; its size is the caller's to update.
  virtual base::Result<void> append_block(std::int64_t blob, const Block& block) = 0;
  /// Adds or replaces.
  virtual base::Result<void> put_service(const Service& service) = 0;
  virtual base::Result<void> remove_service(std::string_view account) = 0;
  /// Adds or replaces the block of this id.
  virtual base::Result<void> put_staged(std::int64_t container, std::string_view name, const StagedBlock& block) = 0;
  virtual base::Result<void> remove_staged(std::int64_t container, std::string_view name) = 0;
  /// Drops the staged blocks of every name whose last one was staged before `limit`; returns their extents.
  virtual base::Result<std::vector<ExtentId>> drop_staged_before(base::Timestamp limit) = 0;
};

}  // namespace blobstore::engine
