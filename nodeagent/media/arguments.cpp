// One table of options; each row says where the option may stand and how its value is stored.
#include "nodeagent/media/arguments.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace nodeagent::media {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr int kMaxSampleRate = 768'000;
constexpr int kMaxChannels = 64;

/// Options collected for the file that has not been named yet.
struct Pending {
  InputArguments input;
  OutputArguments output;
  std::optional<std::int64_t> stop;                    // -to
  std::optional<std::string> input_only, output_only;  // an option that fits only one kind of file
  bool any = false;
};

Error invalid(std::string text) {
  return {Errc::invalid_argument, std::move(text)};
}
Error refused(std::string text) {
  return {Errc::unsupported, std::move(text)};
}

Result<int> parse_integer(const std::string& option, const std::string& text, int lowest, int highest) {
  const auto number = parse_number(text);
  if (!number) return invalid("Expected number for " + option + " but found: " + text);
  if (*number != std::floor(*number)) return invalid("Expected int for " + option + " but found " + text);
  if (*number < lowest || *number > highest) {
    return invalid("The value for " + option + " was " + text + " which is not within " + std::to_string(lowest) +
                   " - " + std::to_string(highest));
  }
  return static_cast<int>(*number);
}

Result<std::int64_t> parse_time(const std::string& option, const std::string& text) {
  const auto micros = parse_duration(text);
  if (!micros) return invalid("Invalid duration specification for " + option + ": " + text);
  return *micros;
}

struct LevelName {
  std::string_view name;
  LogLevel level;
};
constexpr auto kLevelNames = std::to_array<LevelName>({
    {"quiet", LogLevel::quiet},
    {"panic", LogLevel::panic},
    {"fatal", LogLevel::fatal},
    {"error", LogLevel::error},
    {"warning", LogLevel::warning},
    {"info", LogLevel::info},
    {"verbose", LogLevel::verbose},
    {"debug", LogLevel::debug},
    {"trace", LogLevel::trace},
});

/// `[repeat+]LEVEL`, LEVEL by name or number.
Result<void> read_level(Arguments& all, std::string_view text) {
  while (!text.empty()) {
    const auto plus = text.find('+');
    const auto word = text.substr(0, plus);
    text = plus == std::string_view::npos ? std::string_view{} : text.substr(plus + 1);
    if (word.empty()) continue;
    if (word == "repeat") {
      all.skip_repeated = false;
      continue;
    }
    if (word == "level") return refused("The log flag 'level' is not offered");
    const auto* row =
        std::ranges::find_if(kLevelNames, [&](const LevelName& candidate) { return candidate.name == word; });
    if (row != kLevelNames.end()) {
      all.level = row->level;
      continue;
    }
    int number = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (code != std::errc{} || end != word.data() + word.size()) {
      return invalid("Invalid loglevel \"" + std::string(word) +
                     "\". Possible levels are numbers or: quiet, panic, fatal, error, warning, info, verbose, debug, "
                     "trace");
    }
    all.level = static_cast<LogLevel>(std::clamp(number, -8, 56));
  }
  return {};
}

Result<void> read_codec(Pending& pending, const std::string& text) {
  constexpr auto kCodecs = std::to_array<std::string_view>({"libmp3lame", "copy", "aac", "pcm_s16le", "flac"});
  if (std::ranges::find(kCodecs, text) == kCodecs.end()) {
    return refused("The codec '" + text + "' is not offered (libmp3lame, copy, aac, pcm_s16le and flac are)");
  }
  pending.input.codec = pending.output.codec = text;
  return {};
}

Result<void> read_map(Pending& pending, const std::string& text) {
  StreamMap map{.text = text};
  std::string_view rest = text;
  if (rest.starts_with('[')) return refused("Filter graphs are not offered: -map " + text);
  if (rest.starts_with('-')) {
    map.negative = true;
    rest.remove_prefix(1);
  }
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), map.input);
  if (code != std::errc{} || map.input < 0) return invalid("Invalid input file index in -map " + text);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.ends_with('?')) {
    map.optional = true;
    rest.remove_suffix(1);
  }
  if (!rest.empty() && !rest.starts_with(':')) return refused("This form of -map is not offered: " + text);
  if (!rest.empty()) rest.remove_prefix(1);
  map.specifier = rest;
  pending.output.maps.push_back(std::move(map));
  return {};
}

Result<void> read_metadata_map(Pending& pending, const std::string& text) {
  std::string_view number = text;
  if (number.ends_with(":g")) number.remove_suffix(2);
  int input = 0;
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), input);
  if (code != std::errc{} || end != number.data() + number.size() || input < -1) {
    return refused("This form of -map_metadata is not offered: " + text);
  }
  pending.output.metadata_maps.push_back(input);
  return {};
}

