// Files of tasks and nodes over the API, and what must not be reached.
#include "tests/unit/rest/rest_fixture.h"

#include <sys/stat.h>
#include <fstream>

namespace emulator::rest {
namespace {

using nlohmann::json;

class FilesTest : public RestTest {
 protected:
  void SetUp() override {
    add_pool("P", 1);
    node_ = join_first_node("P");
    ASSERT_EQ(call("POST", "/jobs", job_body("Job", "P")).status, 201);
    ASSERT_EQ(call("POST", "/jobs/job/tasks", task_body("Task")).status, 201);
    settle();
    root_ = root_of(node_);
    task_ = root_ / "workitems/Job/job-1/Task";
    std::filesystem::create_directories(task_ / "wd");
    write(task_ / "stdout.txt", "0123456789");
    write(task_ / "wd/a b+1.bin", "content");
  }
  static void write(const std::filesystem::path& file, const std::string& text) { std::ofstream{file} << text; }
  static std::vector<std::string> names(const Reply& reply) {
    std::vector<std::string> found;
    const auto list = reply.json();
    for (const auto& file : list["value"]) found.push_back(file["name"]);
    return found;
  }

  core::NodeKey node_;
  std::filesystem::path root_;
  std::filesystem::path task_;
  const std::string files_ = "/jobs/job/tasks/task/files";
};

TEST_F(FilesTest, TaskFilesAreListedOneLevelDeep) {
  const auto reply = call("GET", files_);
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(names(reply), (std::vector<std::string>{"stdout.txt", "wd"}));
  const auto file = reply.json()["value"][0];
  EXPECT_EQ(file["isDirectory"], false);
  EXPECT_EQ(file["url"], std::string{kBase} + "/jobs/Job/tasks/Task/files/stdout.txt");
  EXPECT_EQ(file["properties"]["contentLength"], "10");
  EXPECT_EQ(file["properties"]["contentType"], "text/plain");
  EXPECT_TRUE(file["properties"]["fileMode"].get<std::string>().starts_with("0o100"));
  EXPECT_FALSE(reply.json()["value"][1].contains("properties"));
}

TEST_F(FilesTest, CertificatesOfATaskAreNotRead) {
  std::filesystem::create_directories(task_ / "certs");
  write(task_ / "certs/sha1-aa.pfx", "private");
  EXPECT_EQ(call("GET", files_ + "/certs/sha1-aa.pfx").code(), "FileNotFound");
  const auto of_node = "/pools/P/nodes/" + node_.node.text() + "/files/workitems/Job/job-1/Task/certs/sha1-aa.pfx";
  EXPECT_EQ(call("GET", of_node).code(), "FileNotFound");
}

TEST_F(FilesTest, RecursiveListingGivesTheTopLevelFirst) {
  const auto reply = call("GET", files_ + "?api-version=2022-10-01.16.0&recursive=true");
  EXPECT_EQ(names(reply), (std::vector<std::string>{"stdout.txt", "wd", "wd/a b+1.bin"}));
}

TEST_F(FilesTest, ListingIsPagedAndFilteredByName) {
  const auto first = call("GET", files_ + "?api-version=2022-10-01.16.0&recursive=true&maxresults=2");
  EXPECT_EQ(names(first), (std::vector<std::string>{"stdout.txt", "wd"}));
  const auto link = first.json()["odata.nextLink"].get<std::string>().substr(kBase.size());
  EXPECT_EQ(names(call("GET", link)), (std::vector<std::string>{"wd/a b+1.bin"}));
  const auto filtered =
      call("GET", files_ + "?api-version=2022-10-01.16.0&recursive=true&$filter=startswith(name,'wd/')");
  EXPECT_EQ(names(filtered), (std::vector<std::string>{"wd/a b+1.bin"}));
}

TEST_F(FilesTest, FileIsReadWithItsProperties) {
  const auto reply = call("GET", files_ + "/stdout.txt");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.text, "0123456789");
  EXPECT_EQ(reply.headers.get("Content-Length"), "10");
  EXPECT_EQ(reply.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(reply.headers.get("ocp-batch-file-isdirectory"), "False");
  EXPECT_TRUE(reply.headers.get("ocp-batch-file-mode").starts_with("0o100"));
  EXPECT_EQ(reply.headers.get("ocp-batch-file-url"),
            "http%3A%2F%2F127.0.0.1%3A10100%2Fjobs%2FJob%2Ftasks%2FTask%2Ffiles%2Fstdout.txt");
  EXPECT_NE(reply.headers.get("Last-Modified"), "");
  EXPECT_FALSE(reply.headers.find("ETag"));
}

TEST_F(FilesTest, PathsArriveEncodedRawOrWithALeadingSlash) {
  EXPECT_EQ(call("GET", files_ + "/wd%2Fa%20b%2B1.bin").text, "content");
  EXPECT_EQ(call("GET", files_ + "/wd/a%20b+1.bin").text, "content");
  EXPECT_EQ(call("GET", files_ + "/%2Fstdout.txt").text, "0123456789");
}

TEST_F(FilesTest, RangeAnswers200WithThePart) {
  const auto middle = call("GET", files_ + "/stdout.txt", std::string{}, {{"ocp-range", "bytes=2-4"}});
  EXPECT_EQ(middle.status, 200);
  EXPECT_EQ(middle.text, "234");
  EXPECT_EQ(middle.headers.get("Content-Length"), "3");
  EXPECT_EQ(call("GET", files_ + "/stdout.txt", std::string{}, {{"ocp-range", "bytes=8-"}}).text, "89");
  EXPECT_EQ(call("GET", files_ + "/stdout.txt", std::string{}, {{"ocp-range", "bytes=5-500"}}).text, "56789");
}

TEST_F(FilesTest, RangePastTheEndIsInvalid) {
  const auto reply = call("GET", files_ + "/stdout.txt", std::string{}, {{"ocp-range", "bytes=10-"}});
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.code(), "InvalidRange");
}

TEST_F(FilesTest, MalformedRangeIsAnInvalidHeader) {
  for (const auto* range : {"bytes=-5", "bytes=5-1", "lines=1-2", "bytes=1-2,4-5", "bytes=a-b"}) {
    EXPECT_EQ(call("GET", files_ + "/stdout.txt", std::string{}, {{"ocp-range", range}}).code(), "InvalidHeaderValue");
  }
}

TEST_F(FilesTest, EmptyFileIsReadWithLengthZero) {
  write(task_ / "stderr.txt", "");
  const auto reply = call("GET", files_ + "/stderr.txt");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.get("Content-Length"), "0");
}

