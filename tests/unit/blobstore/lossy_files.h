// Extent files on the same lossy disk that SQLite writes to, so that one count of operations covers both.
#pragma once

#include "blobstore/store/file_system.h"
#include "tests/fakes/lossy_disk.h"

#include <memory>

namespace blobstore {

/// A file's bytes are kept once it was synced, its name once its directory was. Removals reach the disk at once.
std::unique_ptr<store::FileSystem> make_lossy_files(fakes::LossyDisk& disk);

/// The next sync of an extent file on this disk fails, as a failing drive's would; nothing else does.
void fail_next_sync(fakes::LossyDisk& disk);

}  // namespace blobstore