Result<void> read_metadata(Pending& pending, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return invalid("No '=' character in metadata string " + text + ".");
  pending.output.metadata.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  return {};
}

Result<void> read_format_flags(Pending& pending, const std::string& text) {
  if (text != "+bitexact" && text != "bitexact") return refused("The format flags '" + text + "' are not offered");
  pending.input.bitexact = pending.output.format_bitexact = true;
  return {};
}

enum class Place { anywhere, any_file, output };

/// One option: its spelling without the dash, where it may stand, whether it takes a value.
struct Option {
  std::string_view name;
  Place place;
  bool takes_value;
  Result<void> (*store)(Arguments&, Pending&, const std::string& value);
};

#define SET_FLAG(statement)                            \
  [](Arguments& all, Pending& p, const std::string&) { \
    static_cast<void>(all), static_cast<void>(p);      \
    statement;                                         \
    return Result<void>{};                             \
  }
#define READ_WITH(expression) \
  [](Arguments&, Pending& p, const std::string& value) -> Result<void> { return expression; }

Result<void> store_bit_rate(Arguments&, Pending& p, const std::string& value) {
  const auto number = parse_number(value);
  if (!number || *number < 0 || *number > std::numeric_limits<int>::max()) {
    return invalid("Expected a bit rate for b:a but found: " + value);
  }
  p.output.bit_rate = static_cast<std::int64_t>(*number);
  return {};
}

Result<void> store_quality(Arguments&, Pending& p, const std::string& value) {
  const auto number = parse_number(value);
  if (!number || std::abs(*number) > 1e6) return invalid("Expected number for q:a but found: " + value);
  p.output.quality = static_cast<float>(*number);
  return {};
}

Result<void> store_rate(Arguments&, Pending& p, const std::string& value) {
  ASSIGN_OR_RETURN(p.input.sample_rate, parse_integer("ar", value, 0, kMaxSampleRate));
  p.output.sample_rate = p.input.sample_rate;
  return {};
}

Result<void> store_channels(Arguments&, Pending& p, const std::string& value) {
  ASSIGN_OR_RETURN(p.input.channels, parse_integer("ac", value, 0, kMaxChannels));
  p.output.channels = p.input.channels;
  return {};
}

Result<void> store_start(Arguments&, Pending& p, const std::string& value) {
  ASSIGN_OR_RETURN(p.input.range.start, parse_time("ss", value));
  p.output.range.start = p.input.range.start;
  return {};
}

Result<void> store_duration(Arguments&, Pending& p, const std::string& value) {
  ASSIGN_OR_RETURN(p.input.range.duration, parse_time("t", value));
  p.output.range.duration = p.input.range.duration;
  return {};
}

Result<void> store_stop(Arguments&, Pending& p, const std::string& value) {
  ASSIGN_OR_RETURN(p.stop, parse_time("to", value));
  return {};
}

Result<void> check_threads(Arguments&, Pending&, const std::string& value) {
  // One transcode uses one core whatever is asked: two cores are for two tasks, and the bytes are the same.
  if (value == "auto") return {};
  RETURN_IF_ERROR(parse_integer("threads", value, 0, std::numeric_limits<int>::max()));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"y", Place::anywhere, false, SET_FLAG(all.overwrite = true)},
    {"n", Place::anywhere, false, SET_FLAG(all.never_overwrite = true)},
    {"hide_banner", Place::anywhere, false, SET_FLAG(all.hide_banner = true)},
    {"nostats", Place::anywhere, false, SET_FLAG(all.statistics = false)},
    {"nostdin", Place::anywhere, false, SET_FLAG(all.interaction = false)},
    {"version", Place::anywhere, false, SET_FLAG(all.show_version = true)},
    {"loglevel", Place::anywhere, true,
     [](Arguments& all, Pending&, const std::string& value) { return read_level(all, value); }},
    {"v", Place::anywhere, true,
     [](Arguments& all, Pending&, const std::string& value) { return read_level(all, value); }},
    {"f", Place::any_file, true, READ_WITH((p.input.format = p.output.format = value, Result<void>{}))},
    {"vn", Place::any_file, false, SET_FLAG(p.input.no_video = p.output.no_video = true)},
    {"c:a", Place::any_file, true, READ_WITH(read_codec(p, value))},
    {"codec:a", Place::any_file, true, READ_WITH(read_codec(p, value))},
    {"acodec", Place::any_file, true, READ_WITH(read_codec(p, value))},
    {"ar", Place::any_file, true, store_rate},
    {"ac", Place::any_file, true, store_channels},
    {"ss", Place::any_file, true, store_start},
    {"t", Place::any_file, true, store_duration},
    {"to", Place::any_file, true, store_stop},
    {"threads", Place::any_file, true, check_threads},
    {"fflags", Place::any_file, true, READ_WITH(read_format_flags(p, value))},
    {"bitexact", Place::any_file, false,
     SET_FLAG(p.input.bitexact = p.output.format_bitexact = p.output.codec_bitexact = true)},
    {"b:a", Place::output, true, store_bit_rate},
    {"ab", Place::output, true, store_bit_rate},
    {"q:a", Place::output, true, store_quality},
    {"aq", Place::output, true, store_quality},
    {"map", Place::output, true, READ_WITH(read_map(p, value))},
    {"map_metadata", Place::output, true, READ_WITH(read_metadata_map(p, value))},
    {"metadata", Place::output, true, READ_WITH(read_metadata(p, value))},
});

