// Append blobs, tags, tiers, and what the account says of itself.
#include "base/text.h"
#include "tests/unit/blobstore/authorize_fixture.h"

namespace blobstore {
namespace {

class BlobKindsTest : public AuthorizeTest {
 protected:
  Got create_append(const std::string& path) {
    return signed_with_key("PUT", path, "", {{"x-ms-blob-type", "AppendBlob"}});
  }
  Got append(const std::string& path, const std::string& bytes, http::Headers headers = {}) {
    return signed_with_key("PUT", path + "?comp=appendblock", bytes, std::move(headers));
  }
  Got set_tier(const std::string& path, const std::string& tier) {
    return signed_with_key("PUT", path + "?comp=tier", "", {{"x-ms-access-tier", tier}});
  }
  Got properties(const std::string& path) { return harness_.send({.method = "HEAD", .path = path}); }
};

TEST_F(BlobKindsTest, AppendBlobGrowsBlockByBlock) {
  ASSERT_EQ(create_append("/con/a").status, 201);
  EXPECT_EQ(append("/con/a", "one").headers.get("x-ms-blob-append-offset"), "0");
  const auto second = append("/con/a", "two");
  EXPECT_EQ(second.headers.get("x-ms-blob-append-offset"), "3");
  EXPECT_EQ(second.headers.get("x-ms-blob-committed-block-count"), "2");
  EXPECT_EQ(harness_.send({.path = "/con/a"}).body, "onetwo");
  EXPECT_EQ(harness_.send({.path = "/con/a", .headers = {{"Range", "bytes=2-3"}}}).body, "et");
  const auto shown = properties("/con/a");
  EXPECT_EQ(shown.headers.get("x-ms-blob-type"), "AppendBlob");
  EXPECT_EQ(shown.headers.find("x-ms-access-tier"), std::nullopt);
}

TEST_F(BlobKindsTest, AppendConditionsAreHeeded) {
  create_append("/con/a");
  append("/con/a", "one");
  EXPECT_EQ(append("/con/a", "x", {{"x-ms-blob-condition-appendpos", "0"}}).error_code(),
            "AppendPositionConditionNotMet");
  EXPECT_EQ(append("/con/a", "xx", {{"x-ms-blob-condition-maxsize", "4"}}).error_code(), "MaxBlobSizeConditionNotMet");
  EXPECT_EQ(append("/con/a", "x", {{"x-ms-blob-condition-appendpos", "3"}}).status, 201);
  EXPECT_EQ(append("/con/a", "x", {{"If-Match", "\"0x1\""}}).error_code(), "ConditionNotMet");
  EXPECT_EQ(append("/con/a", "x", {{"x-ms-blob-condition-maxsize", "many"}}).error_code(), "InvalidHeaderValue");
}

TEST_F(BlobKindsTest, SealedBlobTakesNoMore) {
  create_append("/con/a");
  append("/con/a", "one");
  ASSERT_EQ(signed_with_key("PUT", "/con/a?comp=seal").status, 200);
  EXPECT_EQ(append("/con/a", "two").error_code(), "BlobIsSealed");
  EXPECT_EQ(properties("/con/a").headers.get("x-ms-blob-sealed"), "true");
}

TEST_F(BlobKindsTest, KindsOfBlobsDoNotMix) {
  create_append("/con/a");
  EXPECT_EQ(append("/con/b", "x").error_code(), "InvalidBlobType");
  EXPECT_EQ(append("/con/none", "x").error_code(), "BlobNotFound");
  const std::string block = "/con/a?comp=block&blockid=" + base::percent_encode(base::base64_encode("1"));
  EXPECT_EQ(signed_with_key("PUT", block, "x").error_code(), "InvalidBlobType");
  EXPECT_EQ(signed_with_key("PUT", "/con/a?comp=blocklist", wire::blob::print_block_list_request({})).error_code(),
            "InvalidBlobType");
  EXPECT_EQ(set_tier("/con/a", "Cool").error_code(), "InvalidBlobType");
  EXPECT_EQ(signed_with_key("PUT", "/con/a", "x", {{"x-ms-blob-type", "BlockBlob"}}).status, 201);
}

TEST_F(BlobKindsTest, SasMayAllowNothingButAdding) {
  create_append("/con/a");
  EXPECT_EQ(with(container_sas("a"), "PUT", "/con/a?comp=appendblock", "x").status, 201);
  EXPECT_EQ(with(container_sas("r"), "PUT", "/con/a?comp=appendblock", "x").error_code(),
            "AuthorizationPermissionMismatch");
}

TEST_F(BlobKindsTest, TagsAreSetReadAndReplaced) {
  const http::Headers with_tags{{"x-ms-blob-type", "BlockBlob"}, {"x-ms-tags", "b=2&a=one%20two"}};
  ASSERT_EQ(signed_with_key("PUT", "/con/t", "x", with_tags).status, 201);
  EXPECT_NE(signed_with_key("GET", "/con/t?comp=tags")
                .body.find("<Tag><Key>a</Key><Value>one two</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag>"),
            std::string::npos);
  const auto etag = std::string(properties("/con/t").headers.get("ETag"));
  const std::string tags = "<Tags><TagSet><Tag><Key>c</Key><Value></Value></Tag></TagSet></Tags>";
  EXPECT_EQ(signed_with_key("PUT", "/con/t?comp=tags", tags).status, 204);
  EXPECT_EQ(properties("/con/t").headers.get("x-ms-tag-count"), "1");
  EXPECT_EQ(properties("/con/t").headers.get("ETag"), etag);
  EXPECT_NE(harness_.send({.path = "/con?restype=container&comp=list&include=tags"}).body.find("<Key>c</Key>"),
            std::string::npos);
}

TEST_F(BlobKindsTest, TagsThatBreakTheRulesAreRefused) {
  const auto set = [&](const std::string& tags) {
    return signed_with_key("PUT", "/con/b?comp=tags", "<Tags><TagSet>" + tags + "</TagSet></Tags>").error_code();
  };
  EXPECT_EQ(set("<Tag><Key></Key><Value>1</Value></Tag>"), "InvalidTag");
  EXPECT_EQ(set("<Tag><Key>a</Key><Value>#</Value></Tag>"), "InvalidTag");
  EXPECT_EQ(set("<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag>"), "InvalidTag");
  std::string many;
  for (int i = 0; i < 11; ++i) many += "<Tag><Key>k" + std::to_string(i) + "</Key><Value>1</Value></Tag>";
  EXPECT_EQ(set(many), "InvalidTag");
  EXPECT_EQ(set("<Label/>"), "InvalidXmlDocument");
}

TEST_F(BlobKindsTest, TagsNeedTheirOwnPermission) {
  EXPECT_EQ(with(container_sas("rw"), "GET", "/con/b?comp=tags").error_code(), "AuthorizationPermissionMismatch");
  EXPECT_EQ(with(container_sas("t"), "GET", "/con/b?comp=tags").status, 200);
  EXPECT_EQ(with(container_sas("w"), "PUT", "/con/b", "x", {{"x-ms-tags", "a=1"}}).error_code(),
            "AuthorizationPermissionMismatch");
}

TEST_F(BlobKindsTest, TierIsSetAndShownWithItsTime) {
  ASSERT_EQ(set_tier("/con/b", "Cool").status, 200);
  const auto shown = properties("/con/b");
  EXPECT_EQ(shown.headers.get("x-ms-access-tier"), "Cool");
  EXPECT_EQ(shown.headers.find("x-ms-access-tier-inferred"), std::nullopt);
  EXPECT_FALSE(shown.headers.get("x-ms-access-tier-change-time").empty());
  EXPECT_EQ(signed_with_key("PUT", "/con/b?comp=tier").error_code(), "MissingRequiredHeader");
  EXPECT_EQ(set_tier("/con/b", "Archive").status, 501);
  EXPECT_EQ(set_tier("/con/b", "Tepid").error_code(), "InvalidHeaderValue");
}

TEST_F(BlobKindsTest, EmptyTierIsNone) {
  EXPECT_EQ(harness_.put("/con/t", "x", {{"x-ms-access-tier", ""}}).status, 201);
  EXPECT_EQ(properties("/con/t").headers.get("x-ms-access-tier-inferred"), "true");
  EXPECT_EQ(set_tier("/con/t", "").error_code(), "MissingRequiredHeader");
}

TEST_F(BlobKindsTest, AccountTellsWhatItIsToWhoeverHasAnySas) {
  for (const auto* path : {"/?restype=account&comp=properties", "/con?restype=account&comp=properties",
                           "/con/b?restype=account&comp=properties"}) {
    EXPECT_EQ(signed_with_key("GET", path).headers.get("x-ms-account-kind"), "StorageV2") << path;
  }
  EXPECT_EQ(with(container_sas("r"), "GET", "/con?restype=account&comp=properties").status, 200);
  EXPECT_EQ(with("", "GET", "/?restype=account&comp=properties").status, 401);
}

TEST_F(BlobKindsTest, StatisticsAreOfTheSecondary) {
  const auto stats = [&](const std::string& account) {
    return harness_.send({.path = "/?restype=service&comp=stats", .account = account});
  };
  EXPECT_NE(stats("acct-secondary").body.find("<Status>live</Status>"), std::string::npos);
  EXPECT_EQ(stats("acct").error_code(), "InvalidQueryParameterValue");
}

}  // namespace
}  // namespace blobstore
