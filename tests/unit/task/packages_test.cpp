// Packages on a node: brought once, for all tasks; and certificates in a task's directory.
#include "nodeagent/task/packages.h"

#include "nodeagent/task/failures.h"
#include "task_fixture.h"
#include "tests/unit/task/zip_archive.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace nodeagent::task {
namespace {

namespace fs = std::filesystem;
using wire::node::Package;

class PackagesTest : public TaskFixture {
 protected:
  PackagesTest() { serve_zip("/store/c/app.zip", {{"bin/tool", "#!/bin/sh\necho tool\n", S_IFREG | 0755}}); }

  void serve_zip(const std::string& path, const std::vector<ZipEntry>& entries) {
    write_zip(directory_ / "made.zip", entries);
    files_[path] = base::read_file(directory_ / "made.zip", 1 << 20).value();
  }
  Package package(const std::string& version = "1.0", const std::string& edition = "1") const {
    return {.application_id = "My-App", .version = version, .edition = edition, .url = url("/store/c/app.zip?sig=s")};
  }
  fs::path place(const std::string& version = "1.0", const std::string& edition = "1") const {
    return context_.paths.applications() / "My-App" / version / edition;
  }
  base::Async<void> keep(std::vector<Package> packages) {
    auto deployed = co_await deploy_packages(context_, std::move(packages));
    results_.push_back(std::move(deployed));
  }
  base::Result<void> deploy(std::vector<Package> packages) {
    run(keep(std::move(packages)));
    return results_.back();
  }
  base::Async<void> deploy_at_once() {
    using namespace boost::asio::experimental::awaitable_operators;
    const std::vector<Package> packages{package()};
    co_await (keep(packages) && keep(packages) && keep(packages));
  }
  base::Async<void> prepare(wire::node::PrepareNode order) {
    auto failure = co_await prepare_node(context_, std::move(order), std::make_shared<StopSignal>());
    prepared_ = std::move(failure);
  }

