// One synchronisation at a time on a node, so that two tasks that end together do not upload the same file twice.
#include "nodeagent/task/mounts.h"

#include "base/durable_file.h"
#include "client/api/blob_client.h"
#include "nodeagent/task/failures.h"
#include "nodeagent/task/resource_files.h"
#include "nodeagent/task/storage_route.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <algorithm>
#include <set>

namespace nodeagent::task {
namespace {

namespace fs = std::filesystem;
using client::api::BlobClient;
using client::api::ContainerAddress;

constexpr mode_t kDirectoryMode = 0770;
constexpr mode_t kFileMode = 0660;

struct FileState {
  std::uint64_t size = 0;
  fs::file_time_type modified{};
};

std::optional<FileState> state_of(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) return std::nullopt;
  FileState state{.size = fs::file_size(file, error)};
  if (!error) state.modified = fs::last_write_time(file, error);
  return error ? std::nullopt : std::optional(state);
}

/// Every regular file below the directory by its path with slashes. Links are not followed: they are no blobs.
std::map<std::string, FileState> files_below(const fs::path& directory) {
  std::map<std::string, FileState> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (auto state = state_of(entry->path())) {
      found.emplace(entry->path().lexically_relative(directory).generic_string(), *state);
    }
  }
  return found;
}

BlobClient client_of(const NodeContext& context) {
  client::api::FindRoute route = [&settings = context.settings](std::string url) {
    return storage_route(settings, std::move(url));
  };
  return {*context.http, *context.workers, *context.clock, std::nullopt, std::move(route), context.retry};
}

/// Each order has a signature of its own.
bool same_container(const wire::node::Mount& a, const wire::node::Mount& b) {
  const auto place = [](const wire::node::Mount& mount) {
    return std::string_view{mount.container_url}.substr(0, mount.container_url.find('?'));
  };
  return place(a) == place(b);
}

base::Error not_mounted(const wire::node::Mount& mount, const base::Error& cause) {
  return failed(FailureCode::MountConfigurationError, cause).with("RelativeMountPath", mount.relative_path);
}

/// A directory of this machine in the place of a network's.
base::Result<void> link_directory(const fs::path& target, const fs::path& link) {
  std::error_code error;
  if (!fs::is_directory(target, error)) {
    return base::Error(base::Errc::not_found, "mounting " + target.string() + ": there is no such directory here");
  }
  fs::remove(link, error);
  fs::create_directory_symlink(target, link, error);
  if (error) return base::errno_error("linking " + link.string(), error.value());
  return {};
}

}  // namespace

base::Async<base::Result<void>> Mounts::mount(std::vector<wire::node::Mount> mounts,
                                              std::shared_ptr<command::StopSignal> stop) {
  co_await take_turn();
  std::set<std::string> wanted;
  base::Result<void> done;
  for (auto& mount : mounts) {
    wanted.insert(mount.relative_path);
    if (stop->stopped()) done = base::Error(base::Errc::cancelled, "the node was told to end");
    if (done.has_error()) break;
    done = co_await mount_one(std::move(mount));
  }
  std::erase_if(mounted_, [&](const auto& one) { return !wanted.contains(one->mount.relative_path); });
  end_turn();
  co_return done;
}

base::Async<base::Result<void>> Mounts::mount_one(wire::node::Mount mount) {
  auto place = path_inside(context_.paths.mounts(), mount.relative_path);
  if (place.has_error()) co_return not_mounted(mount, place.error());
  // The order may come again while a task runs: what is mounted stays so, with what is known of its files.
  const auto before =
      std::ranges::find_if(mounted_, [&](const auto& one) { return one->mount.relative_path == mount.relative_path; });
  auto mounted = std::make_unique<Mounted>(Mounted{.mount = mount, .directory = *std::move(place), .files = {}});
  if (before != mounted_.end() && same_container((*before)->mount, mount)) mounted->files = (*before)->files;
  base::Result<void> done;
  if (!mount.problem.empty()) {
    done = base::Error(base::Errc::unsupported, mount.problem);
  } else if (!mount.directory.empty()) {
    done = base::make_directory(mounted->directory.parent_path(), kDirectoryMode);
    if (done.has_value()) done = link_directory(mount.directory, mounted->directory);
  } else {
    done = base::make_directory(mounted->directory, kDirectoryMode);
    if (done.has_value()) done = co_await bring_down(*mounted);
  }
  log(*mounted, done.has_value() ? "mounted" : "not mounted: " + done.error().message);
  if (done.has_error()) co_return not_mounted(mount, done.error());
  remember(std::move(mounted));
  co_return base::Result<void>();
}

void Mounts::remember(std::unique_ptr<Mounted> mounted) {
  const auto before = std::ranges::find_if(
      mounted_, [&](const auto& one) { return one->mount.relative_path == mounted->mount.relative_path; });
  if (before != mounted_.end()) {
    *before = std::move(mounted);
  } else {
    mounted_.push_back(std::move(mounted));
  }
}

base::Async<void> Mounts::refresh() {
  return each(&Mounts::bring_down, "downloading from");
}

