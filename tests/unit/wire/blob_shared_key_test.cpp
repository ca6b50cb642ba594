// Storage SharedKey: the example of Storage's documentation, and the forms that clients of emulators use.
#include "wire/blob/shared_key.h"

#include "base/text.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>

namespace wire::blob {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr auto kDate = "Mon, 23 Nov 2026 15:13:10 GMT";

class BlobSharedKeyTest : public testing::Test {
 protected:
  base::Result<void> verify(const SignedRequest& request, const std::string& authorization) const {
    Headers headers(request.headers.begin(), request.headers.end());
    headers.emplace_back("Authorization", authorization);
    return verify_shared_key({request.method, request.path, request.query, headers}, {"stor", {key_}}, now_);
  }
  std::string signed_text(const std::string& text, const std::string& account = "stor") const {
    return "SharedKey " + account + ":" + base::base64_encode(base::hmac_sha256(key_, text));
  }

  std::string key_ = "0123456789abcdef";
  base::Timestamp now_ = parse_http_date(kDate).value();
};

TEST_F(BlobSharedKeyTest, StringToSignIsTheDocumentedExample) {
  Headers headers = {
      {"x-ms-version", "2015-02-21"}, {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}, {"Content-Length", "0"}};
  EXPECT_EQ(string_to_sign({"GET", "/mycontainer", "comp=metadata&restype=container&timeout=20", headers}, "myaccount"),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
            "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
}

TEST_F(BlobSharedKeyTest, PutHasLengthTypeAndHeaders) {
  Headers headers = {{"x-ms-version", "2018-03-28"},
                     {"Content-Type", "video/mp4"},
                     {"x-ms-blob-type", "BlockBlob"},
                     {"Content-Length", "2701383"},
                     {"X-Ms-Date", kDate}};
  EXPECT_EQ(string_to_sign({"PUT", "/input/a%20b.mp4", "", headers}, "stor"),
            std::string("PUT\n\n\n2701383\n\nvideo/mp4\n\n\n\n\n\n\nx-ms-blob-type:BlockBlob\nx-ms-date:") + kDate +
                "\nx-ms-version:2018-03-28\n/stor/input/a%20b.mp4");
}

TEST_F(BlobSharedKeyTest, WhatTheSignerSignsTheVerifierAccepts) {
  Headers headers = {{"x-ms-date", kDate}, {"x-ms-version", "2021-12-02"}};
  for (auto scheme : {SharedKeyScheme::full, SharedKeyScheme::lite}) {
    SignedRequest request{"PUT", "/stor/stor/c", "comp=block&blockid=QUE%3D", headers};
    EXPECT_TRUE(verify(request, sign(request, "stor", key_, scheme)));
    request.method = "DELETE";
    EXPECT_FALSE(
        verify({"PUT", "/stor/stor/c", "comp=block&blockid=QUE%3D", headers}, sign(request, "stor", key_, scheme)));
  }
}

TEST_F(BlobSharedKeyTest, LiteSignsOnlyCompOfTheQuery) {
  Headers headers = {{"x-ms-date", kDate}, {"Content-Type", "text/plain"}};
  EXPECT_EQ(string_to_sign({"PUT", "/c/b", "timeout=3&comp=metadata", headers}, "stor", SharedKeyScheme::lite),
            std::string("PUT\n\ntext/plain\n\nx-ms-date:") + kDate + "\n/stor/c/b?comp=metadata");
}

TEST_F(BlobSharedKeyTest, SecondaryPathMayBeSignedWithOrWithoutItsSuffix) {
  Headers headers = {{"x-ms-date", kDate}};
  SignedRequest request{"GET", "/stor-secondary/c/b", "", headers};
  for (auto path : {"/stor-secondary/c/b", "/stor/c/b"}) {
    std::string text = std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:") + kDate + "\n/stor" + path;
    EXPECT_TRUE(verify(request, signed_text(text))) << path;
  }
}

TEST_F(BlobSharedKeyTest, HeaderMayNameTheSecondaryAccount) {
  Headers headers = {{"x-ms-date", kDate}};
  SignedRequest request{"GET", "/c/b", "", headers};
  std::string text = std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:") + kDate + "\n/stor/c/b";
  EXPECT_TRUE(verify(request, signed_text(text, "stor-secondary")));
}

TEST_F(BlobSharedKeyTest, DateHeaderServesWithoutXMsDate) {
  Headers headers = {{"Date", kDate}};
  SignedRequest request{"GET", "/c/b", "", headers};
  EXPECT_TRUE(verify(request, sign(request, "stor", key_)));
}

TEST_F(BlobSharedKeyTest, StaleDateWrongAccountAndMissingHeaderAreTold) {
  Headers headers = {{"x-ms-date", "Mon, 23 Nov 2026 14:13:10 GMT"}};
  SignedRequest request{"GET", "/c/b", "", headers};
  EXPECT_EQ(verify(request, sign(request, "stor", key_)).error().code, SharedKeyErrc::refused);
  EXPECT_EQ(verify(request, sign(request, "other", key_)).error().code, SharedKeyErrc::refused);
  EXPECT_EQ(verify_shared_key(request, {"stor", {key_}}, now_).error().code, SharedKeyErrc::malformed);
}

TEST_F(BlobSharedKeyTest, HeaderValuesAreUnfolded) {
  Headers headers = {{"x-ms-date", kDate}, {"x-ms-meta-b", "  two   words "}, {"x-ms-meta-a", ""}};
  EXPECT_EQ(
      string_to_sign({"GET", "/c", "", headers}, "stor"),
      std::string("GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:") + kDate + "\nx-ms-meta-a:\nx-ms-meta-b:two words\n/stor/c");
}

}  // namespace
}  // namespace wire::blob
