#include "nodeagent/task/packages.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "client/api/blob_client.h"
#include "nodeagent/task/failures.h"
#include "nodeagent/task/storage_route.h"
#include "nodeagent/task/unpack.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace nodeagent::task {
namespace {

namespace fs = std::filesystem;
using wire::node::Package;

constexpr mode_t kDirectoryMode = 0770;
constexpr std::string_view kVariable = "AZ_BATCH_APP_PACKAGE_";

std::string reference_of(const Package& package) {
  return package.application_id + ":" + (package.by_default ? "None" : package.version);
}

/// A file or directory that is removed when it goes out of sight. Blocks then: for workers.
class Temporary {
 public:
  explicit Temporary(fs::path path) : path_(std::move(path)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    std::error_code ignored;  // the directory is emptied when the next agent starts
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

base::Result<void> unpack_into_place(const fs::path& archive, const fs::path& scratch, const fs::path& place) {
  const Temporary unpacked(scratch);
  RETURN_IF_ERROR(base::make_directory(scratch, kDirectoryMode));
  RETURN_IF_ERROR(unpack_zip(archive, scratch));
  RETURN_IF_ERROR(base::make_directory(place.parent_path(), kDirectoryMode));
  std::error_code failure;
  fs::rename(scratch, place, failure);
  if (failure) return base::errno_error("putting a package in its place " + place.string(), failure.value());
  return {};
}

base::Async<base::Result<void>> download_and_unpack(NodeContext& context, Package package, fs::path place) {
  const auto name = context.paths.deliveries() / base::random_guid();
  const fs::path archive = name.string() + ".zip";
  client::api::FindRoute route = [&settings = context.settings](std::string url) {
    return storage_route(settings, std::move(url));
  };
  client::api::BlobClient client(*context.http, *context.workers, *context.clock, std::nullopt, std::move(route),
                                 context.retry);
  auto fetched = co_await client.get_url(package.url, archive, 0600);
  if (fetched.has_error()) co_return std::move(fetched).error();
  auto unpack = [archive, name, place] {
    const Temporary downloaded(archive);
    return unpack_into_place(archive, name, place);
  };
  co_return co_await base::on_worker(*context.workers, std::move(unpack));
}

std::string without_odd_characters(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool is_name(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && text.find('/') == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

}  // namespace

base::Async<base::Result<void>> deploy_package(NodeContext& context, Package package) {
  auto place = package_directory(context.paths, package);
  if (place.has_error()) co_return std::move(place).error();
  auto& under_way = context.provisions->under_way_;
  const auto executor = co_await boost::asio::this_coro::executor;
  while (true) {
    std::error_code ignored;  // what cannot be seen is brought again
    if (fs::is_directory(*place, ignored)) co_return base::Result<void>();
    const auto found = under_way.find(*place);
    if (found == under_way.end()) break;
    const auto delivery = found->second;
    while (!delivery->over) co_await delivery->ended.wait(std::nullopt);
    if (delivery->failure) co_return *delivery->failure;
  }
  const auto delivery = std::make_shared<Provisions::Delivery>(executor);
  under_way.emplace(*place, delivery);
  // Also when this coroutine is cancelled: then nobody has failed, and the next one begins anew.
  const auto end = [&under_way, key = *place](Provisions::Delivery* ended) {
    ended->over = true;
    ended->ended.notify();
    under_way.erase(key);
  };
  const std::unique_ptr<Provisions::Delivery, decltype(end)> ending(delivery.get(), end);
  auto brought = co_await download_and_unpack(context, std::move(package), *place);
  if (brought.has_error()) delivery->failure = brought.error();
  co_return brought;
}

base::Async<base::Result<void>> deploy_packages(NodeContext& context, std::vector<Package> packages) {
  for (auto& package : packages) {
    auto deployed = co_await deploy_package(context, package);
    if (deployed.has_error()) {
      co_return failed(FailureCode::ApplicationPackageError, deployed.error())
          .with("ApplicationPackageReference", reference_of(package));
    }
  }
  co_return base::Result<void>();
}

base::Result<fs::path> package_directory(const NodePaths& paths, const Package& package) {
  for (const auto& name : {package.application_id, package.version, package.edition}) {
    if (is_name(name)) continue;
    return base::Error(base::Errc::invalid_argument,
                       "making a directory for the package " + reference_of(package) + ": this is no file name");
  }
  return paths.applications() / package.application_id / package.version / package.edition;
}

wire::node::Environment package_variables(const NodePaths& paths, const std::vector<Package>& packages) {
  wire::node::Environment variables;
  for (const auto& package : packages) {
    const auto place = package_directory(paths, package);
    if (place.has_error()) continue;  // it was not deployed either
    auto name = without_odd_characters(package.application_id);
    if (!package.by_default) name += "_" + without_odd_characters(package.version);
    for (const auto& spelling : {name, upper_case(name)}) {
      const auto variable = std::string(kVariable) + spelling;
      const bool known = std::ranges::any_of(variables, [&](const auto& other) { return other.first == variable; });
      if (!known) variables.emplace_back(variable, place->string());
    }
  }
  return variables;
}

}  // namespace nodeagent::task
