// What the engine says of itself goes into files of the run's private directory; what the container says goes into the
// task's own files.
#include "nodeagent/task/container.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"
#include "nodeagent/command/command_line.h"
#include "nodeagent/command/command_runner.h"
#include "nodeagent/task/environment.h"
#include "nodeagent/task/failures.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace nodeagent::task {
namespace {

using command::Command;
using command::StopSignal;

constexpr std::size_t kMostEngineText = 64 * 1024;
/// Variables of this machine that the engine itself needs and a container must not get.
constexpr std::array kOfTheHost = {"PATH", "HOME", "TMPDIR", "LANG", "USER", "LOGNAME"};
constexpr std::array kOfTheEngine = {"PATH",
                                     "HOME",
                                     "XDG_RUNTIME_DIR",
                                     "DOCKER_HOST",
                                     "DOCKER_CONTEXT",
                                     "DOCKER_CERT_PATH",
                                     "DOCKER_TLS_VERIFY",
                                     "CONTAINER_HOST",
                                     "http_proxy",
                                     "https_proxy",
                                     "HTTP_PROXY",
                                     "HTTPS_PROXY",
                                     "NO_PROXY"};
constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr const char* kInspected = "{{.Id}} {{.State.Status}} {{.State.ExitCode}} {{.State.Error}}";
/// By this label the containers of an agent that died are found.
constexpr std::string_view kNodeLabel = "batch-emulator.node=";

std::string host_variable(const char* name) {
  // Read while nothing in the agent changes the environment.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

std::string node_label() {
  return std::string(kNodeLabel) + host_variable(kNodeMarker);
}

/// The private directory of one run of the engine, removed with the object.
class Scratch {
 public:
  explicit Scratch(const NodePaths& node) : path_(node.directory() / "containers" / base::random_guid()) {}
  ~Scratch() {
    std::error_code ignored;  // what stays lies in the node's directory and goes with it
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] base::Result<void> create() const { return base::make_directory(path_, 0700); }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return path_ / name; }
  [[nodiscard]] std::string text(const char* name) const {
    return std::string(base::trim(base::read_file(file(name), kMostEngineText).value_or(std::string())));
  }

 private:
  std::filesystem::path path_;
};

/// One engine at work for one run.
class EngineCalls {
 public:
  EngineCalls(NodeContext& context, ContainerEngine engine, const Scratch& scratch)
      : context_(context), engine_(std::move(engine)), scratch_(scratch) {}

  base::Result<void> keep_credentials(const std::vector<wire::node::Registry>& registries) {
    if (registries.empty()) return {};
    RETURN_IF_ERROR(write(scratch_.file("config.json"), registry_configuration(registries)));
    credentials_ = true;
    return {};
  }
  static base::Result<void> write(const std::filesystem::path& file, const std::string& text) {
    ASSIGN_OR_RETURN(const auto opened, base::open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    return base::write_all(opened.get(), text, file);
  }

  /// A call of the engine for its own sake.
  base::Async<base::Result<std::int32_t>> call(std::vector<std::string> arguments, std::shared_ptr<StopSignal> stop) {
    auto command = this->command(std::move(arguments));
    co_return co_await context_.commands->run(std::move(command), std::move(stop));
  }
  [[nodiscard]] Command command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), engine_.program.string());
    Command made{.arguments = std::move(arguments),
                 .working_directory = context_.paths.root(),
                 .stdout_file = scratch_.file("stdout"),
                 .stderr_file = scratch_.file("stderr"),
                 .kill_grace = context_.settings.task_kill_grace,
                 .isolate = true};
    for (const char* name : kOfTheEngine) {
      if (auto value = host_variable(name); !value.empty()) made.environment.emplace_back(name, std::move(value));
    }
    for (const auto& variable : more_) made.environment.push_back(variable);
    if (!credentials_) return made;
    made.environment.emplace_back("DOCKER_CONFIG", scratch_.file("config.json").parent_path().string());
    made.environment.emplace_back("REGISTRY_AUTH_FILE", scratch_.file("config.json").string());
    return made;
  }
  /// What the engine gives on to the container by name alone.
  void add_variable(std::string name, std::string value) { more_.emplace_back(std::move(name), std::move(value)); }
  [[nodiscard]] std::string said() const { return scratch_.text("stdout"); }
  [[nodiscard]] base::Error complaint(std::string_view attempt) const {
    const auto text = scratch_.text("stderr");
    return base::Error(base::Errc::unavailable, std::string(attempt) + ": " + (text.empty() ? "it failed" : text));
  }
  [[nodiscard]] const ContainerEngine& engine() const { return engine_; }

 private:
  NodeContext& context_;
  ContainerEngine engine_;
  const Scratch& scratch_;
  bool credentials_ = false;
  wire::node::Environment more_;
};

