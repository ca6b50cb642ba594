// LossyDisk: a disk for SQLite that keeps in a power cut only what was synced.
//
// Registered as SQLite's default VFS while it lives. Files live in memory twice: as programs see them, and as the disk
// has them. A write changes the first; only xSync carries it to the second. Every write, truncation, sync and deletion
// is an operation; at the chosen one the power goes: that operation and all later ones fail, as a dying machine's
// would. After power_cut() the files are what the disk had, plus, per file, the first few of the writes that were under
// way.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace fakes {

class LossyDisk {
 public:
  LossyDisk();
  ~LossyDisk();
  LossyDisk(const LossyDisk&) = delete;
  LossyDisk& operator=(const LossyDisk&) = delete;

  /// The power goes at this operation, counted from 1; 0 = never.
  void fail_at(std::uint64_t operation) { fail_at_ = operation; }
  /// Instead of a power cut: writes at and after this operation answer SQLITE_FULL.
  void full_at(std::uint64_t operation) { full_at_ = operation; }
  [[nodiscard]] std::uint64_t operations() const { return operations_; }
  [[nodiscard]] bool power_is_off() const { return off_; }
  /// What a machine finds after the power came back: synced bytes, and of each file's unsynced writes a prefix chosen
  /// by `choose` (null: none). Then operations count from 0 and nothing fails.
  void power_cut(std::mt19937* choose);

  struct Write {
    std::uint64_t offset = 0;
    std::string bytes;
  };
  struct File {
    std::string seen;             ///< what programs read
    std::string kept;             ///< what the disk has
    bool on_disk = false;         ///< its name has been synced
    std::vector<Write> unsynced;  ///< since the last sync
  };
  /// Counts an operation. False: the power is off.
  bool operate();
  [[nodiscard]] bool full() const { return full_at_ != 0 && operations_ >= full_at_; }
  std::map<std::string, std::shared_ptr<File>>& files() { return files_; }

 private:
  struct Vfs;
  std::unique_ptr<Vfs> vfs_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_at_ = 0;
  std::uint64_t full_at_ = 0;
  bool off_ = false;
};

}  // namespace fakes
