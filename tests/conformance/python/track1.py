"""The article's workflow as it is written for azure-batch up to 14 and azure-storage-blob before 12:

    track1.py shared-key|entra|own-accounts

own-accounts: names and keys are those of the user's accounts in Azure, as the article's config.py holds them; nobody has told
them to the emulator.
"""
import base64
import os
import sys

import azure.batch as batch
import azure.batch.batch_auth as batch_auth
import azure.batch.models as models
import azure.storage.blob as blob
from azure.storage.common import TokenCredential
from msrestazure.azure_active_directory import ServicePrincipalCredentials

if sys.argv[1] == "own-accounts":
    OWN_KEY = base64.b64encode(os.urandom(64)).decode()
    os.environ.update(AZURE_BATCH_ACCOUNT="contosobatch", AZURE_BATCH_ENDPOINT="https://contosobatch.westeurope.batch.azure.com",
                      AZURE_BATCH_ACCESS_KEY=OWN_KEY, AZURE_STORAGE_ACCOUNT="contosostorage", AZURE_STORAGE_KEY=OWN_KEY)

import steps  # takes the names from the environment


def service_principal(resource):
    return ServicePrincipalCredentials(client_id=os.environ["AZURE_CLIENT_ID"], secret=os.environ["AZURE_CLIENT_SECRET"],
                                       tenant=os.environ["AZURE_TENANT_ID"], resource=resource)


def clients(auth):
    """The two clients, and what signs SAS: where containers are made with a token, they are still shared with the key."""
    signer = blob.BlockBlobService(account_name=steps.STORAGE_ACCOUNT, account_key=os.environ["AZURE_STORAGE_KEY"])
    if auth == "entra":
        token = service_principal("https://storage.azure.com/").token["access_token"]
        return (batch.BatchServiceClient(service_principal("https://batch.core.windows.net/"), batch_url=steps.ENDPOINT),
                blob.BlockBlobService(account_name=steps.STORAGE_ACCOUNT, token_credential=TokenCredential(token)), signer)
    credentials = batch_auth.SharedKeyCredentials(steps.ACCOUNT, os.environ["AZURE_BATCH_ACCESS_KEY"])
    return batch.BatchServiceClient(credentials, batch_url=steps.ENDPOINT), signer, signer


def upload(service):
    for name in ("input", "output"):
        service.create_container(name, fail_on_exist=False)
        service.create_container(name, fail_on_exist=False)  # the second time exists and is swallowed
    for file in steps.FILES:
        service.create_blob_from_path("input", file.name, str(file))
    assert [b.name for b in service.list_blobs("input")] == [f.name for f in steps.FILES]
    steps.ok("files uploaded")


def create_pool(client):
    pool = models.PoolAddParameter(
        id=steps.POOL_ID,
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=models.ImageReference(publisher="Canonical", offer="UbuntuServer", sku="18.04-LTS", version="latest"),
            node_agent_sku_id="batch.node.ubuntu 18.04"),
        vm_size="STANDARD_A1_v2", target_dedicated_nodes=0, target_low_priority_nodes=steps.NODES,
        start_task=models.StartTask(
            command_line=steps.START_TASK, wait_for_success=True,
            user_identity=models.UserIdentity(auto_user=models.AutoUserSpecification(
                scope=models.AutoUserScope.pool, elevation_level=models.ElevationLevel.admin))))
    client.pool.add(pool)
    try:
        client.pool.add(pool)
        raise AssertionError("a second pool of the same name")
    except models.BatchErrorException as refused:
        assert refused.error.code == "PoolExists", refused
    steps.ok(f"pool of {steps.NODES} Spot nodes with start task")


def container_url(signer, name, permission):
    sas = signer.generate_container_shared_access_signature(name, permission=permission, expiry=steps.in_two_hours().replace(tzinfo=None))
    return f"{steps.BLOB_ENDPOINT}/{name}", sas


def task(signer, index, file):
    source, read = container_url(signer, "input", blob.ContainerPermissions.READ)
    target, write = container_url(signer, "output", blob.ContainerPermissions.WRITE)
    return models.TaskAddParameter(
        id=f"Task{index}", command_line=steps.command(file),
        resource_files=[models.ResourceFile(http_url=f"{source}/{file.name}?{read}", file_path=file.name)],
        output_files=[models.OutputFile(
            file_pattern=steps.converted(file),
            destination=models.OutputFileDestination(container=models.OutputFileBlobContainerDestination(container_url=f"{target}?{write}")),
            upload_options=models.OutputFileUploadOptions(upload_condition=models.OutputFileUploadCondition.task_success))])


def run_tasks(client, signer):
    client.job.add(models.JobAddParameter(id=steps.JOB_ID, pool_info=models.PoolInformation(pool_id=steps.POOL_ID)))
    client.task.add_collection(steps.JOB_ID, [task(signer, i, f) for i, f in enumerate(steps.FILES)])
    steps.wait_for("completion of all tasks", lambda: all(t.state == models.TaskState.completed for t in client.task.list(steps.JOB_ID)))
    for each in client.task.list(steps.JOB_ID, models.TaskListOptions(max_results=2)):
        assert each.execution_info.result == models.TaskExecutionResult.success, each.execution_info.failure_info
    text = b"".join(client.file.get_from_task(steps.JOB_ID, "Task0", "stderr.txt")).decode()
    assert "muxing overhead" in text, text
    steps.ok("job, one ffmpeg task a file, paging, task file")


def check_outputs(service):
    for file in steps.FILES:
        steps.check_converted(file, service.get_blob_to_bytes("output", steps.converted(file)).content)
    steps.ok("outputs downloaded, the ffmpeg command's bytes")


def delete_everything(client, service):
    service.delete_container("input")
    client.job.delete(steps.JOB_ID)
    client.pool.delete(steps.POOL_ID)
    steps.wait_for("deletion of the job", lambda: steps.JOB_ID not in [job.id for job in client.job.list()])
    steps.wait_for("deletion of the pool", lambda: not client.pool.exists(steps.POOL_ID))
    steps.ok("container, job and pool deleted")


def main():
    steps.tell_versions("azure-batch", "azure-storage-blob", *(["msrestazure"] if sys.argv[1] == "entra" else []))
    steps.check_real_names()
    client, service, signer = clients(sys.argv[1])
    upload(service)
    create_pool(client)
    run_tasks(client, signer)
    check_outputs(service)
    delete_everything(client, service)
    steps.done()


if __name__ == "__main__":
    main()