base::Error no_engine(std::string_view what) {
  return failed(FailureCode::ContainerMiscError,
                base::Error(base::Errc::unsupported,
                            std::string(what) +
                                ": neither docker nor podman is on the PATH of the emulator; install one of them, or "
                                "run the task without containerSettings on a pool without containerConfiguration"));
}

bool is_refusal(const std::string& text) {
  const auto lower = base::lower_case(text);
  return std::ranges::any_of(std::array{"unauthorized", "denied", "authentication required", "incorrect username"},
                             [&](const char* word) { return lower.find(word) != std::string::npos; });
}

base::Async<base::Result<void>> pull_if_absent(EngineCalls& calls, std::string image,
                                               std::shared_ptr<StopSignal> stop) {
  std::vector<std::string> look{"image", "inspect", image};
  CO_ASSIGN_OR_RETURN(const auto present, co_await calls.call(std::move(look), stop));
  if (present == 0) co_return base::Result<void>();
  std::vector<std::string> pull{"pull", image};
  CO_ASSIGN_OR_RETURN(const auto pulled, co_await calls.call(std::move(pull), stop));
  if (pulled == 0) co_return base::Result<void>();
  const auto complaint = calls.complaint("pulling the image " + image);
  const auto code =
      is_refusal(complaint.message) ? FailureCode::ContainerInvalidRegistry : FailureCode::ContainerInvalidImage;
  co_return failed(code, complaint).with("ImageName", std::move(image));
}

/// Variables for the container: one line each in a file, or, when a value has more lines, by name from the engine's own
/// environment.
std::string variables_text(const wire::node::Environment& environment, EngineCalls& calls,
                           std::vector<std::string>& by_name) {
  std::string text;
  for (const auto& [name, value] : environment) {
    const bool of_the_host = std::ranges::find(kOfTheHost, name) != kOfTheHost.end();
    if (of_the_host || name == command::kTaskMarker || name == kNodeMarker) continue;
    if (value.find('\n') == std::string::npos) {
      text += name + "=" + value + "\n";
    } else {
      calls.add_variable(name, value);
      by_name.push_back(name);
    }
  }
  return text;
}

std::filesystem::path bind_source(const NodeContext& context, const ContainerRun& run, const std::string& source) {
  if (source == "shared") return context.paths.shared();
  if (source == "startup") return context.paths.start_task().directory();
  if (source == "vfsmounts") return context.paths.mounts();
  if (source == "task") return run.paths.directory();
  if (source == "jobprep") return run.job_preparation;
  if (source == "applications") return context.paths.root() / "applications";
  return {};
}

/// `{id} {state} {exit code} {error}` as asked of inspect.
struct Inspected {
  wire::node::ContainerInfo info;
  std::int32_t exit_code = 0;
};
Inspected parse_inspected(const std::string& text) {
  Inspected found;
  std::vector<std::string> words;
  for (const auto& word : base::split(text, ' ')) words.emplace_back(word);
  if (words.size() > 0) found.info.id = words[0];
  if (words.size() > 1) found.info.state = words[1];
  if (words.size() > 2) found.exit_code = std::atoi(words[2].c_str());
  for (std::size_t i = 3; i < words.size(); ++i) found.info.error += (i > 3 ? " " : "") + words[i];
  return found;
}

base::Result<std::vector<std::string>> split_if_any(const std::string& text) {
  if (base::trim(text).empty()) return std::vector<std::string>();
  return command::split_command_line(text);
}

/// A container that never ran has an error of the engine's in its state.
base::Error not_started(const Inspected& inspected) {
  constexpr std::int32_t kNotFound = 127;
  const base::Error cause(base::Errc::unavailable, "starting the container: " + inspected.info.error);
  const bool missing = inspected.exit_code == kNotFound;
  return failed(missing ? FailureCode::CommandProgramNotFound : FailureCode::ContainerMiscError, cause);
}

