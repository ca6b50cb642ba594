"""Every operation of the newest azure-batch client, each with its result looked at."""
import datetime
import inspect
import unittest

from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError

import management
from newest_client import POLL, WithNewestClient, later, machine

LONG_AGO = datetime.datetime(2017, 1, 1, tzinfo=datetime.timezone.utc)
NOT_OPERATIONS = {"close", "send_request"}


class NewestOperations(WithNewestClient):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool("nodes", 2, task_slots_per_node=4, start_task=models.BatchStartTask(command_line="/bin/sh -c 'echo started'", wait_for_success=True),
                 virtual_machine_configuration=machine(extensions=[models.VMExtension(
                     name="monitor", publisher="Microsoft.Azure.Monitor", type="AzureMonitorLinuxAgent", type_handler_version="1.0")]))

    def test_account(self):
        images = list(self.batch.list_supported_images(filter="osType eq 'linux' and verificationType eq 'verified'"))
        self.assertEqual({i.os_type for i in images}, {models.OSType.LINUX})
        self.assertIn("batch.node.ubuntu 22.04", {i.node_agent_sku_id for i in images})
        counts = {c.pool_id: c for c in self.batch.list_pool_node_counts(filter="poolId eq 'nodes'")}
        self.assertEqual(counts["nodes"].dedicated.total, 2)
        metrics = list(self.batch.list_pool_usage_metrics(start_time=later(hours=-6), end_time=later(hours=-3)))
        self.assertEqual(metrics, [])

    def test_applications(self):
        management.add_package(self.emulator, "app", "1.0", {"hello.txt": b"hello"})
        self.assertEqual([(a.id, a.versions) for a in self.batch.list_applications()], [("app", ["1.0"])])
        self.assertEqual(self.batch.get_application("app").versions, ["1.0"])
        self.refused(404, "ApplicationNotFound", self.batch.get_application, "absent")

    def test_pools(self):
        name = self.pool("Mixed-Case", display_name="A pool", metadata=[models.BatchMetadataItem(name="k", value="v")], task_slots_per_node=2)
        self.assertTrue(self.batch.pool_exists(name))
        with self.assertRaises(ResourceNotFoundError):
            self.batch.pool_exists("absent")  # the client's own policy raises before it can say False
        pool = self.batch.get_pool("mixed-case")
        self.assertEqual((pool.id, pool.display_name, pool.task_slots_per_node, pool.metadata[0].value, pool.state), (name, "A pool", 2, "v", models.BatchPoolState.ACTIVE))
        self.assertEqual([p.id for p in self.batch.list_pools(filter="startswith(id, 'Mixed')", select=["id", "state"])], [name])
        self.batch.update_pool(name, models.BatchPoolUpdateOptions(metadata=[models.BatchMetadataItem(name="k", value="w")],
                                                                   start_task=models.BatchStartTask(command_line="true")))
        updated = self.batch.get_pool(name)
        self.assertEqual((updated.metadata[0].value, updated.start_task.command_line), ("w", "true"))
        self.assertNotEqual(updated.etag, pool.etag)
        self.refused(412, "ConditionNotMet", self.batch.update_pool, name, models.BatchPoolUpdateOptions(metadata=[]), etag=pool.etag, match_condition=MatchConditions.IfNotModified)
        self.batch.replace_pool_properties(name, models.BatchPoolReplaceOptions(application_package_references=[], metadata=[]))
        replaced = self.batch.get_pool(name)
        self.assertEqual((replaced.start_task, replaced.metadata or []), (None, []))
        self.batch.begin_delete_pool(name, **POLL).result()
        with self.assertRaises(ResourceNotFoundError):
            self.batch.get_pool(name)

    def test_autoscale(self):
        name = self.pool("scaling")
        self.batch.enable_pool_auto_scale(name, models.BatchPoolEnableAutoScaleOptions(
            auto_scale_formula="$TargetDedicatedNodes = 1; $NodeDeallocationOption = taskcompletion;", auto_scale_evaluation_interval=datetime.timedelta(minutes=10)))
        run = self.batch.evaluate_pool_auto_scale(name, models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="x = 2 * 3; $TargetDedicatedNodes = x;"))
        self.assertIn("$TargetDedicatedNodes=6", run.results)
        self.assertIn("x=6", run.results)
        pool = self.wait("the formula's target", lambda: (lambda p: p if p.target_dedicated_nodes == 1 else None)(self.batch.get_pool(name)))
        self.assertEqual((pool.enable_auto_scale, pool.auto_scale_evaluation_interval), (True, datetime.timedelta(minutes=10)))
        self.steady(name)
        self.batch.disable_pool_auto_scale(name)
        pool = self.batch.get_pool(name)
        self.assertEqual((pool.enable_auto_scale, pool.auto_scale_formula, pool.target_dedicated_nodes), (False, None, 1))
        self.refused(400, "AutoScalingFormulaSyntaxError", self.batch.enable_pool_auto_scale, "nodes", models.BatchPoolEnableAutoScaleOptions(auto_scale_formula="$TargetDedicatedNodes ="))

    def test_resizing(self):
        name = self.pool("resized")
        self.batch.begin_resize_pool(name, models.BatchPoolResizeOptions(target_dedicated_nodes=2), **POLL).result()
        nodes = self.idle(name, 2)
        self.batch.begin_remove_nodes(name, models.BatchNodeRemoveOptions(node_ids=[nodes[0].id]), **POLL).result()
        self.assertEqual(([n.id for n in self.batch.list_nodes(name)], self.batch.get_pool(name).target_dedicated_nodes), ([nodes[1].id], 1))
        self.job("holding", name)
        self.task("holding", "t", "sleep 600", models.BatchTaskState.RUNNING)
        self.batch.begin_resize_pool(name, models.BatchPoolResizeOptions(target_dedicated_nodes=0, node_deallocation_option=models.BatchNodeDeallocationOption.TASK_COMPLETION), **POLL)
        self.assertEqual(self.batch.get_pool(name).allocation_state, models.AllocationState.RESIZING)
        self.batch.begin_stop_pool_resize(name, **POLL).result()
        stopped = self.steady(name)
        self.assertEqual((stopped.current_dedicated_nodes, [e.code for e in stopped.resize_errors]), (1, ["ResizeStopped"]))
        self.batch.begin_delete_job("holding", **POLL).result()

    def test_jobs(self):
        job = self.job("job", priority=5, metadata=[models.BatchMetadataItem(name="k", value="v")])
        self.assertEqual((self.batch.get_job(job).priority, self.batch.get_job("JOB").id), (5, "job"))
        self.assertIn(job, [j.id for j in self.batch.list_jobs(filter="executionInfo/poolId eq 'nodes'", max_results=1)])
        self.batch.update_job(job, models.BatchJobUpdateOptions(constraints=models.BatchJobConstraints(max_task_retry_count=3)))
        patched = self.batch.get_job(job)
        self.assertEqual((patched.priority, patched.constraints.max_task_retry_count), (5, 3))
        self.batch.replace_job(job, models.BatchJob(pool_info=models.BatchPoolInfo(pool_id="nodes")))
        replaced = self.batch.get_job(job)
        self.assertEqual((replaced.priority, replaced.constraints.max_task_retry_count, replaced.metadata), (0, 0, None))
        self.batch.begin_disable_job(job, models.BatchJobDisableOptions(disable_tasks=models.DisableBatchJobOption.REQUEUE), **POLL).result()
        self.assertEqual(self.batch.get_job(job).state, models.BatchJobState.DISABLED)
        self.batch.begin_enable_job(job, **POLL).result()
        self.assertEqual(self.batch.get_job(job).state, models.BatchJobState.ACTIVE)
        # Without options this client fails before it sends anything.
        self.batch.begin_terminate_job(job, {"terminateReason": "enough"}, **POLL).result()
        ended = self.batch.get_job(job)
        self.assertEqual((ended.state, ended.execution_info.termination_reason), (models.BatchJobState.COMPLETED, "enough"))
        self.refused(409, "JobCompleted", self.batch.create_task, job, models.BatchTaskCreateOptions(id="late", command_line="true"))
        self.batch.begin_delete_job(job, **POLL).result()
        with self.assertRaises(ResourceNotFoundError):
            self.batch.get_job(job)

    def test_preparation_and_release(self):
        job = self.job("prepared", job_preparation_task=models.BatchJobPreparationTask(command_line="true"), job_release_task=models.BatchJobReleaseTask(command_line="true"))
        self.task(job, "t", "true")
        self.batch.begin_terminate_job(job, {"terminateReason": "done"}, **POLL).result()
        status = list(self.batch.list_job_preparation_and_release_task_status(job))
        self.assertEqual([(s.pool_id, s.job_preparation_task_execution_info.result, s.job_release_task_execution_info.exit_code) for s in status],
                         [("nodes", models.BatchTaskExecutionResult.SUCCESS, 0)])

    def test_schedules(self):
        specification = models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id="nodes"), priority=7)
        self.batch.create_job_schedule(models.BatchJobScheduleCreateOptions(
            id="schedule", schedule=models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(hours=1)), job_specification=specification))
        self.assertTrue(self.batch.job_schedule_exists("schedule"))
        with self.assertRaises(ResourceNotFoundError):
            self.batch.job_schedule_exists("absent")
        schedule = self.wait("the first job", lambda: (lambda s: s if s.execution_info.recent_job else None)(self.batch.get_job_schedule("schedule")))
        self.assertEqual((schedule.execution_info.recent_job.id, schedule.state), ("schedule:job-1", models.BatchJobScheduleState.ACTIVE))
        self.assertEqual([(j.id, j.priority) for j in self.batch.list_jobs_from_schedule("schedule")], [("schedule:job-1", 7)])
        self.assertEqual([s.id for s in self.batch.list_job_schedules()], ["schedule"])
        self.batch.disable_job_schedule("schedule")
        self.assertEqual(self.batch.get_job_schedule("schedule").state, models.BatchJobScheduleState.DISABLED)
        self.batch.enable_job_schedule("schedule")
        self.batch.update_job_schedule("schedule", models.BatchJobScheduleUpdateOptions(metadata=[models.BatchMetadataItem(name="k", value="v")]))
        self.assertEqual(self.batch.get_job_schedule("schedule").metadata[0].value, "v")
        replacement = self.batch.get_job_schedule("schedule")
        replacement.job_specification.priority = 9
        replacement.metadata = None
        self.batch.replace_job_schedule("schedule", replacement)
        replaced = self.batch.get_job_schedule("schedule")
        self.assertEqual((replaced.job_specification.priority, replaced.metadata), (9, None))
        self.batch.begin_terminate_job_schedule("schedule", **POLL).result()
        self.assertEqual(self.batch.get_job_schedule("schedule").state, models.BatchJobScheduleState.COMPLETED)
        self.batch.begin_delete_job_schedule("schedule", **POLL).result()
        with self.assertRaises(ResourceNotFoundError):
            self.batch.get_job_schedule("schedule")

    def test_tasks(self):
        job = self.job("tasks")
        task = self.task(job, "one")
        self.assertEqual((task.execution_info.exit_code, task.execution_info.result, task.node_info.pool_id), (0, models.BatchTaskExecutionResult.SUCCESS, "nodes"))
        many = self.batch.create_tasks(job, [models.BatchTaskCreateOptions(id=f"m{i}", command_line="true") for i in range(250)])
        self.assertEqual({r.status.lower() for r in many.result_values}, {models.BatchTaskAddStatus.SUCCESS.value})
        again = self.batch.create_task_collection(job, models.BatchTaskGroup(task_values=[models.BatchTaskCreateOptions(id="one", command_line="true")]))
        self.assertEqual([(r.status.lower(), r.error.code) for r in again.result_values], [(models.BatchTaskAddStatus.CLIENT_ERROR.value, "TaskExists")])
        listed = list(self.batch.list_tasks(job, filter="startswith(id, 'm')", select=["id"], max_results=100))
        self.assertEqual((len(listed), listed[0].command_line), (250, None))
        counts = self.wait("251 completed tasks", lambda: (lambda c: c if c.task_counts.completed == 251 else None)(self.batch.get_job_task_counts(job)))
        self.assertEqual((counts.task_counts.succeeded, counts.task_slot_counts.completed), (251, 251))
        running = self.task(job, "running", "sleep 600", models.BatchTaskState.RUNNING)
        self.batch.replace_task(job, "running", models.BatchTask(constraints=models.BatchTaskConstraints(max_task_retry_count=2)))
        replaced = self.batch.get_task(job, "running")
        self.assertEqual(replaced.constraints.max_task_retry_count, 2)
        self.assertNotEqual(replaced.etag, running.etag)
        self.batch.terminate_task(job, "running")
        ended = self.reaches(job, "running", models.BatchTaskState.COMPLETED)
        self.assertEqual((ended.execution_info.result, ended.execution_info.failure_info.code), (models.BatchTaskExecutionResult.FAILURE, "TaskEnded"))
        self.batch.reactivate_task(job, "running")
        self.reaches(job, "running", models.BatchTaskState.RUNNING)
        self.batch.delete_task(job, "running")
        self.refused(404, "TaskNotFound", self.batch.get_task, job, "running")

    def test_subtasks(self):
        # Multi-instance tasks need nodes of one slot that may talk to each other (contract 6.10).
        job = self.job("multi", self.pool("multi", 2, enable_inter_node_communication=True))
        self.task(job, "t", "true", multi_instance_settings=models.MultiInstanceSettings(number_of_instances=2, coordination_command_line="true"))
        subtasks = self.wait("the subtask's end", lambda: (lambda s: s if s and s[0].state == models.BatchSubtaskState.COMPLETED else None)(list(self.batch.list_subtasks(job, "t"))))
        self.assertEqual([(s.id, s.exit_code) for s in subtasks], [(1, 0)])

    def test_files(self):
        job = self.job("files")
        node = self.task(job, "t").node_info.node_id
        self.assertLessEqual({"stdout.txt", "wd/x.txt"}, {f.name for f in self.batch.list_task_files(job, "t", recursive=True)})
        self.assertEqual(b"".join(self.batch.download_task_file(job, "t", "stdout.txt")), b"hello\n")
        self.assertEqual(b"".join(self.batch.download_task_file(job, "t", "stdout.txt", ocp_range="bytes=1-2")), b"el")
        properties = self.batch.get_task_file_properties(job, "t", "wd/x.txt")
        self.assertEqual((int(properties.content_length), properties.is_directory), (2, False))
        path = f"workitems/{job}/job-1/t/wd/x.txt"
        self.assertEqual(b"".join(self.batch.download_node_file("nodes", node, path)), b"x\n")
        self.assertEqual(int(self.batch.get_node_file_properties("nodes", node, path).content_length), 2)
        self.assertIn("workitems", {f.name for f in self.batch.list_node_files("nodes", node)})
        self.batch.delete_task_file(job, "t", "wd/x.txt")
        self.refused(404, "FileNotFound", self.batch.delete_node_file, "nodes", node, path)
        self.batch.delete_node_file("nodes", node, f"workitems/{job}/job-1/t/wd", recursive=True)
        self.assertEqual([f.name for f in self.batch.list_task_files(job, "t", recursive=True) if f.name.startswith("wd/")], [])

    def test_nodes(self):
        pool = self.pool("acted-on", 1)
        node = self.idle(pool, 1)[0].id
        self.assertEqual(self.batch.get_node(pool, node, select=["id", "state"]).id, node)
        terminate = models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option=models.BatchNodeDisableSchedulingOption.TERMINATE)
        self.batch.disable_node_scheduling(pool, node, terminate)
        self.wait("the node going offline", lambda: self.batch.get_node(pool, node).state == models.BatchNodeState.OFFLINE)
        self.assertEqual(self.batch.get_node(pool, node).scheduling_state, models.SchedulingState.DISABLED)
        self.refused(409, "NodeAlreadyInTargetSchedulingState", self.batch.disable_node_scheduling, pool, node, terminate)
        self.batch.enable_node_scheduling(pool, node)
        booted = self.idle(pool, 1)[0].last_boot_time
        self.batch.begin_reboot_node(pool, node, {"nodeRebootOption": "terminate"}, **POLL).result()
        self.assertGreater(self.idle(pool, 1)[0].last_boot_time, booted)
        self.batch.begin_reimage_node(pool, node, {"nodeReimageOption": "requeue"}, **POLL).result()
        self.assertGreater(self.idle(pool, 1)[0].last_boot_time, booted)
        self.batch.begin_deallocate_node(pool, node, {"nodeDeallocateOption": "terminate"}, **POLL).result()
        self.assertEqual(self.batch.get_node(pool, node).state, models.BatchNodeState.DEALLOCATED)
        self.batch.begin_start_node(pool, node, **POLL).result()
        self.idle(pool, 1)

    def test_node_users_and_logins(self):
        node = self.idle("nodes", 2)[0].id
        self.batch.create_node_user("nodes", node, models.BatchNodeUserCreateOptions(name="alice", password="Secret-1", expiry_time=later(days=1)))
        self.refused(409, "NodeUserExists", self.batch.create_node_user, "nodes", node, models.BatchNodeUserCreateOptions(name="alice", password="Secret-1"))
        self.batch.replace_node_user("nodes", node, "alice", models.BatchNodeUserReplaceOptions(password="Secret-2"))
        self.batch.delete_node_user("nodes", node, "alice")
        self.refused(404, "NodeUserNotFound", self.batch.delete_node_user, "nodes", node, "alice")
        login = self.batch.get_node_remote_login_settings("nodes", node)
        self.assertTrue(login.remote_login_ip_address)
        self.assertGreater(login.remote_login_port, 0)

    def test_node_extensions_and_logs(self):
        node = self.idle("nodes", 2)[0].id
        self.assertEqual([e.vm_extension.name for e in self.batch.list_node_extensions("nodes", node)], ["monitor"])
        self.assertEqual(self.batch.get_node_extension("nodes", node, "monitor").vm_extension.publisher, "Microsoft.Azure.Monitor")
        self.blob.call("PUT", "/logs", {"restype": "container"})
        result = self.batch.upload_node_logs("nodes", node, models.UploadBatchServiceLogsOptions(container_url=self.blob.container_url("logs", "w"), start_time=LONG_AGO))
        self.assertGreater(result.number_of_files_uploaded, 0)
        listing = lambda: self.blob.call("GET", "/logs", {"restype": "container", "comp": "list", "prefix": result.virtual_directory_name}).body.count(b"<Name>")
        self.wait("the uploaded logs", lambda: listing() == result.number_of_files_uploaded)

    def test_zz_no_operation_of_the_client_was_left_out(self):
        operations = {name for name, _ in inspect.getmembers(BatchClient, inspect.isfunction) if not name.startswith("_")} - NOT_OPERATIONS
        self.assertEqual(operations - self.batch.called, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
