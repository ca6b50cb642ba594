// Every operation of the newest Java client that Maven offers (com.microsoft.azure:azure-batch, api-version 2024-07-01.20.0),
// each with its result looked at.
//
// Started by client_operations.py, which gives the endpoint, a container's address for logs, the id of an application and two
// certificates in the environment. Steps run in order; a step that fails does not stop the others.
import com.microsoft.azure.PagedList;
import com.microsoft.azure.batch.BatchClient;
import com.microsoft.azure.batch.interceptor.BatchClientParallelOptions;
import com.microsoft.azure.batch.DetailLevel;
import com.microsoft.azure.batch.auth.BatchSharedKeyCredentials;
import com.microsoft.azure.batch.protocol.models.*;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.joda.time.DateTime;
import org.joda.time.Period;

public class Operations {
  private static final long WITHIN_MS = 60_000;
  private static final String NODES = "nodes";

  interface Body {
    void run() throws Exception;
  }

  private final BatchClient client = BatchClient.open(
      new BatchSharedKeyCredentials(environment("BATCH_URL"), environment("BATCH_ACCOUNT"), environment("BATCH_KEY")));
  private int passed = 0;
  private int failed = 0;

  public static void main(String[] arguments) {
    Operations operations = new Operations();
    operations.runAll();
    System.out.println(operations.passed + " steps passed, " + operations.failed + " failed");
    System.exit(operations.failed == 0 ? 0 : 1);
  }

  private void runAll() {
    step("pools", this::pools);
    step("autoscale", this::autoscale);
    step("resizing", this::resizing);
    step("account", this::account);
    step("applications", this::applications);
    step("jobs", this::jobs);
    step("preparation and release", this::preparationAndRelease);
    step("job schedules", this::schedules);
    step("tasks", this::tasks);
    step("subtasks", this::subtasks);
    step("files", this::files);
    step("node users, logins and logs", this::nodeUsers);
    step("node extensions", this::extensions);
    step("node actions", this::nodeActions);
    step("certificates", this::certificates);
    step("no operation of the client was left out", this::nothingLeftOut);
  }

  // What the steps share.
  private static String environment(String name) {
    return Objects.requireNonNull(System.getenv(name), name);
  }

  private void step(String name, Body body) {
    try {
      body.run();
      passed++;
      System.out.println("ok      " + name);
    } catch (BatchErrorException error) {
      failed++;
      StackTraceElement place = Stream.of(error.getStackTrace()).filter(e -> e.getClassName().equals("Operations")).findFirst().orElse(null);
      System.out.println("FAILED  " + name + "\n        " + error.response().code() + " " + (error.body() == null ? "" : error.body().code() + ": " + error.body().message().value()) + " at " + place);
    } catch (Exception | AssertionError error) {
      failed++;
      StackTraceElement place = Stream.of(error.getStackTrace()).filter(e -> e.getClassName().equals("Operations") && !e.getMethodName().equals("check")).findFirst().orElse(null);
      System.out.println("FAILED  " + name + "\n        " + error + " at " + place);
    }
  }

  private static void check(Object expected, Object given) {
    if (!Objects.equals(expected, given)) throw new AssertionError("expected " + expected + ", got " + given);
  }

  private static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  private static <T> T waitFor(String what, Callable<T> look) throws Exception {
    long deadline = System.currentTimeMillis() + WITHIN_MS;
    for (;;) {
      T found = look.call();
      if (found != null) return found;
      check(System.currentTimeMillis() < deadline, what + " did not happen in time");
      Thread.sleep(20);
    }
  }

  private static void refused(int status, String code, Body call) throws Exception {
    try {
      call.run();
    } catch (BatchErrorException error) {
      check(List.of(status, code), List.of(error.response().code(), error.body().code()));
      return;
    }
    throw new AssertionError(code + " was expected");
  }

  private static void gone(Body call) throws Exception {
    waitFor("the resource being gone", () -> {
      try {
        call.run();
        return null;
      } catch (BatchErrorException error) {
        check(404, error.response().code());
        return true;
      } catch (Exception error) {
        throw new AssertionError(error);
      }
    });
  }

  private static <T> List<T> all(PagedList<T> list) {
    list.loadAll();
    return list;
  }

  private static DetailLevel filter(String clause) {
    return new DetailLevel.Builder().withFilterClause(clause).build();
  }

