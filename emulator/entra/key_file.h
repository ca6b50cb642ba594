// The token service's key pair: `<data-dir>/entra/signing.key`, mode 0600, made when the first token is asked for and
// kept from then on, so that tokens hold over restarts. (It is not made at start: that takes a while.)
//
// Safe from every thread.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "wire/entra/signing_key.h"

#include <filesystem>
#include <memory>
#include <mutex>

namespace emulator::entra {

class KeyFile {
 public:
  using Key = std::shared_ptr<const wire::entra::SigningKey>;

  explicit KeyFile(std::filesystem::path file) : file_(std::move(file)) {}

  /// The key, or null when none has been made yet. Reads a small file the first time. corrupt when it is damaged.
  base::Result<Key> find();
  /// The key; made, and on the disk, when there was none. The work is done on a worker.
  base::Async<base::Result<Key>> get(base::Workers& workers);

 private:
  Key loaded();
  base::Result<Key> make();
  Key keep(wire::entra::SigningKey key);

  const std::filesystem::path file_;
  std::mutex making_;  ///< held while a key is made, so that only one is
  std::mutex mutex_;   ///< guards key_
  Key key_;
};

}  // namespace emulator::entra
