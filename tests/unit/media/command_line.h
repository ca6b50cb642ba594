// The installed ffmpeg command and our in-process one, run on the same words in directories of their own.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nodeagent/media/loader.h"

namespace media_test {

using Words = std::vector<std::string>;

/// "a b c" as words; no quoting.
Words words(const std::string& line);

struct Outcome {
  int exit_code = -1;
  std::string log;                           ///< stderr
  std::string output;                        ///< stdout
  std::map<std::string, std::string> files;  ///< every regular file of the directory afterwards
  /// The last line of the log.
  [[nodiscard]] std::string last_line() const;
  /// The log without what differs between two runs of the same command: versions, addresses, speeds, intermediate
  /// progress, and libswscale's warnings (one for each thread).
  [[nodiscard]] std::vector<std::string> comparable_log() const;
};

/// A directory that is removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);

/// Runs the installed command; it must be there (Debian package ffmpeg).
Outcome run_command(const std::filesystem::path& directory, const Words& arguments);
/// Runs ours on the calling thread.
Outcome run_ours(const std::filesystem::path& directory, const Words& arguments,
                 const nodeagent::media::Cancellation& cancellation);
Outcome run_ours(const std::filesystem::path& directory, const Words& arguments);

/// Makes inputs, one a line: `wav NAME RATE CHANNELS SECONDS` writes tones as 16-bit WAV, `ours ARGUMENTS` converts
/// in-process, anything else is arguments for the installed command (slower to start).
void make_inputs(const std::filesystem::path& directory, const std::vector<std::string>& lines);

/// Copies `inputs` into two directories, runs both on `arguments`, expects equal exit codes, files and logs.
void expect_same(const std::filesystem::path& inputs, const Words& arguments);

}  // namespace media_test