  private static VirtualMachineConfiguration machine() {
    return new VirtualMachineConfiguration()
        .withImageReference(new ImageReference().withPublisher("canonical").withOffer("0001-com-ubuntu-server-jammy").withSku("22_04-lts"))
        .withNodeAgentSKUId("batch.node.ubuntu 22.04");
  }

  private void addPool(String id, Consumer<PoolAddParameter> more) throws Exception {
    PoolAddParameter pool = new PoolAddParameter().withId(id).withVmSize("standard_d2s_v3").withVirtualMachineConfiguration(machine()).withTargetDedicatedNodes(0);
    more.accept(pool);
    client.poolOperations().createPool(pool);
    steady(id);
  }

  private CloudPool steady(String id) throws Exception {
    return waitFor(id + " becoming steady", () -> {
      CloudPool pool = client.poolOperations().getPool(id);
      return pool.allocationState() == AllocationState.STEADY ? pool : null;
    });
  }

  private List<ComputeNode> idle(String pool, int count) throws Exception {
    return waitFor(count + " idle nodes in " + pool, () -> {
      List<ComputeNode> nodes = all(client.computeNodeOperations().listComputeNodes(pool));
      return nodes.size() == count && nodes.stream().allMatch(node -> node.state() == ComputeNodeState.IDLE) ? nodes : null;
    });
  }

  private static PoolInformation on(String pool) {
    return new PoolInformation().withPoolId(pool);
  }

  private CloudTask reaches(String job, String id, TaskState state) throws Exception {
    return waitFor("task " + id + " becoming " + state, () -> {
      CloudTask task = client.taskOperations().getTask(job, id);
      return task.state() == state ? task : null;
    });
  }

  private CloudTask runTask(String job, String id, String command) throws Exception {
    client.taskOperations().createTask(job, new TaskAddParameter().withId(id).withCommandLine(command));
    return reaches(job, id, TaskState.COMPLETED);
  }

  private CloudJob jobBecomes(String id, JobState state) throws Exception {
    return waitFor("job " + id + " becoming " + state, () -> {
      CloudJob job = client.jobOperations().getJob(id);
      return job.state() == state ? job : null;
    });
  }

  // The steps.
  private void pools() throws Exception {
    VMExtension extension = new VMExtension().withName("monitor").withPublisher("Microsoft.Azure.Monitor").withType("AzureMonitorLinuxAgent").withTypeHandlerVersion("1.0");
    client.poolOperations().createPool(new PoolAddParameter().withId(NODES).withVmSize("standard_d2s_v3").withTargetDedicatedNodes(2).withTaskSlotsPerNode(4)
        .withVirtualMachineConfiguration(machine().withExtensions(List.of(extension))));
    idle(NODES, 2);
    addPool("pool", pool -> pool.withDisplayName("A pool").withMetadata(List.of(new MetadataItem().withName("k").withValue("v"))));
    CloudPool pool = client.poolOperations().getPool("pool");
    check(List.of("A pool", PoolState.ACTIVE, "v"), List.of(pool.displayName(), pool.state(), pool.metadata().get(0).value()));
    check(true, client.poolOperations().existsPool("pool"));
    check(false, client.poolOperations().existsPool("absent"));
    check(List.of("pool"), all(client.poolOperations().listPools(filter("startswith(id, 'poo')"))).stream().map(CloudPool::id).collect(Collectors.toList()));
    client.poolOperations().patchPool("pool", new PoolPatchParameter().withStartTask(new StartTask().withCommandLine("true")));
    check("true", client.poolOperations().getPool("pool").startTask().commandLine());
    client.poolOperations().updatePoolProperties("pool", new PoolUpdatePropertiesParameter().withCertificateReferences(List.of()).withApplicationPackageReferences(List.of()).withMetadata(List.of()));
    check(null, client.poolOperations().getPool("pool").startTask());
    client.poolOperations().deletePool("pool");
    gone(() -> client.poolOperations().getPool("pool"));
  }

  private void autoscale() throws Exception {
    addPool("scaling", pool -> {});
    client.poolOperations().enableAutoScale("scaling", "$TargetDedicatedNodes = 0;", Period.minutes(10));
    AutoScaleRun run = client.poolOperations().evaluateAutoScale("scaling", "x = avg(2, 4); $TargetDedicatedNodes = x;");
    check(run.results().contains("$TargetDedicatedNodes=3"), run.results());
    check(true, client.poolOperations().getPool("scaling").enableAutoScale());
    steady("scaling");
    client.poolOperations().disableAutoScale("scaling");
    check(false, client.poolOperations().getPool("scaling").enableAutoScale());
  }

