// Files and directories come first, links last: so no entry is ever written through a link of the archive.
#include "nodeagent/task/unpack.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace nodeagent::task {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kDefaultMode = 0770;
constexpr mode_t kOurRights = 0600;
constexpr mode_t kPermissions = 0777;
constexpr unsigned kModeShift = 16;  ///< the upper half of external attributes made on Unix is st_mode
constexpr std::size_t kLongestLink = 4096;
constexpr std::size_t kBuffer = 256 * 1024;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using OpenEntry = std::unique_ptr<zip_file_t, CloseEntry>;

base::Error bad_archive(const std::string& what) {
  return {base::Errc::invalid_argument, "unpacking a package: " + what};
}
base::Error too_much(const std::string& what) {
  return {base::Errc::too_large, "unpacking a package: " + what};
}

/// What an entry is, by its attributes; those of other systems than Unix tell files from directories by the name.
struct Entry {
  zip_uint64_t index = 0;
  fs::path path;
  std::string name;
  mode_t kind = S_IFREG;
  mode_t mode = kDefaultMode;
};

base::Result<Archive> open_archive(const fs::path& file) {
  int code = 0;
  Archive archive(zip_open(file.c_str(), ZIP_RDONLY, &code));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return bad_archive("this is no zip file: " + text);
}

base::Result<Entry> describe(zip_t* archive, zip_uint64_t index) {
  Entry entry{.index = index};
  const char* name = zip_get_name(archive, index, ZIP_FL_ENC_GUESS);
  if (name == nullptr) return bad_archive("entry " + std::to_string(index) + " has no name");
  entry.name = name;
  zip_uint8_t system = ZIP_OPSYS_DOS;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) {
    return bad_archive(entry.name + ": " + zip_strerror(archive));
  }
  const bool unix_made = system == ZIP_OPSYS_UNIX || system == ZIP_OPSYS_OS_X;
  ASSIGN_OR_RETURN(entry.path, entry_path(entry.name, !unix_made));
  const auto mode = static_cast<mode_t>(attributes >> kModeShift);
  if (unix_made && (mode & S_IFMT) != 0) entry.kind = mode & S_IFMT;
  if (unix_made && (mode & kPermissions) != 0) entry.mode = (mode & kPermissions) | kOurRights;
  if (entry.name.ends_with('/') || (!unix_made && entry.name.ends_with('\\'))) entry.kind = S_IFDIR;
  if (entry.kind != S_IFREG && entry.kind != S_IFDIR && entry.kind != S_IFLNK) {
    return bad_archive(entry.name + " is neither file, directory nor link");
  }
  return entry;
}

