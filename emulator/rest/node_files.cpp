// A file is opened as a mere name (O_PATH) first and looked at; only what is a regular file is then opened to read,
// with O_NONBLOCK in case it has changed into a pipe meanwhile, and looked at again.
#include "emulator/rest/node_files.h"

#include "base/text.h"
#include "wire/batch/errors.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace emulator::rest {
namespace {

using base::FileDescriptor;
using wire::batch::ErrorCode;
using wire::batch::make_error;

/// Directories that a recursive deletion may be inside of at a time, each with an open descriptor.
constexpr int kDeepestRemoval = 200;
/// How the agent names what it puts into a task's directory of certificates: private keys and their passwords.
constexpr std::string_view kCertificateFile = "/certs/sha1-";

base::Error file_error(int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR || error_number == ENAMETOOLONG) {
    return make_error(ErrorCode::FileNotFound);
  }
  if (error_number == ENOTEMPTY || error_number == EEXIST) {
    return make_error(ErrorCode::OperationInvalidForCurrentState,
                      {{"Reason", "The directory is not empty; recursive=true deletes what is in it"}});
  }
  if (error_number == ELOOP || error_number == EXDEV) {
    return make_error(ErrorCode::IOError, {{"Reason", "Symbolic links are not followed"}});
  }
  return make_error(ErrorCode::IOError, {{"Reason", std::generic_category().message(error_number)}});
}

base::Result<FileDescriptor> open_beneath(int directory, const std::string& name, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const auto opened = ::syscall(SYS_openat2, directory, name.empty() ? "." : name.c_str(), &how, sizeof how);
  if (opened < 0) return file_error(errno);
  return FileDescriptor{static_cast<int>(opened)};
}