TEST_F(FilesTest, HeadHasTheLengthAndKnowsDirectories) {
  const auto file = call("HEAD", files_ + "/stdout.txt");
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.headers.get("Content-Length"), "10");
  EXPECT_EQ(file.text, "");
  EXPECT_EQ(call("HEAD", files_ + "/wd").headers.get("ocp-batch-file-isdirectory"), "True");
}

TEST_F(FilesTest, UnmodifiedFileAnswers304) {
  const auto date = wire::print_http_date(clock_.now() + std::chrono::minutes{1});
  EXPECT_EQ(call("GET", files_ + "/stdout.txt", std::string{}, {{"If-Modified-Since", date}}).status, 304);
}

TEST_F(FilesTest, MissingFilesAndDirectoriesAreNotFound) {
  EXPECT_EQ(call("GET", files_ + "/nothing").code(), "FileNotFound");
  EXPECT_EQ(call("GET", files_ + "/wd").code(), "FileNotFound");
  EXPECT_EQ(call("GET", files_ + "/stdout.txt/below").code(), "FileNotFound");
}

TEST_F(FilesTest, NothingOutsideTheTaskIsReached) {
  write(root_ / "secret", "secret");
  for (const auto* path : {"/..%2F..%2F..%2F..%2Fsecret", "/wd%2F..%2F..%2FTask%2Fstdout.txt", "/%2Fetc%2Fpasswd"}) {
    EXPECT_EQ(call("GET", files_ + path).code(), "FileNotFound") << path;
  }
}

