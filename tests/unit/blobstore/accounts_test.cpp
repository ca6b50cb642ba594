// Accounts that come and go while the service runs, their keys, and keys taken on trust.
#include "tests/unit/blobstore/authorize_fixture.h"

namespace blobstore {
namespace {

class AccountsTest : public AuthorizeTest {
 protected:
  Account& account() { return harness_.accounts->accounts.at(std::string(kAccount)); }
  std::string forged_sas(std::string_view permissions) {
    return wire::blob::sign_container_sas(kAccount, "a key of the client's", "con", permissions, in_an_hour(),
                                          kVersion);
  }
};

TEST_F(AccountsTest, AccountThatComesLaterIsServed) {
  const http::Headers host{{"Host", "later.blob.core.windows.net"}};
  const auto list = [&] {
    const auto sas = wire::blob::sign_account_sas("later", "k", "sco", "l", in_an_hour(), kVersion);
    return harness_.send({.path = "?comp=list&" + sas, .headers = host, .account = "", .with_sas = false}).status;
  };
  EXPECT_EQ(list(), 404);
  harness_.accounts->accounts["later"] = {.name = "later", .keys = {"k"}};
  EXPECT_EQ(list(), 200);
  harness_.accounts->accounts.erase("later");
  EXPECT_EQ(list(), 404);
}

TEST_F(AccountsTest, BothKeysAreEqualInRank) {
  account().keys = {"first", "second"};
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, "first").status, 200);
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, "second").status, 200);
  EXPECT_EQ(signed_with_key("GET", "/con/b").status, 403);
  const auto sas = wire::blob::sign_container_sas(kAccount, "second", "con", "r", in_an_hour(), kVersion);
  EXPECT_EQ(with(sas, "GET", "/con/b").status, 200);
}

TEST_F(AccountsTest, UnknownKeysAreTrustedThroughASessionOnly) {
  account().keys_on_trust = true;
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, "another").status, 403);
  EXPECT_EQ(with(forged_sas("r"), "GET", "/con/b").status, 403);
  harness_.session = "s1";
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, "another").status, 200);
  EXPECT_EQ(with(forged_sas("r"), "GET", "/con/b").status, 200);
  account().keys_on_trust = false;
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, "another").status, 403);
  EXPECT_EQ(with(forged_sas("r"), "GET", "/con/b").status, 403);
}

TEST_F(AccountsTest, TrustedSignatureStillHasToBeOfTheRightFormDateAndScope) {
  account().keys_on_trust = true;
  harness_.session = "s1";
  const auto old = wire::print_http_date(harness_.clock.now() - std::chrono::minutes(16));
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, "another", old).error_code(), "AuthenticationFailed");
  EXPECT_EQ(with("", "GET", "/con/b", "", {{"Authorization", "SharedKey acct:###"}}).status, 400);
  EXPECT_EQ(with("", "GET", "/con/b", "", {{"Authorization", "SharedKey other:aaaa"}}).status, 403);
  EXPECT_EQ(with(forged_sas("w"), "GET", "/con/b").error_code(), "AuthorizationPermissionMismatch");
  EXPECT_EQ(with(forged_sas("r"), "DELETE", "/con?restype=container").status, 403);
  const auto late = forged_sas("r");
  harness_.clock.advance(std::chrono::hours(2));
  EXPECT_EQ(with(late, "GET", "/con/b").error_code(), "AuthenticationFailed");
}

TEST_F(AccountsTest, ARequestThatShowsNothingHasNoSayInWhichAccountsThereAre) {
  harness_.session = "s1";
  with("", "GET", "/con/b");
  EXPECT_EQ(harness_.accounts->last_session, "");
  with(forged_sas("r"), "GET", "/con/b");
  EXPECT_EQ(harness_.accounts->last_session, "s1");
  signed_with_key("GET", "/con/b");
  EXPECT_EQ(harness_.accounts->last_session, "s1");
}

}  // namespace
}  // namespace blobstore
