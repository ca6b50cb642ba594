// Who may do what: a matrix of credentials and operations.
#include "tests/unit/blobstore/authorize_fixture.h"
#include "wire/blob/sas.h"
#include "wire/blob/xml.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>

namespace blobstore {
namespace {

TEST_F(AuthorizeTest, KeyMayDoEverything) {
  EXPECT_EQ(signed_with_key("GET", "/con/b").body, "hello");
  EXPECT_EQ(signed_with_key("PUT", "/con/c", "x", {{"x-ms-blob-type", "BlockBlob"}}).status, 201);
  EXPECT_EQ(signed_with_key("GET", "/?comp=list").status, 200);
  EXPECT_EQ(signed_with_key("GET", "/con?restype=container&comp=acl").status, 200);
  EXPECT_EQ(signed_with_key("DELETE", "/con?restype=container").status, 202);
}

TEST_F(AuthorizeTest, WrongKeyIsAnAuthenticationFailure) {
  const auto got = signed_with_key("GET", "/con/b", "", {}, "another key");
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(got.error_code(), "AuthenticationFailed");
  EXPECT_NE(got.body.find("AuthenticationErrorDetail"), std::string::npos);
  EXPECT_EQ(got.body.find(kKey), std::string::npos);
}

TEST_F(AuthorizeTest, OldDatesAreRefused) {
  const auto old = wire::print_http_date(harness_.clock.now() - std::chrono::minutes(16));
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, kKey, old).error_code(), "AuthenticationFailed");
  const auto recent = wire::print_http_date(harness_.clock.now() - std::chrono::minutes(14));
  EXPECT_EQ(signed_with_key("GET", "/con/b", "", {}, kKey, recent).status, 200);
}

TEST_F(AuthorizeTest, OtherSchemesAreMalformed) {
  EXPECT_EQ(with("", "GET", "/con/b", "", {{"Authorization", "Basic abc"}}).status, 400);
  EXPECT_EQ(with("", "GET", "/con/b", "", {{"Authorization", "Bearer abc"}}).error_code(), "InvalidAuthenticationInfo");
}

TEST_F(AuthorizeTest, UnknownAccountIsNotFound) {
  http::Headers headers{{"Host", "stranger.blob.localhost"}};
  EXPECT_EQ(with(container_sas("r"), "GET", "/con/b", "", headers).status, 404);
}

TEST_F(AuthorizeTest, ContainerSasAllowsExactlyItsPermissions) {
  struct Row {
    const char* permissions;
    const char* method;
    const char* path;
    int status;
  };
  for (const Row& row :
       {Row{"r", "GET", "/con/b", 200}, Row{"w", "GET", "/con/b", 403}, Row{"r", "HEAD", "/con/b", 200},
        Row{"r", "PUT", "/con/n", 403}, Row{"c", "PUT", "/con/n1", 201}, Row{"w", "PUT", "/con/n2", 201},
        Row{"c", "PUT", "/con/b", 403}, Row{"w", "PUT", "/con/b", 201},
        Row{"l", "GET", "/con?restype=container&comp=list", 200},
        Row{"rwd", "GET", "/con?restype=container&comp=list", 403}, Row{"rwdl", "GET", "/con?restype=container", 403},
        Row{"rwdl", "DELETE", "/con?restype=container", 403}, Row{"r", "DELETE", "/con/n2", 403},
        Row{"d", "DELETE", "/con/n2", 202}, Row{"r", "PUT", "/con/b?comp=metadata", 403},
        Row{"w", "PUT", "/con/b?comp=metadata", 200}, Row{"rwdl", "GET", "/?comp=list", 403}}) {
    const auto got = with(container_sas(row.permissions), row.method, row.path, "x");
    EXPECT_EQ(got.status, row.status) << row.permissions << " " << row.method << " " << row.path << " " << got.body;
  }
}

TEST_F(AuthorizeTest, CreateOnlySasMayNotOverwrite) {
  EXPECT_EQ(with(container_sas("c"), "PUT", "/con/b", "x").error_code(), "UnauthorizedBlobOverwrite");
  EXPECT_EQ(with(blob_sas("r"), "GET", "/con/b").body, "hello");
}

