// Every operation of the newest @azure/batch client, each with its result looked at.
//
// Started by client_operations.py, which gives the endpoint, a container's address for logs, the id of an application
// and two certificates in the environment. Steps run in order, as one script of a user would; a step that fails does not stop the others.
"use strict";

const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const { BatchServiceClient, BatchSharedKeyCredentials } = require("@azure/batch");

const { BATCH_URL, BATCH_ACCOUNT, BATCH_KEY, LOGS_URL, APPLICATION, CERTIFICATES } = process.env;
const WITHIN_MS = 75000;
// The emulator has no usage to list, so there is no second page to ask for.
const NEVER_CALLED = new Set(["pool.listUsageMetricsNext"]);

const client = new BatchServiceClient(new BatchSharedKeyCredentials(BATCH_ACCOUNT, BATCH_KEY), BATCH_URL);
const called = new Set();
const operations = new Set();
noteCalls();

/** Every operation of every group notes that it was called. */
function noteCalls() {
  for (const [name, group] of Object.entries(client)) {
    if (!group || group.client !== client) continue;
    for (const operation of Object.getOwnPropertyNames(Object.getPrototypeOf(group))) {
      if (operation === "constructor") continue;
      const original = group[operation].bind(group);
      operations.add(`${name}.${operation}`);
      group[operation] = (...parameters) => {
        called.add(`${name}.${operation}`);
        return original(...parameters);
      };
    }
  }
}

const steps = [];
const step = (name, body) => steps.push([name, body]);

