// The commands in a node's bin: what apt-get accepts and refuses, what sudo runs, which links there are.
#include "nodeagent/stand_ins/stand_ins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <set>

namespace nodeagent::stand_ins {
namespace {

using ::testing::HasSubstr;

/// A host with a few packages and commands.
class PaintedHost final : public Host {
 public:
  bool has_command(std::string_view name) const override { return commands.contains(std::string(name)); }
  bool has_package(std::string_view name) const override { return packages.contains(std::string(name)); }
  std::set<std::string> commands{"ffmpeg", "jq"};
  std::set<std::string> packages{"curl", "libssl-dev"};
};

Printed apt_get(const std::vector<std::string>& arguments) {
  return run_apt(StandIn::apt_get, arguments, PaintedHost());
}

TEST(AptGetTest, UpdateSucceeds) {
  EXPECT_EQ(apt_get({"update"}).exit_code, 0);
  EXPECT_EQ(apt_get({"-qq", "update", "-y"}).exit_code, 0);
}
TEST(AptGetTest, InstallOfTheArticlesPackageSucceeds) {
  const auto printed = apt_get({"install", "-y", "ffmpeg"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_THAT(printed.out, HasSubstr("ffmpeg is already the newest version"));
  EXPECT_THAT(printed.out, HasSubstr("0 newly installed"));
  EXPECT_EQ(printed.err, "");
}
TEST(AptGetTest, CommandsAndPackagesOfTheHostCountAsInstalled) {
  EXPECT_EQ(apt_get({"install", "-y", "--no-install-recommends", "jq", "curl", "libssl-dev"}).exit_code, 0);
}
TEST(AptGetTest, VersionReleaseAndArchitectureAreLeftOut) {
  EXPECT_EQ(apt_get({"install", "ffmpeg=7:5.1", "curl/stable", "jq:amd64"}).exit_code, 0);
}
TEST(AptGetTest, MissingPackageIsNamedWithTheWayOut) {
  const auto printed = apt_get({"install", "-y", "ffmpeg", "imagemagick"});
  EXPECT_EQ(printed.exit_code, 100);
  EXPECT_THAT(printed.err, HasSubstr("imagemagick"));
  EXPECT_THAT(printed.err, HasSubstr("--host-packages"));
  EXPECT_THAT(printed.err, Not(HasSubstr("ffmpeg ")));
}
TEST(AptGetTest, EveryMissingPackageIsNamed) {
  const auto printed = apt_get({"install", "one", "two"});
  EXPECT_THAT(printed.err, HasSubstr("one"));
  EXPECT_THAT(printed.err, HasSubstr("two"));
}
TEST(AptGetTest, PackageFilesAreRefused) {
  for (const auto* file : {"./x.deb", "/tmp/x.deb", "x.deb"}) {
    const auto printed = apt_get({"install", file});
    EXPECT_EQ(printed.exit_code, 100);
    EXPECT_THAT(printed.err, HasSubstr(file));
  }
}
TEST(AptGetTest, WhatWouldChangeTheHostIsRefusedByName) {
  for (const auto* command : {"remove", "purge", "upgrade", "dist-upgrade", "autoremove", "source", "nonsense"}) {
    const auto printed = apt_get({command, "ffmpeg"});
    EXPECT_EQ(printed.exit_code, 100) << command;
    EXPECT_THAT(printed.err, HasSubstr(command));
  }
  EXPECT_EQ(apt_get({"install", "ffmpeg-"}).exit_code, 100);
}
TEST(AptGetTest, UnknownOptionIsRefusedByName) {
  const auto printed = apt_get({"install", "--download-only", "ffmpeg"});
  EXPECT_EQ(printed.exit_code, 100);
  EXPECT_THAT(printed.err, HasSubstr("--download-only"));
}
TEST(AptGetTest, OptionsWithValuesAreNotPackages) {
  EXPECT_EQ(apt_get({"-o", "Dpkg::Use-Pty=0", "install", "-t", "stable", "-oA=b", "ffmpeg"}).exit_code, 0);
}
TEST(AptGetTest, VersionAndHelpAreAnswered) {
  EXPECT_EQ(apt_get({"--version"}).exit_code, 0);
  EXPECT_THAT(run_apt(StandIn::apt, {"--help"}, PaintedHost()).out, HasSubstr("Usage: apt "));
}
TEST(AptGetTest, WithoutCommandItFails) {
  EXPECT_EQ(apt_get({}).exit_code, 100);
  EXPECT_EQ(apt_get({"-y"}).exit_code, 100);
}

TEST(PackageListTest, OnlyInstalledPackagesCount) {
  constexpr auto kList =
      "Package: one\nStatus: install ok installed\nVersion: 1\n\n"
      "Package: two\nStatus: deinstall ok config-files\n\n"
      "Package: three\nStatus: hold ok installed\n\nPackage: four\n";
  EXPECT_TRUE(lists_installed(kList, "one"));
  EXPECT_FALSE(lists_installed(kList, "two"));
  EXPECT_TRUE(lists_installed(kList, "three"));
  EXPECT_FALSE(lists_installed(kList, "four"));
  EXPECT_FALSE(lists_installed(kList, "on"));
  EXPECT_FALSE(lists_installed("", "one"));
}

TEST(SudoTest, ArgumentsAreTheCommand) {
  EXPECT_EQ(read_sudo({"apt-get", "-y", "update"}).command, (std::vector<std::string>{"apt-get", "-y", "update"}));
}
TEST(SudoTest, HarmlessOptionsAndRootAreAccepted) {
  EXPECT_EQ(read_sudo({"-n", "-E", "-H", "-u", "root", "--", "id", "-u"}).command,
            (std::vector<std::string>{"id", "-u"}));
}
TEST(SudoTest, AssignmentsBecomeTheEnvironment) {
  const auto sudo = read_sudo({"A=b", "DEBIAN_FRONTEND=noninteractive", "apt-get", "update"});
  EXPECT_EQ(sudo.environment, (std::vector<std::string>{"A=b", "DEBIAN_FRONTEND=noninteractive"}));
  EXPECT_EQ(sudo.command, (std::vector<std::string>{"apt-get", "update"}));
}
TEST(SudoTest, AnotherUserIsRefused) {
  const auto sudo = read_sudo({"-u", "postgres", "psql"});
  EXPECT_TRUE(sudo.command.empty());
  EXPECT_EQ(sudo.printed.exit_code, 1);
}
TEST(SudoTest, UnknownOptionIsRefusedByName) {
  const auto sudo = read_sudo({"-i"});
  EXPECT_TRUE(sudo.command.empty());
  EXPECT_THAT(sudo.printed.err, HasSubstr("-i"));
}
TEST(SudoTest, WithoutCommandItFails) {
  EXPECT_EQ(read_sudo({}).printed.exit_code, 1);
}

TEST(StandInNameTest, LastPartOfTheNameDecides) {
  EXPECT_EQ(called_as("/node/bin/apt-get"), StandIn::apt_get);
  EXPECT_EQ(called_as("apt"), StandIn::apt);
  EXPECT_EQ(called_as("./ffmpeg"), StandIn::ffmpeg);
  EXPECT_EQ(called_as("sudo"), StandIn::sudo);
  EXPECT_EQ(called_as("/usr/bin/batch-nodeagent"), std::nullopt);
  EXPECT_EQ(called_as(""), std::nullopt);
}

class StandInLinksTest : public ::testing::Test {
 protected:
  StandInLinksTest() {
    char name[] = "/tmp/stand-ins-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~StandInLinksTest() override { std::filesystem::remove_all(directory_); }
  std::set<std::string> links() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ / "bin")) {
      EXPECT_EQ(std::filesystem::read_symlink(entry.path()), "/opt/agent");
      names.insert(entry.path().filename());
    }
    return names;
  }
  std::filesystem::path directory_;
};

TEST_F(StandInLinksTest, EveryStandInIsALinkToTheProgram) {
  ASSERT_TRUE(create(directory_ / "bin", "/opt/agent", {}).has_value());
  EXPECT_EQ(links(), (std::set<std::string>{"apt", "apt-get", "ffmpeg", "sudo"}));
}
TEST_F(StandInLinksTest, CreatingAgainPutsRightWhatDiffers) {
  ASSERT_TRUE(create(directory_ / "bin", "/opt/old-agent", {}).has_value());
  ASSERT_TRUE(create(directory_ / "bin", "/opt/agent", {.apt = false}).has_value());
  EXPECT_EQ(links(), (std::set<std::string>{"ffmpeg"}));
}
TEST_F(StandInLinksTest, HostsFfmpegNeedsNoLink) {
  ASSERT_TRUE(create(directory_ / "bin", "/opt/agent", {.ffmpeg = false}).has_value());
  EXPECT_EQ(links(), (std::set<std::string>{"apt", "apt-get", "sudo"}));
}

}  // namespace
}  // namespace nodeagent::stand_ins