base::Async<void> Mounts::save() {
  return each(&Mounts::bring_up, "uploading to");
}

base::Async<void> Mounts::each(Direction direction, const char* what) {
  co_await take_turn();
  for (const auto& mounted : mounted_) {
    if (mounted->mount.container_url.empty()) continue;
    auto done = co_await (this->*direction)(*mounted);
    if (done.has_value()) continue;
    log(*mounted, std::string(what) + " the container failed: " + done.error().message);
    spdlog::warn("mount {}: {} the container failed: {}", mounted->mount.relative_path, what, done.error().message);
  }
  end_turn();
}

base::Async<base::Result<void>> Mounts::bring_down(Mounted& mounted) {
  auto client = client_of(context_);
  CO_ASSIGN_OR_RETURN(const auto container, ContainerAddress::parse(mounted.mount.container_url));
  CO_ASSIGN_OR_RETURN(const auto blobs, co_await client.list_blobs(container, ""));
  std::set<std::string> present;
  for (const auto& blob : blobs) {
    present.insert(blob.name);
    auto path = path_inside(mounted.directory, blob.name);
    if (path.has_error()) continue;  // "directory/" of tools that imitate directories, and names that lead outside
    const auto known = mounted.files.find(blob.name);
    const auto local = state_of(*path);
    const bool is_known = known != mounted.files.end();
    const bool changed_here =
        is_known && local && (local->size != known->second.size || local->modified != known->second.modified);
    const bool changed_there = !is_known || known->second.etag != blob.etag;
    if (!changed_there || changed_here) continue;
    auto parent = base::make_directory(path->parent_path(), kDirectoryMode);
    if (parent.has_error()) co_return std::move(parent).error();
    CO_RETURN_IF_ERROR(co_await client.get_file(container, blob.name, *path, kFileMode));
    const auto fetched = state_of(*path).value_or(FileState{});
    mounted.files[blob.name] = {.etag = blob.etag, .size = fetched.size, .modified = fetched.modified};
  }
  for (auto known = mounted.files.begin(); known != mounted.files.end();) {
    if (present.contains(known->first)) {
      ++known;
      continue;
    }
    const auto path = mounted.directory / known->first;
    const auto local = state_of(path);
    std::error_code ignored;  // a file that stays is uploaded again
    if (local && local->size == known->second.size && local->modified == known->second.modified) {
      fs::remove(path, ignored);
    }
    known = mounted.files.erase(known);
  }
  co_return base::Result<void>();
}

base::Async<base::Result<void>> Mounts::bring_up(Mounted& mounted) {
  if (mounted.mount.read_only) co_return base::Result<void>();
  auto client = client_of(context_);
  CO_ASSIGN_OR_RETURN(const auto container, ContainerAddress::parse(mounted.mount.container_url));
  auto look = [&mounted] { return files_below(mounted.directory); };
  const auto files = co_await base::on_worker(*context_.workers, std::move(look));
  std::size_t uploaded = 0;
  for (const auto& [name, state] : files) {
    const auto known = mounted.files.find(name);
    const bool same =
        known != mounted.files.end() && known->second.size == state.size && known->second.modified == state.modified;
    if (same) continue;
    client::api::BlobHeaders headers;
    CO_RETURN_IF_ERROR(co_await client.put_file(container, name, mounted.directory / name, std::move(headers)));
    mounted.files[name] = {.etag = "", .size = state.size, .modified = state.modified};
    ++uploaded;
  }
  std::vector<std::string> gone;
  for (const auto& [name, known] : mounted.files) {
    if (!files.contains(name)) gone.push_back(name);
  }
  for (auto& name : gone) {
    CO_RETURN_IF_ERROR(co_await client.delete_blob(container, name));
    mounted.files.erase(name);
  }
  if (uploaded == 0 && gone.empty()) co_return base::Result<void>();
  log(mounted, std::to_string(uploaded) + " files uploaded, " + std::to_string(gone.size()) + " removed");
  // What was uploaded need not be downloaded again: its new versions are the known ones.
  CO_ASSIGN_OR_RETURN(const auto blobs, co_await client.list_blobs(container, ""));
  for (const auto& blob : blobs) {
    const auto known = mounted.files.find(blob.name);
    if (known != mounted.files.end() && known->second.etag.empty()) known->second.etag = blob.etag;
  }
  co_return base::Result<void>();
}

base::Async<void> Mounts::take_turn() {
  while (taken_) co_await turn_.wait(std::nullopt);
  taken_ = true;
}

void Mounts::end_turn() {
  taken_ = false;
  turn_.notify();
}

void Mounts::log(const Mounted& mounted, const std::string& text) const {
  auto name = mounted.mount.relative_path;
  std::replace(name.begin(), name.end(), '/', '-');
  const auto file = context_.paths.mounts() / (name + ".log");
  const auto opened = base::open_file(file, O_WRONLY | O_CREAT | O_APPEND, kFileMode);
  if (opened.has_error()) return;  // a log is no reason to fail
  const auto line = text + "\n";
  (void)base::write_all(opened->get(), line, file);
}

}  // namespace nodeagent::task
