// Downloads: block after block, a piece at a time, read on workers.
#include "blobstore/rest/bodies.h"

#include <algorithm>

namespace blobstore::rest {
namespace {

/// Where in an extent the next bytes of a part are.
struct Position {
  engine::ExtentId extent;
  std::uint64_t offset;
  std::size_t size;
};

/// Of `block`, what lies in the range from `at` on, at most `limit` bytes.
Position position_in(const engine::Block& block, std::uint64_t at, std::uint64_t end, std::size_t limit) {
  const std::uint64_t offset = at - block.start;
  const std::uint64_t available = std::min(block.size - offset, end - at);
  return {block.extent, offset, static_cast<std::size_t>(std::min<std::uint64_t>(available, limit))};
}

base::Error short_extent() {
  return {base::Errc::corrupt, "an extent is shorter than its row says"};
}

/// Reads forward through a part; keeps the extent it is in open. Used on workers, one call at a time.
class PartReader {
 public:
  PartReader(std::shared_ptr<store::ExtentStore> extents, BlobPart part)
      : extents_(std::move(extents)), part_(std::move(part)), at_(part_.range.begin) {}

  /// 0 at the end.
  base::Result<std::size_t> read(std::span<char> into) {
    if (at_ == part_.range.end || into.empty()) return std::size_t{0};
    while (block_ < part_.blocks.size() && at_ >= part_.blocks[block_].start + part_.blocks[block_].size) {
      ++block_;
      reader_.reset();
    }
    if (block_ == part_.blocks.size()) return short_extent();
    const auto position = position_in(part_.blocks[block_], at_, part_.range.end, into.size());
    if (!reader_) {
      ASSIGN_OR_RETURN(reader_, extents_->open(position.extent));
    }
    ASSIGN_OR_RETURN(const auto got, reader_->read_at(position.offset, into.first(position.size)));
    if (got != position.size) return short_extent();
    at_ += got;
    return got;
  }

 private:
  std::shared_ptr<store::ExtentStore> extents_;
  const BlobPart part_;
  std::uint64_t at_;
  std::size_t block_ = 0;
  std::unique_ptr<store::ExtentReader> reader_;
};

class PartBody final : public http::BodySource {
 public:
  PartBody(Backend& backend, BlobPart part, store::Collector::Reading reading)
      : workers_(backend.workers),
        reading_(std::move(reading)),
        reader_(std::make_shared<PartReader>(backend.extents, std::move(part))) {}

  base::Async<base::Result<std::size_t>> read_some(std::span<char> into) override {
    // The bytes go through a buffer of our own: if the connection is torn down while a worker reads, `into` is gone.
    if (next_ == buffer_->size()) {
      auto fill = [reader = reader_, buffer = buffer_]() -> base::Result<void> {
        buffer->resize(kPiece);
        auto got = reader->read(*buffer);
        buffer->resize(got.has_error() ? 0 : *got);
        if (got.has_error()) return std::move(got).error();
        return {};
      };
      next_ = 0;
      CO_RETURN_IF_ERROR(co_await base::on_worker(workers_, std::move(fill)));
    }
    const std::size_t size = std::min(into.size(), buffer_->size() - next_);
    std::copy_n(buffer_->data() + next_, size, into.data());
    next_ += size;
    co_return size;
  }

 private:
  base::Workers& workers_;
  store::Collector::Reading reading_;
  std::shared_ptr<PartReader> reader_;
  std::shared_ptr<std::string> buffer_ = std::make_shared<std::string>();
  std::size_t next_ = 0;
};

}  // namespace

base::Result<std::string> read_part(store::ExtentStore& extents, const BlobPart& part) {
  std::string bytes(static_cast<std::size_t>(part.range.size()), '\0');
  std::span<char> left = bytes;
  for (const auto& block : part.blocks) {
    const std::uint64_t at = part.range.begin + (bytes.size() - left.size());
    const auto position = position_in(block, at, part.range.end, left.size());
    ASSIGN_OR_RETURN(const auto reader, extents.open(position.extent));
    ASSIGN_OR_RETURN(const auto got, reader->read_at(position.offset, left.first(position.size)));
    if (got != position.size) return short_extent();
    left = left.subspan(got);
  }
  if (!left.empty()) return short_extent();
  return bytes;
}

std::unique_ptr<http::BodySource> stream_part(Backend& backend, BlobPart part, store::Collector::Reading reading) {
  return std::make_unique<PartBody>(backend, std::move(part), std::move(reading));
}

}  // namespace blobstore::rest
