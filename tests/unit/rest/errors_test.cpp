// Every error code: what a request has to do to meet it, and what the answer looks like (contract 3, error-codes.tsv).
// A code without a row stands in kUnreachable with the reason why no request leads to it; the two lists together are
// the whole table.
#include "tests/unit/rest/errors_fixture.h"

#include <algorithm>
#include <set>

namespace emulator::rest {

std::vector<Row> ErrorsTest::rows() {
  auto rows = common_rows();
  std::ranges::move(feature_rows(), std::back_inserter(rows));
  return rows;
}

namespace {

void expect_error_document(const Reply& reply, ErrorCode code) {
  const auto document = reply.json();
  const std::string text{wire::batch::message_of(code)};
  EXPECT_TRUE(document.value("odata.metadata", "")
                  .ends_with("/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"));
  EXPECT_EQ(document["message"]["lang"], "en-US");
  const auto message = document["message"]["value"].get<std::string>();
  const auto before_time = text + "\nRequestId:" + std::string{reply.headers.get("request-id")} + "\nTime:";
  ASSERT_TRUE(message.starts_with(before_time)) << message;
  EXPECT_TRUE(wire::parse_timestamp(message.substr(before_time.size()))) << message;
  EXPECT_EQ(reply.reason, text.substr(0, text.find('\n')));
  EXPECT_EQ(reply.headers.get("Content-Type"), "application/json;odata=minimalmetadata");
  EXPECT_TRUE(document.find("values") == document.end() || !document["values"].empty());
}

TEST_P(ErrorsTest, IsAnsweredAsPublished) {
  const auto& row = GetParam();
  const auto reply = row.provoke(*this);
  EXPECT_EQ(reply.status, row.status) << reply.text;
  EXPECT_NE(reply.headers.get("request-id"), "");
  EXPECT_EQ(reply.headers.get("DataServiceVersion"), "3.0");
  EXPECT_EQ(reply.headers.find("Retry-After").has_value(), row.status == 429 || row.status == 503);
  if (row.status == 304) {
    EXPECT_EQ(reply.text, "");
    return;
  }
  ASSERT_EQ(reply.code(), wire::batch::name_of(row.code)) << reply.text;
  expect_error_document(reply, row.code);
  const auto document = reply.json();
  for (const auto& key : row.values) {
    bool found = false;
    for (const auto& value : document["values"]) {
      EXPECT_TRUE(value["value"].is_string());
      found = found || value["key"] == key;
    }
    EXPECT_TRUE(found) << key << " in " << reply.text;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCode, ErrorsTest, testing::ValuesIn(ErrorsTest::rows()), [](const auto& row) {
  return std::string{wire::batch::name_of(row.param.code)} + std::to_string(row.param.status);
});

struct Unreachable {
  ErrorCode code;
  const char* why;
};

/// Codes that the service publishes and no request to the emulator leads to.
constexpr Unreachable kUnreachable[] = {
    {ErrorCode::PoolBeingCreated, "a pool is there, and takes every operation, before its creation is answered"},
    {ErrorCode::JobDisabled, "a disabled job takes new tasks, updates and its end as an active one does"},
    {ErrorCode::JobNotActive, "what is wrong is said: the job is over, or OperationInvalidForCurrentState"},
    {ErrorCode::CertificateDeleteFailed, "a client's constant; a failed deletion shows in the certificate's state"},
    {ErrorCode::CertificateStateDeleteFailed, "a client's constant; whose deletion failed may be deleted again"},
    {ErrorCode::MissingRequiredHeader, "only Authorization and a length are mandatory; both have codes of their own"},
    {ErrorCode::OutOfRangeInput,
     "what is out of range has a name: InvalidPropertyValue or OutOfRangeQueryParameterValue"},
    {ErrorCode::OSVersionDisabled, "the emulator keeps no list of guest OS versions"},
    {ErrorCode::OSVersionExpired, "the emulator keeps no list of guest OS versions"},
    {ErrorCode::UpgradePoolVersionConflict, "an upgrade is over at once, so that two never meet"},
    {ErrorCode::AccountIsDisabled, "an account of the emulator cannot be disabled"},
    {ErrorCode::InternalError, "a bug"},
    {ErrorCode::AutoScaleFormulaTooLong, "a client's spelling of AutoScalingFormulaTooLong"},
    {ErrorCode::TooManyRequests, "the emulator does not throttle"},
    {ErrorCode::InvalidConstraintValue, "a client's constant; the service answers InvalidPropertyValue"},
    {ErrorCode::InvalidRestAPIForAccountSetting, "the emulator's accounts have no settings that forbid operations"},
    {ErrorCode::OutOfRangePriority, "a client's constant; the service answers InvalidPropertyValue"},
    {ErrorCode::PathNotFound, "a client's constant; the service answers FileNotFound"},
    {ErrorCode::StorageAccountNotFound, "every account of the emulator has its storage account"},
    {ErrorCode::NodeCountsMismatch, "a client's constant for a check the emulator has no state for"},
    {ErrorCode::UnsupportedConstraint, "a client's constant; the service answers UnsupportedProperty"},
    {ErrorCode::ResourceAlreadyExists, "every kind of resource has a code of its own"},
    {ErrorCode::ResourceTypeMismatch, "paths name the kind of resource, so that it cannot be another"},
    {ErrorCode::UnsupportedHttpVersion, "the connection is refused before it becomes a request"},
};

TEST(ErrorListTest, EveryCodeIsProvokedOrExcused) {
  std::set<ErrorCode> covered;
  for (const auto& row : ErrorsTest::rows()) covered.insert(row.code);
  for (const auto& [code, why] : kUnreachable) {
    EXPECT_TRUE(covered.insert(code).second) << wire::batch::name_of(code) << " is provoked and excused: " << why;
  }
  for (int number = 1; number <= static_cast<int>(ErrorCode::UnsupportedHttpVersion); ++number) {
    const auto code = static_cast<ErrorCode>(number);
    EXPECT_TRUE(covered.contains(code)) << wire::batch::name_of(code);
  }
}

}  // namespace
}  // namespace emulator::rest
