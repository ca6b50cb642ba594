// What happens to a request before its handler: signature, route, version, query, headers, body (contract 3.4).
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class RequestTest : public RestTest {
 protected:
  std::string detail(const Reply& reply, const std::string& key) {
    const auto values = reply.json().value("values", json::array());
    for (const auto& item : values) {
      if (item["key"] == key) return item["value"];
    }
    return {};
  }
};

TEST_F(RequestTest, RequestWithoutAuthorizationIsInvalidAuthenticationInfo) {
  const auto reply = send(request("GET", "/pools?api-version=2022-10-01.16.0"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "InvalidAuthenticationInfo");
}

TEST_F(RequestTest, BearerTokensThatNoTaskWasGivenAreInvalidAuthenticationInfo) {
  const auto reply = send(request("GET", "/pools", {}, {{"Authorization", "Bearer abc"}}));
  EXPECT_EQ(reply.code(), "InvalidAuthenticationInfo");
}

TEST_F(RequestTest, WrongKeyIsAuthenticationFailedWithItsDetail) {
  auto made = request("GET", "/pools?api-version=2022-10-01.16.0");
  key_ = std::string(64, 'x');
  sign(made);
  const auto reply = send(std::move(made));
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.code(), "AuthenticationFailed");
  EXPECT_NE(detail(reply, "AuthenticationErrorDetail"), "");
}

TEST_F(RequestTest, UnknownAccountIsAuthenticationFailed) {
  auto made = request("GET", "/pools?api-version=2022-10-01.16.0");
  made.headers.add("ocp-date", wire::print_http_date(clock_.now()));
  const wire::SignedRequest signed_request{
      .method = made.method, .path = made.path, .query = made.query, .headers = made.headers.fields()};
  made.headers.add("Authorization", wire::sign_batch(signed_request, "someoneelse", key_));
  EXPECT_EQ(send(std::move(made)).code(), "AuthenticationFailed");
}

TEST_F(RequestTest, StaleDateIsAuthenticationFailed) {
  auto made = request("GET", "/pools?api-version=2022-10-01.16.0");
  made.headers.add("ocp-date", wire::print_http_date(clock_.now() - std::chrono::minutes{16}));
  sign(made);
  EXPECT_EQ(send(std::move(made)).code(), "AuthenticationFailed");
}

TEST_F(RequestTest, SignatureCoversTheQuery) {
  auto made = request("GET", "/pools?api-version=2022-10-01.16.0");
  sign(made);
  made.query += "&maxresults=1";
  EXPECT_EQ(send(std::move(made)).code(), "AuthenticationFailed");
}

TEST_F(RequestTest, MissingVersionIsAMissingQueryParameter) {
  EXPECT_EQ(call("GET", "/pools?timeout=30").code(), "MissingRequiredQueryParameter");
}

TEST_F(RequestTest, UnknownVersionIsUnsupported) {
  EXPECT_EQ(call("GET", "/pools?api-version=2015-06-01.2.0").code(), "UnsupportedRequestVersion");
}

TEST_F(RequestTest, UnknownPathIsInvalidUri) {
  const auto reply = call("GET", "/nonsense");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "InvalidUri");
  EXPECT_EQ(call("GET", "/certificates/abc").code(), "InvalidUri");
}

TEST_F(RequestTest, WrongVerbIsUnsupportedAndAnUnknownVerbInvalid) {
  const auto reply = call("DELETE", "/pools");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.code(), "UnsupportedHttpVerb");
  EXPECT_EQ(call("BREW", "/pools").code(), "InvalidHttpVerb");
}

TEST_F(RequestTest, UnknownQueryParameterIsRefusedByName) {
  const auto reply = call("GET", "/pools?api-version=2022-10-01.16.0&$orderby=id");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "UnsupportedQueryParameter");
  EXPECT_EQ(detail(reply, "QueryParameterName"), "$orderby");
}

TEST_F(RequestTest, QueryNamesCompareWithoutCase) {
  EXPECT_EQ(call("GET", "/pools?Api-Version=2022-10-01.16.0&timeOut=30").status, 200);
}

TEST_F(RequestTest, ParameterGivenTwiceIsInvalid) {
  EXPECT_EQ(call("GET", "/pools?api-version=2022-10-01.16.0&timeout=1&timeout=2").code(), "InvalidQueryParameterValue");
}

TEST_F(RequestTest, PageSizeHasToBeInRange) {
  for (const auto* size : {"0", "1001", "-1", "99999999999999999999"}) {
    EXPECT_EQ(call("GET", std::string{"/pools?api-version=2022-10-01.16.0&maxresults="} + size).code(),
              "OutOfRangeQueryParameterValue");
  }
  EXPECT_EQ(call("GET", "/pools?api-version=2022-10-01.16.0&maxresults=ten").code(), "InvalidQueryParameterValue");
  EXPECT_EQ(call("GET", "/nodecounts?api-version=2022-10-01.16.0&maxresults=11").code(),
            "OutOfRangeQueryParameterValue");
}

