#include "emulator/run/session.h"

#include "emulator/control_client.h"
#include "emulator/sessions_api.h"

#include <nlohmann/json.hpp>

namespace emulator::run {
namespace {

using nlohmann::json;

constexpr int kCreated = 201;

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

base::Result<wire::ProxySettings> settings_in(const std::string& body) {
  const auto answer = json::parse(body, nullptr, false);
  const base::Error wrong{base::Errc::corrupt, "opening a session: the emulator's answer is not understood"};
  if (!answer.is_object()) return wrong;
  const auto port = answer.find("proxyPort");
  const auto ca = answer.find("ca");
  if (port == answer.end() || !port->is_number_unsigned() || ca == answer.end() || !ca->is_object()) return wrong;
  wire::ProxySettings proxy{.port = port->get<std::uint16_t>(),
                            .session = text_in(answer, "name"),
                            .secret = text_in(answer, "secret"),
                            .ca_certificate = text_in(*ca, "certificate"),
                            .ca_bundle = text_in(*ca, "bundle"),
                            .ca_java_store = text_in(*ca, "javaStore")};
  if (proxy.port == 0 || proxy.session.empty() || proxy.secret.empty()) return wrong;
  return proxy;
}

}  // namespace

base::Result<wire::ProxySettings> open_session(const RunningEmulator& running, const SessionTerms& terms, pid_t owner) {
  json body{{"allow", terms.allowed_hosts},
            {"batchKeys", terms.batch_keys},
            {"storageKeys", terms.storage_keys},
            {"makesAccounts", terms.makes_accounts}};
  if (owner > 0) body["pid"] = owner;
  ASSIGN_OR_RETURN(const auto answer, ask_emulator(running, "POST", kSessionsPath, body.dump()));
  if (answer.status == kCreated) return settings_in(answer.body);
  // The answer explains itself and repeats no key.
  return base::Error{base::Errc::unavailable, "opening a session: the emulator answers HTTP " +
                                                  std::to_string(answer.status) + ": " + answer.body.substr(0, 500)};
}

void close_session(const RunningEmulator& running, const std::string& name) {
  std::ignore = ask_emulator(running, "DELETE", std::string{kSessionsPath} + "/" + name);
}

}  // namespace emulator::run
