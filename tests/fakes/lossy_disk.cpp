#include "tests/fakes/lossy_disk.h"

#include "base/check.h"

#include <sqlite3.h>
#include <algorithm>
#include <cstring>

namespace fakes {
namespace {

constexpr int kSectorBytes = 512;

/// An open file of SQLite: the disk's file and the shared memory that WAL wants, all in this process.
struct OpenFile {
  sqlite3_file base;
  LossyDisk* disk;
  std::shared_ptr<LossyDisk::File>* file;
  std::vector<std::unique_ptr<char[]>>* shared;
};

OpenFile& open_file(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}
LossyDisk::File& file_of(sqlite3_file* file) {
  return **open_file(file).file;
}

int close_file(sqlite3_file* file) {
  delete open_file(file).file;
  delete open_file(file).shared;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  const std::string& bytes = file_of(file).seen;
  const auto begin = std::min<std::size_t>(static_cast<std::size_t>(offset), bytes.size());
  const auto got = std::min<std::size_t>(static_cast<std::size_t>(count), bytes.size() - begin);
  std::memcpy(into, bytes.data() + begin, got);
  if (got == static_cast<std::size_t>(count)) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + got, 0, static_cast<std::size_t>(count) - got);
  return SQLITE_IOERR_SHORT_READ;
}

void apply(std::string& bytes, std::uint64_t offset, std::string_view written) {
  if (bytes.size() < offset + written.size()) bytes.resize(offset + written.size());
  std::memcpy(bytes.data() + offset, written.data(), written.size());
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  LossyDisk& disk = *open_file(file).disk;
  if (!disk.operate()) return SQLITE_IOERR_WRITE;
  if (disk.full()) return SQLITE_FULL;
  const std::string_view written(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
  apply(file_of(file).seen, static_cast<std::uint64_t>(offset), written);
  file_of(file).unsynced.push_back({static_cast<std::uint64_t>(offset), std::string(written)});
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (!open_file(file).disk->operate()) return SQLITE_IOERR_TRUNCATE;
  file_of(file).seen.resize(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  if (!open_file(file).disk->operate()) return SQLITE_IOERR_FSYNC;
  LossyDisk::File& contents = file_of(file);
  contents.kept = contents.seen;
  contents.on_disk = true;
  contents.unsynced.clear();
  return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(file_of(file).seen.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int is_reserved(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_bytes(sqlite3_file*) {
  return kSectorBytes;
}
int characteristics(sqlite3_file*) {
  return 0;
}

int map_shared(sqlite3_file* file, int page, int size, int, void volatile** into) {
  auto& shared = *open_file(file).shared;
  while (shared.size() <= static_cast<std::size_t>(page)) {
    shared.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  }
  *into = shared[static_cast<std::size_t>(page)].get();
  return SQLITE_OK;
}
int lock_shared(sqlite3_file*, int, int, int) {
  return SQLITE_OK;
}
void barrier(sqlite3_file*) {}
int unmap_shared(sqlite3_file* file, int) {
  open_file(file).shared->clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods{
    2,           close_file, read_file,    write_file,   truncate_file, sync_file,       size_of_file,
    lock_file,   lock_file,  is_reserved,  control_file, sector_bytes,  characteristics, map_shared,
    lock_shared, barrier,    unmap_shared, nullptr,      nullptr};

LossyDisk& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<LossyDisk*>(vfs->pAppData);
}

int open_on_disk(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  LossyDisk& disk = disk_of(vfs);
  OpenFile& opened = open_file(file);
  opened.base.pMethods = nullptr;
  if (disk.power_is_off()) return SQLITE_CANTOPEN;
  std::shared_ptr<LossyDisk::File> contents;
  if (name == nullptr) {
    contents = std::make_shared<LossyDisk::File>();
  } else {
    auto& slot = disk.files()[name];
    if (!slot) slot = std::make_shared<LossyDisk::File>();
    contents = slot;
  }
  opened.disk = &disk;
  opened.file = new std::shared_ptr<LossyDisk::File>(std::move(contents));
  opened.shared = new std::vector<std::unique_ptr<char[]>>();
  opened.base.pMethods = &kMethods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

int delete_on_disk(sqlite3_vfs* vfs, const char* name, int) {
  LossyDisk& disk = disk_of(vfs);
  if (!disk.operate()) return SQLITE_IOERR_DELETE;
  return disk.files().erase(name) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
}

int access_on_disk(sqlite3_vfs* vfs, const char* name, int, int* result) {
  // SQLite takes an empty file for none when it looks for a journal.
  const auto found = disk_of(vfs).files().find(name);
  *result = found != disk_of(vfs).files().end() ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int count, char* out) {
  std::strncpy(out, name, static_cast<std::size_t>(count));
  return SQLITE_OK;
}

}  // namespace

struct LossyDisk::Vfs {
  sqlite3_vfs vfs{};
};

LossyDisk::LossyDisk() : vfs_(std::make_unique<Vfs>()) {
  sqlite3_initialize();
  const sqlite3_vfs* usual = sqlite3_vfs_find(nullptr);
  CHECK(usual != nullptr, "SQLite has no VFS");
  vfs_->vfs = *usual;  // randomness, sleep and time stay the machine's
  vfs_->vfs.szOsFile = sizeof(OpenFile);
  vfs_->vfs.pNext = nullptr;
  vfs_->vfs.zName = "lossy";
  vfs_->vfs.pAppData = this;
  vfs_->vfs.xOpen = open_on_disk;
  vfs_->vfs.xDelete = delete_on_disk;
  vfs_->vfs.xAccess = access_on_disk;
  vfs_->vfs.xFullPathname = full_path;
  CHECK(sqlite3_vfs_register(&vfs_->vfs, 1) == SQLITE_OK, "registering the lossy disk");
}

LossyDisk::~LossyDisk() {
  sqlite3_vfs_unregister(&vfs_->vfs);
}

bool LossyDisk::operate() {
  if (off_) return false;
  ++operations_;
  if (fail_at_ != 0 && operations_ >= fail_at_) off_ = true;
  return !off_;
}

void LossyDisk::power_cut(std::mt19937* choose) {
  for (auto entry = files_.begin(); entry != files_.end();) {
    File& file = *entry->second;
    if (choose != nullptr && !file.unsynced.empty()) {
      const auto reached = (*choose)() % (file.unsynced.size() + 1);
      for (std::size_t i = 0; i < reached; ++i) apply(file.kept, file.unsynced[i].offset, file.unsynced[i].bytes);
      if (reached > 0) file.on_disk = true;
    }
    file.unsynced.clear();
    file.seen = file.kept;
    entry = file.on_disk ? std::next(entry) : files_.erase(entry);
  }
  operations_ = 0;
  fail_at_ = 0;
  full_at_ = 0;
  off_ = false;
}

}  // namespace fakes
