// Accounts that come and go while the process runs.
#include "emulator/account_directory.h"
#include "base/text.h"
#include "tests/fakes/fake_clock.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

namespace emulator {
namespace {

using management::AccountKind;

constexpr const char* kGivenKey = "Z2l2ZW4ga2V5";

class AccountDirectoryTest : public testing::Test {
 protected:
  AccountDirectoryTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "directory-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    open();
  }
  ~AccountDirectoryTest() override { std::filesystem::remove_all(directory_); }

  /// As at the start of an emulator on the same data directory.
  void open() {
    DirectorySurroundings surroundings{.options = options_,
                                       .clock = clock_,
                                       .data_dir = directory_,
                                       .open_batch = {},
                                       .close_batch = {},
                                       .empty_storage = {},
                                       .sessions = sessions_};
    surroundings.open_batch = [this](const std::string& name,
                                     bool is_first) -> base::Result<std::unique_ptr<BatchAccount>> {
      if (name == fails_to_open_) return base::Error{base::Errc::io, "no disk"};
      auto account = std::make_unique<BatchAccount>();
      account->name = name;
      account->directory = is_first ? directory_ : directory_ / "accounts" / name;
      std::filesystem::create_directories(account->directory);
      return account;
    };
    surroundings.close_batch = [this](BatchAccount& account) { return close(account.name); };
    surroundings.empty_storage = [this](std::string name) { return empty(std::move(name)); };
    accounts_.reset();
    accounts_ = AccountDirectory::open(std::move(surroundings)).value();
    ASSERT_TRUE(accounts_->open_batch_accounts());
  }
  base::Async<void> close(std::string name) {
    closed_.push_back(std::move(name));
    co_return;
  }
  base::Async<base::Result<void>> empty(std::string name) {
    if (cannot_empty_) co_return base::Error{base::Errc::io, "no disk"};
    emptied_.push_back(std::move(name));
    co_return base::Result<void>();
  }
  base::Result<void> run(base::Async<base::Result<void>> operation) {
    boost::asio::io_context context;
    base::Result<void> result;
    boost::asio::co_spawn(context, std::move(operation),
                          [&](const std::exception_ptr&, base::Result<void> done) { result = std::move(done); });
    context.run();
    return result;
  }
  std::string session(bool makes_accounts, std::map<std::string, std::string> keys = {}) {
    return sessions_.open({.batch_keys = keys, .storage_keys = keys, .makes_accounts = makes_accounts}).name;
  }
  base::Result<void> create(const char* name) {
    return accounts_->create_batch_account({.name = name, .place = {.location = "westus"}});
  }
  base::Result<void> create_storage(const char* name) {
    return accounts_->create_storage_account({.name = name, .place = {.location = "westus"}});
  }

  fakes::FakeClock clock_;
  Options options_;
  Sessions sessions_;
  std::filesystem::path directory_;
  std::string fails_to_open_;
  bool cannot_empty_ = false;
  std::vector<std::string> closed_;
  std::vector<std::string> emptied_;
  std::unique_ptr<AccountDirectory> accounts_;
};

TEST_F(AccountDirectoryTest, AccountsOfOptionsAreThereWithTwoKeysAndLinkedStorage) {
  const auto account = accounts_->find_batch("DevBatch", "");
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->keys.size(), 2U);
  EXPECT_FALSE(account->keys_on_trust);
  ASSERT_NE(accounts_->auto_storage("devbatch"), nullptr);
  EXPECT_EQ(accounts_->auto_storage("devbatch")->name, "devstoreaccount1");
}

TEST_F(AccountDirectoryTest, AMadeAccountIsThereAtOnceAndAfterARestart) {
  ASSERT_TRUE(create("made"));
  ASSERT_NE(accounts_->find_batch("made", ""), nullptr);
  const auto keys = accounts_->keys(AccountKind::batch, "made").value();
  open();
  ASSERT_NE(accounts_->find_batch("made", ""), nullptr);
  EXPECT_EQ(accounts_->keys(AccountKind::batch, "made").value(), keys);
  EXPECT_EQ(accounts_->find_batch_account("made")->place.location, "westus");
}

TEST_F(AccountDirectoryTest, ANameIsTakenOnce) {
  EXPECT_EQ(create("devbatch").error().code, base::Errc::already_exists);
  EXPECT_EQ(create_storage("devstoreaccount1").error().code, base::Errc::already_exists);
}

