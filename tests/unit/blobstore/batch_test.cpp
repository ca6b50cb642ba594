// Blob Batch: requests inside a request.
#include "tests/unit/blobstore/authorize_fixture.h"

namespace blobstore {
namespace {

class BatchTest : public AuthorizeTest {
 protected:
  BatchTest() {
    harness_.put("/con/c", "x");
    harness_.create_container("other");
    harness_.put("/other/b", "x");
  }
  std::string part(const std::string& line, const std::string& id, const std::string& headers = "") {
    return "--bd\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: " + id +
           "\r\n\r\n" + line + " HTTP/1.1\r\n" + headers + "Content-Length: 0\r\n\r\n\r\n";
  }
  std::string deletion(const std::string& path, const std::string& id, const std::string& permissions = "d") {
    return part("DELETE /acct" + path + "?" + account_sas("o", permissions), id);
  }
  Got submit(const std::string& parts, const std::string& path = "/?comp=batch") {
    return signed_with_key("POST", path, parts + "--bd--\r\n", {{"Content-Type", "multipart/mixed; boundary=bd"}});
  }
  bool exists(const std::string& path) { return harness_.send({.method = "HEAD", .path = path}).status == 200; }
};

TEST_F(BatchTest, EachRequestIsAnsweredOnItsOwn) {
  const auto got = submit(deletion("/con/b", "0") + deletion("/con/none", "1") + deletion("/con/c", "2", "r"));
  ASSERT_EQ(got.status, 202) << got.body;
  EXPECT_TRUE(got.headers.get("Content-Type").starts_with("multipart/mixed; boundary=batchresponse_"));
  EXPECT_NE(got.body.find("Content-ID: 0\r\n\r\nHTTP/1.1 202 Accepted\r\n"), std::string::npos) << got.body;
  EXPECT_NE(got.body.find("Content-ID: 1\r\n\r\nHTTP/1.1 404 "), std::string::npos) << got.body;
  EXPECT_NE(got.body.find("x-ms-error-code: BlobNotFound\r\n"), std::string::npos) << got.body;
  EXPECT_NE(got.body.find("Content-ID: 2\r\n\r\nHTTP/1.1 403 "), std::string::npos) << got.body;
  EXPECT_FALSE(exists("/con/b"));
  EXPECT_TRUE(exists("/con/c"));
}

TEST_F(BatchTest, RequestsInsideAreNotAuthorizedByTheBatch) {
  const auto got = submit(part("DELETE /acct/con/b", "0"));
  EXPECT_EQ(got.status, 202);
  EXPECT_NE(got.body.find("HTTP/1.1 401 "), std::string::npos) << got.body;
  EXPECT_TRUE(exists("/con/b"));
}

TEST_F(BatchTest, RequestsInsideAreSignedWithoutAVersionOfTheirOwn) {
  const auto date = wire::print_http_date(harness_.clock.now());
  const http::Headers headers{{"x-ms-date", date}};
  const auto authorization = wire::blob::sign({"DELETE", "/con/b", "", headers.fields()}, kAccount, kKey);
  const auto got =
      submit(part("DELETE /con/b", "0", "x-ms-date: " + date + "\r\nAuthorization: " + authorization + "\r\n"));
  EXPECT_NE(got.body.find("HTTP/1.1 202 Accepted"), std::string::npos) << got.body;
  EXPECT_NE(got.body.find("x-ms-version: " + std::string(kVersion)), std::string::npos) << got.body;
}

TEST_F(BatchTest, TiersAreSetAndPathsMayLeaveTheAccountOut) {
  const auto sas = account_sas("o", "w");
  const auto got = submit(part("PUT /con/b?comp=tier&" + sas, "0", "x-ms-access-tier: Cool\r\n"));
  EXPECT_NE(got.body.find("HTTP/1.1 200 OK"), std::string::npos) << got.body;
  EXPECT_EQ(harness_.send({.method = "HEAD", .path = "/con/b"}).headers.get("x-ms-access-tier"), "Cool");
}

TEST_F(BatchTest, BatchOfAContainerStaysInIt) {
  const auto got = submit(deletion("/con/b", "0") + deletion("/other/b", "1"), "/con?restype=container&comp=batch");
  EXPECT_EQ(got.status, 400);
  EXPECT_TRUE(exists("/con/b"));
  EXPECT_EQ(submit(deletion("/con/b", "0"), "/con?restype=container&comp=batch").status, 202);
  EXPECT_FALSE(exists("/con/b"));
}

TEST_F(BatchTest, NothingButDeletionsOrTiersRuns) {
  for (const auto* line : {"GET /acct/con/b", "PUT /acct/con/n", "DELETE /acct/con?restype=container",
                           "POST /acct/?comp=batch", "PUT /acct/con/b?comp=metadata"}) {
    EXPECT_EQ(submit(part(line, "0")).error_code(), "InvalidInput") << line;
  }
  const auto tier = part("PUT /acct/con/b?comp=tier", "1", "x-ms-access-tier: Cool\r\n");
  EXPECT_EQ(submit(deletion("/con/b", "0") + tier).error_code(), "InvalidInput");
  EXPECT_TRUE(exists("/con/b"));
}

TEST_F(BatchTest, BodiesOfAnotherFormAreRefused) {
  EXPECT_EQ(submit("").error_code(), "InvalidInput");
  EXPECT_EQ(submit("--bd\r\nContent-Type: text/plain\r\n\r\nDELETE /acct/con/b HTTP/1.1\r\n\r\n").error_code(),
            "InvalidInput");
  EXPECT_EQ(submit("--bd\r\nContent-Type: application/http\r\n\r\nnonsense\r\n\r\n").error_code(), "InvalidInput");
  std::string many;
  for (int i = 0; i < 257; ++i) many += deletion("/con/none", std::to_string(i));
  EXPECT_EQ(submit(many).error_code(), "InvalidInput");
  EXPECT_EQ(signed_with_key("POST", "/?comp=batch", "x", {{"Content-Type", "text/plain"}}).error_code(),
            "InvalidHeaderValue");
  EXPECT_EQ(signed_with_key("POST", "/?comp=batch", deletion("/con/b", "0"),
                            {{"Content-Type", "multipart/mixed; boundary=bd"}})
                .error_code(),
            "InvalidInput")
      << "the last boundary is missing";
}

}  // namespace
}  // namespace blobstore
