// Errors as the service words them (contract 5.8), and the small decisions of resource and output files.
#include "nodeagent/task/failures.h"
#include "nodeagent/command/command_runner.h"
#include "nodeagent/task/output_files.h"
#include "nodeagent/task/resource_files.h"
#include "nodeagent/task/storage_route.h"

#include <gtest/gtest.h>

namespace nodeagent::task {
namespace {

TEST(FailureTest, CauseBecomesTheMessageDetailAndKeepsItsDetails) {
  const base::Error cause(base::Errc::io, "what happened", {{"ErrorCode", "X"}, {"LocalFile", "write"}});
  const auto failure = failure_of(failed(FailureCode::BlobNotFound, cause));
  EXPECT_TRUE(failure.user_error);
  EXPECT_EQ(failure.code, "BlobNotFound");
  EXPECT_NE(failure.message, "");
  EXPECT_EQ(failure.details,
            (std::vector<std::pair<std::string, std::string>>{{"Message", "what happened"}, {"ErrorCode", "X"}}));
}
TEST(FailureTest, MissingProgramHasTheServicesWords) {
  const auto failure = failure_of(base::Error(command::LaunchErrc::program_not_found, "x"));
  EXPECT_EQ(failure.code, "CommandProgramNotFound");
  EXPECT_EQ(failure.message, "The specified command program is not found");
}
TEST(FailureTest, LaunchFailureIsTheUsers) {
  const auto failure = failure_of(base::Error(command::LaunchErrc::launch_failed, "x"));
  EXPECT_EQ(failure.code, "CommandLaunchFailed");
  EXPECT_TRUE(failure.user_error);
}
TEST(FailureTest, EachCodeHasTheServicesCategory) {
  const base::Error cause(base::Errc::io, "x");
  for (const auto code :
       {FailureCode::BlobNotFound, FailureCode::BlobAccessDenied, FailureCode::FileUploadContainerNotFound,
        FailureCode::FileUploadAccessDenied, FailureCode::FileUploadConflict, FailureCode::FileUploadTimedOut,
        FailureCode::FileUploadMiscError}) {
    EXPECT_TRUE(failure_of(failed(code, cause)).user_error) << failure_of(failed(code, cause)).code;
  }
  for (const auto code : {FailureCode::BlobDownloadTimedOut, FailureCode::BlobDownloadMiscError,
                          FailureCode::ResourceDirectoryCreateFailed, FailureCode::ResourceFileCreateFailed,
                          FailureCode::ResourceFileWriteFailed, FailureCode::DiskFull}) {
    EXPECT_FALSE(failure_of(failed(code, cause)).user_error) << failure_of(failed(code, cause)).code;
  }
}
TEST(FailureTest, DiskFullIsTheServers) {
  EXPECT_FALSE(failure_of(failed(FailureCode::DiskFull, base::Error(base::Errc::no_space, "x"))).user_error);
}
TEST(FailureTest, AnyOtherErrorIsUnknown) {
  const auto failure = failure_of(base::Error(base::Errc::internal, "x"));
  EXPECT_EQ(failure.code, "Unknown");
  EXPECT_FALSE(failure.user_error);
}

TEST(PathInsideTest, RelativePathsAreBelowTheWorkingDirectory) {
  EXPECT_EQ(path_inside("/wd", "a/b.txt").value_or("x"), "/wd/a/b.txt");
  EXPECT_EQ(path_inside("/wd", "./a//b/../c").value_or("x"), "/wd/a/c");
  EXPECT_EQ(path_inside("/wd", "..a").value_or("x"), "/wd/..a");
}
TEST(PathInsideTest, PathThatLeavesTheWorkingDirectoryIsRefused) {
  for (const auto* path : {"..", "../a", "a/../../b", "a/b/../../../c", ".", "a/..", "", "a/"}) {
    EXPECT_TRUE(path_inside("/wd", path).has_error()) << path;
  }
  EXPECT_TRUE(path_inside("/wd", std::string("a\0b", 3)).has_error());
}
TEST(PathInsideTest, LeadingSlashStaysInside) {
  EXPECT_EQ(path_inside("/wd", "/etc/passwd").value_or("x"), "/wd/etc/passwd");
}

TEST(FileModeTest, OctalDigitsAreRead) {
  EXPECT_EQ(parse_file_mode("0755").value_or(0u), 0755u);
  EXPECT_EQ(parse_file_mode("640").value_or(0u), 0640u);
  EXPECT_EQ(parse_file_mode("").value_or(0u), 0770u);
}
TEST(FileModeTest, AnythingElseIsRefused) {
  for (const auto* text : {"8", "rwx", "0x1", " 7", "10000", "7777777777777777777", "-7"}) {
    EXPECT_TRUE(parse_file_mode(text).has_error()) << text;
  }
}

TEST(BlobNameTest, WithoutWildcardThePathIsTheName) {
  EXPECT_EQ(blob_name("logs/out.txt", false, "a.txt"), "logs/out.txt");
  EXPECT_EQ(blob_name("", false, "a.txt"), "a.txt");
}
TEST(BlobNameTest, WithWildcardThePathIsADirectory) {
  EXPECT_EQ(blob_name("mytask", true, "stdout.txt"), "mytask/stdout.txt");
  EXPECT_EQ(blob_name("mytask/", true, "a/b"), "mytask/a/b");
  EXPECT_EQ(blob_name("", true, "a/b"), "a/b");
}
TEST(UploadConditionTest, ConditionLooksAtTheExitCode) {
  using wire::node::UploadCondition;
  EXPECT_TRUE(applies(UploadCondition::task_success, 0));
  EXPECT_FALSE(applies(UploadCondition::task_success, 1));
  EXPECT_FALSE(applies(UploadCondition::task_failure, 0));
  EXPECT_TRUE(applies(UploadCondition::task_failure, -1));
  EXPECT_TRUE(applies(UploadCondition::task_completion, 0));
  EXPECT_TRUE(applies(UploadCondition::task_completion, 9));
}

TEST(StorageRouteTest, PublicHostOfAnOwnAccountIsReachedAtTheEmulator) {
  wire::node::NodeSettings settings;
  settings.storage_accounts = {"devstoreaccount1"};
  settings.blob_endpoint = "127.0.0.1:10000";
  const auto route = storage_route(settings, "https://devstoreaccount1.blob.core.windows.net/c/b?sig=x");
  EXPECT_EQ(route.url, "http://devstoreaccount1.blob.core.windows.net/c/b?sig=x");
  EXPECT_EQ(route.connect_to, "127.0.0.1:10000");
}
TEST(StorageRouteTest, OtherUrlsAreLeftAlone) {
  wire::node::NodeSettings settings;
  settings.storage_accounts = {"devstoreaccount1"};
  settings.blob_endpoint = "127.0.0.1:10000";
  for (const auto* url : {"https://other.blob.core.windows.net/c/b", "http://127.0.0.1:10000/devstoreaccount1/c/b",
                          "https://example.com/x", "https://devstoreaccount1.blob.core.windows.net.evil.org/x"}) {
    const auto route = storage_route(settings, url);
    EXPECT_EQ(route.url, url);
    EXPECT_EQ(route.connect_to, "");
  }
}
TEST(StorageRouteTest, WithRealNamesEverythingButThisMachineGoesThroughTheProxy) {
  wire::node::NodeSettings settings;
  settings.storage_accounts = {"devstoreaccount1"};
  settings.proxy = wire::ProxySettings{.port = 4711,
                                       .session = "s1",
                                       .secret = "secret",
                                       .ca_certificate = "/d/ca.pem",
                                       .ca_bundle = "/d/bundle.pem",
                                       .ca_java_store = "/d/ca.p12"};
  for (const auto* url :
       {"https://devstoreaccount1.blob.core.windows.net/c/b?sig=x", "https://unheardof.blob.core.windows.net/c/b",
        "https://example.com/x", "http://169.254.1.1/"}) {
    const auto route = storage_route(settings, url);
    EXPECT_EQ(route.url, url);
    EXPECT_EQ(route.proxy, "127.0.0.1:4711") << url;
    EXPECT_EQ(route.proxy_authorization, "Basic czE6c2VjcmV0");
    EXPECT_EQ(route.ca_file, "/d/ca.pem");
  }
  for (const auto* url : {"http://127.0.0.1:10000/devstoreaccount1/c/b", "http://a.blob.localhost:10000/c/b"}) {
    EXPECT_EQ(storage_route(settings, url).proxy, "") << url;
  }
}
TEST(StorageRouteTest, NamesBelowLocalhostAreThisMachine) {
  EXPECT_EQ(storage_route({}, "http://devstoreaccount1.blob.localhost:10000/c/b").connect_to, "127.0.0.1:10000");
}

}  // namespace
}  // namespace nodeagent::task
