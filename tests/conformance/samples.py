"""What the public samples do, from their descriptions: each a flow of its own with real processes."""
import datetime
import pathlib
import sys
import textwrap
import unittest

from azure.batch import models
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

from newest_client import POLL, WithNewestClient, machine

SUCCESS = models.BatchTaskExecutionResult.SUCCESS
FAILURE = models.BatchTaskExecutionResult.FAILURE
ACTIVE, RUNNING = models.BatchTaskState.ACTIVE, models.BatchTaskState.RUNNING


def auto_pool(lifetime, nodes=1, **members):
    return models.BatchPoolInfo(auto_pool_specification=models.BatchAutoPoolSpecification(
        auto_pool_id_prefix="sample", pool_lifetime_option=lifetime, keep_alive=False,
        pool=models.BatchPoolSpecification(vm_size="standard_d2s_v3", virtual_machine_configuration=machine(), target_dedicated_nodes=nodes, **members)))


class Samples(WithNewestClient):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.storage = BlobServiceClient.from_connection_string(cls.emulator.connection_string())

    def container(self, name, permissions, **blobs):
        """A container with these blobs: its client and its address with a SAS."""
        client = self.storage.create_container(name)
        for blob, text in blobs.items():
            client.upload_blob(blob, text)
        return client, self.blob.container_url(name, permissions)

    def pool_gone(self, name):
        def look():
            try:
                self.batch.get_pool(name)
            except ResourceNotFoundError:
                return True
            return False
        self.wait(f"the end of pool {name}", look)

    def test_hello_world_on_an_auto_pool(self):
        self.batch.create_job(models.BatchJobCreateOptions(id="hello", pool_info=auto_pool(models.BatchPoolLifetimeOption.JOB)))
        self.batch.create_tasks("hello", [models.BatchTaskCreateOptions(id=f"task{i}", command_line=f"/bin/bash -c 'echo Hello world from the Batch Hello world sample {i}!'") for i in range(3)])
        for task in self.all_complete("hello"):
            self.assertEqual(self.text("hello", task.id), f"Hello world from the Batch Hello world sample {task.id[4:]}!\n")
        pool = self.batch.get_job("hello").execution_info.pool_id
        self.assertRegex(pool, r"^sample_?[0-9A-F]{8}-")
        self.assertEqual({t.node_info.pool_id for t in self.batch.list_tasks("hello")}, {pool})
        self.batch.begin_delete_job("hello", **POLL).result()
        self.pool_gone(pool)

    def test_job_preparation_and_release(self):
        self.pool("prepared", 2)
        shared = "${AZ_BATCH_NODE_SHARED_DIR}/job_prep_and_release.txt"
        self.job("prepared", "prepared",
                 job_preparation_task=models.BatchJobPreparationTask(id="myprep", command_line=f"/bin/bash -c 'echo $AZ_BATCH_NODE_ID tasks: > {shared}'"),
                 job_release_task=models.BatchJobReleaseTask(id="myrelease", command_line=f"/bin/bash -c 'cat {shared}; rm {shared}'"))
        self.batch.create_tasks("prepared", [models.BatchTaskCreateOptions(id=f"t{i}", command_line=f"/bin/bash -c 'echo $AZ_BATCH_TASK_ID >> {shared}; cat {shared}; sleep 0.2'") for i in range(8)])
        tasks = self.all_complete("prepared")
        self.assertEqual({t.execution_info.result for t in tasks}, {SUCCESS})
        used = {t.node_info.node_id for t in tasks}
        for task in tasks:
            self.assertEqual(self.text("prepared", task.id).splitlines()[0], f"{task.node_info.node_id} tasks:")
        self.batch.begin_terminate_job("prepared", {"terminateReason": "done"}, **POLL).result()
        status = list(self.batch.list_job_preparation_and_release_task_status("prepared"))
        self.assertEqual({s.node_id for s in status}, used)
        said = []
        for node in status:
            self.assertEqual((node.job_preparation_task_execution_info.exit_code, node.job_release_task_execution_info.exit_code), (0, 0))
            said += b"".join(self.batch.download_node_file("prepared", node.node_id, "workitems/prepared/job-1/myrelease/stdout.txt")).decode().splitlines()[1:]
        self.assertEqual(sorted(said), [f"t{i}" for i in range(8)])

    def test_pools_and_resource_files(self):
        client, url = self.container("resources", "rl", **{"start.sh": "echo prepared by the start task > $AZ_BATCH_NODE_SHARED_DIR/prepared.txt\n", "data.txt": "some data\n"})
        start = models.BatchStartTask(command_line="/bin/bash start.sh", wait_for_success=True, resource_files=[models.ResourceFile(storage_container_url=url, blob_prefix="start")])
        self.pool("resources", 1, start_task=start)
        node = next(iter(self.batch.list_nodes("resources")))
        self.assertEqual((node.start_task_info.state, node.start_task_info.exit_code), (models.BatchStartTaskState.COMPLETED, 0))
        self.job("resources", "resources")
        blob = self.blob.blob_url(client.container_name, "data.txt", "r")
        self.task("resources", "t", "/bin/bash -c 'cat here.txt; cat all/data.txt; cat $AZ_BATCH_NODE_SHARED_DIR/prepared.txt'", resource_files=[
            models.ResourceFile(http_url=blob, file_path="here.txt"), models.ResourceFile(auto_storage_container_name=client.container_name, file_path="all")])
        self.assertEqual(self.text("resources", "t"), "some data\nsome data\nprepared by the start task\n")
        self.batch.begin_resize_pool("resources", models.BatchPoolResizeOptions(target_dedicated_nodes=2), **POLL).result()
        self.assertEqual(len(self.idle("resources", 2)), 2)
        self.batch.begin_delete_pool("resources", **POLL).result()

    def test_a_job_schedule_whose_job_manager_adds_the_tasks(self):
        """The manager is a program with the client library, as in the sample: it gets the account in its environment."""
        script = textwrap.dedent("""
            import os
            from azure.batch import BatchClient, models
            from azure.core.credentials import AzureNamedKeyCredential
            batch = BatchClient(os.environ["AZ_BATCH_ACCOUNT_URL"], AzureNamedKeyCredential(os.environ["AZ_BATCH_ACCOUNT_NAME"], os.environ["SAMPLE_KEY"]))
            job = os.environ["AZ_BATCH_JOB_ID"]
            batch.create_tasks(job, [models.BatchTaskCreateOptions(id=f"work{i}", command_line=f"/bin/echo {i}") for i in range(4)])
            while any(t.state != models.BatchTaskState.COMPLETED for t in batch.list_tasks(job) if t.id.startswith("work")):
                pass
            print("all work is done")
        """)
        self.container("manager", "rl", **{"manager.py": script})
        manager = models.BatchJobManagerTask(
            id="manager", command_line=f"{sys.executable} manager.py", run_exclusive=False, kill_job_on_completion=True,
            resource_files=[models.ResourceFile(http_url=self.blob.blob_url("manager", "manager.py", "r"), file_path="manager.py")],
            environment_settings=[models.EnvironmentSetting(name="SAMPLE_KEY", value=self.emulator.batch["key"])])
        self.batch.create_job_schedule(models.BatchJobScheduleCreateOptions(
            id="scheduled", schedule=models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(hours=1)),
            job_specification=models.BatchJobSpecification(
                job_manager_task=manager, pool_info=auto_pool(models.BatchPoolLifetimeOption.JOB_SCHEDULE, task_slots_per_node=2))))
        job = self.wait("the schedule's job", lambda: self.batch.get_job_schedule("scheduled").execution_info.recent_job).id
        self.assertEqual(job, "scheduled:job-1")
        ended = self.job_becomes(job, models.BatchJobState.COMPLETED)
        self.assertEqual(ended.execution_info.termination_reason, "JMComplete")
        self.assertEqual({(t.id, t.execution_info.result) for t in self.batch.list_tasks(job)}, {("manager", SUCCESS), *((f"work{i}", SUCCESS) for i in range(4))})
        self.assertEqual(self.text(job, "manager"), "all work is done\n")
        pool = ended.execution_info.pool_id
        self.assertEqual(self.batch.get_pool(pool).state, models.BatchPoolState.ACTIVE)
        self.batch.begin_delete_job_schedule("scheduled", **POLL).result()
        self.pool_gone(pool)

    def test_a_multi_instance_task_with_a_coordination_command(self):
        self.pool("mpi", 3, enable_inter_node_communication=True)
        self.container("common", "rl", **{"hosts.sh": "echo $AZ_BATCH_HOST_LIST | tr , '\\n' | wc -l\n"})
        self.job("mpi", "mpi")
        self.task("mpi", "t", "/bin/bash -c 'cat ready; bash $AZ_BATCH_TASK_SHARED_DIR/hosts.sh; echo $AZ_BATCH_IS_CURRENT_NODE_MASTER'",
                  multi_instance_settings=models.MultiInstanceSettings(
                      number_of_instances=3, coordination_command_line="/bin/bash -c 'echo $AZ_BATCH_NODE_ID > ready; test -f $AZ_BATCH_TASK_SHARED_DIR/hosts.sh'",
                      common_resource_files=[models.ResourceFile(http_url=self.blob.blob_url("common", "hosts.sh", "r"), file_path="hosts.sh")]))
        primary = self.batch.get_task("mpi", "t")
        self.assertEqual(primary.execution_info.result, SUCCESS, self.text("mpi", "t", "stderr.txt"))
        self.assertEqual(self.text("mpi", "t").split(), [primary.node_info.node_id, "3", "true"])
        subtasks = self.wait("the subtasks' end", lambda: (lambda s: s if len(s) == 2 and all(x.state == models.BatchSubtaskState.COMPLETED for x in s) else None)(list(self.batch.list_subtasks("mpi", "t"))))
        self.assertEqual(([s.id for s in subtasks], {s.exit_code for s in subtasks}), ([1, 2], {0}))
        self.assertEqual(len({primary.node_info.node_id, *(s.node_info.node_id for s in subtasks)}), 3)
        for subtask in subtasks:
            path = f"workitems/mpi/job-1/t/{subtask.id}/wd/ready"
            self.assertEqual(b"".join(self.batch.download_node_file("mpi", subtask.node_info.node_id, path)).decode().strip(), subtask.node_info.node_id)

    def test_efficient_list_queries(self):
        self.pool("listed", 1, task_slots_per_node=8)
        self.job("listed", "listed")
        held = "/bin/sh -c 'while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/go ]; do sleep 0.05; done'"
        self.batch.create_tasks("listed", [models.BatchTaskCreateOptions(id=f"held{i}", command_line=held, environment_settings=[models.EnvironmentSetting(name="BIG", value="x" * 1000)]) for i in range(5)])
        self.batch.create_tasks("listed", [models.BatchTaskCreateOptions(id=f"quick{i:03}", command_line=f"/bin/sh -c 'exit {i % 2}'") for i in range(200)])
        completed = lambda: list(self.batch.list_tasks("listed", filter="state eq 'completed'", select=["id"]))
        self.wait("the quick tasks' end", lambda: len(completed()) == 200)
        running = list(self.batch.list_tasks("listed", filter="(state eq 'running') and (startswith(id, 'held'))", select=["id", "state"]))
        self.assertEqual(([t.id for t in running], {t.command_line for t in running}), ([f"held{i}" for i in range(5)], {None}))
        failed = list(self.batch.list_tasks("listed", filter="executionInfo/exitCode ne 0 and executionInfo/result eq 'failure'", select=["id", "executionInfo"]))
        self.assertEqual((len(failed), {t.execution_info.exit_code for t in failed}), (100, {1}))
        pages = list(self.batch.list_tasks("listed", filter="startswith(id, 'quick')", select=["id"], max_results=50).by_page())
        sizes = [len(list(page)) for page in pages]
        self.assertEqual((sum(sizes), max(sizes)), (200, 50))
        counts = self.batch.get_job_task_counts("listed").task_counts
        self.assertEqual((counts.running, counts.succeeded, counts.failed), (5, 100, 100))
        self.task("listed", "zz-go", "/bin/sh -c 'touch $AZ_BATCH_NODE_SHARED_DIR/go'")
        self.all_complete("listed")

    def test_parallel_tasks_on_each_node(self):
        policy = models.BatchTaskSchedulingPolicy(node_fill_type=models.BatchNodeFillType.PACK)
        self.pool("parallel", 2, task_slots_per_node=4, task_scheduling_policy=policy)
        self.job("parallel", "parallel")
        held = "/bin/sh -c 'while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/go ]; do sleep 0.05; done'"
        self.task("parallel", "wide", held, RUNNING, required_slots=2)
        self.batch.create_tasks("parallel", [models.BatchTaskCreateOptions(id=f"t{i}", command_line=held) for i in range(7)])
        counts = lambda: self.batch.get_job_task_counts("parallel")
        self.wait("seven running tasks", lambda: counts().task_counts.running == 7)
        self.assertEqual((counts().task_slot_counts.running, counts().task_counts.active), (8, 1))
        self.assertEqual(sorted(n.running_task_slots_count for n in self.batch.list_nodes("parallel")), [4, 4])
        for shared in self.emulator.data_dir.glob("nodes/*/*/root/shared"):
            (shared / "go").touch()
        self.assertEqual({t.execution_info.result for t in self.all_complete("parallel")}, {SUCCESS})

    def test_task_dependencies(self):
        self.pool("dependent", 2, task_slots_per_node=4)
        self.job("dependent", "dependent", uses_task_dependencies=True)
        depends = lambda *ids, **more: models.BatchTaskDependencies(task_ids=list(ids), **more)
        add = lambda name, command, **members: models.BatchTaskCreateOptions(id=name, command_line=command, **members)
        block = models.ExitConditions(exit_codes=[models.ExitCodeMapping(code=7, exit_options=models.ExitOptions(dependency_action=models.DependencyAction.SATISFY))])
        script = lambda name: f"/bin/sh -c 'echo {name} >> {self.emulator.home}/order'"
        self.batch.create_tasks("dependent", [
            add("Rain", script("Rain")), add("Sun", script("Sun")),
            add("Flowers", script("Flowers"), depends_on=depends("Rain", "Sun")),
            *(add(str(i), script(i)) for i in range(1, 4)),
            add("Range", script("Range"), depends_on=models.BatchTaskDependencies(task_id_ranges=[models.BatchTaskIdRange(start=1, end=3)])),
            add("Fails", "/bin/sh -c 'exit 7'", exit_conditions=block), add("AfterFailure", script("AfterFailure"), depends_on=depends("Fails")),
            add("Broken", "/bin/sh -c 'exit 1'"), add("Never", script("Never"), depends_on=depends("Broken"))])
        for name in ("Flowers", "Range", "AfterFailure", "Broken"):
            self.reaches("dependent", name)
        order = (pathlib.Path(self.emulator.home) / "order").read_text().split()
        self.assertGreater(order.index("Flowers"), max(order.index("Rain"), order.index("Sun")))
        self.assertGreater(order.index("Range"), max(order.index(str(i)) for i in range(1, 4)))
        self.assertEqual((self.batch.get_task("dependent", "Never").state, "Never" in order), (ACTIVE, False))
        self.assertEqual(self.batch.get_task("dependent", "Fails").execution_info.result, FAILURE)

    def test_persisted_outputs(self):
        self.pool("persisted", 1)
        client, url = self.container("outputs", "w")
        upload = lambda pattern, path, condition: models.OutputFile(
            file_pattern=pattern, upload_options=models.OutputFileUploadConfiguration(upload_condition=condition),
            destination=models.OutputFileDestination(container=models.OutputFileBlobContainerDestination(container_url=url, path=path)))
        self.job("persisted", "persisted")
        for name, code in (("good", 0), ("bad", 5)):
            self.task("persisted", name, f"/bin/sh -c 'echo started; mkdir out; echo result of {name} > out/result.txt; exit {code}'", output_files=[
                upload("../std*.txt", f"{name}/logs", models.OutputFileUploadCondition.TASK_COMPLETION),
                upload("out/*.txt", f"{name}/results", models.OutputFileUploadCondition.TASK_SUCCESS)])
        stored = {b.name: client.download_blob(b.name).readall() for b in client.list_blobs()}
        self.assertEqual(stored, {"bad/logs/stdout.txt": b"started\n", "bad/logs/stderr.txt": b"", "good/logs/stdout.txt": b"started\n", "good/logs/stderr.txt": b"",
                                  "good/results/result.txt": b"result of good\n"})
        # What is stored outlives the job and its node.
        self.batch.begin_delete_job("persisted", **POLL).result()
        self.batch.begin_delete_pool("persisted", **POLL).result()
        self.assertEqual(client.download_blob("good/results/result.txt").readall(), b"result of good\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
