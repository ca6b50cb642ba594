"""The article's workflow with the newest clients:  newest.py shared-key|client-secret|managed-identity

With a token, containers are shared by user delegation SAS, so that no account key is used at all.
"""
import os
import sys

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

import newest_models
import steps


def credential(auth):
    if auth == "client-secret":
        return ClientSecretCredential(os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"])
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        os.environ.pop(name, None)  # a virtual machine with an identity of its own knows none of them
    return DefaultAzureCredential()


def clients(auth):
    if auth == "shared-key":
        key = AzureNamedKeyCredential(steps.ACCOUNT, os.environ["AZURE_BATCH_ACCESS_KEY"])
        return BatchClient(steps.ENDPOINT, key), BlobServiceClient(steps.BLOB_ENDPOINT, os.environ["AZURE_STORAGE_KEY"])
    token = credential(auth)
    return BatchClient(steps.ENDPOINT, token), BlobServiceClient(steps.BLOB_ENDPOINT, token)


def signer(service, auth):
    """The SAS of a container, by account key or user delegation key."""
    if auth == "shared-key":
        by = {"account_key": os.environ["AZURE_STORAGE_KEY"]}
    else:
        by = {"user_delegation_key": service.get_user_delegation_key(steps.now(), steps.in_two_hours())}

    def sas(container, **permissions):
        return generate_container_sas(steps.STORAGE_ACCOUNT, container, permission=ContainerSasPermissions(**permissions),
                                      expiry=steps.in_two_hours(), **by)
    return sas


def upload(service):
    for name in ("input", "output"):
        service.create_container(name)
        try:
            service.create_container(name)
            raise AssertionError("a second container of the same name")
        except ResourceExistsError:
            pass
    for file in steps.FILES:
        with open(file, "rb") as data:
            service.get_blob_client("input", file.name).upload_blob(data)
    listed = [b.name for page in service.get_container_client("input").list_blobs(results_per_page=2).by_page() for b in page]
    assert listed == [f.name for f in steps.FILES], listed
    steps.ok("files uploaded, listed by page")


def create_pool(client):
    client.create_pool(newest_models.pool())
    try:
        client.create_pool(newest_models.pool())
        raise AssertionError("a second pool of the same name")
    except ResourceExistsError as refused:
        assert refused.error.code == "PoolExists", refused
    steps.ok(f"pool of {steps.NODES} Spot nodes with start task")


def run_tasks(client, sas):
    client.create_job(newest_models.job())
    client.create_tasks(steps.JOB_ID, newest_models.tasks(sas("input", read=True), sas("output", write=True)))
    steps.wait_for("completion of all tasks", lambda: all(t.state == models.BatchTaskState.COMPLETED for t in client.list_tasks(steps.JOB_ID)))
    for task in client.list_tasks(steps.JOB_ID, max_results=2):
        assert task.execution_info.result == models.BatchTaskExecutionResult.SUCCESS, task.execution_info.failure_info
    text = b"".join(client.download_task_file(steps.JOB_ID, "Task0", "stderr.txt")).decode()
    assert "muxing overhead" in text, text
    steps.ok("job, one ffmpeg task a file, paging, task file")


def check_outputs(service):
    for file in steps.FILES:
        steps.check_converted(file, service.get_blob_client("output", steps.converted(file)).download_blob().readall())
    steps.ok("outputs downloaded, the ffmpeg command's bytes")


def delete_everything(client, service):
    service.delete_container("input")
    client.begin_delete_job(steps.JOB_ID, polling_interval=0.1).result(60)
    client.begin_delete_pool(steps.POOL_ID, polling_interval=0.1).result(60)
    try:
        client.get_job(steps.JOB_ID)
        raise AssertionError("the job is still there")
    except ResourceNotFoundError:
        steps.ok("container, job and pool deleted")


def main():
    auth = sys.argv[1]
    steps.tell_versions("azure-batch", "azure-storage-blob", *(["azure-identity"] if auth != "shared-key" else []))
    steps.check_real_names()
    client, service = clients(auth)
    upload(service)
    create_pool(client)
    run_tasks(client, signer(service, auth))
    check_outputs(service)
    delete_everything(client, service)
    steps.done()


if __name__ == "__main__":
    main()
