// Bytes go between disk and socket through a buffer large enough that the hop to a worker thread costs nothing beside
// the copying.
#include "client/api/file_body.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"
#include "wire/blob/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>

namespace client::api {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

class FileBody final : public http::BodySource {
 public:
  FileBody(base::Workers& workers, base::FileDescriptor file, std::filesystem::path path, std::uint64_t offset,
           std::uint64_t length)
      : workers_(workers), file_(std::move(file)), path_(std::move(path)), offset_(offset), left_(length) {}

  base::Async<base::Result<std::size_t>> read_some(std::span<char> into) override {
    if (position_ == buffer_.size()) {
      if (left_ == 0) co_return std::size_t{0};
      auto work = [this] { return refill(); };
      auto filled = co_await base::on_worker(workers_, std::move(work));
      if (filled.has_error()) co_return std::move(filled).error();
    }
    const auto count = std::min(into.size(), buffer_.size() - position_);
    std::memcpy(into.data(), buffer_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  base::Result<void> refill() {
    buffer_.resize(std::min<std::uint64_t>(kBufferBytes, left_));
    position_ = 0;
    std::size_t filled = 0;
    while (filled < buffer_.size()) {
      const auto got =
          ::pread(file_.get(), buffer_.data() + filled, buffer_.size() - filled, static_cast<off_t>(offset_ + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return base::errno_error("reading " + path_.string(), errno);
      if (got == 0) return base::Error(base::Errc::io, "reading " + path_.string() + ": it has become shorter");
      filled += static_cast<std::size_t>(got);
    }
    offset_ += filled;
    left_ -= filled;
    return {};
  }

  base::Workers& workers_;
  base::FileDescriptor file_;
  std::filesystem::path path_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::string buffer_;
  std::size_t position_ = 0;
};

/// A file under a name of its own until keep() renames it; otherwise it vanishes with the object.
class TemporaryFile {
 public:
  static base::Result<TemporaryFile> create(const std::filesystem::path& target) {
    auto name = target.parent_path() / ("." + base::hex_encode(base::random_bytes(8)) + ".part");
    ASSIGN_OR_RETURN(auto file, base::open_file(name, O_WRONLY | O_CREAT | O_EXCL, 0600));
    return TemporaryFile(std::move(name), std::move(file));
  }
  TemporaryFile(TemporaryFile&& other) noexcept
      : name_(std::exchange(other.name_, {})), file_(std::move(other.file_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  base::Result<void> write(std::string_view bytes) { return base::write_all(file_.get(), bytes, name_); }

  base::Result<void> keep(const std::filesystem::path& target, mode_t mode) {
    if (::fchmod(file_.get(), mode) != 0) return base::errno_error("setting the mode of " + target.string(), errno);
    RETURN_IF_ERROR(file_.close());
    if (::rename(name_.c_str(), target.c_str()) != 0) {
      return base::errno_error("renaming into " + target.string(), errno);
    }
    name_.clear();
    return {};
  }

 private:
  TemporaryFile(std::filesystem::path name, base::FileDescriptor file)
      : name_(std::move(name)), file_(std::move(file)) {}
  std::filesystem::path name_;
  base::FileDescriptor file_;
};

base::Result<void> compare(const Expected& expected, std::uint64_t length, const std::string& md5) {
  if (expected.length && *expected.length != length) {
    return base::Error(base::Errc::corrupt, "receiving " + std::to_string(*expected.length) + " bytes: there were " +
                                                std::to_string(length));
  }
  if (!expected.md5.empty() && base::base64_encode(md5) != expected.md5) {
    return base::Error(base::Errc::corrupt, "comparing what was received with its Content-MD5: it differs");
  }
  return {};
}

/// Fills `buffer` as far as the body goes; fewer bytes than its size mean the end.
base::Async<base::Result<std::size_t>> fill(http::BodySource& body, std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    auto got = co_await body.read_some(buffer.subspan(filled));
    if (got.has_error()) co_return std::move(got).error();
    if (*got == 0) break;
    filled += *got;
  }
  co_return filled;
}

}  // namespace

base::Result<std::unique_ptr<http::BodySource>> body_from_file(base::Workers& workers,
                                                               const std::filesystem::path& path, std::uint64_t offset,
                                                               std::uint64_t length) {
  ASSIGN_OR_RETURN(auto file, base::open_file(path, O_RDONLY));
  std::unique_ptr<http::BodySource> body = std::make_unique<FileBody>(workers, std::move(file), path, offset, length);
  return body;
}

std::string local_step_of(const base::Error& error) {
  for (const auto& detail : error.details) {
    if (detail.key == kLocalFile) return detail.value;
  }
  return {};
}

base::Async<base::Result<std::uint64_t>> body_to_file(base::Workers& workers, std::unique_ptr<http::BodySource> body,
                                                      std::filesystem::path path, mode_t mode, Expected expected) {
  auto create = [&path] { return TemporaryFile::create(path); };
  auto created = co_await base::on_worker(workers, std::move(create));
  if (created.has_error()) co_return std::move(created).error().with(kLocalFile, "create");
  TemporaryFile file = std::move(created).value();
  wire::blob::Md5 md5;
  std::uint64_t length = 0;
  std::string buffer(kBufferBytes, '\0');
  while (true) {
    auto filled = co_await fill(*body, buffer);
    if (filled.has_error()) co_return std::move(filled).error();
    const std::string_view piece(buffer.data(), *filled);
    auto write = [&file, &md5, piece] {
      md5.add(piece);
      return file.write(piece);
    };
    auto written = co_await base::on_worker(workers, std::move(write));
    if (written.has_error()) co_return std::move(written).error().with(kLocalFile, "write");
    length += piece.size();
    if (piece.size() < buffer.size()) break;
  }
  if (auto same = compare(expected, length, md5.finish()); same.has_error()) co_return std::move(same).error();
  auto keep = [&file, &path, mode] { return file.keep(path, mode); };
  auto kept = co_await base::on_worker(workers, std::move(keep));
  if (kept.has_error()) co_return std::move(kept).error().with(kLocalFile, "create");
  co_return length;
}

}  // namespace client::api
