// std::map keeps byte order, which is the order of lists.
#include "blobstore/store/memory_metadata_store.h"

#include <algorithm>

namespace blobstore::store {

using engine::Blob;
using engine::Block;
using engine::Container;
using engine::ExtentId;
using engine::StagedBlock;

base::Result<std::optional<Container>> MemoryCatalog::find_container(std::string_view account,
                                                                     std::string_view name) const {
  const auto found = ids_.find({std::string(account), std::string(name)});
  if (found == ids_.end()) return std::optional<Container>();
  return std::optional(containers_.at(found->second).container);
}

base::Result<std::vector<Container>> MemoryCatalog::containers_from(std::string_view account, std::string_view first,
                                                                    std::size_t limit) const {
  std::vector<Container> rows;
  auto at = ids_.lower_bound({std::string(account), std::string(first)});
  for (; at != ids_.end() && at->first.first == account && rows.size() < limit; ++at) {
    rows.push_back(containers_.at(at->second).container);
  }
  return rows;
}

base::Result<std::optional<Blob>> MemoryCatalog::find_blob(std::int64_t container, std::string_view name) const {
  const auto& blobs = containers_.at(container).blobs;
  const auto found = blobs.find(name);
  if (found == blobs.end()) return std::optional<Blob>();
  return std::optional(found->second.blob);
}

base::Result<std::vector<Blob>> MemoryCatalog::blobs_from(std::int64_t container, std::string_view first,
                                                          std::size_t limit) const {
  std::vector<Blob> rows;
  const auto& blobs = containers_.at(container).blobs;
  for (auto at = blobs.lower_bound(first); at != blobs.end() && rows.size() < limit; ++at) {
    rows.push_back(at->second.blob);
  }
  return rows;
}

const MemoryCatalog::BlobRow* MemoryCatalog::find_row(std::int64_t blob) const {
  const auto place = blob_places_.find(blob);
  if (place == blob_places_.end()) return nullptr;
  return &containers_.at(place->second.first).blobs.find(place->second.second)->second;
}

base::Result<std::vector<Block>> MemoryCatalog::blocks(std::int64_t blob, std::uint64_t begin,
                                                       std::uint64_t end) const {
  std::vector<Block> wanted;
  const BlobRow* row = find_row(blob);
  if (!row) return wanted;
  std::ranges::copy_if(row->blocks, std::back_inserter(wanted),
                       [&](const Block& block) { return block.start < end && block.start + block.size > begin; });
  return wanted;
}

const MemoryCatalog::StagedById* MemoryCatalog::find_staged_of(std::int64_t container, std::string_view name) const {
  const auto& staged = containers_.at(container).staged;
  const auto found = staged.find(name);
  return found == staged.end() ? nullptr : &found->second;
}

base::Result<std::vector<StagedBlock>> MemoryCatalog::staged_blocks(std::int64_t container,
                                                                    std::string_view name) const {
  std::vector<StagedBlock> rows;
  if (const auto* staged = find_staged_of(container, name)) {
    for (const auto& [id, block] : *staged) rows.push_back(block);
  }
  return rows;
}

base::Result<engine::StagedSummary> MemoryCatalog::staged_summary(std::int64_t container, std::string_view name) const {
  const auto* staged = find_staged_of(container, name);
  if (!staged) return engine::StagedSummary{};
  return engine::StagedSummary{staged->size(), staged->begin()->first.size()};
}

base::Result<std::optional<StagedBlock>> MemoryCatalog::find_staged(std::int64_t container, std::string_view name,
                                                                    std::string_view block) const {
  const auto* staged = find_staged_of(container, name);
  if (!staged) return std::optional<StagedBlock>();
  const auto found = staged->find(block);
  if (found == staged->end()) return std::optional<StagedBlock>();
  return std::optional(found->second);
}

base::Result<std::vector<std::string>> MemoryCatalog::staged_names_from(std::int64_t container, std::string_view first,
                                                                        std::size_t limit) const {
  std::vector<std::string> names;
  const auto& staged = containers_.at(container).staged;
  for (auto at = staged.lower_bound(first); at != staged.end() && names.size() < limit; ++at) {
    names.push_back(at->first);
  }
  return names;
}

base::Result<std::vector<ExtentId>> MemoryCatalog::extents_of(std::int64_t container) const {
  std::vector<ExtentId> extents;
  const auto& row = containers_.at(container);
  for (const auto& [name, blob] : row.blobs) {
    for (const auto& block : blob.blocks) extents.push_back(block.extent);
  }
  for (const auto& [name, staged] : row.staged) {
    for (const auto& [id, block] : staged) extents.push_back(block.extent);
  }
  return extents;
}

base::Timestamp MemoryCatalog::stamp(base::Timestamp now) {
  last_stamp_ = std::max(now, last_stamp_ + base::Ticks(1));
  return last_stamp_;
}

base::Result<std::int64_t> MemoryCatalog::insert_container(const Container& container) {
  const std::int64_t id = ++last_id_;
  ids_[{container.account, container.name}] = id;
  containers_[id].container = container;
  containers_[id].container.id = id;
  return id;
}

base::Result<void> MemoryCatalog::update_container(const Container& container) {
  containers_.at(container.id).container = container;
  return {};
}

base::Result<void> MemoryCatalog::remove_container(std::int64_t id) {
  const auto row = containers_.find(id);
  for (const auto& [name, blob] : row->second.blobs) blob_places_.erase(blob.blob.id);
  ids_.erase({row->second.container.account, row->second.container.name});
  containers_.erase(row);
  return {};
}

base::Result<std::int64_t> MemoryCatalog::insert_blob(const Blob& blob, const std::vector<Block>& blocks) {
  const std::int64_t id = ++last_id_;
  auto& row = containers_.at(blob.container).blobs[blob.name];
  row = {blob, blocks};
  row.blob.id = id;
  blob_places_[id] = {blob.container, blob.name};
  return id;
}

base::Result<void> MemoryCatalog::update_blob(const Blob& blob) {
  containers_.at(blob.container).blobs.find(blob.name)->second.blob = blob;
  return {};
}

base::Result<void> MemoryCatalog::remove_blob(std::int64_t id) {
  const auto place = blob_places_.find(id);
  containers_.at(place->second.first).blobs.erase(place->second.second);
  blob_places_.erase(place);
  return {};
}

base::Result<void> MemoryCatalog::put_staged(std::int64_t container, std::string_view name, const StagedBlock& block) {
  containers_.at(container).staged[std::string(name)][block.id] = block;
  return {};
}

base::Result<void> MemoryCatalog::remove_staged(std::int64_t container, std::string_view name) {
  containers_.at(container).staged.erase(std::string(name));
  return {};
}

base::Result<void> MemoryCatalog::append_block(std::int64_t blob, const Block& block) {
  const auto& place = blob_places_.at(blob);
  containers_.at(place.first).blobs.find(place.second)->second.blocks.push_back(block);
  return {};
}

base::Result<std::optional<engine::Service>> MemoryCatalog::find_service(std::string_view account) const {
  const auto found = services_.find(account);
  return found == services_.end() ? std::optional<engine::Service>() : std::optional(found->second);
}

base::Result<std::vector<engine::Service>> MemoryCatalog::services() const {
  std::vector<engine::Service> all;
  for (const auto& [account, service] : services_) all.push_back(service);
  return all;
}

base::Result<void> MemoryCatalog::put_service(const engine::Service& service) {
  services_[service.account] = service;
  return {};
}

base::Result<void> MemoryCatalog::remove_service(std::string_view account) {
  services_.erase(std::string(account));
  return {};
}

std::vector<ExtentId> MemoryCatalog::all_extents() const {
  std::vector<ExtentId> all;
  for (const auto& [id, row] : containers_) {
    const auto some = extents_of(id);
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

base::Result<std::vector<ExtentId>> MemoryCatalog::drop_staged_before(base::Timestamp limit) {
  std::vector<ExtentId> released;
  const auto is_old = [&](const auto& block) { return block.second.staged < limit; };
  for (auto& [id, row] : containers_) {
    std::erase_if(row.staged, [&](const auto& staged) {
      if (!std::ranges::all_of(staged.second, is_old)) return false;
      for (const auto& [block_id, block] : staged.second) released.push_back(block.extent);
      return true;
    });
  }
  return released;
}

base::Async<base::Result<void>> MemoryMetadataStore::update(Change change) {
  const std::lock_guard lock(mutex_);
  if (stopped_) co_return base::Error(base::Errc::unavailable, "the store is stopping");
  co_return change(catalog_);
}

base::Async<base::Result<void>> MemoryMetadataStore::read(Look look) {
  const std::lock_guard lock(mutex_);
  co_return look(catalog_);
}

base::Result<std::vector<ExtentId>> MemoryMetadataStore::extents_in_use() {
  const std::lock_guard lock(mutex_);
  return catalog_.all_extents();
}

base::Result<std::vector<engine::Service>> MemoryMetadataStore::services() {
  const std::lock_guard lock(mutex_);
  return catalog_.services();
}

base::Async<void> MemoryMetadataStore::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  co_return;
}

}  // namespace blobstore::store
