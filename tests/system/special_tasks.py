"""Preparation, release and manager tasks as real processes on real nodes, and the token of a task."""
import base64
import signal
import unittest
import urllib.request

import emulator
import fixture
import rest

# What a job manager does with its token: it looks at its job, adds two tasks, waits for them, and tries what it must not.
MANAGER = r"""
import json, os, time, urllib.error, urllib.request
base, job = os.environ["AZ_BATCH_ACCOUNT_URL"].rstrip("/"), os.environ["AZ_BATCH_JOB_ID"]
def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": "Bearer " + os.environ["AZ_BATCH_AUTHENTICATION_TOKEN"], "Content-Type": "application/json; odata=minimalmetadata"}
    request = urllib.request.Request(base + path + "?api-version=2024-02-01.19.0", data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
print(call("GET", "/jobs/" + job)[0])
for name in ("one", "two"):
    print(call("POST", "/jobs/%s/tasks" % job, {"id": name, "commandLine": "/bin/sh -c 'echo %s'" % name})[0])
while any(call("GET", "/jobs/%s/tasks/%s" % (job, name))[1]["state"] != "completed" for name in ("one", "two")):
    time.sleep(0.05)
print(call("GET", "/pools")[0], call("GET", "/jobs/other")[0], call("GET", "/jobs")[1]["code"])
"""


def python(script):
    packed = base64.b64encode(script.encode()).decode()
    return f"python3 -c \"import base64; exec(base64.b64decode('{packed}'))\""


def shell(script):
    return f"/bin/sh -c '{script}'"


class SpecialTasks(fixture.WithEmulator):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        helper = cls("test_the_preparation_runs_before_the_first_task_and_the_release_after_the_last_on_each_node")
        helper.add_pool("Pool", 2)
        helper.wait_nodes("Pool", 2)

    def status(self, job):
        return self.batch.all(f"/jobs/{job}/jobpreparationandreleasetaskstatus")

    def node_file(self, node, path):
        answer = self.batch.call("GET", f"/pools/Pool/nodes/{node}/files/{path}")
        return answer.body.decode() if answer.status == 200 else answer.code

    def test_the_preparation_runs_before_the_first_task_and_the_release_after_the_last_on_each_node(self):
        self.add_job("both", "Pool",
                     commonEnvironmentSettings=[{"name": "COMMON", "value": "common"}],
                     jobPreparationTask={"commandLine": shell("echo $COMMON > data; echo prepared; echo \"${AZ_BATCH_JOB_PREP_DIR:-none}\"")},
                     jobReleaseTask={"commandLine": shell("echo released; cat \"$AZ_BATCH_JOB_PREP_WORKING_DIR/data\"")})
        self.assertEqual(self.status("both"), [])
        for name in ("a", "b"):
            self.add_task("both", name, shell("cat \"$AZ_BATCH_JOB_PREP_WORKING_DIR/data\"; while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/../../go ]; do sleep 0.05; done"))
        tasks = [self.wait_task("both", name, "running") for name in ("a", "b")]
        nodes = {task["nodeInfo"]["nodeId"] for task in tasks}
        self.assertEqual(len(nodes), 2)
        for task in tasks:
            self.assertEqual(task["previousState"], "preparing")
            self.wait(lambda: self.file("both", task["id"], "stdout.txt") == "common\n", "the task reading what the preparation left")
        self.succeed(202, "POST", "/jobs/both/terminate", {"terminateReason": "enough"})
        job = self.wait_job("both", "completed")
        self.assertEqual(job["executionInfo"]["terminateReason"], "enough")
        status = self.status("both")
        self.assertEqual({entry["nodeId"] for entry in status}, nodes)
        for entry in status:
            for kind in ("jobPreparationTaskExecutionInfo", "jobReleaseTaskExecutionInfo"):
                self.assertEqual((entry[kind]["state"], entry[kind]["exitCode"], entry[kind]["result"]), ("completed", 0, "success"))
            self.assertEqual(self.node_file(entry["nodeId"], entry["jobPreparationTaskExecutionInfo"]["taskRootDirectory"] + "/stdout.txt"), "prepared\nnone\n")
            self.assertEqual(self.node_file(entry["nodeId"], entry["jobReleaseTaskExecutionInfo"]["taskRootDirectory"] + "/stdout.txt"), "released\ncommon\n")
        self.succeed(202, "DELETE", "/jobs/both")
        self.gone("/jobs/both", "JobNotFound")
        for node in nodes:
            self.wait(lambda: self.node_file(node, "workitems/both/job-1/jobpreparation/stdout.txt") == "FileNotFound", "the directories of the job being removed")

    def test_a_failed_preparation_bars_the_node_for_the_job_alone(self):
        self.add_job("barred", "Pool", jobPreparationTask={"commandLine": shell("exit 3"), "constraints": {"maxTaskRetryCount": 1}})
        self.add_task("barred", "t", "true")
        self.wait(lambda: len([e for e in self.status("barred") if e["jobPreparationTaskExecutionInfo"]["state"] == "completed"]) == 2, "both nodes failing to prepare")
        for entry in self.status("barred"):
            info = entry["jobPreparationTaskExecutionInfo"]
            self.assertEqual((info["exitCode"], info["retryCount"], info["result"], info["failureInfo"]["code"]), (3, 1, "failure", "FailureExitCode"))
        self.assertEqual(self.task("barred", "t")["state"], "active")
        self.add_job("free", "Pool")
        self.run_task("free", "t", "true")
        self.succeed(202, "DELETE", "/jobs/barred")
        self.gone("/jobs/barred", "JobNotFound")

    def test_a_job_manager_works_on_its_job_with_its_token_and_ends_it(self):
        self.add_job("other", "Pool")
        manager = {"id": "manager", "commandLine": python(MANAGER), "authenticationTokenSettings": {"access": ["job"]}, "environmentSettings": [{"name": "AZ_BATCH_AUTHENTICATION_TOKEN", "value": "mine"}]}
        self.add_job("managed", "Pool", jobManagerTask=manager)
        job = self.wait_job("managed", "completed")
        self.assertEqual(self.file("managed", "manager", "stderr.txt"), "")
        self.assertEqual(self.file("managed", "manager", "stdout.txt"), "200\n201\n201\n403 403 InsufficientAccountPermissions\n")
        self.assertEqual(job["executionInfo"]["terminateReason"], "JMComplete")
        self.assertEqual({t["id"]: t["executionInfo"]["exitCode"] for t in self.batch.all("/jobs/managed/tasks")}, {"manager": 0, "one": 0, "two": 0})


