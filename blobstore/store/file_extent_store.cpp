// seal() is the only promise: the file's bytes are synced, then the directory that names it. Numbers go up from the
// largest one found; a number is used again only after a restart and only when no file has it.
#include "base/text.h"
#include "blobstore/store/extent_store.h"
#include "blobstore/store/file_system.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <optional>

namespace blobstore::store {
namespace {

using engine::ExtentId;

constexpr std::size_t kNameDigits = 16;

std::string name_of(ExtentId id) {
  std::array<char, kNameDigits> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint64_t>(id), 16).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  return std::string(kNameDigits - length, '0') + std::string(digits.data(), length);
}

std::optional<ExtentId> parse_name(std::string_view name) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number, 16);
  const auto id = static_cast<ExtentId>(number);
  if (failed != std::errc() || end != name.data() + name.size() || name_of(id) != name) return std::nullopt;
  return id;
}

class FileExtentWriter final : public ExtentWriter {
 public:
  FileExtentWriter(FileSystem& files, const std::filesystem::path& directory, ExtentId id,
                   std::unique_ptr<WritableFile> file)
      : files_(files), directory_(directory), id_(id), file_(std::move(file)) {}
  ~FileExtentWriter() override {
    if (sealed_) return;
    // The next start collects what cannot be removed now.
    [[maybe_unused]] const auto closed = file_->close();
    [[maybe_unused]] const auto removed = files_.remove(directory_ / name_of(id_));
  }
  ExtentId id() const override { return id_; }
  base::Result<void> append(std::string_view bytes) override { return file_->append(bytes); }
  base::Result<void> seal() override {
    RETURN_IF_ERROR(file_->sync());
    RETURN_IF_ERROR(file_->close());
    RETURN_IF_ERROR(files_.sync_directory(directory_));
    sealed_ = true;
    return {};
  }

 private:
  FileSystem& files_;
  const std::filesystem::path& directory_;
  ExtentId id_;
  std::unique_ptr<WritableFile> file_;
  bool sealed_ = false;
};

class FileExtentReader final : public ExtentReader {
 public:
  explicit FileExtentReader(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return file_->read_at(offset, into);
  }

 private:
  std::unique_ptr<ReadableFile> file_;
};

class FileExtentStore final : public ExtentStore {
 public:
  FileExtentStore(std::unique_ptr<FileSystem> files, std::filesystem::path directory)
      : files_(std::move(files)), directory_(std::move(directory)) {}

  base::Result<void> start() {
    RETURN_IF_ERROR(files_->make_directory(directory_));
    ASSIGN_OR_RETURN(const auto ids, list());
    for (const auto id : ids) next_ = std::max(next_.load(), static_cast<std::uint64_t>(id) + 1);
    return {};
  }
  base::Result<std::unique_ptr<ExtentWriter>> create() override {
    const auto id = static_cast<ExtentId>(next_.fetch_add(1));
    ASSIGN_OR_RETURN(auto file, files_->create(directory_ / name_of(id)));
    return std::make_unique<FileExtentWriter>(*files_, directory_, id, std::move(file));
  }
  base::Result<std::unique_ptr<ExtentReader>> open(ExtentId id) override {
    ASSIGN_OR_RETURN(auto file, files_->open(directory_ / name_of(id)));
    return std::make_unique<FileExtentReader>(std::move(file));
  }
  base::Result<void> remove(ExtentId id) override { return files_->remove(directory_ / name_of(id)); }
  base::Result<std::vector<ExtentId>> list() override {
    ASSIGN_OR_RETURN(const auto names, files_->list(directory_));
    std::vector<ExtentId> ids;
    for (const auto& name : names) {
      if (const auto id = parse_name(name)) ids.push_back(*id);
    }
    return ids;
  }

 private:
  std::unique_ptr<FileSystem> files_;
  std::filesystem::path directory_;
  std::atomic<std::uint64_t> next_{1};
};

}  // namespace

base::Result<std::unique_ptr<ExtentStore>> open_file_extent_store(std::unique_ptr<FileSystem> files,
                                                                  std::filesystem::path directory) {
  auto store = std::make_unique<FileExtentStore>(std::move(files), std::move(directory));
  RETURN_IF_ERROR(store->start());
  return std::unique_ptr<ExtentStore>(std::move(store));
}

}  // namespace blobstore::store
