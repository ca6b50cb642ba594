// Certificates over HTTP: addresses, what is accepted, what is shown (contract 1.10, 4.6).
#include "base/text.h"
#include "tests/unit/rest/rest_fixture.h"
#include "tests/unit/rest/sample_certificates.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class CertificatesTest : public RestTest {
 protected:
  static json body(std::string_view data, const std::string& format, const std::string& thumbprint = {}) {
    return {{"thumbprint", thumbprint.empty() ? std::string(kThumbprint) : thumbprint},
            {"thumbprintAlgorithm", "sha1"},
            {"data", data},
            {"certificateFormat", format}};
  }
  static json pfx_body(std::string_view data = kPfx, const std::string& password = "secret") {
    auto made = body(data, "pfx");
    made["password"] = password;
    return made;
  }
  static std::string address(std::string_view thumbprint = kThumbprint) {
    return "/certificates(thumbprintAlgorithm=sha1,thumbprint=" + std::string(thumbprint) + ")";
  }
  void add() { ASSERT_EQ(call("POST", "/certificates", pfx_body()).status, 201); }
  std::string refused(const json& certificate) {
    const auto reply = call("POST", "/certificates", certificate);
    if (reply.status != 400) return "status " + std::to_string(reply.status);
    const auto error = reply.json();
    for (const auto& value : error["values"]) {
      if (value["key"] == "PropertyName") return value["value"];
    }
    return reply.code();
  }
  void use_in_pool() {
    auto pool = pool_body("p", 1);
    pool["certificateReferences"] = json::array({{{"thumbprint", kThumbprint}, {"thumbprintAlgorithm", "sha1"}}});
    ASSERT_EQ(call("POST", "/pools", pool).status, 201);
  }
};

TEST_F(CertificatesTest, AddAnswersWithItsVersion) {
  const auto reply = call("POST", "/certificates", pfx_body());
  EXPECT_EQ(reply.status, 201);
  EXPECT_TRUE(reply.headers.find("ETag"));
  EXPECT_TRUE(reply.headers.find("DataServiceId"));
  EXPECT_EQ(reply.text, "");
  EXPECT_EQ(call("POST", "/certificates", pfx_body()).code(), "CertificateExists");
}

TEST_F(CertificatesTest, ShowsWhatIsPublicAndNothingElse) {
  add();
  const auto reply = call("GET", address());
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_TRUE(reply.headers.find("ETag"));
  const auto shown = reply.json();
  EXPECT_EQ(shown["thumbprint"], kThumbprint);
  EXPECT_EQ(shown["thumbprintAlgorithm"], "sha1");
  EXPECT_EQ(shown["url"], std::string(kBase) + address());
  EXPECT_EQ(shown["state"], "active");
  EXPECT_EQ(shown["publicData"], kCer);
  EXPECT_FALSE(shown.contains("previousState"));
  EXPECT_EQ(reply.text.find("secret"), std::string::npos);
  EXPECT_EQ(reply.text.find(kPfx.substr(0, 60)), std::string::npos);
}

TEST_F(CertificatesTest, TheAddressMayBeEncodedAndInEitherOrder) {
  add();
  const auto encoded = "/certificates%28thumbprintAlgorithm%3Dsha1%2Cthumbprint%3D" + std::string(kThumbprint) + "%29";
  EXPECT_EQ(call("GET", encoded).status, 200);
  EXPECT_EQ(call("GET", "/certificates(thumbprint=" + std::string(kThumbprint) + ",thumbprintAlgorithm=SHA1)").status,
            200);
  EXPECT_EQ(call("GET", "/certificates(thumbprint=" + std::string(kThumbprint) + ")").code(), "InvalidUri");
  EXPECT_EQ(call("GET", "/certificates(thumbprintAlgorithm=md5,thumbprint=" + std::string(kThumbprint) + ")").code(),
            "CertificateNotFound");
  EXPECT_EQ(call("GET", address(std::string(40, '0'))).code(), "CertificateNotFound");
}

TEST_F(CertificatesTest, ACertificateAloneAndOneEncryptedTheOldWayAreTaken) {
  EXPECT_EQ(call("POST", "/certificates", body(kCer, "cer")).status, 201);
  EXPECT_EQ(call("GET", address()).json()["publicData"], kCer);
  EXPECT_EQ(call("DELETE", address()).status, 202);
  settle();
  EXPECT_EQ(call("POST", "/certificates", pfx_body(kLegacyPfx)).status, 201);
}