class SpecialTasksOverRestarts(fixture.WithEmulator):
    def test_a_preparation_and_a_release_task_go_on_over_kill_9_of_the_emulator(self):
        self.add_pool("Pool", 1)
        node = self.wait_nodes("Pool", 1)[0]["id"]
        wait = "while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/%s ]; do sleep 0.05; done; echo done"
        shared = next(self.emulator.data_dir.glob("nodes/pool/*")) / "root/shared"
        token_command = "echo $AZ_BATCH_AUTHENTICATION_TOKEN; while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/task ]; do sleep 0.05; done"
        self.add_job("job", "Pool", jobPreparationTask={"commandLine": shell(wait % "prep")}, jobReleaseTask={"commandLine": shell(wait % "release")})
        self.add_task("job", "t", shell(token_command), authenticationTokenSettings={"access": ["job"]})
        self.wait_task("job", "t", "preparing")
        self.kill_and_restart()
        self.assertEqual(self.task("job", "t")["state"], "preparing")
        (shared / "prep").touch()
        self.wait_task("job", "t", "running")
        token = self.wait(lambda: (self.file("job", "t", "stdout.txt") or "").strip(), "the task saying its token")
        self.assertEqual(self.with_token(token), 200)
        self.kill_and_restart()
        self.assertEqual(self.with_token(token), 200)
        self.assertNotIn(token, (self.emulator.home / "emulator.log").read_text(errors="replace"))
        (shared / "task").touch()
        self.wait_task("job", "t")
        self.assertEqual(self.with_token(token), 403)
        self.succeed(202, "POST", "/jobs/job/terminate")
        path = f"/pools/Pool/nodes/{node}/files/workitems/job/job-1/jobrelease/stdout.txt"
        self.wait(lambda: self.batch.call("GET", path).status == 200, "the release task running")
        self.kill_and_restart()
        self.assertEqual(self.job("job")["state"], "terminating")
        (shared / "release").touch()
        self.wait_job("job", "completed")
        entry, = self.batch.all("/jobs/job/jobpreparationandreleasetaskstatus")
        self.assertEqual((entry["jobPreparationTaskExecutionInfo"]["exitCode"], entry["jobReleaseTaskExecutionInfo"]["exitCode"]), (0, 0))
        for name in ("jobpreparation", "jobrelease"):
            text = self.succeed(200, "GET", f"/pools/Pool/nodes/{node}/files/workitems/job/job-1/{name}/stdout.txt").body
            self.assertEqual(text, b"done\n", "it ran once")

    def kill_and_restart(self):
        self.emulator.kill()
        self.emulator.start()
        self.connect()

    def with_token(self, token):
        url = f"{self.batch.url.geturl()}/jobs/job?api-version={rest.API_VERSION}"
        try:
            return urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})).status
        except urllib.error.HTTPError as error:
            return error.code


if __name__ == "__main__":
    unittest.main(verbosity=2)
