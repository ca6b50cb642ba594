// What a running emulator tells, and what is read of it.
#include "emulator/running_file.h"

#include "base/durable_file.h"
#include "emulator/status.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <fstream>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

class RunningFileTest : public testing::Test {
 protected:
  RunningFileTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "running-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~RunningFileTest() override { std::filesystem::remove_all(directory_); }

  const RunningEmulator running_{
      .pid = 42,
      .batch = {.url = "http://127.0.0.1:10100", .account = "devbatch", .key = "a2V5"},
      .blob = {.url = "http://127.0.0.1:10000/devstoreaccount1", .account = "devstoreaccount1", .key = "a2V6"}};
  std::filesystem::path directory_;
};

TEST_F(RunningFileTest, NamesAreThereWhenTheyAreAnswered) {
  const auto file = directory_ / "ready";
  ASSERT_TRUE(write_running_file(file, running_));
  EXPECT_FALSE(read_running_file(file)->names);
  auto with_names = running_;
  with_names.names = NamesSettings{.proxy_port = 4711,
                                   .entra = true,
                                   .ca_certificate = "/d/ca/ca.pem",
                                   .ca_bundle = "/d/ca/bundle.pem",
                                   .ca_java_store = "/d/ca/ca.p12"};
  ASSERT_TRUE(write_running_file(file, with_names));
  const auto names = read_running_file(file)->names;
  ASSERT_TRUE(names);
  EXPECT_EQ(names->proxy_port, 4711);
  EXPECT_TRUE(names->entra);
  EXPECT_EQ(names->ca_bundle, "/d/ca/bundle.pem");
}

TEST_F(RunningFileTest, WhatIsWrittenIsReadAndNobodyElsesToRead) {
  const auto file = directory_ / "ready";
  ASSERT_TRUE(write_running_file(file, running_));
  const auto read = read_running_file(file).value();
  EXPECT_EQ(read.pid, 42);
  EXPECT_EQ(read.batch.url, running_.batch.url);
  EXPECT_EQ(read.blob.key, running_.blob.key);
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(RunningFileTest, DamagedFileIsCorrupt) {
  for (const auto* text : {"", "{", "[]", "{\"pid\": 1}", "{\"pid\": \"x\", \"batch\": {}, \"blob\": {}}"}) {
    std::ofstream{directory_ / "ready"} << text;
    const auto read = read_running_file(directory_ / "ready");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, base::Errc::corrupt) << text;
  }
}

TEST_F(RunningFileTest, FileOfAnEmulatorThatDiedMeansNothing) {
  ASSERT_TRUE(write_running_file(running_file(directory_), running_));
  EXPECT_EQ(find_running_emulator(directory_).error().code, base::Errc::unavailable);
  const auto lock = base::DirectoryLock::acquire(directory_);
  ASSERT_TRUE(lock);
  EXPECT_TRUE(find_running_emulator(directory_));
}

TEST_F(RunningFileTest, EnvironmentLinesAreForAShell) {
  EXPECT_EQ(environment_lines(running_),
            "export AZURE_BATCH_ACCOUNT='devbatch'\n"
            "export AZURE_BATCH_ACCESS_KEY='a2V5'\n"
            "export AZURE_BATCH_ENDPOINT='http://127.0.0.1:10100'\n"
            "export AZURE_STORAGE_CONNECTION_STRING='DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
            "AccountKey=a2V6;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;'\n");
}

TEST_F(RunningFileTest, StatusNamesEveryFigureOfEveryAccount) {
  const auto status = nlohmann::json::parse(R"({"pid": 7, "version": "1", "requests": {"batch": 3},
      "accounts": {"devbatch": {"pools": 1, "jobs": 2, "nodes": {"idle": 5}, "tasks": {"active": 4}, "commands": 9,
      "commits": 8, "largestBatch": 6, "waiting": 0, "agents": {"alive": 5}}}})");
  EXPECT_EQ(status_lines(status),
            "pid 7, version 1\naccount devbatch: 1 pools, 2 jobs\n  nodes: idle 5\n  tasks: active 4\n"
            "  commands 9, commits 8, largest batch 6, waiting 0\n  agents: alive 5\nrequests: batch 3\n");
}

}  // namespace
}  // namespace emulator
