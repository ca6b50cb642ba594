// Every error code: what a request has to do to meet it, and what the answer looks like (contract 3, error-codes.tsv).
// A code without a row stands in kUnreachable with the reason why no request leads to it; the two lists together are
// the whole table.
#include "wire/batch/errors.h"
#include "tests/fakes/scripted_state_store.h"
#include "tests/unit/rest/rest_fixture.h"

#include <fstream>
#include <functional>
#include <set>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::ErrorCode;

class ErrorsTest;

/// One code and how to meet it.
struct Row {
  ErrorCode code;
  int status;
  /// Keys of `values` that the answer must carry.
  std::vector<std::string> values;
  std::function<Reply(ErrorsTest&)> provoke;
};

class ErrorsTest : public RestTest, public testing::WithParamInterface<Row> {
 public:
  static std::vector<Row> rows();

  Reply get(const std::string& target, const HeaderFields& headers = {}) {
    return call("GET", target, std::string{}, headers);
  }
  Reply post(const std::string& target, const json& body) { return call("POST", target, body); }
  /// POST without a body.
  Reply act(const std::string& target, const HeaderFields& headers = {}) {
    return call("POST", target, std::string{}, headers);
  }
  Reply put(const std::string& target, const json& body) { return call("PUT", target, body); }
  Reply patch(const std::string& target, const json& body) { return call("PATCH", target, body); }
  Reply remove(const std::string& target) { return call("DELETE", target); }

  Reply add_pool_with(const char* member, const json& value) {
    auto body = pool_body();
    body[member] = value;
    return post("/pools", body);
  }
  Reply add_job_with(const char* member, const json& value) {
    auto body = job_body();
    body[member] = value;
    return post("/jobs", body);
  }
  /// To job "j", which must be there.
  Reply add_task_with(const char* member, const json& value) {
    auto body = task_body();
    body[member] = value;
    return post("/jobs/j/tasks", body);
  }
  /// Pool "p" with one idle node.
  core::NodeKey ready_node() {
    add_pool("p", 1);
    auto node = join_first_node();
    constexpr int kMostTries = 100;
    for (int i = 0; i < kMostTries && get(segment(node)).json()["state"] != "idle"; ++i) settle();
    return node;
  }
  /// Task "t" of job "j" on a node, ended with this code.
  core::NodeKey ended_task(int exit_code) {
    auto node = ready_node();
    add_job();
    add_task();
    settle();
    finish_task("t", exit_code);
    return node;
  }
  /// A pool that has to wait for its node before it is gone.
  void leaving_pool() {
    ready_node();
    EXPECT_EQ(remove("/pools/p").status, 202);
  }
  /// A job that has to wait for its task before it is over.
  void ending_job(const std::string& method, const std::string& target) {
    ready_node();
    add_job();
    add_task();
    settle();
    EXPECT_EQ(call(method, target).status, 202);
  }
  static std::string segment(const core::NodeKey& node) { return "/pools/p/nodes/" + node.node.text(); }

  Reply add_cloud_pool(const char* version) {
    return post(
        "/pools",
        {{"id", "p"}, {"vmSize", "small"}, {"cloudServiceConfiguration", {{"osFamily", "4"}, {"osVersion", version}}}});
  }
  Reply upgrade_to(const char* version) {
    return post("/pools/p/upgradeos?api-version=2018-08-01.7.0", {{"targetOSVersion", version}});
  }

