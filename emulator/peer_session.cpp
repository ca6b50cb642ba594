#include "emulator/peer_session.h"

#include "wire/proxy_environment.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

namespace emulator {
namespace {

constexpr std::size_t kMaxEnvironmentBytes = 2 * 1024 * 1024;
constexpr std::size_t kMostTableLines = 200'000;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// "0100007F:1F90" as the tables show 127.0.0.1:8080; the tail of an IPv4-mapped address looks the same.
std::string table_address(std::uint16_t port) {
  std::array<char, 16> text{};
  // The address is printed as a number of the machine's byte order.
  const std::array<unsigned char, 4> loopback{127, 0, 0, 1};
  std::uint32_t address = 0;
  std::memcpy(&address, loopback.data(), sizeof address);
  std::snprintf(text.data(), text.size(), "%08X:%04X", address, static_cast<unsigned>(port));
  return text.data();
}

/// A row of a table of the kernel's (proc(5): /proc/net/tcp).
struct Socket {
  std::string user;  ///< a number
  std::string inode;
};

std::optional<Socket> find_socket(const char* table, const std::string& local, const std::string& remote) {
  std::ifstream file{table};
  std::string line;
  for (std::size_t lines = 0; lines < kMostTableLines && std::getline(file, line); ++lines) {
    std::istringstream fields{line};
    std::array<std::string, 10> field;  // sl local remote st queues tr:tm retransmits uid timeout inode
    for (auto& one : field) fields >> one;
    if (field[1].ends_with(local) && field[2].ends_with(remote)) return Socket{field[7], field[9]};
  }
  return std::nullopt;
}

/// Java's sockets are IPv6 ones with mapped addresses, so there are two tables.
std::optional<Socket> find_peer(std::uint16_t peer_port, std::uint16_t own_port) {
  const auto local = table_address(peer_port);
  const auto remote = table_address(own_port);
  auto found = find_socket("/proc/net/tcp", local, remote);
  return found ? found : find_socket("/proc/net/tcp6", local, remote);
}

std::string value_in_environment(const std::string& process, std::string_view name) {
  std::ifstream file{process + "/environ", std::ios::binary};
  std::string entry;
  std::size_t read = 0;
  while (read < kMaxEnvironmentBytes && std::getline(file, entry, '\0')) {
    read += entry.size() + 1;
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return entry.substr(name.size() + 1);
    }
  }
  return {};
}

bool has_socket(const std::string& process, const std::string& socket_name) {
  const auto folder = process + "/fd";
  const Directory directory{::opendir(folder.c_str())};
  if (!directory) return false;
  std::array<char, 64> target{};
  while (const auto* entry = ::readdir(directory.get())) {
    const auto length = ::readlinkat(::dirfd(directory.get()), entry->d_name, target.data(), target.size());
    if (length > 0 && std::string_view{target.data(), static_cast<std::size_t>(length)} == socket_name) return true;
  }
  return false;
}

}  // namespace

std::string session_of_peer(std::uint16_t peer_port, std::uint16_t own_port) {
  const auto peer = find_peer(peer_port, own_port);
  if (!peer || peer->inode == "0") return {};
  const auto socket_name = "socket:[" + peer->inode + "]";
  const Directory processes{::opendir("/proc")};
  if (!processes) return {};
  while (const auto* entry = ::readdir(processes.get())) {
    const std::string_view name = entry->d_name;
    if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const auto process = "/proc/" + std::string{name};
    // The environment first: few processes carry the variable, and many have many descriptors.
    auto session = value_in_environment(process, wire::kSessionVariable);
    if (!session.empty() && has_socket(process, socket_name)) return session;
  }
  return {};
}

bool peer_is_own_user(std::uint16_t peer_port, std::uint16_t own_port) {
  const auto peer = find_peer(peer_port, own_port);
  return peer && (peer->user == "0" || peer->user == std::to_string(::geteuid()));
}

}  // namespace emulator
