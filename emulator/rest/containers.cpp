#include "emulator/rest/containers.h"

#include "base/text.h"
#include "emulator/rest/documents.h"
#include "wire/blob/sas.h"

#include <algorithm>

namespace emulator::rest {
namespace {

using nlohmann::json;

/// What a mounted container is opened for, and for how long: longer than a node lives.
constexpr std::string_view kReadAndWrite = "racwdl";
constexpr std::string_view kSasVersion = "2021-12-02";
constexpr std::chrono::hours kMountAccess{24 * 365 * 10};

wire::node::Registry registry_of(const json& registry) {
  auto server = text_member(registry, {"registryServer"});
  return {.server = server.empty() ? "docker.io" : std::move(server),
          .user_name = text_member(registry, {"username"}),
          .password = text_member(registry, {"password"})};
}

bool asks_for_reading_only(const std::string& options) {
  return options.find("-o ro") != std::string::npos || options.find("--read-only") != std::string::npos;
}

wire::node::Mount cannot(const json& settings, std::string why) {
  return {.relative_path = text_member(settings, {"relativeMountPath"}), .problem = std::move(why)};
}

constexpr std::string_view kPublicHost = ".blob.core.windows.net";

/// A container of the emulator's own blob store; what Azure has is not mounted.
wire::node::Mount blob_mount(const json& settings, const AutoStorage& storage, base::Timestamp now) {
  const auto account = text_member(settings, {"accountName"});
  const auto container = text_member(settings, {"containerName"});
  const bool is_known = std::ranges::find(storage.accounts, account) != storage.accounts.end();
  if (!is_known && !storage.real_names) {
    return cannot(settings, "mounting the container " + container + " of the account " + account +
                                ": only accounts of the emulator's own blob store can be mounted (--storage-account)");
  }
  auto sas = text_member(settings, {"sasKey"});
  if (sas.starts_with('?')) sas.erase(0, 1);
  if (sas.empty()) {
    const auto key = base::base64_decode(text_member(settings, {"accountKey"}));
    if (key.has_error()) return cannot(settings, "mounting the container " + container + ": the key is not base64");
    sas = wire::blob::sign_container_sas(account, *key, container, kReadAndWrite, now + kMountAccess, kSasVersion);
  }
  // By its real name the request carries the nodes' session, which may have the account made or its key taken on trust.
  const auto place =
      storage.real_names ? "https://" + account + std::string{kPublicHost} : storage.endpoint + "/" + account;
  return {.relative_path = text_member(settings, {"relativeMountPath"}),
          .container_url = place + "/" + container + "?" + sas,
          .directory = {},
          .read_only = asks_for_reading_only(text_member(settings, {"blobfuseOptions"})),
          .problem = {}};
}

/// "host:/path" of this machine, or a path.
wire::node::Mount nfs_mount(const json& settings) {
  const auto source = text_member(settings, {"source"});
  const auto slash = source.find('/');
  auto host = slash == std::string::npos ? source : source.substr(0, slash);
  if (host.ends_with(':')) host.pop_back();
  const bool is_here = host.empty() || host == "localhost" || host == "127.0.0.1";
  if (slash == std::string::npos || !is_here) {
    return cannot(settings, "mounting " + source +
                                ": mounting a network file system needs root; give a directory of this machine "
                                "(localhost:/path) or a blob container of the emulator");
  }
  return {.relative_path = text_member(settings, {"relativeMountPath"}),
          .container_url = {},
          .directory = source.substr(slash),
          .read_only = false,
          .problem = {}};
}

wire::node::Mount mount_of(const json& mount, const AutoStorage& storage, base::Timestamp now) {
  if (const auto* blob = member(mount, {"azureBlobFileSystemConfiguration"})) return blob_mount(*blob, storage, now);
  if (const auto* nfs = member(mount, {"nfsMountConfiguration"})) return nfs_mount(*nfs);
  for (const char* kind : {"cifsMountConfiguration", "azureFileShareConfiguration"}) {
    if (const auto* share = member(mount, {kind})) {
      return cannot(*share, std::string("mounting a file share (") + kind +
                                "): it needs root and the network; use a blob container of the emulator instead");
    }
  }
  return cannot(json::object(), "the mount has no configuration");
}

}  // namespace

std::optional<wire::node::Container> container_of(const json& task) {
  const auto* settings = member(task, {"containerSettings"});
  if (settings == nullptr) return std::nullopt;
  wire::node::Container container;
  container.image = text_member(*settings, {"imageName"});
  container.run_options = text_member(*settings, {"containerRunOptions"});
  if (const auto* registry = member(*settings, {"registry"})) container.registry = registry_of(*registry);
  container.image_directory =
      base::equal_ignoring_case(text_member(*settings, {"workingDirectory"}), "containerImageDefault");
  // Absent: the whole root. Given, even empty: these alone (description of 20.0).
  container.whole_root = member(*settings, {"containerHostBatchBindMounts"}) == nullptr;
  for (const auto& bind : array_member(*settings, {"containerHostBatchBindMounts"})) {
    container.bind_mounts.push_back({.source = base::lower_case(text_member(bind, {"source"})),
                                     .read_only = boolean_member(bind, {"isReadOnly"}, false)});
  }
  return container;
}

bool sets_up_nodes(const json& pool) {
  return !array_member(pool, {"mountConfiguration"}).empty() ||
         member(pool, {"virtualMachineConfiguration", "containerConfiguration"}) != nullptr;
}

void add_mounts_and_containers(wire::node::PrepareNode& order, const core::PoolRecord& pool, const AutoStorage& storage,
                               base::Timestamp now) {
  const auto document = parse_document(pool.document);
  for (const auto& mount : array_member(document, {"mountConfiguration"})) {
    order.mounts.push_back(mount_of(mount, storage, now));
  }
  const auto* containers = member(document, {"virtualMachineConfiguration", "containerConfiguration"});
  if (containers == nullptr) return;
  order.containers = true;
  for (const auto& registry : array_member(*containers, {"containerRegistries"})) {
    order.registries.push_back(registry_of(registry));
  }
  for (const auto& image : array_member(*containers, {"containerImageNames"})) {
    if (image.is_string()) order.images.push_back(image.get<std::string>());
  }
}

}  // namespace emulator::rest
