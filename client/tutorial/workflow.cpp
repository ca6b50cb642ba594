#include "client/tutorial/workflow.h"

#include "base/text.h"
#include "client/tutorial/terminal.h"
#include "wire/blob/sas.h"
#include "wire/time_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace client::tutorial {
namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using client::api::ContainerAddress;
using client::api::TaskStatus;
using nlohmann::json;

constexpr std::string_view kInput = "input";
constexpr std::string_view kOutput = "output";
constexpr std::chrono::hours kSasLifetime{2};
constexpr std::string_view kSasVersion = "2018-03-28";
constexpr std::chrono::milliseconds kFirstPoll{100};
constexpr std::chrono::milliseconds kLongestPoll{1000};  // the article's interval
constexpr std::size_t kMostStderrBytes = 16 * 1024 * 1024;
constexpr std::size_t kShownStderrBytes = 4000;
constexpr mode_t kOutputMode = 0644;

/// The workflow's steps share what they run with.
class Workflow {
 public:
  Workflow(Surroundings around, Settings settings, WorkflowOptions options)
      : around_(around), settings_(std::move(settings)), options_(std::move(options)) {}

  Async<Result<int>> run();

 private:
  ContainerAddress container(std::string_view name) const;
  std::string sas_url(std::string_view container, const std::string& blob, std::string_view permissions) const;
  json pool_body() const;
  json task_body(std::size_t number, const std::filesystem::path& file) const;
  std::string now_text() const;

  Async<Result<void>> create_containers();
  Async<Result<void>> upload(std::vector<std::filesystem::path> files);
  Async<Result<void>> create_pool();
  Async<Result<void>> add_tasks(std::vector<std::filesystem::path> files);
  Async<Result<std::vector<TaskStatus>>> wait_for_tasks();
  Async<Result<void>> download_outputs();
  Async<Result<void>> show_failures(std::vector<TaskStatus> tasks);
  Async<Result<void>> clean_up();
  bool confirmed(std::string_view question);

  Surroundings around_;
  Settings settings_;
  WorkflowOptions options_;
};

ContainerAddress Workflow::container(std::string_view name) const {
  return {.url = settings_.storage.container_url(name), .sas = {}};
}

std::string Workflow::sas_url(std::string_view container_name, const std::string& blob,
                              std::string_view permissions) const {
  const auto expiry = around_.clock.now() + kSasLifetime;
  const std::string sas = wire::blob::sign_container_sas(settings_.storage.name, settings_.storage.key, container_name,
                                                         permissions, expiry, kSasVersion);
  std::string url = settings_.storage.container_url(container_name);
  if (!blob.empty()) url += "/" + base::percent_encode(blob, "/");
  return url + "?" + sas;
}

std::string Workflow::now_text() const {
  return wire::print_timestamp(std::chrono::floor<std::chrono::seconds>(around_.clock.now()));
}

json Workflow::pool_body() const {
  return {{"id", settings_.pool_id},
          {"vmSize", settings_.pool_vm_size},
          {"virtualMachineConfiguration",
           {{"imageReference",
             {{"publisher", settings_.image_publisher},
              {"offer", settings_.image_offer},
              {"sku", settings_.image_sku},
              {"version", settings_.image_version}}},
            {"nodeAgentSKUId", settings_.node_agent_sku}}},
          {"targetDedicatedNodes", settings_.dedicated_nodes},
          {"targetLowPriorityNodes", settings_.low_priority_nodes},
          {"startTask",
           {{"commandLine", settings_.start_task},
            {"waitForSuccess", true},
            {"userIdentity", {{"autoUser", {{"scope", "pool"}, {"elevationLevel", "admin"}}}}}}}};
}

json Workflow::task_body(std::size_t number, const std::filesystem::path& file) const {
  const std::string input = file.filename().string();
  const std::string output = file.stem().string() + ".mp3";
  return {{"id", "Task" + std::to_string(number)},
          {"commandLine", ffmpeg_command(input, output)},
          {"resourceFiles", json::array({{{"httpUrl", sas_url(kInput, input, "r")}, {"filePath", input}}})},
          {"outputFiles", json::array({{{"filePattern", output},
                                        {"destination", {{"container", {{"containerUrl", sas_url(kOutput, "", "w")}}}}},
                                        {"uploadOptions", {{"uploadCondition", "tasksuccess"}}}}})}};
}

Async<Result<void>> Workflow::create_containers() {
  for (const auto name : {kInput, kOutput}) {
    auto access = container(name);
    CO_RETURN_IF_ERROR(co_await around_.blob.create_container(std::move(access)));
    around_.out << "Container [" << name << "] created.\n";
  }
  co_return Result<void>();
}

