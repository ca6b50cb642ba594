// batch-nodeagent: the agent of one node. Under the names of its stand-ins (ffmpeg, apt-get ...) it is that command.
#include "nodeagent/app.h"
#include "nodeagent/media/loader.h"
#include "nodeagent/options.h"
#include "nodeagent/stand_ins/stand_ins.h"

#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

int run(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto options = nodeagent::parse_options(arguments);
  if (options.has_error()) {
    std::fprintf(stderr, "batch-nodeagent: %s\n", options.error().message.c_str());
    return kWrongUsage;
  }
  switch (options->action) {
    case nodeagent::Options::Action::help: std::fputs(nodeagent::help_text().c_str(), stdout); return 0;
    case nodeagent::Options::Action::version:
      std::printf("batch-nodeagent %.*s\n", static_cast<int>(nodeagent::kAgentVersion.size()),
                  nodeagent::kAgentVersion.data());
      return 0;
    case nodeagent::Options::Action::run: break;
  }
  const auto ended = nodeagent::run_app(*options);
  if (ended.has_value()) return 0;
  std::fprintf(stderr, "batch-nodeagent: %s\n", ended.error().message.c_str());
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 1) return kWrongUsage;
  if (nodeagent::media::is_ffmpeg_name(argv[0])) return nodeagent::media::ffmpeg_main(argc, argv);
  if (const auto stand_in = nodeagent::stand_ins::called_as(argv[0])) {
    return nodeagent::stand_ins::run(*stand_in, argc, argv);
  }
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "batch-nodeagent: %s\n", error.what());
    return kFailed;
  }
}
