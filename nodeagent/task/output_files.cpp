#include "nodeagent/task/output_files.h"

#include "base/durable_file.h"
#include "client/api/blob_client.h"
#include "nodeagent/task/failures.h"
#include "nodeagent/task/glob.h"
#include "nodeagent/task/storage_route.h"
#include "wire/time_text.h"

#include <fcntl.h>
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <deque>
#include <optional>

namespace nodeagent::task {
namespace {

using client::api::BlobClient;
using client::api::ContainerAddress;

/// The two logs of uploads, written line by line; a line is not worth a hop to a worker. What cannot be logged is lost:
/// the upload matters more.
class UploadLog {
 public:
  UploadLog(const TaskPaths& task, const base::Clock& clock) : task_(task), clock_(clock) {}
  base::Result<void> open() {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
    ASSIGN_OR_RETURN(out_, base::open_file(task_.upload_log(), kFlags, 0660));
    ASSIGN_OR_RETURN(err_, base::open_file(task_.upload_errors(), kFlags, 0660));
    return {};
  }
  void say(const std::string& line) { write(out_, line); }
  void complain(const std::string& line) { write(err_, line); }

 private:
  void write(const base::FileDescriptor& file, const std::string& line) {
    auto written =
        base::write_all(file.get(), wire::print_timestamp(clock_.now()) + " " + line + "\n", task_.directory());
    (void)written;
  }
  TaskPaths task_;
  const base::Clock& clock_;
  base::FileDescriptor out_;
  base::FileDescriptor err_;
};

/// One file of one rule on its way.
struct Upload {
  std::filesystem::path file;
  std::string blob;
};

/// One rule being carried out.
struct RuleRun {
  BlobClient client;
  UploadLog& log;
  ContainerAddress container;
  client::api::BlobHeaders headers;
  std::deque<Upload> waiting;
  std::optional<base::Error> failure;
};

FailureCode upload_failure(const base::Error& error) {
  switch (client::api::status_of(error)) {
    case 404: return FailureCode::FileUploadContainerNotFound;
    case 401:
    case 403: return FailureCode::FileUploadAccessDenied;
    case 409:
    case 412: return FailureCode::FileUploadConflict;
    case 408: return FailureCode::FileUploadTimedOut;
    default: break;
  }
  return error.code == base::Errc::deadline_exceeded ? FailureCode::FileUploadTimedOut
                                                     : FailureCode::FileUploadMiscError;
}

base::Async<void> lane(std::shared_ptr<RuleRun> rule) {
  while (!rule->failure && !rule->waiting.empty()) {
    const Upload next = std::move(rule->waiting.front());
    rule->waiting.pop_front();
    const auto destination = rule->container.blob_url(next.blob);
    rule->log.say("uploading " + next.file.string() + " to " + destination);
    auto put = co_await rule->client.put_file(rule->container, next.blob, next.file, rule->headers);
    if (put.has_value()) {
      rule->log.say("uploaded " + next.file.string());
      continue;
    }
    rule->log.complain("uploading " + next.file.string() + ": " + put.error().message);
    if (rule->failure) continue;
    rule->failure = failed(upload_failure(put.error()), put.error())
                        .with("FilePath", next.file.string())
                        .with("Destination", destination);
  }
}

/// Finds the files of a rule and uploads them.
base::Async<base::Result<void>> carry_out(NodeContext& context, wire::node::OutputFile rule, TaskPaths task,
                                          wire::node::Environment environment, UploadLog& log) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto container = ContainerAddress::parse(rule.container_url);
  if (container.has_error()) co_return failed(FailureCode::FileUploadMiscError, container.error());
  const auto pattern = GlobPattern::parse(expand_variables(rule.file_pattern, environment));
  auto search = [&pattern, &task] { return find_files(pattern, task.working_directory()); };
  auto found = co_await base::on_worker(*context.workers, std::move(search));
  if (found.has_error()) co_return failed(FailureCode::FileUploadMiscError, found.error());
  log.say("pattern " + rule.file_pattern + ": " + std::to_string(found->size()) + " files");
  client::api::FindRoute route = [&settings = context.settings](std::string url) {
    return storage_route(settings, std::move(url));
  };
  auto run = std::make_shared<RuleRun>(RuleRun{.client = BlobClient(*context.http, *context.workers, *context.clock,
                                                                    std::nullopt, std::move(route), context.retry),
                                               .log = log,
                                               .container = *std::move(container),
                                               .headers = rule.upload_headers});
  for (auto& file : *found) {
    run->waiting.push_back({.file = file.path, .blob = blob_name(rule.path, pattern.has_wildcards(), file.rest)});
  }
  co_await (lane(run) && lane(run) && lane(run) && lane(run));
  if (run->failure) co_return *std::move(run->failure);
  co_return base::Result<void>();
}

}  // namespace

bool applies(wire::node::UploadCondition condition, std::int32_t exit_code) {
  switch (condition) {
    case wire::node::UploadCondition::task_success: return exit_code == 0;
    case wire::node::UploadCondition::task_failure: return exit_code != 0;
    case wire::node::UploadCondition::task_completion: return true;
  }
  return false;
}

std::string blob_name(const std::string& path, bool has_wildcards, const std::string& rest) {
  if (path.empty()) return rest;
  if (!has_wildcards) return path;
  return path.ends_with('/') ? path + rest : path + "/" + rest;
}

base::Async<base::Result<void>> upload_output_files(NodeContext& context, std::vector<wire::node::OutputFile> rules,
                                                    TaskPaths task, wire::node::Environment environment,
                                                    std::int32_t exit_code) {
  std::erase_if(rules, [exit_code](const auto& rule) { return !applies(rule.condition, exit_code); });
  if (rules.empty()) co_return base::Result<void>();
  UploadLog log(task, *context.clock);
  if (auto opened = log.open(); opened.has_error()) {
    co_return failed(FailureCode::FileUploadMiscError, opened.error());
  }
  std::optional<base::Error> first;
  for (auto& rule : rules) {
    auto done = co_await carry_out(context, std::move(rule), task, environment, log);
    if (done.has_value()) continue;
    log.complain(done.error().message);
    if (!first) first = std::move(done).error();
  }
  if (first) co_return *std::move(first);
  co_return base::Result<void>();
}

}  // namespace nodeagent::task
