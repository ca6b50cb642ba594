"""The article's workflow with the newest asynchronous clients and a client secret."""
import asyncio
import os
import time

from azure.batch import models
from azure.batch.aio import BatchClient
from azure.core.exceptions import ResourceNotFoundError
from azure.identity.aio import ClientSecretCredential
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from azure.storage.blob.aio import BlobServiceClient

import newest_models
import steps


async def upload(service):
    for name in ("input", "output"):
        await service.create_container(name)

    async def send(file):
        await service.get_blob_client("input", file.name).upload_blob(file.read_bytes())

    await asyncio.gather(*[send(file) for file in steps.FILES])
    listed = [blob.name async for blob in service.get_container_client("input").list_blobs()]
    assert listed == [f.name for f in steps.FILES], listed
    steps.ok("files uploaded at once")


async def run_tasks(client, service):
    key = await service.get_user_delegation_key(steps.now(), steps.in_two_hours())

    def sas(container, **permissions):
        return generate_container_sas(steps.STORAGE_ACCOUNT, container, user_delegation_key=key,
                                      permission=ContainerSasPermissions(**permissions), expiry=steps.in_two_hours())

    await client.create_pool(newest_models.pool())
    await client.create_job(newest_models.job())
    await client.create_tasks(steps.JOB_ID, newest_models.tasks(sas("input", read=True), sas("output", write=True)))
    steps.ok(f"pool of {steps.NODES} Spot nodes with start task, job, tasks")
    await all_completed(client)
    async for task in client.list_tasks(steps.JOB_ID, max_results=2):
        assert task.execution_info.result == models.BatchTaskExecutionResult.SUCCESS, task.execution_info.failure_info
    text = b"".join([part async for part in await client.download_task_file(steps.JOB_ID, "Task0", "stderr.txt")]).decode()
    assert "muxing overhead" in text, text
    steps.ok("one ffmpeg task a file, paging, task file")


async def all_completed(client):
    deadline = time.monotonic() + steps.WITHIN
    while not all([task.state == models.BatchTaskState.COMPLETED async for task in client.list_tasks(steps.JOB_ID)]):
        assert time.monotonic() < deadline, "the tasks were not completed in time"
        await asyncio.sleep(0.2)


async def check_outputs(service):
    for file in steps.FILES:
        blob = await service.get_blob_client("output", steps.converted(file)).download_blob()
        steps.check_converted(file, await blob.readall())
    steps.ok("outputs downloaded, the ffmpeg command's bytes")


async def delete_everything(client, service):
    await service.delete_container("input")
    await (await client.begin_delete_job(steps.JOB_ID, polling_interval=0.1)).result()
    await (await client.begin_delete_pool(steps.POOL_ID, polling_interval=0.1)).result()
    try:
        await client.get_job(steps.JOB_ID)
        raise AssertionError("the job is still there")
    except ResourceNotFoundError:
        steps.ok("container, job and pool deleted")


async def main():
    steps.tell_versions("azure-batch", "azure-storage-blob", "azure-identity", "aiohttp")
    steps.check_real_names()
    async with ClientSecretCredential(os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]) as token, \
            BatchClient(steps.ENDPOINT, token) as client, BlobServiceClient(steps.BLOB_ENDPOINT, token) as service:
        await upload(service)
        await run_tasks(client, service)
        await check_outputs(service)
        await delete_everything(client, service)
    steps.done()


if __name__ == "__main__":
    asyncio.run(main())
