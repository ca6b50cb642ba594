// Files of tasks and nodes: list, get, get properties, delete (contract 7.8), straight from the node's directory.
#include "base/text.h"
#include "emulator/core/special_tasks.h"
#include "emulator/rest/byte_range.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/node_files.h"
#include "emulator/rest/operation.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/responses.h"
#include "wire/batch/errors.h"
#include "wire/time_text.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::ErrorCode;
using wire::batch::make_error;
using wire::batch::NodeState;

/// A root and the URL under which its files are known.
struct FilePlace {
  FileRoot root;
  std::string url;  ///< ".../files"
};

std::filesystem::path node_root(const Call& call, const core::NodeKey& node) {
  return call.account->nodes_directory / base::lower_case(node.pool.text()) / node.node.text() / "root";
}

/// TaskFilesUnavailable: the task has not run, its node is gone, or the agent has not made the directory yet.
base::Async<base::Result<FilePlace>> place_of_task(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto task, co_await find_task(call));
  const auto& record = task.record;
  if (!record.node || record.node_gone) co_return make_error(ErrorCode::TaskFilesUnavailable);
  if (record.files_removed) co_return make_error(ErrorCode::TaskFilesCleanedup);
  FilePlace place{.root = {node_root(call, *record.node), task_root_directory(record.key)},
                  .url = task_url(call.base_url, record.key) + "/files"};
  auto look = [root = place.root] { return exists(root); };
  const bool is_there = co_await base::on_worker(*call.surroundings->workers, std::move(look));
  if (!is_there) co_return make_error(ErrorCode::TaskFilesUnavailable);
  co_return place;
}

base::Async<base::Result<FilePlace>> place_of_node(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  if (node.record.state == NodeState::creating) co_return make_error(ErrorCode::NodeBeingCreated);
  const auto& key = node.record.key;
  FilePlace place{.root = {node_root(call, key), ""}, .url = node_url(call.base_url, key) + "/files"};
  auto look = [root = place.root] { return exists(root); };
  const bool is_there = co_await base::on_worker(*call.surroundings->workers, std::move(look));
  if (!is_there) co_return make_error(ErrorCode::NodeBeingStarted);
  co_return place;
}

/// A path into the directory of a job's special task says by its own codes when that task has not run on the node
/// (contract 3.3), or its directory is gone.
base::Result<void> check_special_path(const core::Batch& batch, const core::NodeKey& node, std::string_view path) {
  constexpr std::string_view kPlainJob = "job-1";
  const auto parts = base::split(path, '/');
  if (parts.size() < 4 || parts[0] != "workitems") return {};
  const core::JobId id{parts[2] == kPlainJob ? parts[1] : parts[1] + ":" + parts[2]};
  const auto* job = batch.find_job(id);
  const auto kind = job == nullptr ? std::nullopt : core::special_task_of(*job, core::TaskId{parts[3]});
  if (!kind) return {};
  const bool prepares = *kind == core::SpecialTask::preparation;
  const auto* at = batch.find_job_node({id, node});
  if (at == nullptr || !core::find_info(*at, *kind)) {
    return make_error(prepares ? ErrorCode::JobPreparationTaskNotRunOnNode : ErrorCode::JobReleaseTaskNotRunOnNode);
  }
  const bool removed = prepares ? at->preparation_files_removed : at->release_files_removed;
  if (removed) return make_error(ErrorCode::TaskFilesCleanedup);
  return {};
}

/// place_of_node for a call that names a file.
base::Async<base::Result<FilePlace>> place_of_node_file(const Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_node(call));
  const auto path = call.path.get("filePath");
  if (!path.starts_with("workitems/")) co_return place;
  auto look = [node = call.node_key(), path](const core::Batch& batch) -> base::Result<bool> {
    RETURN_IF_ERROR(check_special_path(batch, node, path));
    return true;
  };
  CO_RETURN_IF_ERROR(co_await call.service().read(std::move(look)));
  co_return place;
}

/// What the service calls the content, by the name alone.
std::string content_type_of(const std::string& name) {
  const auto lower = base::lower_case(name);
  const bool is_text = lower.ends_with(".txt") || lower.ends_with(".log");
  return is_text ? "text/plain" : "application/octet-stream";
}

/// "0o100644"
std::string octal_mode(mode_t mode) {
  char text[24];
  std::snprintf(text, sizeof text, "0o%o", static_cast<unsigned>(mode));
  return text;
}

std::string file_url(const FilePlace& place, const std::string& name) {
  return place.url + "/" + base::percent_encode(name, "/");
}

json file_entity(const FilePlace& place, const FileFacts& file) {
  json entity{{"name", file.name}, {"url", file_url(place, file.name)}, {"isDirectory", file.is_directory}};
  if (file.is_directory) return entity;
  entity["properties"] = {{"lastModified", wire::print_timestamp(file.modified)},
                          {"contentLength", file.size},
                          {"contentType", content_type_of(file.name)},
                          {"fileMode", octal_mode(file.mode)}};
  return entity;
}

void set_file_headers(http::Response& response, const FilePlace& place, const FileFacts& file) {
  response.headers.set("Content-Type", content_type_of(file.name));
  response.headers.set("Last-Modified", wire::print_http_date(file.modified));
  response.headers.set("ocp-batch-file-isdirectory", file.is_directory ? "True" : "False");
  response.headers.set("ocp-batch-file-mode", octal_mode(file.mode));
  response.headers.set("ocp-batch-file-url", base::percent_encode(file_url(place, file.name)));
}

