// A system call each.
#include "base/durable_file.h"
#include "blobstore/store/file_system.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace blobstore::store {
namespace {

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(base::FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}
  base::Result<void> append(std::string_view bytes) override { return base::write_all(file_.get(), bytes, path_); }
  base::Result<void> sync() override {
    if (::fdatasync(file_.get()) != 0) return base::errno_error("syncing " + path_.string(), errno);
    return {};
  }
  base::Result<void> close() override { return file_.close(); }

 private:
  base::FileDescriptor file_;
  std::filesystem::path path_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(base::FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    std::size_t filled = 0;
    while (filled < into.size()) {
      const auto got =
          ::pread(file_.get(), into.data() + filled, into.size() - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return base::errno_error("reading " + path_.string(), errno);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

 private:
  base::FileDescriptor file_;
  std::filesystem::path path_;
};

class PosixFileSystem final : public FileSystem {
 public:
  base::Result<std::unique_ptr<WritableFile>> create(const std::filesystem::path& path) override {
    ASSIGN_OR_RETURN(auto file, base::open_file(path, O_WRONLY | O_CREAT | O_EXCL));
    return std::make_unique<PosixWritableFile>(std::move(file), path);
  }
  base::Result<std::unique_ptr<ReadableFile>> open(const std::filesystem::path& path) override {
    ASSIGN_OR_RETURN(auto file, base::open_file(path, O_RDONLY));
    return std::make_unique<PosixReadableFile>(std::move(file), path);
  }
  base::Result<void> remove(const std::filesystem::path& path) override {
    if (::unlink(path.c_str()) != 0) return base::errno_error("removing " + path.string(), errno);
    return {};
  }
  base::Result<std::vector<std::string>> list(const std::filesystem::path& directory) override {
    std::vector<std::string> names;
    std::error_code failed;
    auto entry = std::filesystem::directory_iterator(directory, failed);
    for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
      names.push_back(entry->path().filename().string());
    }
    if (failed) return base::errno_error("listing " + directory.string(), failed.value());
    return names;
  }
  base::Result<void> make_directory(const std::filesystem::path& path) override { return base::make_directory(path); }
  base::Result<void> sync_directory(const std::filesystem::path& path) override { return base::sync_directory(path); }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace blobstore::store
