// Settings of batch-client: a config file with the article's names, or the variables of `batch-emulator env`.
//
// Keys come from a file or the environment only, never from the command line, where every user of the machine sees
// them.
#pragma once

#include "base/result.h"
#include "client/api/credentials.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace client::tutorial {

struct Settings {
  // Accounts.
  std::string batch_account_name;
  std::string batch_account_key;  ///< raw bytes
  std::string batch_account_url;
  client::api::StorageAccount storage;

  // The article's pool and job.
  std::string pool_id = "LinuxFFmpegPool";
  std::string job_id = "LinuxFFmpegJob";
  std::string pool_vm_size = "STANDARD_A1_v2";
  std::int32_t dedicated_nodes = 0;
  std::int32_t low_priority_nodes = 5;
  // The marketplace image of the article. Images retire: the file may name a newer one.
  std::string image_publisher = "Canonical";
  std::string image_offer = "UbuntuServer";
  std::string image_sku = "18.04-LTS";
  std::string image_version = "latest";
  std::string node_agent_sku = "batch.node.ubuntu 18.04";
  std::string start_task = "/bin/bash -c \"apt-get update && apt-get install -y ffmpeg\"";
};

/// Value of an environment variable, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Lines `NAME = value` as in the article's config.py: a leading underscore, quotes around the value and comments are
/// accepted. Unknown names and unreadable values are errors that name the line. Names: BATCH_ACCOUNT_NAME,
/// BATCH_ACCOUNT_KEY, BATCH_ACCOUNT_URL, STORAGE_ACCOUNT_NAME, STORAGE_ACCOUNT_KEY, STORAGE_ACCOUNT_URL (or
/// STORAGE_ACCOUNT_DOMAIN), POOL_ID, POOL_NODE_COUNT or DEDICATED_POOL_NODE_COUNT, LOW_PRIORITY_POOL_NODE_COUNT,
/// POOL_VM_SIZE, JOB_ID, POOL_IMAGE_PUBLISHER, POOL_IMAGE_OFFER, POOL_IMAGE_SKU, POOL_IMAGE_VERSION,
/// POOL_NODE_AGENT_SKU, POOL_START_TASK.
base::Result<void> read_config(std::string_view text, Settings& settings);

/// AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY, AZURE_BATCH_ENDPOINT and AZURE_STORAGE_CONNECTION_STRING.
base::Result<void> read_environment(const Environment& environment, Settings& settings);

/// Environment first, then the file over it; then what is needed must be there, with a message that says what to do.
base::Result<Settings> load_settings(const std::optional<std::filesystem::path>& config,
                                     const Environment& environment);

}  // namespace client::tutorial
