"""Nodes as processes: joining, start tasks, loss, adoption, removal."""
import io
import pathlib
import random
import unittest
import wave

import emulator
import fixture
import rest


class Nodes(fixture.WithEmulator):
    def test_a_start_task_that_fails_keeps_its_node_from_running_tasks(self):
        self.add_pool("startfail", 1, startTask={"commandLine": "/bin/sh -c 'echo try >> tries; exit 3'", "waitForSuccess": True, "maxTaskRetryCount": 2})
        node = self.wait_nodes("startfail", 1, "starttaskfailed")[0]
        info = node["startTaskInfo"]
        self.assertEqual((info["state"], info["exitCode"], info["retryCount"], info["result"]), ("completed", 3, 2, "failure"))
        tries = self.batch.call("GET", f"/pools/startfail/nodes/{node['id']}/files/startup/wd/tries")
        self.assertEqual(tries.body, b"try\n" * 3)
        self.succeed(202, "DELETE", "/pools/startfail")
        self.gone("/pools/startfail", "PoolNotFound")

    def test_a_lost_agent_is_replaced_and_its_task_runs_again_as_recovery(self):
        self.add_pool("lost", 1)
        node = self.wait_nodes("lost", 1)[0]["id"]
        self.add_job("lost", "lost")
        self.add_task("lost", "t", "/bin/sh -c 'if [ -f $AZ_BATCH_NODE_SHARED_DIR/again ]; then exit 0; fi; touch $AZ_BATCH_NODE_SHARED_DIR/again; echo $$ > pid; sleep 600'")
        pid = int(self.wait(lambda: self.file("lost", "t", "wd/pid"), "the task's pid"))
        self.wait(lambda: self.file("lost", "t", "wd/pid"), "pid")
        for agent in fixture.agents(self.emulator.data_dir, node):
            fixture.kill(agent)
        task = self.wait_task("lost", "t")
        info = task["executionInfo"]
        self.assertEqual((info["result"], info["retryCount"], info["requeueCount"]), ("success", 0, 0))
        self.assertIsNone(fixture.process_state(pid), "the first run's process is still there")
        self.succeed(202, "DELETE", "/pools/lost")

    def test_living_agents_are_adopted_with_their_running_tasks_after_kill_9_of_the_emulator(self):
        self.add_pool("adopt", 2)
        self.wait_nodes("adopt", 2)
        self.add_job("adopt", "adopt")
        self.add_task("adopt", "t", "/bin/sh -c 'echo $$; while [ ! -f $AZ_BATCH_NODE_SHARED_DIR/finish ]; do sleep 0.05; done; echo done'")
        pid = self.wait(lambda: (self.file("adopt", "t", "stdout.txt") or "").strip(), "the task's pid")
        before = set(fixture.agents(self.emulator.data_dir))
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        self.assertEqual(self.task("adopt", "t")["state"], "running")
        node = self.task("adopt", "t")["nodeInfo"]["nodeId"]
        self.wait(lambda: all(n["state"] in ("idle", "running") for n in self.nodes("adopt")), "the nodes being back")
        self.assertLessEqual(set(fixture.agents(self.emulator.data_dir)), before | set(fixture.agents(self.emulator.data_dir, "lost")))
        self.assertIsNotNone(fixture.process_state(int(pid)), "the running task was not adopted")
        shared = next(self.emulator.data_dir.glob(f"nodes/*/{node}/root/shared"))
        (shared / "finish").touch()
        task = self.wait_task("adopt", "t")
        self.assertEqual((task["executionInfo"]["exitCode"], self.file("adopt", "t", "stdout.txt")), (0, f"{pid}\ndone\n"))
        self.succeed(202, "DELETE", "/pools/adopt")

    def test_a_shrinking_pool_requeues_or_waits_as_asked(self):
        self.add_pool("shrink", 2)
        self.wait_nodes("shrink", 2)
        self.add_job("shrink", "shrink")
        for i in range(2):
            self.add_task("shrink", f"t{i}", "/bin/sh -c 'echo $$; sleep 600'")
        pids = [self.wait(lambda i=i: (self.file("shrink", f"t{i}", "stdout.txt") or "").strip(), "pid") for i in range(2)]
        self.succeed(202, "POST", "/pools/shrink/resize", {"targetDedicatedNodes": 1, "nodeDeallocationOption": "requeue"})
        self.wait(lambda: len(self.nodes("shrink")) == 1, "one node")
        states = sorted(self.task("shrink", f"t{i}")["state"] for i in range(2))
        self.assertEqual(states, ["active", "running"])
        self.assertEqual(sum(fixture.process_state(int(p)) is not None for p in pids), 1)
        self.succeed(202, "DELETE", "/pools/shrink")
        self.gone("/pools/shrink", "PoolNotFound")
        self.assertEqual({self.task("shrink", f"t{i}")["state"] for i in range(2)}, {"active"})
        for pid in pids:
            self.assertIsNone(fixture.process_state(int(pid)))
        self.assertFalse(list(self.emulator.data_dir.glob("nodes/shrink/*")))

    def test_a_transcode_whose_agent_died_is_tried_again_in_a_process_of_its_own(self):
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setparams((2, 2, 44100, 0, "NONE", ""))
            noise = random.Random(1).randbytes(44100 * 4)
            for _ in range(120):
                file.writeframes(noise)
        self.blob.call("PUT", "/isolate", {"restype": "container"})
        self.blob.put("/isolate/in.wav", sound.getvalue())
        self.add_pool("isolate", 1)
        node = self.wait_nodes("isolate", 1)[0]["id"]
        self.add_job("isolate", "isolate")
        self.add_task("isolate", "t", "ffmpeg -i in.wav out.mp3", resourceFiles=[{"httpUrl": self.blob.blob_url("isolate", "in.wav", "r"), "filePath": "in.wav"}])
        self.wait(lambda: self.file("isolate", "t", "wd/out.mp3"), "the first attempt's output")
        self.assertFalse(self.transcoders(), "the first attempt runs inside the agent")
        for agent in fixture.agents(self.emulator.data_dir, node):
            fixture.kill(agent)
        self.wait(self.transcoders, "a process that transcodes")
        info = self.wait_task("isolate", "t")["executionInfo"]
        self.assertEqual((info["exitCode"], info["retryCount"]), (0, 0))
        self.succeed(202, "DELETE", "/pools/isolate")

    def transcoders(self):
        """Processes of this emulator whose program was called as ffmpeg."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cmdline").read_bytes().split(b"\0")[0].split(b"/")[-1] == b"ffmpeg":
                    found += [entry.name] if str(self.emulator.data_dir).encode() in (entry / "environ").read_bytes() else []
            except OSError:
                continue
        return found

    def test_nodes_show_what_the_service_shows(self):
        self.add_pool("shown", 1, targetLowPriorityNodes=1)
        nodes = self.wait_nodes("shown", 2)
        for node in nodes:
            self.assertRegex(node["id"], r"^tvmps_[0-9a-f]{64}_[dp]$")
            self.assertEqual(node["isDedicated"], node["id"].endswith("_d"))
            self.assertRegex(node["ipAddress"], r"^10\.0\.\d+\.\d+$")
            self.assertEqual((node["vmSize"], node["schedulingState"], node["totalTasksRun"]), ("standard_d2s_v3", "enabled", 0))
            self.assertEqual(node["affinityId"], "TVM:" + node["id"])
        counts = self.succeed(200, "GET", "/nodecounts", query={"$filter": "poolId eq 'shown'"}).json()["value"]
        self.assertEqual((counts[0]["dedicated"]["idle"], counts[0]["lowPriority"]["idle"]), (1, 1))
        pool = self.succeed(200, "GET", "/pools/shown").json()
        self.assertEqual((pool["currentDedicatedNodes"], pool["currentLowPriorityNodes"], pool["allocationState"]), (1, 1, "steady"))
        self.succeed(202, "DELETE", "/pools/shown")


class Orphans(unittest.TestCase):
    def test_agents_end_themselves_and_their_tasks_when_the_emulator_stays_away(self):
        running = emulator.Emulator("--emulator-away-limit", "1")
        with running:
            batch = rest.Batch(running.batch)
            batch.call("POST", "/pools", rest.pool("p", 1))
            batch.call("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "p"}})
            batch.call("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "/bin/sh -c 'sleep 600'"})
            emulator.wait_until(lambda: batch.call("GET", "/jobs/j/tasks/t").json()["state"] == "running", 30, "the task running")
            running.kill()
            emulator.wait_until(lambda: not fixture.agents(running.data_dir), 30, "the end of the agents")
            emulator.assert_no_process_carries(running.data_dir)


if __name__ == "__main__":
    unittest.main(verbosity=2)
