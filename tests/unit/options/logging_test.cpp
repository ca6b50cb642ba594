// What a log line may show of a request.
#include "emulator/logging.h"

#include <gtest/gtest.h>

namespace emulator {
namespace {

TEST(LoggingTest, QueryValuesAreShownByAllowListOnly) {
  EXPECT_EQ(loggable_query("api-version=2022-10-01.16.0&sig=secret&se=2030&comp=list"),
            "api-version=2022-10-01.16.0&sig=REDACTED&se=REDACTED&comp=list");
}

TEST(LoggingTest, NamesAreComparedDecodedAndWithoutCase) {
  EXPECT_EQ(loggable_query("API-Version=1&%24filter=x&s%69g=secret"), "API-Version=1&%24filter=x&s%69g=REDACTED");
}

TEST(LoggingTest, HeadersAreShownByAllowListOnly) {
  const http::Headers headers{{"Host", "localhost"}, {"Authorization", "SharedKey a:secret"}, {"X-Token", "secret"}};
  EXPECT_EQ(loggable_headers(headers), "Host: localhost, Authorization: REDACTED, X-Token: REDACTED");
}

TEST(LoggingTest, ControlCharactersDoNotBreakALine) {
  const http::Headers headers{{"Host", "a\x1b[31m\tb"}};
  EXPECT_EQ(loggable_headers(headers), "Host: a?[31m?b");
}

}  // namespace
}  // namespace emulator