Async<Result<void>> Workflow::upload(std::vector<std::filesystem::path> files) {
  for (const auto& file : files) {
    around_.out << "Uploading file " << file.string() << " to container [" << kInput << "]...\n" << std::flush;
    auto access = container(kInput);
    api::BlobHeaders headers{{"Content-Type", "video/mp4"}};
    CO_RETURN_IF_ERROR(
        co_await around_.blob.put_file(std::move(access), file.filename().string(), file, std::move(headers)));
  }
  co_return Result<void>();
}

Async<Result<void>> Workflow::create_pool() {
  around_.out << "Creating pool [" << settings_.pool_id << "]...\n" << std::flush;
  auto body = pool_body();
  auto created = co_await around_.batch.add_pool(std::move(body));
  if (created.has_error() && created.error().code == Errc::already_exists) {
    around_.out << "Pool [" << settings_.pool_id << "] already exists and is used as it is.\n";
    co_return Result<void>();
  }
  co_return created;
}

Async<Result<void>> Workflow::add_tasks(std::vector<std::filesystem::path> files) {
  around_.out << "Adding " << files.size() << " tasks to job [" << settings_.job_id << "]...\n" << std::flush;
  std::vector<json> tasks;
  for (std::size_t i = 0; i < files.size(); ++i) tasks.push_back(task_body(i, files[i]));
  CO_ASSIGN_OR_RETURN(const auto refused, co_await around_.batch.add_tasks(settings_.job_id, std::move(tasks)));
  if (refused.empty()) co_return Result<void>();
  co_return Error(Errc::io, "adding task " + refused.front().id + " was refused: " + refused.front().code + ": " +
                                refused.front().message);
}

Async<Result<std::vector<TaskStatus>>> Workflow::wait_for_tasks() {
  around_.out << "Monitoring all tasks for 'Completed' state, timeout in 0" << clock_text(options_.timeout) << "...\n"
              << std::flush;
  const auto deadline = around_.clock.steady_now() + options_.timeout;
  auto interval = kFirstPoll;
  std::optional<Progress> progress;
  while (true) {
    CO_ASSIGN_OR_RETURN(auto tasks, co_await around_.batch.list_tasks(settings_.job_id));
    if (!progress) progress.emplace(around_.out, options_.terminal, tasks.size());
    const auto done =
        std::count_if(tasks.begin(), tasks.end(), [](const auto& task) { return task.state == "completed"; });
    progress->show(static_cast<std::size_t>(done));
    if (static_cast<std::size_t>(done) == tasks.size()) {
      progress->finish();
      co_return tasks;
    }
    if (around_.clock.steady_now() > deadline) {
      progress->finish();
      co_return Error(Errc::deadline_exceeded, "Tasks did not reach 'Completed' state within the timeout period of " +
                                                   clock_text(options_.timeout));
    }
    CO_RETURN_IF_ERROR(co_await base::wait_for(interval));
    interval = std::min(interval * 3 / 2, kLongestPoll);
  }
}

Async<Result<void>> Workflow::download_outputs() {
  std::error_code failed;
  std::filesystem::create_directories(options_.output_directory, failed);
  if (failed) co_return base::errno_error("creating " + options_.output_directory.string(), failed.value());
  auto access = container(kOutput);
  CO_ASSIGN_OR_RETURN(const auto blobs, co_await around_.blob.list_blobs(access, ""));
  for (const auto& blob : blobs) {
    // A blob's name comes from the service: only its last part names a file here.
    const auto name = std::filesystem::path(blob.name).filename();
    if (name.empty() || name == "." || name == "..") continue;
    const auto target = options_.output_directory / name;
    around_.out << "Downloading " << target.string() << "\n" << std::flush;
    CO_RETURN_IF_ERROR(co_await around_.blob.get_file(access, blob.name, target, kOutputMode));
  }
  co_return Result<void>();
}

Async<Result<void>> Workflow::show_failures(std::vector<TaskStatus> tasks) {
  for (const auto& task : tasks) {
    if (task.result != "failure") continue;
    around_.out << "\nTask [" << task.id << "] failed: " << task.failure_code << ": " << task.failure_message << "\n";
    auto text = co_await around_.batch.task_file(settings_.job_id, task.id, "stderr.txt", kMostStderrBytes);
    if (text.has_error()) {
      around_.out << "Its stderr.txt cannot be read: " << text.error().message << "\n";
    } else if (text->empty()) {
      around_.out << "Its stderr.txt is empty.\n";
    } else {
      const std::size_t skip = text->size() > kShownStderrBytes ? text->size() - kShownStderrBytes : 0;
      around_.out << "Its stderr.txt" << (skip ? " ends:\n" : ":\n") << text->substr(skip) << "\n";
    }
  }
  co_return Result<void>();
}

