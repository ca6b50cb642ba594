// The management operations over accounts in memory and a Blob service that the test plays. The Batch account
// "devbatch" and the storage account "store" are at the default place, as options make them.
#pragma once

#include "emulator/management/management_api.h"
#include "emulator/names.h"
#include "tests/unit/management/fake_accounts.h"
#include "tests/unit/rest/rest_fixture.h"

#include <set>

namespace emulator::management {

using nlohmann::json;

inline constexpr const char* kSubscription = "/subscriptions/00000000-0000-0000-0000-000000000001";
inline constexpr const char* kAccount =
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/group/providers/Microsoft.Batch/batchAccounts/"
    "devbatch";
inline constexpr const char* kVersion = "?api-version=2024-02-01";
inline constexpr const char* kGoodToken = "good token";

class ManagementTest : public rest::RestTest {
 protected:
  ManagementTest() {
    const Place place{.subscription = std::string(kDefaultSubscription),
                      .resource_group = std::string(kDefaultResourceGroup),
                      .location = std::string(kDefaultLocation)};
    accounts_->spot_ = place;
    accounts_->add_first({.name = std::string(rest::kAccountName), .place = place, .auto_storage = "store"}, key_);
    EXPECT_TRUE(accounts_->create_storage_account({.name = "store", .place = place}));
    make_api();
  }
  void make_api(bool takes_tokens = true) {
    Services services;
    services.surroundings = {.clock = &clock_, .workers = &workers_};
    services.accounts = accounts_.get();
    services.account_source = accounts_;
    if (takes_tokens) services.verify_token = &verify;
    services.send = [this](http::Request& request) { return store(request.method, request.path); };
    services.blob_url = "http://127.0.0.1:10000";
    management_ = std::make_unique<ManagementApi>(std::move(services));
  }
  static base::Result<wire::entra::Identity> verify(std::string_view token) {
    using wire::entra::TokenErrc;
    if (token == kGoodToken) return wire::entra::Identity{.tenant = std::string(kDefaultTenant)};
    if (token == "expired") return base::Error(TokenErrc::expired, "expired");
    if (token == "for batch") return base::Error(TokenErrc::wrong_audience, "wrong audience");
    return base::Error(TokenErrc::malformed, "malformed");
  }

  base::Async<http::Response> store(std::string method, std::string path) {
    asked_.push_back(method + " " + path);
    const bool known = stored_.contains(path);
    if (method == "PUT") {
      stored_.insert(path);
      co_return http::Response{.status = known ? 409 : 201};
    }
    if (method == "DELETE") stored_.erase(path);
    co_return http::Response{.status = !known ? 404 : method == "DELETE" ? 202 : 200};
  }

  /// Signed with the account's key; `below` is below the account.
  rest::Reply manage(const std::string& method, const std::string& below, const json& body = nullptr,
                     const std::string& query = kVersion) {
    auto made = request(method, kAccount + below + query, body.is_null() ? "" : body.dump());
    sign(made);
    return answer(made);
  }
  /// With a bearer token; the path gets the usual api-version unless it has a query.
  rest::Reply ask(const std::string& method, std::string path, const json& body = nullptr,
                  const rest::HeaderFields& headers = {}) {
    if (path.find('?') == std::string::npos) path += kVersion;
    auto made = request(method, path, body.is_null() ? "" : body.dump(), headers);
    if (!made.headers.find("Authorization")) made.headers.set("Authorization", std::string("Bearer ") + kGoodToken);
    return answer(made);
  }
  rest::Reply answer(http::Request& made) {
    auto response = run(management_->handle(made));
    return {response.status, response.reason, response.headers, response.text};
  }
  static std::string code(const rest::Reply& reply) {
    const auto body = reply.json();
    return body.is_object() && body.contains("error") ? body["error"].value("code", "") : "";
  }
  /// The path and query of a Location below the address that the test asks.
  static std::string location(const rest::Reply& reply) {
    const std::string url(reply.headers.get("Location"));
    return url.starts_with(rest::kBase) ? url.substr(rest::kBase.size()) : "";
  }
  static std::string names(const rest::Reply& list) {
    std::string joined;
    const auto body = list.json();
    for (const auto& item : body.value("value", json::array()))
      joined += (joined.empty() ? "" : " ") + item.value("name", "");
    return joined;
  }

  std::shared_ptr<FakeAccounts> accounts_ = std::make_shared<FakeAccounts>(service_.get());
  std::unique_ptr<ManagementApi> management_;
  std::set<std::string> stored_;
  std::vector<std::string> asked_;
};

}  // namespace emulator::management
