// Keys: made once, kept, never weak, never readable by others.
#include "emulator/accounts.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <fstream>

namespace emulator {
namespace {

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "accounts-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~AccountsTest() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(AccountsTest, KeysAreRandomAnd512BitsLong) {
  Options options;
  options.batch_accounts = {"one", "two"};
  const auto accounts = open_accounts(directory_, options).value();
  ASSERT_EQ(accounts.batch.size(), 2U);
  EXPECT_EQ(accounts.batch[0].raw_key().size(), 64U);
  EXPECT_NE(accounts.batch[0].key, accounts.batch[1].key);
  EXPECT_NE(accounts.batch[0].key, accounts.storage[0].key);
}

TEST_F(AccountsTest, KeysAreTheSameNextTime) {
  const Options options;
  const auto first = open_accounts(directory_, options).value();
  const auto second = open_accounts(directory_, options).value();
  EXPECT_EQ(first.batch[0].key, second.batch[0].key);
  EXPECT_EQ(first.storage[0].key, second.storage[0].key);
}

TEST_F(AccountsTest, AddingAnAccountKeepsTheOthersKeys) {
  Options options;
  const auto first = open_accounts(directory_, options).value();
  options.batch_accounts = {"another"};
  ASSERT_TRUE(open_accounts(directory_, options));
  options.batch_accounts = {"devbatch"};
  EXPECT_EQ(open_accounts(directory_, options).value().batch[0].key, first.batch[0].key);
}

TEST_F(AccountsTest, KeyFileIsReadableByItsOwnerOnly) {
  ASSERT_TRUE(open_accounts(directory_, Options{}));
  struct stat status {};
  ASSERT_EQ(::stat((directory_ / "keys.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(AccountsTest, WellKnownKeyIsUsedOnlyWhenAskedForAndNeverStored) {
  Options options;
  options.well_known_storage_key = true;
  EXPECT_EQ(open_accounts(directory_, options).value().storage[0].key, kWellKnownStorageKey);
  options.well_known_storage_key = false;
  EXPECT_NE(open_accounts(directory_, options).value().storage[0].key, kWellKnownStorageKey);
}

TEST_F(AccountsTest, DamagedKeyFileIsReportedAndLeftAlone) {
  std::ofstream{directory_ / "keys.json"} << "{\"batch\":";
  const auto accounts = open_accounts(directory_, Options{});
  ASSERT_FALSE(accounts);
  EXPECT_EQ(accounts.error().code, base::Errc::corrupt);
  EXPECT_EQ(base::read_file(directory_ / "keys.json", 100).value(), "{\"batch\":");
}

}  // namespace
}  // namespace emulator
