// bench-transcode [--runs N] [--ffmpeg PROGRAM] FILE: what one conversion to MP3 costs inside a warm process and as the
// installed command.
//
// Both convert the same file in turn, so that a busy machine slows both; CPU time is user and system time of the run,
// for the command including its start. Prints medians and their ratio, and fails if the two MP3 files differ.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodeagent/media/loader.h"

namespace {

namespace fs = std::filesystem;
using nodeagent::media::Cancellation;
using nodeagent::media::TranscodeRequest;

constexpr int kDefaultRuns = 11;

struct Options {
  fs::path file;
  std::string command = "ffmpeg";
  int runs = kDefaultRuns;
};

double cpu_of(const rusage& usage) {
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double own_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return cpu_of(usage);
}

std::vector<std::string> arguments_for(const fs::path& input, const std::string& output) {
  return {"-y", "-i", input.string(), output};
}

std::optional<double> run_inside(const fs::path& directory, const fs::path& input, int log) {
  TranscodeRequest request{.arguments = arguments_for(input, "inside.mp3"), .working_directory = directory};
  request.stdout_fd = request.stderr_fd = log;
  const Cancellation cancellation;
  const double before = own_cpu();
  const auto code = nodeagent::media::run_ffmpeg(request, cancellation);
  const double after = own_cpu();
  if (code.has_error()) {
    std::fprintf(stderr, "%s\n", code.error().message.c_str());
    return std::nullopt;
  }
  return *code == 0 ? std::optional(after - before) : std::nullopt;
}

std::optional<double> run_command(const Options& options, const fs::path& directory, int log) {
  auto words = arguments_for(options.file, "command.mp3");
  words.insert(words.begin(), options.command);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(directory.c_str()) != 0) ::_exit(127);
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || ::wait4(child, &status, 0, &usage) != child) return std::nullopt;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return cpu_of(usage);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

bool same_bytes(const fs::path& one, const fs::path& other) {
  std::ifstream a(one, std::ios::binary);
  std::ifstream b(other, std::ios::binary);
  return a && b &&
         std::equal(std::istreambuf_iterator<char>(a), {}, std::istreambuf_iterator<char>(b),
                    std::istreambuf_iterator<char>());
}

int measure(const Options& options, const fs::path& directory) {
  const int log = ::open((directory / "log.txt").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  // The first run loads the libraries; both sides get one that does not count.
  if (!run_inside(directory, options.file, log) || !run_command(options, directory, log)) {
    std::fprintf(stderr, "converting %s failed\n", options.file.c_str());
    return 1;
  }
  std::vector<double> inside;
  std::vector<double> command;
  for (int i = 0; i < options.runs; ++i) {
    const auto a = run_inside(directory, options.file, log);
    const auto b = run_command(options, directory, log);
    if (!a || !b) return 1;
    inside.push_back(*a);
    command.push_back(*b);
  }
  ::close(log);
  const bool same = same_bytes(directory / "inside.mp3", directory / "command.mp3");
  std::printf("file                 %s\n", options.file.c_str());
  std::printf("runs                 %d of each, alternating\n", options.runs);
  std::printf("in process, warm     %.3f s CPU (median)\n", median(inside));
  std::printf("command              %.3f s CPU (median)\n", median(command));
  std::printf("ratio                %.3f\n", median(inside) / median(command));
  std::printf("bytes                %s\n", same ? "identical" : "DIFFERENT");
  return same ? 0 : 1;
}

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--runs" && i + 1 < argc) {
      options.runs = std::max(1, std::atoi(argv[++i]));
    } else if (word == "--ffmpeg" && i + 1 < argc) {
      options.command = argv[++i];
    } else if (options.file.empty() && !word.starts_with("-")) {
      options.file = fs::absolute(word);
    } else {
      return std::nullopt;
    }
  }
  if (options.file.empty()) return std::nullopt;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 0 && nodeagent::media::is_ffmpeg_name(argv[0])) return nodeagent::media::ffmpeg_main(argc, argv);
  const auto options = parse(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: bench-transcode [--runs N] [--ffmpeg PROGRAM] FILE\n");
    return 2;
  }
  std::string pattern = (fs::temp_directory_path() / "bench-transcode-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    std::perror("mkdtemp");
    return 1;
  }
  const int code = measure(*options, pattern);
  std::error_code ignored;
  fs::remove_all(pattern, ignored);
  return code;
}
