// Paths are joined here only. Ids are safe as names: letters, digits, '-' and '_' (contract 4.0).
#include "emulator/nodes/node_directory.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace emulator::nodes {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::array kTree = {"applications", "fsmounts", "shared", "startup", "volatile", "workitems"};
constexpr std::size_t kLargestRecord = 4096;
constexpr std::size_t kMarkerHashDigits = 16;

fs::path record_file(const fs::path& data_dir, const core::NodeKey& node) {
  return node_directory(data_dir, node) / "agent.json";
}

base::Error filesystem_error(std::string_view attempted, const fs::path& path, std::error_code error) {
  return base::errno_error(std::string(attempted) + " " + path.string(), error.value());
}

/// A task may take away the permissions of its own directories; the owner may give them back.
void open_directories(const fs::path& directory) {
  ::chmod(directory.c_str(), 0700);
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;
    if (entry->symlink_status(unreadable).type() == fs::file_type::directory) open_directories(entry->path());
  }
}

}  // namespace

fs::path endpoint_file(const fs::path& data_dir) {
  return data_dir / "endpoint.json";
}

fs::path node_directory(const fs::path& data_dir, const core::NodeKey& node) {
  return data_dir / "nodes" / base::lower_case(node.pool.text()) / node.node.text();
}

fs::path node_root(const fs::path& data_dir, const core::NodeKey& node) {
  return node_directory(data_dir, node) / "root";
}

std::string node_marker(const fs::path& data_dir, const core::NodeKey& node) {
  std::error_code error;
  auto place = fs::weakly_canonical(data_dir, error);
  if (error) place = fs::absolute(data_dir);
  return base::lower_case(node.pool.text()) + "/" + node.node.text() + "/" +
         base::hex_encode(base::sha256(place.string())).substr(0, kMarkerHashDigits);
}

base::Result<void> create_node_tree(const fs::path& data_dir, const core::NodeKey& node) {
  RETURN_IF_ERROR(base::make_directory(node_directory(data_dir, node), 0700));
  const auto root = node_root(data_dir, node);
  RETURN_IF_ERROR(base::make_directory(root, 0700));
  for (const auto* name : kTree) RETURN_IF_ERROR(base::make_directory(root / name, 0755));
  return {};
}

base::Result<void> remove_node_tree(const fs::path& data_dir, const core::NodeKey& node) {
  const auto directory = node_directory(data_dir, node);
  std::error_code error;
  fs::remove_all(directory, error);
  if (error) {
    open_directories(directory);
    fs::remove_all(directory, error);
  }
  if (error) return filesystem_error("removing node directory", directory, error);
  // Other nodes of the pool may still be there: then this fails, as it should.
  ::rmdir(directory.parent_path().c_str());
  return {};
}

base::Result<void> write_agent_record(const fs::path& data_dir, const core::NodeKey& node,
                                      const AgentProcessRecord& record) {
  const auto path = record_file(data_dir, node);
  const auto temporary = fs::path(path.string() + ".new");
  const Json json = {{"pid", record.pid}, {"startTime", record.start_time}, {"incarnation", record.incarnation}};
  ASSIGN_OR_RETURN(auto file, base::open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
  RETURN_IF_ERROR(base::write_all(file.get(), json.dump(), temporary));
  RETURN_IF_ERROR(file.close());
  std::error_code error;
  fs::rename(temporary, path, error);
  if (error) return filesystem_error("writing", path, error);
  return {};
}

std::optional<AgentProcessRecord> read_agent_record(const fs::path& data_dir, const core::NodeKey& node) {
  const auto text = base::read_file(record_file(data_dir, node), kLargestRecord);
  if (text.has_error()) return std::nullopt;
  const auto json = Json::parse(text.value(), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto number = [&json](const char* name) -> std::optional<std::uint64_t> {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
  };
  const auto pid = number("pid");
  const auto start_time = number("startTime");
  const auto incarnation = number("incarnation");
  if (!pid || !start_time || !incarnation || !std::in_range<pid_t>(*pid)) return std::nullopt;
  return AgentProcessRecord{static_cast<pid_t>(*pid), *start_time, *incarnation};
}

}  // namespace emulator::nodes