  /// The same account over a service that the test opened otherwise.
  void reopen(core::BatchOptions options, std::unique_ptr<store::StateStore> store = store::make_memory_state_store()) {
    run(service_->stop());
    auto opened = service::BatchService::open(context_.get_executor(), workers_, clock_, std::move(store), options);
    api_.reset();
    service_ = std::move(opened).value();
    service_->start([this](const core::Notice& notice) { notices_.push_back(notice); });
    std::vector<Account> accounts;
    accounts.push_back(
        {.name = std::string{kAccountName}, .keys = {key_}, .service = service_.get(), .nodes_directory = directory_});
    api_ = std::make_unique<RestApi>(Surroundings{.clock = &clock_, .workers = &workers_}, std::move(accounts));
  }
  Reply refused(http::Refusal refusal) {
    const auto made = request("GET", "/pools?" + std::string{kVersionQuery});
    const auto response = api_->refuse(refusal, made, "explained");
    return {response.status, response.reason, response.headers, response.text};
  }
  Reply sent_without_length() {
    auto made = request("POST", "/pools?" + std::string{kVersionQuery});
    made.has_body = false;
    made.headers.remove("Content-Length");
    sign(made);
    return send(std::move(made));
  }
  Reply signed_for_another() {
    auto made = request("GET", "/pools?" + std::string{kVersionQuery});
    sign(made);
    made.query += "&maxresults=1";
    return send(std::move(made));
  }
  /// The disk does not answer within the request's timeout of one second.
  Reply waited_for_the_disk() {
    auto script = std::make_shared<fakes::CommitScript>();
    reopen({}, std::make_unique<fakes::ScriptedStateStore>(script));
    script->hold();
    auto reply = post("/pools?api-version=2022-10-01.16.0&timeout=1", pool_body());
    script->release();
    return reply;
  }
  Reply after_the_service_stopped() {
    run(service_->stop());
    return get("/pools");
  }
  void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
  }
};

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

const std::string kQuery = "?" + std::string{kVersionQuery};
const std::vector<std::string> kProperty = {"PropertyName"};
const std::vector<std::string> kPropertyAndReason = {"PropertyName", "Reason"};
const std::vector<std::string> kParameter = {"QueryParameterName", "QueryParameterValue"};