base::Async<base::Result<std::int32_t>> run_created(NodeContext& context, EngineCalls& calls, const ContainerRun& run,
                                                    const std::string& name, std::shared_ptr<StopSignal> stop,
                                                    std::optional<wire::node::ContainerInfo>& info) {
  auto start = calls.command({"start", "--attach", name});
  start.stdout_file = run.paths.stdout_file();
  start.stderr_file = run.paths.stderr_file();
  start.append = run.append;
  auto exit_code = co_await context.commands->run(std::move(start), stop);
  // Also after a stop, which must not keep us from looking and clearing up.
  auto unstopped = std::make_shared<StopSignal>();
  std::vector<std::string> look{"inspect", "--format", kInspected, name};
  auto looked = co_await calls.call(std::move(look), unstopped);
  if (looked.has_error() || *looked != 0) co_return exit_code;
  const auto inspected = parse_inspected(calls.said());
  info = inspected.info;
  if (!stop->stopped() && !inspected.info.error.empty()) co_return not_started(inspected);
  co_return exit_code;
}

}  // namespace

std::optional<ContainerEngine> find_container_engine(const std::string& search_path) {
  for (const char* name : {"docker", "podman"}) {
    for (const auto& directory : base::split(search_path, ':')) {
      auto program = std::filesystem::path(std::string(directory)) / name;
      if (::access(program.c_str(), X_OK) != 0 || std::filesystem::is_directory(program)) continue;
      return ContainerEngine{.program = std::move(program), .is_podman = std::string_view(name) == "podman"};
    }
  }
  return std::nullopt;
}

std::string registry_configuration(const std::vector<wire::node::Registry>& registries) {
  auto entries = nlohmann::json::object();
  for (const auto& registry : registries) {
    const nlohmann::json entry{{"auth", base::base64_encode(registry.user_name + ":" + registry.password)}};
    const std::string server = registry.server.empty() ? std::string(kDefaultRegistry) : registry.server;
    entries[server] = entry;
    // Docker knows its own registry by this name alone.
    if (server == kDefaultRegistry) entries["https://index.docker.io/v1/"] = entry;
  }
  return nlohmann::json{{"auths", entries}}.dump();
}

std::vector<std::string> create_arguments(const NodeContext& context, const ContainerEngine& engine,
                                          const ContainerRun& run, const std::string& name,
                                          const std::filesystem::path& variables_file, std::vector<std::string> command,
                                          std::vector<std::string> run_options) {
  std::vector<std::string> arguments{
      "create", "--name", name, "--label", node_label(), "--env-file", variables_file.string()};
  const auto add = [&](std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); };
  // Else a daemon that is root would leave files in the task's directory that nobody here can remove. Podman without
  // root maps the container's root to this user by itself.
  if (!engine.is_podman && !run.elevated) {
    add({"--user", std::to_string(::geteuid()) + ":" + std::to_string(::getegid())});
  }
  if (run.container.whole_root) {
    const auto root = context.paths.root().string();
    add({"--volume", root + ":" + root});
  }
  for (const auto& bind : run.container.bind_mounts) {
    const auto source = bind_source(context, run, bind.source).string();
    if (!source.empty()) add({"--volume", source + ":" + source + (bind.read_only ? ":ro" : "")});
  }
  if (const auto& proxy = context.settings.proxy) {
    // Its variables name these files, and none is a secret. The proxy itself is on loopback: `--network host` leads to
    // it.
    for (const auto* file : {&proxy->ca_certificate, &proxy->ca_bundle, &proxy->ca_java_store}) {
      add({"--volume", *file + ":" + *file + ":ro"});
    }
  }
  if (!run.container.image_directory) add({"--workdir", run.paths.working_directory().string()});
  arguments.insert(arguments.end(), run_options.begin(), run_options.end());
  arguments.push_back(run.container.image);
  arguments.insert(arguments.end(), command.begin(), command.end());
  return arguments;
}

