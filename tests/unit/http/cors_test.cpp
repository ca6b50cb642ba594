// Pages of allowed origins: preflights are answered before any handler, and answers can be read.
#include "tests/unit/http/server_fixture.h"

namespace http {
namespace {

constexpr const char* kPage = "Origin: http://localhost:8080\r\nConnection: close\r\n";
constexpr const char* kForeign = "Origin: http://other.example\r\nConnection: close\r\n";

class CorsTest : public ServerTest {
 protected:
  CorsTest() { options_.allowed_origins = {"http://localhost:8080"}; }
  void serve_counted() {
    serve([this](Request&) -> base::Async<Response> {
      ++handled_;
      Response response;
      response.headers.set("ETag", "\"1\"");
      response.headers.set("client-request-id", "x");
      co_return response;
    });
  }
  int handled_ = 0;
};

TEST_F(CorsTest, PreflightOfAnAllowedOriginIsGrantedWithoutTheHandler) {
  serve_counted();
  const auto answer = talk(request_text(
      "OPTIONS /jobs?x=y", std::string(kPage) + "Access-Control-Request-Method: PUT\r\n"
                                                "Access-Control-Request-Headers: authorization,ocp-date\r\n"
                                                "Access-Control-Request-Private-Network: true\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  for (const auto* line : {"Access-Control-Allow-Origin: http://localhost:8080", "Access-Control-Allow-Methods: PUT",
                           "Access-Control-Allow-Headers: authorization,ocp-date",
                           "Access-Control-Allow-Private-Network: true", "Access-Control-Max-Age: "}) {
    EXPECT_NE(answer.find(line), std::string::npos) << line << "\n" << answer;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(CorsTest, AnswersAreOpenToAllowedOriginsWithAllTheirHeaders) {
  serve_counted();
  const auto answer = talk(request_text("GET /", kPage));
  EXPECT_NE(answer.find("Access-Control-Allow-Origin: http://localhost:8080"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Access-Control-Expose-Headers: ETag,client-request-id"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Vary: Origin"), std::string::npos) << answer;
  EXPECT_EQ(talk(request_text("GET /", "Connection: close\r\n")).find("Access-Control"), std::string::npos);
  EXPECT_EQ(handled_, 2);
}

TEST_F(CorsTest, OptionsThatIsNoPreflightReachesTheHandler) {
  serve_counted();
  talk(request_text("OPTIONS /", kPage));
  EXPECT_EQ(handled_, 1);
}

TEST_F(CorsTest, OtherOriginsComeInWhereTheServiceSaysSo) {
  options_.origin_allowed = [](const Headers& headers, std::string_view target) {
    return headers.get("Origin") == "http://other.example" && target.starts_with("/open");
  };
  serve_counted();
  EXPECT_TRUE(talk(request_text("GET /open?x", kForeign)).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(talk(request_text("GET /closed", kForeign)).starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(
      talk(request_text("GET /open", "Origin: http://x\r\nConnection: close\r\n")).starts_with("HTTP/1.1 403 "));
  // What such a page may do is the service's to say.
  EXPECT_EQ(talk(request_text("GET /open", kForeign)).find("Access-Control"), std::string::npos);
}

TEST_F(CorsTest, TwoOriginsAreNobodys) {
  options_.origin_allowed = [](const Headers&, std::string_view) { return true; };
  serve_counted();
  EXPECT_TRUE(talk(request_text("GET /", std::string(kPage) + "Origin: http://a\r\n")).starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(handled_, 0);
}

}  // namespace
}  // namespace http