  private void resizing() throws Exception {
    addPool("resized", pool -> {});
    client.poolOperations().resizePool("resized", 3, 0);
    List<ComputeNode> nodes = idle("resized", 3);
    steady("resized");
    client.poolOperations().removeNodeFromPool("resized", nodes.get(0).id());
    idle("resized", 2);
    steady("resized");
    client.poolOperations().removeNodesFromPool("resized", List.of(nodes.get(1)));
    check(nodes.get(2).id(), idle("resized", 1).get(0).id());
    steady("resized");
    client.jobOperations().createJob("holding", on("resized"));
    client.taskOperations().createTask("holding", new TaskAddParameter().withId("t").withCommandLine("sleep 600"));
    reaches("holding", "t", TaskState.RUNNING);
    client.poolOperations().resizePool("resized", 0, 0, Period.minutes(15), ComputeNodeDeallocationOption.TASK_COMPLETION);
    client.poolOperations().stopResizePool("resized");
    CloudPool stopped = steady("resized");
    check(List.of(1, "ResizeStopped"), List.of(stopped.currentDedicatedNodes(), stopped.resizeErrors().get(0).code()));
    client.jobOperations().deleteJob("holding");
  }

  private void account() throws Exception {
    List<ImageInformation> images = all(client.accountOperations().listSupportedImages());
    check(images.stream().anyMatch(image -> image.nodeAgentSKUId().equals("batch.node.ubuntu 22.04") && image.osType() == OSType.LINUX), "no Ubuntu 22.04");
    PoolNodeCounts counts = all(client.accountOperations().listPoolNodeCounts()).stream().filter(item -> item.poolId().equals(NODES)).findFirst().orElseThrow();
    check(2, counts.dedicated().idle());
    check(0, all(client.poolOperations().listPoolUsageMetrics(DateTime.now().minusHours(6), DateTime.now().minusHours(3))).size());
  }

  private void applications() throws Exception {
    String id = environment("APPLICATION");
    ApplicationSummary listed = all(client.applicationOperations().listApplications()).stream().filter(item -> item.id().equals(id)).findFirst().orElseThrow();
    check(List.of("1.0"), listed.versions());
    check(List.of("1.0"), client.applicationOperations().getApplication(id).versions());
  }

  private void jobs() throws Exception {
    client.jobOperations().createJob(new JobAddParameter().withId("job").withPriority(5).withPoolInfo(on(NODES)));
    check(5, client.jobOperations().getJob("job").priority());
    check(List.of("job"), all(client.jobOperations().listJobs(filter("startswith(id, 'job')"))).stream().map(CloudJob::id).collect(Collectors.toList()));
    client.jobOperations().patchJob("job", new JobPatchParameter().withConstraints(new JobConstraints().withMaxTaskRetryCount(3)));
    check(3, client.jobOperations().getJob("job").constraints().maxTaskRetryCount());
    client.jobOperations().updateJob("job", new JobUpdateParameter().withPoolInfo(on(NODES)));
    CloudJob updated = client.jobOperations().getJob("job");
    check(List.of(0, 0), List.of(updated.priority(), updated.constraints().maxTaskRetryCount()));
    client.jobOperations().disableJob("job", DisableJobOption.REQUEUE);
    jobBecomes("job", JobState.DISABLED);
    client.jobOperations().enableJob("job");
    jobBecomes("job", JobState.ACTIVE);
    client.jobOperations().terminateJob("job", "enough");
    check("enough", jobBecomes("job", JobState.COMPLETED).executionInfo().terminateReason());
    refused(409, "JobCompleted", () -> client.taskOperations().createTask("job", new TaskAddParameter().withId("late").withCommandLine("true")));
    client.jobOperations().deleteJob("job");
    gone(() -> client.jobOperations().getJob("job"));
  }