TEST_F(CertificatesTest, SpacesInAThumbprintAreDropped) {
  const auto spaced = std::string(kThumbprint.substr(0, 20)) + " " + std::string(kThumbprint.substr(20));
  EXPECT_EQ(call("POST", "/certificates", body(kCer, "cer", spaced)).status, 201);
  EXPECT_EQ(call("GET", address()).status, 200);
}

TEST_F(CertificatesTest, WhatIsNotTheCertificateItSaysIsRefused) {
  EXPECT_EQ(refused(body(kCer, "cer", std::string(40, 'a'))), "thumbprint");
  EXPECT_EQ(refused(body(kCer, "cer", "abc")), "thumbprint");
  EXPECT_EQ(refused(body("bm9uZQ==", "cer")), "data");
  EXPECT_EQ(refused(body("***", "cer")), "data");
  EXPECT_EQ(refused(pfx_body(kPfx, "wrong")), "data");
  EXPECT_EQ(refused(pfx_body(kCer)), "data");
  EXPECT_EQ(refused(body(base::base64_encode(std::string(10'241, 'x')), "cer")), "data");
  auto odd = body(kCer, "cer");
  odd["thumbprintAlgorithm"] = "md5";
  EXPECT_EQ(refused(odd), "thumbprintAlgorithm");
  auto secret = body(kCer, "cer");
  secret["password"] = "secret";
  EXPECT_EQ(refused(secret), "password");
}

TEST_F(CertificatesTest, ListsByStateAndSelects) {
  add();
  const auto all = call("GET", "/certificates").json();
  EXPECT_EQ(all["value"].size(), 1U);
  EXPECT_EQ(call("GET", "/certificates?$filter=state%20eq%20'deleting'&" + std::string(kVersionQuery)).json()["value"],
            json::array());
  const auto some = call("GET", "/certificates?$select=state&" + std::string(kVersionQuery)).json()["value"][0];
  EXPECT_EQ(some, (json{{"state", "active"}}));
}

TEST_F(CertificatesTest, ADeletionFailsWhileAPoolUsesItAndCanBeTakenBack) {
  add();
  use_in_pool();
  EXPECT_EQ(call("POST", address() + "/canceldelete").code(), "CertificateStateActive");
  EXPECT_EQ(call("DELETE", address()).status, 202);
  settle();
  const auto failed = call("GET", address()).json();
  EXPECT_EQ(failed["state"], "deletefailed");
  EXPECT_EQ(failed["previousState"], "deleting");
  EXPECT_EQ(failed["deleteCertificateError"]["code"], "PoolsReferencingCertificate");
  EXPECT_EQ(failed["deleteCertificateError"]["values"], (json::array({{{"name", "Pools"}, {"value", "p"}}})));
  EXPECT_EQ(call("POST", address() + "/canceldelete").status, 204);
  EXPECT_EQ(call("GET", address()).json()["state"], "active");
}

TEST_F(CertificatesTest, TheyEndWithTheVersionThatLostThem) {
  EXPECT_EQ(call("GET", "/certificates?api-version=2025-06-01").code(), "InvalidUri");
}

TEST_F(CertificatesTest, APoolWithAnUnknownCertificateIsRefused) {
  auto pool = pool_body("p");
  pool["certificateReferences"] = json::array({{{"thumbprint", kThumbprint}, {"thumbprintAlgorithm", "sha1"}}});
  EXPECT_EQ(call("POST", "/pools", pool).code(), "InvalidCertificateReferences");
}

TEST_F(CertificatesTest, ANodeShowsThePoolsReferencesAsItGotThem) {
  add();
  use_in_pool();
  const auto node = join_first_node();
  run(execute(core::NodePrepared{node, 1, std::nullopt}));
  const auto shown = call("GET", "/pools/p/nodes/" + node.node.text()).json();
  ASSERT_EQ(shown["certificateReferences"].size(), 1U) << shown.dump();
  EXPECT_EQ(shown["certificateReferences"][0]["thumbprint"], kThumbprint);
}

}  // namespace
}  // namespace emulator::rest
