// Whole runs: from an order to its Ending, with real processes.
#include "nodeagent/task/failures.h"
#include "task_fixture.h"

#include <gmock/gmock.h>
#include <csignal>

namespace nodeagent::task {
namespace {

using ::testing::HasSubstr;
using wire::node::RunEnd;

class TaskRunTest : public TaskFixture {
 protected:
  void start(wire::node::RunTask task) {
    boost::asio::co_spawn(io_, keep_ending(std::move(task)), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  void finish() {
    until([this] { return ending_.has_value(); });
    ASSERT_TRUE(ending_.has_value());
  }
};

TEST_F(TaskRunTest, ExitCodeAndTimesAreReported) {
  const auto before = clock_.now();
  const auto ending = run_to_end(order("/bin/sh -c 'echo hello; exit 3'"));
  EXPECT_EQ(ending.end, RunEnd::exited);
  EXPECT_EQ(ending.exit_code, 3);
  EXPECT_EQ(ending.failure, std::nullopt);
  EXPECT_GE(ending.started, before);
  EXPECT_GE(ending.ended, ending.started);
  EXPECT_EQ(content("stdout.txt"), "hello\n");
  EXPECT_EQ(content("stderr.txt"), "");
}
TEST_F(TaskRunTest, CommandRunsInTheTasksWorkingDirectoryWithItsVariables) {
  const auto ending =
      run_to_end(order("/bin/sh -c 'pwd; echo $AZ_BATCH_TASK_WORKING_DIR; echo $AZ_BATCH_TASK_ID $AZ_BATCH_POOL_ID'"));
  EXPECT_EQ(ending.exit_code, 0);
  const auto wd = (task_directory() / "wd").string();
  EXPECT_EQ(content("stdout.txt"), wd + "\n" + wd + "\ntask Pool\n");
}
TEST_F(TaskRunTest, MissingProgramIsAPreProcessingErrorWithoutExitCode) {
  const auto ending = run_to_end(order("no-such-program --flag"));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  EXPECT_EQ(ending.exit_code, std::nullopt);
  ASSERT_TRUE(ending.failure.has_value());
  EXPECT_EQ(ending.failure->code, "CommandProgramNotFound");
  EXPECT_TRUE(ending.failure->user_error);
}
TEST_F(TaskRunTest, NothingBeginsOnADiskThatIsFull) {
  context_.settings.disk_reserve = std::int64_t{1} << 40;
  const auto ending = run_to_end(order("/bin/true"));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  ASSERT_TRUE(ending.failure.has_value());
  EXPECT_TRUE(is_disk_full(*ending.failure));
  EXPECT_FALSE(ending.failure->user_error);
  EXPECT_FALSE(std::filesystem::exists(task_directory()));
}
TEST_F(TaskRunTest, UnreadableCommandLineCannotBeLaunched) {
  const auto ending = run_to_end(order("sh -c 'unclosed"));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  ASSERT_TRUE(ending.failure.has_value());
  EXPECT_EQ(ending.failure->code, "CommandLaunchFailed");
}
TEST_F(TaskRunTest, WallClockEndsTheProcess) {
  auto task = order("sleep 1000");
  task.max_wall_clock = std::chrono::milliseconds(30);
  const auto ending = run_to_end(std::move(task));
  EXPECT_EQ(ending.end, RunEnd::wall_clock_expired);
  EXPECT_EQ(ending.exit_code, 128 + SIGTERM);
}
TEST_F(TaskRunTest, StopEndsTheProcess) {
  start(order("/bin/sh -c 'echo ready; exec sleep 1000'"));
  until([this] { return content("stdout.txt") == "ready\n"; });
  stop_->stop();
  finish();
  EXPECT_EQ(ending_->end, RunEnd::stopped);
  EXPECT_EQ(ending_->exit_code, 128 + SIGTERM);
}
TEST_F(TaskRunTest, StopBeforeTheCommandRunsNothing) {
  stop_->stop();
  const auto ending = run_to_end(order("/bin/sh -c 'echo ran'"));
  EXPECT_EQ(ending.end, RunEnd::stopped);
  EXPECT_EQ(ending.exit_code, std::nullopt);
}
TEST_F(TaskRunTest, NextRunKeepsTheWorkingDirectoryAndStartsNewLogs) {
  run_to_end(order("/bin/sh -c 'echo one; touch kept'"));
  run_to_end(order("/bin/sh -c 'ls'"));
  EXPECT_EQ(content("stdout.txt"), "kept\n");
}
TEST_F(TaskRunTest, RunThatWasCutOffLeavesNothingToTheNext) {
  start(order("/bin/sh -c 'echo half > out; sleep 1000'"));
  until([this] { return content("wd/out") == "half\n"; });
  stop_->stop();
  finish();
  EXPECT_EQ(ending_->end, RunEnd::stopped);
  stop_ = std::make_shared<StopSignal>();
  const auto ending = run_to_end(order("/bin/sh -c 'ls'"));
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(content("stdout.txt"), "");
}
TEST_F(TaskRunTest, ResourceFilesAreThereBeforeTheCommand) {
  files_["/devstoreaccount1/input/a.txt"] = "content";
  auto task = order("/bin/sh -c 'cat in/a.txt; stat -c %a in/a.txt'");
  task.resource_files = {
      {.http_url = url("/devstoreaccount1/input/a.txt?sv=1&sig=x"), .file_path = "in/a.txt", .file_mode = "0640"}};
  const auto ending = run_to_end(std::move(task));
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(content("stdout.txt"), "content640\n");
}
TEST_F(TaskRunTest, MissingResourceFileEndsTheTaskBeforeItsCommand) {
  auto task = order("/bin/sh -c 'echo ran'");
  task.resource_files = {{.http_url = url("/devstoreaccount1/input/none?sig=secret"), .file_path = "none"}};
  const auto ending = run_to_end(std::move(task));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  EXPECT_EQ(ending.exit_code, std::nullopt);
  ASSERT_TRUE(ending.failure.has_value());
  EXPECT_EQ(ending.failure->code, "BlobNotFound");
  std::string details;
  for (const auto& [name, value] : ending.failure->details) details += name + "=" + value + "\n";
  EXPECT_THAT(details, HasSubstr("BlobSource=" + url("/devstoreaccount1/input/none") + "\n"));
  EXPECT_THAT(details, HasSubstr("FilePath="));
  EXPECT_THAT(details, Not(HasSubstr("secret")));
  EXPECT_EQ(content("stdout.txt"), "");
}
TEST_F(TaskRunTest, OutputFilesAreUploadedAfterTheCommand) {
  auto task = order("/bin/sh -c 'echo music > a.mp3; mkdir sub; echo more > sub/b.mp3'");
  task.output_files = {
      {.file_pattern = "**/*.mp3", .container_url = url("/devstoreaccount1/output?sig=x"), .path = "out"},
      {.file_pattern = "../std*.txt",
       .container_url = url("/devstoreaccount1/logs?sig=x"),
       .path = "$AZ_BATCH_TASK_ID",
       .condition = wire::node::UploadCondition::task_failure}};
  const auto ending = run_to_end(std::move(task));
  EXPECT_EQ(ending.end, RunEnd::exited);
  EXPECT_EQ(ending.failure, std::nullopt);
  std::map<std::string, std::string> put;
  for (const auto& request : seen_) put[request.target] = request.body;
  EXPECT_EQ(put, (std::map<std::string, std::string>{{"/devstoreaccount1/output/out/a.mp3?sig=x", "music\n"},
                                                     {"/devstoreaccount1/output/out/sub/b.mp3?sig=x", "more\n"}}));
  EXPECT_THAT(content("fileuploadout.txt"), HasSubstr("a.mp3"));
  EXPECT_THAT(content("fileuploadout.txt"), Not(HasSubstr("sig=")));
  EXPECT_EQ(content("fileuploaderr.txt"), "");
}
TEST_F(TaskRunTest, FailedUploadKeepsTheExitCode) {
  answer_ = [](const SeenRequest&) { return http::Response{.status = 403}; };
  auto task = order("/bin/sh -c 'echo x > a; exit 5'");
  task.output_files = {{.file_pattern = "a", .container_url = url("/devstoreaccount1/output?sig=x"), .path = ""}};
  const auto ending = run_to_end(std::move(task));
  EXPECT_EQ(ending.end, RunEnd::exited);
  EXPECT_EQ(ending.exit_code, 5);
  ASSERT_TRUE(ending.failure.has_value());
  EXPECT_EQ(ending.failure->code, "FileUploadAccessDenied");
  EXPECT_NE(content("fileuploaderr.txt"), "");
}
TEST_F(TaskRunTest, StatusOfAFailedUploadDecidesTheCode) {
  int status = 0;
  answer_ = [&status](const SeenRequest&) {
    http::Response refusal{.status = status};
    refusal.headers.add("Retry-After", "0");
    return refusal;
  };
  for (const auto& [given, code] : std::vector<std::pair<int, std::string>>{{404, "FileUploadContainerNotFound"},
                                                                            {403, "FileUploadAccessDenied"},
                                                                            {409, "FileUploadConflict"},
                                                                            {408, "FileUploadTimedOut"},
                                                                            {400, "FileUploadMiscError"}}) {
    status = given;
    auto task = order("/bin/sh -c 'echo x > a'");
    task.output_files = {{.file_pattern = "a", .container_url = url("/devstoreaccount1/output?sig=x"), .path = ""}};
    const auto ending = run_to_end(std::move(task));
    EXPECT_EQ(ending.exit_code, 0);
    ASSERT_TRUE(ending.failure.has_value()) << given;
    EXPECT_EQ(ending.failure->code, code);
    EXPECT_TRUE(ending.failure->user_error);
  }
}
TEST_F(TaskRunTest, NothingIsUploadedAndLoggedWithoutAMatchingRule) {
  auto task = order("true");
  task.output_files = {
      {.file_pattern = "*", .container_url = url("/a/b"), .condition = wire::node::UploadCondition::task_failure}};
  run_to_end(std::move(task));
  EXPECT_TRUE(seen_.empty());
  EXPECT_FALSE(std::filesystem::exists(task_directory() / "fileuploadout.txt"));
}
TEST_F(TaskRunTest, PatternWithoutMatchIsNoFailure) {
  auto task = order("true");
  task.output_files = {{.file_pattern = "*.none", .container_url = url("/a/b")}};
  const auto ending = run_to_end(std::move(task));
  EXPECT_EQ(ending.failure, std::nullopt);
  EXPECT_THAT(content("fileuploadout.txt"), HasSubstr("0 files"));
}
TEST_F(TaskRunTest, IdThatIsNoDirectoryNameIsRefused) {
  auto task = order("true");
  task.run.task_id = "../up";
  const auto ending = run_to_end(std::move(task));
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "root/workitems/job/up"));
}
TEST_F(TaskRunTest, StartTaskRunsInItsOwnDirectory) {
  std::optional<Ending> ending;
  auto work = [](NodeContext& context, std::shared_ptr<StopSignal> stop,
                 std::optional<Ending>& into) -> base::Async<void> {
    wire::node::RunStartTask start_task;
    start_task.command_line = "/bin/sh -c 'pwd; echo ${AZ_BATCH_TASK_ID-none} > $AZ_BATCH_NODE_STARTUP_WORKING_DIR/id'";
    start_task.elevated = true;
    auto ended = co_await run_start_task(context, std::move(start_task), stop);
    into = std::move(ended);
  };
  run(work(context_, stop_, ending));
  ASSERT_TRUE(ending.has_value());
  EXPECT_EQ(ending->exit_code, 0);
  const auto startup = directory_ / "root/startup";
  EXPECT_EQ(base::read_file(startup / "stdout.txt", 1000).value_or(std::string()), (startup / "wd").string() + "\n");
  EXPECT_EQ(base::read_file(startup / "wd/id", 1000).value_or(std::string()), "none\n");
}
TEST_F(TaskRunTest, RemovingTheLastTaskRemovesTheJobsDirectory) {
  run_to_end(order("/bin/sh -c 'mkdir -p a/b; touch a/b/c'"));
  ASSERT_TRUE(remove_task_files(context_, "job", "task").has_value());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "root/workitems/job"));
  EXPECT_TRUE(remove_task_files(context_, "job", "task").has_value());
}
TEST_F(TaskRunTest, RemovingOneTaskKeepsTheOthers) {
  run_to_end(order("true"));
  auto other = order("true");
  other.run.task_id = "other";
  run_to_end(std::move(other));
  ASSERT_TRUE(remove_task_files(context_, "job", "task").has_value());
  EXPECT_TRUE(std::filesystem::exists(directory_ / "root/workitems/job/job-1/other/wd"));
}

}  // namespace
}  // namespace nodeagent::task
