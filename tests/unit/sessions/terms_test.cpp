// The body of POST /.emulator/sessions.
#include "emulator/sessions_api.h"

#include <gtest/gtest.h>

namespace emulator {
namespace {

TEST(SessionTermsTest, AreReadFromJson) {
  const auto request =
      session_request_from_json(R"({"allow":["Example.org","*.example.net:443"],"batchKeys":{"mybatch":"a2V5"},)"
                                R"("storageKeys":{"mystore":"a2V6"},"makesAccounts":true,"pid":42})");
  ASSERT_TRUE(request) << request.error().message;
  const auto& terms = request->terms;
  EXPECT_EQ(terms.allowed_hosts, (std::vector<std::string>{"example.org", "*.example.net:443"}));
  EXPECT_EQ(terms.batch_keys.at("mybatch"), "a2V5");
  EXPECT_EQ(terms.storage_keys.at("mystore"), "a2V6");
  EXPECT_TRUE(terms.makes_accounts);
  EXPECT_EQ(request->owner, 42);
}

TEST(SessionTermsTest, AllowNothingWhenNothingIsSaid) {
  const auto terms = session_request_from_json("{}");
  ASSERT_TRUE(terms);
  EXPECT_TRUE(terms->terms.allowed_hosts.empty());
  EXPECT_FALSE(terms->terms.makes_accounts);
  EXPECT_EQ(terms->owner, 0);
}

TEST(SessionTermsTest, AreRefusedWhenTheyAreNotUnderstood) {
  for (const auto* text :
       {"[]", "{", R"({"allow":"example.org"})", R"({"allow":["https://example.org/"]})",
        R"({"batchKeys":{"my-batch":"a2V5"}})", R"({"batchKeys":{"mybatch":"not base64!"}})",
        R"({"storageKeys":{"mystore":""}})", R"({"storageKeys":["a2V5"]})", R"({"makesAccounts":"yes"})",
        R"({"entra":true})", R"({"pid":-1})", R"({"pid":99999999999})"}) {
    EXPECT_TRUE(session_request_from_json(text).has_error()) << text;
  }
}

TEST(SessionTermsTest, AKeyIsNotRepeatedInTheRefusal) {
  const auto terms = session_request_from_json(R"({"batchKeys":{"mybatch":"sEcReT!"}})");
  ASSERT_TRUE(terms.has_error());
  EXPECT_EQ(terms.error().message.find("sEcReT"), std::string::npos);
  for (const auto& detail : terms.error().details) EXPECT_EQ(detail.value.find("sEcReT"), std::string::npos);
}

}  // namespace
}  // namespace emulator
