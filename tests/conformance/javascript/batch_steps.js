// What a user of @azure/batch does: a pool, a job, 150 tasks, their files, listing by page, deletion. For versions 8 and 10.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { BatchServiceClient } = require("@azure/batch");

const { AZURE_BATCH_ACCOUNT, AZURE_BATCH_ENDPOINT } = process.env;
const POOL = "javascript-pool";
const JOB = "javascript-job";
const NODES = 2;
const SLOTS = 4;
const TASKS = 150;
const PAGE = 40;
const WITHIN_MS = 120000;

const ok = (step) => console.log(`ok: ${step}`);

/** The line that tells which packages really ran; a package's own description is no export, so it is read as a file. */
function tellVersions(...packages) {
  const told = packages.map((name) => {
    const folder = require.resolve.paths(name).map((root) => path.join(root, name)).find((found) => fs.existsSync(found));
    return `${name} ${JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")).version}`;
  });
  console.log(`client: ${told.join(", ")}`);
}

function open(credentials) {
  assert.match(AZURE_BATCH_ENDPOINT, new RegExp(`^https://${AZURE_BATCH_ACCOUNT}\\.[a-z0-9]+\\.batch\\.azure\\.com/?$`));
  return new BatchServiceClient(credentials, AZURE_BATCH_ENDPOINT);
}

async function waitFor(what, look) {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what} did not happen in time`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function refused(call, status, code) {
  await assert.rejects(call, (error) => error.statusCode === status && (!code || error.code === code || error.body?.code === code));
}

async function makePool(client) {
  const pool = {
    id: POOL, vmSize: "standard_d4s_v3", targetDedicatedNodes: NODES, taskSlotsPerNode: SLOTS, maxTasksPerNode: SLOTS,
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
      nodeAgentSKUId: "batch.node.ubuntu 22.04",
    },
  };
  await client.pool.add(pool);
  await refused(client.pool.add(pool), 409, "PoolExists");
  await waitFor("idle nodes", async () => {
    const nodes = await client.computeNode.list(POOL);
    return nodes.length === NODES && nodes.every((node) => node.state === "idle");
  });
  ok(`pool of ${NODES} nodes`);
}

/** 150 tasks in two requests, as a request takes 100; `more(i)` gives members of task i beyond its command. */
async function runTasks(client, more = () => ({})) {
  await client.job.add({ id: JOB, poolInfo: { poolId: POOL } });
  const tasks = Array.from({ length: TASKS }, (_, i) => ({ id: `task${i}`, commandLine: `/bin/sh -c 'echo number ${i} | tee result.txt'`, ...more(i) }));
  for (const part of [tasks.slice(0, 100), tasks.slice(100)]) {
    const added = await client.task.addCollection(JOB, part);
    assert.ok(added.value.every((each) => each.status.toLowerCase() === "success"), JSON.stringify(added.value));
  }
  await waitFor("completion of all tasks", async () => (await client.job.getTaskCounts(JOB)).taskCounts?.completed === TASKS
    || (await allTasks(client)).items.every((task) => task.state === "completed"));
  ok(`job of ${TASKS} tasks`);
}

/** All tasks by pages, following the links of the service. */
async function allTasks(client) {
  let page = await client.task.list(JOB, { taskListOptions: { maxResults: PAGE } });
  const items = [...page];
  let pages = 1;
  while (page.odatanextLink) {
    page = await client.task.listNext(page.odatanextLink);
    items.push(...page);
    pages += 1;
  }
  return { items, pages };
}

async function checkPages(client) {
  const { items, pages } = await allTasks(client);
  assert.equal(pages, Math.ceil(TASKS / PAGE));
  assert.equal(new Set(items.map((task) => task.id)).size, TASKS);
  for (const task of items) assert.equal(task.executionInfo.result.toLowerCase(), "success", task.id);
  ok(`${pages} pages of tasks`);
}

async function text(answer) {
  const parts = [];
  for await (const part of answer.readableStreamBody) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function checkFiles(client) {
  assert.equal(await text(await client.file.getFromTask(JOB, "task149", "stdout.txt")), "number 149\n");
  assert.equal(await text(await client.file.getFromTask(JOB, "task7", "wd/result.txt")), "number 7\n");
  const names = (await client.file.listFromTask(JOB, "task7", { recursive: true })).map((file) => file.name);
  for (const name of ["stdout.txt", "stderr.txt", "wd/result.txt"]) assert.ok(names.includes(name), `${name} in ${names}`);
  const properties = await client.file.getPropertiesFromTask(JOB, "task7", "wd/result.txt");
  assert.equal(Number(properties.contentLength), "number 7\n".length);
  await client.file.deleteFromTask(JOB, "task7", "wd/result.txt");
  await refused(client.file.getFromTask(JOB, "task7", "wd/result.txt"), 404);  // the body of a stream is not read for its code
  ok("task files listed, read, deleted");
}

async function deleteAll(client) {
  await client.task.deleteMethod(JOB, "task0");
  await refused(client.task.get(JOB, "task0"), 404, "TaskNotFound");
  await client.job.deleteMethod(JOB);
  await client.pool.deleteMethod(POOL);
  await waitFor("deletion of the job", () => client.job.get(JOB).then(() => false, (error) => error.statusCode === 404));
  await waitFor("deletion of the pool", () => client.pool.get(POOL).then(() => false, (error) => error.statusCode === 404));
  ok("task, job and pool deleted");
}

module.exports = { JOB, checkFiles, checkPages, deleteAll, makePool, ok, open, runTasks, tellVersions, waitFor };
