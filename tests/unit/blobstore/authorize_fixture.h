// Requests with credentials of every kind, to one blob "b" in one container "con".
#pragma once

#include "tests/unit/blobstore/blob_harness.h"
#include "wire/blob/sas.h"
#include "wire/blob/shared_key.h"
#include "wire/blob/xml.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace blobstore {

inline constexpr std::string_view kVersion = "2020-12-06";

class AuthorizeTest : public testing::Test {
 protected:
  AuthorizeTest() {
    harness_.create_container("con");
    harness_.put("/con/b", "hello");
  }
  base::Timestamp in_an_hour() const { return harness_.clock.now() + std::chrono::hours(1); }
  std::string container_sas(std::string_view permissions) {
    return wire::blob::sign_container_sas(kAccount, kKey, "con", permissions, in_an_hour(), kVersion);
  }
  std::string blob_sas(std::string_view permissions) {
    return wire::blob::sign_blob_sas(kAccount, kKey, "con", "b", permissions, in_an_hour(), kVersion);
  }
  std::string account_sas(std::string_view types, std::string_view permissions) {
    return wire::blob::sign_account_sas(kAccount, kKey, types, permissions, in_an_hour(), kVersion);
  }
  Got with(const std::string& query, const std::string& method, const std::string& path, const std::string& body = {},
           http::Headers headers = {}) {
    if (method == "PUT" && path.find("comp=") == std::string::npos) headers.add("x-ms-blob-type", "BlockBlob");
    const std::string separator = path.find('?') == std::string::npos ? "?" : "&";
    return harness_.send({.method = method,
                          .path = query.empty() ? path : path + separator + query,
                          .headers = std::move(headers),
                          .body = body,
                          .with_sas = false});
  }
  /// Signed with the account's key.
  Got signed_with_key(const std::string& method, const std::string& path, const std::string& body = {},
                      http::Headers headers = {}, std::string_view key = kKey, std::string date = {}) {
    headers.add("x-ms-date", date.empty() ? wire::print_http_date(harness_.clock.now()) : date);
    headers.add("x-ms-version", std::string(kVersion));
    if (!body.empty()) headers.add("Content-Length", std::to_string(body.size()));
    const std::string target = "/" + std::string(kAccount) + path;
    const auto question = target.find('?');
    const std::string raw_path = target.substr(0, question);
    const std::string raw_query = question == std::string::npos ? "" : target.substr(question + 1);
    const wire::SignedRequest to_sign{method, raw_path, raw_query, headers.fields()};
    headers.add("Authorization", wire::blob::sign(to_sign, kAccount, key));
    return harness_.send(
        {.method = method, .path = path, .headers = std::move(headers), .body = body, .with_sas = false});
  }
  Got set_policy(const std::string& id, wire::blob::AccessPolicy policy, http::Headers headers = {}) {
    return signed_with_key("PUT", "/con?restype=container&comp=acl",
                           wire::blob::print_signed_identifiers({{id, std::move(policy)}}), std::move(headers));
  }
  BlobHarness harness_;
};

}  // namespace blobstore
