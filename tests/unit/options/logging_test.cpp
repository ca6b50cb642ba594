// What a log line may show of a request.
#include "emulator/logging.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

TEST(LoggingTest, AFileGetsEverythingAndStandardErrorOnlyWarnings) {
  auto pattern = (std::filesystem::temp_directory_path() / "logging-test-XXXXXX").string();
  const std::filesystem::path directory = ::mkdtemp(pattern.data());
  const auto file = directory / "log";
  testing::internal::CaptureStderr();
  const auto before = spdlog::default_logger();
  ASSERT_TRUE(set_up_logging("human", "info", file.string()));
  spdlog::info("all is well");
  spdlog::warn("something is not");
  spdlog::default_logger()->flush();
  spdlog::set_default_logger(before);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "batch-emulator: something is not\n");
  std::ifstream lines{file};
  const std::string text{std::istreambuf_iterator<char>{lines}, {}};
  EXPECT_NE(text.find("all is well"), std::string::npos);
  EXPECT_NE(text.find("something is not"), std::string::npos);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_TRUE(set_up_logging("human", "info", (directory / "none" / "log").string()).has_error());
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace emulator