TEST_F(AuthorizeTest, BlobSasIsForItsBlobOnly) {
  EXPECT_EQ(with(blob_sas("r"), "GET", "/con/b").status, 200);
  EXPECT_EQ(with(blob_sas("r"), "GET", "/con/c").error_code(), "AuthenticationFailed");
  EXPECT_EQ(with(blob_sas("rl"), "GET", "/con?restype=container&comp=list").status, 403);
}

TEST_F(AuthorizeTest, MissingPermissionHasItsOwnCode) {
  EXPECT_EQ(with(container_sas("w"), "GET", "/con/b").error_code(), "AuthorizationPermissionMismatch");
}

TEST_F(AuthorizeTest, AccountSasAllowsByResourceTypeAndPermission) {
  EXPECT_EQ(with(account_sas("o", "r"), "GET", "/con/b").status, 200);
  EXPECT_EQ(with(account_sas("sc", "r"), "GET", "/con/b").error_code(), "AuthorizationResourceTypeMismatch");
  EXPECT_EQ(with(account_sas("o", "w"), "GET", "/con/b").error_code(), "AuthorizationPermissionMismatch");
  EXPECT_EQ(with(account_sas("s", "l"), "GET", "/?comp=list").status, 200);
  EXPECT_EQ(with(account_sas("c", "c"), "PUT", "/new?restype=container").status, 201);
  EXPECT_EQ(with(account_sas("c", "d"), "DELETE", "/new?restype=container").status, 202);
  EXPECT_EQ(with(account_sas("c", "r"), "GET", "/con?restype=container&comp=acl").error_code(), "AuthorizationFailure");
}

TEST_F(AuthorizeTest, AccountSasOfAnotherServiceIsRefused) {
  wire::blob::Sas sas{
      .version = std::string(kVersion), .permissions = "r", .expiry = wire::print_timestamp(in_an_hour())};
  sas.services = "qt";
  sas.resource_types = "sco";
  EXPECT_EQ(with(wire::blob::sign_sas(sas, kAccount, kKey), "GET", "/con/b").error_code(),
            "AuthorizationServiceMismatch");
}

TEST_F(AuthorizeTest, ExpiredSasIsRefused) {
  const auto sas = container_sas("r");
  harness_.clock.advance(std::chrono::hours(2));
  EXPECT_EQ(with(sas, "GET", "/con/b").error_code(), "AuthenticationFailed");
}

TEST_F(AuthorizeTest, AddressAndProtocolOfTheSasAreHeeded) {
  wire::blob::Sas sas{
      .version = std::string(kVersion), .permissions = "r", .expiry = wire::print_timestamp(in_an_hour())};
  sas.resource = "c";
  sas.address = "10.0.0.1-10.0.0.9";
  EXPECT_EQ(with(wire::blob::sign_sas(sas, kAccount, kKey, "con"), "GET", "/con/b").error_code(),
            "AuthorizationSourceIPMismatch");
  harness_.peer = "10.0.0.5";
  EXPECT_EQ(with(wire::blob::sign_sas(sas, kAccount, kKey, "con"), "GET", "/con/b").status, 200);
  sas.address.clear();
  sas.protocol = "https";
  EXPECT_EQ(with(wire::blob::sign_sas(sas, kAccount, kKey, "con"), "GET", "/con/b").error_code(),
            "AuthorizationProtocolMismatch");
}

TEST_F(AuthorizeTest, HeadersOfTheSasReplaceTheBlobs) {
  wire::blob::Sas sas{
      .version = std::string(kVersion), .permissions = "r", .expiry = wire::print_timestamp(in_an_hour())};
  sas.resource = "b";
  sas.content_type = "audio/mpeg";
  sas.content_disposition = "attachment";
  const auto got = with(wire::blob::sign_sas(sas, kAccount, kKey, "con", "b"), "GET", "/con/b");
  EXPECT_EQ(got.headers.get("Content-Type"), "audio/mpeg");
  EXPECT_EQ(got.headers.get("Content-Disposition"), "attachment");
}

