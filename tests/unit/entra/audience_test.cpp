#include "wire/entra/audience.h"

#include <gtest/gtest.h>

namespace wire::entra {
namespace {

TEST(Audience, IsNamedInEveryWayThatClientsUse) {
  for (const auto* name : {"https://batch.core.windows.net", "https://batch.core.windows.net/",
                           "https://batch.core.windows.net//", "ddbf3205-c6bd-46ae-8127-60eb93363864"}) {
    EXPECT_EQ(resource_of(name), (Resource{Audience::batch, ""})) << name;
  }
  for (const auto* name :
       {"https://storage.azure.com", "https://STORAGE.azure.com/", "e406a681-f3d4-42a8-90b6-c2b029497af1"}) {
    EXPECT_EQ(resource_of(name), (Resource{Audience::storage, ""})) << name;
  }
  for (const auto* name : {"https://management.azure.com", "https://management.azure.com/",
                           "https://management.core.windows.net//", "797f4846-ba00-4fd7-ba43-dac1f8f63013"}) {
    EXPECT_EQ(resource_of(name), (Resource{Audience::management, ""})) << name;
  }
}

TEST(Audience, OfABlobEndpointIsThatAccount) {
  EXPECT_EQ(resource_of("https://Acct1.blob.core.windows.net/"), (Resource{Audience::storage, "acct1"}));
}

TEST(Audience, IsNothingElse) {
  for (const auto* name :
       {"", "/", "https://", "http://batch.core.windows.net", "https://batch.core.windows.net.example.org",
        "https://graph.microsoft.com", "https://.blob.core.windows.net", "https://a.b.blob.core.windows.net",
        "https://example.org/acct.blob.core.windows.net", "https://user@acct.blob.core.windows.net"}) {
    EXPECT_EQ(resource_of(name), std::nullopt) << name;
  }
  EXPECT_EQ(resource_of("https://batch.core.windows.net" + std::string(1000, '/')), std::nullopt);
}

TEST(Audience, HasOneUsualName) {
  for (const auto audience : {Audience::batch, Audience::storage, Audience::management}) {
    EXPECT_EQ(resource_of(name_of(audience)), (Resource{audience, ""}));
  }
}

}  // namespace
}  // namespace wire::entra
