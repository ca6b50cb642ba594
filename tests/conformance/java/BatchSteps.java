// What a user of com.microsoft.azure:azure-batch does: a pool, a job, 150 tasks, their files, listing by page, deletion.
import com.microsoft.azure.PagedList;
import com.microsoft.azure.batch.BatchClient;
import com.microsoft.azure.batch.auth.BatchCredentials;
import com.microsoft.azure.batch.interceptor.BatchClientParallelOptions;
import com.microsoft.azure.batch.protocol.models.*;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

class BatchSteps {
  static final int TASKS = 150;
  private static final String POOL = "java-pool";
  private static final String JOB = "java-job";
  private static final int NODES = 2;
  private static final int SLOTS = 4;
  private static final int PAGE = 40;
  private static final long WITHIN_MS = 120_000;

  private final BatchClient client;

  BatchSteps(BatchCredentials credentials) {
    client = BatchClient.open(credentials);
  }

  static String endpoint() {
    String endpoint = System.getenv("AZURE_BATCH_ENDPOINT");
    check(endpoint.matches("https://" + System.getenv("AZURE_BATCH_ACCOUNT") + "\\.[a-z0-9]+\\.batch\\.azure\\.com/?"), endpoint + " is no real name");
    return endpoint;
  }

  static void ok(String step) {
    System.out.println("ok: " + step);
  }

  static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  static String text(int number) {
    return "number " + number + "\n";
  }

  /** The jars that are really there: artifact and version. */
  static void tellVersions(String... artifacts) {
    List<String> told = new ArrayList<>();
    for (String artifact : artifacts) {
      for (String jar : System.getProperty("java.class.path").split(":")) {
        String name = jar.substring(jar.lastIndexOf('/') + 1);
        if (name.matches(artifact + "-[0-9].*\\.jar")) told.add(name.replaceAll("-([0-9].*)\\.jar$", " $1"));
      }
    }
    System.out.println("client: " + String.join(", ", told));
  }

  void makePool() throws Exception {
    PoolAddParameter pool = new PoolAddParameter().withId(POOL).withVmSize("standard_d4s_v3").withTargetDedicatedNodes(NODES).withTaskSlotsPerNode(SLOTS)
        .withVirtualMachineConfiguration(new VirtualMachineConfiguration().withNodeAgentSKUId("batch.node.ubuntu 22.04")
            .withImageReference(new ImageReference().withPublisher("canonical").withOffer("0001-com-ubuntu-server-jammy").withSku("22_04-lts")));
    client.poolOperations().createPool(pool);
    refused(409, "PoolExists", () -> {
      client.poolOperations().createPool(pool);
      return null;
    });
    waitFor("idle nodes", () -> {
      List<ComputeNode> nodes = all(client.computeNodeOperations().listComputeNodes(POOL));
      return nodes.size() == NODES && nodes.stream().allMatch(node -> node.state() == ComputeNodeState.IDLE);
    });
    ok("pool of " + NODES + " nodes");
  }

  /** The client cuts the 150 tasks into requests by itself; `outputs` gives the output files of a task, or null. */
  void runTasks(IntFunction<List<OutputFile>> outputs) throws Exception {
    client.jobOperations().createJob(JOB, new PoolInformation().withPoolId(POOL));
    List<TaskAddParameter> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(new TaskAddParameter().withId("task" + i).withCommandLine("/bin/sh -c 'echo number " + i + " | tee result.txt'").withOutputFiles(outputs.apply(i)));
    }
    // With one thread at a time (its default) this client can miss the end of that thread and wait forever.
    client.taskOperations().createTasks(JOB, tasks, List.of(new BatchClientParallelOptions(10)));
    waitFor("completion of all tasks", () -> client.jobOperations().getTaskCounts(JOB).completed() == TASKS);
    ok("job of " + TASKS + " tasks");
  }

  void checkPages() throws Exception {
    PagedList<CloudTask> tasks = client.protocolLayer().tasks().list(JOB, new TaskListOptions().withMaxResults(PAGE));
    int pages = 1;
    for (; tasks.hasNextPage(); pages++) tasks.loadNextPage();
    check(pages == (TASKS + PAGE - 1) / PAGE && tasks.size() == TASKS, pages + " pages, " + tasks.size() + " tasks");
    for (CloudTask task : tasks) check(task.executionInfo().result() == TaskExecutionResult.SUCCESS, task.id() + " failed");
    ok(pages + " pages of tasks");
  }

  void checkFiles() throws Exception {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    client.fileOperations().getFileFromTask(JOB, "task149", "stdout.txt", text);
    check(text.toString(StandardCharsets.UTF_8).equals(text(149)), "stdout.txt holds " + text);
    Set<String> names = all(client.fileOperations().listFilesFromTask(JOB, "task7", true, null)).stream().map(NodeFile::name).collect(Collectors.toSet());
    check(names.containsAll(Set.of("stdout.txt", "wd/result.txt")), "task files: " + names);
    client.fileOperations().deleteFileFromTask(JOB, "task7", "wd/result.txt");
    refused(404, "FileNotFound", () -> client.fileOperations().getFilePropertiesFromTask(JOB, "task7", "wd/result.txt"));
    ok("task files listed, read, deleted");
  }

  void deleteAll() throws Exception {
    client.taskOperations().deleteTask(JOB, "task0");
    refused(404, "TaskNotFound", () -> client.taskOperations().getTask(JOB, "task0"));
    client.jobOperations().deleteJob(JOB);
    client.poolOperations().deletePool(POOL);
    waitFor("deletion of the job", () -> absent(() -> client.jobOperations().getJob(JOB)));
    waitFor("deletion of the pool", () -> absent(() -> client.poolOperations().getPool(POOL)));
    ok("task, job and pool deleted");
  }

  private static boolean absent(Callable<?> get) throws Exception {
    try {
      get.call();
      return false;
    } catch (BatchErrorException error) {
      check(error.response().code() == 404, error.toString());
      return true;
    }
  }

  /** Status and code; an answer to HEAD has no body to take the code from. */
  private static void refused(int status, String code, Callable<?> call) throws Exception {
    try {
      call.call();
    } catch (BatchErrorException error) {
      check(error.response().code() == status && (error.body() == null || code.equals(error.body().code())), error.toString());
      return;
    }
    throw new AssertionError("not refused with " + code);
  }

  private static <T> List<T> all(PagedList<T> list) {
    list.loadAll();
    return list;
  }

  static void waitFor(String what, Callable<Boolean> look) throws Exception {
    for (long deadline = System.currentTimeMillis() + WITHIN_MS; !look.call(); Thread.sleep(100)) {
      check(System.currentTimeMillis() < deadline, what + " did not happen in time");
    }
  }
}
