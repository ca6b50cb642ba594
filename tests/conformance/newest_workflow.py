"""The article's workflow with the newest clients (azure-batch 15, azure-storage-blob 12), pollers and paging included."""
import datetime
import unittest

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

import emulator  # tests/system

POOL_ID = "LinuxFfmpegPool"
JOB_ID = "LinuxFfmpegJob"
NODES = 5
TASKS_WITHIN = 300.0


class NewestWorkflow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator().start()
        cls.addClassCleanup(cls.emulator.__exit__)
        batch = cls.emulator.batch
        cls.batch = BatchClient(batch["url"], AzureNamedKeyCredential(batch["account"], batch["key"]))
        cls.blob = BlobServiceClient.from_connection_string(cls.emulator.connection_string())

    def test_the_articles_workflow_converts_every_file_and_cleans_up(self):
        files = emulator.files_to_convert()
        self.upload(files)
        self.create_pool()
        self.batch.create_job(models.BatchJobCreateOptions(id=JOB_ID, pool_info=models.BatchPoolInfo(pool_id=POOL_ID)))
        self.batch.create_tasks(JOB_ID, [self.task(i, f) for i, f in enumerate(files)])
        emulator.wait_until(
            lambda: all(t.state == models.BatchTaskState.COMPLETED for t in self.batch.list_tasks(JOB_ID)),
            TASKS_WITHIN, "completion of all tasks")
        self.check_tasks(len(files))
        self.check_outputs(files)
        self.check_resize()
        self.delete_everything()

    def upload(self, files):
        for name in ("input", "output"):
            self.blob.create_container(name)
        for file in files:
            with open(file, "rb") as data:
                self.blob.get_blob_client("input", file.name).upload_blob(data)
        self.assertEqual([f.name for f in files], [b.name for b in self.blob.get_container_client("input").list_blobs()])

    def container_url(self, name, **permissions):
        sas = generate_container_sas(self.emulator.blob["account"], name, account_key=self.emulator.blob["key"],
                                     permission=ContainerSasPermissions(**permissions),
                                     expiry=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2))
        return f"{self.emulator.blob['url']}/{name}", sas

    def create_pool(self):
        self.batch.create_pool(models.BatchPoolCreateOptions(
            id=POOL_ID, vm_size="STANDARD_A1_v2",
            virtual_machine_configuration=models.VirtualMachineConfiguration(
                image_reference=models.BatchVmImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts"),
                node_agent_sku_id="batch.node.ubuntu 22.04"),
            target_dedicated_nodes=0, target_low_priority_nodes=NODES,
            start_task=models.BatchStartTask(
                command_line='/bin/bash -c "apt-get update && apt-get install -y ffmpeg"', wait_for_success=True,
                user_identity=models.UserIdentity(auto_user=models.AutoUserSpecification(
                    scope=models.AutoUserScope.POOL, elevation_level=models.ElevationLevel.ADMIN)))))

    def task(self, index, file):
        output = file.with_suffix(".mp3").name
        source, read = self.container_url("input", read=True)
        target, write = self.container_url("output", write=True)
        return models.BatchTaskCreateOptions(
            id=f"Task{index}", command_line=f'/bin/bash -c "ffmpeg -i {file.name} {output} "',
            resource_files=[models.ResourceFile(http_url=f"{source}/{file.name}?{read}", file_path=file.name)],
            output_files=[models.OutputFile(
                file_pattern=output,
                destination=models.OutputFileDestination(container=models.OutputFileBlobContainerDestination(container_url=f"{target}?{write}")),
                upload_options=models.OutputFileUploadConfiguration(upload_condition=models.OutputFileUploadCondition.TASK_SUCCESS))])

    def check_tasks(self, count):
        tasks = list(self.batch.list_tasks(JOB_ID, max_results=2))
        self.assertEqual(len(tasks), count)
        for task in tasks:
            self.assertEqual(task.execution_info.result, models.BatchTaskExecutionResult.SUCCESS, task.execution_info.failure_info)
            self.assertEqual(task.execution_info.exit_code, 0)
        succeeded = list(self.batch.list_tasks(JOB_ID, filter="executionInfo/exitCode eq 0", select=["id", "state"]))
        self.assertEqual(len(succeeded), count)
        self.assertIsNone(succeeded[0].command_line)
        counts = self.batch.get_job_task_counts(JOB_ID)
        self.assertEqual((counts.task_counts.succeeded, counts.task_slot_counts.completed), (count, count))
        names = {f.name for f in self.batch.list_task_files(JOB_ID, "Task0", recursive=True)}
        self.assertLessEqual({"stdout.txt", "stderr.txt", "wd"}, names)
        start = b"".join(self.batch.download_task_file(JOB_ID, "Task0", "stderr.txt", ocp_range="bytes=0-13"))
        self.assertEqual(start, b"ffmpeg version")

    def check_outputs(self, files):
        for file in files:
            made = self.blob.get_blob_client("output", file.with_suffix(".mp3").name).download_blob().readall()
            self.assertEqual(made, emulator.converted_by_the_command(file), f"{file.name}: other bytes than the ffmpeg command's")

    def check_resize(self):
        self.batch.begin_resize_pool(
            POOL_ID, models.BatchPoolResizeOptions(target_low_priority_nodes=2, target_dedicated_nodes=0), polling_interval=0.1).result(60)
        pool = self.batch.get_pool(POOL_ID)
        self.assertEqual(pool.allocation_state, models.AllocationState.STEADY)
        self.assertEqual(pool.target_low_priority_nodes, 2)
        counts = [c for c in self.batch.list_pool_node_counts(filter=f"poolId eq '{POOL_ID}'")]
        self.assertEqual(counts[0].low_priority.total, 2)

    def delete_everything(self):
        self.blob.delete_container("input")
        self.batch.begin_delete_job(JOB_ID, polling_interval=0.1).result(60)
        self.batch.begin_delete_pool(POOL_ID, polling_interval=0.1).result(60)
        with self.assertRaises(ResourceNotFoundError):
            self.batch.get_job(JOB_ID)
        with self.assertRaises(ResourceNotFoundError):  # this client raises where older ones say False
            self.batch.pool_exists(POOL_ID)

    def test_a_failing_task_tells_its_exit_code_and_the_services_failure(self):
        pool, job = "FailPool", "FailJob"
        self.batch.create_pool(models.BatchPoolCreateOptions(
            id=pool, vm_size="standard_d2s_v3", target_dedicated_nodes=1,
            virtual_machine_configuration=models.VirtualMachineConfiguration(
                image_reference=models.BatchVmImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts"),
                node_agent_sku_id="batch.node.ubuntu 22.04")))
        self.batch.create_job(models.BatchJobCreateOptions(id=job, pool_info=models.BatchPoolInfo(pool_id=pool)))
        self.batch.create_task(job, models.BatchTaskCreateOptions(id="exit3", command_line="/bin/sh -c 'echo out; echo err >&2; exit 3'"))
        self.batch.create_task(job, models.BatchTaskCreateOptions(id="absent", command_line="no-such-program-anywhere"))
        emulator.wait_until(lambda: all(t.state == models.BatchTaskState.COMPLETED for t in self.batch.list_tasks(job)), 60.0, "completion")
        failed = self.batch.get_task(job, "exit3").execution_info
        self.assertEqual((failed.exit_code, failed.failure_info.code, failed.failure_info.category.lower()), (3, "FailureExitCode", "usererror"))
        absent = self.batch.get_task(job, "absent").execution_info
        self.assertEqual((absent.exit_code, absent.failure_info.code), (None, "CommandProgramNotFound"))
        self.assertEqual(b"".join(self.batch.download_task_file(job, "exit3", "stdout.txt")), b"out\n")
        with self.assertRaises(HttpResponseError) as refused:
            self.batch.terminate_task(job, "exit3")
        self.assertEqual((refused.exception.status_code, refused.exception.error.code), (409, "TaskCompleted"))
        # This client cannot send the call without a body.
        self.batch.begin_terminate_job(job, {"terminateReason": "enough"}, polling_interval=0.1).result(60)
        self.assertEqual(self.batch.get_job(job).execution_info.termination_reason, "enough")


if __name__ == "__main__":
    unittest.main(verbosity=2)
