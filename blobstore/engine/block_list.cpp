// The list is resolved with two maps from id to block; ids repeat legally, within the list and between the maps.
#include "blobstore/engine/block_list.h"

#include "blobstore/engine/catalog.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/engine/replace.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace blobstore::engine {
namespace {

using wire::blob::BlockSearch;
using wire::blob::ErrorCode;

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();

struct Found {
  std::uint64_t size;
  ExtentId extent;
};
using BlocksById = std::unordered_map<std::string_view, Found>;

const Found* find(const BlocksById& blocks, const std::string& id) {
  const auto found = blocks.find(id);
  return found == blocks.end() ? nullptr : &found->second;
}

/// All ids of a blob have one length ("Put Block").
base::Result<void> check_id_length(const CatalogView& catalog, const std::optional<Blob>& blob, std::size_t length,
                                   std::size_t staged_length) {
  if (staged_length != 0) {
    if (staged_length != length) return wire::blob::error(ErrorCode::InvalidBlobOrBlock);
    return {};
  }
  if (!blob || !blob->has_block_list || blob->size == 0) return {};
  ASSIGN_OR_RETURN(const auto first, catalog.blocks(blob->id, 0, 1));
  if (!first.empty() && first.front().id.size() != length) return wire::blob::error(ErrorCode::InvalidBlobOrBlock);
  return {};
}

}  // namespace

base::Result<std::vector<ExtentId>> stage_block(Catalog& catalog, const BlobTarget& target, StagedBlock block) {
  ASSIGN_OR_RETURN(const auto container, find_container_of(catalog, target));
  if (!target.lease_id.empty()) return wire::blob::error(ErrorCode::LeaseNotPresentWithBlobOperation);
  ASSIGN_OR_RETURN(const auto existing, catalog.find_blob(container.id, target.name));
  if (existing && existing->kind != BlobKind::block) return wire::blob::error(ErrorCode::InvalidBlobType);
  ASSIGN_OR_RETURN(const auto summary, catalog.staged_summary(container.id, target.name));
  RETURN_IF_ERROR(check_id_length(catalog, existing, block.id.size(), summary.id_length));
  ASSIGN_OR_RETURN(const auto replaced, catalog.find_staged(container.id, target.name, block.id));
  if (!replaced && summary.count >= wire::blob::kMaxUncommittedBlocks) {
    return wire::blob::error(ErrorCode::BlockCountExceedsLimit);
  }
  RETURN_IF_ERROR(catalog.put_staged(container.id, target.name, block));
  std::vector<ExtentId> released;
  if (replaced) released.push_back(replaced->extent);
  return released;
}

base::Result<std::vector<Block>> choose_blocks(const std::vector<BlockChoice>& list,
                                               const std::vector<Block>& committed,
                                               const std::vector<StagedBlock>& staged) {
  BlocksById by_committed;
  BlocksById by_staged;
  for (const auto& block : committed) by_committed.try_emplace(block.id, Found{block.size, block.extent});
  for (const auto& block : staged) by_staged.try_emplace(block.id, Found{block.size, block.extent});
  std::vector<Block> chosen;
  chosen.reserve(list.size());
  std::uint64_t start = 0;
  for (const auto& choice : list) {
    const Found* found = nullptr;
    if (choice.search != BlockSearch::committed) found = find(by_staged, choice.id);
    if (!found && choice.search != BlockSearch::uncommitted) found = find(by_committed, choice.id);
    if (!found) return wire::blob::error(ErrorCode::InvalidBlockList);
    chosen.push_back({choice.id, start, found->size, found->extent});
    start += found->size;
  }
  return chosen;
}

base::Result<BlobChange> commit_block_list(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                           const std::vector<BlockChoice>& list, Blob blob, base::Timestamp now) {
  if (list.size() > wire::blob::kMaxCommittedBlocks) return wire::blob::error(ErrorCode::BlockListTooLong);
  ASSIGN_OR_RETURN(auto place, place_for(catalog, target, conditions, true));
  if (place.existing && place.existing->kind != BlobKind::block) {
    return wire::blob::error(ErrorCode::InvalidBlobType);
  }
  std::vector<Block> committed;
  if (place.existing && place.existing->has_block_list) {
    ASSIGN_OR_RETURN(committed, catalog.blocks(place.existing->id, 0, kEverything));
  }
  ASSIGN_OR_RETURN(const auto staged, catalog.staged_blocks(place.container, place.name));
  ASSIGN_OR_RETURN(auto chosen, choose_blocks(list, committed, staged));
  blob.size = chosen.empty() ? 0 : chosen.back().start + chosen.back().size;
  blob.has_block_list = true;
  return replace_blob(catalog, std::move(place), std::move(blob), std::move(chosen), now);
}

}  // namespace blobstore::engine
