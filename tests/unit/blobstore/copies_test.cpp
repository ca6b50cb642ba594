// Copies between blobs of the emulator's own accounts, and who may read their sources.
#include "base/text.h"
#include "tests/unit/blobstore/authorize_fixture.h"

namespace blobstore {
namespace {

constexpr const char* kSource = "http://127.0.0.1:10000/acct/con/b";

class CopiesTest : public AuthorizeTest {
 protected:
  Got copy(const std::string& to, const std::string& source, http::Headers headers = {}) {
    headers.add("x-ms-copy-source", source);
    return signed_with_key("PUT", to, "", std::move(headers));
  }
  static std::string with_query(const std::string& query) { return std::string(kSource) + "?" + query; }
  Got properties(const std::string& path) { return harness_.send({.method = "HEAD", .path = path}); }
  std::string body_of(const std::string& path) { return harness_.send({.path = path}).body; }
};

TEST_F(CopiesTest, CopyWithinTheAccountNeedsNothingButItsKeyAndIsOverAtOnce) {
  harness_.put("/con/b", "hello", {{"x-ms-meta-k", "v"}, {"x-ms-blob-content-type", "text/x"}});
  const auto got = copy("/con/c", kSource);
  ASSERT_EQ(got.status, 202) << got.body;
  EXPECT_EQ(got.headers.get("x-ms-copy-status"), "success");
  EXPECT_EQ(body_of("/con/c"), "hello");
  const auto shown = properties("/con/c");
  EXPECT_EQ(shown.headers.get("x-ms-copy-id"), got.headers.get("x-ms-copy-id"));
  EXPECT_EQ(shown.headers.get("x-ms-copy-progress"), "5/5");
  EXPECT_EQ(shown.headers.get("x-ms-meta-k"), "v");
  EXPECT_EQ(shown.headers.get("Content-Type"), "text/x");
}

TEST_F(CopiesTest, CopyOutlivesItsSource) {
  ASSERT_EQ(copy("/con/c", kSource).status, 202);
  harness_.send({.method = "DELETE", .path = "/con/b"});
  harness_.runner.settle();
  EXPECT_EQ(body_of("/con/c"), "hello");
}

TEST_F(CopiesTest, SourceIsShownWithoutItsSas) {
  ASSERT_EQ(copy("/con/c", with_query(container_sas("r"))).status, 202);
  EXPECT_EQ(properties("/con/c").headers.get("x-ms-copy-source"), kSource);
}

TEST_F(CopiesTest, SynchronousFormsNeedAWayToReadTheSource) {
  for (const http::Headers& form :
       {http::Headers{{"x-ms-requires-sync", "true"}}, http::Headers{{"x-ms-blob-type", "BlockBlob"}}}) {
    const auto refused = copy("/con/c", kSource, form);
    EXPECT_EQ(refused.error_code(), "CannotVerifyCopySource");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(copy("/con/c", with_query(container_sas("w")), form).status, 403);
    const auto done = copy("/con/c", with_query(container_sas("r")), form);
    EXPECT_TRUE(done.status == 201 || done.status == 202) << done.body;
    EXPECT_EQ(done.headers.get("Content-MD5"), base::base64_encode(base::md5("hello")));
    EXPECT_EQ(body_of("/con/c"), "hello");
  }
}

TEST_F(CopiesTest, SourceMayBelongToAnotherAccountAndGoByItsRealName) {
  harness_.accounts->accounts["other"] = {.name = "other", .keys = {"k"}};
  const auto sas = wire::blob::sign_account_sas("other", "k", "sco", "rwc", in_an_hour(), kVersion);
  harness_.send({.method = "PUT", .path = "/far?restype=container&" + sas, .account = "other", .with_sas = false});
  harness_.send({.method = "PUT",
                 .path = "/far/x%20y?" + sas,
                 .headers = {{"x-ms-blob-type", "BlockBlob"}},
                 .body = "far",
                 .account = "other",
                 .with_sas = false});
  const std::string source = "https://other.blob.core.windows.net/far/x%20y";
  EXPECT_EQ(copy("/con/c", source).error_code(), "CannotVerifyCopySource");
  ASSERT_EQ(copy("/con/c", source + "?" + sas).status, 202);
  EXPECT_EQ(body_of("/con/c"), "far");
}

TEST_F(CopiesTest, NothingIsFetchedFromElsewhere) {
  for (const auto* source : {"https://example.com/con/b", "http://169.254.169.254/x/y", "http://127.0.0.1:22/a/b/c"}) {
    const auto got = copy("/con/c", source);
    EXPECT_EQ(got.status, 404) << source;
    EXPECT_EQ(got.error_code(), "CannotVerifyCopySource") << source;
  }
  for (const auto* source : {"con/b", "ftp://127.0.0.1/a/b/c", "http://127.0.0.1:10000/acct/con?restype=container"}) {
    EXPECT_EQ(copy("/con/c", source).error_code(), "InvalidHeaderValue") << source;
  }
}

TEST_F(CopiesTest, MissingSourceAndSourceConditionsAreToldApart) {
  const auto missing = copy("/con/c", "http://127.0.0.1:10000/acct/con/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("BlobNotFound"), std::string::npos);
  EXPECT_EQ(copy("/con/c", kSource, {{"x-ms-source-if-match", "\"0x1\""}}).error_code(), "SourceConditionNotMet");
  EXPECT_EQ(copy("/con/b", kSource, {{"If-None-Match", "*"}}).error_code(), "BlobAlreadyExists");
}

TEST_F(CopiesTest, PartOfABlobBecomesABlock) {
  const auto id = base::percent_encode(base::base64_encode("1"));
  const auto staged =
      copy("/con/c?comp=block&blockid=" + id, with_query(container_sas("r")), {{"x-ms-source-range", "bytes=1-3"}});
  ASSERT_EQ(staged.status, 201) << staged.body;
  EXPECT_EQ(staged.headers.get("Content-MD5"), base::base64_encode(base::md5("ell")));
  const auto list = wire::blob::print_block_list_request({{wire::blob::BlockSearch::latest, "1"}});
  ASSERT_EQ(harness_.send({.method = "PUT", .path = "/con/c?comp=blocklist", .body = list}).status, 201);
  EXPECT_EQ(body_of("/con/c"), "ell");
}

TEST_F(CopiesTest, WrongChecksumOfTheSourceLeavesNothing) {
  const auto before = harness_.backend->extents->list()->size();
  const auto got =
      copy("/con/c", with_query(container_sas("r")),
           {{"x-ms-requires-sync", "true"}, {"x-ms-source-content-md5", base::base64_encode(base::md5("other"))}});
  EXPECT_EQ(got.error_code(), "Md5Mismatch");
  EXPECT_EQ(properties("/con/c").status, 404);
  EXPECT_EQ(harness_.backend->extents->list()->size(), before);
}

TEST_F(CopiesTest, ThereIsNeverACopyToAbort) {
  ASSERT_EQ(copy("/con/c", kSource).status, 202);
  EXPECT_EQ(signed_with_key("PUT", "/con/c?comp=copy&copyid=x").error_code(), "NoPendingCopyOperation");
}

TEST_F(CopiesTest, TagsComeFromTheRequestOrFromTheSource) {
  const std::string tags = "<Tags><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tags>";
  ASSERT_EQ(signed_with_key("PUT", "/con/b?comp=tags", tags).status, 204);
  ASSERT_EQ(copy("/con/c", kSource).status, 202);
  EXPECT_EQ(properties("/con/c").headers.find("x-ms-tag-count"), std::nullopt);
  ASSERT_EQ(copy("/con/d", kSource, {{"x-ms-copy-source-tag-option", "COPY"}}).status, 202);
  EXPECT_EQ(properties("/con/d").headers.get("x-ms-tag-count"), "1");
}

TEST_F(CopiesTest, BlobMayBeCopiedOntoItself) {
  ASSERT_EQ(copy("/con/b", kSource, {{"x-ms-meta-new", "1"}}).status, 202);
  harness_.runner.settle();
  EXPECT_EQ(body_of("/con/b"), "hello");
  EXPECT_EQ(properties("/con/b").headers.get("x-ms-meta-new"), "1");
}

TEST_F(CopiesTest, LargeAndEmptyBlobsAreCopiedWhole) {
  std::string large(1'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>('a' + i % 26);
  for (const auto& body : {large, std::string()}) {
    harness_.put("/con/b", body);
    ASSERT_EQ(copy("/con/c", kSource).status, 202);
    EXPECT_EQ(body_of("/con/c"), body);
  }
}

TEST_F(CopiesTest, PutFromUrlMayLeaveTheSourcesHeadersBehind) {
  harness_.put("/con/b", "hello", {{"x-ms-blob-content-type", "text/x"}});
  const auto source = with_query(container_sas("r"));
  copy("/con/c", source, {{"x-ms-blob-type", "BlockBlob"}, {"x-ms-copy-source-blob-properties", "false"}});
  EXPECT_EQ(properties("/con/c").headers.get("Content-Type"), "application/octet-stream");
  copy("/con/c", source, {{"x-ms-blob-type", "BlockBlob"}, {"x-ms-blob-cache-control", "no-store"}});
  EXPECT_EQ(properties("/con/c").headers.get("Content-Type"), "text/x");
  EXPECT_EQ(properties("/con/c").headers.get("Cache-Control"), "no-store");
}

}  // namespace
}  // namespace blobstore