base::Result<FileDescriptor> open_root(const FileRoot& root) {
  FileDescriptor node{::open(root.node_root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!node.is_open()) return file_error(errno);
  if (root.below.empty()) return node;
  return open_beneath(node.get(), root.below, O_PATH | O_DIRECTORY);
}

FileFacts facts_of(std::string name, const struct stat& status) {
  const auto since_epoch = std::chrono::seconds{status.st_mtim.tv_sec} +
                           std::chrono::duration_cast<base::Ticks>(std::chrono::nanoseconds{status.st_mtim.tv_nsec});
  return {.name = std::move(name),
          .is_directory = S_ISDIR(status.st_mode),
          .size = S_ISDIR(status.st_mode) ? 0 : static_cast<std::uint64_t>(status.st_size),
          .modified = base::Timestamp{since_epoch},
          .mode = status.st_mode};
}

base::Result<struct stat> status_of(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return file_error(errno);
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return make_error(ErrorCode::FileNotFound);
  return status;
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

base::Result<DirectoryStream> open_stream(FileDescriptor directory) {
  DirectoryStream stream{::fdopendir(directory.get())};
  if (stream == nullptr) return file_error(errno);
  directory.release();
  return stream;
}

/// The next name that is not "." or "..", or null at the end.
const char* next_name(DIR* stream) {
  while (const auto* entry = ::readdir(stream)) {
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) return entry->d_name;
  }
  return nullptr;
}

/// Adds what one directory holds. Entries that vanish meanwhile and those of other kinds are left out.
base::Result<void> list_directory(int root, const std::string& directory, std::vector<FileFacts>& found) {
  ASSIGN_OR_RETURN(auto opened, open_beneath(root, directory, O_RDONLY | O_DIRECTORY));
  ASSIGN_OR_RETURN(const auto stream, open_stream(std::move(opened)));
  while (const auto* name = next_name(stream.get())) {
    struct stat status {};
    if (::fstatat(::dirfd(stream.get()), name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) continue;
    if (found.size() >= kMostListedFiles) {
      return make_error(ErrorCode::IOError,
                        {{"Reason", "There are more than " + std::to_string(kMostListedFiles) + " files to list"}});
    }
    found.push_back(facts_of(directory.empty() ? name : directory + "/" + name, status));
  }
  return {};
}

bool stands_before(const FileFacts& a, const FileFacts& b) {
  const auto depth_a = std::count(a.name.begin(), a.name.end(), '/');
  const auto depth_b = std::count(b.name.begin(), b.name.end(), '/');
  return depth_a != depth_b ? depth_a < depth_b : a.name < b.name;
}

base::Result<void> remove_entry(int parent, const std::string& name, bool recursive, int depth);

base::Result<void> empty_directory(int parent, const std::string& name, int depth) {
  ASSIGN_OR_RETURN(auto opened, open_beneath(parent, name, O_RDONLY | O_DIRECTORY));
  const FileDescriptor kept{::dup(opened.get())};
  ASSIGN_OR_RETURN(const auto stream, open_stream(std::move(opened)));
  while (const auto* entry = next_name(stream.get())) {
    RETURN_IF_ERROR(remove_entry(kept.get(), entry, true, depth + 1));
  }
  return {};
}

base::Result<void> remove_entry(int parent, const std::string& name, bool recursive, int depth) {
  if (depth > kDeepestRemoval) return make_error(ErrorCode::IOError, {{"Reason", "The directory is too deep"}});
  struct stat status {};
  if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return file_error(errno);
  const bool is_directory = S_ISDIR(status.st_mode);
  if (is_directory && recursive) RETURN_IF_ERROR(empty_directory(parent, name, depth));
  if (::unlinkat(parent, name.c_str(), is_directory ? AT_REMOVEDIR : 0) != 0) return file_error(errno);
  return {};
}

}  // namespace

base::Result<std::string> relative_file_path(std::string_view decoded) {
  std::string path;
  for (const auto& part : base::split(decoded, '/')) {
    if (part.empty()) continue;
    if (part == "." || part == "..") return make_error(ErrorCode::FileNotFound);
    if (!path.empty()) path += '/';
    path += part;
  }
  if (path.empty()) return make_error(ErrorCode::FileNotFound);
  return path;
}

bool exists(const FileRoot& root) {
  return open_root(root).has_value();
}

base::Result<FileFacts> file_facts(const FileRoot& root, const std::string& name) {
  ASSIGN_OR_RETURN(const auto directory, open_root(root));
  ASSIGN_OR_RETURN(const auto file, open_beneath(directory.get(), name, O_PATH));
  ASSIGN_OR_RETURN(const auto status, status_of(file.get()));
  return facts_of(name, status);
}

base::Result<OpenedFile> open_file_to_read(const FileRoot& root, const std::string& name) {
  if (("/" + root.below + "/" + name).find(kCertificateFile) != std::string::npos) {
    return make_error(ErrorCode::FileNotFound, {{"Reason", "Certificates are for tasks alone"}});
  }
  ASSIGN_OR_RETURN(const auto directory, open_root(root));
  ASSIGN_OR_RETURN(const auto looked_at, open_beneath(directory.get(), name, O_PATH));
  ASSIGN_OR_RETURN(const auto kind, status_of(looked_at.get()));
  if (S_ISDIR(kind.st_mode)) {
    return make_error(ErrorCode::FileNotFound, {{"Reason", "The path names a directory"}});
  }
  ASSIGN_OR_RETURN(auto file, open_beneath(directory.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  ASSIGN_OR_RETURN(const auto status, status_of(file.get()));
  if (!S_ISREG(status.st_mode)) return make_error(ErrorCode::FileNotFound);
  return OpenedFile{std::move(file), facts_of(name, status)};
}

base::Result<std::vector<FileFacts>> list_files(const FileRoot& root, bool recursive) {
  ASSIGN_OR_RETURN(const auto directory, open_root(root));
  std::vector<FileFacts> found;
  RETURN_IF_ERROR(list_directory(directory.get(), "", found));
  for (std::size_t i = 0; recursive && i < found.size(); ++i) {
    if (!found[i].is_directory) continue;
    const auto name = found[i].name;
    auto listed = list_directory(directory.get(), name, found);
    // A directory that went away while the listing went on is simply not there any more.
    if (!listed && listed.error().code != ErrorCode::FileNotFound) return std::move(listed).error();
  }
  std::sort(found.begin(), found.end(), stands_before);
  return found;
}

base::Result<void> remove_file(const FileRoot& root, const std::string& name, bool recursive) {
  ASSIGN_OR_RETURN(const auto directory, open_root(root));
  const auto slash = name.rfind('/');
  const auto parent_name = slash == std::string::npos ? std::string{} : name.substr(0, slash);
  const auto last = slash == std::string::npos ? name : name.substr(slash + 1);
  ASSIGN_OR_RETURN(const auto parent, open_beneath(directory.get(), parent_name, O_RDONLY | O_DIRECTORY));
  return remove_entry(parent.get(), last, recursive, 0);
}

}  // namespace emulator::rest
