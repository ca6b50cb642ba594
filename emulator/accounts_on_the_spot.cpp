// Accounts that nobody made before a command named them: `batch-emulator run` lets a program keep the names it has.
#include "base/text.h"
#include "emulator/account_directory.h"
#include "emulator/management/places.h"
#include "emulator/names.h"

#include <spdlog/spdlog.h>
#include <algorithm>

namespace emulator {
namespace {

using management::AccountKind;

/// A program that makes up names may not fill the disk with accounts.
constexpr std::size_t kMostMadeOnTheSpot = 100;

std::string_view word(AccountKind kind) {
  return kind == AccountKind::batch ? "Batch" : "storage";
}

}  // namespace

void AccountDirectory::hear(AccountKind kind, const std::string& name, std::string_view session) {
  const auto* terms = surroundings_.sessions.find(session);
  if (terms == nullptr) return;
  const auto& keys = kind == AccountKind::batch ? terms->batch_keys : terms->storage_keys;
  const auto given = keys.find(name);
  if (is_known(kind, name)) {
    if (given != keys.end()) take_given_key(kind, name, given->second);
    return;
  }
  if (!terms->makes_accounts || !is_account_name(name) || deleted_.contains({kind, name})) return;
  make_on_the_spot(kind, name, given == keys.end() ? std::nullopt : std::optional{given->second});
}

void AccountDirectory::make_on_the_spot(AccountKind kind, const std::string& name,
                                        std::optional<std::string> given_key) {
  if (made_on_the_spot_ > kMostMadeOnTheSpot) return;
  if (made_on_the_spot_++ == kMostMadeOnTheSpot) {
    spdlog::warn("the {} account '{}' is not made: {} accounts were made on the spot already", word(kind), name,
                 kMostMadeOnTheSpot);
    return;
  }
  const bool on_trust = !given_key;
  const auto place = management::default_place();
  const auto now = surroundings_.clock.now();
  base::Result<void> made;
  if (kind == AccountKind::batch) {
    KnownBatchAccount known{.keys_on_trust = on_trust, .made_here = true};
    known.info = {.name = name, .place = place, .auto_storage = first_storage(), .created = now};
    made = add_batch(std::move(known), std::move(given_key));
  } else {
    KnownStorageAccount known{.keys_on_trust = on_trust, .made_here = true};
    known.info = {.name = name, .place = place, .created = now};
    made = add_storage(std::move(known), std::move(given_key));
  }
  if (!made) {
    spdlog::warn("making the {} account '{}' on the spot: {}", word(kind), name, made.error().message);
  } else if (on_trust) {
    spdlog::warn(
        "the {} account '{}' was made on the spot; its key is not known, so signatures of this command are taken on "
        "trust (--account {}=FILE gives the key)",
        word(kind), name, name);
  } else {
    spdlog::info("the {} account '{}' was made on the spot with the key that was given", word(kind), name);
  }
}

/// The command's owner holds this key: it is the account's from now on.
void AccountDirectory::take_given_key(AccountKind kind, const std::string& name, const std::string& key) {
  if (std::ranges::count(keys_.get(kind, name), key) > 0) return;
  keys_.set(kind, name, 0, key);
  auto& on_trust =
      kind == AccountKind::batch ? registry_.batch.at(name).keys_on_trust : registry_.storage.at(name).keys_on_trust;
  on_trust = false;
  if (auto saved = save(); !saved) spdlog::warn("keeping the key of '{}': {}", name, saved.error().message);
  kind == AccountKind::batch ? show_batch(name) : show_storage(name);
}

void AccountDirectory::heard_of_region(std::string_view batch_account, std::string_view region) {
  const auto found = registry_.batch.find(batch_account);
  if (found == registry_.batch.end() || region.empty() || found->second.info.place.location == region) return;
  // What the management plane was told stays.
  if (found->second.made_here && !found->second.info.settings.empty()) return;
  found->second.info.place.location = region;
  if (auto saved = save(); !saved) spdlog::warn("keeping the region of '{}': {}", batch_account, saved.error().message);
}

}  // namespace emulator
