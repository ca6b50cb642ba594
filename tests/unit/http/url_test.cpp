// Absolute URLs.
#include "http/client.h"

#include <gtest/gtest.h>

namespace http {
namespace {

TEST(UrlTest, PartsAreTakenApart) {
  const auto url = Url::parse("HTTPS://Acc.Blob.core.windows.net/c/b%20c?sig=a%2Fb#part");
  ASSERT_TRUE(url.has_value()) << url.error().message;
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "acc.blob.core.windows.net");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/c/b%20c?sig=a%2Fb");
  EXPECT_EQ(url->host_header(), "acc.blob.core.windows.net");
}

TEST(UrlTest, TargetIsAtLeastASlash) {
  EXPECT_EQ(Url::parse("http://a")->target, "/");
  EXPECT_EQ(Url::parse("http://a?b=/c")->target, "/?b=/c");
  EXPECT_EQ(Url::parse("http://a#x")->target, "/");
}

TEST(UrlTest, OtherPortsAreKept) {
  EXPECT_EQ(Url::parse("http://127.0.0.1:10000/x")->port, 10000);
  EXPECT_EQ(Url::parse("http://127.0.0.1:10000/x")->host_header(), "127.0.0.1:10000");
  EXPECT_EQ(Url::parse("http://a:80/")->host_header(), "a");
  EXPECT_EQ(Url::parse("http://a:443/")->host_header(), "a:443");
}

TEST(UrlTest, Ipv6HasNoBracketsInsideAndSomeOutside) {
  const auto url = Url::parse("http://[::1]:8080/");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->host_header(), "[::1]:8080");
}

TEST(UrlTest, EverythingElseIsInvalid) {
  for (const auto* text : {"",
                           "http",
                           "http:",
                           "http:/a",
                           "http://",
                           "http:///x",
                           "ftp://a/",
                           "//a/",
                           "a/b",
                           "http://a b/",
                           "http://a/b c",
                           "http://user@a/",
                           "http://user:p@a/",
                           "http://a:/",
                           "http://a:0/",
                           "http://a:65536/",
                           "http://a:x/",
                           "http://[::1/",
                           "http://[.]/",
                           "http://[1]/",
                           "http://a./",
                           "http://\xc3\xa4/",
                           "http://a/\xc3\xa4",
                           "http://a/\r\nX: y",
                           "javascript:alert(1)"}) {
    const auto url = Url::parse(text);
    ASSERT_TRUE(url.has_error()) << text;
    EXPECT_EQ(url.error().code, base::Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace http
