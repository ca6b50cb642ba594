// Who may use the proxy, and on which terms.
//
// A session is a credential (Proxy-Authorization: Basic name:secret) with terms. `batch-emulator run` opens one for its
// command; the emulator opens one for its nodes, whose tasks work for the commands: on the terms of all open sessions
// together. A request that came through the proxy carries its session's name (http::Request::session). Sessions are in
// memory alone: they end with the process.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

struct SessionTerms {
  /// Hosts outside the emulator that are tunnelled to (host_patterns.h).
  std::vector<std::string> allowed_hosts;
  /// Account name -> base64 key: what an account that does not exist yet is made with. A Batch account and a storage
  /// account of one name may have different keys.
  std::map<std::string, std::string> batch_keys;
  std::map<std::string, std::string> storage_keys;
  /// Accounts that nobody has heard of are made when a request names them. Without a key above, the key of the first
  /// request is taken on trust.
  bool makes_accounts = false;
};

/// Made at random. The secret appears in no log and on no command line.
struct Credential {
  std::string name;
  std::string secret;
  /// "http://name:secret@127.0.0.1:port": both parts are unreserved characters.
  [[nodiscard]] std::string proxy_url(std::uint16_t port) const;
};

/// Used from one executor.
class Sessions {
 public:
  /// `owner`: the process for which the session is; close_abandoned() closes it when that is gone. 0: none.
  Credential open(SessionTerms terms, pid_t owner = 0);
  /// Closes the sessions of processes that ended without saying so.
  void close_abandoned(const std::function<bool(pid_t)>& is_alive);
  /// The session of the nodes, made on the first call and the same one each time. It cannot be closed. Its credential
  /// follows from `seed`, a secret that outlives the process: tasks that live on while the emulator is started again go
  /// on with it, if the proxy's port is the same.
  const Credential& open_for_nodes(std::string_view seed);
  /// False when there is none of this name.
  bool close(std::string_view name);

  /// The name of the session whose credential this value of Proxy-Authorization is; null when it is none. What is
  /// compared with a secret takes a time that depends on lengths only.
  [[nodiscard]] const std::string* authenticate(std::string_view proxy_authorization) const;
  /// Null when it is closed or never was. Valid until a session is opened or closed.
  [[nodiscard]] const SessionTerms* find(std::string_view name) const;
  [[nodiscard]] std::size_t size() const noexcept { return sessions_.size(); }

 private:
  struct Session {
    Credential credential;
    SessionTerms terms;
    pid_t owner = 0;
  };
  std::string add(Credential credential, SessionTerms terms, pid_t owner);
  void agree_on_terms_of_nodes();

  std::map<std::string, Session, std::less<>> sessions_;
  std::string nodes_;  ///< name of the nodes' session; empty: not open
};

}  // namespace emulator