/// A range of an open file as a body. The length is a snapshot: a running task may append (not seen) or truncate (the
/// body then breaks off and the connection with it).
class FileBody final : public http::BodySource {
 public:
  FileBody(base::Workers& workers, base::FileDescriptor file, ByteRange range)
      : workers_(workers), file_(std::make_shared<base::FileDescriptor>(std::move(file))), range_(range) {}

  base::Async<base::Result<std::size_t>> read_some(std::span<char> into) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), range_.length));
    if (wanted == 0) co_return std::size_t{0};
    auto read = [file = file_, into, wanted, offset = range_.first]() -> base::Result<std::size_t> {
      const auto count = ::pread(file->get(), into.data(), wanted, static_cast<off_t>(offset));
      if (count < 0) return base::errno_error("reading a node's file", errno);
      if (count == 0) return base::Error{base::Errc::io, "a node's file became shorter while it was read"};
      return static_cast<std::size_t>(count);
    };
    CO_ASSIGN_OR_RETURN(const auto count, co_await base::on_worker(workers_, std::move(read)));
    range_.first += count;
    range_.length -= count;
    co_return count;
  }

 private:
  base::Workers& workers_;
  std::shared_ptr<base::FileDescriptor> file_;
  ByteRange range_;
};

bool stands_after(const std::string& name, const std::string& key) {
  const auto depth = std::count(name.begin(), name.end(), '/');
  const auto key_depth = std::count(key.begin(), key.end(), '/');
  return depth != key_depth ? depth > key_depth : name > key;
}

Answer list_place(Call& call, FilePlace place) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, wire::batch::EntityType::file));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::files));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto list = [root = place.root, recursive = call.parameters.recursive] { return list_files(root, recursive); };
  CO_ASSIGN_OR_RETURN(const auto files, co_await base::on_worker(*call.surroundings->workers, std::move(list)));
  Page<const FileFacts*> page;
  for (const auto& file : files) {
    if (after && !stands_after(file.name, *after)) continue;
    if (!page.take(call.parameters, file.name)) break;
    const auto lookup = [&file](std::string_view) { return std::optional<wire::odata::Value>{file.name}; };
    if (!filter || filter->matches(lookup)) page.entries.push_back(&file);
  }
  auto values = nlohmann::ordered_json::array();
  for (const auto* file : page.entries) values.push_back(projection.show(file_entity(place, *file)));
  co_return json_response(call, "files", list_body(call, std::move(values), page.more, page.last_key));
}

/// `ocp-range`, or HTTP's own Range, or everything.
base::Result<ByteRange> wanted_range(const Call& call, std::uint64_t size) {
  for (const auto* name : {"ocp-range", "Range"}) {
    if (const auto text = call.request->headers.find(name)) return parse_byte_range(*text, size);
  }
  return ByteRange{0, size};
}

Answer get_from_place(Call& call, FilePlace place) {
  CO_ASSIGN_OR_RETURN(const auto name, relative_file_path(call.path.get("filePath")));
  auto open = [root = place.root, name] { return open_file_to_read(root, name); };
  CO_ASSIGN_OR_RETURN(auto opened, co_await base::on_worker(*call.surroundings->workers, std::move(open)));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, core::Version{opened.facts.modified}));
  CO_ASSIGN_OR_RETURN(const auto range, wanted_range(call, opened.facts.size));
  auto response = empty_response(call);
  set_file_headers(response, place, opened.facts);
  response.content_length = range.length;
  response.source = std::make_unique<FileBody>(*call.surroundings->workers, std::move(opened.file), range);
  co_return response;
}

Answer get_properties_from_place(Call& call, FilePlace place) {
  CO_ASSIGN_OR_RETURN(const auto name, relative_file_path(call.path.get("filePath")));
  auto look = [root = place.root, name] { return file_facts(root, name); };
  CO_ASSIGN_OR_RETURN(const auto facts, co_await base::on_worker(*call.surroundings->workers, std::move(look)));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, core::Version{facts.modified}));
  auto response = empty_response(call);
  set_file_headers(response, place, facts);
  response.content_length = facts.size;
  co_return response;
}

Answer delete_from_place(Call& call, FilePlace place) {
  CO_ASSIGN_OR_RETURN(const auto name, relative_file_path(call.path.get("filePath")));
  auto remove = [root = place.root, name, recursive = call.parameters.recursive] {
    return remove_file(root, name, recursive);
  };
  CO_RETURN_IF_ERROR(co_await base::on_worker(*call.surroundings->workers, std::move(remove)));
  co_return empty_response(call);
}

}  // namespace

Answer list_files_from_task(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_task(call));
  co_return co_await list_place(call, std::move(place));
}

Answer get_file_from_task(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_task(call));
  co_return co_await get_from_place(call, std::move(place));
}

Answer get_file_properties_from_task(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_task(call));
  co_return co_await get_properties_from_place(call, std::move(place));
}

Answer delete_file_from_task(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_task(call));
  co_return co_await delete_from_place(call, std::move(place));
}

Answer list_files_from_node(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_node(call));
  co_return co_await list_place(call, std::move(place));
}

Answer get_file_from_node(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_node_file(call));
  co_return co_await get_from_place(call, std::move(place));
}

Answer get_file_properties_from_node(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_node_file(call));
  co_return co_await get_properties_from_place(call, std::move(place));
}

Answer delete_file_from_node(Call& call) {
  CO_ASSIGN_OR_RETURN(auto place, co_await place_of_node_file(call));
  co_return co_await delete_from_place(call, std::move(place));
}

}  // namespace emulator::rest
