// JSON from strangers.
#include "wire/batch/json_reader.h"

#include "wire/batch/errors.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

ErrorCode code(std::string_view text, JsonLimits limits = {}) {
  return code_of(parse_request_json(text, limits).error());
}

TEST(JsonReaderTest, ReadsAnObject) {
  EXPECT_EQ(parse_request_json(R"({"a":[1,2.5,"x",null,true]})").value()["a"].size(), 5U);
}

TEST(JsonReaderTest, ByteOrderMarkIsSkipped) {
  EXPECT_TRUE(parse_request_json("\xEF\xBB\xBF{}"));
}

TEST(JsonReaderTest, WhatIsNotAnObjectIsRefused) {
  for (auto text : {"", " ", "[]", "1", "\"x\"", "null", "{", "{\"a\":}", "{} {}", "{'a':1}", "{\"a\":01}",
                    "{\"a\":NaN}", "{\"a\":1,}", "{\"a\":\"\x01\"}"}) {
    EXPECT_EQ(code(text), ErrorCode::InvalidRequestBody) << text;
  }
}

TEST(JsonReaderTest, TextThatIsNotUtf8IsRefused) {
  EXPECT_EQ(code("{\"a\":\"\xFF\"}"), ErrorCode::InvalidRequestBody);
  EXPECT_EQ(code("{\"a\":\"\xC0\xAF\"}"), ErrorCode::InvalidRequestBody);
  EXPECT_EQ(code("{\"a\":\"\\ud800\"}"), ErrorCode::InvalidRequestBody);
}

TEST(JsonReaderTest, AMemberGivenTwiceIsRefused) {
  EXPECT_EQ(code(R"({"a":1,"a":2})"), ErrorCode::InvalidRequestBody);
  EXPECT_TRUE(parse_request_json(R"({"a":{"b":1},"c":{"b":2}})"));
}

TEST(JsonReaderTest, DepthIsLimited) {
  auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(parse_request_json(nested(kMaxJsonDepth)));
  EXPECT_EQ(code(nested(kMaxJsonDepth + 1)), ErrorCode::InvalidRequestBody);
  EXPECT_EQ(code("{\"a\":" + std::string(1'000'000, '[')), ErrorCode::InvalidRequestBody);
}

TEST(JsonReaderTest, ValuesAndBytesAreLimited) {
  EXPECT_TRUE(parse_request_json(R"({"a":[1,2]})", {.values = 5}));
  EXPECT_EQ(code(R"({"a":[1,2,3]})", {.values = 5}), ErrorCode::InvalidRequestBody);
  EXPECT_EQ(code(R"({"a":1})", {.bytes = 3}), ErrorCode::RequestBodyTooLarge);
}

}  // namespace
}  // namespace wire::batch
