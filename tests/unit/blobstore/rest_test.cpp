// What clients see: status codes, headers and documents of every operation that is offered, and 501 for all others.
#include "base/text.h"
#include "blobstore/rest/routes.h"
#include "tests/unit/blobstore/blob_harness.h"
#include "wire/blob/digest.h"
#include "wire/blob/xml.h"

#include <gtest/gtest.h>
#include <set>

namespace blobstore {
namespace {

class RestTest : public testing::Test {
 protected:
  RestTest() { EXPECT_EQ(harness_.create_container("con").status, 201); }
  Got get(const std::string& path, http::Headers headers = {}) {
    return harness_.send({.path = path, .headers = std::move(headers)});
  }
  Got head(const std::string& path) { return harness_.send({.method = "HEAD", .path = path}); }
  Got del(const std::string& path, http::Headers headers = {}) {
    return harness_.send({.method = "DELETE", .path = path, .headers = std::move(headers)});
  }
  Got put(const std::string& path, const std::string& body, http::Headers headers = {}) {
    return harness_.send({.method = "PUT", .path = path, .headers = std::move(headers), .body = body});
  }
  Got stage(const std::string& blob, const std::string& id, const std::string& body, http::Headers headers = {}) {
    return put("/con/" + blob + "?comp=block&blockid=" + base::percent_encode(base::base64_encode(id)), body,
               std::move(headers));
  }
  Got commit(const std::string& blob, std::vector<std::string> ids, http::Headers headers = {}) {
    std::vector<wire::blob::BlockListEntry> entries;
    for (auto& id : ids) entries.push_back({wire::blob::BlockSearch::latest, std::move(id)});
    return put("/con/" + blob + "?comp=blocklist", wire::blob::print_block_list_request(entries), std::move(headers));
  }
  std::size_t extents() { return harness_.backend->extents->list()->size(); }
  BlobHarness harness_;
};

// ---- containers ----

TEST_F(RestTest, ContainerIsCreatedOnce) {
  const auto created = harness_.create_container("other");
  EXPECT_EQ(created.status, 201);
  EXPECT_TRUE(created.headers.get("ETag").starts_with("\"0x8D"));
  EXPECT_FALSE(created.headers.get("Last-Modified").empty());
  const auto again = harness_.create_container("other");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.error_code(), "ContainerAlreadyExists");
}

TEST_F(RestTest, ContainerWithWrongNameIsRefused) {
  EXPECT_EQ(harness_.create_container("UPPER").error_code(), "InvalidResourceName");
  EXPECT_EQ(harness_.create_container("ab").error_code(), "OutOfRangeInput");
}

TEST_F(RestTest, ContainerPropertiesShowMetadataAndLease) {
  put("/con?restype=container&comp=metadata", "", {{"x-ms-meta-Key", "v"}});
  for (const auto& got : {get("/con?restype=container"), head("/con?restype=container")}) {
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.headers.get("x-ms-meta-Key"), "v");
    EXPECT_EQ(got.headers.get("x-ms-lease-state"), "available");
    EXPECT_EQ(got.headers.get("x-ms-lease-status"), "unlocked");
    EXPECT_EQ(got.body, "");
  }
  EXPECT_EQ(get("/nope?restype=container").error_code(), "ContainerNotFound");
}

TEST_F(RestTest, DeletedContainerIsGoneWithItsBytes) {
  harness_.put("/con/b", "bytes");
  EXPECT_EQ(del("/con?restype=container").status, 202);
  EXPECT_EQ(extents(), 0u);
  EXPECT_EQ(get("/con/b").error_code(), "ContainerNotFound");
  EXPECT_EQ(harness_.create_container("con").status, 201);
}

TEST_F(RestTest, ContainersAreListedInPages) {
  for (const auto* name : {"aaa", "bbb", "ccc"}) harness_.create_container(name);
  const auto first = get("/?comp=list&maxresults=2");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.get("Content-Type"), "application/xml");
  EXPECT_NE(first.body.find("<Name>aaa</Name>"), std::string::npos);
  EXPECT_NE(first.body.find("<NextMarker>/acct/ccc</NextMarker>"), std::string::npos);
  const auto second = get("/?comp=list&maxresults=2&marker=%2Facct%2Fccc");
  EXPECT_NE(second.body.find("<Name>con</Name>"), std::string::npos);
  EXPECT_NE(second.body.find("<NextMarker />"), std::string::npos);
}

