// Mounts: a container of blobs and a directory that are kept in step (contract 7.7).
#include "nodeagent/task/mounts.h"

#include "nodeagent/task/failures.h"
#include "task_fixture.h"

#include <gmock/gmock.h>

namespace nodeagent::task {
namespace {

using ::testing::HasSubstr;

/// A container that remembers blobs, each with a version that grows.
class MountsTest : public TaskFixture {
 protected:
  MountsTest() {
    answer_ = [this](const SeenRequest& seen) { return answer(seen); };
    context_.mounts = &mounts_;
  }
  void put_blob(const std::string& name, const std::string& text) { blobs_[name] = {text, ++version_}; }

  http::Response answer(const SeenRequest& seen) {
    const auto query = seen.target.find('?');
    const auto path = seen.target.substr(0, query);
    if (seen.method == "GET" && seen.target.find("comp=list") != std::string::npos) return list();
    const auto name = path.substr(std::string("/account/box/").size());
    if (seen.method == "PUT") {
      put_blob(name, seen.body);
      return {.status = 201};
    }
    if (seen.method == "DELETE") return {.status = blobs_.erase(name) > 0 ? 202 : 404};
    const auto blob = blobs_.find(name);
    if (blob == blobs_.end()) return {.status = 404};
    http::Response response{.text = blob->second.first};
    response.headers.add("Content-MD5", base::base64_encode(base::md5(response.text)));
    return response;
  }
  http::Response list() const {
    if (denied_) return {.status = 403};
    std::string text = R"(<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>)";
    for (const auto& [name, blob] : blobs_) {
      text += "<Blob><Name>" + name + "</Name><Properties><Etag>0x" + std::to_string(blob.second) +
              "</Etag><Content-Length>" + std::to_string(blob.first.size()) + "</Content-Length></Properties></Blob>";
    }
    http::Response response{.text = text + "</Blobs><NextMarker/></EnumerationResults>"};
    response.headers.add("Content-Type", "application/xml");
    return response;
  }

  wire::node::Mount box(bool read_only = false) const {
    return {.relative_path = "data/in",
            .container_url = url("/account/box") + "?sig=x",
            .directory = {},
            .read_only = read_only,
            .problem = {}};
  }
  base::Result<void> mount(wire::node::Mount what) {
    base::Result<void> result;
    struct Run {
      static base::Async<void> mount(Mounts& mounts, wire::node::Mount what, base::Result<void>& into) {
        std::vector<wire::node::Mount> all{std::move(what)};
        auto done = co_await mounts.mount(std::move(all), std::make_shared<StopSignal>());
        into = std::move(done);
      }
    };
    run(Run::mount(mounts_, std::move(what), result));
    return result;
  }
  std::filesystem::path mounted(const std::string& name) const { return directory_ / "root/fsmounts/data/in" / name; }
  std::string text_of(const std::string& name) const {
    return base::read_file(mounted(name), 1 << 20).value_or(std::string("<absent>"));
  }
  std::size_t requests(const std::string& method) const {
    return static_cast<std::size_t>(
        std::count_if(seen_.begin(), seen_.end(), [&](const SeenRequest& seen) { return seen.method == method; }));
  }

