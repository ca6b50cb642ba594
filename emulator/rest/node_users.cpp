// Users of nodes (contract 4.2): kept and validated. No account of the host is made, and of a password nothing is kept
// but that there was one.
#include "base/text.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/node_access.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/views.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::invalid_property;
using wire::batch::RequestType;

constexpr auto kUserLife = std::chrono::days{1};  ///< the default expiry
constexpr std::size_t kLongestName = 64;
constexpr std::string_view kForbiddenInNames = "\"/\\[]:;|=,+*?<>@ \t";
constexpr auto kKeyTypes =
    std::to_array<std::string_view>({"ssh-rsa", "ssh-dss", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                     "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com"});

base::Result<void> check_name(const std::string& name) {
  if (name.empty() || name.size() > kLongestName || name.find_first_of(kForbiddenInNames) != std::string::npos) {
    return invalid_property(
        "name", name, "A user name has 1 to 64 characters and none of \" / \\ [ ] : ; | = , + * ? < > @ or spaces");
  }
  return {};
}

/// "ssh-rsa AAAA... comment": the base64 text begins with the type once more (RFC 4253, 6.6).
bool is_public_key(const std::string& text) {
  const auto parts = base::split(text, ' ');
  if (parts.size() < 2 || std::ranges::find(kKeyTypes, parts[0]) == kKeyTypes.end()) return false;
  const auto bytes = base::base64_decode(parts[1]);
  constexpr std::size_t kLengthBytes = 4;
  return bytes.has_value() && bytes->size() > kLengthBytes + parts[0].size() &&
         std::string_view(*bytes).substr(kLengthBytes, parts[0].size()) == parts[0];
}

/// `add`: a password may be demanded.
base::Result<core::NodeUser> user_from_json(const json& body, bool on_windows, bool add, core::Timestamp now) {
  core::NodeUser user;
  const auto* password = member(body, {"password"});
  user.has_password = password != nullptr;
  if (password != nullptr && text_member(body, {"password"}).empty()) {
    return invalid_property("password", "", "The password must not be empty");
  }
  user.ssh_public_key = text_member(body, {"sshPublicKey"});
  if (on_windows && member(body, {"sshPublicKey"}) != nullptr) {
    return invalid_property("sshPublicKey", user.ssh_public_key, "A public key can be set on Linux nodes only");
  }
  if (on_windows && add && !user.has_password) return wire::batch::missing_property("password");
  if (member(body, {"sshPublicKey"}) != nullptr && !is_public_key(user.ssh_public_key)) {
    return invalid_property("sshPublicKey", user.ssh_public_key, "The key is not a public key in OpenSSH's encoding");
  }
  user.expires = now + kUserLife;
  if (const auto* expiry = member(body, {"expiryTime"})) {
    ASSIGN_OR_RETURN(user.expires, wire::parse_timestamp(expiry->get<std::string>()));
    if (user.expires <= now) return invalid_property("expiryTime", expiry->get<std::string>(), "The time has passed");
  }
  user.is_admin = boolean_member(body, {"isAdmin"}, false);
  return user;
}

}  // namespace

Answer add_node_user(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::node_user_add, call.body));
  auto name = text_member(body, {"name"});
  CO_RETURN_IF_ERROR(check_name(name));
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  CO_ASSIGN_OR_RETURN(auto user,
                      user_from_json(body, runs_windows(parse_document(pool.record.document)), true, call.now()));
  user.name = name;
  core::AddNodeUser command{.node = call.node_key(), .user = std::move(user)};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return created_response(call, call.request->path + "/" + base::percent_encode(name), version);
}

Answer update_node_user(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::node_user_update, call.body));
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  CO_ASSIGN_OR_RETURN(auto user,
                      user_from_json(body, runs_windows(parse_document(pool.record.document)), false, call.now()));
  user.name = call.path.get("userName");
  core::UpdateNodeUser command{.node = call.node_key(), .user = std::move(user)};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer delete_node_user(Call& call) {
  core::DeleteNodeUser command{.node = call.node_key(), .name = call.path.get("userName")};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return empty_response(call);
}

}  // namespace emulator::rest
