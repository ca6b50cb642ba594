// The options table and its three sources.
#include "emulator/options.h"

#include "emulator/version.h"

#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <set>

namespace emulator {
namespace {

using Variables = std::vector<std::string>;

const Variables kHome{"HOME=/home/someone"};

CommandLine parsed(std::vector<std::string> arguments, const Variables& environment = kHome) {
  auto result = parse_command_line(std::move(arguments), environment);
  const auto* exit = std::get_if<EarlyExit>(&result);
  if (exit != nullptr) ADD_FAILURE() << exit->text;
  return exit == nullptr ? std::get<CommandLine>(result) : CommandLine{};
}

EarlyExit refused(std::vector<std::string> arguments, const Variables& environment = kHome) {
  auto result = parse_command_line(std::move(arguments), environment);
  const auto* exit = std::get_if<EarlyExit>(&result);
  if (exit == nullptr) ADD_FAILURE() << "the arguments were accepted";
  return exit == nullptr ? EarlyExit{} : *exit;
}

/// A config file for one test.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) {
    auto pattern = (std::filesystem::temp_directory_path() / "options-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    std::ofstream{path()} << text;
  }
  ~ConfigFile() { std::filesystem::remove_all(directory_); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  [[nodiscard]] std::string path() const { return (directory_ / "config").string(); }

 private:
  std::filesystem::path directory_;
};

TEST(OptionsTest, StartIsTheDefaultCommand) {
  EXPECT_EQ(parsed({}).command, Command::start);
  EXPECT_EQ(parsed({"start"}).command, Command::start);
  EXPECT_EQ(parsed({"env"}).command, Command::env);
  EXPECT_EQ(parsed({"status"}).command, Command::status);
  EXPECT_EQ(parsed({"ca"}).command, Command::ca);
}

TEST(OptionsTest, DefaultsAreThePortsAndAccountsThatToolsExpect) {
  const auto options = parsed({}).options;
  EXPECT_EQ(options.batch_port, 10100);
  EXPECT_EQ(options.blob_port, 10000);
  EXPECT_EQ(options.batch_accounts, std::vector<std::string>{"devbatch"});
  EXPECT_EQ(options.storage_accounts, std::vector<std::string>{"devstoreaccount1"});
  EXPECT_FALSE(options.in_memory);
}

TEST(OptionsTest, DataDirectoryFollowsTheStateDirectoryOfTheUser) {
  EXPECT_EQ(parsed({}).options.data_dir, "/home/someone/.local/state/batch-emulator");
  EXPECT_EQ(parsed({}, {"XDG_STATE_HOME=/state", "HOME=/h"}).options.data_dir, "/state/batch-emulator");
  EXPECT_EQ(parsed({}, {"XDG_STATE_HOME=relative", "HOME=/h"}).options.data_dir, "/h/.local/state/batch-emulator");
}

TEST(OptionsTest, OptionsMayStandOnEitherSideOfTheCommand) {
  EXPECT_EQ(parsed({"--batch-port", "0", "start"}).options.batch_port, 0);
  EXPECT_EQ(parsed({"start", "--batch-port=0"}).options.batch_port, 0);
}

TEST(OptionsTest, ArgumentsGiveTheSameOptionsAgain) {
  const auto options = parsed({"--names", "--proxy-port=7", "--entra", "--batch-account=one,two", "--log-file=/x y",
                               "--quota-pools=3", "--data-dir=/d"})
                           .options;
  const auto again = parsed(arguments_for(options)).options;
  EXPECT_TRUE(again.names);
  EXPECT_TRUE(again.entra);
  EXPECT_EQ(again.proxy_port, 7);
  EXPECT_EQ(again.batch_accounts, options.batch_accounts);
  EXPECT_EQ(again.log_file, "/x y");
  EXPECT_EQ(again.quota_pools, 3);
  EXPECT_EQ(again.data_dir, "/d");
  EXPECT_EQ(arguments_for(Options{}), std::vector<std::string>{});
}

TEST(OptionsTest, DefaultsMayBeOthers) {
  Options defaults;
  defaults.names = true;
  defaults.batch_port = 0;
  const auto result = parse_command_line({"--blob-port=1"}, kHome, defaults);
  const auto& line = std::get<CommandLine>(result);
  EXPECT_TRUE(line.options.names);
  EXPECT_EQ(line.options.batch_port, 0);
  EXPECT_EQ(line.options.blob_port, 1);
  EXPECT_FALSE(line.data_dir_given);
  EXPECT_TRUE(parsed({"--data-dir=/d"}).data_dir_given);
}

TEST(OptionsTest, EnvironmentSetsWhatWasNotTyped) {
  const Variables variables{"HOME=/h", "BATCH_EMULATOR_BATCH_PORT=7", "BATCH_EMULATOR_IN_MEMORY=true"};
  EXPECT_EQ(parsed({}, variables).options.batch_port, 7);
  EXPECT_TRUE(parsed({}, variables).options.in_memory);
  EXPECT_EQ(parsed({"--batch-port", "9"}, variables).options.batch_port, 9);
}

TEST(OptionsTest, AccountsRepeatOnTheCommandLineAndAreListedInAVariable) {
  const std::vector<std::string> both{"one", "two"};
  EXPECT_EQ(parsed({"--batch-account", "one", "--batch-account", "two"}).options.batch_accounts, both);
  EXPECT_EQ(parsed({}, {"HOME=/h", "BATCH_EMULATOR_STORAGE_ACCOUNT=one,two"}).options.storage_accounts, both);
}

TEST(OptionsTest, CommandAfterAnAccountIsNoAccount) {
  const auto line = parsed({"--batch-account", "one", "--in-memory", "start"});
  EXPECT_EQ(line.options.batch_accounts, std::vector<std::string>{"one"});
  EXPECT_EQ(line.command, Command::start);
}

TEST(OptionsTest, ConfigFileSetsWhatNeitherCommandLineNorEnvironmentSet) {
  const ConfigFile file{"batch-port=1\nblob-port=2\nlog-format=json\nbatch-account=[\"aaa\",\"bbb\"]\n"};
  const auto options =
      parsed({"--config", file.path(), "--batch-port", "5"}, {"HOME=/h", "BATCH_EMULATOR_BLOB_PORT=6"}).options;
  EXPECT_EQ(options.batch_port, 5);
  EXPECT_EQ(options.blob_port, 6);
  EXPECT_EQ(options.log_format, "json");
  EXPECT_EQ(options.batch_accounts, (std::vector<std::string>{"aaa", "bbb"}));
}

TEST(OptionsTest, ConfigFileMayBeNamedByAVariable) {
  const ConfigFile file{"batch-port=1\n"};
  EXPECT_EQ(parsed({}, {"HOME=/h", "BATCH_EMULATOR_CONFIG=" + file.path()}).options.batch_port, 1);
}

TEST(OptionsTest, MistakesEndWithTheUsageCodeAndTheirName) {
  const ConfigFile unknown_key{"nonsense=1\n"};
  const std::vector<std::vector<std::string>> mistakes{{"--nonsense"},
                                                       {"--batch-port", "65536"},
                                                       {"--batch-port", "-1"},
                                                       {"--batch-port", "x"},
                                                       {"--log-format", "xml"},
                                                       {"--config", "/nonexistent/file"},
                                                       {"--config", unknown_key.path()},
                                                       {"--batch-port", "1", "--batch-port", "2"},
                                                       {"stop"}};
  for (const auto& arguments : mistakes) {
    const auto exit = refused(arguments);
    EXPECT_EQ(exit.code, kUsageExitCode) << arguments.front();
    EXPECT_NE(exit.text, "");
  }
}

TEST(OptionsTest, AccountNamesAreLowerCaseLettersAndDigits) {
  for (const auto* name : {"Upper", "a/b", "..", "ab", "dash-ed", "aaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_EQ(refused({"--batch-account", name}).code, kUsageExitCode) << name;
    EXPECT_EQ(refused({"--storage-account", name}).code, kUsageExitCode) << name;
  }
  EXPECT_EQ(refused({"--batch-account", "same", "--batch-account", "same"}).code, kUsageExitCode);
}

TEST(OptionsTest, WithoutAHomeTheDataDirectoryHasToBeNamed) {
  EXPECT_EQ(refused({}, {}).code, kUsageExitCode);
  EXPECT_EQ(parsed({"--data-dir", "/d"}, {}).options.data_dir, "/d");
}

TEST(OptionsTest, HelpNamesEveryOptionAndVersionTheVersion) {
  const auto help = refused({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const auto& row : option_table()) EXPECT_NE(help.text.find("--" + std::string{row.name}), std::string::npos);
  const auto version = refused({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_NE(version.text.find(kVersion), std::string::npos);
}

TEST(OptionsTest, MarkdownHasALineForEveryOption) {
  const auto markdown = refused({"--help-markdown"});
  EXPECT_EQ(markdown.code, 0);
  for (const auto& row : option_table()) {
    EXPECT_NE(markdown.text.find("| `--" + std::string{row.name} + "` | `" + environment_name(row.name) + "` |"),
              std::string::npos)
        << row.name;
  }
}

TEST(OptionsTest, NoOptionTakesAKey) {
  std::set<std::string> names;
  for (const auto& row : option_table()) {
    EXPECT_TRUE(names.insert(std::string{row.name}).second) << row.name;
    const bool is_text = !std::holds_alternative<bool Options::*>(row.target);
    EXPECT_FALSE(is_text && row.name.find("key") != std::string_view::npos) << row.name;
  }
}

}  // namespace
}  // namespace emulator