async function waitFor(what, look) {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what} did not happen in time`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** All pages: the first by `first()`, the others by `next(link)`. */
async function pages(first, next) {
  let page = await first();
  const items = [...page];
  let count = 1;
  while (page.odatanextLink) {
    page = await next(page.odatanextLink);
    items.push(...page);
    count += 1;
  }
  return { items, count };
}

async function refused(status, code, call) {
  await assert.rejects(call, (error) => {
    assert.deepEqual([error.statusCode, error.code ?? error.body?.code], [status, code]);
    return true;
  });
}

async function gone(call) {
  await waitFor("the resource being gone", async () => {
    try {
      await call();
      return false;
    } catch (error) {
      assert.equal(error.statusCode, 404);
      return true;
    }
  });
}

const machine = (extensions) => ({
  imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
  nodeAgentSKUId: "batch.node.ubuntu 22.04",
  ...(extensions ? { extensions } : {}),
});
const extension = (name) => ({ name, publisher: "Microsoft.Azure.Monitor", type: "AzureMonitorLinuxAgent", typeHandlerVersion: "1.0" });

async function addPool(id, members = {}) {
  const target = members.enableAutoScale ? {} : { targetDedicatedNodes: 0 };
  await client.pool.add({ id, vmSize: "standard_d2s_v3", virtualMachineConfiguration: machine(), ...target, ...members });
  await steady(id);
  return id;
}

const steady = (id) => waitFor(`${id} becoming steady`, async () => {
  const pool = await client.pool.get(id);
  return pool.allocationState === "steady" && pool;
});

const idle = (pool, count) => waitFor(`${count} idle nodes in ${pool}`, async () => {
  const nodes = await client.computeNode.list(pool);
  return nodes.length === count && nodes.every((node) => node.state === "idle") && nodes;
});

async function addJob(id, members = {}) {
  await client.job.add({ id, poolInfo: { poolId: "nodes" }, ...members });
  return id;
}

const reaches = (job, id, state) => waitFor(`task ${id} becoming ${state}`, async () => {
  const task = await client.task.get(job, id);
  return task.state === state && task;
});

async function runTask(job, id, commandLine = "true", members = {}) {
  await client.task.add(job, { id, commandLine, ...members });
  return reaches(job, id, "completed");
}

const jobState = (id, state) => waitFor(`job ${id} becoming ${state}`, async () => {
  const job = await client.job.get(id);
  return job.state === state && job;
});

step("pool: add, get, exists, list, patch, updateProperties, delete", async () => {
  await client.pool.add({
    id: "nodes", vmSize: "standard_d2s_v3", targetDedicatedNodes: 2, taskSlotsPerNode: 4,
    virtualMachineConfiguration: machine([extension("first"), extension("second")]),
  });
  await idle("nodes", 2);
  await addPool("pool", { displayName: "A pool", metadata: [{ name: "k", value: "v" }] });
  const pool = await client.pool.get("pool");
  assert.deepEqual([pool.displayName, pool.state, pool.metadata[0].value, pool.taskSlotsPerNode], ["A pool", "active", "v", 1]);
  assert.equal((await client.pool.exists("pool")).body, true);
  assert.equal((await client.pool.exists("absent")).body, false);
  const listed = await pages(() => client.pool.list({ poolListOptions: { maxResults: 1, select: "id" } }), (link) => client.pool.listNext(link));
  assert.deepEqual(listed, { items: [{ id: "nodes" }, { id: "pool" }], count: 2 });
  await client.pool.patch("pool", { startTask: { commandLine: "true" } });
  assert.equal((await client.pool.get("pool")).startTask.commandLine, "true");
  await client.pool.updateProperties("pool", { certificateReferences: [], applicationPackageReferences: [], metadata: [] });
  const replaced = await client.pool.get("pool");
  assert.deepEqual([replaced.startTask, replaced.metadata ?? []], [undefined, []]);
  await refused(412, "ConditionNotMet", () => client.pool.patch("pool", { metadata: [] }, { poolPatchOptions: { ifMatch: pool.eTag } }));
  await client.pool.deleteMethod("pool");
  await gone(() => client.pool.get("pool"));
});

step("jobSchedule: one that makes a job a minute", async () => {
  // The first job is ended at once; the second comes with the next interval, while the steps below run.
  await client.jobSchedule.add({ id: "paged", schedule: { recurrenceInterval: "PT1M" }, jobSpecification: { poolInfo: { poolId: "nodes" } } });
  await waitFor("the first job", async () => (await client.jobSchedule.get("paged")).executionInfo.recentJob);
  await client.job.terminate("paged:job-1");
});

step("pool: autoscale", async () => {
  await addPool("scaling");
  await client.pool.enableAutoScale("scaling", { autoScaleFormula: "$TargetDedicatedNodes = 0;", autoScaleEvaluationInterval: "PT10M" });
  const run = await client.pool.evaluateAutoScale("scaling", "x = min(4, 9); $TargetDedicatedNodes = x;");
  assert.match(run.results, /\$TargetDedicatedNodes=4/);
  assert.equal((await client.pool.get("scaling")).enableAutoScale, true);
  await steady("scaling");
  await client.pool.disableAutoScale("scaling");
  const pool = await client.pool.get("scaling");
  assert.deepEqual([pool.enableAutoScale, pool.autoScaleFormula], [false, undefined]);
});

step("pool: resize, stopResize, removeNodes", async () => {
  await addPool("resized");
  await client.pool.resize("resized", { targetDedicatedNodes: 2 });
  const nodes = await idle("resized", 2);
  await steady("resized");
  await client.pool.removeNodes("resized", { nodeList: [nodes[0].id] });
  const left = await idle("resized", 1);
  assert.equal(left[0].id, nodes[1].id);
  await steady("resized");
  await addJob("holding", { poolInfo: { poolId: "resized" } });
  await client.task.add("holding", { id: "t", commandLine: "sleep 600" });
  await reaches("holding", "t", "running");
  await client.pool.resize("resized", { targetDedicatedNodes: 0, nodeDeallocationOption: "taskcompletion" });
  await client.pool.stopResize("resized");
  const stopped = await steady("resized");
  assert.deepEqual([stopped.currentDedicatedNodes, stopped.resizeErrors.map((error) => error.code)], [1, ["ResizeStopped"]]);
  await client.job.deleteMethod("holding");
});

step("account, usage and lifetime statistics", async () => {
  const images = await pages(() => client.account.listSupportedImages({ accountListSupportedImagesOptions: { maxResults: 10 } }), (link) => client.account.listSupportedImagesNext(link));
  assert.ok(images.count > 1);
  assert.ok(images.items.some((image) => image.nodeAgentSKUId === "batch.node.ubuntu 22.04" && image.osType === "linux"));
  await addPool("counted");
  const counts = await pages(() => client.account.listPoolNodeCounts({ accountListPoolNodeCountsOptions: { maxResults: 1 } }), (link) => client.account.listPoolNodeCountsNext(link));
  assert.ok(counts.count > 1);
  assert.equal(counts.items.find((item) => item.poolId === "nodes").dedicated.idle, 2);
  assert.deepEqual([...(await client.pool.listUsageMetrics())], []);
  const pools = await client.pool.getAllLifetimeStatistics();
  assert.ok(pools.url.endsWith("/lifetimepoolstats"), pools.url);
  const jobs = await client.job.getAllLifetimeStatistics();
  assert.ok(jobs.url.endsWith("/lifetimejobstats"), jobs.url);
});

step("application", async () => {
  const listed = await pages(() => client.application.list({ applicationListOptions: { maxResults: 1 } }), (link) => client.application.listNext(link));
  assert.equal(listed.count, 2);
  assert.deepEqual(listed.items.find((item) => item.id === APPLICATION).versions, ["1.0"]);
  assert.deepEqual((await client.application.get(APPLICATION)).versions, ["1.0"]);
  await refused(404, "ApplicationNotFound", () => client.application.get("absent"));
});

step("job", async () => {
  await addJob("job", { priority: 5, metadata: [{ name: "k", value: "v" }] });
  await addJob("job2");
  assert.equal((await client.job.get("job")).priority, 5);
  const listed = await pages(() => client.job.list({ jobListOptions: { maxResults: 1, filter: "startswith(id, 'job')" } }), (link) => client.job.listNext(link));
  assert.deepEqual(listed.items.map((job) => job.id), ["job", "job2"]);
  await client.job.patch("job", { constraints: { maxTaskRetryCount: 3 } });
  const patched = await client.job.get("job");
  assert.deepEqual([patched.priority, patched.constraints.maxTaskRetryCount], [5, 3]);
  await client.job.update("job", { poolInfo: { poolId: "nodes" } });
  const updated = await client.job.get("job");
  assert.deepEqual([updated.priority, updated.constraints.maxTaskRetryCount, updated.metadata], [0, 0, undefined]);
  await client.job.disable("job", "requeue");
  await jobState("job", "disabled");
  await client.job.enable("job");
  await jobState("job", "active");
  await client.job.terminate("job", { terminateReason: "enough" });
  assert.equal((await jobState("job", "completed")).executionInfo.terminateReason, "enough");
  await client.job.deleteMethod("job");
  await gone(() => client.job.get("job"));
});

step("job: preparation and release status", async () => {
  await addJob("prepared", { jobPreparationTask: { commandLine: "true" }, jobReleaseTask: { commandLine: "true" } });
  // A task that fills a node each, so that both nodes are prepared.
  await client.task.addCollection("prepared", [0, 1].map((i) => ({ id: `t${i}`, commandLine: "sleep 600", requiredSlots: 4 })));
  for (const id of ["t0", "t1"]) await reaches("prepared", id, "running");
  await client.job.terminate("prepared");
  await jobState("prepared", "completed");
  const status = await pages(
    () => client.job.listPreparationAndReleaseTaskStatus("prepared", { jobListPreparationAndReleaseTaskStatusOptions: { maxResults: 1 } }),
    (link) => client.job.listPreparationAndReleaseTaskStatusNext(link));
  assert.equal(status.count, 2);
  for (const item of status.items) {
    assert.deepEqual([item.poolId, item.jobPreparationTaskExecutionInfo.result, item.jobReleaseTaskExecutionInfo.exitCode], ["nodes", "success", 0]);
  }
});

step("jobSchedule", async () => {
  const specification = { poolInfo: { poolId: "nodes" }, priority: 7 };
  await client.jobSchedule.add({ id: "schedule", schedule: { recurrenceInterval: "PT1H" }, jobSpecification: specification });
  await client.jobSchedule.add({ id: "schedule2", schedule: { doNotRunUntil: new Date(Date.now() + 86400000) }, jobSpecification: specification });
  assert.equal((await client.jobSchedule.exists("schedule")).body, true);
  assert.equal((await client.jobSchedule.exists("absent")).body, false);
  const schedule = await waitFor("the first job", async () => {
    const got = await client.jobSchedule.get("schedule");
    return got.executionInfo.recentJob && got;
  });
  assert.equal(schedule.executionInfo.recentJob.id, "schedule:job-1");
  const listed = await pages(() => client.jobSchedule.list({ jobScheduleListOptions: { maxResults: 1 } }), (link) => client.jobSchedule.listNext(link));
  assert.deepEqual(listed.items.map((item) => item.id), ["paged", "schedule", "schedule2"]);
  const jobs = await client.job.listFromJobSchedule("schedule");
  assert.deepEqual(jobs.map((job) => [job.id, job.priority]), [["schedule:job-1", 7]]);
  await client.jobSchedule.disable("schedule");
  assert.equal((await client.jobSchedule.get("schedule")).state, "disabled");
  await client.jobSchedule.enable("schedule");
  await client.jobSchedule.patch("schedule", { metadata: [{ name: "k", value: "v" }] });
  assert.equal((await client.jobSchedule.get("schedule")).metadata[0].value, "v");
  await client.jobSchedule.update("schedule", { schedule: { recurrenceInterval: "PT2H" }, jobSpecification: { ...specification, priority: 9 } });
  const updated = await client.jobSchedule.get("schedule");
  assert.deepEqual([updated.jobSpecification.priority, updated.metadata], [9, undefined]);
  await client.jobSchedule.terminate("schedule");
  await waitFor("the schedule's end", async () => (await client.jobSchedule.get("schedule")).state === "completed");
  await client.jobSchedule.deleteMethod("schedule");
  await gone(() => client.jobSchedule.get("schedule"));
});

step("task", async () => {
  await addJob("tasks");
  const done = await runTask("tasks", "one");
  assert.deepEqual([done.executionInfo.exitCode, done.executionInfo.result, done.nodeInfo.poolId], [0, "success", "nodes"]);
  const added = await client.task.addCollection("tasks", [0, 1, 2].map((i) => ({ id: `m${i}`, commandLine: "true" })).concat([{ id: "one", commandLine: "true" }]));
  assert.deepEqual(added.value.map((item) => [item.taskId, item.status.toLowerCase(), item.error?.code]).sort(),
    [["m0", "success", undefined], ["m1", "success", undefined], ["m2", "success", undefined], ["one", "clienterror", "TaskExists"]]);
  const listed = await pages(() => client.task.list("tasks", { taskListOptions: { maxResults: 2 } }), (link) => client.task.listNext(link));
  assert.deepEqual([listed.count, listed.items.length], [2, 4]);
  await waitFor("all tasks being counted as completed", async () => (await client.job.getTaskCounts("tasks")).taskCounts.completed === 4);
  await client.task.add("tasks", { id: "running", commandLine: "sleep 600" });
  await reaches("tasks", "running", "running");
  await client.task.update("tasks", "running", { constraints: { maxTaskRetryCount: 2 } });
  assert.equal((await client.task.get("tasks", "running")).constraints.maxTaskRetryCount, 2);
  await client.task.terminate("tasks", "running");
  assert.equal((await reaches("tasks", "running", "completed")).executionInfo.failureInfo.code, "TaskEnded");
  await client.task.reactivate("tasks", "running");
  await reaches("tasks", "running", "running");
  await client.task.deleteMethod("tasks", "running");
  await refused(404, "TaskNotFound", () => client.task.get("tasks", "running"));
});

step("task: subtasks", async () => {
  // Multi-instance tasks need nodes of one slot that may talk to each other (contract 6.10).
  await addPool("multi", { targetDedicatedNodes: 2, enableInterNodeCommunication: true });
  await addJob("multi", { poolInfo: { poolId: "multi" } });
  await runTask("multi", "t", "true", { multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: "true" } });
  const subtasks = await waitFor("the subtask's end", async () => {
    const { value } = await client.task.listSubtasks("multi", "t");
    return value.length === 1 && value[0].state === "completed" && value;
  });
  assert.deepEqual([subtasks[0].id, subtasks[0].exitCode], [1, 0]);
});

async function text(response) {
  const parts = [];
  for await (const part of response.readableStreamBody) parts.push(part);
  return Buffer.concat(parts).toString();
}

step("file", async () => {
  await addJob("files");
  const node = (await runTask("files", "t", "/bin/sh -c 'echo hello; echo x > x.txt'")).nodeInfo.nodeId;
  const path = "workitems/files/job-1/t/wd/x.txt";
  const ofTask = await pages(
    () => client.file.listFromTask("files", "t", { recursive: true, fileListFromTaskOptions: { maxResults: 2 } }),
    (link) => client.file.listFromTaskNext(link, { recursive: true }));
  assert.ok(ofTask.count > 1);
  assert.ok(ofTask.items.some((file) => file.name === "wd/x.txt" && file.properties.contentLength === 2 && !file.isDirectory));
  const ofNode = await pages(
    () => client.file.listFromComputeNode("nodes", node, { fileListFromComputeNodeOptions: { maxResults: 2 } }),
    (link) => client.file.listFromComputeNodeNext(link));
  assert.ok(ofNode.items.some((file) => file.name === "workitems" && file.isDirectory));
  assert.equal(await text(await client.file.getFromTask("files", "t", "stdout.txt")), "hello\n");
  assert.equal(await text(await client.file.getFromTask("files", "t", "stdout.txt", { fileGetFromTaskOptions: { ocpRange: "bytes=1-2" } })), "el");
  assert.equal(await text(await client.file.getFromComputeNode("nodes", node, path)), "x\n");
  const properties = await client.file.getPropertiesFromTask("files", "t", "wd/x.txt");
  assert.deepEqual([properties.contentLength, String(properties.ocpBatchFileIsdirectory)], [2, "False"]);
  assert.equal((await client.file.getPropertiesFromComputeNode("nodes", node, path)).contentLength, 2);
  await client.file.deleteFromTask("files", "t", "wd/x.txt");
  await refused(404, "FileNotFound", () => client.file.deleteFromComputeNode("nodes", node, path));
  await client.file.deleteFromComputeNode("nodes", node, "workitems/files/job-1/t/wd", { recursive: true });
});

step("computeNode: reading, users, logins, logs", async () => {
  const listed = await pages(() => client.computeNode.list("nodes", { computeNodeListOptions: { maxResults: 1 } }), (link) => client.computeNode.listNext(link));
  assert.equal(listed.count, 2);
  const node = listed.items[0].id;
  assert.equal((await client.computeNode.get("nodes", node)).isDedicated, true);
  await client.computeNode.addUser("nodes", node, { name: "alice", password: "Secret-1" });
  await refused(409, "NodeUserExists", () => client.computeNode.addUser("nodes", node, { name: "alice", password: "Secret-1" }));
  await client.computeNode.updateUser("nodes", node, "alice", { password: "Secret-2" });
  await client.computeNode.deleteUser("nodes", node, "alice");
  await refused(404, "NodeUserNotFound", () => client.computeNode.deleteUser("nodes", node, "alice"));
  const login = await client.computeNode.getRemoteLoginSettings("nodes", node);
  assert.ok(login.remoteLoginIPAddress && login.remoteLoginPort > 0);
  const uploaded = await client.computeNode.uploadBatchServiceLogs("nodes", node, { containerUrl: LOGS_URL, startTime: new Date("2017-01-01") });
  assert.ok(uploaded.virtualDirectoryName && uploaded.numberOfFilesUploaded > 0);
});

step("computeNodeExtension", async () => {
  const node = (await client.computeNode.list("nodes"))[0].id;
  const listed = await pages(
    () => client.computeNodeExtension.list("nodes", node, { computeNodeExtensionListOptions: { maxResults: 1 } }),
    (link) => client.computeNodeExtension.listNext(link));
  assert.deepEqual(listed.items.map((item) => item.vmExtension.name), ["first", "second"]);
  assert.equal((await client.computeNodeExtension.get("nodes", node, "first")).vmExtension.type, "AzureMonitorLinuxAgent");
});

step("computeNode: scheduling and reboot", async () => {
  await addPool("acted-on", { targetDedicatedNodes: 1 });
  const [{ id: node, lastBootTime }] = await idle("acted-on", 1);
  await client.computeNode.disableScheduling("acted-on", node, { nodeDisableSchedulingOption: "terminate" });
  await waitFor("the node going offline", async () => (await client.computeNode.get("acted-on", node)).state === "offline");
  await client.computeNode.enableScheduling("acted-on", node);
  await idle("acted-on", 1);
  await client.computeNode.reboot("acted-on", node, { nodeRebootOption: "terminate" });
  await waitFor("the node having booted again", async () => {
    const again = await client.computeNode.get("acted-on", node);
    return again.state === "idle" && again.lastBootTime > lastBootTime;
  });
});

step("computeNode: reimage and remote desktop, of a pool of cloud services", async () => {
  await client.pool.add({ id: "cloud", vmSize: "small", cloudServiceConfiguration: { osFamily: "6" }, targetDedicatedNodes: 1 });
  const [{ id: node }] = await idle("cloud", 1);
  assert.match(await text(await client.computeNode.getRemoteDesktop("cloud", node)), /full address/);
  await client.computeNode.reimage("cloud", node, { nodeReimageOption: "terminate" });
  await idle("cloud", 1);
});

step("certificate", async () => {
  const [one, two] = CERTIFICATES.split(" ").map((data) => ({
    thumbprint: crypto.createHash("sha1").update(Buffer.from(data, "base64")).digest("hex"), thumbprintAlgorithm: "sha1", data, certificateFormat: "cer",
  }));
  await client.certificate.add(one);
  await client.certificate.add(two);
  const listed = await pages(() => client.certificate.list({ certificateListOptions: { maxResults: 1 } }), (link) => client.certificate.listNext(link));
  assert.deepEqual(listed.items.map((item) => item.thumbprint).sort(), [one.thumbprint, two.thumbprint].sort());
  await addPool("certified", { certificateReferences: [{ thumbprint: one.thumbprint, thumbprintAlgorithm: "sha1" }] });
  await client.certificate.deleteMethod("sha1", one.thumbprint);
  await waitFor("the deletion failing", async () => (await client.certificate.get("sha1", one.thumbprint)).state === "deletefailed");
  await client.certificate.cancelDeletion("sha1", one.thumbprint);
  assert.equal((await client.certificate.get("sha1", one.thumbprint)).state, "active");
  await client.certificate.deleteMethod("sha1", two.thumbprint);
  await gone(() => client.certificate.get("sha1", two.thumbprint));
});

step("jobSchedule: its jobs in pages", async () => {
  const jobs = await waitFor("a second job", async () => {
    const found = await pages(
      () => client.job.listFromJobSchedule("paged", { jobListFromJobScheduleOptions: { maxResults: 1 } }),
      (link) => client.job.listFromJobScheduleNext(link));
    return found.count === 2 && found;
  });
  assert.deepEqual(jobs.items.map((job) => job.id), ["paged:job-1", "paged:job-2"]);
  await client.jobSchedule.deleteMethod("paged");
});

step("no operation of the client was left out", async () => {
  assert.deepEqual([...operations].filter((name) => !called.has(name) && !NEVER_CALLED.has(name)).sort(), []);
});

const said = (error) => (error.body ? `${error.statusCode} ${JSON.stringify(error.body)}` : String(error.message ?? error).split("\n").slice(0, 12).join("\n        "));

async function main() {
  let failed = 0;
  for (const [name, body] of steps) {
    try {
      await body();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n        ${said(error)}`);
    }
  }
  console.log(`${steps.length - failed} steps passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

main();
