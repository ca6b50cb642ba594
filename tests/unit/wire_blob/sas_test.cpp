// The signatures below were made by azure-storage-blob 1.4.0 (sv 2018-03-28) and 12.31.1 (sv 2026-10-06) for the key
// "long-key-for-tests".
#include "wire/blob/sas.h"

#include "wire/blob/errors.h"
#include "wire/blob/sas_address.h"
#include "wire/blob/vocabulary.h"
#include "wire/time_text.h"

#include "http_query.h"

#include <gtest/gtest.h>

namespace wire::blob {
namespace {

constexpr std::string_view kKey = "long-key-for-tests";

Sas parsed(std::string_view query) {
  auto sas = parse_sas(query_fields(query));
  EXPECT_TRUE(sas) << sas.error().message;
  return std::move(*sas);
}

base::Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

std::error_code circumstances(const Sas& sas, std::string_view now, std::string_view peer = "127.0.0.1",
                              bool secure = false) {
  const auto checked = check_sas_circumstances(sas, at(now), peer, secure);
  return checked.has_error() ? checked.error().code : std::error_code();
}

TEST(SasTest, ContainerSasOfTheNewestPythonClientIsAccepted) {
  const auto sas =
      parsed("se=2030-01-02T03%3A04%3A05Z&sp=rl&sv=2026-10-06&sr=c&sig=VRVNwepQhpzMDHzrM9zFvcnhK75DO0kniGsS10jFmkc%3D");
  EXPECT_TRUE(check_sas_signature(sas, "acct", kKey, "cont", "any"));
  EXPECT_TRUE(check_sas_signature(sas, "acct", kKey, "cont", "other").has_value());
  EXPECT_EQ(check_sas_signature(sas, "acct", kKey, "cont2", "").error().code, ErrorCode::AuthenticationFailed);
  EXPECT_EQ(check_sas_signature(sas, "acct", "other key", "cont", "").error().code, ErrorCode::AuthenticationFailed);
}

TEST(SasTest, BlobSasWithEveryFieldOfTheNewestPythonClientIsAcceptedForThatBlobOnly) {
  const auto sas = parsed(
      "st=2020-01-01&se=2030-01-02T03%3A04%3A05Z&sp=r&sip=127.0.0.1-127.0.0.9&spr=https%2Chttp&sv=2026-10-06&sr=b&"
      "rscc=no-cache&rsct=text/plain&sig=aAMYGHDP4Uyk7056Tjd8eR2LgxfqqVpvhvsPaXuGbDc%3D");
  EXPECT_TRUE(check_sas_signature(sas, "acct", kKey, "cont", "a b/ü.txt"));
  EXPECT_TRUE(check_sas_signature(sas, "acct", kKey, "cont", "a b/u.txt").has_error());
  EXPECT_EQ(sas.content_type, "text/plain");
}

TEST(SasTest, AccountSasOfTheNewestPythonClientIsAccepted) {
  const auto sas = parsed(
      "se=2030-01-02T03%3A04%3A05Z&sp=rwl&sv=2026-10-06&ss=b&srt=sco&sig=1v2kyBPkAO/"
      "7lvOW1sNms0uhaW0z11c8TU3keNRf0Jc%3D");
  EXPECT_TRUE(sas.is_account_sas());
  EXPECT_TRUE(check_sas_signature(sas, "acct", kKey, "", ""));
  EXPECT_TRUE(check_sas_signature(sas, "acct2", kKey, "", "").has_error());
}

TEST(SasTest, PolicySasOfTheNewestPythonClientIsAccepted) {
  const auto sas = parsed("sv=2026-10-06&si=pol&sr=c&sig=T7obXWi4bB0qWEdpRiLUYz8HdIVQM7wPzS3D4AfwBLY%3D");
  EXPECT_TRUE(check_sas_signature(sas, "acct", kKey, "cont", ""));
}

TEST(SasTest, SasOfTheOldPythonClientIsAccepted) {
  const auto container =
      parsed("se=2030-01-02T03%3A04%3A05Z&sp=w&sv=2018-03-28&sr=c&sig=qTKehsNHu59S9Zj7RubC3vrp9f0y3uG0bR0E/08r0Oo%3D");
  EXPECT_TRUE(check_sas_signature(container, "acct", kKey, "cont", ""));
  const auto blob = parsed(
      "se=2030-01-02T03%3A04%3A05Z&sp=r&sv=2018-03-28&sr=b&rsct=text/"
      "plain&sig=3QL9iatdiGMqVkb4j9sp0Gjl8rsAigTu2ZqIzALS2t8%3D");
  EXPECT_TRUE(check_sas_signature(blob, "acct", kKey, "cont", "a b/ü.txt"));
  const auto account = parsed(
      "se=2030-01-02T03%3A04%3A05Z&sp=rwl&sv=2018-03-28&ss=b&srt=sco&sig=OziUQVDxitY6bIgN8dKtJuTzOi0nJvfSN2bWVCrer%"
      "2BI%3D");
  EXPECT_TRUE(check_sas_signature(account, "acct", kKey, "", ""));
}

TEST(SasTest, SignedSasIsAcceptedInEveryVersion) {
  for (const auto version : kServiceVersions) {
    const auto expiry = at("2030-01-01T00:00:00Z");
    const auto container = parsed(sign_container_sas("acct", kKey, "cont", "rwl", expiry, version));
    EXPECT_TRUE(check_sas_signature(container, "acct", kKey, "cont", "")) << version;
    const auto blob = parsed(sign_blob_sas("acct", kKey, "cont", "d/x+y.txt", "r", expiry, version));
    EXPECT_TRUE(check_sas_signature(blob, "acct", kKey, "cont", "d/x+y.txt")) << version;
    if (version < "2015-04-05") continue;
    const auto account = parsed(sign_account_sas("acct", kKey, "sco", "rwdl", expiry, version));
    EXPECT_TRUE(check_sas_signature(account, "acct", kKey, "", "")) << version;
  }
}

TEST(SasTest, ChangedFieldsAreNoticed) {
  const auto query = sign_container_sas("acct", kKey, "cont", "r", at("2030-01-01"), "2020-12-06");
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"sp=r", "sp=rw"},
                                 {"se=2030", "se=2031"},
                                 {"sr=c", "sr=b"},
                                 {"sv=2020-12-06", "sv=2021-04-10"}}) {
    auto changed = query;
    changed.replace(changed.find(from), from.size(), to);
    EXPECT_TRUE(check_sas_signature(parsed(changed), "acct", kKey, "cont", "").has_error()) << changed;
  }
  EXPECT_TRUE(check_sas_signature(parsed(query + "&spr=https,http"), "acct", kKey, "cont", "").has_error());
}

