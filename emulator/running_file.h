// What a running emulator tells about itself: the ready file, `<data-dir>/running.json` and the line on standard
// output, and what `env` and `status` read of it.
#pragma once

#include "base/result.h"

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace emulator {

/// One endpoint as a client needs it.
struct EndpointSettings {
  std::string url;  ///< without a slash at the end; with the account for the blob endpoint (path style)
  std::string account;
  std::string key;  ///< base64
};

/// Where the real service's names are answered, and what clients must trust for it; there with --names.
struct NamesSettings {
  std::uint16_t proxy_port = 0;
  bool entra = false;          ///< tokens are issued and accepted
  std::string ca_certificate;  ///< PEM
  std::string ca_bundle;       ///< PEM: it and the system's authorities
  std::string ca_java_store;   ///< PKCS #12, password "changeit"
};

struct RunningEmulator {
  pid_t pid = 0;
  EndpointSettings batch;
  EndpointSettings blob;
  std::optional<NamesSettings> names;
};

/// Puts the text into place by rename, mode 0600, without waiting for the disk: for files that mean something only
/// while the process that wrote them runs.
base::Result<void> replace_file(const std::filesystem::path& file, std::string_view text);

/// {"pid", "batch": {"url", "account", "key"}, "blob": {...}, "names": {"proxyPort", "entra", "ca": {"certificate",
/// "bundle", "javaStore"}}}, mode 0600, in place by rename. "names" is there with --names alone.
base::Result<void> write_running_file(const std::filesystem::path& file, const RunningEmulator& running);
/// corrupt when it is not such a file.
base::Result<RunningEmulator> read_running_file(const std::filesystem::path& file);

/// `<data-dir>/running.json`
std::filesystem::path running_file(const std::filesystem::path& data_dir);
/// The emulator that holds the data directory: unavailable when none does.
base::Result<RunningEmulator> find_running_emulator(const std::filesystem::path& data_dir);

/// The lines of `batch-emulator env`, for a POSIX shell.
std::string environment_lines(const RunningEmulator& running);

}  // namespace emulator
