// First every source becomes a list of single files (containers are listed), then a few lanes take from the list until
// it is empty or one of them fails.
#include "nodeagent/task/resource_files.h"

#include "base/durable_file.h"
#include "client/api/blob_client.h"
#include "nodeagent/task/failures.h"
#include "nodeagent/task/storage_route.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <deque>
#include <optional>

namespace nodeagent::task {
namespace {

using client::api::BlobClient;
using client::api::ContainerAddress;

/// One file to be downloaded: a URL of any kind, or a blob of a container.
struct Download {
  std::string url;
  ContainerAddress container;
  std::string blob;
  std::filesystem::path path;
  mode_t mode = kDefaultFileMode;
};

struct Transfers {
  BlobClient client;
  base::Workers& workers;
  std::deque<Download> waiting;
  std::optional<base::Error> failure;
};

std::string source_of(const Download& download) {
  return download.url.empty() ? download.container.blob_url(download.blob) : client::api::without_query(download.url);
}

/// What went wrong with one file. 404 and refusals are the user's; the disk is ours; the rest may have been the
/// network.
FailureCode download_failure(const base::Error& error) {
  if (error.code == base::Errc::no_space) return FailureCode::DiskFull;
  const auto local = client::api::local_step_of(error);
  if (local == "create") return FailureCode::ResourceFileCreateFailed;
  if (local == "write") return FailureCode::ResourceFileWriteFailed;
  switch (client::api::status_of(error)) {
    case 404: return FailureCode::BlobNotFound;
    case 401:
    case 403: return FailureCode::BlobAccessDenied;
    case 408: return FailureCode::BlobDownloadTimedOut;
    default: break;
  }
  return error.code == base::Errc::deadline_exceeded ? FailureCode::BlobDownloadTimedOut
                                                     : FailureCode::BlobDownloadMiscError;
}

FailureCode listing_failure(const base::Error& error) {
  switch (client::api::status_of(error)) {
    case 404: return FailureCode::ResourceContainerNotFound;
    case 401:
    case 403: return FailureCode::ResourceContainerAccessDenied;
    case 408: return FailureCode::ResourceContainerListTimedOut;
    default: break;
  }
  return error.code == base::Errc::deadline_exceeded ? FailureCode::ResourceContainerListTimedOut
                                                     : FailureCode::ResourceContainerListMiscError;
}

base::Error failed_file(FailureCode code, const base::Error& cause, std::string source, std::string path) {
  return failed(code, cause).with("BlobSource", std::move(source)).with("FilePath", std::move(path));
}

base::Result<void> make_parent(const std::filesystem::path& file) {
  auto made = base::make_directory(file.parent_path(), kDefaultFileMode);
  if (made.has_value()) return {};
  const bool full = made.error().code == base::Errc::no_space;
  return failed(full ? FailureCode::DiskFull : FailureCode::ResourceDirectoryCreateFailed, made.error());
}

base::Async<base::Result<void>> fetch_one(Transfers& transfers, Download download) {
  auto prepare = [&download] { return make_parent(download.path); };
  auto prepared = co_await base::on_worker(transfers.workers, std::move(prepare));
  if (prepared.has_error()) co_return std::move(prepared).error().with("FilePath", download.path.string());
  base::Result<std::uint64_t> got = std::uint64_t{0};
  if (download.url.empty()) {
    got = co_await transfers.client.get_file(download.container, download.blob, download.path, download.mode);
  } else {
    got = co_await transfers.client.get_url(download.url, download.path, download.mode);
  }
  if (got.has_error()) {
    co_return failed_file(download_failure(got.error()), got.error(), source_of(download), download.path.string());
  }
  co_return base::Result<void>();
}

base::Async<void> lane(std::shared_ptr<Transfers> transfers) {
  while (!transfers->failure && !transfers->waiting.empty()) {
    Download next = std::move(transfers->waiting.front());
    transfers->waiting.pop_front();
    auto fetched = co_await fetch_one(*transfers, std::move(next));
    if (fetched.has_error() && !transfers->failure) transfers->failure = std::move(fetched).error();
  }
}

base::Result<Download> plan_url(const wire::node::ResourceFile& file, const std::filesystem::path& directory) {
  const auto fail = [&](const base::Error& cause) {
    return failed_file(FailureCode::ResourceFileCreateFailed, cause, client::api::without_query(file.http_url),
                       file.file_path);
  };
  auto path = path_inside(directory, file.file_path);
  if (path.has_error()) return fail(path.error());
  auto mode = parse_file_mode(file.file_mode);
  if (mode.has_error()) return fail(mode.error());
  return Download{.url = file.http_url, .path = *std::move(path), .mode = *mode};
}

/// A blob of a listed container: its virtual directories are kept below filePath.
base::Result<Download> plan_blob(const wire::node::ResourceFile& file, const ContainerAddress& container,
                                 const std::string& blob, const std::filesystem::path& directory) {
  const auto relative = file.file_path.empty() ? blob : file.file_path + "/" + blob;
  const auto fail = [&](const base::Error& cause) {
    return failed_file(FailureCode::ResourceFileCreateFailed, cause, container.blob_url(blob), relative);
  };
  auto path = path_inside(directory, relative);
  if (path.has_error()) return fail(path.error());
  auto mode = parse_file_mode(file.file_mode);
  if (mode.has_error()) return fail(mode.error());
  return Download{.container = container, .blob = blob, .path = *std::move(path), .mode = *mode};
}

base::Async<base::Result<void>> plan_container(std::shared_ptr<Transfers> transfers, wire::node::ResourceFile file,
                                               std::filesystem::path directory) {
  auto container = ContainerAddress::parse(file.container_url);
  if (container.has_error()) {
    co_return failed(FailureCode::ResourceContainerListMiscError, container.error());
  }
  auto blobs = co_await transfers->client.list_blobs(*container, file.blob_prefix);
  if (blobs.has_error()) {
    co_return failed_file(listing_failure(blobs.error()), blobs.error(), container->url, file.file_path);
  }
  for (const auto& blob : *blobs) {
    // Tools that imitate directories leave empty blobs called "name/": there is no file to be had of those.
    if (blob.name.ends_with('/')) continue;
    CO_ASSIGN_OR_RETURN(auto download, plan_blob(file, *container, blob.name, directory));
    transfers->waiting.push_back(std::move(download));
  }
  co_return base::Result<void>();
}

}  // namespace

base::Result<std::filesystem::path> path_inside(const std::filesystem::path& working_directory,
                                                std::string_view file_path) {
  const auto refuse = [&](const char* why) {
    return base::Error(base::Errc::invalid_argument, "placing a file at \"" + std::string(file_path) + "\": " + why);
  };
  if (file_path.empty() || file_path.ends_with('/')) return refuse("it names no file");
  if (file_path.find('\0') != std::string_view::npos) return refuse("it holds a NUL byte");
  // Names of blobs may hold empty parts; a leading slash of one is such a part, too.
  const auto relative = std::filesystem::path("./" + std::string(file_path)).lexically_normal();
  if (relative.empty() || relative == "." || *relative.begin() == "..") {
    return refuse("it is outside of the working directory");
  }
  return working_directory / relative;
}

base::Result<mode_t> parse_file_mode(std::string_view text) {
  constexpr mode_t kMostBits = 07777;
  if (text.empty()) return kDefaultFileMode;
  mode_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7' || mode > kMostBits) {
      return base::Error(base::Errc::invalid_argument, "reading a file mode: not octal: " + std::string(text));
    }
    mode = mode * 8 + static_cast<mode_t>(c - '0');
  }
  if (mode > kMostBits) {
    return base::Error(base::Errc::invalid_argument, "reading a file mode: above 7777: " + std::string(text));
  }
  return mode;
}

base::Async<base::Result<void>> fetch_resource_files(NodeContext& context, std::vector<wire::node::ResourceFile> files,
                                                     std::filesystem::path working_directory) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (files.empty()) co_return base::Result<void>();
  client::api::FindRoute route = [&settings = context.settings](std::string url) {
    return storage_route(settings, std::move(url));
  };
  auto transfers =
      std::make_shared<Transfers>(Transfers{.client = BlobClient(*context.http, *context.workers, *context.clock,
                                                                 std::nullopt, std::move(route), context.retry),
                                            .workers = *context.workers});
  for (auto& file : files) {
    if (file.container_url.empty()) {
      CO_ASSIGN_OR_RETURN(auto download, plan_url(file, working_directory));
      transfers->waiting.push_back(std::move(download));
    } else {
      CO_RETURN_IF_ERROR(co_await plan_container(transfers, std::move(file), working_directory));
    }
  }
  static_assert(kParallelTransfers == 4, "the line below has as many lanes");
  co_await (lane(transfers) && lane(transfers) && lane(transfers) && lane(transfers));
  if (transfers->failure) co_return *std::move(transfers->failure);
  co_return base::Result<void>();
}

}  // namespace nodeagent::task
