// Which of the agent's log files touch a stretch of time, and how many are kept.
#include "nodeagent/log_files.h"

#include "base/random.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>
#include <fstream>

namespace nodeagent {
namespace {

namespace fs = std::filesystem;

class LogFilesTest : public testing::Test {
 protected:
  ~LogFilesTest() override { fs::remove_all(directory_); }
  static base::Timestamp at(const std::string& text) { return wire::parse_timestamp(text).value(); }
  /// A file of an agent that began then and wrote its last line just now.
  fs::path log(const std::string& begin) {
    const auto file = new_log_file(directory_, at(begin)).value();
    std::ofstream(file) << begin << " info it begins\n";
    return file;
  }

  fs::path directory_ = fs::temp_directory_path() / ("log-files-" + base::random_guid());
  base::SystemClock clock_;
};

TEST_F(LogFilesTest, AFileTouchesTheTimeFromItsFirstLineToItsLastWrite) {
  fs::create_directories(directory_);
  const auto file = log("2026-01-02T10:00:00Z");
  const auto now = clock_.now() + std::chrono::hours{1};
  EXPECT_EQ(log_files_of(directory_, at("2026-01-01T00:00:00Z"), now).size(), 1U);
  EXPECT_EQ(log_files_of(directory_, at("2026-01-03T00:00:00Z"), at("2026-01-04T00:00:00Z")).at(0), file);
  EXPECT_TRUE(log_files_of(directory_, at("2026-01-01T00:00:00Z"), at("2026-01-02T09:59:59Z")).empty());
  EXPECT_TRUE(log_files_of(directory_, now, now + std::chrono::hours{1}).empty());
}

TEST_F(LogFilesTest, OnlyTheNewestFilesAreKept) {
  fs::create_directories(directory_);
  for (int day = 1; day <= 28; ++day) {
    for (const auto* hour : {"01", "02"}) {
      log("2026-02-" + std::string(day < 10 ? "0" : "") + std::to_string(day) + "T" + hour + ":00:00Z");
    }
  }
  const auto kept = log_files_of(directory_, at("2026-01-01T00:00:00Z"), clock_.now() + std::chrono::hours{1});
  ASSERT_EQ(kept.size(), kMostLogFiles);
  EXPECT_NE(kept.back().filename().string().find("20260228T020000Z"), std::string::npos);
}

TEST_F(LogFilesTest, WithoutADirectoryThereAreNone) {
  EXPECT_TRUE(log_files_of(directory_, base::Timestamp{}, clock_.now()).empty());
}

}  // namespace
}  // namespace nodeagent
