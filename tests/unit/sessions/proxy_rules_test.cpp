// What the proxy serves, reaches and refuses.
#include "emulator/proxy_rules.h"

#include "base/text.h"

#include <gtest/gtest.h>

namespace emulator {
namespace {

using Action = ProxyRuling::Action;

class ProxyRulesTest : public testing::Test {
 protected:
  void open(std::vector<std::string> allowed) {
    SessionTerms terms;
    terms.allowed_hosts = std::move(allowed);
    credential_ = sessions_.open(std::move(terms));
    authorization_ = "Basic " + base::base64_encode(credential_.name + ":" + credential_.secret);
  }
  ProxyRuling ask(std::string_view host, std::uint16_t port, bool connect = true) const {
    const ProxyQuestion question{
        .connect = connect, .host = host, .port = port, .authorization = authorization_, .session_of_peer = {}};
    return decide(question, sessions_, {.batch = 10100, .blob = 10000});
  }

  Sessions sessions_;
  Credential credential_;
  std::string authorization_;
};

TEST_F(ProxyRulesTest, EmulatedNamesAreServed) {
  open({});
  for (const auto* host :
       {"mybatch.westeurope.batch.azure.com", "acct.blob.core.windows.net", "acct-secondary.blob.core.windows.net",
        "login.microsoftonline.com", "MANAGEMENT.azure.com", "acct.blob.core.windows.net."}) {
    EXPECT_EQ(ask(host, 443).action, Action::serve) << host;
    EXPECT_EQ(ask(host, 80, false).action, Action::serve) << host;
    EXPECT_EQ(ask(host, 443).session, credential_.name);
    EXPECT_EQ(ask(host, 22).action, Action::refuse) << host;
  }
}

TEST_F(ProxyRulesTest, TheMetadataAddressIsServedOnItsPortAlone) {
  open({});
  EXPECT_EQ(ask("169.254.169.254", 80, false).action, Action::serve);
  EXPECT_EQ(ask("169.254.169.254", 80).action, Action::serve);
  EXPECT_EQ(ask("169.254.169.254", 443).action, Action::refuse);
  for (const auto* other : {"2852039166", "0xa9fea9fe", "[::ffff:169.254.169.254]", "169.254.43518"}) {
    EXPECT_EQ(ask(other, 80).action, Action::refuse) << other;
  }
}

TEST_F(ProxyRulesTest, TheEmulatorsOwnEndpointsAreServed) {
  open({});
  for (const auto* host : {"127.0.0.1", "localhost", "acct.blob.localhost", "b.r.batch.localhost"}) {
    EXPECT_EQ(ask(host, 10100, false).action, Action::serve) << host;
    EXPECT_EQ(ask(host, 10000).action, Action::serve) << host;
    EXPECT_EQ(ask(host, 22).action, Action::refuse) << host;
    EXPECT_EQ(ask(host, 0).action, Action::refuse) << host;
  }
}

TEST_F(ProxyRulesTest, LoopbackIsRefusedInEveryNotation) {
  open({"*"});
  for (const auto* host : {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.2", "[::1]", "::1",
                           "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "0.0.0.0", "[::]", "localhost", "a.localhost",
                           "[fe80::1]", "169.254.1.1", "127.0.0.1."}) {
    const auto ruling = ask(host, 6379);
    EXPECT_EQ(ruling.action, Action::refuse) << host;
  }
}

TEST_F(ProxyRulesTest, ARefusalNamesTheSwitch) {
  open({});
  const auto ruling = ask("example.org", 443);
  EXPECT_EQ(ruling.action, Action::refuse);
  EXPECT_EQ(ruling.text,
            "example.org is not one of the emulated services; add --allow example.org to let the command "
            "reach it");
}

TEST_F(ProxyRulesTest, NamesThatOnlyLookEmulatedAreNot) {
  open({});
  for (const auto* host :
       {"blob.core.windows.net", ".blob.core.windows.net", "batch.azure.com", "xblob.core.windows.net",
        "acct.blob.core.windows.net.evil.org", "evil-login.microsoftonline.com", "acct.queue.core.windows.net"}) {
    EXPECT_EQ(ask(host, 443).action, Action::refuse) << host;
  }
}

TEST_F(ProxyRulesTest, AnAllowedHostIsTunnelledTo) {
  open({"example.org", "*.example.net", "127.0.0.1:5432"});
  EXPECT_EQ(ask("example.org", 443).action, Action::tunnel);
  EXPECT_EQ(ask("files.example.net", 443).action, Action::tunnel);
  EXPECT_EQ(ask("127.0.0.1", 5432).action, Action::tunnel);
  EXPECT_EQ(ask("127.0.0.1", 5433).action, Action::refuse);
  EXPECT_EQ(ask("example.com", 443).action, Action::refuse);
}

TEST_F(ProxyRulesTest, AnEmulatedNameIsTheRealOneOnlyWhenItIsAllowedLiterally) {
  open({"*", "*.blob.core.windows.net", "azureopendata.blob.core.windows.net"});
  EXPECT_EQ(ask("azureopendata.blob.core.windows.net", 443).action, Action::tunnel);
  EXPECT_EQ(ask("acct.blob.core.windows.net", 443).action, Action::serve);
  EXPECT_EQ(ask("acct.blob.core.windows.net", 22).action, Action::refuse);
}

TEST_F(ProxyRulesTest, WithoutACredentialOneIsAskedFor) {
  open({});
  authorization_ = "";
  EXPECT_EQ(ask("acct.blob.core.windows.net", 443).action, Action::ask_for_credential);
  authorization_ = "Basic " + base::base64_encode(credential_.name + ":wrong");
  EXPECT_EQ(ask("acct.blob.core.windows.net", 443).action, Action::ask_for_credential);
  EXPECT_EQ(ask("example.org", 443).action, Action::ask_for_credential);
}

TEST_F(ProxyRulesTest, AProcessOfTheSessionNeedsNoCredential) {
  open({});
  ProxyQuestion question{.connect = true,
                         .host = "acct.blob.core.windows.net",
                         .port = 443,
                         .authorization = "",
                         .session_of_peer = [this] { return credential_.name; }};
  EXPECT_EQ(decide(question, sessions_, {}).action, Action::serve);
  EXPECT_EQ(decide(question, sessions_, {}).session, credential_.name);
  question.session_of_peer = [] { return std::string{"s0123"}; };
  EXPECT_EQ(decide(question, sessions_, {}).action, Action::ask_for_credential);
  question.session_of_peer = [this] { return credential_.name; };
  question.authorization = "Basic x";
  EXPECT_EQ(decide(question, sessions_, {}).action, Action::ask_for_credential) << "a wrong one is wrong all the same";
}

TEST_F(ProxyRulesTest, WhatARequestSaysBreaksNoLine) {
  open({});
  EXPECT_EQ(ask("a\r\nb", 443).text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace emulator
