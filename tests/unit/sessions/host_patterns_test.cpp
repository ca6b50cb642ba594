// What --allow takes, and which hosts it means.
#include "emulator/host_patterns.h"

#include <gtest/gtest.h>
#include <vector>

namespace emulator {
namespace {

HostMatch match(const std::string& pattern, std::string_view host, std::uint16_t port = 443) {
  const std::vector<std::string> patterns{parse_host_pattern(pattern).value()};
  return match_host(patterns, host, port);
}

TEST(HostPatternTest, AHostMeansEveryPortOfItInAnyCase) {
  EXPECT_EQ(match("Example.org", "example.ORG"), HostMatch::literal);
  EXPECT_EQ(match("example.org", "example.org", 8080), HostMatch::literal);
  EXPECT_EQ(match("example.org", "example.org."), HostMatch::literal);
  EXPECT_EQ(match("example.org", "files.example.org"), HostMatch::none);
  EXPECT_EQ(match("example.org", "evilexample.org"), HostMatch::none);
}

TEST(HostPatternTest, APortNarrowsIt) {
  EXPECT_EQ(match("example.org:443", "example.org", 443), HostMatch::literal);
  EXPECT_EQ(match("example.org:443", "example.org", 22), HostMatch::none);
}

TEST(HostPatternTest, AStarMeansNamesBelowAndNotTheNameItself) {
  EXPECT_EQ(match("*.example.net", "files.example.net"), HostMatch::pattern);
  EXPECT_EQ(match("*.example.net", "example.net"), HostMatch::none);
  EXPECT_EQ(match("*.example.net", ".example.net"), HostMatch::none);
  EXPECT_EQ(match("*.example.net", "notexample.net"), HostMatch::none);
}

TEST(HostPatternTest, AddressesAndLoopbackNamesAreMeantOnlyLiterally) {
  for (const auto* host : {"127.0.0.1", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "::1", "[::ffff:127.0.0.1]",
                           "localhost", "a.localhost", "169.254.1.1", "0"}) {
    EXPECT_EQ(match("*", host), HostMatch::none) << host;
  }
  EXPECT_EQ(match("*", "example.org"), HostMatch::pattern);
  EXPECT_EQ(match("127.0.0.1:5432", "127.0.0.1", 5432), HostMatch::literal);
  EXPECT_EQ(match("[::1]:5432", "[::1]", 5432), HostMatch::literal);
  EXPECT_EQ(match("[::1]", "::1"), HostMatch::literal);
}

TEST(HostPatternTest, WhatIsNoHostIsRefused) {
  for (const auto* text : {"", "https://example.org", "example.org/simple", "example.org:", "example.org:0",
                           "example.org:65536", "a b", "*.", "*x", "[::1", "[]", "[::1]:x", "::1", "user@host"}) {
    EXPECT_TRUE(parse_host_pattern(text).has_error()) << text;
  }
}

}  // namespace
}  // namespace emulator
