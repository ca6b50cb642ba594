// Commands in containers (contract 7.7), with a program that plays the engine.
#include "nodeagent/task/container.h"

#include "nodeagent/task/failures.h"
#include "nodeagent/task/mounts.h"
#include "task_fixture.h"

#include <gmock/gmock.h>
#include <fstream>

namespace nodeagent::task {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using wire::node::RunEnd;

class ContainerTest : public TaskFixture {
 protected:
  ContainerTest() {
    const char* path = ::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    std::filesystem::create_directories(engine_);
    set_path(engine_.string() + ":" + path_);
  }
  ~ContainerTest() override { set_path(path_); }

  static void set_path(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }
  /// Puts an engine of this name on the PATH.
  void install(const std::string& name = "docker") {
    std::filesystem::copy_file(CONTAINER_ENGINE, engine_ / name);
    std::filesystem::permissions(engine_ / name, std::filesystem::perms::owner_all);
  }
  wire::node::RunTask container_order(const std::string& command, const std::string& image = "ubuntu") const {
    auto task = order(command);
    task.container = wire::node::Container{.image = image};
    return task;
  }
  std::string calls() const { return base::read_file(engine_ / "calls", 1 << 20).value_or(std::string()); }
  std::size_t containers() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(engine_)) {
      count += entry.path().filename().string().starts_with("container-") ? 1 : 0;
    }
    return count;
  }
  std::vector<wire::node::Failure> set_up(wire::node::PrepareNode order) {
    std::vector<wire::node::Failure> errors;
    struct Run {
      static base::Async<void> set_up(NodeContext& context, wire::node::PrepareNode order,
                                      std::vector<wire::node::Failure>& into) {
        auto failures = co_await prepare_node(context, std::move(order), std::make_shared<StopSignal>());
        if (failures) into.push_back(*std::move(failures));
      }
    };
    run(Run::set_up(context_, std::move(order), errors));
    return errors;
  }

  std::string path_;
  std::filesystem::path engine_ = directory_ / "engine";
};

TEST_F(ContainerTest, TheCommandRunsInsideWithTheTasksDirectoriesAndVariables) {
  install();
  auto task = container_order("/bin/sh -c 'pwd; echo $AZ_BATCH_TASK_ID $MINE; exit 3'");
  task.environment = {{"MINE", "two words"}};
  const auto ending = run_to_end(task);
  EXPECT_EQ(ending.end, RunEnd::exited);
  EXPECT_EQ(ending.exit_code, 3);
  EXPECT_EQ(content("stdout.txt"), (task_directory() / "wd").string() + "\ntask two words\n");
  ASSERT_TRUE(ending.container.has_value());
  EXPECT_THAT(ending.container->id, HasSubstr("id-batch-emulator-"));
  EXPECT_EQ(ending.container->state, "exited");
}

TEST_F(ContainerTest, TheRootOfTheNodeIsMountedAtItsOwnPathAndNothingOfTheContainerStays) {
  install();
  run_to_end(container_order("true"));
  const auto root = (directory_ / "root").string();
  EXPECT_THAT(calls(), HasSubstr("--volume " + root + ":" + root));
  EXPECT_THAT(calls(), HasSubstr("rm --force batch-emulator-"));
  EXPECT_EQ(containers(), 0U);
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "containers")) << "credentials and variables are removed";
}

TEST_F(ContainerTest, VariablesOfTheHostStayOutside) {
  install();
  run_to_end(container_order("env"));
  EXPECT_THAT(content("stdout.txt"), Not(HasSubstr("\nHOME=")));
  EXPECT_THAT(content("stdout.txt"), HasSubstr("AZ_BATCH_NODE_ROOT_DIR="));
}

TEST_F(ContainerTest, ValuesOfSeveralLinesArriveWhole) {
  install();
  auto task = container_order("/bin/sh -c 'echo \"$LINES_OF_TEXT\"'");
  task.environment = {{"LINES_OF_TEXT", "one\ntwo"}};
  run_to_end(task);
  EXPECT_EQ(content("stdout.txt"), "one\ntwo\n");
}

TEST_F(ContainerTest, RunOptionsArePassedOnToCreate) {
  install();
  auto task = container_order("true");
  task.container->run_options = "--cap-add=NET_ADMIN --hostname \"my host\"";
  task.container->bind_mounts = {{.source = "shared", .read_only = true}};
  const auto arguments = create_arguments(context_, {.program = "docker"},
                                          {.container = *task.container, .paths = TaskPaths(task_directory())}, "name",
                                          "vars", {"cmd", "arg"}, {"--cap-add=NET_ADMIN", "--hostname", "my host"});
  const std::vector<std::string> tail{"--cap-add=NET_ADMIN", "--hostname", "my host", "ubuntu", "cmd", "arg"};
  ASSERT_GE(arguments.size(), tail.size());
  EXPECT_EQ(std::vector(arguments.end() - static_cast<std::ptrdiff_t>(tail.size()), arguments.end()), tail);
  const auto shared = (directory_ / "root/shared").string();
  EXPECT_THAT(arguments, ::testing::Contains(shared + ":" + shared + ":ro"));
}

