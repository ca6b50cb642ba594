// batch-client: the article's program. The same binary and steps run against the emulator and the real service.
#include "base/clock.h"
#include "base/run_to_end.h"
#include "client/tutorial/settings.h"
#include "client/tutorial/workflow.h"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

namespace {

constexpr std::size_t kWorkers = 2;
constexpr int kFailed = 1;

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

int report(const base::Error& error) {
  std::cerr << "batch-client: " << error.message << "\n";
  return kFailed;
}

int run(const client::tutorial::Settings& settings, const client::tutorial::WorkflowOptions& options) {
  boost::asio::io_context context(1);
  base::Workers workers(kWorkers);
  const base::SystemClock clock;
  http::Client http(context.get_executor());
  client::api::BatchClient batch(http, clock,
                                 {settings.batch_account_name, settings.batch_account_key, settings.batch_account_url});
  client::api::BlobClient blob(http, workers, clock, settings.storage);
  client::tutorial::Surroundings around{batch, blob, clock, std::cout, std::cin};

  const auto ended = base::run_to_end(context, client::tutorial::run_workflow(around, settings, options));
  return ended ? *ended : report(ended.error());
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{
      "Runs the workflow of \"Run a parallel workload with Azure Batch\": uploads MP4 files, converts each to MP3 with "
      "one\n"
      "ffmpeg task on a pool of Spot nodes, downloads the results, cleans up. Works against Batch Emulator and Azure "
      "alike.",
      "batch-client"};
  app.set_version_flag("--version", "batch-client " BATCH_EMULATOR_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Accounts come from a file with the article's names (BATCH_ACCOUNT_NAME, BATCH_ACCOUNT_KEY, BATCH_ACCOUNT_URL,\n"
      "STORAGE_ACCOUNT_NAME, STORAGE_ACCOUNT_KEY, POOL_ID, ...) or from the environment: eval \"$(batch-emulator "
      "env)\".");

  auto* command = app.add_subcommand("run", "Run the whole workflow");
  client::tutorial::WorkflowOptions options;
  options.output_directory = "output";
  std::filesystem::path config;
  bool yes = false;
  bool keep = false;
  std::int64_t minutes = 30;
  command->add_option("--input-dir", options.input_directory, "Directory with the .mp4 files")->required();
  command->add_option("--output-dir", options.output_directory, "Directory for the .mp3 files")->capture_default_str();
  command->add_option("--config", config, "File with the article's names, NAME = value a line");
  command->add_option("--timeout", minutes, "Minutes to wait for the tasks")
      ->capture_default_str()
      ->check(CLI::Range(1, 1440));
  auto* yes_flag = command->add_flag("--yes", yes, "Delete job and pool at the end without asking");
  command->add_flag("--keep", keep, "Keep job and pool without asking")->excludes(yes_flag);
  CLI11_PARSE(app, argc, argv);

  if (yes || keep) options.clean_up = yes;
  options.timeout = std::chrono::minutes(minutes);
  options.terminal = ::isatty(STDOUT_FILENO) == 1;
  const auto settings =
      client::tutorial::load_settings(config.empty() ? std::nullopt : std::optional(config), environment_variable);
  return settings ? run(*settings, options) : report(settings.error());
} catch (const std::exception& error) {
  std::cerr << "batch-client: stopped by an unexpected failure: " << error.what() << "\n";
  return kFailed;
}