  std::vector<base::Result<void>> results_;
  std::optional<std::optional<wire::node::Failure>> prepared_;
};

TEST_F(PackagesTest, APackageIsUnpackedIntoItsOwnDirectory) {
  ASSERT_TRUE(deploy({package()}).has_value());
  EXPECT_EQ(base::read_file(place() / "bin/tool", 100).value(), "#!/bin/sh\necho tool\n");
  EXPECT_TRUE(fs::is_empty(context_.paths.deliveries()));
}

TEST_F(PackagesTest, APackageIsDownloadedOnce) {
  ASSERT_TRUE(deploy({package()}).has_value());
  ASSERT_TRUE(deploy({package()}).has_value());
  EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(PackagesTest, TasksThatNeedItAtTheSameTimeWaitForOneDownload) {
  run(deploy_at_once());
  ASSERT_EQ(results_.size(), 3U);
  for (const auto& result : results_) EXPECT_TRUE(result.has_value());
  EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(PackagesTest, TasksThatWaitShareTheFailure) {
  files_["/store/c/app.zip"] = "no zip file";
  run(deploy_at_once());
  ASSERT_EQ(results_.size(), 3U);
  for (const auto& result : results_) EXPECT_TRUE(result.has_error());
  EXPECT_EQ(seen_.size(), 1U);
  // And it is tried again later.
  serve_zip("/store/c/app.zip", {{"a", "b"}});
  EXPECT_TRUE(deploy({package()}).has_value());
}

TEST_F(PackagesTest, AVersionThatWasUploadedAgainIsAnotherDirectory) {
  ASSERT_TRUE(deploy({package("1.0", "1")}).has_value());
  serve_zip("/store/c/app.zip", {{"new", "n"}});
  ASSERT_TRUE(deploy({package("1.0", "2")}).has_value());
  EXPECT_TRUE(fs::exists(place("1.0", "1") / "bin/tool"));
  EXPECT_TRUE(fs::exists(place("1.0", "2") / "new"));
}

TEST_F(PackagesTest, AFailureSaysWhichPackageItWas) {
  files_.clear();
  auto failed = deploy({package()});
  ASSERT_TRUE(failed.has_error());
  const auto failure = failure_of(failed.error());
  EXPECT_EQ(failure.code, "ApplicationPackageError");
  EXPECT_NE(std::ranges::find(failure.details,
                              std::pair<std::string, std::string>("ApplicationPackageReference", "My-App:1.0")),
            failure.details.end());
  for (const auto& [name, value] : failure.details) EXPECT_EQ(value.find("sig="), std::string::npos) << value;
  EXPECT_FALSE(fs::exists(place()));
}

TEST_F(PackagesTest, NamesThatLeadElsewhereAreRefused) {
  auto odd = package();
  odd.version = "../../x";
  EXPECT_TRUE(deploy({odd}).has_error());
  EXPECT_TRUE(seen_.empty());
}

TEST_F(PackagesTest, VariablesHaveTheNameAsGivenAndInUpperCase) {
  auto latest = package("2.0");
  latest.by_default = true;
  const auto variables = package_variables(context_.paths, {package("1.0-beta"), latest});
  const wire::node::Environment expected{{"AZ_BATCH_APP_PACKAGE_My_App_1_0_beta", place("1.0-beta").string()},
                                         {"AZ_BATCH_APP_PACKAGE_MY_APP_1_0_BETA", place("1.0-beta").string()},
                                         {"AZ_BATCH_APP_PACKAGE_My_App", place("2.0").string()},
                                         {"AZ_BATCH_APP_PACKAGE_MY_APP", place("2.0").string()}};
  EXPECT_EQ(variables, expected);
}

TEST_F(PackagesTest, ATaskRunsWhatItsPackageBrought) {
  auto task = order("/bin/sh -c '$AZ_BATCH_APP_PACKAGE_My_App_1_0/bin/tool'");
  task.packages = {package()};
  const auto ending = run_to_end(task);
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(content("stdout.txt"), "tool\n");
}

TEST_F(PackagesTest, ATaskWhosePackageCannotBeDeployedFailsBeforeItsCommandAndItsFiles) {
  files_.clear();
  auto task = order("/bin/sh -c 'echo ran'");
  task.packages = {package()};
  task.resource_files = {{.http_url = url("/store/c/file"), .file_path = "file"}};
  const auto ending = run_to_end(task);
  EXPECT_EQ(ending.end, wire::node::RunEnd::pre_processing_error);
  EXPECT_FALSE(ending.exit_code);
  ASSERT_TRUE(ending.failure);
  EXPECT_EQ(ending.failure->code, "ApplicationPackageError");
  EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(PackagesTest, EveryTaskSeesThePoolsPackages) {
  run(prepare({.packages = {package()}, .certificates = {}}));
  ASSERT_TRUE(prepared_);
  EXPECT_FALSE(*prepared_);
  const auto ending = run_to_end(order("/bin/sh -c '$AZ_BATCH_APP_PACKAGE_MY_APP_1_0/bin/tool'"));
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(PackagesTest, ANodeThatCannotGetThePoolsPackagesSaysSo) {
  files_.clear();
  run(prepare({.packages = {package()}, .certificates = {}}));
  ASSERT_TRUE(prepared_ && *prepared_);
  EXPECT_EQ((*prepared_)->code, "ApplicationPackageError");
  EXPECT_EQ((*prepared_)->message, "One or more application packages specified for the pool are invalid");
}

TEST_F(PackagesTest, ATaskFindsTheCertificatesThatItMaySee) {
  const std::string a(40, 'a');
  const std::string b(40, 'b');
  const std::string c(40, 'c');
  wire::node::PrepareNode order_of_pool;
  order_of_pool.certificates = {
      {.thumbprint = a, .pfx = true, .data = base::base64_encode(std::string_view("store")), .password = "pw"},
      {.thumbprint = b, .data = base::base64_encode(std::string_view("certificate"))},
      {.thumbprint = c, .data = "", .for_tasks = false}};
  run(prepare(order_of_pool));
  const auto ending = run_to_end(order("/bin/sh -c 'cd $AZ_BATCH_CERTIFICATES_DIR; ls; stat -c %a *'"));
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(content("stdout.txt"), "sha1-" + a + ".pfx\nsha1-" + a + ".pfx.pw\nsha1-" + b + ".cer\n600\n600\n600\n");
  EXPECT_EQ(content("certs/sha1-" + a + ".pfx"), "store");
  EXPECT_EQ(content("certs/sha1-" + a + ".pfx.pw"), "pw");
  EXPECT_EQ(content("certs/sha1-" + b + ".cer"), "certificate");
}

}  // namespace
}  // namespace nodeagent::task
