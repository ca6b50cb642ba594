// Whom the gate lets in.
#include "http/gate.h"

#include <gtest/gtest.h>

namespace http {
namespace {

const std::vector<std::string> kHosts = {"localhost", "127.0.0.1", "[::1]", "*.blob.localhost"};
const std::vector<std::string> kOrigins = {"http://localhost:8080"};

bool host_passes(std::string value) {
  return refused_host(Headers{{"Host", std::move(value)}}, kHosts).empty();
}

TEST(GateTest, KnownHostsPassWithAndWithoutPort) {
  for (const auto* host : {"localhost", "LocalHost", "localhost:1", "127.0.0.1:65535", "[::1]", "[::1]:1",
                           "a.blob.localhost", "a.b.BLOB.localhost:80"}) {
    EXPECT_TRUE(host_passes(host)) << host;
  }
}

TEST(GateTest, OtherHostsAreRefused) {
  for (const auto* host : {"",
                           "example.com",
                           "localhost.",
                           "localhost.:80",
                           "localhost.example.com",
                           "xlocalhost",
                           "blob.localhost",
                           ".blob.localhost",
                           "a..blob.localhost",
                           "a.blob.localhost.",
                           "127.0.0.1.",
                           "127.0.0.2",
                           "127.1",
                           "2130706433",
                           "0x7f.1",
                           "[::1",
                           "::1",
                           "[::1]x",
                           "[::1].",
                           "[::2]",
                           "[]",
                           "[::1%25lo]",
                           "[localhost]",
                           "localhost:",
                           "localhost:0",
                           "localhost:65536",
                           "localhost:+1",
                           "localhost:1a",
                           "localhost:80:80",
                           "user@localhost",
                           "user:pass@localhost",
                           "localhost@evil.com",
                           "localhost/",
                           "localhost/a",
                           "localhost?",
                           "localhost#",
                           "localhost\\",
                           "local host",
                           "localhost,localhost",
                           "http://localhost",
                           "%6cocalhost",
                           "*.blob.localhost",
                           "loc\xc3\xa4lhost"}) {
    EXPECT_FALSE(host_passes(host)) << host;
  }
}

TEST(GateTest, WildcardNeedsALabel) {
  EXPECT_FALSE(host_allowed("blob.localhost", kHosts));
  EXPECT_FALSE(host_allowed("xblob.localhost", kHosts));
  EXPECT_TRUE(host_allowed("x.blob.localhost", kHosts));
}

TEST(GateTest, MissingOrSecondHostIsRefused) {
  EXPECT_NE(refused_host({}, kHosts), "");
  EXPECT_NE(refused_host({{"Host", "localhost"}, {"host", "localhost"}}, kHosts), "");
}

TEST(GateTest, RefusalNamesTheHostAndTheWayOut) {
  const auto text = refused_host({{"Host", "evil.example"}}, kHosts);
  EXPECT_NE(text.find("evil.example"), std::string::npos);
  EXPECT_NE(text.find("allowed hosts"), std::string::npos);
}

TEST(GateTest, RefusalQuotesOnlyPrintableText) {
  for (const auto& text : {refused_host({{"Host", "a\x80\t<"}}, kHosts), refused_origin({{"Origin", "\x80\t"}}, {})}) {
    for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~');
  }
}

TEST(GateTest, RequestsWithoutOriginPass) {
  EXPECT_EQ(refused_origin({}, {}), "");
}

TEST(GateTest, OnlyListedOriginsPass) {
  EXPECT_EQ(refused_origin({{"Origin", "http://localhost:8080"}}, kOrigins), "");
  for (const auto* origin : {"", "null", "http://localhost", "http://localhost:80801", "https://localhost:8080",
                             "http://localhost:8080/", "http://evil.example", "file://"}) {
    EXPECT_NE(refused_origin({{"Origin", origin}}, kOrigins), "") << origin;
  }
  EXPECT_NE(refused_origin({{"Origin", "http://localhost:8080"}}, {}), "");
}

TEST(GateTest, SecondOriginIsRefused) {
  EXPECT_NE(refused_origin({{"Origin", "http://localhost:8080"}, {"origin", "http://localhost:8080"}}, kOrigins), "");
}

}  // namespace
}  // namespace http
