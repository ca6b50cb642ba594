// How to meet the error codes of requests as such, and of pools, jobs, tasks and files.
#include "tests/unit/rest/errors_fixture.h"

namespace emulator::rest {
namespace {

const std::string kQuery = "?" + std::string{kVersionQuery};
const std::vector<std::string> kProperty = {"PropertyName"};
const std::vector<std::string> kPropertyAndReason = {"PropertyName", "Reason"};
const std::vector<std::string> kParameter = {"QueryParameterName", "QueryParameterValue"};

}  // namespace

/// Lambdas here are the class's own, so that they may use the fixture.
std::vector<Row> ErrorsTest::common_rows() {
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

}  // namespace emulator::rest
