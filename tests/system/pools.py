"""Pools as processes: formulas that start and stop nodes, removal by name, quotas, what survives a kill."""
import unittest

import fixture
import rest

FOLLOW_TASKS = """
// One node for each task that could run, two at most; none when there is nothing to do.
pending = max(0, $PendingTasks.GetSample(1));
$TargetDedicatedNodes = min(2, pending);
$NodeDeallocationOption = taskcompletion;
"""


class Pools(fixture.WithEmulator):
    options = ("--quota-low-priority-cores", "2")

    def pool(self, pool_id):
        return self.succeed(200, "GET", f"/pools/{pool_id}").json()

    def add_scaling_pool(self, pool_id, formula):
        body = rest.pool(pool_id, 0, enableAutoScale=True, autoScaleFormula=formula)
        body.pop("targetDedicatedNodes")
        self.succeed(201, "POST", "/pools", body)

    def wait_steady(self, pool_id):
        return self.wait(lambda: self.pool(pool_id) if self.pool(pool_id)["allocationState"] == "steady" else None,
                         f"pool {pool_id} being steady")

    def test_a_formula_brings_the_nodes_for_tasks_that_wait(self):
        self.add_job("follow", "follow")
        for i in range(3):
            self.add_task("follow", f"t{i}", "/bin/true")
        self.add_scaling_pool("follow", FOLLOW_TASKS)
        for i in range(3):
            self.assertEqual(self.wait_task("follow", f"t{i}")["executionInfo"]["result"], "success")
        pool = self.pool("follow")
        self.assertEqual((pool["targetDedicatedNodes"], pool["enableAutoScale"]), (2, True))
        self.assertEqual(pool["autoScaleRun"]["results"],
                         "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;$pending=3")
        self.succeed(202, "DELETE", "/pools/follow")

    def test_the_formula_its_run_and_the_samples_survive_kill_9(self):
        self.add_scaling_pool("durable", "$TargetDedicatedNodes = 1;")
        self.wait_nodes("durable", 1)
        before = self.wait_steady("durable")
        count = {"autoScaleFormula": "x = $CurrentDedicatedNodes.Count() > 0;"}
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        after = self.pool("durable")
        for name in ("autoScaleFormula", "autoScaleEvaluationInterval", "autoScaleRun", "targetDedicatedNodes", "eTag"):
            self.assertEqual(after[name], before[name], name)
        run = self.succeed(200, "POST", "/pools/durable/evaluateautoscale", count).json()
        self.assertTrue(run["results"].endswith(";$x=1"), run)
        self.succeed(202, "DELETE", "/pools/durable")

    def test_removed_nodes_end_their_agents_and_the_others_stay(self):
        self.add_pool("remove", 2)
        nodes = [node["id"] for node in self.wait_nodes("remove", 2)]
        self.wait_steady("remove")
        self.succeed(202, "POST", "/pools/remove/removenodes", {"nodeList": nodes[:1]})
        self.wait(lambda: [node["id"] for node in self.nodes("remove")] == nodes[1:], "the node being gone")
        self.assertEqual(fixture.agents(self.emulator.data_dir, nodes[0]), [])
        self.assertEqual(self.wait_steady("remove")["targetDedicatedNodes"], 1)
        self.succeed(202, "DELETE", "/pools/remove")

    def test_a_quota_of_the_command_line_ends_a_resize_with_its_error(self):
        self.add_pool("quota", 0, targetLowPriorityNodes=3)
        pool = self.wait_steady("quota")
        self.assertEqual([error["code"] for error in pool["resizeErrors"]], ["AccountLowPriorityCoreQuotaReached"])
        self.assertEqual((pool["currentLowPriorityNodes"], pool["targetLowPriorityNodes"]), (1, 3))
        self.succeed(202, "DELETE", "/pools/quota")


if __name__ == "__main__":
    unittest.main()
