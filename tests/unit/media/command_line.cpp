#include "tests/unit/media/command_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>
#include <regex>
#include <sstream>

namespace media_test {

namespace fs = std::filesystem;
using nodeagent::media::Cancellation;

Words words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (fs::temp_directory_path() / "unit-media-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

namespace {

/// stdout and stderr of a run, kept beside its directory so that they are not among its files.
struct Streams {
  TemporaryDirectory place;
  int out = ::open((place.path() / "stdout").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  int err = ::open((place.path() / "stderr").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ~Streams() {
    ::close(out);
    ::close(err);
  }
  Outcome outcome(int code, const fs::path& directory) const {
    Outcome result{code, read_file(place.path() / "stderr"), read_file(place.path() / "stdout"), {}};
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.is_regular_file()) result.files[entry.path().filename()] = read_file(entry.path());
    }
    return result;
  }
};

int run_program(const char* program, const Words& arguments, const fs::path& directory, const Streams& streams) {
  Words all = arguments;
  all.insert(all.begin(), program);
  std::vector<char*> pointers;
  for (auto& word : all) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, 0);
    ::dup2(streams.out, 1);
    ::dup2(streams.err, 2);
    if (::chdir(directory.c_str()) != 0) ::_exit(126);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Outcome run_command(const fs::path& directory, const Words& arguments) {
  const Streams streams;
  const int code = run_program("ffmpeg", arguments, directory, streams);
  EXPECT_NE(code, 127) << "these tests need the ffmpeg command (Debian package ffmpeg)";
  return streams.outcome(code, directory);
}

Outcome run_ours(const fs::path& directory, const Words& arguments, const Cancellation& cancellation) {
  const Streams streams;
  nodeagent::media::TranscodeRequest request{.arguments = arguments, .working_directory = directory};
  request.stdout_fd = streams.out;
  request.stderr_fd = streams.err;
  const auto code = nodeagent::media::run_ffmpeg(request, cancellation);
  EXPECT_TRUE(code.has_value()) << code.error().message;
  return streams.outcome(code.has_value() ? *code : -1, directory);
}

Outcome run_ours(const fs::path& directory, const Words& arguments) {
  const Cancellation never;
  return run_ours(directory, arguments, never);
}

namespace {

template <class T>
void append_little_endian(std::string& bytes, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>(value >> (8 * i));
}

void write_tones(const fs::path& path, std::uint32_t rate, std::uint16_t channels, double seconds) {
  const auto samples = static_cast<std::uint32_t>(rate * seconds);
  const std::uint32_t size = samples * channels * 2;
  std::string bytes = "RIFF";
  append_little_endian(bytes, size + 36);
  bytes += "WAVEfmt ";
  append_little_endian(bytes, std::uint32_t{16});
  append_little_endian(bytes, std::uint16_t{1});
  append_little_endian(bytes, channels);
  append_little_endian(bytes, rate);
  append_little_endian(bytes, rate * channels * 2);
  append_little_endian(bytes, static_cast<std::uint16_t>(channels * 2));
  append_little_endian(bytes, std::uint16_t{16});
  bytes += "data";
  append_little_endian(bytes, size);
  for (std::uint32_t i = 0; i < samples; ++i) {
    for (int channel = 0; channel < channels; ++channel) {
      const double turns = (300.0 + 110 * channel) * i / rate;
      append_little_endian(bytes, static_cast<std::int16_t>(12000 * std::sin(2 * std::numbers::pi * turns)));
    }
  }
  write_file(path, bytes);
}

}  // namespace

void make_inputs(const fs::path& directory, const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    auto arguments = words(line);
    if (arguments.front() == "wav") {
      write_tones(directory / arguments.at(1), static_cast<std::uint32_t>(std::stoul(arguments.at(2))),
                  static_cast<std::uint16_t>(std::stoul(arguments.at(3))), std::stod(arguments.at(4)));
      continue;
    }
    const bool inside = arguments.front() == "ours";
    if (inside) arguments.erase(arguments.begin());
    const Words quietly{"-y", "-v", "error"};
    arguments.insert(arguments.begin(), quietly.begin(), quietly.end());
    const auto made = inside ? run_ours(directory, arguments) : run_command(directory, arguments);
    ASSERT_EQ(made.exit_code, 0) << line << "\n" << made.log;
  }
}

std::string Outcome::last_line() const {
  std::string text = log;
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.find_last_of("\r\n") + 1);
}

std::vector<std::string> Outcome::comparable_log() const {
  static const std::regex kVersion("^ffmpeg version .*|^  (built with|configuration:|lib[a-z]+ ).*");
  static const std::regex kAddress(" @ 0x[0-9a-f]+");
  static const std::regex kSpeed("( speed=|fps=).*");
  std::string text = std::regex_replace(log, std::regex("\r"), "\n");
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (std::regex_match(line, kVersion) || line.find("deprecated pixel format") != std::string::npos) continue;
    line = std::regex_replace(line, kAddress, "");
    const bool progress = line.starts_with("size=") || line.starts_with("frame=");
    if (line.starts_with("frame=")) line = line.substr(line.find("size="));
    line = std::regex_replace(line, kSpeed, "");
    if (progress && !lines.empty() && lines.back().starts_with("size=")) lines.pop_back();
    lines.push_back(line);
  }
  // A repetition is told where libswscale's lines stood between two others.
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("    Last message repeated"); });
  return lines;
}

void expect_same(const fs::path& inputs, const Words& arguments) {
  const TemporaryDirectory theirs;
  const TemporaryDirectory ours;
  for (const auto* directory : {&theirs, &ours}) {
    fs::copy(inputs, directory->path(), fs::copy_options::recursive);
  }
  const auto expected = run_command(theirs.path(), arguments);
  const auto actual = run_ours(ours.path(), arguments);
  EXPECT_EQ(actual.exit_code, expected.exit_code) << actual.log;
  for (const auto& [name, bytes] : expected.files) {
    ASSERT_TRUE(actual.files.contains(name)) << name << " is missing\n" << actual.log;
    EXPECT_TRUE(actual.files.at(name) == bytes)
        << name << " differs: " << actual.files.at(name).size() << " bytes, expected " << bytes.size();
  }
  EXPECT_EQ(actual.files.size(), expected.files.size());
  EXPECT_EQ(actual.comparable_log(), expected.comparable_log());
}

}  // namespace media_test
