// The ffmpeg command line that the in-process transcoder understands.
//
// The grammar is the command's: options stand before the file they belong to, `-i FILE` ends an input's options, a bare
// word is an output and ends that output's options. Only the options of the table in arguments.cpp exist; every other
// one is refused by name, so that nothing a task asks for is silently left out. Values are checked here as far as they
// can be without opening a file. Nothing in this file needs libav.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nodeagent::media {

/// Levels of the command's log, in the numbers that libav uses too.
enum class LogLevel : int {
  quiet = -8,
  panic = 0,
  fatal = 8,
  error = 16,
  warning = 24,
  info = 32,
  verbose = 40,
  debug = 48,
  trace = 56,
};

/// Limits on one command line; a longer one is refused.
inline constexpr std::size_t kMaxArguments = 4096;
inline constexpr std::size_t kMaxFiles = 64;

/// -ss, -t and -to of one file, in microseconds.
struct TimeRange {
  std::optional<std::int64_t> start;     ///< -ss
  std::optional<std::int64_t> duration;  ///< -t, or what -to and -ss leave
};

struct InputArguments {
  std::string name;       ///< as given; `file:` may precede the path
  std::string format;     ///< -f; empty: probed
  std::string codec;      ///< -c:a; empty: the default decoder
  TimeRange range;        ///< -ss, -t, -to
  bool no_video = false;  ///< -vn
  bool bitexact = false;  ///< -fflags +bitexact or -bitexact
  int sample_rate = 0;    ///< -ar, for formats without a header
  int channels = 0;       ///< -ac, for formats without a header
};

/// One -map: which streams of which input go to an output, in the order given.
struct StreamMap {
  bool negative = false;  ///< `-map -0:v`: take streams away again
  bool optional = false;  ///< `-map 0:a?`: no stream is no error
  int input = 0;
  std::string specifier;  ///< what follows the input's number, e.g. `a:0`; empty: all streams
  std::string text;       ///< as given
};

struct OutputArguments {
  std::string name;    ///< as given; `file:` may precede the path
  std::string format;  ///< -f; empty: by extension
  std::string codec;   ///< -c:a; empty: the format's own
  std::optional<std::int64_t> bit_rate;
  std::optional<float> quality;  ///< -q:a
  int sample_rate = 0;           ///< -ar; 0: as the source, if the encoder can
  int channels = 0;              ///< -ac; 0: as the source, if the encoder can
  TimeRange range;
  bool no_video = false;                                      ///< -vn
  bool format_bitexact = false;                               ///< -fflags +bitexact, or -bitexact
  bool codec_bitexact = false;                                ///< -bitexact
  std::vector<StreamMap> maps;                                ///< empty: automatic choice
  std::vector<int> metadata_maps;                             ///< -map_metadata: input numbers, -1 for none
  std::vector<std::pair<std::string, std::string>> metadata;  ///< -metadata; an empty value removes the key
};

struct Arguments {
  std::vector<InputArguments> inputs;
  std::vector<OutputArguments> outputs;
  bool overwrite = false;        ///< -y
  bool never_overwrite = false;  ///< -n
  bool hide_banner = false;
  bool statistics = true;   ///< cleared by -nostats
  bool interaction = true;  ///< cleared by -nostdin
  bool show_version = false;
  LogLevel level = LogLevel::info;
  bool skip_repeated = true;      ///< cleared by -loglevel repeat
  bool trailing_options = false;  ///< options after the last file: ignored with a warning, as the command does
  std::vector<std::string> warnings;
};

/// Reads a command line without argv[0]. An error's message is the one sentence that goes to stderr; its code is
/// Errc::unsupported for what is known to ffmpeg or to nobody but not offered, Errc::invalid_argument for a bad value.
base::Result<Arguments> parse_arguments(std::span<const std::string> words);

/// The path of a local file name: strips `file:`. Another protocol (`http:`, `pipe:`, `-`) is Errc::unsupported.
base::Result<std::string> local_path(const std::string& name);

/// `[-][HH:]MM:SS[.m...]` or `[-]S[.m...][s|ms|us]` in microseconds; nothing if malformed or out of range.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// A number with the command's suffixes: k, M, G, Ki, ..., and B for bytes (times eight); nothing if malformed.
std::optional<double> parse_number(std::string_view text);

}  // namespace nodeagent::media
