#include "base/text.h"
#include "emulator/rest/call.h"

#include <algorithm>

namespace emulator::rest {

FixedAccounts::FixedAccounts(std::vector<Account> accounts) {
  for (auto& account : accounts) accounts_.push_back(std::make_shared<const Account>(std::move(account)));
}

std::shared_ptr<const Account> FixedAccounts::find(std::string_view name, std::string_view /*session*/) {
  const auto found = std::ranges::find_if(
      accounts_, [&](const auto& account) { return base::equal_ignoring_case(account->name, name); });
  return found == accounts_.end() ? nullptr : *found;
}

}  // namespace emulator::rest