bool Workflow::confirmed(std::string_view question) {
  if (options_.clean_up) return *options_.clean_up;
  around_.out << question << " [Y/n] " << std::flush;
  std::string answer;
  if (!std::getline(around_.in, answer)) return false;  // nobody answers: nothing is deleted
  const auto word = base::lower_case(base::trim(answer));
  return word.empty() || word == "y" || word == "yes";
}

Async<Result<void>> Workflow::clean_up() {
  around_.out << "\n";
  if (confirmed("Delete job?")) {
    CO_RETURN_IF_ERROR(co_await around_.batch.delete_job(settings_.job_id));
    around_.out << "Job [" << settings_.job_id << "] deleted.\n";
  }
  if (confirmed("Delete pool?")) {
    CO_RETURN_IF_ERROR(co_await around_.batch.delete_pool(settings_.pool_id));
    around_.out << "Pool [" << settings_.pool_id << "] deleted.\n";
  }
  co_return Result<void>();
}

Async<Result<int>> Workflow::run() {
  const auto began = around_.clock.steady_now();
  CO_ASSIGN_OR_RETURN(const auto files, input_files(options_.input_directory));
  around_.out << "Sample start: " << now_text() << "\n\n";

  CO_RETURN_IF_ERROR(co_await create_containers());
  CO_RETURN_IF_ERROR(co_await upload(files));
  CO_RETURN_IF_ERROR(co_await create_pool());
  around_.out << "Creating job [" << settings_.job_id << "]...\n" << std::flush;
  json job{{"id", settings_.job_id}, {"poolInfo", {{"poolId", settings_.pool_id}}}};
  CO_RETURN_IF_ERROR(co_await around_.batch.add_job(std::move(job)));
  CO_RETURN_IF_ERROR(co_await add_tasks(files));
  CO_ASSIGN_OR_RETURN(const auto tasks, co_await wait_for_tasks());
  around_.out << "  Success! All tasks reached the 'Completed' state within the specified timeout period.\n";
  CO_RETURN_IF_ERROR(co_await download_outputs());

  around_.out << "Deleting container [" << kInput << "]...\n" << std::flush;
  auto input = container(kInput);
  CO_RETURN_IF_ERROR(co_await around_.blob.delete_container(std::move(input)));
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(around_.clock.steady_now() - began);
  around_.out << "\nSample end: " << now_text() << "\nElapsed time: " << clock_text(elapsed) << "\n\n"
              << task_table(tasks);

  CO_RETURN_IF_ERROR(co_await show_failures(tasks));
  CO_RETURN_IF_ERROR(co_await clean_up());
  const bool failed =
      std::any_of(tasks.begin(), tasks.end(), [](const auto& task) { return task.result != "success"; });
  co_return failed ? 1 : 0;
}

/// Whether a shell takes the name as it stands.
bool plain(const std::string& name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == '+' || c == ',' || c == '@';
  });
}

/// The name in single quotes for the shell, itself inside the double quotes of the command line.
std::string quoted(const std::string& name) {
  if (plain(name)) return name;
  std::string shell = "'";
  for (const char c : (name.front() == '-' ? "./" + name : name)) {
    if (c == '\'') {
      shell += "'\\''";
    } else {
      shell += c;
    }
  }
  shell += "'";
  std::string text;
  for (const char c : shell) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

Result<std::vector<std::filesystem::path>> input_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    if (base::equal_ignoring_case(entry.path().extension().string(), ".mp4"))
      files.push_back(std::filesystem::absolute(entry.path()));
  }
  if (failed) return base::errno_error("reading the directory " + directory.string(), failed.value());
  if (files.empty()) return Error(Errc::not_found, "there is no .mp4 file in " + directory.string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string ffmpeg_command(const std::string& input, const std::string& output) {
  return "/bin/bash -c \"ffmpeg -i " + quoted(input) + " " + quoted(output) + "\"";
}

Async<Result<int>> run_workflow(Surroundings around, Settings settings, WorkflowOptions options) {
  Workflow workflow(around, std::move(settings), std::move(options));
  co_return co_await workflow.run();
}

}  // namespace client::tutorial
