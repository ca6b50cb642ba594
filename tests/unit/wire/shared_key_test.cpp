// Batch SharedKey: the contract's vectors, and what real clients do differently.
#include "wire/shared_key.h"

#include "base/text.h"
#include "wire/time_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wire {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr auto kKeyText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
constexpr auto kDate = "Tue, 29 Jul 2014 21:49:13 GMT";

class SharedKeyTest : public testing::Test {
 protected:
  /// Signs any text as a client of ours would.
  std::string signed_text(std::string_view account, std::string_view text) const {
    return "SharedKey " + std::string(account) + ":" + base::base64_encode(base::hmac_sha256(key_, text));
  }
  base::Result<void> verify(const Headers& headers, std::string_view path = "/jobs", std::string_view query = "a=b",
                            std::string_view method = "GET") const {
    return verify_batch({method, path, query, headers}, {"myaccount", {std::string(64, 'x'), key_}}, now_);
  }
  static std::string detail(const base::Result<void>& result) { return result.error().details.at(0).value; }

  std::string key_ = base::base64_decode(kKeyText).value();
  base::Timestamp now_ = parse_http_date(kDate).value();
};

TEST_F(SharedKeyTest, StringToSignOfAGetIsTheContracts) {
  Headers headers = {{"ocp-date", kDate}};
  EXPECT_EQ(batch_string_to_sign({"GET", "/jobs", "api-version=2022-01-01.15.0&timeout=20", headers}, "myaccount"),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:Tue, 29 Jul 2014 21:49:13 GMT\n/myaccount/jobs\n"
            "api-version:2022-01-01.15.0\ntimeout:20");
}

TEST_F(SharedKeyTest, SignatureOfAGetIsTheContracts) {
  Headers headers = {{"ocp-date", kDate}};
  EXPECT_EQ(sign_batch({"GET", "/jobs", "api-version=2022-01-01.15.0&timeout=20", headers}, "myaccount", key_),
            "SharedKey myaccount:AyPszIST0n+p70yNuEOTOYC22UeGHf6ZPZTVIxS/B78=");
}

TEST_F(SharedKeyTest, SignatureOfAPostIsTheContracts) {
  Headers headers = {{"OCP-Date", kDate},
                     {"Content-Length", "53"},
                     {"content-type", "application/json; odata=minimalmetadata; charset=utf-8"}};
  EXPECT_EQ(
      sign_batch({"POST", "/pools/p1/resize", "timeout=30&api-version=2024-02-01.19.0", headers}, "myaccount", key_),
      "SharedKey myaccount:kowO7DC3UgdMhz2CUYczNgTmeHoyIBcFostmTx/NI3c=");
}

TEST_F(SharedKeyTest, WhatTheSignerSignsTheVerifierAccepts) {
  Headers headers = {{"ocp-date", kDate}, {"If-Match", "0x8D"}, {"ocp-range", "bytes=0-10"}};
  SignedRequest request{"GET", "/jobs/j%20x/files/wd%2Fout.txt", "$filter=state%20eq%20%27active%27&b=2&A=1", headers};
  headers.emplace_back("Authorization", sign_batch(request, "myaccount", key_));
  request.headers = headers;
  EXPECT_TRUE(verify_batch(request, {"MyAccount", {key_}}, now_));
}

TEST_F(SharedKeyTest, RepeatedParametersAreSortedAndJoined) {
  Headers headers = {{"ocp-date", kDate}};
  EXPECT_THAT(batch_string_to_sign({"GET", "/jobs", "b=2&A=z&a=y%2Cx&b=1", headers}, "a"),
              testing::EndsWith("/a/jobs\nA:y,x,z\nb:1,2"));
}

