// Three options need no library; an agent has to start in milliseconds.
#include "nodeagent/options.h"

#include <array>
#include <charconv>
#include <functional>

namespace nodeagent {
namespace {

using base::Errc;
using base::Error;

base::Result<void> set_path(std::filesystem::path& path, std::string_view value) {
  if (value.empty()) return Error(Errc::invalid_argument, "is empty");
  path = std::filesystem::path(value);
  return {};
}

base::Result<void> set_descriptor(int& descriptor, std::string_view value) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), descriptor);
  if (error == std::errc{} && end == value.data() + value.size() && descriptor >= 0) return {};
  return Error(Errc::invalid_argument, "is not a descriptor");
}

struct Row {
  std::string_view flag;
  std::string_view value;
  std::string_view sentence;
  base::Result<void> (*set)(Options& options, std::string_view value);
};
constexpr std::array kRows = {
    Row{"--node-directory", "DIR", "the node's own directory",
        [](Options& options, std::string_view value) { return set_path(options.node_directory, value); }},
    Row{"--token-fd", "N", "descriptor from which the node's identity and token are read",
        [](Options& options, std::string_view value) { return set_descriptor(options.token_fd, value); }},
    Row{"--endpoint-file", "FILE", "where the emulator writes its address",
        [](Options& options, std::string_view value) { return set_path(options.endpoint_file, value); }},
};

const Row* find_row(std::string_view flag) {
  for (const auto& row : kRows) {
    if (row.flag == flag) return &row;
  }
  return nullptr;
}

}  // namespace

base::Result<Options> parse_options(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const auto argument = arguments[at];
    if (argument == "--help" || argument == "--version") {
      options.action = argument == "--help" ? Options::Action::help : Options::Action::version;
      return options;
    }
    const auto equals = argument.find('=');
    const auto* row = find_row(argument.substr(0, equals));
    if (row == nullptr) return Error(Errc::invalid_argument, "unknown option " + std::string(argument));
    const bool beside = equals == std::string_view::npos;
    if (beside && ++at == arguments.size()) {
      return Error(Errc::invalid_argument, std::string(row->flag) + " needs a value");
    }
    auto set = row->set(options, beside ? arguments[at] : argument.substr(equals + 1));
    if (set.has_error()) return std::move(set).error().in(row->flag);
  }
  if (options.node_directory.empty() || options.token_fd < 0 || options.endpoint_file.empty()) {
    return Error(Errc::invalid_argument, "--node-directory, --token-fd and --endpoint-file are all needed");
  }
  return options;
}

std::string help_text() {
  std::string text =
      "batch-nodeagent: the agent of one node of batch-emulator, which starts it.\n\nusage: batch-nodeagent "
      "OPTIONS\n\n";
  for (const auto& row : kRows) {
    auto flag = "  " + std::string(row.flag) + " " + std::string(row.value);
    flag.resize(std::max<std::size_t>(flag.size() + 2, 28), ' ');
    text += flag + std::string(row.sentence) + "\n";
  }
  text += "  --help                    this text\n  --version                 the version\n";
  return text;
}

}  // namespace nodeagent
