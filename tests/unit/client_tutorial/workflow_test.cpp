// The parts of the workflow that need no service: names, commands, the table.
#include "client/tutorial/workflow.h"
#include "client/tutorial/terminal.h"

#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace client::tutorial {
namespace {

TEST(FfmpegCommandTest, PlainNamesStandAsTheArticleWritesThem) {
  EXPECT_EQ(ffmpeg_command("LowPriVMs-1.mp4", "LowPriVMs-1.mp3"),
            "/bin/bash -c \"ffmpeg -i LowPriVMs-1.mp4 LowPriVMs-1.mp3\"");
}

TEST(FfmpegCommandTest, NamesThatAShellWouldChangeAreQuoted) {
  EXPECT_EQ(ffmpeg_command("a b.mp4", "a b.mp3"), "/bin/bash -c \"ffmpeg -i 'a b.mp4' 'a b.mp3'\"");
  EXPECT_EQ(ffmpeg_command("$(id).mp4", "x.mp3"), "/bin/bash -c \"ffmpeg -i '\\$(id).mp4' x.mp3\"");
  EXPECT_EQ(ffmpeg_command("it's.mp4", "x.mp3"), "/bin/bash -c \"ffmpeg -i 'it'\\\\''s.mp4' x.mp3\"");
  EXPECT_EQ(ffmpeg_command("-y.mp4", "x.mp3"), "/bin/bash -c \"ffmpeg -i './-y.mp4' x.mp3\"");
}

TEST(InputFilesTest, OnlyMp4FilesAreTakenInTheOrderOfTheirNames) {
  const auto directory = std::filesystem::path(testing::TempDir()) / "batch-client-input-files";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  for (const auto* name : {"b.mp4", "a.MP4", "c.txt"}) std::ofstream(directory / name) << "x";
  const auto files = input_files(directory);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ(files->front().filename(), "a.MP4");
  std::filesystem::remove_all(directory);
}

TEST(InputFilesTest, ADirectoryWithoutMp4FilesIsAnError) {
  const auto directory = std::filesystem::path(testing::TempDir()) / "batch-client-no-files";
  std::filesystem::create_directories(directory);
  EXPECT_TRUE(input_files(directory).has_error());
  EXPECT_TRUE(input_files(directory / "absent").has_error());
  std::filesystem::remove_all(directory);
}

TEST(TaskTableTest, AFailedTaskShowsItsFailureBelowItsRow) {
  client::api::TaskStatus good{.id = "Task0", .state = "completed", .result = "success", .exit_code = 0};
  client::api::TaskStatus bad{.id = "Task1", .state = "completed", .result = "failure", .exit_code = 1};
  bad.failure_code = "FailureExitCode";
  bad.failure_message = "The task exited with an exit code representing a failure";
  const std::string table = task_table({good, bad});
  EXPECT_NE(table.find("Task0  success  0"), std::string::npos) << table;
  EXPECT_NE(table.find("FailureExitCode: The task exited"), std::string::npos) << table;
}

TEST(ProgressTest, WithoutATerminalEachLookIsADot) {
  std::ostringstream out;
  Progress progress(out, false, 5);
  progress.show(0);
  progress.show(3);
  progress.finish();
  EXPECT_EQ(out.str(), "..\n");
}

TEST(ProgressTest, OnATerminalTheBarIsDrawnInPlace) {
  std::ostringstream out;
  Progress progress(out, true, 4);
  progress.show(2);
  EXPECT_EQ(out.str().front(), '\r');
  EXPECT_NE(out.str().find("2/4 tasks completed"), std::string::npos);
}

TEST(ClockTextTest, SpansArePrintedAsHoursMinutesSeconds) {
  EXPECT_EQ(clock_text(std::chrono::seconds(4)), "0:00:04");
  EXPECT_EQ(clock_text(std::chrono::minutes(30)), "0:30:00");
}

}  // namespace
}  // namespace client::tutorial
