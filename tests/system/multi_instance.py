"""Multi-instance tasks on three real nodes: coordination, addresses, subtasks, files, failures, restarts."""
import unittest

import fixture

# Answers each connection with the node's id. It is left running by the coordination command.
SERVER = b"""
import os, socket
listener = socket.create_server((os.environ["BATCH_EMULATOR_HOST"], 7123))
open("serving", "w").write(str(os.getpid()))
while True:
    connection, _ = listener.accept()
    connection.sendall(os.environ["AZ_BATCH_NODE_ID"].encode())
    connection.close()
"""
CLIENT = b"""
import os, socket
for host in os.environ["AZ_BATCH_HOST_LIST"].split(","):
    with socket.create_connection((host, 7123), timeout=10) as server:
        print(host, server.recv(1000).decode())
"""
SERVE = "/bin/sh -c 'python3 $AZ_BATCH_TASK_SHARED_DIR/server.py & while ! test -s serving; do sleep 0.02; done; echo coordinated'"


class MultiInstance(fixture.WithEmulator):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.blob.call("PUT", "/common", {"restype": "container"})
        cls.blob.put("/common/server.py", SERVER)
        cls.blob.put("/common/client.py", CLIENT)

    def setUp(self):
        self.pool = f"Pool-{self._testMethodName}"[:60]
        self.add_pool(self.pool, 3, enableInterNodeCommunication=True)
        self.add_job("job-" + self.pool, self.pool)
        self.job = "job-" + self.pool
        self.wait_nodes(self.pool, 3)

    def tearDown(self):
        self.succeed(202, "DELETE", f"/jobs/{self.job}")
        self.succeed(202, "DELETE", f"/pools/{self.pool}")
        self.gone(f"/pools/{self.pool}", "PoolNotFound")

    def settings(self, coordination, instances=3):
        files = [{"httpUrl": self.blob.blob_url("common", name, "r"), "filePath": name} for name in ("server.py", "client.py")]
        return {"numberOfInstances": instances, "coordinationCommandLine": coordination, "commonResourceFiles": files}

    def subtasks(self, task_id="t"):
        return self.succeed(200, "GET", f"/jobs/{self.job}/tasks/{task_id}/subtasksinfo").json()["value"]

    def node_file(self, subtask, name):
        info = subtask["nodeInfo"]
        path = f"/pools/{self.pool}/nodes/{info['nodeId']}/files/{info['taskRootDirectory']}/{name}"
        return self.succeed(200, "GET", path).body.decode()

    def test_instances_talk_to_each_other_through_what_their_coordination_left_running(self):
        self.add_task(self.job, "t", "/bin/sh -c 'python3 $AZ_BATCH_TASK_SHARED_DIR/client.py'", multiInstanceSettings=self.settings(SERVE))
        task = self.wait_task(self.job, "t")
        self.assertEqual(task["executionInfo"]["result"], "success", self.file(self.job, "t", "stderr.txt"))
        first, *lines = self.file(self.job, "t", "stdout.txt").splitlines()
        self.assertEqual(first, "coordinated")
        self.assertEqual({line.split()[1] for line in lines}, {node["id"] for node in self.nodes(self.pool)})
        self.assertEqual(len({line.split()[0] for line in lines}), 3)
        subtasks = self.subtasks()
        self.assertEqual([s["id"] for s in subtasks], [1, 2])
        for subtask in subtasks:
            self.assertEqual((subtask["state"], subtask["previousState"], subtask["exitCode"], subtask["result"]), ("completed", "running", 0, "success"))
            self.assertEqual(subtask["nodeInfo"]["taskRootDirectory"], f"workitems/{self.job}/job-1/t/{subtask['id']}")
            self.assertEqual(self.node_file(subtask, "stdout.txt"), "coordinated\n")
        # Subtasks are ended in the background; when their nodes are idle, nothing of them is left.
        self.wait_nodes(self.pool, 3)
        for subtask in subtasks:
            self.assertIsNone(fixture.process_state(int(self.node_file(subtask, "wd/serving"))), "the server outlived the primary")
        recent = sorted(node["recentTasks"][0]["subtaskId"] for node in self.nodes(self.pool))
        self.assertEqual(recent, [0, 1, 2])

    def test_every_instance_sees_the_variables_of_the_whole(self):
        self.add_task(self.job, "t", "env", multiInstanceSettings=self.settings("env"))
        self.assertEqual(self.wait_task(self.job, "t")["executionInfo"]["result"], "success")
        texts = [self.file(self.job, "t", "stdout.txt")] + [self.node_file(s, "stdout.txt") for s in self.subtasks()]
        instances = [dict(line.split("=", 1) for line in text.splitlines() if "=" in line) for text in texts]
        hosts = instances[0]["AZ_BATCH_HOST_LIST"].split(",")
        for number, values in enumerate(instances):
            self.assertEqual(values["AZ_BATCH_NODE_LIST"], ";".join(hosts))
            self.assertEqual(values["AZ_BATCH_MASTER_NODE"], hosts[0] + ":6000")
            self.assertEqual(values["AZ_BATCH_IS_CURRENT_NODE_MASTER"], "true" if number == 0 else "false")
            self.assertEqual(values["CCP_NODES"].split()[:2], ["3", hosts[0]])
            self.assertEqual(values["BATCH_EMULATOR_HOST"], hosts[number])
            shared = f"{values['AZ_BATCH_NODE_ROOT_DIR']}/workitems/{self.job}/job-1/t"
            self.assertEqual(values["AZ_BATCH_TASK_SHARED_DIR"], shared)
            self.assertEqual(values["AZ_BATCH_TASK_DIR"], shared if number == 0 else f"{shared}/{number}")

    def test_a_subtask_that_fails_fails_the_task(self):
        coordination = "/bin/sh -c 'test $AZ_BATCH_IS_CURRENT_NODE_MASTER = true || exit 9'"
        self.add_task(self.job, "t", "true", multiInstanceSettings=self.settings(coordination), constraints={"maxTaskRetryCount": 1})
        info = self.wait_task(self.job, "t")["executionInfo"]
        self.assertEqual((info["result"], info["exitCode"], info["failureInfo"]["code"], info["retryCount"]), ("failure", 9, "FailureExitCode", 1))
        self.wait_nodes(self.pool, 3)

    def test_terminating_the_task_ends_all_instances(self):
        self.add_task(self.job, "t", "sleep 600", multiInstanceSettings=self.settings("/bin/sh -c 'sleep 600 & echo $! > pid'"))
        self.wait_task(self.job, "t", "running")
        def left_running():
            paths = [f"/pools/{self.pool}/nodes/{s['nodeInfo']['nodeId']}/files/{s['nodeInfo']['taskRootDirectory']}/wd/pid" for s in self.subtasks()]
            pids = [self.batch.call("GET", path).body.decode().strip() for path in paths]
            return pids if len(pids) == 2 and all(pid.isdigit() for pid in pids) else None
        pids = self.wait(left_running, "the coordination of the subtasks")
        self.succeed(204, "POST", f"/jobs/{self.job}/tasks/t/terminate")
        self.assertEqual(self.wait_task(self.job, "t")["executionInfo"]["failureInfo"]["code"], "TaskEnded")
        self.wait_nodes(self.pool, 3)
        for pid in pids:
            self.assertIsNone(fixture.process_state(int(pid)))

    def test_instances_go_on_after_kill_9_of_the_emulator(self):
        command = "/bin/sh -c 'while ! test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.05; done; python3 $AZ_BATCH_TASK_SHARED_DIR/client.py'"
        self.add_task(self.job, "t", command, multiInstanceSettings=self.settings(SERVE))
        self.wait(lambda: self.file(self.job, "t", "stdout.txt") == "coordinated\n", "the primary's coordination")
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        task = self.task(self.job, "t")
        self.assertEqual(task["state"], "running")
        root = next(self.emulator.data_dir.rglob(task["nodeInfo"]["nodeId"])) / "root"
        (root / "shared" / "go").touch()
        task = self.wait_task(self.job, "t")
        self.assertEqual(task["executionInfo"]["result"], "success", self.file(self.job, "t", "stderr.txt"))
        self.assertEqual((task["executionInfo"]["retryCount"], task["executionInfo"]["requeueCount"]), (0, 0))
        self.assertEqual(len(self.file(self.job, "t", "stdout.txt").splitlines()), 4)

    def test_a_lost_node_of_a_subtask_makes_the_task_run_again(self):
        # Every attempt leaves a line on the node of its primary, and only the first one stays for ever.
        record = self.emulator.home / "attempts"
        command = f"/bin/sh -c 'echo ran >> {record}; test $(wc -l < {record}) -gt 1 || sleep 600'"
        self.add_task(self.job, "t", command, multiInstanceSettings=self.settings("true"))
        self.wait(record.exists, "the primary's command")
        lost = self.subtasks()[0]["nodeInfo"]["nodeId"]
        fixture.kill(fixture.agents(self.emulator.data_dir, lost)[0])
        info = self.wait_task(self.job, "t")["executionInfo"]
        self.assertEqual((info["result"], info["retryCount"], info["requeueCount"]), ("success", 0, 0))
        self.assertEqual(record.read_text(), "ran\nran\n")

    def test_ordinary_tasks_have_no_subtasks(self):
        self.run_task(self.job, "plain", "true")
        self.assertEqual(self.subtasks("plain"), [])

    def test_more_instances_than_nodes_wait(self):
        self.add_task(self.job, "big", "true", multiInstanceSettings=self.settings("true", 4))
        self.run_task(self.job, "small", "true")
        self.assertEqual(self.task(self.job, "big")["state"], "active")


if __name__ == "__main__":
    unittest.main()