TEST_F(ContainerTest, OnlyTheGivenDirectoriesAreMountedWhenSomeAreGiven) {
  wire::node::Container container{.image = "i", .image_directory = true, .whole_root = false};
  container.bind_mounts = {{.source = "task", .read_only = false}};
  const auto arguments =
      create_arguments(context_, {.program = "podman", .is_podman = true},
                       {.container = container, .paths = TaskPaths(task_directory())}, "name", "vars", {}, {});
  const auto volumes = std::count(arguments.begin(), arguments.end(), "--volume");
  EXPECT_EQ(volumes, 1);
  EXPECT_THAT(arguments, ::testing::Contains(task_directory().string() + ":" + task_directory().string()));
  EXPECT_THAT(arguments, Not(::testing::Contains("--workdir"))) << "the image's own directory was asked for";
  EXPECT_THAT(arguments, Not(::testing::Contains("--user"))) << "podman maps the user by itself";
}

TEST_F(ContainerTest, AnEmptyCommandLineMeansTheImagesOwnEntryPoint) {
  install();
  EXPECT_EQ(run_to_end(container_order("")).exit_code, 0);
  EXPECT_EQ(content("stdout.txt"), "the image's own entry point\n");
}

TEST_F(ContainerTest, WithoutAnEngineTheTaskFailsAndSaysWhatToDo) {
  set_path(engine_.string());
  const auto ending = run_to_end(container_order("true"));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  ASSERT_TRUE(ending.failure.has_value());
  EXPECT_EQ(ending.failure->code, "ContainerMiscError");
  EXPECT_THAT(ending.failure->details.at(0).second, HasSubstr("neither docker nor podman is on the PATH"));
}

TEST_F(ContainerTest, PodmanIsTakenWhenThereIsNoDocker) {
  install("podman");
  const auto engine = find_container_engine(engine_.string());
  ASSERT_TRUE(engine.has_value());
  EXPECT_TRUE(engine->is_podman);
  install("docker");
  EXPECT_FALSE(find_container_engine(engine_.string())->is_podman);
}

TEST_F(ContainerTest, AnImageThatCannotBePulledIsAnInvalidImage) {
  install();
  const auto ending = run_to_end(container_order("true", "missing:1"));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  EXPECT_EQ(ending.failure->code, "ContainerInvalidImage");
  EXPECT_THAT(ending.failure->details.at(0).second, HasSubstr("manifest unknown"));
}

TEST_F(ContainerTest, ARegistryThatRefusesIsAnInvalidRegistry) {
  install();
  EXPECT_EQ(run_to_end(container_order("true", "private")).failure->code, "ContainerInvalidRegistry");
}

TEST_F(ContainerTest, CredentialsReachTheRegistryAndStandOnNoCommandLine) {
  install();
  auto task = container_order("true", "private");
  task.container->registry = wire::node::Registry{.server = "r.example", .user_name = "u", .password = "hush-hush"};
  EXPECT_EQ(run_to_end(task).exit_code, 0);
  EXPECT_THAT(calls(), Not(HasSubstr("hush-hush")));
  EXPECT_THAT(registry_configuration({*task.container->registry}), HasSubstr("r.example"));
}

TEST_F(ContainerTest, OptionsThatTheEngineRefusesAreInvalidSettings) {
  install();
  auto task = container_order("true");
  task.container->run_options = "--refuse";
  EXPECT_EQ(run_to_end(task).failure->code, "ContainerInvalidSettings");
}

TEST_F(ContainerTest, AProgramThatTheImageLacksIsNotFound) {
  install();
  const auto ending = run_to_end(container_order("/none"));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  EXPECT_EQ(ending.failure->code, "CommandProgramNotFound");
  EXPECT_FALSE(ending.exit_code.has_value());
  EXPECT_THAT(ending.container->error, HasSubstr("no such file"));
}

TEST_F(ContainerTest, AStopRemovesTheContainer) {
  install();
  boost::asio::co_spawn(io_, keep_ending(container_order("/bin/sh -c 'echo $$ > pid; exec sleep 1000'")),
                        [](std::exception_ptr thrown) {
                          if (thrown) std::rethrow_exception(thrown);
                        });
  until([this] { return !content("wd/pid").empty() && content("wd/pid") != "<unreadable>"; });
  stop_->stop();
  until([this] { return ending_.has_value(); });
  ASSERT_TRUE(ending_.has_value());
  EXPECT_EQ(ending_->end, RunEnd::stopped);
  EXPECT_EQ(containers(), 0U);
}

TEST_F(ContainerTest, ImagesOfThePoolAreFetchedOnceAndWithItsCredentials) {
  install();
  Mounts mounts(context_, io_.get_executor());
  context_.mounts = &mounts;
  wire::node::PrepareNode order{.containers = true, .images = {"private", "ubuntu"}};
  order.registries = {{.server = "", .user_name = "u", .password = "p"}};
  EXPECT_TRUE(set_up(order).empty());
  EXPECT_THAT(calls(), HasSubstr("pull private\n"));
  EXPECT_THAT(calls(), HasSubstr("pull ubuntu\n"));
  const auto before = calls().size();
  EXPECT_TRUE(set_up(order).empty());
  EXPECT_THAT(calls().substr(before), Not(HasSubstr("pull")));
}

TEST_F(ContainerTest, AnImageOfThePoolThatCannotBePulledMakesTheNodeUseless) {
  install();
  Mounts mounts(context_, io_.get_executor());
  context_.mounts = &mounts;
  const auto errors = set_up({.containers = true, .images = {"missing"}});
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "ContainerInvalidImage");
}

TEST_F(ContainerTest, ContainersOfAnAgentThatDiedAreRemoved) {
  install();
  Mounts mounts(context_, io_.get_executor());
  context_.mounts = &mounts;
  std::ofstream(engine_ / "container-old") << "{}";
  EXPECT_TRUE(set_up({.containers = true}).empty());
  EXPECT_EQ(containers(), 0U);
}

}  // namespace
}  // namespace nodeagent::task
