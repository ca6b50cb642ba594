// A map of shared strings: a reader keeps its bytes when the extent is removed, as an open file would.
#include "blobstore/store/extent_store.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

namespace blobstore::store {
namespace {

using engine::ExtentId;

class MemoryExtentReader final : public ExtentReader {
 public:
  explicit MemoryExtentReader(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    if (offset >= bytes_->size()) return std::size_t{0};
    const std::size_t size = std::min<std::uint64_t>(into.size(), bytes_->size() - offset);
    std::memcpy(into.data(), bytes_->data() + offset, size);
    return size;
  }

 private:
  std::shared_ptr<const std::string> bytes_;
};

class MemoryExtentStore final : public ExtentStore {
 public:
  base::Result<std::unique_ptr<ExtentWriter>> create() override {
    const std::lock_guard lock(mutex_);
    return std::unique_ptr<ExtentWriter>(std::make_unique<Writer>(*this, static_cast<ExtentId>(++last_)));
  }
  base::Result<std::unique_ptr<ExtentReader>> open(ExtentId id) override {
    const std::lock_guard lock(mutex_);
    const auto found = extents_.find(id);
    if (found == extents_.end()) return base::Error(base::Errc::not_found, "opening an extent");
    return std::unique_ptr<ExtentReader>(std::make_unique<MemoryExtentReader>(found->second));
  }
  base::Result<void> remove(ExtentId id) override {
    const std::lock_guard lock(mutex_);
    if (extents_.erase(id) == 0) return base::Error(base::Errc::not_found, "removing an extent");
    return {};
  }
  base::Result<std::vector<ExtentId>> list() override {
    const std::lock_guard lock(mutex_);
    std::vector<ExtentId> ids;
    for (const auto& [id, bytes] : extents_) ids.push_back(id);
    return ids;
  }

 private:
  class Writer final : public ExtentWriter {
   public:
    Writer(MemoryExtentStore& store, ExtentId id) : store_(store), id_(id) {}
    ExtentId id() const override { return id_; }
    base::Result<void> append(std::string_view bytes) override {
      bytes_.append(bytes);
      return {};
    }
    base::Result<void> seal() override {
      const std::lock_guard lock(store_.mutex_);
      store_.extents_[id_] = std::make_shared<const std::string>(std::move(bytes_));
      return {};
    }

   private:
    MemoryExtentStore& store_;
    ExtentId id_;
    std::string bytes_;
  };

  std::mutex mutex_;  ///< guards all below
  std::uint64_t last_ = 0;
  std::map<ExtentId, std::shared_ptr<const std::string>> extents_;
};

}  // namespace

std::unique_ptr<ExtentStore> make_memory_extent_store() {
  return std::make_unique<MemoryExtentStore>();
}

}  // namespace blobstore::store
