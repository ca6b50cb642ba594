#include "nodeagent/log_files.h"

#include "base/durable_file.h"
#include "client/api/blob_client.h"
#include "nodeagent/task/storage_route.h"
#include "wire/time_text.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>

namespace nodeagent {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> all_log_files(const fs::path& node_directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(log_directory(node_directory), error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".log") files.push_back(entry->path());
  }
  std::ranges::sort(files);  // names begin with their time
  return files;
}

/// The time of the first line; nothing for a file without one.
std::optional<base::Timestamp> begin_of(const fs::path& file) {
  std::ifstream stream(file);
  std::string word;
  if (!(stream >> word)) return std::nullopt;
  const auto time = wire::parse_timestamp(word);
  return time.has_value() ? std::optional(*time) : std::nullopt;
}

std::optional<base::Timestamp> last_write_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return base::Timestamp{std::chrono::duration_cast<base::Ticks>(std::chrono::seconds{status.st_mtim.tv_sec} +
                                                                 std::chrono::nanoseconds{status.st_mtim.tv_nsec})};
}

wire::node::Failure failure_of(const base::Error& error) {
  wire::node::Failure failure;
  switch (client::api::status_of(error)) {
    case 404: failure.code = "ContainerNotFound"; break;
    case 401:
    case 403: failure.code = "AccessDenied"; break;
    default: failure.code = "UploadFailed"; break;
  }
  failure.message = error.message;
  return failure;
}

}  // namespace

fs::path log_directory(const fs::path& node_directory) {
  return node_directory / "logs";
}

base::Result<fs::path> new_log_file(const fs::path& node_directory, base::Timestamp now) {
  RETURN_IF_ERROR(base::make_directory(log_directory(node_directory), 0700));
  auto files = all_log_files(node_directory);
  for (std::size_t i = 0; i + kMostLogFiles <= files.size(); ++i) ::unlink(files[i].c_str());
  std::string stamp = wire::print_timestamp(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return log_directory(node_directory) / ("nodeagent-" + stamp + "-" + std::to_string(::getpid()) + ".log");
}

std::vector<fs::path> log_files_of(const fs::path& node_directory, base::Timestamp start, base::Timestamp end) {
  auto files = all_log_files(node_directory);
  std::erase_if(files, [&](const fs::path& file) {
    const auto begun = begin_of(file);
    const auto written = last_write_of(file);
    return !begun || !written || *begun > end || *written < start;
  });
  return files;
}

base::Async<wire::node::LogsUploaded> upload_logs(task::NodeContext& context, wire::node::UploadLogs order) {
  wire::node::LogsUploaded answer{.id = order.id};
  auto container = client::api::ContainerAddress::parse(order.container_url);
  if (container.has_error()) {
    answer.failure = failure_of(container.error());
    co_return answer;
  }
  spdlog::info("logs from {} to {} are uploaded", wire::print_timestamp(order.start), wire::print_timestamp(order.end));
  auto search = [&context, order] { return log_files_of(context.paths.directory(), order.start, order.end); };
  const auto files = co_await base::on_worker(*context.workers, std::move(search));
  client::api::FindRoute route = [&settings = context.settings](std::string url) {
    return task::storage_route(settings, std::move(url));
  };
  client::api::BlobClient client(*context.http, *context.workers, *context.clock, std::nullopt, std::move(route),
                                 context.retry);
  for (const auto& file : files) {
    const auto blob = order.directory + "/" + file.filename().string();
    client::api::BlobHeaders headers{{"Content-Type", "text/plain"}};
    auto put = co_await client.put_file(*container, blob, file, std::move(headers));
    if (put.has_error()) {
      spdlog::warn("uploading {}: {}", file.string(), put.error().message);
      answer.failure = failure_of(put.error());
      co_return answer;
    }
    ++answer.files;
  }
  co_return answer;
}

}  // namespace nodeagent
