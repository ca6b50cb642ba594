// The settings of batch-client: the article's config file, and the environment of `batch-emulator env`.
#include "client/tutorial/settings.h"

#include <gtest/gtest.h>
#include <map>

namespace client::tutorial {
namespace {

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

const std::map<std::string, std::string> kEmulator{
    {"AZURE_BATCH_ACCOUNT", "devbatch"},
    {"AZURE_BATCH_ACCESS_KEY", "a2V5"},
    {"AZURE_BATCH_ENDPOINT", "http://127.0.0.1:10100/"},
    {"AZURE_STORAGE_CONNECTION_STRING",
     "DefaultEndpointsProtocol=http;AccountName=dev;AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:10000/dev;"}};

TEST(ConfigTest, TheArticlesFileIsReadAsItStands) {
  Settings settings;
  const auto read = read_config(
      "# Batch account\n_BATCH_ACCOUNT_NAME = 'acct'  # Your batch account name\n"
      "_BATCH_ACCOUNT_KEY = \"a2V5\"\n_BATCH_ACCOUNT_URL = 'https://acct.westeurope.batch.azure.com'\n"
      "_STORAGE_ACCOUNT_NAME = 'stor'\n_STORAGE_ACCOUNT_KEY = 'c2VjcmV0'\n"
      "_POOL_ID = 'LinuxFfmpegPool'\n_DEDICATED_POOL_NODE_COUNT = 0\n_LOW_PRIORITY_POOL_NODE_COUNT = 5\n"
      "_POOL_VM_SIZE = 'STANDARD_A1_v2'\n_JOB_ID = 'LinuxFfmpegJob'\n",
      settings);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(settings.batch_account_name, "acct");
  EXPECT_EQ(settings.batch_account_key, "key");
  EXPECT_EQ(settings.storage.key, "secret");
  EXPECT_EQ(settings.storage.blob_url, "https://stor.blob.core.windows.net");
  EXPECT_EQ(settings.low_priority_nodes, 5);
  EXPECT_EQ(settings.job_id, "LinuxFfmpegJob");
}

TEST(ConfigTest, AnUnknownNameIsRefusedWithItsLine) {
  Settings settings;
  const auto read = read_config("POOL_ID = 'p'\nPOOL_IDD = 'q'\n", settings);
  ASSERT_TRUE(read.has_error());
  EXPECT_NE(read.error().message.find("line 2"), std::string::npos);
  EXPECT_NE(read.error().message.find("POOL_IDD"), std::string::npos);
}

TEST(ConfigTest, ACountThatIsNoNumberIsRefused) {
  Settings settings;
  EXPECT_TRUE(read_config("LOW_PRIORITY_POOL_NODE_COUNT = many", settings).has_error());
  EXPECT_TRUE(read_config("LOW_PRIORITY_POOL_NODE_COUNT = -1", settings).has_error());
}

TEST(ConfigTest, AKeyThatIsNoBase64IsRefusedWithoutRepeatingIt) {
  Settings settings;
  const auto read = read_config("BATCH_ACCOUNT_KEY = 'not!base64'", settings);
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().message.find("not!base64"), std::string::npos);
}

TEST(SettingsTest, TheEnvironmentOfTheEmulatorIsEnough) {
  const auto settings = load_settings(std::nullopt, environment(kEmulator));
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->batch_account_url, "http://127.0.0.1:10100");
  EXPECT_EQ(settings->storage.container_url("input"), "http://127.0.0.1:10000/dev/input");
}

TEST(SettingsTest, AMissingAccountIsNamedWithWhatToDo) {
  const auto settings = load_settings(std::nullopt, environment({}));
  ASSERT_TRUE(settings.has_error());
  EXPECT_NE(settings.error().message.find("BATCH_ACCOUNT_NAME"), std::string::npos);
  EXPECT_NE(settings.error().message.find("batch-emulator env"), std::string::npos);
}

TEST(SettingsTest, AFileThatDoesNotExistIsNamed) {
  const auto settings = load_settings("no-such-file.conf", environment(kEmulator));
  ASSERT_TRUE(settings.has_error());
  EXPECT_NE(settings.error().message.find("no-such-file.conf"), std::string::npos);
}

}  // namespace
}  // namespace client::tutorial