TEST(SasTest, IncompleteSasIsAnAuthenticationFailure) {
  for (const std::string_view query :
       {"sp=r&se=2030-01-01&sr=c&sig=aa", "sv=1999-01-01&sp=r&se=2030-01-01&sr=c&sig=aa",
        "sv=2020-12-06&sp=r&se=2030-01-01&sig=aa", "sv=2020-12-06&sp=r&se=2030-01-01&sr=q&sig=aa",
        "sv=2020-12-06&ss=b&sp=r&se=2030-01-01&sig=aa", "sv=2020-12-06&ss=b&srt=s&se=2030-01-01&sig=aa",
        "sv=2020-12-06&ss=b&srt=s&sp=r&sig=aa",
        "sv=2020-12-06&sr=c&sp=r&sig=", "sv=2015-02-21&ss=b&srt=s&sp=r&se=x&sig=a",
        "sv=2020-12-06&sp=r&sp=rw&se=2030-01-01&sr=c&sig=aa", "sv=2020-12-06&sp=r%0A&se=2030-01-01&sr=c&sig=aa"}) {
    const auto sas = parse_sas(query_fields(query));
    ASSERT_TRUE(sas.has_error()) << query;
    EXPECT_EQ(sas.error().code, ErrorCode::AuthenticationFailed) << query;
  }
}

TEST(SasTest, WhatIsNotOfferedIsRefusedByName) {
  for (const std::string_view query :
       {"sv=2020-12-06&sr=d&sdd=1&sp=r&se=2030-01-01&sig=aa", "sv=2020-12-06&sr=c&sduoid=x&sp=r&se=2030-01-01&sig=aa",
        "sv=2020-12-06&sr=bs&sp=r&se=2030-01-01&sig=aa", "sv=2020-12-06&sr=c&ses=s&sp=r&se=2030-01-01&sig=aa"}) {
    const auto sas = parse_sas(query_fields(query));
    ASSERT_TRUE(sas.has_error()) << query;
    EXPECT_EQ(sas.error().code, ErrorCode::NotImplemented) << query;
  }
}

