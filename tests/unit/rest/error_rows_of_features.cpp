// How to meet the error codes of autoscale, nodes, certificates, packages, special tasks and job schedules.
#include "tests/fakes/fake_clock.h"
#include "tests/unit/rest/errors_fixture.h"
#include "tests/unit/rest/sample_certificates.h"

namespace emulator::rest {
namespace {

const std::vector<std::string> kReason = {"Reason"};
const std::vector<std::string> kNone;

json cloud_service_pool() {
  return {{"id", "p"},
          {"vmSize", "small"},
          {"targetDedicatedNodes", 1},
          {"cloudServiceConfiguration", {{"osFamily", "6"}}}};
}

json certificate_body() {
  return {{"thumbprint", kThumbprint}, {"thumbprintAlgorithm", "sha1"}, {"data", kCer}, {"certificateFormat", "cer"}};
}

const std::string kCertificate = "/certificates(thumbprintAlgorithm=sha1,thumbprint=" + std::string(kThumbprint) + ")";
const std::string kStatusOfSpecialTasks = "/jobs/j/jobpreparationandreleasetaskstatus";

}  // namespace

/// Lambdas here are the class's own, so that they may use the fixture.
std::vector<Row> ErrorsTest::feature_rows() {
  using T = ErrorsTest;
  return {
      // ---- autoscale ----
      {ErrorCode::AutoScalingFormulaSyntaxError, 400, kReason,
       [](T& t) { return t.add_scaling_pool("$TargetDedicatedNodes = ;"); }},
      {ErrorCode::AutoScalingFormulaTooLong, 400, kNone,
       [](T& t) { return t.add_scaling_pool(std::string(8193, ' ') + "a = 1;"); }},
      {ErrorCode::TooManyEnableAutoScaleRequests, 503, kNone,
       [](T& t) {
         t.add_pool();
         t.settle();
         const json formula{{"autoScaleFormula", "$TargetDedicatedNodes = 0;"}};
         EXPECT_EQ(t.post("/pools/p/enableautoscale", formula).status, 200);
         return t.post("/pools/p/enableautoscale", formula);
       }},
      {ErrorCode::OperationNotValidOnPool, 409, kNone,
       [](T& t) {
         t.add_pool();
         return t.post("/pools/p/evaluateautoscale", {{"autoScaleFormula", "$TargetDedicatedNodes = 3;"}});
       }},

      // ---- nodes ----
      {ErrorCode::NodeBeingCreated, 409, kReason,
       [](T& t) {
         core::BatchOptions options;
         options.node_boot_time = std::chrono::hours{1};
         t.reopen(options);
         return t.act(t.node_without_agent() + "/reboot");
       }},
      {ErrorCode::NodeBeingStarted, 409, kReason, [](T& t) { return t.act(t.node_without_agent() + "/reboot"); }},
      {ErrorCode::NodeBeingRebooted, 409, kReason,
       [](T& t) {
         const auto path = segment(t.ready_node());
         EXPECT_EQ(t.act(path + "/reboot").status, 202);
         return t.act(path + "/reboot");
       }},
      {ErrorCode::NodeBeingReimaged, 409, kReason,
       [](T& t) {
         const auto path = segment(t.ready_node(cloud_service_pool()));
         EXPECT_EQ(t.act(path + "/reimage").status, 202);
         return t.act(path + "/reimage");
       }},
      {ErrorCode::NodeStateUnusable, 409, kReason,
       [](T& t) {
         const auto node = t.ready_node();
         core::NodeUnusable report{.node = node, .incarnation = 1, .error = {"DiskFull", "The disk is full.", {}}};
         t.run(t.execute(std::move(report)));
         return t.act(segment(node) + "/reboot");
       }},
      {ErrorCode::NodeAlreadyInTargetSchedulingState, 409, kNone,
       [](T& t) { return t.act(segment(t.ready_node()) + "/enablescheduling"); }},
      {ErrorCode::OperationNotValidOnNode, 409, kReason,
       [](T& t) { return t.act(segment(t.ready_node()) + "/reimage"); }},
      {ErrorCode::NodeUserNotFound, 404, kNone, [](T& t) { return t.remove(segment(t.ready_node()) + "/users/ada"); }},
      {ErrorCode::NodeUserExists, 409, kNone,
       [](T& t) {
         const auto users = segment(t.ready_node()) + "/users";
         EXPECT_EQ(t.post(users, {{"name", "ada"}}).status, 201);
         return t.post(users, {{"name", "Ada"}});
       }},
      {ErrorCode::ResourceNotFound, 404, kNone,
       [](T& t) { return t.get(segment(t.ready_node()) + "/extensions/none"); }},
      {ErrorCode::NotImplemented,
       501,
       {"PropertyName", "Reason"},
       [](T& t) {
         const json logs{{"containerUrl", "http://127.0.0.1:1/a/c"},
                         {"startTime", "2026-01-01T00:00:00Z"},
                         {"identityReference", {{"resourceId", "/i"}}}};
         return t.post(segment(t.ready_node()) + "/uploadbatchservicelogs", logs);
       }},

      // ---- what pools refer to ----
      {ErrorCode::ApplicationNotFound, 404, kNone, [](T& t) { return t.get("/applications/none"); }},
      {ErrorCode::InvalidApplicationPackageReferences,
       409,
       {"ApplicationPackageReference"},
       [](T& t) {
         const json none{{"applicationId", "none"}, {"version", "1.0"}};
         return t.add_pool_with("applicationPackageReferences", json::array({none}));
       }},

      // ---- certificates ----
      {ErrorCode::CertificateNotFound, 404, kNone, [](T& t) { return t.get(kCertificate); }},
      {ErrorCode::CertificateExists, 409, kNone,
       [](T& t) {
         EXPECT_EQ(t.post("/certificates", certificate_body()).status, 201);
         return t.post("/certificates", certificate_body());
       }},
      {ErrorCode::CertificateStateActive, 409, kNone,
       [](T& t) {
         EXPECT_EQ(t.post("/certificates", certificate_body()).status, 201);
         return t.act(kCertificate + "/canceldelete");
       }},
      {ErrorCode::CertificateBeingDeleted, 409, kNone,
       [](T& t) {
         // A deletion is decided a tick later, which does not come while time stands still.
         static const fakes::FakeClock stopped;
         t.reopen({}, store::make_memory_state_store(), &stopped);
         EXPECT_EQ(t.post("/certificates", certificate_body()).status, 201);
         EXPECT_EQ(t.remove(kCertificate).status, 202);
         return t.remove(kCertificate);
       }},
      {ErrorCode::InvalidCertificateReferences,
       400,
       {"CertificateReference"},
       [](T& t) {
         const json reference{{"thumbprint", kThumbprint}, {"thumbprintAlgorithm", "sha1"}};
         return t.add_pool_with("certificateReferences", json::array({reference}));
       }},

      // ---- preparation and release ----
      {ErrorCode::JobPreparationTaskNotRunOnNode, 404, kNone,
       [](T& t) { return t.file_of_special_task("jobpreparation"); }},
      {ErrorCode::JobReleaseTaskNotRunOnNode, 404, kNone, [](T& t) { return t.file_of_special_task("jobrelease"); }},
      {ErrorCode::JobPreparationTaskNotSpecified, 409, kNone,
       [](T& t) { return t.add_job(), t.get(kStatusOfSpecialTasks); }},
      {ErrorCode::JobReleaseTaskNotSpecified, 409, kNone,
       [](T& t) {
         EXPECT_EQ(t.add_job_with("jobPreparationTask", {{"commandLine", "prepare"}}).status, 201);
         return t.get(kStatusOfSpecialTasks + "?" + std::string{kVersionQuery} +
                      "&$filter=jobReleaseTaskExecutionInfo/state%20eq%20'running'");
       }},
      {ErrorCode::TaskIdSameAsJobPreparationTask, 409, kNone,
       [](T& t) { return t.job_with_special_tasks(), t.add_task_with("id", "JobPreparation"); }},
      {ErrorCode::TaskIdSameAsJobReleaseTask, 409, kNone,
       [](T& t) { return t.job_with_special_tasks(), t.add_task_with("id", "JobRelease"); }},

      // ---- job schedules ----
      {ErrorCode::JobScheduleNotFound, 404, kNone, [](T& t) { return t.get("/jobschedules/none"); }},
      {ErrorCode::JobScheduleExists, 409, kNone, [](T& t) { return t.add_schedule(), t.add_schedule(); }},
      {ErrorCode::JobWithSameIdExists, 409, kNone, [](T& t) { return t.add_job("s"), t.add_schedule(); }},
      {ErrorCode::JobScheduleWithSameIdExists, 409, kNone,
       [](T& t) { return t.add_schedule(), t.post("/jobs", T::job_body("s")); }},
      {ErrorCode::JobScheduleDisabled, 409, kNone,
       [](T& t) {
         t.add_schedule();
         EXPECT_EQ(t.act("/jobschedules/s/disable").status, 204);
         return t.act("/jobschedules/s/disable");
       }},
      {ErrorCode::JobScheduleCompleted, 409, kNone,
       [](T& t) {
         t.add_schedule();
         EXPECT_EQ(t.act("/jobschedules/s/terminate").status, 202);
         t.settle();
         return t.act("/jobschedules/s/terminate");
       }},
      {ErrorCode::JobScheduleBeingTerminated, 409, kNone,
       [](T& t) {
         t.ending_schedule("POST", "/jobschedules/s/terminate");
         return t.act("/jobschedules/s/terminate");
       }},
      {ErrorCode::JobScheduleBeingDeleted, 409, kNone,
       [](T& t) {
         t.ending_schedule("DELETE", "/jobschedules/s");
         return t.remove("/jobschedules/s");
       }},
  };
}

}  // namespace emulator::rest