base::Result<std::vector<Entry>> describe_all(zip_t* archive, const UnpackLimits& limits) {
  const auto count = static_cast<zip_uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(archive, 0), 0));
  if (count > limits.entries) return too_much("it has more than " + std::to_string(limits.entries) + " entries");
  std::vector<Entry> entries;
  entries.reserve(count);
  for (zip_uint64_t index = 0; index < count; ++index) {
    ASSIGN_OR_RETURN(auto entry, describe(archive, index));
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// Where bytes go: a file, or the text of a link.
class Unpacking {
 public:
  Unpacking(zip_t* archive, fs::path directory, const UnpackLimits& limits, std::uint64_t archive_size)
      : archive_(archive),
        directory_(std::move(directory)),
        most_bytes_(std::min(limits.bytes, std::max(limits.ratio_from, archive_size * limits.ratio))) {}

  base::Result<void> directory(const Entry& entry) { return make_directories(entry.path); }

  base::Result<void> file(const Entry& entry) {
    RETURN_IF_ERROR(make_directories(entry.path.parent_path()));
    // New and no link: two entries of one name, or of a name and a directory, are refused here.
    auto opened = base::open_file(directory_ / entry.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kOurRights);
    if (opened.has_error()) return refused(entry, std::move(opened).error());
    RETURN_IF_ERROR(
        read(entry, [&](std::string_view bytes) { return base::write_all(opened->get(), bytes, entry.path); }));
    if (::fchmod(opened->get(), entry.mode) != 0) return base::errno_error("setting the mode of " + entry.name, errno);
    return opened->close();
  }

  base::Result<void> link(const Entry& entry) {
    std::string target;
    RETURN_IF_ERROR(read(entry, [&](std::string_view bytes) -> base::Result<void> {
      target += bytes;
      if (target.size() > kLongestLink) return bad_archive(entry.name + " is too long a link");
      return {};
    }));
    if (!stays_inside(entry.path, target)) return bad_archive(entry.name + " is a link that leads out of the package");
    RETURN_IF_ERROR(make_directories(entry.path.parent_path()));
    if (::symlink(target.c_str(), (directory_ / entry.path).c_str()) == 0) return {};
    return refused(entry, base::errno_error("making the link " + entry.name, errno));
  }

 private:
  static base::Error refused(const Entry& entry, base::Error error) {
    if (error.code == base::Errc::already_exists) return bad_archive(entry.name + " is there twice");
    return error;
  }

  /// Only leading ".." may go up: below them every step is a directory of ours or a link that stays inside itself.
  static bool stays_inside(const fs::path& link, const std::string& target) {
    if (target.empty() || target.front() == '/' || target.find('\0') != std::string::npos) return false;
    auto depth = std::distance(link.begin(), link.end()) - 1;
    bool leading = true;
    for (const auto& part : fs::path(target)) {
      if (part == "..") {
        if (!leading || depth-- == 0) return false;
      } else if (part != ".") {
        leading = false;
      }
    }
    return true;
  }

  /// Each level by itself, so that a link or a file on the way is met as such.
  base::Result<void> make_directories(const fs::path& relative) {
    fs::path current = directory_;
    for (const auto& part : relative) {
      if (part.empty()) continue;
      current /= part;
      if (::mkdir(current.c_str(), kDefaultMode) == 0) continue;
      if (errno != EEXIST) return base::errno_error("making " + relative.string(), errno);
      struct stat found {};
      if (::lstat(current.c_str(), &found) != 0) return base::errno_error("looking at " + relative.string(), errno);
      if (!S_ISDIR(found.st_mode)) return bad_archive(relative.string() + " is a directory and something else");
    }
    return {};
  }

  template <class Take>
  base::Result<void> read(const Entry& entry, Take take) {
    const OpenEntry opened(zip_fopen_index(archive_, entry.index, 0));
    if (!opened) return bad_archive(entry.name + ": " + zip_strerror(archive_));
    while (true) {
      const auto count = zip_fread(opened.get(), buffer_.data(), buffer_.size());
      if (count < 0) return bad_archive(entry.name + ": " + zip_error_strerror(zip_file_get_error(opened.get())));
      if (count == 0) return {};
      bytes_ += static_cast<std::uint64_t>(count);
      if (bytes_ > most_bytes_) return too_much("its files are more than " + std::to_string(most_bytes_) + " bytes");
      RETURN_IF_ERROR(take(std::string_view(buffer_.data(), static_cast<std::size_t>(count))));
    }
  }

  zip_t* archive_;
  fs::path directory_;
  std::uint64_t most_bytes_;
  std::uint64_t bytes_ = 0;
  std::vector<char> buffer_ = std::vector<char>(kBuffer);
};

}  // namespace

base::Result<fs::path> entry_path(std::string_view name, bool dos) {
  std::string text(name);
  if (dos) std::replace(text.begin(), text.end(), '\\', '/');
  const auto refused = [&] { return bad_archive("\"" + std::string(name) + "\" is not a name inside the package"); };
  if (text.empty() || text.front() == '/' || text.find('\0') != std::string::npos) return refused();
  if (dos && text.size() > 1 && text[1] == ':') return refused();
  fs::path path;
  for (const auto& part : fs::path(text)) {
    if (part == "..") return refused();
    if (part.empty() || part == ".") continue;
    path /= part;
  }
  if (path.empty()) return refused();
  return path;
}

base::Result<void> unpack_zip(const fs::path& archive, const fs::path& directory, const UnpackLimits& limits) {
  ASSIGN_OR_RETURN(const auto opened, open_archive(archive));
  ASSIGN_OR_RETURN(const auto entries, describe_all(opened.get(), limits));
  std::error_code failure;
  const auto size = fs::file_size(archive, failure);
  if (failure) return base::errno_error("reading the size of " + archive.string(), failure.value());
  Unpacking unpacking(opened.get(), directory, limits, size);
  for (const auto& entry : entries) {
    if (entry.kind == S_IFDIR) RETURN_IF_ERROR(unpacking.directory(entry));
    if (entry.kind == S_IFREG) RETURN_IF_ERROR(unpacking.file(entry));
  }
  for (const auto& entry : entries) {
    if (entry.kind == S_IFLNK) RETURN_IF_ERROR(unpacking.link(entry));
  }
  return {};
}

}  // namespace nodeagent::task