TEST_F(AccountDirectoryTest, ABatchAndAStorageAccountMayShareAName) {
  ASSERT_TRUE(create("same"));
  ASSERT_TRUE(create_storage("same"));
  EXPECT_NE(accounts_->keys(AccountKind::batch, "same").value(), accounts_->keys(AccountKind::storage, "same").value());
}

TEST_F(AccountDirectoryTest, ANameThatIsNoPathIsRefused) {
  EXPECT_EQ(create("../up").error().code, base::Errc::invalid_argument);
  EXPECT_EQ(create("Upper").error().code, base::Errc::invalid_argument);
}

TEST_F(AccountDirectoryTest, AnAccountThatCannotBeOpenedIsNotThere) {
  fails_to_open_ = "made";
  EXPECT_EQ(create("made").error().code, base::Errc::io);
  EXPECT_EQ(accounts_->find_batch_account("made"), std::nullopt);
}

TEST_F(AccountDirectoryTest, ADeletedAccountIsClosedAndItsDirectoryGoes) {
  ASSERT_TRUE(create("made"));
  ASSERT_TRUE(run(accounts_->delete_batch_account("made")));
  EXPECT_EQ(closed_, std::vector<std::string>{"made"});
  EXPECT_EQ(accounts_->find_batch("made", ""), nullptr);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "accounts" / "made"));
  open();
  EXPECT_EQ(accounts_->find_batch("made", ""), nullptr);
}

TEST_F(AccountDirectoryTest, AnAccountMadeAgainHasNewKeys) {
  ASSERT_TRUE(create("made"));
  const auto first = accounts_->keys(AccountKind::batch, "made").value();
  ASSERT_TRUE(run(accounts_->delete_batch_account("made")));
  ASSERT_TRUE(create("made"));
  EXPECT_NE(accounts_->keys(AccountKind::batch, "made").value(), first);
}

TEST_F(AccountDirectoryTest, AnAccountOfAnOptionCannotBeDeleted) {
  EXPECT_EQ(run(accounts_->delete_batch_account("devbatch")).error().code, base::Errc::invalid_argument);
  EXPECT_EQ(run(accounts_->delete_storage_account("devstoreaccount1")).error().code, base::Errc::invalid_argument);
  EXPECT_EQ(run(accounts_->delete_batch_account("unknown")).error().code, base::Errc::not_found);
}

TEST_F(AccountDirectoryTest, ADeletedStorageAccountIsEmptiedAndUnlinked) {
  ASSERT_TRUE(create_storage("made"));
  ASSERT_TRUE(create("acct"));
  auto info = *accounts_->find_batch_account("acct");
  info.auto_storage = "made";
  ASSERT_TRUE(accounts_->change_batch_account(info));
  ASSERT_NE(accounts_->auto_storage("acct"), nullptr);
  ASSERT_TRUE(run(accounts_->delete_storage_account("made")));
  EXPECT_EQ(emptied_, std::vector<std::string>{"made"});
  EXPECT_EQ(accounts_->auto_storage("acct"), nullptr);
}

TEST_F(AccountDirectoryTest, ADeletionThatFailedMayBeAskedForAgain) {
  ASSERT_TRUE(create_storage("made"));
  cannot_empty_ = true;
  EXPECT_EQ(run(accounts_->delete_storage_account("made")).error().code, base::Errc::io);
  EXPECT_EQ(accounts_->find_storage("made", ""), nullptr);
  EXPECT_EQ(create_storage("made").error().code, base::Errc::already_exists);
  cannot_empty_ = false;
  ASSERT_TRUE(run(accounts_->delete_storage_account("made")));
  EXPECT_TRUE(create_storage("made"));
}

TEST_F(AccountDirectoryTest, ARegeneratedKeyReplacesOneOfTheTwo) {
  const auto before = accounts_->keys(AccountKind::batch, "devbatch").value();
  const auto after = accounts_->regenerate_key(AccountKind::batch, "devbatch", 1).value();
  EXPECT_EQ(after[0], before[0]);
  EXPECT_NE(after[1], before[1]);
  EXPECT_EQ(accounts_->find_batch("devbatch", "")->keys, raw_keys(after));
  open();
  EXPECT_EQ(accounts_->keys(AccountKind::batch, "devbatch").value(), after);
}

