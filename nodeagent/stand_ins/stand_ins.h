// Stand-ins: the commands that a node has although the host was never changed.
//
// {node}/bin is the first directory on every task's PATH. What lies in it are links to the agent's own program, which
// looks at the name it was called by: ffmpeg (libav in this program), apt-get and apt (accept what the host already
// has, refuse the rest by name), sudo (runs its arguments: an elevated task is the same user).
#pragma once

#include "base/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nodeagent::stand_ins {

struct Choice {
  bool ffmpeg = true;  ///< false with `--ffmpeg host`
  bool apt = true;     ///< false with `--host-packages`
};

/// Creates `directory` and exactly the links of `choice` in it, to `program` (an absolute path). Run again it puts
/// right what differs.
base::Result<void> create(const std::filesystem::path& directory, const std::filesystem::path& program, Choice choice);

/// The stand-in that argv[0] asks for, when it does.
enum class StandIn { ffmpeg, apt_get, apt, sudo };
std::optional<StandIn> called_as(std::string_view argv0);

/// What the apt-get stand-in asks the host; made of the real host or of a test's picture of one.
class Host {
 public:
  virtual ~Host() = default;
  [[nodiscard]] virtual bool has_command(std::string_view name) const = 0;
  /// A Debian package with status "install ok installed".
  [[nodiscard]] virtual bool has_package(std::string_view name) const = 0;
};

/// What a stand-in prints and exits with.
struct Printed {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Whether Debian's list of packages (/var/lib/dpkg/status) says that this one is installed.
bool lists_installed(std::string_view dpkg_status, std::string_view package);

/// apt-get and apt as far as they go without changing the host. `arguments` without the program.
Printed run_apt(StandIn as, const std::vector<std::string>& arguments, const Host& host);

/// The command that sudo was asked to run, without sudo's own options; or what it prints instead (refused options,
/// another user than root, no command).
struct SudoCommand {
  std::vector<std::string> environment;  ///< NAME=value in front of the command
  std::vector<std::string> command;      ///< empty: print and exit
  Printed printed;
};
SudoCommand read_sudo(const std::vector<std::string>& arguments);

/// Runs apt-get, apt or sudo as the whole program and returns its exit code (sudo returns only on failure). ffmpeg is
/// not for this function: main gives it to the media part.
int run(StandIn as, int argc, char** argv);

}  // namespace nodeagent::stand_ins
