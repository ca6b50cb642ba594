#include "nodeagent/stand_ins/stand_ins.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cstdlib>
#include <cstring>

namespace nodeagent::stand_ins {
namespace {

constexpr const char* kPackageList = "/var/lib/dpkg/status";
constexpr std::size_t kMostPackageListBytes = 256u << 20;

struct Name {
  std::string_view name;
  StandIn stand_in;
};
constexpr auto kNames = std::to_array<Name>(
    {{"ffmpeg", StandIn::ffmpeg}, {"apt-get", StandIn::apt_get}, {"apt", StandIn::apt}, {"sudo", StandIn::sudo}});

bool chosen(StandIn stand_in, Choice choice) {
  switch (stand_in) {
    case StandIn::ffmpeg: return choice.ffmpeg;
    // With the host's own packages, its own sudo is needed as well.
    case StandIn::apt_get:
    case StandIn::apt:
    case StandIn::sudo: return choice.apt;
  }
  return false;
}

base::Result<void> link_to(const std::filesystem::path& link, const std::filesystem::path& program) {
  std::error_code error;
  if (std::filesystem::read_symlink(link, error) == program) return {};
  if (::unlink(link.c_str()) != 0 && errno != ENOENT) return base::errno_error("removing " + link.string(), errno);
  if (::symlink(program.c_str(), link.c_str()) != 0) return base::errno_error("making " + link.string(), errno);
  return {};
}

/// The host as it is.
class ThisHost final : public Host {
 public:
  bool has_command(std::string_view name) const override {
    if (name.empty() || name.find('/') != std::string_view::npos) return false;
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): there is one thread
    for (const auto& directory : base::split(path == nullptr ? "" : path, ':')) {
      const auto file = std::filesystem::path(directory) / name;
      struct stat entry {};
      if (!directory.empty() && ::stat(file.c_str(), &entry) == 0 && S_ISREG(entry.st_mode) &&
          ::access(file.c_str(), X_OK) == 0) {
        return true;
      }
    }
    return false;
  }
  bool has_package(std::string_view name) const override {
    auto list = base::read_file(kPackageList, kMostPackageListBytes);
    // Another kind of Linux has no such list; commands are then all there is.
    return list.has_value() && lists_installed(*list, name);
  }
};

int print(const Printed& printed) {
  const auto out = base::write_all(STDOUT_FILENO, printed.out, "stdout");
  const auto err = base::write_all(STDERR_FILENO, printed.err, "stderr");
  return out.has_error() || err.has_error() ? 1 : printed.exit_code;
}

int run_sudo(const std::vector<std::string>& arguments) {
  auto sudo = read_sudo(arguments);
  if (sudo.command.empty()) return print(sudo.printed);
  for (auto& setting : sudo.environment) ::putenv(setting.data());  // NOLINT(concurrency-mt-unsafe): one thread
  std::vector<char*> pointers;
  for (auto& text : sudo.command) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  const int error_number = errno;
  return print({.exit_code = error_number == ENOENT ? 127 : 126,
                .err = "sudo: " + sudo.command[0] + ": " + std::strerror(error_number) + "\n"});
}

}  // namespace

base::Result<void> create(const std::filesystem::path& directory, const std::filesystem::path& program, Choice choice) {
  RETURN_IF_ERROR(base::make_directory(directory, 0755));
  for (const auto& [name, stand_in] : kNames) {
    const auto link = directory / name;
    if (chosen(stand_in, choice)) {
      RETURN_IF_ERROR(link_to(link, program));
    } else if (::unlink(link.c_str()) != 0 && errno != ENOENT) {
      return base::errno_error("removing " + link.string(), errno);
    }
  }
  return {};
}

std::optional<StandIn> called_as(std::string_view argv0) {
  const auto slash = argv0.rfind('/');
  const auto name = slash == std::string_view::npos ? argv0 : argv0.substr(slash + 1);
  for (const auto& known : kNames) {
    if (known.name == name) return known.stand_in;
  }
  return std::nullopt;
}

int run(StandIn as, int argc, char** argv) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  switch (as) {
    case StandIn::apt_get:
    case StandIn::apt: return print(run_apt(as, arguments, ThisHost()));
    case StandIn::sudo: return run_sudo(arguments);
    case StandIn::ffmpeg: break;
  }
  return print({.exit_code = 1, .err = "ffmpeg is run by the media part of this program\n"});
}

}  // namespace nodeagent::stand_ins