TEST_F(FilesTest, SymbolicLinksAreNeitherListedNorFollowed) {
  std::filesystem::create_symlink("/etc/passwd", task_ / "wd/link");
  std::filesystem::create_directory_symlink("/etc", task_ / "wd/etc");
  EXPECT_EQ(names(call("GET", files_ + "?api-version=2022-10-01.16.0&recursive=true")).size(), 3U);
  EXPECT_GE(call("GET", files_ + "/wd/link").status, 400);
  EXPECT_GE(call("GET", files_ + "/wd/etc/passwd").status, 400);
  EXPECT_GE(call("DELETE", files_ + "/wd/etc/passwd").status, 400);
}

TEST_F(FilesTest, PipesAreNeitherListedNorOpened) {
  ASSERT_EQ(::mkfifo((task_ / "wd/pipe").c_str(), 0600), 0);
  EXPECT_EQ(call("GET", files_ + "/wd/pipe").code(), "FileNotFound");
  EXPECT_EQ(names(call("GET", files_ + "?api-version=2022-10-01.16.0&recursive=true")).size(), 3U);
}

TEST_F(FilesTest, DirectoryIsDeletedOnlyRecursivelyUnlessEmpty) {
  const auto reply = call("DELETE", files_ + "/wd");
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(call("DELETE", files_ + "/wd?api-version=2022-10-01.16.0&recursive=true").status, 200);
  EXPECT_FALSE(std::filesystem::exists(task_ / "wd"));
  EXPECT_EQ(call("DELETE", files_ + "/stdout.txt").status, 200);
  EXPECT_FALSE(std::filesystem::exists(task_ / "stdout.txt"));
}

TEST_F(FilesTest, RecursiveDeletionRemovesLinksAndNotWhatTheyNameTo) {
  write(root_ / "kept", "kept");
  std::filesystem::create_symlink(root_ / "kept", task_ / "wd/link");
  EXPECT_EQ(call("DELETE", files_ + "/wd?api-version=2022-10-01.16.0&recursive=true").status, 200);
  EXPECT_TRUE(std::filesystem::exists(root_ / "kept"));
}

TEST_F(FilesTest, TaskThatHasNotRunHasNoFiles) {
  ASSERT_EQ(call("POST", "/jobs/job/tasks", task_body("second")).status, 201);
  settle();
  const auto reply = call("GET", "/jobs/job/tasks/second/files");
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "TaskFilesUnavailable");
  EXPECT_EQ(call("GET", "/jobs/job/tasks/none/files").code(), "TaskNotFound");
}

TEST_F(FilesTest, FilesOfATaskWhoseRetentionIsOverAreCleanedUp) {
  auto body = task_body("brief");
  body["constraints"] = {{"retentionTime", "PT0S"}};
  finish_task("Task");
  ASSERT_EQ(call("POST", "/jobs/job/tasks", body).status, 201);
  settle();
  finish_task("brief");
  const auto reply = call("GET", "/jobs/job/tasks/brief/files");
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "TaskFilesCleanedup");
  EXPECT_EQ(call("GET", files_).status, 200) << "others keep theirs";
}

TEST_F(FilesTest, NodeShowsItsWholeTree) {
  const auto base = "/pools/p/nodes/" + node_.node.text() + "/files";
  EXPECT_EQ(names(call("GET", base)), (std::vector<std::string>{"workitems"}));
  EXPECT_EQ(call("GET", base + "/workitems%2FJob%2Fjob-1%2FTask%2Fstdout.txt").text, "0123456789");
  EXPECT_EQ(call("GET", "/pools/p/nodes/none/files").code(), "NodeNotFound");
}

}  // namespace
}  // namespace emulator::rest
