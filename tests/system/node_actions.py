"""What is done with nodes, on real agents and real directories: reboot, reimage, deallocate and start, scheduling,
preemption, logs, a full disk."""
import datetime
import unittest

import fixture

NEWEST = "2024-07-01.20.0"
WAITS = "/bin/sh -c 'echo $$; while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/finish ]; do sleep 0.05; done'"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class NodeActions(fixture.WithEmulator):
    def ready(self, pool, **members):
        self.add_pool(pool, **members)
        return self.wait_nodes(pool, 1)[0]["id"]

    def act(self, pool, node, action, body=None, status=202, version=NEWEST):
        return self.succeed(status, "POST", f"/pools/{pool}/nodes/{node}/{action}", body, version=version)

    def node(self, pool):
        return self.nodes(pool)[0]

    def agent(self, node):
        found = fixture.agents(self.emulator.data_dir, node)
        return found[0] if found else None

    def directory(self, node):
        return next(self.emulator.data_dir.glob(f"nodes/*/{node}"))

    def running_task(self, job, task="t"):
        """Adds a task that waits for a file, and its process."""
        self.add_task(job, task, WAITS)
        return int(self.wait(lambda: (self.file(job, task, "stdout.txt") or "").strip(), "the task's pid"))

    def test_reboot_ends_the_agent_keeps_the_files_and_runs_the_new_start_task(self):
        start = {"commandLine": "/bin/sh -c 'echo one >> $AZ_BATCH_NODE_SHARED_DIR/starts'", "waitForSuccess": True}
        node = self.ready("reboot", startTask=start)
        self.add_job("reboot", "reboot")
        pid, agent = self.running_task("reboot"), self.agent(node)
        before = self.node("reboot")["lastBootTime"]
        start["commandLine"] = start["commandLine"].replace("one", "two")
        self.succeed(200, "PATCH", "/pools/reboot", {"startTask": start})
        self.act("reboot", node, "reboot", {"nodeRebootOption": "requeue"})
        self.wait(lambda: fixture.process_state(pid) is None and fixture.process_state(agent) is None, "task and agent being gone")
        self.wait(lambda: self.task("reboot", "t")["state"] == "running" and self.agent(node) not in (agent, None), "the task running again")
        task, again = self.task("reboot", "t"), self.node("reboot")
        self.assertEqual((task["executionInfo"]["requeueCount"], task["executionInfo"]["retryCount"]), (1, 0))
        self.assertEqual((again["id"], again["state"]), (node, "running"))
        self.assertGreater(again["lastBootTime"], before)
        self.assertIn("two", again["startTask"]["commandLine"])
        shared = self.directory(node) / "root" / "shared"
        self.assertEqual((shared / "starts").read_text(), "one\ntwo\n")
        (shared / "finish").touch()
        self.assertEqual(self.wait_task("reboot", "t")["executionInfo"]["result"], "success")

    def test_reboot_with_taskcompletion_lets_the_task_end_even_over_kill_9_of_the_emulator(self):
        node = self.ready("patient")
        self.add_job("patient", "patient")
        pid, agent = self.running_task("patient"), self.agent(node)
        self.act("patient", node, "reboot", {"nodeRebootOption": "taskcompletion"})
        self.add_task("patient", "next", "/bin/true")
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        self.wait(lambda: self.node("patient")["state"] == "running", "the node being back")
        self.assertEqual((self.task("patient", "t")["state"], self.task("patient", "next")["state"]), ("running", "active"))
        self.assertIsNotNone(fixture.process_state(pid))
        (self.directory(node) / "root" / "shared" / "finish").touch()
        self.assertEqual(self.wait_task("patient", "t")["executionInfo"]["result"], "success")
        self.assertEqual(self.wait_task("patient", "next")["executionInfo"]["result"], "success")
        self.assertNotEqual(self.agent(node), agent)

    def test_reimage_wipes_the_node(self):
        node = self.ready("reimage")
        self.add_job("reimage", "reimage")
        self.run_task("reimage", "t", "/bin/sh -c 'echo kept > $AZ_BATCH_NODE_SHARED_DIR/mark'")
        mark = self.directory(node) / "root" / "shared" / "mark"
        self.assertTrue(mark.exists())
        refused = self.batch.call("POST", f"/pools/reimage/nodes/{node}/reimage")
        self.assertEqual((refused.status, refused.code), (409, "OperationNotValidOnNode"))
        agent = self.agent(node)
        self.act("reimage", node, "reimage")
        self.wait(lambda: self.node("reimage")["state"] == "idle" and self.agent(node) not in (agent, None), "the node being back")
        self.assertFalse(mark.exists())
        self.assertEqual(self.batch.call("GET", "/jobs/reimage/tasks/t/files/stdout.txt").status, 409)
        self.assertEqual(self.run_task("reimage", "u", "/bin/true")["executionInfo"]["result"], "success")

    def test_deallocated_node_has_no_process_until_it_is_started(self):
        node = self.ready("dealloc")
        self.act("dealloc", node, "deallocate")
        self.wait(lambda: self.node("dealloc")["state"] == "deallocated", "deallocation")
        self.assertIsNone(self.agent(node))
        self.assertFalse(list(self.emulator.data_dir.glob(f"nodes/*/{node}")))
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        self.assertEqual(self.node("dealloc")["state"], "deallocated")
        self.act("dealloc", node, "start")
        self.wait_nodes("dealloc", 1)
        self.assertIsNotNone(self.agent(node))

    def test_disabled_scheduling_kills_or_waits_as_asked(self):
        node = self.ready("sched")
        self.add_job("sched", "sched")
        pid = self.running_task("sched")
        self.act("sched", node, "disablescheduling", {"nodeDisableSchedulingOption": "requeue"}, status=200)
        self.wait(lambda: self.node("sched")["state"] == "offline", "the node being offline")
        self.assertIsNone(fixture.process_state(pid))
        self.assertEqual(self.task("sched", "t")["state"], "active")
        self.act("sched", node, "enablescheduling", status=200)
        self.wait_task("sched", "t", "running")

    def test_preemption_kills_wipes_and_gives_the_same_node_back(self):
        self.add_pool("spot", dedicated=0, targetLowPriorityNodes=1)
        node = self.wait_nodes("spot", 1)[0]["id"]
        self.add_job("spot", "spot")
        pid = self.running_task("spot")
        self.succeed(202, "POST", f"/.emulator/pools/spot/nodes/{node}/preempt")
        self.wait(lambda: self.task("spot", "t")["state"] == "active", "the task being active")
        self.assertIsNone(fixture.process_state(pid))
        self.assertEqual(self.node("spot")["state"], "preempted")
        self.assertFalse(list(self.emulator.data_dir.glob(f"nodes/*/{node}")))
        info = self.task("spot", "t")["executionInfo"]
        self.assertEqual((info["retryCount"], info["requeueCount"]), (0, 0))
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        self.assertEqual(self.node("spot")["state"], "preempted")
        self.succeed(202, "POST", f"/.emulator/pools/spot/nodes/{node}/restore")
        self.wait_task("spot", "t", "running")
        self.assertEqual(self.node("spot")["id"], node)

    def test_logs_of_the_agent_are_uploaded_to_a_container(self):
        node = self.ready("logs")
        self.assertIn(self.blob.call("PUT", "/nodelogs", {"restype": "container"}).status, (201, 409))
        path = f"/pools/logs/nodes/{node}/uploadbatchservicelogs"
        begin = (now() - datetime.timedelta(hours=1)).isoformat()
        url = self.blob.container_url("nodelogs", "rwl")
        answer = self.succeed(200, "POST", path, {"containerUrl": url, "startTime": begin}).json()
        self.assertEqual(answer["numberOfFilesUploaded"], 1)
        self.assertIn(node, answer["virtualDirectoryName"])
        listing = self.blob.call("GET", "/nodelogs", {"restype": "container", "comp": "list", "prefix": answer["virtualDirectoryName"] + "/"})
        name = listing.body.decode().split("<Name>")[1].split("</Name>")[0]
        text = self.blob.call("GET", "/nodelogs/" + name).body.decode()
        self.assertIn(f"node {node} of pool logs", text)
        # A time before the node was there: nothing.
        old = {"containerUrl": url, "startTime": "2020-01-01T00:00:00Z", "endTime": "2020-01-02T00:00:00Z"}
        self.assertEqual(self.succeed(200, "POST", path, old).json()["numberOfFilesUploaded"], 0)
        # A SAS that may not write, and a container that is not there.
        for bad in (self.blob.container_url("nodelogs", "r"), self.blob.container_url("nowhere", "rwl")):
            refused = self.batch.call("POST", path, {"containerUrl": bad, "startTime": begin})
            self.assertEqual((refused.status, refused.code), (400, "InvalidPropertyValue"), refused.body)
            self.assertNotIn(bad.split("sig=")[1], refused.body.decode())


class FullDisk(fixture.WithEmulator):
    options = ("--node-disk-reserve", "1000000000000")

    def test_a_node_with_a_full_disk_is_unusable_and_its_task_active_again(self):
        self.add_pool("full", 1)
        node = self.wait_nodes("full", 1)[0]["id"]
        self.add_job("full", "full")
        self.add_task("full", "t", "/bin/true")
        self.wait_nodes("full", 1, "unusable")
        self.wait(lambda: self.task("full", "t")["state"] == "active", "the task being active")
        self.assertEqual(self.nodes("full")[0]["errors"][0]["code"], "DiskFull")
        self.wait(lambda: not fixture.agents(self.emulator.data_dir, node), "the agent being ended")
        refused = self.batch.call("POST", f"/pools/full/nodes/{node}/reboot")
        self.assertEqual((refused.status, refused.code), (409, "NodeStateUnusable"))


if __name__ == "__main__":
    unittest.main()
