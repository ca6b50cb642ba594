// apt-get for a host that must not change: whatever is there counts as installed, whatever is not is refused by name.
#include "base/text.h"
#include "nodeagent/stand_ins/stand_ins.h"

#include <algorithm>
#include <array>

namespace nodeagent::stand_ins {
namespace {

constexpr int kAptFailed = 100;
constexpr std::string_view kWayOut =
    "nothing is installed on the host by tasks; install it on the host yourself, or start the emulator with "
    "--host-packages so that tasks call the host's own package manager";

/// Options that change nothing when nothing is installed.
constexpr std::array<std::string_view, 27> kFlags = {"-y",
                                                     "--yes",
                                                     "--assume-yes",
                                                     "-q",
                                                     "-qq",
                                                     "--quiet",
                                                     "--no-install-recommends",
                                                     "--no-install-suggests",
                                                     "--install-recommends",
                                                     "--install-suggests",
                                                     "-f",
                                                     "--fix-broken",
                                                     "-m",
                                                     "--fix-missing",
                                                     "--ignore-missing",
                                                     "--allow-unauthenticated",
                                                     "--allow-downgrades",
                                                     "--allow-change-held-packages",
                                                     "--allow-releaseinfo-change",
                                                     "--force-yes",
                                                     "-V",
                                                     "--verbose-versions",
                                                     "--show-progress",
                                                     "--no-upgrade",
                                                     "--reinstall",
                                                     "-u",
                                                     "-yq"};
/// Options that take the next argument, or what follows them in the same one.
constexpr std::array<std::string_view, 6> kWithValue = {"-o", "--option",     "-t", "--target-release",
                                                        "-c", "--config-file"};

template <std::size_t N>
bool among(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// The arguments of apt-get, sorted.
struct Asked {
  std::string command;
  std::vector<std::string> packages;
  std::string unknown_option;
  bool simulate = false;
};

Asked read_arguments(const std::vector<std::string>& arguments) {
  Asked asked;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (!argument.starts_with('-') || argument == "--version" || argument == "--help" || argument == "-v" ||
        argument == "-h") {
      if (asked.command.empty()) {
        asked.command = argument;
      } else {
        asked.packages.emplace_back(argument);
      }
    } else if (among(argument, kWithValue)) {
      ++i;
    } else if (argument == "-s" || argument == "--simulate" || argument == "--dry-run") {
      asked.simulate = true;
    } else if (!among(argument.substr(0, argument.find('=')), kFlags) && !argument.starts_with("-o") &&
               !argument.starts_with("-t") && !among(argument.substr(0, argument.find('=')), kWithValue) &&
               asked.unknown_option.empty()) {
      asked.unknown_option = argument;
    }
  }
  return asked;
}

Printed refuse(std::string sentence) {
  return {.exit_code = kAptFailed, .err = "E: " + std::move(sentence) + "\n"};
}

/// "name=version", "name/release" and "name:architecture" without what follows.
std::string package_name(std::string_view asked) {
  return std::string(asked.substr(0, asked.find_first_of("=/:")));
}

Printed install(const std::vector<std::string>& packages, const Host& host) {
  Printed printed{.out = "Reading package lists...\nBuilding dependency tree...\nReading state information...\n"};
  std::vector<std::string> missing;
  for (const auto& asked : packages) {
    if (asked.find('/') == 0 || asked.starts_with("./") || asked.ends_with(".deb")) {
      return refuse("Package file " + asked + " cannot be installed: " + std::string(kWayOut));
    }
    if (asked.ends_with('-'))
      return refuse("Removing " + asked.substr(0, asked.size() - 1) + " is not offered: " + std::string(kWayOut));
    const auto name = package_name(asked);
    if (host.has_package(name) || host.has_command(name)) {
      printed.out += name + " is already the newest version (the node provides it).\n";
    } else {
      missing.push_back(name);
    }
  }
  if (missing.empty()) {
    printed.out += "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n";
    return printed;
  }
  printed.exit_code = kAptFailed;
  for (const auto& name : missing) {
    printed.err += "E: Package " + name + " is not on this node: " + std::string(kWayOut) + "\n";
  }
  return printed;
}

std::string own_name(StandIn as) {
  return as == StandIn::apt ? "apt" : "apt-get";
}

}  // namespace

bool lists_installed(std::string_view dpkg_status, std::string_view package) {
  bool named = false;
  while (!dpkg_status.empty()) {
    const auto end = std::min(dpkg_status.find('\n'), dpkg_status.size());
    const auto line = dpkg_status.substr(0, end);
    dpkg_status.remove_prefix(std::min(end + 1, dpkg_status.size()));
    if (line.empty()) named = false;
    if (line.starts_with("Package:")) named = base::trim(line.substr(8)) == package;
    // The status follows the name in every paragraph. "hold ok installed" is installed as well.
    if (named && line.starts_with("Status:") && line.ends_with(" ok installed")) return true;
  }
  return false;
}

Printed run_apt(StandIn as, const std::vector<std::string>& arguments, const Host& host) {
  const auto asked = read_arguments(arguments);
  const auto name = own_name(as);
  if (!asked.unknown_option.empty()) {
    return refuse("Command line option '" + asked.unknown_option + "' is not offered by the " + name +
                  " of this node: " + std::string(kWayOut));
  }
  if (asked.command == "--version" || asked.command == "-v") {
    return {.out = name + " of a Batch Emulator node (a stand-in that installs nothing)\n"};
  }
  if (asked.command == "--help" || asked.command == "-h" || asked.command == "help") {
    return {.out = "Usage: " + name +
                   " update | install PACKAGE...\nAccepts what the node already provides and refuses the rest: " +
                   std::string(kWayOut) + "\n"};
  }
  if (asked.command.empty()) return refuse("No command given to " + name);
  if (asked.command == "update") return {.out = "Reading package lists...\n"};
  if (asked.command == "clean" || asked.command == "autoclean") return {};
  if (asked.command == "install") return install(asked.packages, host);
  return refuse("The command " + asked.command + " is not offered by the " + name +
                " of this node: " + std::string(kWayOut));
}

}  // namespace nodeagent::stand_ins
