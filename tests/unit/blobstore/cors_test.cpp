// CORS rules of an account: kept, shown, and what they let pages do.
#include "blobstore/engine/cors.h"
#include "tests/unit/blobstore/authorize_fixture.h"

namespace blobstore {
namespace {

std::string rule(const std::string& origins, const std::string& methods, const std::string& headers,
                 const std::string& exposed = "", const std::string& age = "60") {
  return "<CorsRule><AllowedOrigins>" + origins + "</AllowedOrigins><AllowedMethods>" + methods +
         "</AllowedMethods><AllowedHeaders>" + headers + "</AllowedHeaders><ExposedHeaders>" + exposed +
         "</ExposedHeaders><MaxAgeInSeconds>" + age + "</MaxAgeInSeconds></CorsRule>";
}

class CorsTest : public AuthorizeTest {
 protected:
  Got set(const std::string& inside) {
    return signed_with_key("PUT", "/?restype=service&comp=properties",
                           "<StorageServiceProperties>" + inside + "</StorageServiceProperties>");
  }
  Got set_rules(const std::string& rules) { return set("<Cors>" + rules + "</Cors>"); }
  std::string shown() { return signed_with_key("GET", "/?restype=service&comp=properties").body; }
  Got preflight(const std::string& origin, const std::string& method, const std::string& headers = {},
                const std::string& path = "/con/b") {
    http::Headers sent{{"Origin", origin}, {"Access-Control-Request-Method", method}};
    if (!headers.empty()) sent.add("Access-Control-Request-Headers", headers);
    return harness_.send({.method = "OPTIONS", .path = path, .headers = sent, .with_sas = false});
  }
  Got page_reads(const std::string& origin, const std::string& path = "/con/b") {
    return harness_.send({.path = path, .headers = {{"Origin", origin}}});
  }
};

TEST_F(CorsTest, RulesAreShownAsTheyWereSetUntilTheyAreTakenAway) {
  const auto first = rule("http://a.example,http://b.example", "GET,PUT", "x-ms-*", "x-ms-meta-*", "200");
  ASSERT_EQ(set_rules(first).status, 202);
  EXPECT_NE(shown().find("<AllowedOrigins>http://a.example,http://b.example</AllowedOrigins>"), std::string::npos);
  EXPECT_NE(shown().find("<MaxAgeInSeconds>200</MaxAgeInSeconds>"), std::string::npos);
  // A document without the element leaves them alone.
  ASSERT_EQ(set("").status, 202);
  EXPECT_NE(shown().find("http://a.example"), std::string::npos);
  ASSERT_EQ(set("<Cors />").status, 202);
  EXPECT_NE(shown().find("<Cors />"), std::string::npos);
}

TEST_F(CorsTest, PreflightIsAnsweredByTheFirstRuleThatFits) {
  set_rules(rule("http://a.example", "GET", "") + rule("http://a.example", "GET,PUT", "x-ms-*,content-type", "", "7"));
  const auto got = preflight("http://a.example", "PUT", "X-Ms-Date, content-type");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.headers.get("Access-Control-Allow-Origin"), "http://a.example");
  EXPECT_EQ(got.headers.get("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(got.headers.get("Access-Control-Allow-Headers"), "X-Ms-Date, content-type");
  EXPECT_EQ(got.headers.get("Access-Control-Max-Age"), "7");
}

TEST_F(CorsTest, PreflightThatNoRuleFitsFails) {
  EXPECT_EQ(preflight("http://a.example", "GET").error_code(), "CorsPreflightFailure");
  set_rules(rule("http://a.example", "GET", "x-ms-*"));
  EXPECT_EQ(preflight("http://a.example", "GET").status, 200);
  EXPECT_EQ(preflight("http://a.example", "PUT").status, 403);
  EXPECT_EQ(preflight("http://A.example", "GET").status, 403);
  EXPECT_EQ(preflight("http://a.example", "GET", "authorization").status, 403);
  EXPECT_EQ(preflight("", "GET").error_code(), "MissingRequiredHeader");
  harness_.accounts->accounts.clear();
  EXPECT_EQ(preflight("http://a.example", "GET").status, 404);
}

TEST_F(CorsTest, PageMayReadWhatTheRuleExposes) {
  set_rules(rule("http://a.example", "GET", "", "x-ms-blob-*,etag"));
  const auto got = page_reads("http://a.example");
  EXPECT_EQ(got.headers.get("Access-Control-Allow-Origin"), "http://a.example");
  EXPECT_EQ(got.headers.get("Access-Control-Expose-Headers"), "ETag,x-ms-blob-type");
  EXPECT_EQ(got.headers.get("Vary"), "Origin");
  EXPECT_EQ(page_reads("http://a.example", "/con/none").headers.get("Access-Control-Allow-Origin"), "http://a.example");
  const auto other = page_reads("http://b.example");
  EXPECT_EQ(other.headers.find("Access-Control-Allow-Origin"), std::nullopt);
  EXPECT_EQ(other.headers.get("Vary"), "Origin");
}

TEST_F(CorsTest, RuleForEverybodyNamesNobody) {
  set_rules(rule("*", "GET", "*", "*"));
  const auto got = page_reads("http://a.example");
  EXPECT_EQ(got.headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(got.headers.find("Access-Control-Allow-Credentials"), std::nullopt);
  EXPECT_EQ(preflight("http://x", "GET", "anything").status, 200);
}

TEST_F(CorsTest, RulesThatAreNoneAreRefused) {
  const std::string one = rule("*", "GET", "*");
  EXPECT_EQ(set_rules(one + one + one + one + one).status, 202);
  EXPECT_EQ(set_rules(one + one + one + one + one + one).error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(set_rules(rule("", "GET", "*")).error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(set_rules(rule("*", "FETCH", "*")).error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(set_rules(rule("*", "GET", "*", "*", "-1")).error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(set_rules("<CorsRule><AllowedOrigins>*</AllowedOrigins></CorsRule>").error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(set_rules("<Rule/>").error_code(), "InvalidXmlDocument");
  EXPECT_EQ(set("<Surprise/>").error_code(), "InvalidXmlDocument");
}

TEST_F(CorsTest, WhatHasNoEffectCanBeSwitchedOffButNotOn) {
  EXPECT_EQ(set("<DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>").status, 202);
  const auto got = set("<DeleteRetentionPolicy><Enabled>true</Enabled><Days>3</Days></DeleteRetentionPolicy>");
  EXPECT_EQ(got.status, 501);
  EXPECT_NE(got.body.find("DeleteRetentionPolicy"), std::string::npos);
  EXPECT_EQ(set("<Logging><Version>1.0</Version><Delete>false</Delete><Read>true</Read><Write>false</Write></Logging>")
                .status,
            501);
  EXPECT_EQ(set("<DefaultServiceVersion>2020-10-02</DefaultServiceVersion>").status, 501);
}

TEST(CorsRulesTest, OriginComesInByAnyRule) {
  const engine::CorsRules rules{{{"http://a"}, {"GET"}, {}, {}, 0}, {{"http://b"}, {"PUT"}, {}, {}, 0}};
  EXPECT_TRUE(engine::origin_allowed(rules, "http://b"));
  EXPECT_FALSE(engine::origin_allowed(rules, "http://c"));
  EXPECT_EQ(engine::find_rule(rules, "http://b", "GET", {}), nullptr);
  EXPECT_EQ(engine::find_rule(rules, "http://b", "PUT", {}), &rules[1]);
}

}  // namespace
}  // namespace blobstore
