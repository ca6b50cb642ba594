// Rows in maps: nothing outlives the object. For --in-memory and for tests of the rules.
#pragma once

#include "blobstore/store/metadata_store.h"

#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace blobstore::store {

/// The maps themselves. Not safe from several threads.
class MemoryCatalog final : public engine::Catalog {
 public:
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

  [[nodiscard]] std::vector<engine::ExtentId> all_extents() const;

 private:
  struct BlobRow {
    engine::Blob blob;
    std::vector<engine::Block> blocks;
  };
  using StagedById = std::map<std::string, engine::StagedBlock, std::less<>>;
  struct ContainerRow {
    engine::Container container;
    std::map<std::string, BlobRow, std::less<>> blobs;
    std::map<std::string, StagedById, std::less<>> staged;
  };
  const BlobRow* find_row(std::int64_t blob) const;
  const StagedById* find_staged_of(std::int64_t container, std::string_view name) const;

  std::int64_t last_id_ = 0;
  base::Timestamp last_stamp_{};
  std::map<std::pair<std::string, std::string>, std::int64_t> ids_;  ///< account and name to id
  std::map<std::int64_t, ContainerRow> containers_;
  std::map<std::string, engine::Service, std::less<>> services_;
  std::unordered_map<std::int64_t, std::pair<std::int64_t, std::string>> blob_places_;  ///< id to container and name
};

class MemoryMetadataStore final : public MetadataStore {
 public:
  base::Async<base::Result<void>> update(Change change) override;
  base::Async<base::Result<void>> read(Look look) override;
  base::Result<std::vector<engine::ExtentId>> extents_in_use() override;
  base::Result<std::vector<engine::Service>> services() override;
  base::Async<void> stop() override;

 private:
  std::mutex mutex_;  ///< guards all below; never held across a suspension
  bool stopped_ = false;
  MemoryCatalog catalog_;
};

}  // namespace blobstore::store