/// Lambdas here are the class's own, so that they may use the fixture.
std::vector<Row> ErrorsTest::rows() {
  using T = ErrorsTest;
  return {
      // ---- the request as such ----
      {ErrorCode::ConditionNotMet,
       304,
       {},
       [](T& t) {
         return t.add_pool(), t.get("/pools/p", {{"If-None-Match", "*"}});
       }},
      {ErrorCode::ConditionNotMet,
       412,
       {},
       [](T& t) {
         t.add_job();
         return t.act("/jobs/j/terminate", {{"If-Match", "0x8D9D665BEA2AAD4"}});
       }},
      {ErrorCode::MissingRequiredProperty, 400, kProperty,
       [](T& t) {
         return t.post("/jobs", {{"id", "j"}});
       }},
      {ErrorCode::UnsupportedHeader,
       400,
       {"HeaderName"},
       [](T& t) {
         return t.get("/pools", {{"If-Match", "*"}});
       }},
      {ErrorCode::UnsupportedProperty, 400, kPropertyAndReason, [](T& t) { return t.add_job_with("colour", "blue"); }},
      {ErrorCode::InvalidHeaderValue,
       400,
       {"HeaderName", "HeaderValue"},
       [](T& t) {
         return t.get("/pools", {{"client-request-id", "{not a guid}"}});
       }},
      {ErrorCode::InvalidPropertyValue,
       400,
       {"PropertyName", "PropertyValue", "Reason"},
       [](T& t) { return t.add_job_with("priority", 1001); }},
      {ErrorCode::MissingRequiredQueryParameter,
       400,
       {"QueryParameterName"},
       [](T& t) { return t.get("/pools?timeout=1"); }},
      {ErrorCode::UnsupportedQueryParameter, 400, kParameter,
       [](T& t) { return t.get("/pools" + kQuery + "&$top=1"); }},
      {ErrorCode::InvalidQueryParameterValue,
       400,
       {"QueryParameterName", "QueryParameterValue", "Reason"},
       [](T& t) { return t.get("/pools" + kQuery + "&$filter=colour%20eq%20'blue'"); }},
      {ErrorCode::OutOfRangeQueryParameterValue, 400, kParameter,
       [](T& t) { return t.get("/pools" + kQuery + "&maxresults=1001"); }},
      {ErrorCode::RequestUrlFailedToParse, 400, {}, [](T& t) { return t.get("/pools/%zz" + kQuery); }},
      {ErrorCode::InvalidUri, 400, {}, [](T& t) { return t.get("/nonsense"); }},
      {ErrorCode::InvalidHttpVerb, 400, {}, [](T& t) { return t.call("BREW", "/pools"); }},
      {ErrorCode::UnsupportedHttpVerb, 405, {}, [](T& t) { return t.remove("/pools"); }},
      {ErrorCode::EmptyMetadataKey,
       400,
       {},
       [](T& t) {
         return t.add_job_with("metadata", {{{"name", ""}, {"value", "v"}}});
       }},
      {ErrorCode::InvalidMetadata,
       400,
       {},
       [](T& t) {
         return t.add_job_with("metadata", {{{"name", "a\nb"}, {"value", "v"}}});
       }},
      {ErrorCode::MetadataTooLarge,
       400,
       {},
       [](T& t) {
         return t.add_job_with("metadata", {{{"name", "n"}, {"value", std::string(20'000, 'v')}}});
       }},
      {ErrorCode::InvalidRequestBody, 400, {}, [](T& t) { return t.call("POST", "/jobs", std::string{"{\"id\":"}); }},
      {ErrorCode::InvalidAuthenticationInfo,
       400,
       {},
       [](T& t) { return t.send(T::request("GET", "/pools" + kQuery)); }},
      {ErrorCode::InvalidInput, 400, {"Reason"}, [](T& t) { return t.refused(http::Refusal::bad_framing); }},
      {ErrorCode::HostInformationNotPresent,
       421,
       {"Reason"},
       [](T& t) { return t.refused(http::Refusal::unknown_host); }},
      {ErrorCode::MultipleConditionHeadersNotSupported,
       400,
       {},
       [](T& t) {
         return t.get("/pools/p", {{"If-Match", "*"}, {"If-None-Match", "*"}});
       }},
      {ErrorCode::AuthenticationFailed,
       403,
       {"AuthenticationErrorDetail"},
       [](T& t) { return t.signed_for_another(); }},
      {ErrorCode::InsufficientAccountPermissions,
       403,
       {"Reason"},
       [](T& t) { return t.refused(http::Refusal::forbidden_origin); }},
      {ErrorCode::MissingContentLengthHeader, 411, {}, [](T& t) { return t.sent_without_length(); }},
      {ErrorCode::RequestBodyTooLarge,
       413,
       {},
       [](T& t) {
         t.add_job();
         return t.call("POST", "/jobs/j/addtaskcollection", "{\"value\":[" + std::string(1 << 20, ' ') + "]}");
       }},
      {ErrorCode::OperationTimedOut, 500, {}, [](T& t) { return t.waited_for_the_disk(); }},
      {ErrorCode::ServerBusy, 503, {}, [](T& t) { return t.after_the_service_stopped(); }},
      {ErrorCode::UnsupportedRequestVersion, 400, kParameter,
       [](T& t) { return t.get("/pools?api-version=2015-03-01.1.1"); }},

      // ---- pools ----
      {ErrorCode::PoolNotFound, 404, {}, [](T& t) { return t.get("/pools/none"); }},
      {ErrorCode::PoolExists, 409, {}, [](T& t) { return t.add_pool(), t.post("/pools", T::pool_body("P")); }},
      {ErrorCode::PoolQuotaReached,
       409,
       {},
       [](T& t) {
         core::BatchOptions options;
         options.max_pools = 1;
         t.reopen(options);
         t.add_pool();
         return t.post("/pools", T::pool_body("q"));
       }},
      {ErrorCode::PoolBeingDeleted,
       409,
       {},
       [](T& t) {
         return t.leaving_pool(), t.post("/pools/p/resize", {{"targetDedicatedNodes", 2}});
       }},
      {ErrorCode::PoolBeingResized,
       409,
       {},
       [](T& t) {
         t.ready_node();
         t.add_job();
         t.add_task();
         t.settle();
         t.post("/pools/p/resize", {{"targetDedicatedNodes", 0}, {"nodeDeallocationOption", "taskcompletion"}});
         return t.post("/pools/p/resize", {{"targetDedicatedNodes", 2}});
       }},
      {ErrorCode::OSVersionNotFound, 400, kProperty,
       [](T& t) { return t.add_cloud_pool("WA-GUEST-OS-5.1_201601-01"); }},
      {ErrorCode::PoolVersionEqualsUpgradeVersion,
       400,
       {},
       [](T& t) { return t.add_cloud_pool("*"), t.upgrade_to("*"); }},
      {ErrorCode::PoolNotEligibleForOSVersionUpgrade, 400, {}, [](T& t) { return t.add_pool(), t.upgrade_to("*"); }},
      {ErrorCode::NodeAgentSKUNotFound, 404, kProperty,
       [](T& t) {
         auto body = T::pool_body();
         body["virtualMachineConfiguration"]["nodeAgentSKUId"] = "batch.node.beos 5";
         return t.post("/pools", body);
       }},
      {ErrorCode::InvalidAutoScalingSettings,
       400,
       {"Reason"},
       [](T& t) {
         auto body = T::pool_body();
         body.erase("targetDedicatedNodes");
         body["enableAutoScale"] = true;
         body["autoScaleFormula"] = " ";
         return t.post("/pools", body);
       }},
      {ErrorCode::OperationInvalidForCurrentState,
       409,
       {},
       [](T& t) {
         t.add_pool();
         t.settle();
         return t.act("/pools/p/stopresize");
       }},

      // ---- nodes ----
      {ErrorCode::NodeNotFound, 404, {}, [](T& t) { return t.add_pool(), t.get("/pools/p/nodes/none"); }},

      // ---- jobs ----
      {ErrorCode::JobNotFound, 404, {}, [](T& t) { return t.get("/jobs/none/tasks/none"); }},
      {ErrorCode::JobExists, 409, {}, [](T& t) { return t.add_job(), t.post("/jobs", T::job_body("J")); }},
      {ErrorCode::ActiveJobAndScheduleQuotaReached,
       409,
       {},
       [](T& t) {
         core::BatchOptions options;
         options.max_active_jobs = 1;
         t.reopen(options);
         t.add_job();
         return t.post("/jobs", T::job_body("k"));
       }},
      {ErrorCode::JobCompleted,
       409,
       {},
       [](T& t) {
         t.add_job();
         t.act("/jobs/j/terminate");
         t.settle();
         return t.add_task_with("commandLine", "x");
       }},
      {ErrorCode::JobBeingTerminated,
       409,
       {},
       [](T& t) { return t.ending_job("POST", "/jobs/j/terminate"), t.add_task_with("id", "u"); }},
      {ErrorCode::JobBeingDeleted,
       409,
       {},
       [](T& t) { return t.ending_job("DELETE", "/jobs/j"), t.add_task_with("id", "u"); }},

      // ---- tasks ----
      {ErrorCode::TaskNotFound, 404, {}, [](T& t) { return t.add_job(), t.get("/jobs/j/tasks/none"); }},
      {ErrorCode::TaskExists, 409, {}, [](T& t) { return t.add_job(), t.add_task(), t.add_task_with("id", "T"); }},
      {ErrorCode::TaskCompleted, 409, {}, [](T& t) { return t.ended_task(0), t.act("/jobs/j/tasks/t/terminate"); }},
      {ErrorCode::TaskSucceeded, 409, {}, [](T& t) { return t.ended_task(0), t.act("/jobs/j/tasks/t/reactivate"); }},
      {ErrorCode::TaskNotCompleted,
       409,
       {},
       [](T& t) { return t.add_job(), t.add_task(), t.act("/jobs/j/tasks/t/reactivate"); }},
      {ErrorCode::TaskDependenciesNotSpecifiedOnJob,
       400,
       {},
       [](T& t) {
         return t.add_job(), t.add_task_with("dependsOn", {{"taskIds", {"a"}}});
       }},
      {ErrorCode::TaskDependencyListTooLong,
       400,
       {},
       [](T& t) {
         t.add_job_with("usesTaskDependencies", true);
         return t.add_task_with("dependsOn", {{"taskIds", json(1001, std::string(64, 'a'))}});
       }},
      {ErrorCode::TaskDependencyRangesTooLong,
       400,
       {},
       [](T& t) {
         t.add_job_with("usesTaskDependencies", true);
         return t.add_task_with("dependsOn", {{"taskIdRanges", json(1001, {{"start", 1}, {"end", 2}})}});
       }},
      {ErrorCode::RequestEntityTooLarge,
       413,
       {},
       [](T& t) {
         t.add_job();
         return t.add_task_with("resourceFiles", json(5001, {{"httpUrl", "u"}, {"filePath", "f"}}));
       }},

      // ---- files ----
      {ErrorCode::FileNotFound,
       404,
       {},
       [](T& t) {
         const auto node = t.ready_node();
         t.write(t.root_of(node) / "f", "x");
         return t.get(segment(node) + "/files/none");
       }},
      {ErrorCode::InvalidRange,
       416,
       {},
       [](T& t) {
         const auto node = t.ready_node();
         t.write(t.root_of(node) / "f", "0123456789");
         return t.get(segment(node) + "/files/f", {{"ocp-range", "bytes=10-"}});
       }},
      {ErrorCode::IOError,
       403,
       {"Reason"},
       [](T& t) {
         const auto node = t.ready_node();
         t.write(t.root_of(node) / "f", "x");
         std::filesystem::create_symlink("f", t.root_of(node) / "link");
         return t.get(segment(node) + "/files/link");
       }},
      {ErrorCode::TaskFilesUnavailable,
       409,
       {},
       [](T& t) { return t.add_job(), t.add_task(), t.get("/jobs/j/tasks/t/files"); }},
      {ErrorCode::TaskFilesCleanedup,
       409,
       {},
       [](T& t) {
         t.ready_node();
         t.add_job();
         t.add_task_with("constraints", {{"retentionTime", "PT0S"}});
         t.settle();
         t.finish_task("t");
         t.settle();
         return t.get("/jobs/j/tasks/t/files");
       }},
  };
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

/// Codes that requests can meet and that have no row yet; the tests of their features look at some of them.
constexpr ErrorCode kWithoutRow[] = {
    ErrorCode::AutoScalingFormulaSyntaxError,
    ErrorCode::AutoScalingFormulaTooLong,
    ErrorCode::JobScheduleNotFound,
    ErrorCode::NodeUserNotFound,
    ErrorCode::CertificateNotFound,
    ErrorCode::ApplicationNotFound,
    ErrorCode::JobPreparationTaskNotRunOnNode,
    ErrorCode::JobReleaseTaskNotRunOnNode,
    ErrorCode::PoolBeingCreated,
    ErrorCode::NodeBeingCreated,
    ErrorCode::NodeBeingStarted,
    ErrorCode::NodeBeingReimaged,
    ErrorCode::NodeBeingRebooted,
    ErrorCode::NodeStateUnusable,
    ErrorCode::JobScheduleBeingTerminated,
    ErrorCode::JobScheduleBeingDeleted,
    ErrorCode::JobScheduleDisabled,
    ErrorCode::JobScheduleCompleted,
    ErrorCode::CertificateBeingDeleted,
    ErrorCode::JobScheduleExists,
    ErrorCode::NodeUserExists,
    ErrorCode::CertificateExists,
    ErrorCode::JobDisabled,
    ErrorCode::JobNotActive,
    ErrorCode::JobPreparationTaskNotSpecified,
    ErrorCode::JobReleaseTaskNotSpecified,
    ErrorCode::TaskIdSameAsJobPreparationTask,
    ErrorCode::TaskIdSameAsJobReleaseTask,
    ErrorCode::JobWithSameIdExists,
    ErrorCode::JobScheduleWithSameIdExists,
    ErrorCode::NodeAlreadyInTargetSchedulingState,
    ErrorCode::OperationNotValidOnNode,
    ErrorCode::OperationNotValidOnPool,
    ErrorCode::InvalidApplicationPackageReferences,
    ErrorCode::TooManyEnableAutoScaleRequests,
    ErrorCode::CertificateStateActive,
    ErrorCode::CertificateDeleteFailed,
    ErrorCode::CertificateStateDeleteFailed,
    ErrorCode::InvalidCertificateReferences,
    ErrorCode::ResourceNotFound,
    ErrorCode::NotImplemented,
};

TEST(ErrorListTest, EveryCodeIsProvokedOrExcused) {
  std::set<ErrorCode> covered(std::begin(kWithoutRow), std::end(kWithoutRow));
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