  private void preparationAndRelease() throws Exception {
    client.jobOperations().createJob(new JobAddParameter().withId("prepared").withPoolInfo(on(NODES))
        .withJobPreparationTask(new JobPreparationTask().withCommandLine("true")).withJobReleaseTask(new JobReleaseTask().withCommandLine("true")));
    runTask("prepared", "t", "true");
    client.jobOperations().terminateJob("prepared", "done");  // without a reason this client sends no body, and refuses itself
    jobBecomes("prepared", JobState.COMPLETED);
    List<JobPreparationAndReleaseTaskExecutionInformation> status = all(client.jobOperations().listPreparationAndReleaseTaskStatus("prepared"));
    check(1, status.size());
    check(TaskExecutionResult.SUCCESS, status.get(0).jobPreparationTaskExecutionInfo().result());
    check(0, status.get(0).jobReleaseTaskExecutionInfo().exitCode());
  }

  private void schedules() throws Exception {
    JobSpecification specification = new JobSpecification().withPoolInfo(on(NODES)).withPriority(7);
    client.jobScheduleOperations().createJobSchedule("schedule", new Schedule().withRecurrenceInterval(Period.hours(1)), specification);
    check(true, client.jobScheduleOperations().existsJobSchedule("schedule"));
    check(false, client.jobScheduleOperations().existsJobSchedule("absent"));
    waitFor("the first job", () -> client.jobScheduleOperations().getJobSchedule("schedule").executionInfo().recentJob());
    check(List.of("schedule:job-1"), all(client.jobOperations().listJobs("schedule")).stream().map(CloudJob::id).collect(Collectors.toList()));
    check(List.of("schedule"), all(client.jobScheduleOperations().listJobSchedules()).stream().map(CloudJobSchedule::id).collect(Collectors.toList()));
    client.jobScheduleOperations().disableJobSchedule("schedule");
    check(JobScheduleState.DISABLED, client.jobScheduleOperations().getJobSchedule("schedule").state());
    client.jobScheduleOperations().enableJobSchedule("schedule");
    client.jobScheduleOperations().patchJobSchedule("schedule", null, null, List.of(new MetadataItem().withName("k").withValue("v")));
    check("v", client.jobScheduleOperations().getJobSchedule("schedule").metadata().get(0).value());
    client.jobScheduleOperations().updateJobSchedule("schedule", new Schedule().withRecurrenceInterval(Period.hours(2)), specification.withPriority(9));
    CloudJobSchedule updated = client.jobScheduleOperations().getJobSchedule("schedule");
    check(9, updated.jobSpecification().priority());
    check(null, updated.metadata());
    client.jobScheduleOperations().terminateJobSchedule("schedule");
    waitFor("the schedule's end", () -> client.jobScheduleOperations().getJobSchedule("schedule").state() == JobScheduleState.COMPLETED ? true : null);
    client.jobScheduleOperations().deleteJobSchedule("schedule");
    gone(() -> client.jobScheduleOperations().getJobSchedule("schedule"));
  }

  private void tasks() throws Exception {
    client.jobOperations().createJob("tasks", on(NODES));
    CloudTask done = runTask("tasks", "one", "true");
    check(List.of(0, TaskExecutionResult.SUCCESS, NODES), List.of(done.executionInfo().exitCode(), done.executionInfo().result(), done.nodeInfo().poolId()));
    List<TaskAddParameter> many = new ArrayList<>();
    for (int i = 0; i < 150; i++) many.add(new TaskAddParameter().withId("m" + i).withCommandLine("true"));
    // With one thread this client waits for a notice that a fast answer has already given.
    client.taskOperations().createTasks("tasks", many, List.of(new BatchClientParallelOptions(10)));
    check(150, all(client.taskOperations().listTasks("tasks", filter("startswith(id, 'm')"))).size());
    waitFor("all tasks being counted as completed", () -> client.jobOperations().getTaskCounts("tasks").completed() == 151 ? true : null);
    check(151, client.jobOperations().getTaskSlotCounts("tasks").completed());
    check(151, client.jobOperations().getTaskCountsResult("tasks").taskCounts().succeeded());
    client.taskOperations().createTask("tasks", new TaskAddParameter().withId("running").withCommandLine("sleep 600"));
    reaches("tasks", "running", TaskState.RUNNING);
    client.taskOperations().updateTask("tasks", "running", new TaskConstraints().withMaxTaskRetryCount(2));
    check(2, client.taskOperations().getTask("tasks", "running").constraints().maxTaskRetryCount());
    client.taskOperations().terminateTask("tasks", "running");
    check("TaskEnded", reaches("tasks", "running", TaskState.COMPLETED).executionInfo().failureInfo().code());
    client.taskOperations().reactivateTask("tasks", "running");
    reaches("tasks", "running", TaskState.RUNNING);
    client.taskOperations().deleteTask("tasks", "running");
    refused(404, "TaskNotFound", () -> client.taskOperations().getTask("tasks", "running"));
  }