TEST(SasTest, HoldsFromItsStartUntilBeforeItsExpiry) {
  const Sas sas{.start = "2026-01-01T00:00:00Z", .expiry = "2026-01-02T00:00:00Z"};
  EXPECT_EQ(circumstances(sas, "2025-12-31T23:59:59Z"), ErrorCode::AuthenticationFailed);
  EXPECT_EQ(circumstances(sas, "2026-01-01T00:00:00Z"), std::error_code());
  EXPECT_EQ(circumstances(sas, "2026-01-01T23:59:59Z"), std::error_code());
  EXPECT_EQ(circumstances(sas, "2026-01-02T00:00:00Z"), ErrorCode::AuthenticationFailed);
}

TEST(SasTest, NeedsAnExpiryAndOneAfterItsStart) {
  EXPECT_EQ(circumstances(Sas{.start = "2026-01-01"}, "2026-01-02"), ErrorCode::AuthenticationFailed);
  EXPECT_EQ(circumstances(Sas{.start = "2027-01-01", .expiry = "2026-12-01"}, "2026-01-02"),
            ErrorCode::AuthenticationFailed);
  EXPECT_EQ(circumstances(Sas{.expiry = "tomorrow"}, "2026-01-02"), ErrorCode::AuthenticationFailed);
}

TEST(SasTest, HttpsOnlyRefusesHttp) {
  const Sas sas{.expiry = "2030-01-01", .protocol = "https"};
  EXPECT_EQ(circumstances(sas, "2026-01-01"), ErrorCode::AuthorizationProtocolMismatch);
  EXPECT_EQ(circumstances(sas, "2026-01-01", "127.0.0.1", true), std::error_code());
  EXPECT_EQ(circumstances(Sas{.expiry = "2030-01-01", .protocol = "https,http"}, "2026-01-01"), std::error_code());
  EXPECT_EQ(circumstances(Sas{.expiry = "2030-01-01", .protocol = "http"}, "2026-01-01"),
            ErrorCode::AuthenticationFailed);
}

TEST(SasTest, AddressesOutsideTheRangeAreRefused) {
  const Sas sas{.expiry = "2030-01-01", .address = "127.0.0.2-127.0.0.10"};
  EXPECT_EQ(circumstances(sas, "2026-01-01", "127.0.0.1"), ErrorCode::AuthorizationSourceIPMismatch);
  EXPECT_EQ(circumstances(sas, "2026-01-01", "127.0.0.9"), std::error_code());
  EXPECT_EQ(circumstances(sas, "2026-01-01", "127.0.0.11"), ErrorCode::AuthorizationSourceIPMismatch);
  EXPECT_EQ(circumstances(sas, "2026-01-01", "::ffff:127.0.0.9"), std::error_code());
  EXPECT_EQ(circumstances(Sas{.expiry = "2030-01-01", .address = "::1"}, "2026-01-01", "::1"), std::error_code());
  EXPECT_EQ(circumstances(Sas{.expiry = "2030-01-01", .address = "1.2.3"}, "2026-01-01"),
            ErrorCode::AuthenticationFailed);
}

TEST(SasTest, PolicyFillsWhatTheSasLeavesOut) {
  const auto merged =
      merge_policy(Sas{.permissions = "r"}, AccessPolicy{.start = "2026-01-01", .expiry = "2026-02-01"});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->permissions, "r");
  EXPECT_EQ(merged->start, "2026-01-01");
  EXPECT_EQ(merged->expiry, "2026-02-01");
}

TEST(SasTest, SamePropertyInSasAndPolicyIsRefused) {
  EXPECT_EQ(merge_policy(Sas{.permissions = "r"}, AccessPolicy{.permissions = "rw"}).error().code,
            ErrorCode::AuthenticationFailed);
}

TEST(AddressRangeTest, BackwardRangesAndRubbishAreNoRanges) {
  EXPECT_FALSE(parse_address_range("10.0.0.2-10.0.0.1"));
  EXPECT_FALSE(parse_address_range("10.0.0.2-"));
  EXPECT_FALSE(parse_address_range(""));
  EXPECT_FALSE(parse_address_range("10.0.0.0/8"));
}

}  // namespace
}  // namespace wire::blob
