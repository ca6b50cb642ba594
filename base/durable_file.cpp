#include "base/durable_file.h"

#include "base/random.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace base {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> FileDescriptor::close() {
  const int descriptor = release();
  if (descriptor >= 0 && ::close(descriptor) != 0 && errno != EINTR) return errno_error("closing a file", errno);
  return {};
}

Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, mode_t mode) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (descriptor < 0) return errno_error("opening " + path.string(), errno);
  return FileDescriptor(descriptor);
}

Result<void> write_all(int descriptor, std::string_view bytes, const std::filesystem::path& name) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("writing " + name.string(), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  ASSIGN_OR_RETURN(const auto file, open_file(path, O_RDONLY));
  std::string bytes;
  char buffer[16384];
  while (true) {
    const auto got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("reading " + path.string(), errno);
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(got) > limit) {
      return Error(Errc::too_large, "reading " + path.string() + ": more than " + std::to_string(limit) + " bytes");
    }
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  ASSIGN_OR_RETURN(const auto file, open_file(directory, O_RDONLY | O_DIRECTORY));
  if (::fsync(file.get()) != 0) return errno_error("syncing directory " + directory.string(), errno);
  return {};
}

Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  const std::filesystem::path temporary = path.string() + ".new-" + hex_encode(random_bytes(6));
  auto written = [&]() -> Result<void> {
    ASSIGN_OR_RETURN(auto file, open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode));
    RETURN_IF_ERROR(write_all(file.get(), bytes, temporary));
    if (::fsync(file.get()) != 0) return errno_error("syncing " + temporary.string(), errno);
    RETURN_IF_ERROR(file.close());
    if (::rename(temporary.c_str(), path.c_str()) != 0) return errno_error("renaming into " + path.string(), errno);
    return sync_directory(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
  }();
  // After a failure the leftover is only litter: what matters is the error that is returned.
  if (written.has_error()) ::unlink(temporary.c_str());
  return written;
}

Result<void> make_directory(const std::filesystem::path& path, mode_t mode) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (::mkdir(path.c_str(), mode) == 0) return {};
  const int error_number = errno;
  if (error_number == EEXIST && std::filesystem::is_directory(path, failed)) return {};
  return errno_error("creating directory " + path.string(), error_number);
}

Result<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory, std::string_view name) {
  const std::filesystem::path path = directory / name;
  ASSIGN_OR_RETURN(auto file, open_file(path, O_RDWR | O_CREAT));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return errno_error("locking " + path.string(), errno);
    const auto holder = read_file(path, 64);
    const std::string pid = holder ? std::string(trim(*holder)) : std::string();
    return Error(Errc::locked, "locking " + directory.string() + ": another process" +
                                   (pid.empty() ? std::string() : " (pid " + pid + ")") + " uses it");
  }
  // The pid is for the message above only; without it the lock holds just the same.
  if (::ftruncate(file.get(), 0) == 0) {
    const auto noted = write_all(file.get(), std::to_string(::getpid()) + "\n", path);
    if (noted.has_error()) return noted.error();
  }
  return DirectoryLock(std::move(file));
}

}  // namespace base
