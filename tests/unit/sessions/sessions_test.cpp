// Sessions of the proxy: credentials and terms.
#include "emulator/sessions.h"

#include "base/text.h"

#include <gtest/gtest.h>

namespace emulator {
namespace {

std::string basic(const std::string& name, const std::string& secret) {
  return "Basic " + base::base64_encode(name + ":" + secret);
}

TEST(SessionsTest, ACredentialNamesItsSession) {
  Sessions sessions;
  const auto one = sessions.open({});
  const auto other = sessions.open({});
  EXPECT_NE(one.secret, other.secret);
  const auto* name = sessions.authenticate(basic(one.name, one.secret));
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(*name, one.name);
}

TEST(SessionsTest, TheSchemeIsReadInAnyCase) {
  Sessions sessions;
  const auto one = sessions.open({});
  EXPECT_NE(sessions.authenticate("basic  " + base::base64_encode(one.name + ":" + one.secret)), nullptr);
}

TEST(SessionsTest, AWrongCredentialNamesNone) {
  Sessions sessions;
  const auto one = sessions.open({});
  const auto other = sessions.open({});
  EXPECT_EQ(sessions.authenticate(basic(one.name, other.secret)), nullptr);
  EXPECT_EQ(sessions.authenticate(basic(one.name, "")), nullptr);
  EXPECT_EQ(sessions.authenticate(basic(one.name, one.secret + "0")), nullptr);
  EXPECT_EQ(sessions.authenticate(basic("", one.secret)), nullptr);
  EXPECT_EQ(sessions.authenticate(""), nullptr);
  EXPECT_EQ(sessions.authenticate("Basic"), nullptr);
  EXPECT_EQ(sessions.authenticate("Basic %%%"), nullptr);
  EXPECT_EQ(sessions.authenticate("Bearer " + one.secret), nullptr);
  EXPECT_EQ(sessions.authenticate("Basic " + base::base64_encode(std::string(100'000, 'a'))), nullptr);
}

TEST(SessionsTest, AClosedSessionIsUnknown) {
  Sessions sessions;
  const auto one = sessions.open({});
  EXPECT_TRUE(sessions.close(one.name));
  EXPECT_FALSE(sessions.close(one.name));
  EXPECT_EQ(sessions.authenticate(basic(one.name, one.secret)), nullptr);
  EXPECT_EQ(sessions.find(one.name), nullptr);
}

TEST(SessionsTest, NodesWorkOnTheTermsOfAllOpenSessions) {
  Sessions sessions;
  const auto nodes = sessions.open_for_nodes("seed");
  EXPECT_EQ(sessions.open_for_nodes("seed").secret, nodes.secret);
  EXPECT_TRUE(sessions.find(nodes.name)->allowed_hosts.empty());
  EXPECT_FALSE(sessions.find(nodes.name)->makes_accounts);

  SessionTerms terms;
  terms.allowed_hosts = {"example.org"};
  terms.storage_keys = {{"mine", "a2V5"}};
  terms.makes_accounts = true;
  const auto one = sessions.open(terms);
  EXPECT_EQ(sessions.find(nodes.name)->allowed_hosts, terms.allowed_hosts);
  EXPECT_EQ(sessions.find(nodes.name)->storage_keys, terms.storage_keys);
  EXPECT_TRUE(sessions.find(nodes.name)->makes_accounts);

  sessions.close(one.name);
  EXPECT_TRUE(sessions.find(nodes.name)->allowed_hosts.empty());
  EXPECT_FALSE(sessions.close(nodes.name));
}

TEST(SessionsTest, ASessionEndsWithItsProcess) {
  Sessions sessions;
  const auto nodes = sessions.open_for_nodes("seed");
  SessionTerms terms;
  terms.makes_accounts = true;
  const auto gone = sessions.open(terms, 41);
  const auto alive = sessions.open({}, 42);
  const auto nobodys = sessions.open({});
  sessions.close_abandoned([](pid_t process) { return process == 42; });
  EXPECT_EQ(sessions.find(gone.name), nullptr);
  EXPECT_NE(sessions.find(alive.name), nullptr);
  EXPECT_NE(sessions.find(nobodys.name), nullptr);
  ASSERT_NE(sessions.find(nodes.name), nullptr);
  EXPECT_FALSE(sessions.find(nodes.name)->makes_accounts);
}

TEST(SessionsTest, TheCredentialOfTheNodesOutlivesTheProcess) {
  Sessions before;
  Sessions after;
  Sessions other;
  const auto nodes = before.open_for_nodes("seed");
  EXPECT_EQ(after.open_for_nodes("seed").secret, nodes.secret);
  EXPECT_EQ(after.open_for_nodes("seed").name, nodes.name);
  EXPECT_NE(other.open_for_nodes("other seed").secret, nodes.secret);
  EXPECT_NE(nodes.secret.find_first_not_of('0'), std::string::npos);
  ASSERT_NE(after.authenticate(basic(nodes.name, nodes.secret)), nullptr);
}

TEST(SessionsTest, AProxyUrlNeedsNoEncoding) {
  const Credential credential{.name = "s1", .secret = "ab"};
  EXPECT_EQ(credential.proxy_url(8080), "http://s1:ab@127.0.0.1:8080");
}

}  // namespace
}  // namespace emulator
