"""What the synchronous and the asynchronous program send."""
from azure.batch import models

import steps


def pool():
    return models.BatchPoolCreateOptions(
        id=steps.POOL_ID, vm_size="STANDARD_A1_v2",
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=models.BatchVmImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts"),
            node_agent_sku_id="batch.node.ubuntu 22.04"),
        target_dedicated_nodes=0, target_low_priority_nodes=steps.NODES,
        start_task=models.BatchStartTask(
            command_line=steps.START_TASK, wait_for_success=True,
            user_identity=models.UserIdentity(auto_user=models.AutoUserSpecification(
                scope=models.AutoUserScope.POOL, elevation_level=models.ElevationLevel.ADMIN))))


def job():
    return models.BatchJobCreateOptions(id=steps.JOB_ID, pool_info=models.BatchPoolInfo(pool_id=steps.POOL_ID))


def tasks(read, write):
    return [_task(index, file, read, write) for index, file in enumerate(steps.FILES)]


def _task(index, file, read, write):
    return models.BatchTaskCreateOptions(
        id=f"Task{index}", command_line=steps.command(file),
        resource_files=[models.ResourceFile(http_url=f"{steps.BLOB_ENDPOINT}/input/{file.name}?{read}", file_path=file.name)],
        output_files=[models.OutputFile(
            file_pattern=steps.converted(file),
            destination=models.OutputFileDestination(
                container=models.OutputFileBlobContainerDestination(container_url=f"{steps.BLOB_ENDPOINT}/output?{write}")),
            upload_options=models.OutputFileUploadConfiguration(upload_condition=models.OutputFileUploadCondition.TASK_SUCCESS))])