TEST_F(AuthorizeTest, StoredPolicyGivesWhatTheSasLeavesOutUntilItIsWithdrawn) {
  ASSERT_EQ(set_policy("pol", {"", wire::print_timestamp(in_an_hour()), "r"}).status, 200);
  wire::blob::Sas sas{.version = std::string(kVersion)};
  sas.resource = "c";
  sas.identifier = "pol";
  const auto query = wire::blob::sign_sas(sas, kAccount, kKey, "con");
  EXPECT_EQ(with(query, "GET", "/con/b").body, "hello");
  EXPECT_EQ(with(query, "PUT", "/con/b", "x").error_code(), "AuthorizationPermissionMismatch");
  ASSERT_EQ(set_policy("other", {}).status, 200);
  EXPECT_EQ(with(query, "GET", "/con/b").error_code(), "AuthenticationFailed");
}

TEST_F(AuthorizeTest, FieldInBothSasAndPolicyIsRefused) {
  ASSERT_EQ(set_policy("pol", {"", wire::print_timestamp(in_an_hour()), "r"}).status, 200);
  wire::blob::Sas sas{.version = std::string(kVersion), .permissions = "r"};
  sas.resource = "c";
  sas.identifier = "pol";
  EXPECT_EQ(with(wire::blob::sign_sas(sas, kAccount, kKey, "con"), "GET", "/con/b").error_code(),
            "AuthenticationFailed");
}

TEST_F(AuthorizeTest, StrangersSeeNothingOfAPrivateContainer) {
  const http::Headers old{{"x-ms-version", "2018-03-28"}};
  EXPECT_EQ(with("", "GET", "/con/b", "", old).error_code(), "ResourceNotFound");
  EXPECT_EQ(with("", "GET", "/con/none", "", old).error_code(), "ResourceNotFound");
  EXPECT_EQ(with("", "GET", "/none/none", "", old).error_code(), "ResourceNotFound");
  const auto challenged = with("", "GET", "/con/b");
  EXPECT_EQ(challenged.status, 401);
  EXPECT_EQ(challenged.error_code(), "NoAuthenticationInformation");
  EXPECT_FALSE(challenged.headers.get("WWW-Authenticate").empty());
}

TEST_F(AuthorizeTest, PublicAccessIsForReadsOfItsLevel) {
  ASSERT_EQ(set_policy("p", {}, {{"x-ms-blob-public-access", "blob"}}).status, 200);
  EXPECT_EQ(with("", "GET", "/con/b").body, "hello");
  EXPECT_EQ(with("", "GET", "/con?restype=container&comp=list").status, 401);
  EXPECT_EQ(with("", "PUT", "/con/b", "x").status, 401);
  ASSERT_EQ(set_policy("p", {}, {{"x-ms-blob-public-access", "container"}}).status, 200);
  EXPECT_EQ(with("", "GET", "/con?restype=container&comp=list").status, 200);
  EXPECT_EQ(with("", "DELETE", "/con/b").status, 401);
}

TEST_F(AuthorizeTest, SecondaryIsForReadsOnly) {
  const auto on_secondary = [&](const std::string& method) {
    return harness_.send({.method = method, .path = "/con/b", .account = "acct-secondary"});
  };
  EXPECT_EQ(on_secondary("GET").body, "hello");
  EXPECT_EQ(on_secondary("DELETE").error_code(), "InsufficientAccountPermissions");
  EXPECT_EQ(with(blob_sas("r"), "GET", "/con/b").body, "hello");
}

TEST_F(AuthorizeTest, SasThatIsNotOfferedIsRefusedByName) {
  const auto got = with("sv=2020-12-06&sr=d&sdd=1&sp=r&se=2030-01-01&sig=aa", "GET", "/con/b");
  EXPECT_EQ(got.status, 501);
  EXPECT_NE(got.body.find("directory SAS"), std::string::npos);
}

TEST_F(AuthorizeTest, NobodyLearnsWhatIsNotOfferedWithoutBeingKnown) {
  EXPECT_EQ(with("", "PUT", "/con/b?comp=snapshot").status, 401);
  EXPECT_EQ(with(container_sas("w"), "PUT", "/con/b?comp=snapshot").status, 501);
}

}  // namespace
}  // namespace blobstore