#undef SET_FLAG
#undef READ_WITH

/// -to becomes a duration: the command keeps only one of them.
Result<void> settle_range(Arguments& all, TimeRange& range, std::optional<std::int64_t> stop) {
  if (!stop) return {};
  if (range.duration) {
    all.warnings.emplace_back("-t and -to cannot be used together; using -t.");
    return {};
  }
  const auto start = range.start.value_or(0);
  if (*stop <= start) return invalid("-to value smaller than -ss; aborting.");
  range.duration = *stop - start;
  return {};
}

Result<void> finish_input(Arguments& all, Pending& pending, const std::string& name) {
  if (pending.output_only) {
    return invalid("Option " + *pending.output_only + " cannot be applied to input url " + name +
                   " -- you are trying to apply an input option to an output file or vice versa. Move this option "
                   "before the file it belongs to.");
  }
  RETURN_IF_ERROR(local_path(name));
  if (pending.input.codec == "copy" || pending.input.codec == "libmp3lame") {
    return invalid("Unknown decoder '" + pending.input.codec + "'");
  }
  pending.input.name = name;
  RETURN_IF_ERROR(settle_range(all, pending.input.range, pending.stop));
  all.inputs.push_back(std::move(pending.input));
  pending = {};
  return {};
}

Result<void> finish_output(Arguments& all, Pending& pending, const std::string& name) {
  RETURN_IF_ERROR(local_path(name));
  pending.output.name = name;
  RETURN_IF_ERROR(settle_range(all, pending.output.range, pending.stop));
  all.outputs.push_back(std::move(pending.output));
  pending = {};
  return {};
}

}  // namespace

Result<Arguments> parse_arguments(std::span<const std::string> words) {
  if (words.size() > kMaxArguments) return invalid("The command line has too many arguments");
  Arguments all;
  Pending pending;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (all.inputs.size() + all.outputs.size() >= kMaxFiles) return invalid("The command line names too many files");
    if (word.find('\0') != std::string::npos) return invalid("An argument contains a NUL byte");
    if (!word.starts_with('-') || word == "-") {
      RETURN_IF_ERROR(finish_output(all, pending, word));
      continue;
    }
    const auto name = word.substr(1);
    const auto* row = std::ranges::find_if(kOptions, [&](const Option& option) { return option.name == name; });
    const bool is_input = name == "i";
    if (!is_input && row == kOptions.end()) return refused("The option '" + word + "' is not offered");
    if (!is_input && !row->takes_value) {
      pending.any = pending.any || row->place != Place::anywhere;
      RETURN_IF_ERROR(row->store(all, pending, {}));
      continue;
    }
    if (++i == words.size()) return invalid("Missing argument for option '" + name + "'.");
    if (words[i].find('\0') != std::string::npos) return invalid("An argument contains a NUL byte");
    if (is_input) {
      RETURN_IF_ERROR(finish_input(all, pending, words[i]));
      continue;
    }
    RETURN_IF_ERROR(row->store(all, pending, words[i]));
    pending.any = pending.any || row->place != Place::anywhere;
    if (row->place == Place::output) pending.output_only = name;
  }
  all.trailing_options = pending.any;
  return all;
}

Result<std::string> local_path(const std::string& name) {
  if (name == "-") return refused("The protocol 'pipe' of '-' is not offered: only local files are");
  const auto colon = name.find(':');
  if (colon == std::string::npos || colon == 0) return name;
  const auto is_scheme_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.' || c == ',';
  };
  if (!std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(colon), is_scheme_character)) return name;
  const auto scheme = name.substr(0, colon);
  if (scheme == "file") return name.substr(colon + 1);
  return refused("The protocol '" + scheme + "' of '" + name + "' is not offered: only local files are");
}

}  // namespace nodeagent::media
