// What comes out of a zip file, and what must not.
#include "nodeagent/task/unpack.h"

#include "base/durable_file.h"
#include "tests/unit/task/zip_archive.h"

#include <fstream>

namespace nodeagent::task {
namespace {

namespace fs = std::filesystem;

class UnpackTest : public ::testing::Test {
 protected:
  UnpackTest() {
    char name[] = "/tmp/unpack-XXXXXX";
    root_ = ::mkdtemp(name);
    fs::create_directory(root_ / "out");
  }
  ~UnpackTest() override { fs::remove_all(root_); }

  std::error_code unpack(const std::vector<ZipEntry>& entries, const UnpackLimits& limits = {}) {
    write_zip(root_ / "a.zip", entries);
    return unpack_file(limits);
  }
  std::error_code unpack_file(const UnpackLimits& limits = {}) {
    const auto unpacked = unpack_zip(root_ / "a.zip", root_ / "out", limits);
    message_ = unpacked.has_error() ? unpacked.error().message : "";
    return unpacked.has_error() ? unpacked.error().code : std::error_code{};
  }
  std::string text(const fs::path& file) const {
    return base::read_file(root_ / "out" / file, 1 << 24).value_or(std::string("<unreadable>"));
  }
  fs::perms mode(const fs::path& file) const { return fs::status(root_ / "out" / file).permissions(); }
  /// Only the archive and the directory: nothing was written beside them.
  void expect_nothing_outside() const {
    int entries = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root_)) ++entries;
    EXPECT_EQ(entries, 2);
  }

  fs::path root_;
  std::string message_;
};

TEST_F(UnpackTest, FilesAndDirectoriesComeOutWhole) {
  const std::string big(3'000'000, 'b');
  EXPECT_FALSE(unpack({{"bin/", "", S_IFDIR | 0755}, {"bin/tool", "#!"}, {"deep/er/file", big}, {"empty", ""}}));
  EXPECT_EQ(text("bin/tool"), "#!");
  EXPECT_EQ(text("deep/er/file"), big);
  EXPECT_EQ(text("empty"), "");
}

TEST_F(UnpackTest, PermissionsAreKeptWithoutSetUserId) {
  EXPECT_FALSE(unpack({{"run", "x", S_IFREG | 0755}, {"closed", "x", S_IFREG | 0}, {"suid", "x", S_IFREG | 04711}}));
  EXPECT_EQ(mode("run"), fs::perms{0755});
  EXPECT_EQ(mode("closed"), fs::perms{0770});
  EXPECT_EQ(mode("suid"), fs::perms{0711});
}

TEST_F(UnpackTest, FilesOfOtherSystemsMayBeRun) {
  EXPECT_FALSE(unpack({{"dir\\tool.sh", "x", 0}}));
  EXPECT_EQ(text("dir/tool.sh"), "x");
  EXPECT_EQ(mode("dir/tool.sh"), fs::perms{0770});
}

TEST_F(UnpackTest, NamesThatLeadOutAreRefused) {
  for (const std::string name : {"../evil", "a/../../evil", "/etc/evil", "a/.."}) {
    EXPECT_EQ(unpack({{name, "x"}}), base::Errc::invalid_argument) << name;
    expect_nothing_outside();
  }
  for (const std::string name : {"..\\evil", "C:\\evil", "\\evil"}) {
    EXPECT_EQ(unpack({{name, "x", 0}}), base::Errc::invalid_argument) << name;
    expect_nothing_outside();
  }
}

TEST_F(UnpackTest, ALinkInsideThePackageIsMade) {
  EXPECT_FALSE(
      unpack({{"lib/so.1", "x"}, {"lib/so", "so.1", S_IFLNK | 0777}, {"bin/so", "../lib/so", S_IFLNK | 0777}}));
  EXPECT_TRUE(fs::is_symlink(root_ / "out/lib/so"));
  EXPECT_EQ(text("bin/so"), "x");
}

TEST_F(UnpackTest, ALinkThatLeadsOutIsRefused) {
  for (const std::string target : {"/etc/passwd", "../x", "../../x", "b/../../x", ""}) {
    EXPECT_EQ(unpack({{"a", target, S_IFLNK | 0777}}), base::Errc::invalid_argument) << target;
    fs::remove_all(root_ / "out");
    fs::create_directory(root_ / "out");
  }
}

TEST_F(UnpackTest, NothingIsWrittenThroughALink) {
  fs::create_directory(root_ / "victim");
  EXPECT_EQ(unpack({{"d", "../victim", S_IFLNK | 0777}, {"d/file", "x"}}), base::Errc::invalid_argument);
  EXPECT_TRUE(fs::is_empty(root_ / "victim"));
  fs::remove_all(root_ / "out");
  fs::create_directory(root_ / "out");
  // A link that is harmless by itself: the file that goes "through" it makes a directory of that name first.
  EXPECT_EQ(unpack({{"e/keep", "x"}, {"d", "e", S_IFLNK | 0777}, {"d/file", "x"}}), base::Errc::invalid_argument);
  EXPECT_FALSE(fs::exists(root_ / "out/e/file"));
}

TEST_F(UnpackTest, DevicesAndPipesAreRefused) {
  EXPECT_EQ(unpack({{"pipe", "", S_IFIFO | 0644}}), base::Errc::invalid_argument);
  EXPECT_EQ(unpack({{"disk", "", S_IFBLK | 0644}}), base::Errc::invalid_argument);
}

TEST_F(UnpackTest, AFileCannotAlsoBeADirectory) {
  EXPECT_EQ(unpack({{"a", "x"}, {"a/b", "x"}}), base::Errc::invalid_argument);
}

TEST_F(UnpackTest, BombsStopAtTheLimits) {
  EXPECT_EQ(unpack({{"a", std::string(5'000, 'x')}}, {.bytes = 4'999}), base::Errc::too_large);
  EXPECT_EQ(unpack({{"b", ""}, {"c", ""}}, {.entries = 1}), base::Errc::too_large);
  EXPECT_EQ(unpack({{"d", std::string(2'000'000, '\0')}}, {.ratio = 100, .ratio_from = 1'000}), base::Errc::too_large);
  EXPECT_LE(fs::file_size(root_ / "out/d"), 1'000'000U);
}

TEST_F(UnpackTest, WhatIsNoZipFileIsRefused) {
  std::ofstream(root_ / "a.zip") << "Hey there!";
  EXPECT_EQ(unpack_file(), base::Errc::invalid_argument);
  std::ofstream(root_ / "a.zip", std::ios::trunc) << "";
  EXPECT_EQ(unpack_file(), base::Errc::invalid_argument);
}

TEST_F(UnpackTest, DamagedBytesAreNoticed) {
  write_zip(root_ / "a.zip", {{"a", std::string(10'000, 'a') + "some text that is not all the same"}});
  auto bytes = base::read_file(root_ / "a.zip", 1 << 20).value();
  bytes[40] = static_cast<char>(bytes[40] ^ 0x55);
  std::ofstream(root_ / "a.zip", std::ios::trunc | std::ios::binary) << bytes;
  EXPECT_EQ(unpack_file(), base::Errc::invalid_argument) << message_;
}

}  // namespace
}  // namespace nodeagent::task