// ---- Put Blob and Get Blob ----

TEST_F(RestTest, BlobComesBackWithItsHeaders) {
  const auto stored =
      harness_.put("/con/dir/a%20b", "hello",
                   {{"Content-Type", "text/plain"}, {"x-ms-meta-k", "v"}, {"x-ms-blob-cache-control", "no"}});
  EXPECT_EQ(stored.status, 201);
  EXPECT_EQ(stored.headers.get("Content-MD5"), base::base64_encode(base::md5("hello")));
  EXPECT_EQ(stored.headers.get("x-ms-request-server-encrypted"), "true");
  const auto got = get("/con/dir/a%20b");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(got.headers.get("Cache-Control"), "no");
  EXPECT_EQ(got.headers.get("x-ms-meta-k"), "v");
  EXPECT_EQ(got.headers.get("ETag"), stored.headers.get("ETag"));
  EXPECT_EQ(got.headers.get("Accept-Ranges"), "bytes");
  EXPECT_EQ(got.headers.get("x-ms-blob-type"), "BlockBlob");
  EXPECT_EQ(got.headers.get("Content-MD5"), stored.headers.get("Content-MD5"));
}

TEST_F(RestTest, LargeBlobIsStreamedWhole) {
  std::string bytes;
  for (int i = 0; i < 700'000; ++i) bytes += static_cast<char>(i * 31 >> 3);
  ASSERT_EQ(harness_.put("/con/large", bytes).status, 201);
  EXPECT_EQ(get("/con/large").body, bytes);
  const auto part = get("/con/large", {{"x-ms-range", "bytes=100-600099"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, bytes.substr(100, 600'000));
  EXPECT_EQ(part.headers.get("Content-Range"), "bytes 100-600099/700000");
  EXPECT_EQ(part.headers.get("Content-MD5"), "");
  EXPECT_FALSE(part.headers.get("x-ms-blob-content-md5").empty());
}

TEST_F(RestTest, EmptyBlobHasNoExtent) {
  EXPECT_EQ(harness_.put("/con/empty", "").status, 201);
  EXPECT_EQ(extents(), 0u);
  EXPECT_EQ(get("/con/empty").body, "");
  EXPECT_EQ(get("/con/empty", {{"Range", "bytes=0-"}}).status, 416);
}

TEST_F(RestTest, WrongChecksumsAreRefusedAndLeaveNothing) {
  EXPECT_EQ(harness_.put("/con/b", "x", {{"Content-MD5", base::base64_encode(base::md5("y"))}}).error_code(),
            "Md5Mismatch");
  EXPECT_EQ(harness_.put("/con/b", "x", {{"x-ms-content-crc64", "AAAAAAAAAAA="}}).error_code(), "Crc64Mismatch");
  EXPECT_EQ(harness_.put("/con/b", "x", {{"Content-MD5", "short"}}).error_code(), "InvalidMd5");
  EXPECT_EQ(extents(), 0u);
  EXPECT_EQ(get("/con/b").error_code(), "BlobNotFound");
}

TEST_F(RestTest, RightChecksumsAreAccepted) {
  wire::blob::Crc64 crc64;
  crc64.add("x");
  const std::string encoded = base::base64_encode(crc64.bytes());
  const auto stored = harness_.put("/con/b", "x", {{"x-ms-content-crc64", encoded}});
  EXPECT_EQ(stored.status, 201);
  EXPECT_EQ(stored.headers.get("x-ms-content-crc64"), encoded);
  EXPECT_EQ(harness_.put("/con/b", "x", {{"x-ms-blob-content-md5", base::base64_encode(base::md5("x"))}}).status, 201);
}

TEST_F(RestTest, RangeChecksumsAreOfTheRange) {
  harness_.put("/con/b", "0123456789");
  const auto got = get("/con/b", {{"Range", "bytes=2-4"}, {"x-ms-range-get-content-md5", "true"}});
  EXPECT_EQ(got.headers.get("Content-MD5"), base::base64_encode(base::md5("234")));
  EXPECT_EQ(get("/con/b", {{"x-ms-range-get-content-md5", "true"}}).status, 400);
}

TEST_F(RestTest, BrokenRangesAreNamed) {
  harness_.put("/con/b", "0123456789");
  EXPECT_EQ(get("/con/b", {{"Range", "bytes=-3"}}).error_code(), "InvalidHeaderValue");
  EXPECT_EQ(get("/con/b", {{"Range", "bytes=10-"}}).error_code(), "InvalidRange");
}

TEST_F(RestTest, ConditionsOfReads) {
  const auto etag = std::string(harness_.put("/con/b", "x").headers.get("ETag"));
  const auto unchanged = get("/con/b", {{"If-None-Match", etag}});
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.body, "");
  EXPECT_EQ(unchanged.error_code(), "ConditionNotMet");
  EXPECT_EQ(get("/con/b", {{"If-Match", "\"0x1\""}}).status, 412);
  EXPECT_EQ(get("/con/b", {{"If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"}}).status, 304);
  EXPECT_EQ(get("/con/b", {{"If-Unmodified-Since", "Wed, 31 Dec 2025 00:00:00 GMT"}}).status, 412);
  EXPECT_EQ(get("/con/b", {{"If-Modified-Since", "yesterday"}}).error_code(), "InvalidHeaderValue");
}

TEST_F(RestTest, ConditionsOfWrites) {
  const auto etag = std::string(harness_.put("/con/b", "1").headers.get("ETag"));
  EXPECT_EQ(harness_.put("/con/b", "2", {{"If-None-Match", "*"}}).error_code(), "BlobAlreadyExists");
  EXPECT_EQ(harness_.put("/con/b", "2", {{"If-Match", etag}}).status, 201);
  EXPECT_EQ(harness_.put("/con/b", "3", {{"If-Match", etag}}).error_code(), "ConditionNotMet");
  EXPECT_EQ(get("/con/b").body, "2");
  EXPECT_EQ(extents(), 1u);
}

TEST_F(RestTest, OverwrittenBytesAreRemoved) {
  harness_.put("/con/b", "1");
  harness_.put("/con/b", "22");
  EXPECT_EQ(get("/con/b").body, "22");
  EXPECT_EQ(extents(), 1u);
  EXPECT_EQ(del("/con/b").status, 202);
  EXPECT_EQ(extents(), 0u);
  EXPECT_EQ(del("/con/b").error_code(), "BlobNotFound");
}

TEST_F(RestTest, LeaseIdWithoutLeaseIsRefused) {
  harness_.put("/con/b", "1");
  EXPECT_EQ(del("/con/b", {{"x-ms-lease-id", "x"}}).error_code(), "LeaseNotPresentWithBlobOperation");
  EXPECT_EQ(del("/con?restype=container", {{"x-ms-lease-id", "x"}}).error_code(),
            "LeaseNotPresentWithContainerOperation");
}

TEST_F(RestTest, PutNeedsABlobTypeAndALength) {
  EXPECT_EQ(put("/con/b", "x").error_code(), "MissingRequiredHeader");
  EXPECT_EQ(put("/con/b", "x", {{"x-ms-blob-type", "Blob"}}).error_code(), "InvalidHeaderValue");
  EXPECT_EQ(harness_.put("/none/b", "x").error_code(), "ContainerNotFound");
  EXPECT_EQ(extents(), 0u);
}

TEST_F(RestTest, HeadersAndMetadataAreReplaced) {
  harness_.put("/con/b", "x", {{"x-ms-meta-a", "1"}, {"Content-Type", "t/x"}});
  EXPECT_EQ(put("/con/b?comp=metadata", "", {{"x-ms-meta-b", "2"}}).status, 200);
  EXPECT_EQ(put("/con/b?comp=properties", "", {{"x-ms-blob-content-type", "t/y"}}).status, 200);
  const auto got = head("/con/b");
  EXPECT_EQ(got.headers.get("x-ms-meta-a"), "");
  EXPECT_EQ(got.headers.get("x-ms-meta-b"), "2");
  EXPECT_EQ(got.headers.get("Content-Type"), "t/y");
  EXPECT_EQ(get("/con/b?comp=metadata").headers.get("x-ms-meta-b"), "2");
}

TEST_F(RestTest, AnEmptyTierIsNone) {
  EXPECT_EQ(harness_.put("/con/b", "x", {{"x-ms-access-tier", ""}}).status, 201);
  EXPECT_EQ(head("/con/b").headers.get("x-ms-access-tier-inferred"), "true");
  EXPECT_EQ(harness_.put("/con/b?comp=tier", "", {{"x-ms-access-tier", ""}}).status, 400);
}

TEST_F(RestTest, TiersAreKeptAndArchiveIsRefusedByName) {
  harness_.put("/con/b", "x", {{"x-ms-access-tier", "Cool"}});
  EXPECT_EQ(head("/con/b").headers.get("x-ms-access-tier"), "Cool");
  EXPECT_EQ(harness_.put("/con/b", "x", {{"x-ms-access-tier", "Archive"}}).status, 501);
  EXPECT_EQ(harness_.put("/con/b", "x", {{"x-ms-access-tier", "Tepid"}}).status, 400);
}

// ---- blocks ----

TEST_F(RestTest, BlocksBecomeABlobInTheOrderOfTheList) {
  EXPECT_EQ(stage("b", "1", "one").status, 201);
  EXPECT_EQ(stage("b", "2", "two").status, 201);
  EXPECT_EQ(get("/con/b").error_code(), "BlobNotFound");
  EXPECT_EQ(commit("b", {"2", "1", "2"}).status, 201);
  EXPECT_EQ(get("/con/b").body, "twoonetwo");
  EXPECT_EQ(get("/con/b", {{"Range", "bytes=2-6"}}).body, "oonet");
  EXPECT_EQ(commit("b", {"1"}).status, 201);
  EXPECT_EQ(get("/con/b").body, "one");
  EXPECT_EQ(extents(), 1u);
}

TEST_F(RestTest, BlockIdsOfOneBlobHaveOneLength) {
  stage("b", "1", "one");
  EXPECT_EQ(stage("b", "22", "two").error_code(), "InvalidBlobOrBlock");
  commit("b", {"1"});
  EXPECT_EQ(stage("b", "22", "two").error_code(), "InvalidBlobOrBlock");
  EXPECT_EQ(extents(), 1u);
}

TEST_F(RestTest, BrokenBlocksAreNamed) {
  EXPECT_EQ(put("/con/b?comp=block", "x").error_code(), "MissingRequiredQueryParameter");
  EXPECT_EQ(put("/con/b?comp=block&blockid=%21", "x").error_code(), "InvalidQueryParameterValue");
  EXPECT_EQ(stage("b", std::string(65, 'x'), "x").error_code(), "OutOfRangeInput");
  EXPECT_EQ(stage("b", "1", "").error_code(), "InvalidHeaderValue");
  EXPECT_EQ(commit("b", {"1"}).error_code(), "InvalidBlockList");
  EXPECT_EQ(put("/con/b?comp=blocklist", "<BlockList").error_code(), "InvalidXmlDocument");
}

TEST_F(RestTest, BlockListsAreShownByKind) {
  stage("b", "1", "one");
  commit("b", {"1"});
  stage("b", "2", "three");
  const auto all = get("/con/b?comp=blocklist&blocklisttype=all");
  EXPECT_NE(all.body.find("<CommittedBlocks><Block><Name>MQ==</Name><Size>3</Size></Block></CommittedBlocks>"
                          "<UncommittedBlocks><Block><Name>Mg==</Name><Size>5</Size></Block></UncommittedBlocks>"),
            std::string::npos)
      << all.body;
  EXPECT_EQ(all.headers.get("x-ms-blob-content-length"), "3");
  EXPECT_EQ(get("/con/b?comp=blocklist").body.find("Uncommitted"), std::string::npos);
  EXPECT_EQ(get("/con/b?comp=blocklist&blocklisttype=some").status, 400);
  EXPECT_EQ(get("/con/none?comp=blocklist").error_code(), "BlobNotFound");
}

TEST_F(RestTest, OlderVersionsHaveSmallerBlocks) {
  const std::string five_mebibytes(5 * 1024 * 1024, 'x');
  const auto refused = stage("b", "1", five_mebibytes, {{"x-ms-version", "2015-12-11"}});
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.error_code(), "RequestBodyTooLarge");
  EXPECT_EQ(stage("b", "1", five_mebibytes, {{"x-ms-version", "2016-05-31"}}).status, 201);
}

// ---- lists ----

TEST_F(RestTest, BlobsAreListedWithPrefixesMarkersAndMetadata) {
  for (const auto* name : {"a", "d/1", "d/2", "z"})
    harness_.put("/con/" + std::string(name), "x", {{"x-ms-meta-m", "v"}});
  const auto first = get("/con?restype=container&comp=list&delimiter=%2F&maxresults=2&include=metadata");
  EXPECT_NE(first.body.find("<BlobPrefix><Name>d/</Name></BlobPrefix>"), std::string::npos) << first.body;
  EXPECT_NE(first.body.find("<Metadata><m>v</m></Metadata>"), std::string::npos);
  EXPECT_NE(first.body.find("ServiceEndpoint=\"http://127.0.0.1:10000/acct/\" ContainerName=\"con\""),
            std::string::npos);
  const auto page = wire::blob::parse_blob_list(first.body);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->blobs.size(), 2u);
  const auto second = get("/con?restype=container&comp=list&delimiter=%2F&maxresults=2&marker=" +
                          base::percent_encode(page->next_marker));
  EXPECT_NE(second.body.find("<Name>z</Name>"), std::string::npos);
  EXPECT_NE(second.body.find("<NextMarker />"), std::string::npos);
}

TEST_F(RestTest, ListParametersAreChecked) {
  const std::string list = "/con?restype=container&comp=list";
  EXPECT_EQ(get(list + "&maxresults=0").error_code(), "OutOfRangeQueryParameterValue");
  EXPECT_EQ(get(list + "&maxresults=x").error_code(), "InvalidQueryParameterValue");
  EXPECT_EQ(get(list + "&maxresults=6000").status, 200);
  EXPECT_EQ(get(list + "&include=everything").error_code(), "InvalidQueryParameterValue");
  EXPECT_EQ(get(list + "&marker=abc").error_code(), "InvalidQueryParameterValue");
}

TEST_F(RestTest, UncommittedBlobsAreListedOnRequest) {
  stage("draft", "1", "x");
  EXPECT_EQ(get("/con?restype=container&comp=list").body.find("draft"), std::string::npos);
  const auto got = get("/con?restype=container&comp=list&include=uncommittedblobs");
  EXPECT_NE(got.body.find("<Name>draft</Name><Properties><Content-Length>0</Content-Length>"), std::string::npos);
}

// ---- every request ----

TEST_F(RestTest, EveryAnswerCarriesItsIds) {
  const auto got = get("/con/none", {{"x-ms-client-request-id", "mine"}, {"x-ms-version", "2021-12-02"}});
  EXPECT_EQ(got.headers.get("x-ms-client-request-id"), "mine");
  EXPECT_EQ(got.headers.get("x-ms-version"), "2021-12-02");
  EXPECT_EQ(got.headers.get("x-ms-request-id").size(), 36u);
}

TEST_F(RestTest, UnknownVersionsAreRefused) {
  const auto got = get("/con/none", {{"x-ms-version", "2020-01-01"}});
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(got.error_code(), "InvalidHeaderValue");
}

TEST_F(RestTest, EveryKnownVersionIsAccepted) {
  harness_.put("/con/b", "x");
  for (const auto version : wire::blob::kServiceVersions) {
    EXPECT_EQ(get("/con/b", {{"x-ms-version", std::string(version)}}).status, 200) << version;
  }
}

TEST_F(RestTest, HeadOfWhatIsMissingHasNoBody) {
  const auto got = head("/con/none");
  EXPECT_EQ(got.status, 404);
  EXPECT_EQ(got.error_code(), "BlobNotFound");
  EXPECT_EQ(got.body, "");
}

TEST_F(RestTest, HeadersThatAreNotOfferedAreRefusedByName) {
  for (const auto* name : {"x-ms-encryption-key", "x-ms-encryption-scope", "x-ms-legal-hold", "x-ms-if-tags"}) {
    const auto got = harness_.put("/con/b", "x", {{name, "true"}});
    EXPECT_EQ(got.status, 501) << name;
    EXPECT_NE(got.body.find(name), std::string::npos) << name;
  }
}

TEST_F(RestTest, UnknownOperationsAreRefused) {
  EXPECT_EQ(get("/con/b?comp=everything").error_code(), "InvalidQueryParameterValue");
  EXPECT_EQ(harness_.send({.method = "PATCH", .path = "/con/b"}).error_code(), "UnsupportedHttpVerb");
  EXPECT_EQ(get("/con?restype=share").error_code(), "InvalidQueryParameterValue");
}

TEST_F(RestTest, BrokenPathsAreRefused) {
  EXPECT_EQ(get("/con/%zz").error_code(), "InvalidUri");
  EXPECT_EQ(get("/con/a%00b").error_code(), "InvalidUri");
}

TEST_F(RestTest, HostStyleNamesTheSameBlob) {
  harness_.put("/con/b", "x");
  http::Request request;
  request.headers = {{"Host", "acct.blob.core.windows.net:10000"}};
  request.path = "/con/b%2Fc+d";
  const auto address = rest::parse_address(request);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->account, "acct");
  EXPECT_EQ(address->container, "con");
  EXPECT_EQ(address->blob, "b/c+d");
  EXPECT_FALSE(address->path_style);
}

TEST_F(RestTest, OneSegmentNamesABlobOfTheRootContainer) {
  http::Request request;
  request.headers = {{"Host", "acct-secondary.blob.localhost"}};
  request.path = "/file.txt";
  const auto address = rest::parse_address(request);
  ASSERT_TRUE(address);
  EXPECT_TRUE(address->secondary);
  EXPECT_EQ(address->container, "$root");
  EXPECT_EQ(address->blob, "file.txt");
}

TEST_F(RestTest, EveryOperationThatIsNotOfferedIsAnswered501ByName) {
  std::set<std::string_view> asked;
  for (const auto& operation : rest::operations()) {
    if (operation.handler) continue;
    std::string path = operation.scope == rest::Scope::service     ? "/"
                       : operation.scope == rest::Scope::container ? "/con"
                                                                   : "/con/b";
    path += "?x=y";
    if (!operation.restype.empty()) path += "&restype=" + std::string(operation.restype);
    if (!operation.comp.empty()) path += "&comp=" + std::string(operation.comp);
    http::Headers headers;
    const auto& selector = operation.selector;
    using Kind = rest::Selector::Kind;
    if (selector.kind == Kind::header_is || selector.kind == Kind::copy_of_type) {
      headers.add(std::string(selector.name), std::string(selector.value));
    }
    if (selector.kind == Kind::header_given) headers.add(std::string(selector.name), "x");
    if (selector.kind == Kind::copy_of_type) headers.add("x-ms-copy-source", "http://x/y");
    if (selector.kind == Kind::parameter_given) path += "&" + std::string(selector.name) + "=x";
    const auto got = harness_.send({.method = std::string(operation.method), .path = path, .headers = headers});
    EXPECT_EQ(got.status, 501) << operation.name;
    EXPECT_NE(got.body.find("<Code>NotImplemented</Code>"), std::string::npos) << operation.name;
    EXPECT_NE(got.body.find(operation.name), std::string::npos) << operation.name << ": " << got.body;
    asked.insert(operation.name);
  }
  EXPECT_GT(asked.size(), 25u);
}

}  // namespace
}  // namespace blobstore
