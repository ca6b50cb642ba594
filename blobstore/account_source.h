// Where the service learns which storage accounts there are: they come and go while it runs.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blobstore {

/// A storage account as the service sees it when a request comes. Keys are raw bytes (decoded), equal in rank, and are
/// never written to the store's directory.
struct Account {
  std::string name;               ///< lower case, 3 to 24 letters and digits
  std::vector<std::string> keys;  ///< at least one
  /// The key that clients of this proxy session use is not known: a signature of theirs (SharedKey or SAS) that fits
  /// none of `keys` is accepted unchecked. Form, dates, times, permissions and scope hold all the same. Heeded for
  /// requests that came through a session (http::Request::session) alone.
  bool keys_on_trust = false;
};

/// Safe to use from every thread; a look-up may write a small file, so it belongs on no hot path but a request's.
class AccountSource {
 public:
  virtual ~AccountSource() = default;
  /// The account, for a request that came through this proxy session ("" = direct); may make it, when the session's
  /// owner asked for accounts to be made on the spot. `name` is lower case and unchecked. nullptr: there is none.
  virtual std::shared_ptr<const Account> find(std::string_view name, std::string_view session) = 0;
};

/// A list that never changes.
class FixedAccounts final : public AccountSource {
 public:
  explicit FixedAccounts(std::vector<Account> accounts) {
    for (auto& account : accounts) accounts_.push_back(std::make_shared<const Account>(std::move(account)));
  }
  std::shared_ptr<const Account> find(std::string_view name, std::string_view /*session*/) override {
    const auto found = std::ranges::find(accounts_, name, [](const auto& account) { return account->name; });
    return found == accounts_.end() ? nullptr : *found;
  }

 private:
  std::vector<std::shared_ptr<const Account>> accounts_;
};

}  // namespace blobstore
