// The token service in this process, called without sockets, with a clock in the test's hand. All tests of a program
// share one key file, since making a key takes a while.
#pragma once

#include "base/durable_file.h"
#include "base/text.h"
#include "emulator/entra/entra_api.h"
#include "tests/fakes/fake_clock.h"
#include "tests/unit/entra/token_fixture.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace emulator::entra {

struct Reply {
  int status = 0;
  http::Headers headers;
  std::string text;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(text, nullptr, false); }
  [[nodiscard]] std::string error() const { return json().value("error", ""); }
  [[nodiscard]] int number() const { return json().at("error_codes").at(0).get<int>(); }
};

using Fields = std::map<std::string, std::string>;

class EntraTest : public testing::Test {
 protected:
  EntraTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "entra-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    EXPECT_TRUE(base::write_file_durably(directory_ / "signing.key", wire::entra::our_key().to_pem()));
    api_ = std::make_unique<EntraApi>(directory_, workers_, clock_);
  }
  ~EntraTest() override { std::filesystem::remove_all(directory_); }

  static std::string form(const Fields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
      text += (text.empty() ? "" : "&") + base::percent_encode(name) + "=" + base::percent_encode(value);
    }
    return text;
  }
  Reply send(const std::string& method, const std::string& target, const std::string& body = {},
             const Fields& headers = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    request.query = target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1);
    request.headers.add("Host", "login.microsoftonline.com");
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    request.body = http::body_from_text(body);
    request.request_id = "99999999-9999-4999-8999-999999999999";
    request.secure = true;
    return run(request);
  }
  Reply get(const std::string& target, const Fields& headers = {}) { return send("GET", target, {}, headers); }
  Reply post(const std::string& target, const Fields& fields, const Fields& headers = {}) {
    return send("POST", target, form(fields), headers);
  }
  Reply run(http::Request& request) {
    std::optional<http::Response> response;
    auto keep = [&response](const std::exception_ptr& thrown, http::Response answered) {
      if (thrown) std::rethrow_exception(thrown);
      response.emplace(std::move(answered));
    };
    boost::asio::co_spawn(context_, api_->handle(request), std::move(keep));
    while (!response) {
      if (context_.run_one() == 0) context_.restart();
    }
    return {response->status, response->headers, response->text};
  }

  /// The claims of a token, which must be one of ours.
  static nlohmann::json claims_of(const nlohmann::json& token) {
    const auto claims =
        wire::entra::verified_claims(token.get<std::string>(), std::vector{wire::entra::our_key().public_key()});
    EXPECT_TRUE(claims) << claims.error().message;
    return claims ? *claims : nlohmann::json{};
  }
  [[nodiscard]] std::int64_t now() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  }

  static constexpr const char* kTenant = "11111111-1111-1111-1111-111111111111";
  static constexpr const char* kV1Token = "/11111111-1111-1111-1111-111111111111/oauth2/token";
  static constexpr const char* kV2Token = "/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token";

  fakes::FakeClock clock_;
  base::Workers workers_{1};
  boost::asio::io_context context_;
  std::filesystem::path directory_;
  std::unique_ptr<EntraApi> api_;
};

}  // namespace emulator::entra
