"""Tasks as a user sees them: environment, files, failures, retries, limits, states."""
import unittest

import fixture
import rest


class Tasks(fixture.WithEmulator):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = cls.batch.call("POST", "/pools", rest.pool("TaskPool", 2, taskSlotsPerNode=4))
        cls.batch.call("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "TaskPool"}})

    def test_a_task_sees_the_services_variables_and_the_users(self):
        self.add_job("vars", "TaskPool", commonEnvironmentSettings=[{"name": "SHARED", "value": "job"}, {"name": "OWN", "value": "job"}])
        self.run_task("vars", "t", "/bin/sh -c 'env; pwd'", environmentSettings=[{"name": "OWN", "value": "task"}])
        text = self.file("vars", "t", "stdout.txt")
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        root = values["AZ_BATCH_NODE_ROOT_DIR"]
        task = f"{root}/workitems/vars/job-1/t"
        expected = {"AZ_BATCH_ACCOUNT_NAME": "devbatch", "AZ_BATCH_ACCOUNT_URL": self.emulator.batch["url"], "AZ_BATCH_POOL_ID": "TaskPool",
                    "AZ_BATCH_NODE_IS_DEDICATED": "true", "AZ_BATCH_NODE_SHARED_DIR": f"{root}/shared", "AZ_BATCH_NODE_STARTUP_DIR": f"{root}/startup",
                    "AZ_BATCH_JOB_ID": "vars", "AZ_BATCH_TASK_ID": "t", "AZ_BATCH_TASK_DIR": task, "AZ_BATCH_TASK_WORKING_DIR": f"{task}/wd",
                    "SHARED": "job", "OWN": "task"}
        self.assertEqual({name: values.get(name, "").rstrip("/") for name in expected}, expected)
        self.assertEqual(text.splitlines()[-1], f"{task}/wd")
        self.assertIn(values["AZ_BATCH_NODE_ID"], {n["id"] for n in self.nodes("TaskPool")})

    def test_no_shell_expands_a_command_line(self):
        self.run_task("job", "noshell", "/bin/echo $HOME '*' \"a b\" > x")
        self.assertEqual(self.file("job", "noshell", "stdout.txt"), "$HOME * a b > x\n")

    def test_resource_files_come_from_urls_and_containers(self):
        self.blob.call("PUT", "/res", {"restype": "container"})
        for name in ("in/a.txt", "in/deep/b.txt", "other.txt"):
            self.blob.put(f"/res/{name}", name.encode())
        public = self.blob.container_url("res", "rl").replace(f"http://127.0.0.1:{self.blob.url.port}/devstoreaccount1", "https://devstoreaccount1.blob.core.windows.net")
        task = self.run_task("job", "res", "/bin/sh -c 'find . -type f | sort; cat data/in/deep/b.txt; stat -c %a one.txt'", resourceFiles=[
            {"httpUrl": self.blob.blob_url("res", "other.txt", "r"), "filePath": "one.txt", "fileMode": "0640"},
            {"storageContainerUrl": public, "blobPrefix": "in/", "filePath": "data"},
            {"autoStorageContainerName": "res", "blobPrefix": "other", "filePath": "auto"}])
        self.assertEqual(task["executionInfo"]["exitCode"], 0, self.file("job", "res", "stderr.txt"))
        https_only = self.blob.container_url("res", "rl", protocol="https")
        https_only = https_only.replace(f"http://127.0.0.1:{self.blob.url.port}/devstoreaccount1", "https://devstoreaccount1.blob.core.windows.net")
        secure = self.run_task("job", "https", "cat other.txt", resourceFiles=[{"storageContainerUrl": https_only, "blobPrefix": "other"}])
        self.assertEqual(secure["executionInfo"]["result"], "success", secure["executionInfo"])
        self.assertEqual(self.file("job", "res", "stdout.txt"), "./auto/other.txt\n./data/in/a.txt\n./data/in/deep/b.txt\n./one.txt\nin/deep/b.txt640\n")

    def test_a_missing_resource_file_fails_the_task_before_its_command(self):
        self.blob.call("PUT", "/res2", {"restype": "container"})
        task = self.run_task("job", "nofile", "true", constraints={"maxTaskRetryCount": 3},
                             resourceFiles=[{"httpUrl": self.blob.blob_url("res2", "absent", "r"), "filePath": "x"}])
        info = task["executionInfo"]
        self.assertEqual((info["result"], info["failureInfo"]["code"], info["failureInfo"]["category"], info["retryCount"]),
                         ("failure", "BlobNotFound", "UserError", 0))
        self.assertNotIn("exitCode", info)

    def test_output_files_follow_patterns_and_conditions(self):
        self.blob.call("PUT", "/out", {"restype": "container"})
        url = self.blob.container_url("out", "w")
        target = lambda path=None, **more: {"container": {"containerUrl": url, **({"path": path} if path else {}), **more}}
        self.run_task("job", "outputs", "/bin/sh -c 'mkdir -p d/e; echo 1 > d/one.txt; echo 2 > d/e/two.txt; echo hidden > d/.dot; echo log; exit 4'", outputFiles=[
            {"filePattern": "d/**/*.txt", "destination": target("tree"), "uploadOptions": {"uploadCondition": "taskcompletion"}},
            {"filePattern": "../std*.txt", "destination": target("logs"), "uploadOptions": {"uploadCondition": "taskfailure"}},
            {"filePattern": "d/one.txt", "destination": target("never"), "uploadOptions": {"uploadCondition": "tasksuccess"}},
            {"filePattern": "d/one.txt", "destination": target("typed.txt", uploadHeaders=[{"name": "Content-Type", "value": "text/x-test"}]), "uploadOptions": {"uploadCondition": "taskcompletion"}}])
        listed = self.blob.call("GET", "/out", {"restype": "container", "comp": "list"}).body.decode()
        names = [part.split("</Name>")[0] for part in listed.split("<Name>")[1:]]
        self.assertEqual(names, ["logs/stderr.txt", "logs/stdout.txt", "tree/e/two.txt", "tree/one.txt", "typed.txt"])
        self.assertEqual(self.blob.call("GET", "/out/typed.txt").headers["Content-Type"], "text/x-test")
        self.assertIsNotNone(self.file("job", "outputs", "fileuploadout.txt"))

    def test_an_upload_that_is_refused_fails_the_task_and_keeps_its_exit_code(self):
        task = self.run_task("job", "noupload", "/bin/sh -c 'echo x > x'", outputFiles=[{"filePattern": "x", "uploadOptions": {"uploadCondition": "tasksuccess"},
                             "destination": {"container": {"containerUrl": self.blob.container_url("absent", "w")}}}])
        info = task["executionInfo"]
        self.assertEqual((info["exitCode"], info["result"], info["failureInfo"]["code"]), (0, "failure", "FileUploadContainerNotFound"))

    def test_exit_conditions_tell_errors_before_and_after_the_command_apart(self):
        self.add_job("conditions", "TaskPool", usesTaskDependencies=True)
        satisfied, blocked = {"dependencyAction": "satisfy"}, {"dependencyAction": "block"}
        absent = self.blob.blob_url("absent", "absent", "r")
        upload = {"filePattern": "../stdout.txt", "uploadOptions": {"uploadCondition": "taskcompletion"},
                  "destination": {"container": {"containerUrl": self.blob.container_url("absent", "w")}}}
        before = {"resourceFiles": [{"httpUrl": absent, "filePath": "x"}]}
        self.add_task("conditions", "before", "true", exitConditions={"preProcessingError": satisfied, "default": blocked}, **before)
        self.add_task("conditions", "after", "true", exitConditions={"fileUploadError": satisfied, "default": blocked}, outputFiles=[upload])
        # The code was named, so it wins over the upload's error; and neither error is the other's.
        self.add_task("conditions", "named", "/bin/sh -c 'exit 3'", outputFiles=[upload],
                      exitConditions={"exitCodes": [{"code": 3, "exitOptions": satisfied}], "fileUploadError": blocked})
        self.add_task("conditions", "other", "true", exitConditions={"fileUploadError": satisfied, "default": blocked}, **before)
        for parent in ("before", "after", "named", "other"):
            self.add_task("conditions", "child-of-" + parent, "true", dependsOn={"taskIds": [parent]})
        for parent in ("before", "after", "named", "other"):
            self.assertEqual(self.wait_task("conditions", parent)["executionInfo"]["result"], "failure")
        for parent in ("before", "after", "named"):
            self.wait_task("conditions", "child-of-" + parent)
        self.assertEqual(self.task("conditions", "child-of-other")["state"], "active")

    def test_files_go_when_their_retention_is_over(self):
        self.run_task("job", "short", "echo kept", constraints={"retentionTime": "PT1S"})
        def cleaned():
            answer = self.batch.call("GET", "/jobs/job/tasks/short/files/stdout.txt")
            return answer.status != 200 and answer.code == "TaskFilesCleanedup"
        self.wait(cleaned, "the end of the retention")
        node = self.task("job", "short")["nodeInfo"]
        gone = lambda: self.batch.call("GET", f"/pools/TaskPool/nodes/{node['nodeId']}/files/{node['taskRootDirectory']}/stdout.txt").status == 404
        self.wait(gone, "the removal of the directory")

    def test_a_nonzero_exit_is_retried_as_often_as_the_constraint_says(self):
        self.add_job("retry", "TaskPool")
        task = self.run_task("retry", "t", "/bin/sh -c 'exit 9'", constraints={"maxTaskRetryCount": 2})
        info = task["executionInfo"]
        self.assertEqual((info["exitCode"], info["retryCount"], info["failureInfo"]["code"]), (9, 2, "FailureExitCode"))
        self.assertIn("lastRetryTime", info)

    def test_a_program_that_does_not_exist_is_named_by_the_services_code(self):
        info = self.run_task("job", "noprogram", "definitely-not-a-program --x")["executionInfo"]
        self.assertEqual(info["failureInfo"]["code"], "CommandProgramNotFound")
        self.assertNotIn("exitCode", info)

    def test_the_wall_clock_ends_a_task_with_all_its_descendants(self):
        task = self.run_task("job", "slow", "/bin/sh -c 'echo $$; (setsid sleep 600 & echo $!); sleep 600'", constraints={"maxWallClockTime": "PT1S"})
        self.assertEqual(task["executionInfo"]["result"], "failure")
        for pid in self.file("job", "slow", "stdout.txt").split():
            self.assertIsNone(fixture.process_state(pid), f"process {pid} outlived its task")

    def test_terminate_kills_double_forked_daemons_too(self):
        script = "/bin/sh -c '(setsid sh -c \"echo \\$\\$ > daemon.pid; trap : TERM; while :; do sleep 1; done\" &); trap : TERM; while :; do sleep 1; done'"
        self.add_task("job", "daemon", script)
        pid = int(self.wait(lambda: self.file("job", "daemon", "wd/daemon.pid"), "the daemon's pid file"))
        self.succeed(204, "POST", "/jobs/job/tasks/daemon/terminate")
        task = self.wait_task("job", "daemon")
        self.assertEqual(task["executionInfo"]["failureInfo"]["code"], "TaskEnded")
        self.wait(lambda: fixture.process_state(pid) is None, "the end of the daemon")
        answer = self.batch.call("POST", "/jobs/job/tasks/daemon/terminate")
        self.assertEqual((answer.status, answer.code), (409, "TaskCompleted"))
        self.succeed(204, "POST", "/jobs/job/tasks/daemon/reactivate")
        self.succeed(200, "DELETE", "/jobs/job/tasks/daemon")
        self.assertEqual(self.batch.call("GET", "/jobs/job/tasks/daemon").code, "TaskNotFound")

    def test_stdout_of_a_running_task_is_live_and_ranged(self):
        self.add_task("job", "live", "/bin/sh -c 'echo first; while [ ! -f stop ]; do sleep 0.05; done; echo last'")
        self.wait(lambda: self.file("job", "live", "stdout.txt") == "first\n", "the first line")
        ranged = self.succeed(200, "GET", "/jobs/job/tasks/live/files/stdout.txt", headers={"ocp-range": "bytes=1-3"})
        self.assertEqual(ranged.body, b"irs")
        beyond = self.batch.call("GET", "/jobs/job/tasks/live/files/stdout.txt", headers={"ocp-range": "bytes=100-200"})
        self.assertEqual((beyond.status, beyond.code), (416, "InvalidRange"))
        self.succeed(204, "POST", "/jobs/job/tasks/live/terminate")
        self.wait_task("job", "live")

    def test_files_are_listed_read_and_deleted_through_task_and_node(self):
        task = self.run_task("job", "files", "/bin/sh -c 'mkdir sub; echo x > sub/a.txt; ln -s /etc/passwd link'")
        names = {f["name"] for f in self.batch.all("/jobs/job/tasks/files/files", {"recursive": "true"})}
        self.assertLessEqual({"stdout.txt", "stderr.txt", "wd", "wd/sub", "wd/sub/a.txt"}, names)
        head = self.batch.call("HEAD", "/jobs/job/tasks/files/files/wd%2Fsub%2Fa.txt")
        self.assertEqual((head.status, head.headers["Content-Length"], head.headers["ocp-batch-file-isdirectory"]), (200, "2", "False"))
        self.assertNotEqual(self.batch.call("GET", "/jobs/job/tasks/files/files/wd/link").status, 200)
        self.assertEqual(self.batch.call("GET", "/jobs/job/tasks/files/files/wd/none").code, "FileNotFound")
        self.assertNotEqual(self.batch.call("GET", "/jobs/job/tasks/files/files/..%2F..%2F..%2F..%2F..%2Fagent.json").status, 200)
        node = task["nodeInfo"]["nodeId"]
        by_node = self.succeed(200, "GET", f"/pools/TaskPool/nodes/{node}/files/workitems/job/job-1/files/wd/sub/a.txt")
        self.assertEqual(by_node.body, b"x\n")
        top = {f["name"] for f in self.batch.all(f"/pools/TaskPool/nodes/{node}/files")}
        self.assertLessEqual({"startup", "shared", "workitems", "volatile", "applications", "fsmounts"}, top)
        self.succeed(200, "DELETE", "/jobs/job/tasks/files/files/wd/sub/a.txt")
        self.assertEqual(self.file("job", "files", "wd/sub/a.txt"), None)

    def test_disable_with_requeue_returns_running_tasks_to_active_and_enable_runs_them_again(self):
        self.add_job("disable", "TaskPool")
        self.add_task("disable", "t", "/bin/sh -c 'sleep 600'")
        self.wait_task("disable", "t", "running")
        self.succeed(202, "POST", "/jobs/disable/disable", {"disableTasks": "requeue"})
        self.wait_job("disable", "disabled")
        task = self.task("disable", "t")
        self.assertEqual((task["state"], task["previousState"], task["executionInfo"]["requeueCount"]), ("active", "running", 1))
        self.succeed(202, "POST", "/jobs/disable/enable")
        self.wait_task("disable", "t", "running")
        self.succeed(202, "DELETE", "/jobs/disable")
        self.gone("/jobs/disable", "JobNotFound")

    def test_a_job_terminates_when_all_its_tasks_are_complete(self):
        self.add_job("ends", "TaskPool")
        self.run_task("ends", "t", "true")
        self.succeed(200, "PATCH", "/jobs/ends", {"onAllTasksComplete": "terminatejob"})
        job = self.wait_job("ends", "completed")
        self.assertEqual(job["executionInfo"]["terminateReason"], "AllTasksComplete")
        refused = self.batch.call("POST", "/jobs/ends/tasks", {"id": "late", "commandLine": "true"})
        self.assertEqual((refused.status, refused.code), (409, "JobCompleted"))

    def test_slots_bound_how_many_tasks_run_at_once(self):
        self.add_job("slots", "TaskPool")
        tasks = [{"id": f"t{i}", "commandLine": "/bin/sh -c 'while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/go ]; do sleep 0.05; done'", "requiredSlots": 2} for i in range(6)]
        answer = self.succeed(200, "POST", "/jobs/slots/addtaskcollection", {"value": tasks})
        self.assertEqual({item["status"].lower() for item in answer.json()["value"]}, {"success"})
        counts = self.wait(lambda: (lambda c: c if c["taskCounts"]["running"] == 4 else None)(self.succeed(200, "GET", "/jobs/slots/taskcounts").json()), "four running tasks")
        self.assertEqual((counts["taskCounts"]["active"], counts["taskSlotCounts"]["running"]), (2, 8))
        for node in self.nodes("TaskPool"):
            self.assertEqual((node["runningTasksCount"], node["runningTaskSlotsCount"], node["state"]), (2, 4, "running"))
        self.succeed(202, "DELETE", "/jobs/slots")
        self.gone("/jobs/slots", "JobNotFound")

    def test_ffmpeg_fails_with_the_commands_exit_code_and_last_line(self):
        self.blob.call("PUT", "/bad", {"restype": "container"})
        self.blob.put("/bad/zero.mp4", b"")
        resource = [{"httpUrl": self.blob.blob_url("bad", "zero.mp4", "r"), "filePath": "zero.mp4"}]
        for name, command in (("plain", "ffmpeg -i zero.mp4 zero.mp3"), ("shell", '/bin/bash -c "ffmpeg -i zero.mp4 zero.mp3 "'), ("piped", "/bin/bash -c \"ffmpeg -i zero.mp4 zero.mp3 2>&1 | cat >&2; exit ${PIPESTATUS[0]}\"")):
            info = self.run_task("job", f"ff{name}", command, resourceFiles=resource)["executionInfo"]
            self.assertEqual(info["exitCode"], 1, name)
            self.assertEqual(self.file("job", f"ff{name}", "stderr.txt").rstrip().splitlines()[-1], "zero.mp4: Invalid data found when processing input", name)

    def test_apt_get_accepts_what_the_host_has_and_refuses_the_rest_by_name(self):
        self.assertEqual(self.run_task("job", "apt1", '/bin/bash -c "apt-get update && apt-get install -y ffmpeg"')["executionInfo"]["exitCode"], 0)
        self.assertEqual(self.run_task("job", "apt2", "apt-get install -y no-such-package-xyz")["executionInfo"]["exitCode"], 100)
        said = (self.file("job", "apt2", "stderr.txt") or "") + (self.file("job", "apt2", "stdout.txt") or "")
        self.assertIn("no-such-package-xyz", said)
        self.assertIn("--host-packages", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
