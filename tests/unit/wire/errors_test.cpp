// Codes, statuses and the error document.
#include "wire/batch/errors.h"

#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

const ErrorContext kContext{"https://acct.region.batch.azure.com", "1f2e3d4c-5b6a-4789-9abc-def012345678",
                            parse_timestamp("2022-09-06T23:47:58.4177348Z").value()};

TEST(BatchErrorsTest, StatusesAreTheContracts) {
  EXPECT_EQ(http_status(ErrorCode::PoolExists), 409);
  EXPECT_EQ(http_status(ErrorCode::JobNotFound), 404);
  EXPECT_EQ(http_status(ErrorCode::AuthenticationFailed), 403);
  EXPECT_EQ(http_status(ErrorCode::RequestBodyTooLarge), 413);
  EXPECT_EQ(http_status(ErrorCode::NotImplemented), 501);
  EXPECT_EQ(http_status(ErrorCode::InvalidRange), 416);
}

TEST(BatchErrorsTest, ConditionNotMetIs304ForReadsAnd412ForWrites) {
  EXPECT_EQ(http_status(ErrorCode::ConditionNotMet, true), 304);
  EXPECT_EQ(http_status(ErrorCode::ConditionNotMet, false), 412);
}

TEST(BatchErrorsTest, DocumentIsTheContracts) {
  auto error = make_error(ErrorCode::PoolExists, {{"Reason", "why"}});
  EXPECT_EQ(
      error_document(error, kContext),
      R"({"odata.metadata":"https://acct.region.batch.azure.com/$metadata#Microsoft.Azure.Batch.Protocol.Entities.)"
      R"(Container.errors/@Element","code":"PoolExists","message":{"lang":"en-US","value":"The specified pool )"
      R"(already exists.\nRequestId:1f2e3d4c-5b6a-4789-9abc-def012345678\nTime:2022-09-06T23:47:58.4177348Z"},)"
      R"("values":[{"key":"Reason","value":"why"}]})");
}

TEST(BatchErrorsTest, ValuesAreLeftOutWhenEmpty) {
  EXPECT_FALSE(error_object(make_error(ErrorCode::JobNotFound), kContext).contains("values"));
}

TEST(BatchErrorsTest, AForeignErrorShowsNothingOfItself) {
  base::Error error(base::Errc::io, "open /secret/path", {{"Path", "/secret/path"}});
  auto document = error_document(error, kContext);
  EXPECT_EQ(json::parse(document)["code"], "InternalError");
  EXPECT_EQ(document.find("secret"), std::string::npos);
}

TEST(BatchErrorsTest, AuthenticationErrorsKeepTheirDetail) {
  auto object = error_object(shared_key::refused("too old"), kContext);
  EXPECT_EQ(object["code"], "AuthenticationFailed");
  EXPECT_EQ(object["values"][0]["key"], "AuthenticationErrorDetail");
  EXPECT_EQ(error_object(shared_key::malformed("x"), kContext)["code"], "InvalidAuthenticationInfo");
}

TEST(BatchErrorsTest, TextThatIsNotUtf8IsReplaced) {
  auto document = error_document(invalid_property("id", "a\xFF", "bad"), kContext);
  EXPECT_EQ(json::parse(document)["values"][1]["value"], "a\xEF\xBF\xBD");
}

TEST(BatchErrorsTest, NotImplementedNamesTheOperation) {
  auto object = error_object(not_implemented("Certificate_Add"), kContext);
  EXPECT_NE(object["message"]["value"].get<std::string>().find("Certificate_Add"), std::string::npos);
}

TEST(BatchErrorsTest, ReasonPhraseIsOneLineOfAscii) {
  EXPECT_EQ(reason_phrase(make_error(ErrorCode::PoolExists)), "The specified pool already exists.");
  EXPECT_EQ(reason_phrase(base::Error(ErrorCode::InvalidInput, "one\r\ntwo")), "one");
}

}  // namespace
}  // namespace wire::batch