TEST_F(AccountDirectoryTest, WellKnownKeyIsGivenOnlyWhenAskedForAndNeverStored) {
  options_.well_known_storage_key = true;
  open();
  EXPECT_EQ(accounts_->keys(AccountKind::storage, "devstoreaccount1").value()[0], kWellKnownStorageKey);
  options_.well_known_storage_key = false;
  open();
  EXPECT_NE(accounts_->keys(AccountKind::storage, "devstoreaccount1").value()[0], kWellKnownStorageKey);
}

TEST_F(AccountDirectoryTest, AnAccountThatTakesTokensAloneSaysSo) {
  auto info = *accounts_->find_batch_account("devbatch");
  info.settings["properties"]["allowedAuthenticationModes"] = {"AAD"};
  ASSERT_TRUE(accounts_->change_batch_account(info));
  const auto account = accounts_->find_batch("devbatch", "");
  EXPECT_FALSE(account->takes_shared_key);
  EXPECT_TRUE(account->takes_entra_tokens);
  EXPECT_FALSE(account->takes_task_tokens);
}

TEST_F(AccountDirectoryTest, AnUnknownAccountIsMadeOnTheSpotForASessionThatAskedForIt) {
  EXPECT_EQ(accounts_->find_batch("theirs", ""), nullptr);
  EXPECT_EQ(accounts_->find_batch("theirs", session(false)), nullptr);
  EXPECT_EQ(accounts_->find_batch("theirs", "no such session"), nullptr);
  const auto account = accounts_->find_batch("Theirs", session(true));
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->name, "theirs");
  EXPECT_TRUE(account->keys_on_trust);
  EXPECT_NE(accounts_->find_storage("theirs", session(true)), nullptr);
}

TEST_F(AccountDirectoryTest, WhatWasDeletedIsNotMadeOnTheSpotAgain) {
  const auto asks = session(true);
  ASSERT_NE(accounts_->find_batch("fresh", asks), nullptr);
  ASSERT_NE(accounts_->find_storage("freshstore", asks), nullptr);
  ASSERT_TRUE(run(accounts_->delete_batch_account("fresh")));
  ASSERT_TRUE(run(accounts_->delete_storage_account("freshstore")));
  EXPECT_EQ(accounts_->find_batch("fresh", asks), nullptr);
  EXPECT_EQ(accounts_->find_storage("freshstore", asks), nullptr);
  ASSERT_TRUE(create("fresh"));
  EXPECT_NE(accounts_->find_batch("fresh", asks), nullptr);
}

TEST_F(AccountDirectoryTest, AnAccountMadeWithAGivenKeyIsNotOnTrust) {
  const auto account = accounts_->find_batch("theirs", session(true, {{"theirs", kGivenKey}}));
  ASSERT_NE(account, nullptr);
  EXPECT_FALSE(account->keys_on_trust);
  EXPECT_EQ(account->keys.front(), base::base64_decode(kGivenKey).value());
}

TEST_F(AccountDirectoryTest, AGivenKeyEndsTheTrust) {
  ASSERT_TRUE(accounts_->find_storage("theirs", session(true))->keys_on_trust);
  const auto account = accounts_->find_storage("theirs", session(true, {{"theirs", kGivenKey}}));
  EXPECT_FALSE(account->keys_on_trust);
  EXPECT_EQ(account->keys.front(), base::base64_decode(kGivenKey).value());
}

TEST_F(AccountDirectoryTest, ANameThatNoAccountCanHaveIsNotMade) {
  for (const auto* name : {"ab", "has-dash", "..", "averyveryverylongnamethatistoolong"}) {
    EXPECT_EQ(accounts_->find_storage(name, session(true)), nullptr) << name;
  }
}

TEST_F(AccountDirectoryTest, AccountsMadeOnTheSpotHaveALimit) {
  const auto name = session(true);
  for (int number = 0; number < 110; ++number) accounts_->find_storage("acct" + std::to_string(number), name);
  EXPECT_LT(accounts_->storage_names().size(), 110U);
}

TEST_F(AccountDirectoryTest, TheRegionInTheNameOfAnAccountIsKept) {
  accounts_->find_batch("theirs", session(true));
  accounts_->heard_of_region("theirs", "westeurope");
  open();
  EXPECT_EQ(accounts_->find_batch_account("theirs")->place.location, "westeurope");
}

}  // namespace
}  // namespace emulator
