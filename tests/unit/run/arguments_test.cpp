// Where the options of `run` end and the command begins.
#include "emulator/run/arguments.h"

#include "emulator/version.h"

#include <gtest/gtest.h>

namespace emulator::run {
namespace {

using Words = std::vector<std::string>;

const Words kHome{"HOME=/home/someone"};

Arguments parsed(const Words& words, const Words& environment = kHome) {
  auto result = parse_arguments(words, environment);
  const auto* exit = std::get_if<EarlyExit>(&result);
  if (exit != nullptr) ADD_FAILURE() << exit->text;
  return exit == nullptr ? std::get<Arguments>(result) : Arguments{};
}

int refused(const Words& words) {
  const auto result = parse_arguments(words, kHome);
  const auto* exit = std::get_if<EarlyExit>(&result);
  return exit == nullptr ? -1 : exit->code;
}

TEST(RunArgumentsTest, TheCommandIsTheFirstArgumentThatIsNoOption) {
  EXPECT_EQ(parsed({"run", "python3", "a.py", "--keep"}).command, (Words{"python3", "a.py", "--keep"}));
  EXPECT_EQ(parsed({"run", "--keep", "python3"}).command, Words{"python3"});
  EXPECT_EQ(parsed({"run", "--data-dir", "/d", "python3"}).command, Words{"python3"});
  EXPECT_EQ(parsed({"run", "--data-dir=/d", "python3"}).command, Words{"python3"});
  EXPECT_EQ(parsed({"run", "--in-memory", "python3"}).command, Words{"python3"});
  EXPECT_EQ(parsed({"run", "-", "x"}).command, (Words{"-", "x"}));
}

TEST(RunArgumentsTest, TwoDashesEndTheOptionsAndBelongToNobody) {
  EXPECT_EQ(parsed({"run", "--", "python3", "--", "x"}).command, (Words{"python3", "--", "x"}));
  EXPECT_EQ(parsed({"run", "--keep", "--", "--odd"}).command, Words{"--odd"});
}

TEST(RunArgumentsTest, IsRunLooksAtTheFirstWordThatIsNoOption) {
  EXPECT_TRUE(is_run(Words{"run", "start"}));
  EXPECT_TRUE(is_run(Words{"--data-dir", "run", "run", "x"}));
  EXPECT_FALSE(is_run(Words{"start", "run"}));
  EXPECT_FALSE(is_run(Words{"--data-dir", "run"}));
  EXPECT_FALSE(is_run(Words{"--", "run"}));
  EXPECT_FALSE(is_run(Words{}));
}

TEST(RunArgumentsTest, OwnOptionsAreRead) {
  const auto arguments =
      parsed({"run", "--allow", "Example.org", "--allow=*.x.org", "--account", "a=b=c", "--account=d=/e", "x"});
  EXPECT_EQ(arguments.allowed_hosts, (Words{"example.org", "*.x.org"}));
  ASSERT_EQ(arguments.account_files.size(), 2U);
  EXPECT_EQ(arguments.account_files[0].name, "a");
  EXPECT_EQ(arguments.account_files[0].file, "b=c");
  EXPECT_FALSE(arguments.keep);
  EXPECT_TRUE(parsed({"run", "--attach", "x"}).attach);
  EXPECT_TRUE(parsed({"--keep", "run", "x"}).keep);
}

TEST(RunArgumentsTest, ItsEmulatorHasFreePortsNamesAndTokens) {
  const auto options = parsed({"run", "x"}).options;
  EXPECT_EQ(options.batch_port, 0);
  EXPECT_EQ(options.blob_port, 0);
  EXPECT_TRUE(options.names);
  EXPECT_TRUE(options.entra);
  EXPECT_EQ(parsed({"run", "--batch-port", "10100", "x"}).options.batch_port, 10100);
}

TEST(RunArgumentsTest, OptionsOfTheEmulatorArePassedOn) {
  const auto arguments = parsed({"run", "--quota-pools", "3", "--data-dir=/d", "x"});
  EXPECT_EQ(arguments.options.quota_pools, 3);
  EXPECT_TRUE(arguments.data_dir_given);
  EXPECT_FALSE(parsed({"run", "x"}).data_dir_given);
  EXPECT_TRUE(parsed({"run", "x"}, {"HOME=/h", "BATCH_EMULATOR_DATA_DIR=/e"}).data_dir_given);
}

TEST(RunArgumentsTest, AFreshDirectoryHasAStorageAccountThatNoToolTakesForAnotherEmulator) {
  EXPECT_EQ(parsed({"run", "x"}).options.storage_accounts, Words{"devstorage"});
  EXPECT_EQ(parsed({"run", "--data-dir", "/d", "x"}).options.storage_accounts, Options{}.storage_accounts);
  EXPECT_EQ(parsed({"run", "--storage-account", "devstoreaccount1", "x"}).options.storage_accounts,
            Words{"devstoreaccount1"});
  EXPECT_EQ(parsed({"run", "x"}, {"HOME=/h", "BATCH_EMULATOR_STORAGE_ACCOUNT=one"}).options.storage_accounts,
            Words{"one"});
}

TEST(RunArgumentsTest, MistakesAreRefused) {
  for (const auto& words : std::vector<Words>{{"run"},
                                              {"run", "--"},
                                              {"run", "--keep"},
                                              {"run", "--allow"},
                                              {"run", "--allow", "https://x/", "y"},
                                              {"run", "--account", "=x", "y"},
                                              {"run", "--account", "x=", "y"},
                                              {"run", "--keep=yes", "x"},
                                              {"run", "--odd", "x"},
                                              {"run", "--quota-pools", "many", "x"},
                                              {"run", "--names=false", "x"},
                                              {"run", "--attach", "--keep", "x"},
                                              {"run", "--attach", "--batch-port=1", "x"}}) {
    EXPECT_EQ(refused(words), kUsageExitCode) << words.back();
  }
}

TEST(RunArgumentsTest, HelpIsNoMistake) {
  EXPECT_EQ(refused({"run", "--help"}), 0);
  EXPECT_EQ(refused({"run", "-h", "x"}), 0);
}

}  // namespace
}  // namespace emulator::run
