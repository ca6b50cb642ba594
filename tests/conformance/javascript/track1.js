// @azure/batch 8 or 10 with the account's key.
"use strict";

const { BatchSharedKeyCredentials } = require("@azure/batch");
const { checkFiles, checkPages, deleteAll, makePool, open, runTasks, tellVersions } = require("./batch_steps.js");

async function main() {
  tellVersions("@azure/batch");
  const client = open(new BatchSharedKeyCredentials(process.env.AZURE_BATCH_ACCOUNT, process.env.AZURE_BATCH_ACCESS_KEY));
  await makePool(client);
  await runTasks(client);
  await checkPages(client);
  await checkFiles(client);
  await deleteAll(client);
  console.log("done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
