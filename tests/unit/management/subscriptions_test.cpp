#include "tests/unit/management/management_fixture.h"

namespace emulator::management {
namespace {

class SubscriptionsTest : public ManagementTest {};

TEST_F(SubscriptionsTest, ThereIsOneSubscriptionWithItsTenant) {
  const auto list = ask("GET", "/subscriptions").json()["value"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["subscriptionId"], std::string(kDefaultSubscription));
  EXPECT_EQ(list[0]["tenantId"], std::string(kDefaultTenant));
  EXPECT_EQ(list[0]["state"], "Enabled");
  EXPECT_EQ(list[0]["authorizationSource"], "RoleBased");
  EXPECT_TRUE(list[0].contains("subscriptionPolicies"));
}

TEST_F(SubscriptionsTest, AnySubscriptionThatIsAskedForIsThere) {
  const auto mine = ask("GET", "/subscriptions/12345678-1234-1234-1234-123456789abc");
  ASSERT_EQ(mine.status, 200);
  EXPECT_EQ(mine.json()["subscriptionId"], "12345678-1234-1234-1234-123456789abc");
}

TEST_F(SubscriptionsTest, ThereIsOneTenant) {
  const auto list = ask("GET", "/tenants").json()["value"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["tenantId"], std::string(kDefaultTenant));
}

TEST_F(SubscriptionsTest, LocationsHaveBothNames) {
  const auto list = ask("GET", std::string(kSubscription) + "/locations").json()["value"];
  EXPECT_GT(list.size(), 30U);
  EXPECT_EQ(list[0]["name"], "eastus");
  EXPECT_EQ(list[0]["displayName"], "East US");
}

TEST_F(SubscriptionsTest, TheProvidersThatAreHereAreRegistered) {
  const auto batch = ask("GET", std::string(kSubscription) + "/providers/microsoft.batch");
  ASSERT_EQ(batch.status, 200);
  EXPECT_EQ(batch.json()["registrationState"], "Registered");
  EXPECT_EQ(batch.json()["namespace"], "Microsoft.Batch");
  EXPECT_EQ(batch.json()["resourceTypes"][0]["resourceType"], "batchAccounts");
  EXPECT_EQ(ask("POST", std::string(kSubscription) + "/providers/Microsoft.Storage/register").status, 200);
  EXPECT_EQ(ask("GET", std::string(kSubscription) + "/providers").json()["value"].size(), 3U);
  EXPECT_EQ(code(ask("GET", std::string(kSubscription) + "/providers/Microsoft.Compute")), "InvalidResourceNamespace");
}

}  // namespace
}  // namespace emulator::management
