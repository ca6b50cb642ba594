#include "emulator/running_file.h"

#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <cerrno>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxRunningFileBytes = 64 * 1024;

json settings_json(const EndpointSettings& settings) {
  return {{"url", settings.url}, {"account", settings.account}, {"key", settings.key}};
}

std::string text_in(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

EndpointSettings settings_of(const json& object) {
  return {.url = text_in(object, "url"), .account = text_in(object, "account"), .key = text_in(object, "key")};
}

json names_json(const NamesSettings& names) {
  return {
      {"proxyPort", names.proxy_port},
      {"entra", names.entra},
      {"ca", {{"certificate", names.ca_certificate}, {"bundle", names.ca_bundle}, {"javaStore", names.ca_java_store}}}};
}

std::optional<NamesSettings> names_of(const json& content) {
  const auto found = content.find("names");
  if (found == content.end() || !found->is_object()) return std::nullopt;
  const auto port = found->find("proxyPort");
  const auto entra = found->find("entra");
  const auto ca = found->value("ca", json::object());
  NamesSettings names{.entra = entra != found->end() && entra->is_boolean() && entra->get<bool>(),
                      .ca_certificate = text_in(ca, "certificate"),
                      .ca_bundle = text_in(ca, "bundle"),
                      .ca_java_store = text_in(ca, "javaStore")};
  if (port == found->end() || !port->is_number_unsigned() || port->get<std::uint64_t>() > UINT16_MAX) {
    return std::nullopt;
  }
  names.proxy_port = port->get<std::uint16_t>();
  return names;
}

/// Single quotes keep everything but a single quote, which none of our values has.
std::string export_line(const std::string& name, const std::string& value) {
  return "export " + name + "='" + value + "'\n";
}

}  // namespace

base::Result<void> replace_file(const std::filesystem::path& file, std::string_view text) {
  auto temporary = file;
  temporary += ".new";
  {
    ASSIGN_OR_RETURN(auto written, base::open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
    if (::fchmod(written.get(), S_IRUSR | S_IWUSR) != 0) return base::errno_error("writing " + file.string(), errno);
    RETURN_IF_ERROR(base::write_all(written.get(), text, temporary));
    RETURN_IF_ERROR(written.close());
  }
  std::error_code failure;
  std::filesystem::rename(temporary, file, failure);
  if (failure) return base::errno_error("writing " + file.string(), failure.value());
  return {};
}

base::Result<void> write_running_file(const std::filesystem::path& file, const RunningEmulator& running) {
  json content{{"pid", running.pid}, {"batch", settings_json(running.batch)}, {"blob", settings_json(running.blob)}};
  if (running.names) content["names"] = names_json(*running.names);
  return replace_file(file, content.dump(2) + "\n");
}

base::Result<RunningEmulator> read_running_file(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto text, base::read_file(file, kMaxRunningFileBytes));
  const auto content = json::parse(text, nullptr, false);
  const bool fits = content.is_object() && content.contains("pid") && content["pid"].is_number_integer() &&
                    content.contains("batch") && content.contains("blob");
  RunningEmulator running;
  if (fits) {
    running = {.pid = content["pid"].get<pid_t>(),
               .batch = settings_of(content["batch"]),
               .blob = settings_of(content["blob"]),
               .names = names_of(content)};
  }
  if (!fits || running.batch.url.empty() || running.blob.url.empty()) {
    return base::Error{base::Errc::corrupt, "reading " + file.string() + ": it does not describe a running emulator"};
  }
  return running;
}

std::filesystem::path running_file(const std::filesystem::path& data_dir) {
  return data_dir / "running.json";
}

base::Result<RunningEmulator> find_running_emulator(const std::filesystem::path& data_dir) {
  const base::Error none{base::Errc::unavailable, "no emulator is running on " + data_dir.string()};
  std::error_code ignored;
  if (!std::filesystem::exists(running_file(data_dir), ignored)) return none;
  // A killed emulator leaves its file behind, but not its lock.
  if (base::DirectoryLock::acquire(data_dir)) return none;
  return read_running_file(running_file(data_dir));
}

std::string environment_lines(const RunningEmulator& running) {
  return export_line("AZURE_BATCH_ACCOUNT", running.batch.account) +
         export_line("AZURE_BATCH_ACCESS_KEY", running.batch.key) +
         export_line("AZURE_BATCH_ENDPOINT", running.batch.url) +
         export_line("AZURE_STORAGE_CONNECTION_STRING",
                     "DefaultEndpointsProtocol=http;AccountName=" + running.blob.account +
                         ";AccountKey=" + running.blob.key + ";BlobEndpoint=" + running.blob.url + ";");
}

}  // namespace emulator