TEST_F(RequestTest, ForeignSkipTokenIsInvalid) {
  for (const auto* token : {"WATV2:abc", "1:", "1:zz", "1:abc"}) {
    EXPECT_EQ(call("GET", std::string{"/pools?api-version=2022-10-01.16.0&$skiptoken="} + token).code(),
              "InvalidQueryParameterValue");
  }
}

TEST_F(RequestTest, ConditionsAreRefusedWhereAnOperationTakesNone) {
  const auto reply = call("GET", "/pools", std::string{}, {{"If-Match", "*"}});
  EXPECT_EQ(reply.code(), "UnsupportedHeader");
}

TEST_F(RequestTest, MalformedConditionsAreInvalidHeaderValues) {
  EXPECT_EQ(call("GET", "/pools/p", std::string{}, {{"If-Match", "nonsense"}}).code(), "InvalidHeaderValue");
  EXPECT_EQ(call("GET", "/pools/p", std::string{}, {{"If-Modified-Since", "yesterday"}}).code(), "InvalidHeaderValue");
}

TEST_F(RequestTest, OppositeConditionsAreNotSupportedTogether) {
  const auto reply =
      call("GET", "/pools/p", std::string{}, {{"If-Match", "*"}, {"If-None-Match", "0x8D0000000000000"}});
  EXPECT_EQ(reply.code(), "MultipleConditionHeadersNotSupported");
}

TEST_F(RequestTest, BodyThatIsNotJsonIsAnInvalidRequestBody) {
  EXPECT_EQ(call("POST", "/pools", std::string{"{\"id\":"}).code(), "InvalidRequestBody");
  EXPECT_EQ(call("POST", "/pools", std::string{"[]"}).code(), "InvalidRequestBody");
}

TEST_F(RequestTest, DeepBodyIsAnInvalidRequestBody) {
  const std::string deep = "{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}";
  EXPECT_EQ(call("POST", "/pools", deep).code(), "InvalidRequestBody");
}

TEST_F(RequestTest, WriteWithoutALengthIsRefusedWith411) {
  auto made = request("POST", "/pools?api-version=2022-10-01.16.0");
  made.has_body = false;
  made.headers.remove("Content-Length");
  sign(made);
  const auto reply = send(std::move(made));
  EXPECT_EQ(reply.status, 411);
  EXPECT_EQ(reply.code(), "MissingContentLengthHeader");
}

TEST_F(RequestTest, ErrorDocumentNamesTheRequestAndTheTime) {
  auto made = request("GET", "/pools/none?api-version=2022-10-01.16.0");
  sign(made);
  const auto id = made.request_id;
  const auto reply = send(std::move(made));
  const auto message = reply.json()["message"]["value"].get<std::string>();
  EXPECT_TRUE(message.starts_with("The specified pool does not exist.\nRequestId:" + id + "\nTime:")) << message;
  EXPECT_EQ(reply.json()["message"]["lang"], "en-US");
  EXPECT_EQ(reply.headers.get("request-id"), id);
  EXPECT_EQ(reply.headers.get("Content-Type"), "application/json;odata=minimalmetadata");
  EXPECT_EQ(reply.reason, "The specified pool does not exist.");
  EXPECT_FALSE(reply.json().contains("values"));
}

TEST_F(RequestTest, ClientRequestIdIsEchoedOnlyWhenAskedFor) {
  const HeaderFields id{{"client-request-id", "9C4D50EE-2D56-4CD3-8152-34347DC9F2B0"}};
  EXPECT_FALSE(call("GET", "/pools", std::string{}, id).headers.find("client-request-id"));
  auto asked = id;
  asked.emplace_back("return-client-request-id", "true");
  EXPECT_EQ(call("GET", "/pools", std::string{}, asked).headers.get("client-request-id"), id[0].second);
}

TEST_F(RequestTest, AuthenticationComesBeforeEverythingElse) {
  EXPECT_EQ(send(request("GET", "/nonsense?api-version=wrong")).code(), "InvalidAuthenticationInfo");
}

TEST_F(RequestTest, VersionComesBeforeQueryAndBody) {
  EXPECT_EQ(call("POST", "/pools?api-version=wrong&nonsense=1", std::string{"{"}).code(), "UnsupportedRequestVersion");
  EXPECT_EQ(call("POST", "/pools?api-version=2022-10-01.16.0&nonsense=1", std::string{"{"}).code(),
            "UnsupportedQueryParameter");
}

}  // namespace
}  // namespace emulator::rest
