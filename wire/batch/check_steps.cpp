#include "wire/batch/check_steps.h"

#include "base/text.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

namespace wire::batch {

using base::Result;

Result<void> check_id(std::string_view property, std::string_view id) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (id.empty() || id.size() > kMaxIdLength || !std::all_of(id.begin(), id.end(), allowed)) {
    return invalid_property(property, id,
                            "The id must have 1 to 64 characters out of letters, digits, hyphens and underscores");
  }
  return {};
}

namespace steps {

const json* member(const json& object, std::string_view name) {
  auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

bool is_true(const json& object, std::string_view name) {
  const json* value = member(object, name);
  return value != nullptr && *value == json(true);
}

Result<void> duration_between(const json& object, std::string_view name, base::Ticks least, base::Ticks most) {
  const json* value = member(object, name);
  if (value == nullptr) return {};
  const auto& text = value->get_ref<const std::string&>();
  ASSIGN_OR_RETURN(base::Ticks duration, parse_duration(text));
  if (duration >= least && duration <= most) return {};
  std::string reason = "The duration must be at least " + print_duration(least);
  if (most != base::Ticks::max()) reason += " and at most " + print_duration(most);
  return invalid_property(name, text, std::move(reason));
}

namespace {

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

Result<void> metadata(const json& owner) {
  const json* items = member(owner, "metadata");
  if (items == nullptr) return {};
  std::size_t characters = 0;
  for (const json& item : *items) {
    const auto& name = item["name"].get_ref<const std::string&>();
    if (name.empty()) return make_error(ErrorCode::EmptyMetadataKey);
    // Which characters are not permitted is not published; control characters have no use and break log lines.
    if (has_control_character(name)) return make_error(ErrorCode::InvalidMetadata);
    characters += name.size() + item["value"].get_ref<const std::string&>().size();
  }
  if (items->size() > kMaxMetadataItems || characters > kMaxMetadataCharacters) {
    return make_error(ErrorCode::MetadataTooLarge);
  }
  return {};
}

Result<void> environment(const json& owner, std::string_view name) {
  const json* settings = member(owner, name);
  if (settings == nullptr) return {};
  if (settings->size() > kMaxEnvironmentSettings) {
    return invalid_property(name, "", "There are more than " + std::to_string(kMaxEnvironmentSettings) + " settings");
  }
  for (const json& setting : *settings) {
    const auto& variable = setting["name"].get_ref<const std::string&>();
    bool printable = variable.find('\0') == std::string::npos && variable.find('=') == std::string::npos;
    if (variable.empty() || !printable) {
      return invalid_property("name", variable, "The name of an environment variable is empty or contains = or NUL");
    }
    if (setting.contains("value") && setting["value"].get_ref<const std::string&>().find('\0') != std::string::npos) {
      return invalid_property("value", "", "The value of an environment variable contains NUL");
    }
  }
  return {};
}

namespace {

Result<void> resource_file(const json& file) {
  constexpr std::array<const char*, 3> kSources = {"httpUrl", "storageContainerUrl", "autoStorageContainerName"};
  auto sources = std::count_if(kSources.begin(), kSources.end(), [&](auto name) { return file.contains(name); });
  if (sources != 1) {
    return invalid_property("resourceFiles", "",
                            "Exactly one of httpUrl, storageContainerUrl and autoStorageContainerName must be given");
  }
  bool single = file.contains("httpUrl");
  if (single && (!file.contains("filePath") || file["filePath"].get_ref<const std::string&>().empty())) {
    return missing_property("filePath");
  }
  if (single && file.contains("blobPrefix")) {
    return invalid_property("blobPrefix", "", "A prefix is possible only for a container");
  }
  if (const json* mode = member(file, "fileMode")) {
    const auto& text = mode->get_ref<const std::string&>();
    constexpr std::size_t kLongestMode = 5;
    bool octal = !text.empty() && text.size() <= kLongestMode &&
                 std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
    if (!octal) return invalid_property("fileMode", text, "The file mode is not an octal number");
  }
  return {};
}

}  // namespace

Result<void> resource_files(const json& owner, std::string_view name) {
  const json* files = member(owner, name);
  if (files == nullptr) return {};
  if (files->size() > kMaxResourceFiles) return make_error(ErrorCode::RequestEntityTooLarge);
  for (const json& file : *files) RETURN_IF_ERROR(resource_file(file));
  return {};
}

Result<void> user_identity(const json& owner) {
  const json* identity = member(owner, "userIdentity");
  if (identity == nullptr) return {};
  if (identity->contains("username") != identity->contains("autoUser")) return {};
  return invalid_property("userIdentity", "", "Exactly one of username and autoUser must be given");
}

Result<void> command_line(const json& owner, std::string_view name) {
  const json* command = member(owner, name);
  if (command == nullptr) return {};
  const auto& text = command->get_ref<const std::string&>();
  if (base::trim(text).empty()) return invalid_property(name, "", "The command line is empty");
  if (text.find('\0') != std::string::npos) return invalid_property(name, "", "The command line contains NUL");
  if (text.size() <= kMaxCommandLineLength) return {};
  return invalid_property(name, "", "The command line is longer than " + std::to_string(kMaxCommandLineLength));
}

Result<void> packages(const json& owner, std::size_t most) {
  constexpr std::string_view kName = "applicationPackageReferences";
  const json* references = member(owner, kName);
  if (references == nullptr) return {};
  if (references->size() > most) {
    return invalid_property(kName, "", "There are more than " + std::to_string(most) + " packages");
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const json& reference : *references) {
    std::string id = base::lower_case(reference["applicationId"].get_ref<const std::string&>());
    if (!seen.emplace(id, base::lower_case(reference.value("version", ""))).second) {
      return invalid_property(kName, id, "A package is referred to twice");
    }
  }
  return {};
}

Result<void> constraints(const json& owner) {
  const json* limits = member(owner, "constraints");
  if (limits == nullptr) return {};
  return duration_between(*limits, "maxWallClockTime", base::Ticks{1}, base::Ticks::max());
}

Result<void> output_files(const json& owner) {
  const json* files = member(owner, "outputFiles");
  if (files == nullptr) return {};
  for (const json& file : *files) {
    if (file["filePattern"].get_ref<const std::string&>().empty()) {
      return invalid_property("filePattern", "", "The pattern is empty");
    }
    if (!file["destination"].contains("container")) return missing_property("container");
    if (file["destination"]["container"]["containerUrl"].get_ref<const std::string&>().empty()) {
      return invalid_property("containerUrl", "", "The URL is empty");
    }
  }
  return {};
}

Result<void> common_task(const json& task) {
  // In a container an empty command line means the image's own entry point (contract 7.3).
  const json* command = member(task, "commandLine");
  const bool of_image = task.contains("containerSettings") && command != nullptr &&
                        base::trim(command->get_ref<const std::string&>()).empty();
  if (!of_image) RETURN_IF_ERROR(command_line(task));
  RETURN_IF_ERROR(resource_files(task));
  RETURN_IF_ERROR(environment(task));
  RETURN_IF_ERROR(user_identity(task));
  RETURN_IF_ERROR(constraints(task));
  return output_files(task);
}

}  // namespace steps
}  // namespace wire::batch
