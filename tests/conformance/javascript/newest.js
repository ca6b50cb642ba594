// @azure/batch 10, @azure/storage-blob and @azure/identity, the newest: everything by a client secret, no account key.
"use strict";

const assert = require("node:assert/strict");
const { AzureIdentityCredentialAdapter } = require("@azure/ms-rest-js");
const { ClientSecretCredential } = require("@azure/identity");
const { BlobServiceClient, ContainerSASPermissions, SASProtocol, generateBlobSASQueryParameters } = require("@azure/storage-blob");
const { checkFiles, checkPages, deleteAll, makePool, ok, open, runTasks, tellVersions } = require("./batch_steps.js");

const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_STORAGE_ACCOUNT } = process.env;
const CONTAINER = "javascript";
const BLOBS = 25;
const LARGE = Buffer.alloc(9 * 1024 * 1024, "0123456789");
const TWO_HOURS_MS = 2 * 3600 * 1000;

async function uploadBlobs(container) {
  await container.create();
  await assert.rejects(container.create(), (error) => error.statusCode === 409 && error.code === "ContainerAlreadyExists");
  for (let i = 0; i < BLOBS; i += 1) await container.getBlockBlobClient(`input/blob ${i}.txt`).upload(`text ${i}`, `text ${i}`.length);
  await container.getBlockBlobClient("large").uploadData(LARGE, { blockSize: 4 * 1024 * 1024, maxSingleShotSize: 1024 * 1024 });
  ok(`container, ${BLOBS} blobs and one in blocks`);
}

async function listAndRead(container) {
  const names = [];
  let pages = 0;
  for await (const page of container.listBlobsFlat({ prefix: "input/" }).byPage({ maxPageSize: 10 })) {
    pages += 1;
    names.push(...page.segment.blobItems.map((blob) => blob.name));
  }
  assert.equal(pages, 3);
  assert.equal(names.length, BLOBS);
  assert.equal((await container.getBlockBlobClient("input/blob 7.txt").downloadToBuffer()).toString(), "text 7");
  assert.ok((await container.getBlockBlobClient("large").downloadToBuffer()).equals(LARGE));
  ok(`${pages} pages of blobs, downloads`);
}

async function signedUrl(service, permissions) {
  const expiresOn = new Date(Date.now() + TWO_HOURS_MS);
  const key = await service.getUserDelegationKey(new Date(Date.now() - 60000), expiresOn);
  const signature = generateBlobSASQueryParameters(
    { containerName: CONTAINER, permissions: ContainerSASPermissions.parse(permissions), expiresOn, protocol: SASProtocol.Https }, key, AZURE_STORAGE_ACCOUNT);
  return `${service.url.replace(/\/$/, "")}/${CONTAINER}?${signature}`;
}

/** What the first tasks upload of their results. */
function outputs(containerUrl) {
  return (i) => (i >= 3 ? {} : {
    outputFiles: [{
      filePattern: "result.txt",
      destination: { container: { containerUrl, path: `output/${i}.txt` } },
      uploadOptions: { uploadCondition: "taskSuccess" },
    }],
  });
}

async function main() {
  tellVersions("@azure/batch", "@azure/storage-blob", "@azure/identity");
  const credential = new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET);
  const service = new BlobServiceClient(`https://${AZURE_STORAGE_ACCOUNT}.blob.core.windows.net`, credential);
  const container = service.getContainerClient(CONTAINER);
  await uploadBlobs(container);
  await listAndRead(container);
  const client = open(new AzureIdentityCredentialAdapter(credential, "https://batch.core.windows.net/.default"));
  await makePool(client);
  await runTasks(client, outputs(await signedUrl(service, "rw")));
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await container.getBlobClient(`output/${i}.txt`).downloadToBuffer()).toString(), `number ${i}\n`);
  }
  ok("task outputs by user delegation SAS");
  await checkPages(client);
  await checkFiles(client);
  await deleteAll(client);
  await container.delete();
  assert.equal(await container.exists(), false);
  ok("container deleted");
  console.log("done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
