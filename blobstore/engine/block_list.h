// Blocks: staged one by one, then made into a blob by a list of their ids.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "blobstore/engine/blob.h"
#include "wire/blob/vocabulary.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace blobstore::engine {

/// A block that no list has named yet. It belongs to a name in a container, whether or not a blob of that name exists.
struct StagedBlock {
  std::string id;  ///< raw
  std::uint64_t size = 0;
  ExtentId extent{};
  base::Timestamp staged;
  bool operator==(const StagedBlock&) const = default;
};

struct StagedSummary {
  std::size_t count = 0;
  std::size_t id_length = 0;
};

/// Adds or replaces a staged block; returns the extents set free. InvalidBlobOrBlock when its id is longer or shorter
/// than those of the blob's other blocks, BlockCountExceedsLimit at 100,000, ContainerNotFound.
base::Result<std::vector<ExtentId>> stage_block(Catalog& catalog, const BlobTarget& target, StagedBlock block);

/// One line of a Put Block List.
struct BlockChoice {
  wire::blob::BlockSearch search;
  std::string id;  ///< raw
};

/// Puts the blocks that the list names in a row. InvalidBlockList when one of them does not exist where the list says.
base::Result<std::vector<Block>> choose_blocks(const std::vector<BlockChoice>& list,
                                               const std::vector<Block>& committed,
                                               const std::vector<StagedBlock>& staged);

/// Put Block List: the blob gets the listed blocks; every staged block that is not among them is gone. Of `blob` only
/// `content`, `metadata` and `tier` count.
base::Result<BlobChange> commit_block_list(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                           const std::vector<BlockChoice>& list, Blob blob, base::Timestamp now);

}  // namespace blobstore::engine
