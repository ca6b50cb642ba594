// Applications, packages, and who refers to them.
#include "tests/unit/core/batch_fixture.h"
#include "wire/management/errors.h"

namespace emulator::core {
namespace {

using ManagementCode = wire::management::ErrorCode;

class ApplicationsTest : public BatchFixture {
 protected:
  void add_application(const std::string& id = "app", bool allow_updates = true) {
    PutApplication command{.id = ApplicationId{id}, .allow_updates = allow_updates, .container = "app-" + id};
    ok(std::move(command));
  }
  void add_package(const std::string& version, bool activate = true, const std::string& id = "app") {
    ok(PutPackage{ApplicationId{id}, version, "blob-" + version});
    if (activate) ok(ActivatePackage{ApplicationId{id}, version, "zip"});
  }
  void make_default(const std::string& version, const std::string& id = "app") {
    UpdateApplication command{.id = ApplicationId{id}, .default_version = version};
    ok(std::move(command));
  }
  const ApplicationRecord& application(const std::string& id = "app") {
    return *batch_->find_application(ApplicationId{id});
  }
  PoolRecord pool_with(const std::string& version, const std::string& id = "app") {
    auto pool = new_pool("pool", 1);
    pool.packages = {{ApplicationId{id}, version}};
    return pool;
  }
  std::optional<DeployablePackage> find(const std::string& version) {
    return batch_->deployable({ApplicationId{"APP"}, version});
  }
};

TEST_F(ApplicationsTest, APackageIsUsableOnceItIsActivated) {
  add_application();
  add_package("1.0", false);
  EXPECT_EQ(application().packages.at(0).state, PackageState::pending);
  EXPECT_FALSE(find("1.0"));
  ok(ActivatePackage{ApplicationId{"app"}, "1.0", "zip"});
  EXPECT_EQ(application().packages.at(0).format, "zip");
  EXPECT_TRUE(application().packages.at(0).activated);
  ASSERT_TRUE(find("1.0"));
  EXPECT_EQ(find("1.0")->container, "app-app");
  EXPECT_EQ(find("1.0")->blob, "blob-1.0");
  EXPECT_FALSE(find("1.0")->by_default);
}

TEST_F(ApplicationsTest, AReferenceWithoutAVersionMeansTheDefaultVersion) {
  add_application();
  add_package("1.0");
  add_package("2.0");
  EXPECT_FALSE(find(""));
  make_default("2.0");
  ASSERT_TRUE(find(""));
  EXPECT_EQ(find("")->version, "2.0");
  EXPECT_TRUE(find("")->by_default);
}

TEST_F(ApplicationsTest, TheDefaultVersionIsAnActivePackage) {
  add_application();
  add_package("1.0", false);
  UpdateApplication pending{.id = ApplicationId{"app"}, .default_version = "1.0"};
  EXPECT_EQ(error_of(pending), ManagementCode::RequestedDefaultVersionNotActive);
  UpdateApplication absent{.id = ApplicationId{"app"}, .default_version = "9"};
  EXPECT_EQ(error_of(absent), ManagementCode::RequestedDefaultVersionNotFound);
}

TEST_F(ApplicationsTest, DeletingTheDefaultVersionLeavesNone) {
  add_application();
  add_package("1.0");
  make_default("1.0");
  ok(DeletePackage{ApplicationId{"app"}, "1.0"});
  EXPECT_EQ(application().default_version, "");
  EXPECT_TRUE(application().packages.empty());
}

TEST_F(ApplicationsTest, AnApplicationWithPackagesCannotBeDeleted) {
  add_application();
  add_package("1.0");
  EXPECT_EQ(error_of(DeleteApplication{ApplicationId{"app"}}), ManagementCode::ApplicationPackagesNotEmpty);
  ok(DeletePackage{ApplicationId{"app"}, "1.0"});
  ok(DeleteApplication{ApplicationId{"app"}});
  EXPECT_EQ(batch_->find_application(ApplicationId{"app"}), nullptr);
}

TEST_F(ApplicationsTest, AnActivePackageIsReplacedOnlyWhereUpdatesAreAllowed) {
  add_application("app", false);
  add_package("1.0", false);
  ok(PutPackage{ApplicationId{"app"}, "1.0", "other"});  // it was never usable
  ok(ActivatePackage{ApplicationId{"app"}, "1.0", "zip"});
  EXPECT_EQ(error_of(PutPackage{ApplicationId{"app"}, "1.0", "x"}),
            ManagementCode::ApplicationPackageUpdatesNotAllowed);
  UpdateApplication allow{.id = ApplicationId{"app"}, .allow_updates = true};
  ok(allow);
  const auto before = find("1.0")->activated;
  ok(PutPackage{ApplicationId{"app"}, "1.0", "x"});
  EXPECT_FALSE(find("1.0"));
  ok(ActivatePackage{ApplicationId{"app"}, "1.0", "zip"});
  EXPECT_GT(find("1.0")->activated, before);
  EXPECT_EQ(find("1.0")->blob, "blob-1.0");
}

TEST_F(ApplicationsTest, WhatIsNotThereIsNamed) {
  EXPECT_EQ(error_of(DeleteApplication{ApplicationId{"app"}}), ManagementCode::ApplicationNotFound);
  EXPECT_EQ(error_of(PutPackage{ApplicationId{"app"}, "1", "b"}), ManagementCode::ApplicationNotFound);
  add_application();
  EXPECT_EQ(error_of(ActivatePackage{ApplicationId{"app"}, "1", "zip"}), ManagementCode::ApplicationPackageNotFound);
  EXPECT_EQ(error_of(DeletePackage{ApplicationId{"app"}, "1"}), ManagementCode::ApplicationPackageNotFound);
}

TEST_F(ApplicationsTest, QuotasOfApplicationsAndPackages) {
  options_.max_applications = 1;
  options_.max_packages_per_application = 1;
  batch_.emplace(options_);
  add_application();
  add_application();  // the same one
  add_package("1");
  EXPECT_EQ(error_of(PutApplication{.id = ApplicationId{"other"}}), ManagementCode::ApplicationQuotaReached);
  EXPECT_EQ(error_of(PutPackage{ApplicationId{"app"}, "2", "b"}), ManagementCode::ApplicationPackageQuotaReached);
}

TEST_F(ApplicationsTest, ApplicationsOutliveARestart) {
  add_application();
  add_package("1.0");
  make_default("1.0");
  restart();
  EXPECT_EQ(application().default_version, "1.0");
  EXPECT_TRUE(find(""));
}

TEST_F(ApplicationsTest, APoolThatNamesAnUnknownPackageIsRefused) {
  EXPECT_EQ(error_of(AddPool{pool_with("1.0")}), ErrorCode::InvalidApplicationPackageReferences);
  add_application();
  EXPECT_EQ(error_of(AddPool{pool_with("1.0")}), ErrorCode::InvalidApplicationPackageReferences);
  add_package("1.0", false);
  EXPECT_EQ(error_of(AddPool{pool_with("1.0")}), ErrorCode::InvalidApplicationPackageReferences);
  ok(ActivatePackage{ApplicationId{"app"}, "1.0", "zip"});
  EXPECT_EQ(error_of(AddPool{pool_with("")}), ErrorCode::InvalidApplicationPackageReferences);  // no default version
  ok(AddPool{pool_with("1.0")});
}

TEST_F(ApplicationsTest, AnUpdateIsCheckedForWhatItSays) {
  add_application();
  add_package("1.0");
  ok(AddPool{pool_with("1.0")});
  ok(DeletePackage{ApplicationId{"app"}, "1.0"});
  UpdatePool other{.id = PoolId{"pool"}, .seen = pool_record().version, .document = pool_record().document};
  ok(other);
  EXPECT_EQ(pool_record().packages.size(), 1U);
  UpdatePool same{.id = PoolId{"pool"}, .seen = pool_record().version, .document = pool_record().document};
  same.packages = pool_record().packages;
  EXPECT_EQ(error_of(same), ErrorCode::InvalidApplicationPackageReferences);
  same.packages->clear();
  ok(same);
  EXPECT_TRUE(pool_record().packages.empty());
}

TEST_F(ApplicationsTest, ANodeStartsServingWhenItsPackagesAreThere) {
  add_application();
  add_package("1.0");
  ok(AddPool{pool_with("1.0")});
  add_job();
  add_task("task");
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_EQ(noticed<PrepareNode>().size(), 1U);
  EXPECT_EQ(task_state(), TaskState::active);
  ok(NodePrepared{node(), 1, std::nullopt});
  EXPECT_EQ(node_state(node()), NodeState::running);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(ApplicationsTest, TheStartTaskFollowsThePackages) {
  add_application();
  add_package("1.0");
  auto pool = pool_with("1.0");
  pool.start_task = std::make_shared<const std::string>("{}");
  ok(AddPool{std::move(pool)});
  join(node());
  EXPECT_TRUE(noticed<RunStartTask>().empty());
  ok(NodePrepared{node(), 1, std::nullopt});
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
}

TEST_F(ApplicationsTest, ANodeThatCannotGetItsPackagesIsUnusableWithTheError) {
  add_application();
  add_package("1.0");
  ok(AddPool{pool_with("1.0")});
  join(node());
  NodePrepared failed{node(), 1, ResourceError{.code = "ApplicationPackageError", .message = "m"}};
  ok(failed);
  EXPECT_EQ(node_state(node()), NodeState::unusable);
  ASSERT_EQ(node_record(node()).errors.size(), 1U);
  EXPECT_EQ(node_record(node()).errors[0].code, "ApplicationPackageError");
}

TEST_F(ApplicationsTest, PackagesAreOrderedAgainWhenTheEmulatorRestartedMeanwhile) {
  add_application();
  add_package("1.0");
  ok(AddPool{pool_with("1.0")});
  join(node());
  restart();
  auto again = joined(node());
  again.adopted = true;
  ok(again);
  EXPECT_EQ(noticed<PrepareNode>().size(), 1U);
  EXPECT_EQ(batch_->notices_for(node()).size(), 1U);
  ok(NodePrepared{node(), 1, std::nullopt});
  EXPECT_EQ(node_state(node()), NodeState::idle);
  EXPECT_TRUE(batch_->notices_for(node()).empty());
  EXPECT_EQ(error_of(NodePrepared{node(), 1, std::nullopt}), base::Errc::not_found);
}

TEST_F(ApplicationsTest, ChangesOfAPoolsPackagesReachItsNodesAtTheirNextStart) {
  add_application();
  add_package("1.0");
  ready_pool("pool", 1);
  UpdatePool update{.id = PoolId{"pool"}, .seen = pool_record().version, .document = pool_record().document};
  update.packages = {{ApplicationId{"app"}, "1.0"}};
  ok(update);
  EXPECT_TRUE(node_record(node()).packages.empty());
  lose(node());
  EXPECT_EQ(node_record(node()).packages.size(), 1U);
  join(node());
  EXPECT_EQ(noticed<PrepareNode>().size(), 1U);
}

}  // namespace
}  // namespace emulator::core
