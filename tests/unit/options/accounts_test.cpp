// Keys: made once, kept, never weak, never readable by others.
#include "emulator/accounts.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <fstream>

namespace emulator {
namespace {

using management::AccountKind;

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "accounts-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~AccountsTest() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

KeyFile opened_with(const std::filesystem::path& directory, std::initializer_list<const char*> names) {
  auto keys = KeyFile::open(directory).value();
  for (const auto* name : names) keys.ensure(AccountKind::batch, name);
  EXPECT_TRUE(keys.save());
  return keys;
}

TEST_F(AccountsTest, KeysAreRandomAnd512BitsLong) {
  auto keys = opened_with(directory_, {"one", "two"});
  keys.ensure(AccountKind::storage, "one");
  EXPECT_EQ(raw_keys(keys.get(AccountKind::batch, "one")).at(0).size(), 64U);
  EXPECT_NE(keys.get(AccountKind::batch, "one")[0], keys.get(AccountKind::batch, "one")[1]);
  EXPECT_NE(keys.get(AccountKind::batch, "one")[0], keys.get(AccountKind::batch, "two")[0]);
  EXPECT_NE(keys.get(AccountKind::batch, "one")[0], keys.get(AccountKind::storage, "one")[0]);
}

TEST_F(AccountsTest, KeysAreTheSameNextTime) {
  const auto first = opened_with(directory_, {"one"});
  EXPECT_EQ(opened_with(directory_, {"one"}).get(AccountKind::batch, "one"), first.get(AccountKind::batch, "one"));
}

TEST_F(AccountsTest, AddingAnAccountKeepsTheOthersKeys) {
  const auto first = opened_with(directory_, {"one"});
  opened_with(directory_, {"another"});
  EXPECT_EQ(opened_with(directory_, {"one"}).get(AccountKind::batch, "one"), first.get(AccountKind::batch, "one"));
}

TEST_F(AccountsTest, KeyFileIsReadableByItsOwnerOnly) {
  opened_with(directory_, {"one"});
  struct stat status {};
  ASSERT_EQ(::stat((directory_ / "keys.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(AccountsTest, AFileWithOneKeyForAnAccountIsReadAndGetsASecond) {
  std::ofstream{directory_ / "keys.json"} << R"({"batch":{"one":"a2V5"},"storage":{}})";
  const auto keys = opened_with(directory_, {"one"});
  EXPECT_EQ(keys.get(AccountKind::batch, "one")[0], "a2V5");
  EXPECT_EQ(raw_keys(keys.get(AccountKind::batch, "one")).at(1).size(), 64U);
}

TEST_F(AccountsTest, AKeyThatIsReplacedStaysReplaced) {
  auto keys = opened_with(directory_, {"one"});
  const auto first = keys.get(AccountKind::batch, "one")[0];
  keys.set(AccountKind::batch, "one", 1, "bmV3");
  ASSERT_TRUE(keys.save());
  const management::KeyPair expected{first, "bmV3"};
  EXPECT_EQ(opened_with(directory_, {"one"}).get(AccountKind::batch, "one"), expected);
}

TEST_F(AccountsTest, DamagedKeyFileIsReportedAndLeftAlone) {
  for (const auto* text :
       {"{\"batch\":", R"({"batch":{"one":["a2V5"]},"storage":{}})", R"({"batch":{"one":"%"},"storage":{}})"}) {
    std::ofstream{directory_ / "keys.json", std::ios::trunc} << text;
    const auto keys = KeyFile::open(directory_);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, base::Errc::corrupt);
    EXPECT_EQ(base::read_file(directory_ / "keys.json", 100).value(), text);
  }
}

}  // namespace
}  // namespace emulator
