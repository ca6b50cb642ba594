// How hosts are spelled to a proxy, and credentials.
#include "http/proxy.h"
#include "http/framing.h"
#include "http/tunnel.h"

#include <gtest/gtest.h>

namespace http {
namespace {

std::string normal(std::string_view text, std::uint16_t default_port = 443) {
  const auto authority = parse_authority(text, default_port);
  return authority.has_value() ? authority->text() : "refused";
}

TEST(ProxyTest, EverySpellingOfAnAddressBecomesTheAddress) {
  for (const auto* text : {"127.0.0.1:443", "2130706433:443", "0x7f000001:443", "0x7F.1:443", "0177.0.0.1:443",
                           "017700000001:443", "127.1:443", "127.0.1:443", "127.0.0.1.:443", "[::ffff:127.0.0.1]:443",
                           "[::ffff:7f00:1]:443", "[0:0:0:0:0:FFFF:7F00:0001]:443"}) {
    EXPECT_EQ(normal(text), "127.0.0.1:443") << text;
  }
  for (const auto* text : {"[::1]:80", "[0:0:0:0:0:0:0:1]:80", "[0000::0001]:80"}) {
    EXPECT_EQ(normal(text), "[::1]:80") << text;
  }
  EXPECT_EQ(normal("2852039166:80"), "169.254.169.254:80");
}

TEST(ProxyTest, NamesAreLowerCaseAndWithoutDotAtTheEnd) {
  EXPECT_EQ(normal("A.Batch.Azure.COM:443"), "a.batch.azure.com:443");
  EXPECT_EQ(normal("a.batch.azure.com.:443"), "a.batch.azure.com:443");
  EXPECT_EQ(normal("0x7f.example:443"), "0x7f.example:443");
}

TEST(ProxyTest, WhatIsNoHostIsRefused) {
  for (const auto* text : {"",           ":443",          "a..b:443",        "a..:443",
                           ".:443",      "user@host:443", "127.0.0.256:443", "1.2.3.4.5:443",
                           "0x:443",     "09.1:443",      "4294967296:443",  "a.1:443",
                           "[::1:443",   "[::1]x:443",    "[127.0.0.1]:443", "[fe80::1%25lo]:443",
                           "[::1].:443", "host:0",        "host:65536",      "host:44x",
                           "host:",      "host: 443",     "ho%73t:443",      "h\xc3\xb6st:443"}) {
    EXPECT_EQ(normal(text), "refused") << text;
  }
}

TEST(ProxyTest, PortIsNeededWithoutADefault) {
  EXPECT_EQ(normal("host", 0), "refused");
  EXPECT_EQ(normal("host", 80), "host:80");
  EXPECT_EQ(normal("[::1]", 80), "[::1]:80");
}

TEST(ProxyTest, BasicCredentialsAreTakenApart) {
  const auto credential = parse_basic("Basic c2Vzc2lvbjpzZTpjcmV0");
  ASSERT_TRUE(credential.has_value());
  EXPECT_EQ(credential->user, "session");
  EXPECT_EQ(credential->password, "se:cret");
  EXPECT_TRUE(parse_basic("basic  dTpw").has_value());
}

TEST(ProxyTest, OtherCredentialsAreRefusedAndNotRepeated) {
  for (const auto* text : {"", "Basic", "Basic ", "Bearer dTpw", "Basic dTpw!", "Basic bm9jb2xvbg==", "Basicc dTpw"}) {
    const auto credential = parse_basic(text);
    ASSERT_TRUE(credential.has_error()) << text;
    EXPECT_EQ(credential.error().message.find("dTpw"), std::string::npos);
  }
  EXPECT_TRUE(parse_basic("Basic " + std::string(2000, 'A')).has_error());
}

TEST(ProxyTest, FieldsForTheProxyAreRemoved) {
  Headers headers{{"Proxy-Authorization", "x"}, {"Accept", "y"}, {"proxy-connection", "z"}, {"PROXY-X", "w"}};
  remove_proxy_fields(headers);
  ASSERT_EQ(headers.fields().size(), 1U);
  EXPECT_EQ(headers.get("Accept"), "y");
}

TEST(ProxyTest, OnlyAProxyUnderstandsItsForms) {
  for (const std::string line : {"CONNECT a:443 HTTP/1.0", "GET http://a/b HTTP/1.1"}) {
    EXPECT_TRUE(parse_head(line + "\r\n\r\n").has_error()) << line;
    EXPECT_TRUE(parse_head(line + "\r\n\r\n", {.proxy_forms = true}).has_value()) << line;
  }
  EXPECT_TRUE(parse_head("GET https://a/b HTTP/1.1\r\n\r\n", {.proxy_forms = true}).has_error());
  EXPECT_TRUE(parse_head("GET a:80 HTTP/1.1\r\n\r\n", {.proxy_forms = true}).has_error());
}

TEST(ProxyTest, WholeUrlIsSplitIntoAuthorityAndPath) {
  const auto head = parse_head("GET HTTP://A:80?x=http://b/ HTTP/1.1\r\nHost: c\r\n\r\n", {.proxy_forms = true});
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->form, Head::Form::absolute);
  EXPECT_EQ(head->authority, "A:80");
  EXPECT_EQ(head->target, "/?x=http://b/");
}

TEST(ProxyTest, AddressesOfThisMachineAndItsNetworksAreNotPublic) {
  for (const auto* text :
       {"127.0.0.1",   "127.9.9.9",       "0.0.0.0",    "10.1.2.3",       "172.16.0.1",       "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",      "255.255.255.255",  "::1",
        "::",          "fe80::1",         "fc00::1",    "ff02::1",        "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1", "2002:7f00:1::",   "2001:0:1::", "64:ff9b::7f00:1"}) {
    EXPECT_FALSE(is_public(boost::asio::ip::make_address(text))) << text;
  }
  for (const auto* text :
       {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_TRUE(is_public(boost::asio::ip::make_address(text))) << text;
  }
}

}  // namespace
}  // namespace http
