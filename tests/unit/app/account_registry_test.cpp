// accounts.json: what is known of accounts besides their keys.
#include "emulator/account_registry.h"
#include "base/durable_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <fstream>

namespace emulator {
namespace {

class AccountRegistryTest : public testing::Test {
 protected:
  AccountRegistryTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "registry-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~AccountRegistryTest() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(AccountRegistryTest, WithoutAFileNothingIsKnown) {
  const auto registry = AccountRegistry::open(directory_).value();
  EXPECT_TRUE(registry.batch.empty());
  EXPECT_TRUE(registry.storage.empty());
}

TEST_F(AccountRegistryTest, WhatWasSavedIsReadBack) {
  auto registry = AccountRegistry::open(directory_).value();
  KnownBatchAccount batch{.keys_on_trust = true, .made_here = true};
  batch.info = {.name = "acct",
                .place = {.subscription = "s", .resource_group = "g", .location = "westeurope"},
                .auto_storage = "stor",
                .settings = {{"tags", {{"a", "b"}}}},
                .created = base::Timestamp{base::Ticks{17'000'000'000'000'000}}};
  registry.batch.emplace("acct", batch);
  KnownStorageAccount storage;
  storage.info = {.name = "stor", .place = batch.info.place, .created = batch.info.created};
  registry.storage.emplace("stor", storage);
  ASSERT_TRUE(registry.save());

  const auto again = AccountRegistry::open(directory_).value();
  ASSERT_TRUE(again.batch.contains("acct"));
  const auto& read = again.batch.at("acct");
  EXPECT_TRUE(read.keys_on_trust);
  EXPECT_TRUE(read.made_here);
  EXPECT_EQ(read.info.place.location, "westeurope");
  EXPECT_EQ(read.info.auto_storage, "stor");
  EXPECT_EQ(read.info.settings, batch.info.settings);
  EXPECT_EQ(read.info.created, batch.info.created);
  ASSERT_TRUE(again.storage.contains("stor"));
  EXPECT_FALSE(again.storage.at("stor").made_here);
}

TEST_F(AccountRegistryTest, TheFileIsReadableByItsOwnerOnly) {
  ASSERT_TRUE(AccountRegistry::open(directory_).value().save());
  struct stat status {};
  ASSERT_EQ(::stat((directory_ / "accounts.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(AccountRegistryTest, ADamagedFileIsReportedAndLeftAlone) {
  constexpr const char* kWithoutPlace =
      R"({"format":1,"batch":[{"name":"acct","settings":{},"created":"2026-01-01T00:00:00Z"}],"storage":[]})";
  for (const auto* text : {"", "[]", R"({"format":2,"batch":[],"storage":[]})", kWithoutPlace}) {
    std::ofstream{directory_ / "accounts.json", std::ios::trunc} << text;
    const auto registry = AccountRegistry::open(directory_);
    ASSERT_FALSE(registry) << text;
    EXPECT_EQ(registry.error().code, base::Errc::corrupt) << text;
    EXPECT_EQ(base::read_file(directory_ / "accounts.json", 1000).value(), text);
  }
}

}  // namespace
}  // namespace emulator
