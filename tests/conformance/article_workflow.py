"""The article's whole workflow with the article's own client versions (azure-batch 6.0.0, azure-storage-blob 1.4.0):
upload, pool of five Spot nodes with the start task, job, one ffmpeg task per file, wait, compare, delete, poll to 404."""
import datetime
import unittest

import azure.batch as batch
import azure.batch.batch_auth as batch_auth
import azure.batch.models as models
import azure.storage.blob as blob

import emulator  # tests/system

POOL_ID = "LinuxFfmpegPool"
JOB_ID = "LinuxFfmpegJob"
NODES = 5
TASKS_WITHIN = 300.0
DELETED_WITHIN = 60.0


class ArticleWorkflow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator().start()
        cls.addClassCleanup(cls.emulator.__exit__)
        credentials = batch_auth.SharedKeyCredentials(cls.emulator.batch["account"], cls.emulator.batch["key"])
        cls.batch = batch.BatchServiceClient(credentials, batch_url=cls.emulator.batch["url"])
        cls.blob = blob.BlockBlobService(connection_string=cls.emulator.connection_string())

    def test_the_articles_workflow_converts_every_file_and_cleans_up(self):
        files = emulator.files_to_convert()
        self.upload(files)
        self.create_pool()
        self.batch.job.add(models.JobAddParameter(id=JOB_ID, pool_info=models.PoolInformation(pool_id=POOL_ID)))
        self.batch.task.add_collection(JOB_ID, [self.task(i, f) for i, f in enumerate(files)])
        self.wait_for_tasks(len(files))
        self.check_tasks()
        self.check_outputs(files)
        self.check_pool()
        self.delete_everything()

    def upload(self, files):
        for name in ("input", "output"):
            self.blob.create_container(name, fail_on_exist=False)
            self.blob.create_container(name, fail_on_exist=False)  # the second time exists and is swallowed
        for file in files:
            self.blob.create_blob_from_path("input", file.name, str(file))
        self.assertEqual([f.name for f in files], [b.name for b in self.blob.list_blobs("input")])

    def sas(self, container, permission):
        expiry = datetime.datetime.utcnow() + datetime.timedelta(hours=2)
        return self.blob.generate_container_shared_access_signature(container, permission=permission, expiry=expiry)

    def public_url(self, path, sas):
        # As the article writes it: the public host name, which the node knows as the emulator's own store.
        return f"https://{self.emulator.blob['account']}.blob.core.windows.net/{path}?{sas}"

    def create_pool(self):
        pool = models.PoolAddParameter(
            id=POOL_ID,
            virtual_machine_configuration=models.VirtualMachineConfiguration(
                image_reference=models.ImageReference(publisher="Canonical", offer="UbuntuServer", sku="18.04-LTS", version="latest"),
                node_agent_sku_id="batch.node.ubuntu 18.04"),
            vm_size="STANDARD_A1_v2", target_dedicated_nodes=0, target_low_priority_nodes=NODES,
            start_task=models.StartTask(
                command_line='/bin/bash -c "apt-get update && apt-get install -y ffmpeg"', wait_for_success=True,
                user_identity=models.UserIdentity(auto_user=models.AutoUserSpecification(
                    scope=models.AutoUserScope.pool, elevation_level=models.ElevationLevel.admin))))
        self.batch.pool.add(pool)
        with self.assertRaises(models.BatchErrorException) as refused:
            self.batch.pool.add(pool)
        self.assertEqual(refused.exception.error.code, "PoolExists")
        self.assertIn("The specified pool already exists.", refused.exception.error.message.value)

    def task(self, index, file):
        output = file.with_suffix(".mp3").name
        return models.TaskAddParameter(
            id=f"Task{index}", command_line=f'/bin/bash -c "ffmpeg -i {file.name} {output} "',
            resource_files=[models.ResourceFile(http_url=self.public_url(f"input/{file.name}", self.sas("input", blob.ContainerPermissions.READ)), file_path=file.name)],
            output_files=[models.OutputFile(
                file_pattern=output,
                destination=models.OutputFileDestination(container=models.OutputFileBlobContainerDestination(
                    container_url=self.public_url("output", self.sas("output", blob.ContainerPermissions.WRITE)))),
                upload_options=models.OutputFileUploadOptions(upload_condition=models.OutputFileUploadCondition.task_success))])

    def wait_for_tasks(self, count):
        def all_completed():
            tasks = list(self.batch.task.list(JOB_ID))
            self.assertEqual(len(tasks), count)
            return all(task.state == models.TaskState.completed for task in tasks)
        emulator.wait_until(all_completed, TASKS_WITHIN, "completion of all tasks")

    def check_tasks(self):
        for task in self.batch.task.list(JOB_ID):
            self.assertEqual(task.execution_info.result, models.TaskExecutionResult.success, task.execution_info.failure_info)
            self.assertEqual(task.execution_info.exit_code, 0)
            self.assertEqual(task.node_info.pool_id, POOL_ID)
            self.assertEqual(task.node_info.task_root_directory, f"workitems/{JOB_ID}/job-1/{task.id}")
        stream = self.batch.file.get_from_task(JOB_ID, "Task0", "stderr.txt")
        text = b"".join(stream).decode()
        self.assertIn("ffmpeg version", text)
        self.assertIn("muxing overhead", text)
        counts = self.batch.job.get_task_counts(JOB_ID)
        self.assertEqual((counts.active, counts.running, counts.failed), (0, 0, 0))

    def check_outputs(self, files):
        for file in files:
            made = self.blob.get_blob_to_bytes("output", file.with_suffix(".mp3").name).content
            self.assertEqual(made, emulator.converted_by_the_command(file), f"{file.name}: other bytes than the ffmpeg command's")

    def check_pool(self):
        pool = self.batch.pool.get(POOL_ID)
        self.assertEqual(pool.allocation_state, models.AllocationState.steady)
        self.assertEqual((pool.current_dedicated_nodes, pool.current_low_priority_nodes), (0, NODES))
        self.assertEqual((pool.vm_size, pool.max_tasks_per_node), ("standard_a1_v2", 1))
        nodes = list(self.batch.compute_node.list(POOL_ID))
        self.assertEqual(len(nodes), NODES)
        for node in nodes:
            self.assertEqual(node.state, models.ComputeNodeState.idle)
            self.assertEqual(node.start_task_info.exit_code, 0)
            self.assertFalse(node.is_dedicated)

    def delete_everything(self):
        self.blob.delete_container("input")
        self.batch.job.delete(JOB_ID)
        self.batch.pool.delete(POOL_ID)

        def gone(get, code):
            def look():
                try:
                    get()
                    return False
                except models.BatchErrorException as error:
                    self.assertEqual(error.error.code, code)
                    return True
            return look
        emulator.wait_until(gone(lambda: self.batch.job.get(JOB_ID), "JobNotFound"), DELETED_WITHIN, "deletion of the job")
        emulator.wait_until(gone(lambda: self.batch.pool.get(POOL_ID), "PoolNotFound"), DELETED_WITHIN, "deletion of the pool")
        self.assertFalse(self.batch.pool.exists(POOL_ID))

    def test_a_wrong_key_is_refused_with_403_and_the_services_code(self):
        wrong = batch_auth.SharedKeyCredentials(self.emulator.batch["account"], "AAAA")
        with self.assertRaises(models.BatchErrorException) as refused:
            list(batch.BatchServiceClient(wrong, batch_url=self.emulator.batch["url"]).pool.list())
        self.assertEqual(refused.exception.response.status_code, 403)
        self.assertEqual(refused.exception.error.code, "AuthenticationFailed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
