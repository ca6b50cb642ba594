#include "emulator/entra/key_file.h"

#include "base/durable_file.h"

namespace emulator::entra {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{16} * 1024;
constexpr mode_t kOwnerOnly = 0600;

}  // namespace

KeyFile::Key KeyFile::loaded() {
  const std::lock_guard lock{mutex_};
  return key_;
}

KeyFile::Key KeyFile::keep(wire::entra::SigningKey key) {
  const std::lock_guard lock{mutex_};
  key_ = std::make_shared<const wire::entra::SigningKey>(std::move(key));
  return key_;
}

base::Result<KeyFile::Key> KeyFile::find() {
  if (auto key = loaded()) return key;
  const auto text = base::read_file(file_, kMaxFileBytes);
  if (!text) {
    if (text.error().code == base::Errc::not_found) return Key{};
    return text.error().in("reading the key that signs tokens");
  }
  auto key = wire::entra::SigningKey::from_pem(*text);
  if (!key) return std::move(key).error().in("reading " + file_.string() + " (delete it, and a new one is made)");
  return keep(std::move(*key));
}

base::Result<KeyFile::Key> KeyFile::make() {
  const std::lock_guard lock{making_};
  ASSIGN_OR_RETURN(auto found, find());
  if (found) return found;
  ASSIGN_OR_RETURN(auto key, wire::entra::SigningKey::make());
  RETURN_IF_ERROR(base::make_directory(file_.parent_path()));
  RETURN_IF_ERROR(base::write_file_durably(file_, key.to_pem(), kOwnerOnly));
  return keep(std::move(key));
}

base::Async<base::Result<KeyFile::Key>> KeyFile::get(base::Workers& workers) {
  if (auto key = loaded()) co_return key;
  auto work = [this] { return make(); };
  co_return co_await base::on_worker(workers, std::move(work));
}

}  // namespace emulator::entra