base::Async<base::Result<std::int32_t>> run_in_container(NodeContext& context, ContainerRun run,
                                                         std::shared_ptr<StopSignal> stop,
                                                         std::optional<wire::node::ContainerInfo>& info) {
  const auto engine = find_container_engine(host_variable("PATH"));
  if (!engine) co_return no_engine("running the image " + run.container.image);
  auto words = split_if_any(run.command_line);
  auto options = split_if_any(run.container.run_options);
  if (words.has_error()) co_return failed(FailureCode::CommandLaunchFailed, words.error());
  if (options.has_error()) co_return failed(FailureCode::ContainerInvalidSettings, options.error());
  const Scratch scratch(context.paths);
  EngineCalls calls(context, *engine, scratch);
  auto registries = context.registries;
  if (run.container.registry) registries.push_back(*run.container.registry);
  auto made = scratch.create();
  if (made.has_value()) made = calls.keep_credentials(registries);
  std::vector<std::string> by_name;
  const auto variables = scratch.file("variables");
  if (made.has_value()) made = EngineCalls::write(variables, variables_text(run.environment, calls, by_name));
  if (made.has_error()) co_return failed(FailureCode::ContainerMiscError, made.error());
  for (const auto& name : by_name) options->insert(options->begin(), {"--env", name});

  CO_RETURN_IF_ERROR(co_await pull_if_absent(calls, run.container.image, stop));
  const auto name = "batch-emulator-" + base::random_guid();
  auto arguments = create_arguments(context, *engine, run, name, variables, *std::move(words), *std::move(options));
  CO_ASSIGN_OR_RETURN(const auto created, co_await calls.call(std::move(arguments), stop));
  auto unstopped = std::make_shared<StopSignal>();
  base::Result<std::int32_t> exit_code = 0;
  if (created == 0) {
    info = wire::node::ContainerInfo{.id = calls.said(), .state = "created"};
    exit_code = co_await run_created(context, calls, run, name, stop, info);
  } else {
    exit_code = failed(FailureCode::ContainerInvalidSettings,
                       calls.complaint("creating a container of the image " + run.container.image))
                    .with("ImageName", run.container.image);
  }
  std::vector<std::string> remove{"rm", "--force", name};
  auto removed = co_await calls.call(std::move(remove), unstopped);
  if (created == 0 && (removed.has_error() || *removed != 0)) {
    spdlog::warn("{}", calls.complaint("removing the container " + name).message);
  }
  co_return exit_code;
}

base::Async<void> remove_containers_left_over(NodeContext& context, std::shared_ptr<StopSignal> stop) {
  const auto engine = find_container_engine(host_variable("PATH"));
  const Scratch scratch(context.paths);
  if (!engine || scratch.create().has_error()) co_return;
  EngineCalls calls(context, *engine, scratch);
  std::vector<std::string> list{"ps", "--all", "--quiet", "--filter", "label=" + node_label()};
  auto listed = co_await calls.call(std::move(list), stop);
  if (listed.has_error() || *listed != 0) co_return;
  std::vector<std::string> remove{"rm", "--force"};
  const auto said = calls.said();
  for (const auto& id : base::split(said, '\n')) {
    if (!base::trim(id).empty()) remove.emplace_back(base::trim(id));
  }
  if (remove.size() == 2) co_return;
  auto removed = co_await calls.call(std::move(remove), stop);
  if (removed.has_error() || *removed != 0) spdlog::warn("{}", calls.complaint("removing old containers").message);
}

base::Async<base::Result<void>> prefetch_images(NodeContext& context, std::vector<std::string> images,
                                                std::shared_ptr<StopSignal> stop) {
  if (images.empty()) co_return base::Result<void>();
  const auto engine = find_container_engine(host_variable("PATH"));
  if (!engine) {
    // Tasks will fail and say so; the node itself is of use to a start task.
    spdlog::warn("the images of the pool are not fetched: neither docker nor podman is on the PATH of the emulator");
    co_return base::Result<void>();
  }
  const Scratch scratch(context.paths);
  EngineCalls calls(context, *engine, scratch);
  auto made = scratch.create();
  if (made.has_value()) made = calls.keep_credentials(context.registries);
  if (made.has_error()) co_return failed(FailureCode::ContainerMiscError, made.error());
  for (auto& image : images) CO_RETURN_IF_ERROR(co_await pull_if_absent(calls, std::move(image), stop));
  co_return base::Result<void>();
}

}  // namespace nodeagent::task