  private void subtasks() throws Exception {
    // Multi-instance tasks need nodes of one slot that may talk to each other (contract 6.10).
    addPool("multi", pool -> pool.withTargetDedicatedNodes(2).withEnableInterNodeCommunication(true));
    client.jobOperations().createJob("multi", on("multi"));
    client.taskOperations().createTask("multi", new TaskAddParameter().withId("t").withCommandLine("true")
        .withMultiInstanceSettings(new MultiInstanceSettings().withNumberOfInstances(2).withCoordinationCommandLine("true")));
    reaches("multi", "t", TaskState.COMPLETED);
    List<SubtaskInformation> subtasks = waitFor("the subtask's end", () -> {
      List<SubtaskInformation> found = client.taskOperations().listSubtasks("multi", "t");
      return found.size() == 1 && found.get(0).state() == SubtaskState.COMPLETED ? found : null;
    });
    check(List.of(1, 0), List.of(subtasks.get(0).id(), subtasks.get(0).exitCode()));
  }

  private void files() throws Exception {
    client.jobOperations().createJob("files", on(NODES));
    String node = runTask("files", "t", "/bin/sh -c 'echo hello; echo x > x.txt'").nodeInfo().nodeId();
    String path = "workitems/files/job-1/t/wd/x.txt";
    Set<String> ofTask = all(client.fileOperations().listFilesFromTask("files", "t", true, null)).stream().map(NodeFile::name).collect(Collectors.toSet());
    check(ofTask.containsAll(Set.of("stdout.txt", "wd/x.txt")), ofTask.toString());
    Set<String> ofNode = all(client.fileOperations().listFilesFromComputeNode(NODES, node)).stream().map(NodeFile::name).collect(Collectors.toSet());
    check(ofNode.contains("workitems"), ofNode.toString());
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    client.fileOperations().getFileFromTask("files", "t", "stdout.txt", text);
    client.fileOperations().getFileFromComputeNode(NODES, node, path, text);
    check("hello\nx\n", text.toString(StandardCharsets.UTF_8));
    check(2L, client.fileOperations().getFilePropertiesFromTask("files", "t", "wd/x.txt").contentLength());
    check(2L, client.fileOperations().getFilePropertiesFromComputeNode(NODES, node, path).contentLength());
    client.fileOperations().deleteFileFromTask("files", "t", "wd/x.txt");
    refused(404, "FileNotFound", () -> client.fileOperations().deleteFileFromComputeNode(NODES, node, path));
    client.fileOperations().deleteFileFromComputeNode(NODES, node, "workitems/files/job-1/t/wd", true);
  }

  private void nodeUsers() throws Exception {
    String node = idle(NODES, 2).get(0).id();
    check(true, client.computeNodeOperations().getComputeNode(NODES, node).isDedicated());
    ComputeNodeUser alice = new ComputeNodeUser().withName("alice").withPassword("Secret-1");
    client.computeNodeOperations().addComputeNodeUser(NODES, node, alice);
    refused(409, "NodeUserExists", () -> client.computeNodeOperations().addComputeNodeUser(NODES, node, alice));
    client.computeNodeOperations().updateComputeNodeUser(NODES, node, "alice", "Secret-2", DateTime.now().plusDays(2));
    client.computeNodeOperations().deleteComputeNodeUser(NODES, node, "alice");
    refused(404, "NodeUserNotFound", () -> client.computeNodeOperations().deleteComputeNodeUser(NODES, node, "alice"));
    check(client.computeNodeOperations().getComputeNodeRemoteLoginSettings(NODES, node).remoteLoginPort() > 0, "no port");
    UploadBatchServiceLogsResult logs = client.computeNodeOperations().uploadBatchServiceLogs(NODES, node, environment("LOGS_URL"), DateTime.parse("2017-01-01"));
    check(logs.numberOfFilesUploaded() > 0, "no log was uploaded");
  }

