// The keys of a Batch account, and those that it keeps of its auto storage.
#include "emulator/management/body.h"
#include "emulator/management/handlers.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "wire/time_text.h"

#include <array>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr int kDone = 204;
constexpr auto kMembers = std::to_array<Member>({{"keyName", MemberKind::choice, "Primary|Secondary"}});

http::Response keys_response(const std::string& name, const KeyPair& keys) {
  return json_response(200, ordered_json{{"accountName", name}, {"primary", keys[0]}, {"secondary", keys[1]}});
}

}  // namespace

Answer get_batch_account_keys(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto info, batch_account_of_path(call));
  CO_ASSIGN_OR_RETURN(const auto keys, call.accounts().keys(AccountKind::batch, info.name));
  co_return keys_response(info.name, keys);
}

Answer regenerate_batch_account_key(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto info, batch_account_of_path(call));
  CO_RETURN_IF_ERROR(check_members(call.body, kMembers));
  if (!call.body.contains("keyName")) {
    co_return make_error(ErrorCode::MissingRequiredProperty, {{"Target", "keyName"}});
  }
  const std::size_t which = call.body["keyName"] == "Primary" ? 0 : 1;
  CO_ASSIGN_OR_RETURN(const auto keys, call.accounts().regenerate_key(AccountKind::batch, info.name, which));
  co_return keys_response(info.name, keys);
}

// Keys of storage accounts are looked up whenever they are used, so that there is nothing to bring over; that it was
// asked for is remembered.
Answer synchronize_auto_storage_keys(Call& call) {
  CO_ASSIGN_OR_RETURN(auto info, batch_account_of_path(call));
  if (info.auto_storage.empty()) co_return make_error(ErrorCode::AutoStorageNotConfigured);
  info.settings[json::json_pointer("/properties/autoStorage/lastKeySync")] = wire::print_timestamp(call.now());
  CO_RETURN_IF_ERROR(call.accounts().change_batch_account(std::move(info)));
  co_return empty_response(kDone);
}

}  // namespace emulator::management
