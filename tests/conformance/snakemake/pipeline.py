"""A two-step Snakemake pipeline on Batch: the pool is made by ARM, the sources and results lie in Blob storage, every job
is a task in a container. Without a container engine this gets as far as the engine's absence."""
import importlib.metadata
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from azure.batch import BatchServiceClient
from azure.identity import ClientSecretCredential
from azure.mgmt.batch import BatchManagementClient
from azure.storage.blob import BlobServiceClient
from msrestazure.azure_active_directory import ServicePrincipalCredentials

WITHIN = 240
CONTAINER = "snakemake"
IDENTITY = "providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
TENANT, CLIENT, SECRET = (os.environ[name] for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"))
SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]
ACCOUNT, STORAGE = os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_STORAGE_ACCOUNT"]


def ok(step):
    print(f"ok: {step}", flush=True)


def resource_group(credential):
    """Where the Batch account is: the last but four parts of its id."""
    for account in BatchManagementClient(credential, SUBSCRIPTION).batch_account.list():
        if account.name == ACCOUNT:
            return account.id.split("/resourceGroups/")[1].split("/")[0]
    raise AssertionError(f"the management plane does not list {ACCOUNT}")


def command(group):
    identity = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/{IDENTITY}"
    return [str(pathlib.Path(sys.executable).parent / "snakemake"), "--executor", "azure-batch", "--jobs", "1", "--verbose", "--seconds-between-status-checks", "2",
            "--default-storage-provider", "azure", "--default-storage-prefix", f"az://{CONTAINER}", "--storage-azure-account-name", STORAGE,
            "--azure-batch-account-url", os.environ["AZURE_BATCH_ENDPOINT"], "--azure-batch-subscription-id", SUBSCRIPTION,
            "--azure-batch-resource-group-name", group, "--azure-batch-managed-identity-resource-id", identity,
            "--azure-batch-managed-identity-client-id", CLIENT]


def a_task_is_added(batch):
    return any(True for job in batch.job.list() for _ in batch.task.list(job.id))


def broken_node(batch):
    """What the service says about a node that cannot be used."""
    for pool in batch.pool.list():
        for node in batch.compute_node.list(pool.id):
            if node.state == "unusable":
                errors = [f"{error.code}: {error.message}" for error in node.errors or ()]
                return f"the node is unusable: {'; '.join(errors)}"
    return None


def watch(process, output, batch):
    """Until Snakemake ends, a task waits for an unusable node, or the time is over; gives what was found out."""
    deadline = time.monotonic() + WITHIN
    added, why = False, None
    while process.poll() is None and not (added and why) and time.monotonic() < deadline:
        added = added or a_task_is_added(batch)
        why = broken_node(batch)
        time.sleep(0.5)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    text = output.read_text(encoding="utf-8", errors="replace")
    return text, added, why


def main():
    print("client: " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in (
        "snakemake", "snakemake-executor-plugin-azure-batch", "snakemake-storage-plugin-azure")), flush=True)
    credential = ClientSecretCredential(TENANT, CLIENT, SECRET)
    blobs = BlobServiceClient(f"https://{STORAGE}.blob.core.windows.net", credential)
    blobs.create_container(CONTAINER)
    group = resource_group(credential)
    batch = BatchServiceClient(ServicePrincipalCredentials(client_id=CLIENT, secret=SECRET, tenant=TENANT, resource="https://batch.core.windows.net/"),
                               batch_url=os.environ["AZURE_BATCH_ENDPOINT"])
    shutil.copy(pathlib.Path(__file__).with_name("Snakefile"), "Snakefile")
    output = pathlib.Path("snakemake.log")
    with open(output, "wb") as log:
        process = subprocess.Popen(command(group), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    text, added, broken = watch(process, output, batch)
    print(text)
    tell(text, added, broken, process.returncode, blobs)


def tell(text, added, broken, code, blobs):
    for pattern, step in ((r"Creating Batch Pool: snakepool", "pool made by ARM"), (r"Creating Batch Job: snakejob", "job")):
        if re.search(pattern, text):
            ok(step)
    if added:
        ok("first step added as a task")
    if code == 0:
        made = blobs.get_blob_client(CONTAINER, "sum.txt").download_blob().readall()
        assert made == b"55\n", made
        ok("both steps ran, the result is in Blob storage")
        print("done", flush=True)
        return
    failure = broken or next((line for line in text.splitlines() if "Batch Task Failure" in line or "'message'" in line), None)
    assert failure and re.search(r"[Cc]ontainer|[Dd]ocker|[Ii]mage", failure), f"Snakemake ended with {code}: {failure}"
    print(f"stops: no container can run on this machine: {failure.strip()}", flush=True)


if __name__ == "__main__":
    main()
