// Resource files over HTTP: many at once, from containers, with servers that stumble.
#include "nodeagent/task/failures.h"
#include "nodeagent/task/resource_files.h"
#include "task_fixture.h"

namespace nodeagent::task {
namespace {

class ResourceFilesTest : public TaskFixture {
 protected:
  ResourceFilesTest() { std::filesystem::create_directories(wd()); }
  std::filesystem::path wd() const { return task_directory() / "wd"; }

  base::Async<void> keep(std::vector<wire::node::ResourceFile> files) {
    auto fetched = co_await fetch_resource_files(context_, std::move(files), wd());
    result_ = std::move(fetched);
  }
  base::Result<void> fetch(std::vector<wire::node::ResourceFile> files) {
    run(keep(std::move(files)));
    return *result_;
  }
  std::string failure(std::vector<wire::node::ResourceFile> files) {
    auto fetched = fetch(std::move(files));
    return fetched.has_value() ? "none" : failure_of(fetched.error()).code;
  }
  static std::string list_of(const std::vector<std::string>& blobs, const std::string& next = "") {
    std::string xml =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"x\" "
        "ContainerName=\"c\"><Blobs>";
    for (const auto& blob : blobs) {
      xml += "<Blob><Name>" + blob + "</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>";
    }
    return xml + "</Blobs><NextMarker>" + next + "</NextMarker></EnumerationResults>";
  }
  std::vector<std::string> tree() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(wd())) {
      if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(wd()));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::optional<base::Result<void>> result_;
};

TEST_F(ResourceFilesTest, ManyFilesArriveWhole) {
  std::vector<wire::node::ResourceFile> files;
  for (int i = 0; i < 20; ++i) {
    const auto name = "f" + std::to_string(i);
    files_["/a/c/" + name] = std::string(10'000, static_cast<char>('a' + i));
    files.push_back({.http_url = url("/a/c/" + name), .file_path = "d/" + name});
  }
  ASSERT_TRUE(fetch(files).has_value());
  EXPECT_EQ(tree().size(), 20u);
  EXPECT_EQ(content("wd/d/f3"), std::string(10'000, 'd'));
}
TEST_F(ResourceFilesTest, EmptyFileArrives) {
  files_["/a/c/e"] = "";
  ASSERT_TRUE(fetch({{.http_url = url("/a/c/e"), .file_path = "e"}}).has_value());
  EXPECT_EQ(content("wd/e"), "");
}
TEST_F(ResourceFilesTest, PublicHostOfAnOwnAccountIsAskedHere) {
  files_["/c/b"] = "x";
  ASSERT_TRUE(
      fetch({{.http_url = "https://devstoreaccount1.blob.core.windows.net/c/b?sig=s", .file_path = "b"}}).has_value());
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_TRUE(seen_[0].host.starts_with("devstoreaccount1.blob.core.windows.net")) << seen_[0].host;
}
TEST_F(ResourceFilesTest, ContainerKeepsItsVirtualDirectories) {
  answer_ = [](const SeenRequest& seen) {
    if (seen.target.find("comp=list") == std::string::npos) return http::Response{.text = "x"};
    EXPECT_NE(seen.target.find("prefix=in"), std::string::npos);
    EXPECT_NE(seen.target.find("sig=s"), std::string::npos);
    const bool first = seen.target.find("marker=") == std::string::npos;
    return http::Response{.text = first ? list_of({"in/a.txt", "in/dir/"}, "next") : list_of({"in/dir/b.txt"})};
  };
  ASSERT_TRUE(fetch({{.container_url = url("/a/c?sig=s"), .blob_prefix = "in", .file_path = "data"}}).has_value());
  EXPECT_EQ(tree(), (std::vector<std::string>{"data/in/a.txt", "data/in/dir/b.txt"}));
}
TEST_F(ResourceFilesTest, BlobWhoseNameWouldLeaveTheDirectoryIsRefused) {
  answer_ = [](const SeenRequest&) { return http::Response{.text = list_of({"../../../evil"})}; };
  EXPECT_EQ(failure({{.container_url = url("/a/c")}}), "ResourceFileCreateFailed");
}
TEST_F(ResourceFilesTest, StatusOfTheServerDecidesTheCode) {
  int status = 0;
  answer_ = [&status](const SeenRequest&) { return http::Response{.status = status}; };
  for (const auto& [given, file, container] : std::vector<std::tuple<int, std::string, std::string>>{
           {404, "BlobNotFound", "ResourceContainerNotFound"},
           {403, "BlobAccessDenied", "ResourceContainerAccessDenied"},
           {401, "BlobAccessDenied", "ResourceContainerAccessDenied"},
           {400, "BlobDownloadMiscError", "ResourceContainerListMiscError"}}) {
    status = given;
    EXPECT_EQ(failure({{.http_url = url("/a/c/b"), .file_path = "b"}}), file);
    EXPECT_EQ(failure({{.container_url = url("/a/c")}}), container);
  }
}
TEST_F(ResourceFilesTest, ServerThatTimesOutAgainAndAgainIsATimeOut) {
  answer_ = [](const SeenRequest&) {
    http::Response slow{.status = 408};
    slow.headers.add("Retry-After", "0");
    return slow;
  };
  EXPECT_EQ(failure({{.http_url = url("/a/c/b"), .file_path = "b"}}), "BlobDownloadTimedOut");
  EXPECT_EQ(failure({{.container_url = url("/a/c")}}), "ResourceContainerListTimedOut");
}
TEST_F(ResourceFilesTest, BusyServerIsAskedAgain) {
  int asked = 0;
  answer_ = [&asked](const SeenRequest&) {
    if (++asked > 2) return http::Response{.text = "x"};
    http::Response busy{.status = 503};
    busy.headers.add("Retry-After", "0");
    return busy;
  };
  EXPECT_TRUE(fetch({{.http_url = url("/a/c/b"), .file_path = "b"}}).has_value());
  EXPECT_EQ(asked, 3);
}
TEST_F(ResourceFilesTest, ContentThatDoesNotMatchItsMd5IsNeverKept) {
  answer_ = [](const SeenRequest&) {
    http::Response response{.text = "x"};
    response.headers.add("Content-MD5", base::base64_encode(base::md5("y")));
    return response;
  };
  EXPECT_EQ(failure({{.http_url = url("/a/c/b"), .file_path = "b"}}), "BlobDownloadMiscError");
  EXPECT_TRUE(tree().empty());
}
TEST_F(ResourceFilesTest, RedirectIsFollowed) {
  answer_ = [this](const SeenRequest& seen) {
    if (seen.target == "/there") return http::Response{.text = "x"};
    http::Response moved{.status = 302};
    moved.headers.add("Location", seen.target == "/one" ? "/two" : url("/there"));
    return moved;
  };
  EXPECT_TRUE(fetch({{.http_url = url("/one"), .file_path = "b"}}).has_value());
  EXPECT_EQ(content("wd/b"), "x");
}
TEST_F(ResourceFilesTest, FileInTheWayOfADirectoryIsADirectoryFailure) {
  write("wd/d", "a file");
  files_["/a/c/b"] = "x";
  EXPECT_EQ(failure({{.http_url = url("/a/c/b"), .file_path = "d/b"}}), "ResourceDirectoryCreateFailed");
}
TEST_F(ResourceFilesTest, DirectoryInTheWayOfAFileIsAFileFailure) {
  std::filesystem::create_directories(wd() / "d/sub");
  files_["/a/c/b"] = "x";
  EXPECT_EQ(failure({{.http_url = url("/a/c/b"), .file_path = "d"}}), "ResourceFileCreateFailed");
}
TEST_F(ResourceFilesTest, FileThatExistsIsReplaced) {
  write("wd/b", "old");
  files_["/a/c/b"] = "new";
  ASSERT_TRUE(fetch({{.http_url = url("/a/c/b"), .file_path = "b"}}).has_value());
  EXPECT_EQ(content("wd/b"), "new");
}

}  // namespace
}  // namespace nodeagent::task
