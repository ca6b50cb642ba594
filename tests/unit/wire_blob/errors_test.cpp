#include "wire/blob/errors.h"

#include "wire/blob/xml.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>

namespace wire::blob {
namespace {

const base::Timestamp kNow = *parse_timestamp("2022-09-06T23:47:58.0367942Z");

TEST(ErrorTest, DocumentIsTheOneSeenOnTheLiveService) {
  const auto answer = answer_for(error(ErrorCode::ContainerNotFound), "a76bc347-301e-0001-074b-c2ff4b000000", kNow);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.reason, "The specified container does not exist.");
  EXPECT_EQ(answer.body,
            "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>ContainerNotFound</Code><Message>The "
            "specified container does not exist.\nRequestId:a76bc347-301e-0001-074b-c2ff4b000000\nTime:2022-09-06T23:"
            "47:58.0367942Z</Message></Error>");
  EXPECT_EQ(answer.body.size(), 225u);  // the recorded Content-Length
}

TEST(ErrorTest, DetailsBecomeElements) {
  const auto answer = answer_for(authentication_failed("a < b"), "id", kNow);
  EXPECT_NE(answer.body.find("<AuthenticationErrorDetail>a &lt; b</AuthenticationErrorDetail>"), std::string::npos);
}

TEST(ErrorTest, ErrorsOfTheMachineShowNoFileNames) {
  const auto answer = answer_for(base::Error(base::Errc::io, "writing /home/me/x: no"), "id", kNow);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.code, ErrorCode::InternalError);
  EXPECT_EQ(answer.body.find("/home"), std::string::npos);
}

TEST(ErrorTest, FullDiskIsSaid) {
  const auto answer = answer_for(base::Error(base::Errc::no_space, "writing /x: no space"), "id", kNow);
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.body.find("no space is left on the disk"), std::string::npos);
}

TEST(ErrorTest, StoreThatStoppedIsBusy) {
  EXPECT_EQ(answer_for(base::Error(base::Errc::unavailable, "stopped"), "id", kNow).status, 503);
}

TEST(ErrorTest, ReasonPhraseHoldsNoLineBreak) {
  const auto answer = answer_for(error(ErrorCode::InvalidInput, "a\r\nSet-Cookie: b"), "id", kNow);
  EXPECT_EQ(answer.reason.find_first_of("\r\n"), std::string::npos);
}

TEST(ErrorTest, ClientReadsCodeAndMessage) {
  const auto answer = answer_for(error(ErrorCode::BlobNotFound), "id", kNow);
  const auto document = parse_error(answer.body);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->code, "BlobNotFound");
}

}  // namespace
}  // namespace wire::blob