  Mounts mounts_{context_, io_.get_executor()};
  std::map<std::string, std::pair<std::string, int>> blobs_;
  int version_ = 0;
  bool denied_ = false;
};

TEST_F(MountsTest, BlobsAreFilesOnceTheyAreMounted) {
  put_blob("a.txt", "a");
  put_blob("deep/b.txt", "b");
  ASSERT_TRUE(mount(box()).has_value());
  EXPECT_EQ(text_of("a.txt"), "a");
  EXPECT_EQ(text_of("deep/b.txt"), "b");
}

TEST_F(MountsTest, ATaskSeesTheMountAndItsDirectory) {
  put_blob("a.txt", "content");
  ASSERT_TRUE(mount(box()).has_value());
  EXPECT_EQ(run_to_end(order("/bin/sh -c 'cat $AZ_BATCH_NODE_MOUNTS_DIR/data/in/a.txt'")).exit_code, 0);
  EXPECT_EQ(content("stdout.txt"), "content");
}

TEST_F(MountsTest, WhatATaskWritesIsInTheContainerWhenItHasEnded) {
  ASSERT_TRUE(mount(box()).has_value());
  run_to_end(
      order("/bin/sh -c 'mkdir -p $AZ_BATCH_NODE_MOUNTS_DIR/data/in/d; echo x > "
            "$AZ_BATCH_NODE_MOUNTS_DIR/data/in/d/new.txt'"));
  ASSERT_TRUE(blobs_.contains("d/new.txt"));
  EXPECT_EQ(blobs_["d/new.txt"].first, "x\n");
}

TEST_F(MountsTest, WhatATaskRemovesIsGoneFromTheContainer) {
  put_blob("a.txt", "a");
  put_blob("b.txt", "b");
  ASSERT_TRUE(mount(box()).has_value());
  run_to_end(order("/bin/sh -c 'rm $AZ_BATCH_NODE_MOUNTS_DIR/data/in/a.txt'"));
  EXPECT_FALSE(blobs_.contains("a.txt"));
  EXPECT_TRUE(blobs_.contains("b.txt"));
}

TEST_F(MountsTest, ATaskSeesWhatHasChangedInTheContainerSince) {
  put_blob("a.txt", "old");
  put_blob("b.txt", "b");
  ASSERT_TRUE(mount(box()).has_value());
  put_blob("a.txt", "new");
  blobs_.erase("b.txt");
  run_to_end(order("/bin/sh -c 'cat $AZ_BATCH_NODE_MOUNTS_DIR/data/in/a.txt; ls $AZ_BATCH_NODE_MOUNTS_DIR/data/in'"));
  EXPECT_EQ(content("stdout.txt"), "newa.txt\n");
}

TEST_F(MountsTest, WhatHasNotChangedIsNeitherFetchedNorSentAgain) {
  put_blob("a.txt", "a");
  ASSERT_TRUE(mount(box()).has_value());
  run_to_end(order("/bin/sh -c 'echo x > $AZ_BATCH_NODE_MOUNTS_DIR/data/in/new.txt'"));
  ASSERT_EQ(requests("PUT"), 1U);
  const auto before = seen_.size();
  run_to_end(order("true"));
  for (std::size_t i = before; i < seen_.size(); ++i) {
    EXPECT_THAT(seen_[i].target, HasSubstr("comp=list")) << seen_[i].method;
  }
}

TEST_F(MountsTest, MountedAgainWhatATaskHasChangedStays) {
  put_blob("a.txt", "from the container");
  ASSERT_TRUE(mount(box()));
  ASSERT_TRUE(base::write_file_durably(mounted("a.txt"), "by the task"));
  auto again = box();
  again.container_url += "&se=later";
  ASSERT_TRUE(mount(again));
  EXPECT_EQ(text_of("a.txt"), "by the task");
  EXPECT_FALSE(mounts_.empty());
}
TEST_F(MountsTest, NothingIsSentFromAMountForReading) {
  ASSERT_TRUE(mount(box(true)).has_value());
  run_to_end(order("/bin/sh -c 'echo x > $AZ_BATCH_NODE_MOUNTS_DIR/data/in/new.txt'"));
  EXPECT_EQ(requests("PUT"), 0U);
}

TEST_F(MountsTest, AContainerThatRefusesIsAMountConfigurationError) {
  denied_ = true;
  const auto mounting = mount(box());
  ASSERT_TRUE(mounting.has_error());
  EXPECT_EQ(failure_of(mounting.error()).code, "MountConfigurationError");
  EXPECT_THAT(base::read_file(directory_ / "root/fsmounts/data-in.log", 1 << 16).value_or(std::string()),
              HasSubstr("not mounted"));
}

TEST_F(MountsTest, AProblemThatIsKnownBeforehandIsToldInItsOwnWords) {
  const auto mounting = mount({.relative_path = "share", .problem = "mounting a share needs root"});
  ASSERT_TRUE(mounting.has_error());
  const auto failure = failure_of(mounting.error());
  EXPECT_EQ(failure.code, "MountConfigurationError");
  EXPECT_EQ(failure.details.at(0).second, "mounting a share needs root");
}

TEST_F(MountsTest, ADirectoryOfThisMachineIsLinked) {
  std::filesystem::create_directories(directory_ / "elsewhere");
  std::filesystem::create_directories(directory_ / "root/fsmounts");
  ASSERT_TRUE(mount({.relative_path = "nfs", .directory = (directory_ / "elsewhere").string()}).has_value());
  run_to_end(order("/bin/sh -c 'echo x > $AZ_BATCH_NODE_MOUNTS_DIR/nfs/file'"));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "elsewhere/file"));
}

TEST_F(MountsTest, APathOutsideOfTheMountsIsRefused) {
  auto outside = box();
  outside.relative_path = "../../escape";
  const auto mounting = mount(outside);
  ASSERT_TRUE(mounting.has_error());
  EXPECT_EQ(failure_of(mounting.error()).code, "MountConfigurationError");
}

}  // namespace
}  // namespace nodeagent::task
