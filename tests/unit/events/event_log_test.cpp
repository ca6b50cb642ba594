// Lines in files: their numbers, their bound, and what a crash leaves.
#include "emulator/events/event_log.h"

#include "base/random.h"

#include <gtest/gtest.h>
#include <fstream>
#include <nlohmann/json.hpp>

namespace emulator::events {
namespace {

constexpr std::size_t kAll = 1024 * 1024;

class EventLogTest : public ::testing::Test {
 protected:
  EventLogTest() : directory_(std::filesystem::temp_directory_path() / ("event-log-" + base::random_guid())) {
    std::filesystem::create_directory(directory_);
    open();
  }
  ~EventLogTest() override {
    log_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open(std::size_t largest = kLargestFile) {
    log_.reset();
    auto opened = EventLog::open(directory_, "mine", workers_, largest);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    log_ = std::move(*opened);
  }
  void append(const std::string& pool) {
    log_->append({.time = {}, .body = core::PoolDeleteStarted{core::PoolId{pool}}});
  }
  std::vector<nlohmann::json> read(std::uint64_t since = 0, std::size_t limit = kAll) {
    std::vector<nlohmann::json> lines;
    std::istringstream text(log_->read(since, limit).value());
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  std::filesystem::path directory_;
  base::Workers workers_{1};
  std::unique_ptr<EventLog> log_;
};

TEST_F(EventLogTest, EveryEventIsALineWithNumberTimeAccountAndProperties) {
  append("p");
  const auto lines = read();
  ASSERT_EQ(lines.size(), 1U);
  const nlohmann::json expected = {{"number", 1},
                                   {"time", "1970-01-01T00:00:00Z"},
                                   {"account", "mine"},
                                   {"category", "ServiceLog"},
                                   {"operationName", "PoolDeleteStart"},
                                   {"properties", {{"id", "p"}}}};
  EXPECT_EQ(lines[0], expected);
}

TEST_F(EventLogTest, ReaderGetsOnlyWhatCameSince) {
  for (const auto* pool : {"a", "b", "c"}) append(pool);
  const auto lines = read(2);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["properties"]["id"], "c");
}

TEST_F(EventLogTest, LongAnswerEndsWithAWholeLineAndGoesOnFromThere) {
  for (const auto* pool : {"a", "b", "c"}) append(pool);
  const auto first = read(0, 1);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(read(first[0]["number"]).size(), 2U);
}

TEST_F(EventLogTest, NumbersGoOnAfterARestart) {
  append("a");
  open();
  append("b");
  const auto lines = read();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1]["number"], 2);
}

TEST_F(EventLogTest, TornLastLineIsCutOff) {
  append("a");
  log_.reset();
  std::ofstream(events_file(directory_), std::ios::app) << R"({"number":2,"time":"20)";
  open();
  append("b");
  const auto lines = read();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1]["number"], 2);
  EXPECT_EQ(lines[1]["properties"]["id"], "b");
}

TEST_F(EventLogTest, FilesStayBelowTwiceTheirSizeAndKeepTheNewest) {
  constexpr std::size_t kSmall = 1000;
  open(kSmall);
  for (int i = 0; i < 100; ++i) append(std::to_string(i));
  const auto lines = read();
  EXPECT_LT(lines.size(), 20U);
  EXPECT_GT(lines.size(), 5U);
  EXPECT_EQ(lines.back()["number"], 100);
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) bytes += entry.file_size();
  EXPECT_LE(bytes, 2 * kSmall);
  open(kSmall);
  append("x");
  EXPECT_EQ(read().back()["number"], 101);
}

TEST_F(EventLogTest, WhatWaitsForTheDiskIsThereAfterTheEnd) {
  append("a");
  open();
  EXPECT_EQ(read().size(), 1U);
}

}  // namespace
}  // namespace emulator::events
