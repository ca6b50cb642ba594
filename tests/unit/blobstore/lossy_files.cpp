#include "tests/unit/blobstore/lossy_files.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace blobstore {
namespace {

using fakes::LossyDisk;

/// Marks in the disk's own table of files, so that it needs no second place: a name that no path has.
constexpr const char* kFailingSync =
    "\x01"
    "fail-next-sync";

base::Error power_is_off() {
  return {base::Errc::io, "the power is off"};
}

class LossyWritable final : public store::WritableFile {
 public:
  LossyWritable(LossyDisk& disk, std::shared_ptr<LossyDisk::File> file) : disk_(disk), file_(std::move(file)) {}
  base::Result<void> append(std::string_view bytes) override {
    if (!disk_.operate()) return power_is_off();
    if (disk_.full()) return base::Error(base::Errc::no_space, "the disk is full");
    file_->unsynced.push_back({file_->seen.size(), std::string(bytes)});
    file_->seen.append(bytes);
    return {};
  }
  base::Result<void> sync() override {
    if (disk_.files().erase(kFailingSync) != 0) return base::Error(base::Errc::io, "the sync failed");
    if (!disk_.operate()) return power_is_off();
    file_->kept = file_->seen;
    file_->unsynced.clear();
    return {};
  }
  base::Result<void> close() override { return {}; }

 private:
  LossyDisk& disk_;
  std::shared_ptr<LossyDisk::File> file_;
};

class LossyReadable final : public store::ReadableFile {
 public:
  explicit LossyReadable(std::shared_ptr<LossyDisk::File> file) : file_(std::move(file)) {}
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    if (offset >= file_->seen.size()) return std::size_t{0};
    const std::size_t size = std::min<std::uint64_t>(into.size(), file_->seen.size() - offset);
    std::memcpy(into.data(), file_->seen.data() + offset, size);
    return size;
  }

 private:
  std::shared_ptr<LossyDisk::File> file_;
};

class LossyFiles final : public store::FileSystem {
 public:
  explicit LossyFiles(LossyDisk& disk) : disk_(disk) {}
  base::Result<std::unique_ptr<store::WritableFile>> create(const std::filesystem::path& path) override {
    if (!disk_.operate()) return power_is_off();
    auto& file = disk_.files()[path.string()];
    if (file) return base::Error(base::Errc::already_exists, "creating " + path.string());
    file = std::make_shared<LossyDisk::File>();
    return std::make_unique<LossyWritable>(disk_, file);
  }
  base::Result<std::unique_ptr<store::ReadableFile>> open(const std::filesystem::path& path) override {
    const auto found = disk_.files().find(path.string());
    if (found == disk_.files().end()) return base::Error(base::Errc::not_found, "opening " + path.string());
    return std::make_unique<LossyReadable>(found->second);
  }
  base::Result<void> remove(const std::filesystem::path& path) override {
    if (!disk_.operate()) return power_is_off();
    if (disk_.files().erase(path.string()) == 0) return base::Error(base::Errc::not_found, "removing " + path.string());
    return {};
  }
  base::Result<std::vector<std::string>> list(const std::filesystem::path& directory) override {
    std::vector<std::string> names;
    for (const auto& [name, file] : disk_.files()) {
      const std::filesystem::path path(name);
      if (path.parent_path() == directory) names.push_back(path.filename().string());
    }
    return names;
  }
  base::Result<void> make_directory(const std::filesystem::path&) override { return {}; }
  base::Result<void> sync_directory(const std::filesystem::path& directory) override {
    if (!disk_.operate()) return power_is_off();
    for (auto& [name, file] : disk_.files()) {
      if (std::filesystem::path(name).parent_path() == directory) file->on_disk = true;
    }
    return {};
  }

 private:
  LossyDisk& disk_;
};

}  // namespace

std::unique_ptr<store::FileSystem> make_lossy_files(LossyDisk& disk) {
  return std::make_unique<LossyFiles>(disk);
}

void fail_next_sync(LossyDisk& disk) {
  disk.files()[kFailingSync] = std::make_shared<LossyDisk::File>();
}

}  // namespace blobstore