  private void extensions() throws Exception {
    String node = idle(NODES, 2).get(0).id();
    List<NodeVMExtension> listed = all(client.protocolLayer().computeNodeExtensions().list(NODES, node));
    check(List.of("monitor"), listed.stream().map(item -> item.vmExtension().name()).collect(Collectors.toList()));
    check("AzureMonitorLinuxAgent", client.protocolLayer().computeNodeExtensions().get(NODES, node, "monitor").vmExtension().type());
  }

  private void nodeActions() throws Exception {
    addPool("acted-on", pool -> pool.withTargetDedicatedNodes(1));
    ComputeNode node = idle("acted-on", 1).get(0);
    client.computeNodeOperations().disableComputeNodeScheduling("acted-on", node.id(), DisableComputeNodeSchedulingOption.TERMINATE);
    nodeBecomes(node.id(), ComputeNodeState.OFFLINE);
    client.computeNodeOperations().enableComputeNodeScheduling("acted-on", node.id());
    nodeBecomes(node.id(), ComputeNodeState.IDLE);
    client.computeNodeOperations().rebootComputeNode("acted-on", node.id(), ComputeNodeRebootOption.TERMINATE);
    waitFor("the node having booted again", () -> {
      ComputeNode again = client.computeNodeOperations().getComputeNode("acted-on", node.id());
      return again.state() == ComputeNodeState.IDLE && again.lastBootTime().isAfter(node.lastBootTime()) ? true : null;
    });
    client.computeNodeOperations().reimageComputeNode("acted-on", node.id(), ComputeNodeReimageOption.REQUEUE);
    nodeBecomes(node.id(), ComputeNodeState.IDLE);
    client.computeNodeOperations().deallocateComputeNode("acted-on", node.id(), ComputeNodeDeallocateOption.TERMINATE);
    nodeBecomes(node.id(), ComputeNodeState.DEALLOCATED);
    client.computeNodeOperations().startComputeNode("acted-on", node.id());
    nodeBecomes(node.id(), ComputeNodeState.IDLE);
  }

  private void nodeBecomes(String node, ComputeNodeState state) throws Exception {
    waitFor("the node becoming " + state, () -> client.computeNodeOperations().getComputeNode("acted-on", node).state() == state ? true : null);
  }

  private String addCertificate(String text) throws Exception {
    byte[] data = Base64.getDecoder().decode(text);
    String thumbprint = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(data));
    client.certificateOperations().createCertificate(new CertificateAddParameter().withThumbprint(thumbprint).withThumbprintAlgorithm("sha1")
        .withData(text).withCertificateFormat(CertificateFormat.CER));
    return thumbprint;
  }

  private void certificates() throws Exception {
    String[] given = environment("CERTIFICATES").split(" ");
    String one = addCertificate(given[0]);
    String two = addCertificate(given[1]);
    check(Set.of(one, two), all(client.certificateOperations().listCertificates()).stream().map(Certificate::thumbprint).collect(Collectors.toSet()));
    addPool("certified", pool -> pool.withCertificateReferences(List.of(new CertificateReference().withThumbprint(one).withThumbprintAlgorithm("sha1"))));
    client.certificateOperations().deleteCertificate("sha1", one);
    waitFor("the deletion failing", () -> client.certificateOperations().getCertificate("sha1", one).state() == CertificateState.DELETE_FAILED ? true : null);
    client.certificateOperations().cancelDeleteCertificate("sha1", one);
    check(CertificateState.ACTIVE, client.certificateOperations().getCertificate("sha1", one).state());
    client.certificateOperations().deleteCertificate("sha1", two);
    gone(() -> client.certificateOperations().getCertificate("sha1", two));
  }

  /** Every operation's name stands in this file, and each step before this one has run to its end. */
  private void nothingLeftOut() throws Exception {
    check(0, failed);
    String source = Files.readString(Path.of(environment("SOURCE")));
    Set<String> missing = new TreeSet<>();
    for (Object group : List.of(client.poolOperations(), client.jobOperations(), client.taskOperations(), client.fileOperations(), client.certificateOperations(),
        client.computeNodeOperations(), client.jobScheduleOperations(), client.applicationOperations(), client.accountOperations())) {
      for (Method method : group.getClass().getDeclaredMethods()) {
        boolean operation = Modifier.isPublic(method.getModifiers()) && !method.getName().contains("ustomBehaviors");
        if (operation && !source.contains("." + method.getName() + "(")) missing.add(method.getName());
      }
    }
    check(Set.of(), missing);
  }
}
