// Sessions by request: how `batch-emulator run` gets the credential of its command.
//   POST   /.emulator/sessions          {"allow": [host], "batchKeys": {account: key}, "storageKeys": {...},
//                                        "makesAccounts": bool, "pid": number}, every member optional; the session
//                                       ends with the process "pid"
//                                       201 {"name", "secret", "proxyPort", "entra", "ca": {"certificate", "bundle",
//                                        "javaStore"}}
//   DELETE /.emulator/sessions/{name}   204
// Signed with the key of the first Batch account, which only the owner of the data directory knows.
#pragma once

#include "base/async.h"
#include "emulator/rest/rest_api.h"
#include "emulator/running_file.h"
#include "emulator/sessions.h"
#include "http/message.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace emulator {

inline constexpr std::string_view kSessionsPath = "/.emulator/sessions";

/// What the request is answered with and about. All of it outlives the SessionsApi.
struct SessionsSetting {
  Sessions& sessions;
  const rest::RestApi& rest;
  base::Workers& workers;
  const base::Clock& clock;
  std::string owner;                   ///< the first Batch account
  std::filesystem::path authority;     ///< directory of the certificate authority
  std::optional<NamesSettings> names;  ///< absent: there is no proxy, and every request is refused
};

/// Used on the executor of the sessions.
class SessionsApi {
 public:
  explicit SessionsApi(SessionsSetting setting) : setting_(std::move(setting)) {}
  static bool owns(std::string_view path);
  base::Async<http::Response> handle(http::Request& request);

 private:
  base::Async<base::Result<http::Response>> answer(http::Request& request);
  base::Async<base::Result<http::Response>> open(http::Request& request);
  base::Result<http::Response> close(std::string_view name);

  SessionsSetting setting_;
};

/// What the body of a POST asks for.
struct SessionRequest {
  SessionTerms terms;
  pid_t owner = 0;
};
/// InvalidRequestBody says what is wrong with it and never repeats a key.
base::Result<SessionRequest> session_request_from_json(std::string_view text);

}  // namespace emulator