TEST_F(SharedKeyTest, DateStandsInTheDateLineOnlyWithoutOcpDate) {
  Headers with_date = {{"Date", kDate}};
  EXPECT_EQ(batch_string_to_sign({"GET", "/jobs", "", with_date}, "a"),
            std::string("GET\n\n\n\n\n\n") + kDate + "\n\n\n\n\n\n/a/jobs");
  Headers with_both = {{"Date", kDate}, {"ocp-date", kDate}};
  EXPECT_EQ(batch_string_to_sign({"GET", "/jobs", "", with_both}, "a"),
            std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:") + kDate + "\n/a/jobs");
}

TEST_F(SharedKeyTest, AbsentContentLengthMayBeSignedAsZero) {
  auto authorization =
      signed_text("myaccount", std::string("GET\n\n\n0\n\n\n\n\n\n\n\n\nocp-date:") + kDate + "\n/myaccount/jobs\na:b");
  EXPECT_TRUE(verify({{"ocp-date", kDate}, {"Authorization", authorization}}));
}

TEST_F(SharedKeyTest, ContentLengthZeroMayBeSignedAsEmpty) {
  auto authorization =
      signed_text("myaccount", std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:") + kDate + "\n/myaccount/jobs\na:b");
  EXPECT_TRUE(verify({{"ocp-date", kDate}, {"Content-Length", "0"}, {"Authorization", authorization}}));
}

TEST_F(SharedKeyTest, AccountAndParameterNamesMayBeSignedInLowerCase) {
  auto authorization = signed_text(
      "MyAccount", std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:") + kDate + "\n/myaccount/jobs\ntimeout:30");
  EXPECT_TRUE(verify({{"ocp-date", kDate}, {"Authorization", authorization}}, "/jobs", "timeOut=30"));
}

TEST_F(SharedKeyTest, ParametersWithoutValueMayBeLeftOut) {
  auto authorization =
      signed_text("myaccount", std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:") + kDate + "\n/myaccount/jobs\na:b");
  EXPECT_TRUE(verify({{"ocp-date", kDate}, {"Authorization", authorization}}, "/jobs", "a=b&c="));
}

TEST_F(SharedKeyTest, PlusInAQueryMayBeASpace) {
  auto authorization = signed_text(
      "myaccount", std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:") + kDate + "\n/myaccount/jobs\n$filter:a eq b");
  EXPECT_TRUE(verify({{"ocp-date", kDate}, {"Authorization", authorization}}, "/jobs", "$filter=a+eq+b"));
}

TEST_F(SharedKeyTest, WrongKeyIsRefusedWithoutNamingWhatWasExpected) {
  Headers headers = {{"ocp-date", kDate}};
  std::string wrong(64, 'k');
  headers.emplace_back("Authorization", sign_batch({"GET", "/jobs", "a=b", headers}, "myaccount", wrong));
  auto result = verify(headers);
  EXPECT_EQ(result.error().code, SharedKeyErrc::refused);
  EXPECT_EQ(result.error().details.at(0).key, kAuthenticationErrorDetail);
  EXPECT_EQ(detail(result).find("GET\n"), std::string::npos);
}

TEST_F(SharedKeyTest, ChangedPathMethodQueryOrHeaderIsRefused) {
  Headers headers = {{"ocp-date", kDate}, {"If-Match", "x"}};
  headers.emplace_back("Authorization", sign_batch({"GET", "/jobs", "a=b", headers}, "myaccount", key_));
  EXPECT_TRUE(verify(headers));
  EXPECT_FALSE(verify(headers, "/pools"));
  EXPECT_FALSE(verify(headers, "/jobs", "a=c"));
  EXPECT_FALSE(verify(headers, "/jobs", "a=b", "DELETE"));
  headers[1].second = "y";
  EXPECT_FALSE(verify(headers));
}

TEST_F(SharedKeyTest, OtherAccountIsRefused) {
  Headers headers = {{"ocp-date", kDate}};
  headers.emplace_back("Authorization", sign_batch({"GET", "/jobs", "a=b", headers}, "other", key_));
  EXPECT_EQ(verify(headers).error().code, SharedKeyErrc::refused);
}

TEST_F(SharedKeyTest, DateMayBeFifteenMinutesOffAndNoMore) {
  Headers headers = {{"ocp-date", kDate}};
  headers.emplace_back("Authorization", sign_batch({"GET", "/jobs", "a=b", headers}, "myaccount", key_));
  base::Timestamp sent = now_;
  for (auto sign : {-1, 1}) {
    now_ = sent + sign * std::chrono::minutes(15);
    EXPECT_TRUE(verify(headers));
    now_ += sign * std::chrono::seconds(1);
    EXPECT_EQ(verify(headers).error().code, SharedKeyErrc::refused);
  }
}

TEST_F(SharedKeyTest, OcpDateWinsOverDate) {
  Headers headers = {{"Date", "Tue, 29 Jul 1999 21:49:13 GMT"}, {"ocp-date", kDate}};
  headers.emplace_back("Authorization", sign_batch({"GET", "/jobs", "a=b", headers}, "myaccount", key_));
  EXPECT_TRUE(verify(headers));
}

TEST_F(SharedKeyTest, NoDateOrNoReadableDateIsRefused) {
  for (const Headers& dates : {Headers{}, Headers{{"ocp-date", "yesterday"}}}) {
    Headers headers = dates;
    headers.emplace_back("Authorization", sign_batch({"GET", "/jobs", "a=b", headers}, "myaccount", key_));
    EXPECT_EQ(verify(headers).error().code, SharedKeyErrc::refused);
  }
}

TEST_F(SharedKeyTest, MissingOrMalformedAuthorizationIsMalformed) {
  EXPECT_EQ(verify({{"ocp-date", kDate}}).error().code, SharedKeyErrc::malformed);
  for (auto text : {"", "SharedKey", "SharedKey a", "SharedKey a:", "SharedKey :AAAA", "SharedKey a:!!!",
                    "Basic a:AAAA", "SharedKeyLite a:AAAA", "Bearer x"}) {
    EXPECT_EQ(verify({{"ocp-date", kDate}, {"Authorization", text}}).error().code, SharedKeyErrc::malformed) << text;
  }
}

}  // namespace
}  // namespace wire
