"""Containers and mounts on real nodes. The engine is a program that plays docker (tests/fakes/container_engine.py)."""
import os
import pathlib
import shutil
import tempfile
import unittest

import emulator
import fixture

ENGINE = emulator.ROOT / "tests" / "fakes" / "container_engine.py"
MACHINE = {"imageReference": {"publisher": "microsoft-azure-batch", "offer": "ubuntu-server-container", "sku": "20-04-lts"},
           "nodeAgentSKUId": "batch.node.ubuntu 20.04"}


def container_machine(**members):
    return {**MACHINE, "containerConfiguration": {"type": "dockerCompatible", **members}}


class WithEngine(fixture.WithEmulator):
    @classmethod
    def setUpClass(cls):
        cls.engine = pathlib.Path(tempfile.mkdtemp(prefix="container-engine-"))
        cls.addClassCleanup(shutil.rmtree, cls.engine, ignore_errors=True)
        shutil.copy(ENGINE, cls.engine / "docker")
        (cls.engine / "docker").chmod(0o755)
        before = os.environ["PATH"]
        cls.addClassCleanup(os.environ.__setitem__, "PATH", before)
        os.environ["PATH"] = f"{cls.engine}:{before}"
        super().setUpClass()

    def calls(self):
        return (self.engine / "calls").read_text(encoding="utf-8")

    def test_images_are_fetched_before_the_node_is_idle_and_tasks_run_in_them(self):
        registry = {"registryServer": "r.example", "username": "u", "password": "never-on-a-command-line"}
        self.add_pool("boxes", 1, virtualMachineConfiguration=container_machine(containerImageNames=["private/image:1"], containerRegistries=[registry]))
        self.wait_nodes("boxes", 1)
        self.assertIn("pull private/image:1", self.calls())
        self.add_job("in-boxes", "boxes")
        task = self.run_task("in-boxes", "t", "/bin/sh -c 'pwd; echo $GREETING; echo kept > made; exit 4'", environmentSettings=[{"name": "GREETING", "value": "hello"}],
                             containerSettings={"imageName": "private/image:1", "containerRunOptions": "--init"})
        info = task["executionInfo"]
        self.assertEqual((info["exitCode"], info["failureInfo"]["code"]), (4, "FailureExitCode"))
        self.assertEqual(info["containerInfo"]["state"], "exited")
        self.assertTrue(info["containerInfo"]["containerId"].startswith("id-"))
        directory, greeting = self.file("in-boxes", "t", "stdout.txt").splitlines()
        self.assertTrue(directory.endswith("/workitems/in-boxes/job-1/t/wd"))
        self.assertEqual(greeting, "hello")
        self.assertEqual(self.file("in-boxes", "t", "wd/made"), "kept\n")
        self.assertIn("--init", self.calls())
        self.assertNotIn("never-on-a-command-line", self.calls())
        pool = self.succeed(200, "GET", "/pools/boxes").body.decode()
        self.assertNotIn("never-on-a-command-line", pool)

    def test_settings_and_pool_must_agree(self):
        self.add_pool("strict", 1, virtualMachineConfiguration=container_machine())
        self.add_pool("plain", 1)
        for pool, members in (("strict", {}), ("plain", {"containerSettings": {"imageName": "ubuntu"}})):
            self.add_job("rules-" + pool, pool)
            info = self.run_task("rules-" + pool, "t", "true", constraints={"maxTaskRetryCount": 3}, **members)["executionInfo"]
            self.assertEqual((info["failureInfo"]["code"], info["failureInfo"]["category"], info["retryCount"]), ("ContainerInvalidSettings", "UserError", 0))
            self.assertNotIn("exitCode", info)

    def test_an_image_that_cannot_be_fetched_makes_the_node_unusable(self):
        self.add_pool("broken", 1, virtualMachineConfiguration=container_machine(containerImageNames=["missing/image"]))
        node = self.wait_nodes("broken", 1, "unusable")[0]
        self.assertEqual(node["errors"][0]["code"], "ContainerInvalidImage")

    def test_an_image_of_a_task_that_cannot_be_fetched_fails_the_task(self):
        self.add_pool("late", 1, virtualMachineConfiguration=container_machine())
        self.add_job("late", "late")
        info = self.run_task("late", "t", "true", containerSettings={"imageName": "missing"})["executionInfo"]
        self.assertEqual(info["failureInfo"]["code"], "ContainerInvalidImage")

    def test_terminating_a_task_removes_its_container(self):
        self.add_pool("ended", 1, virtualMachineConfiguration=container_machine())
        self.add_job("ended", "ended")
        self.add_task("ended", "t", "/bin/sh -c 'echo $$ > pid; exec sleep 600'", containerSettings={"imageName": "ubuntu"})
        self.wait(lambda: self.file("ended", "t", "wd/pid"), "the container's start")
        self.succeed(204, "POST", "/jobs/ended/tasks/t/terminate")
        self.assertEqual(self.wait_task("ended", "t")["executionInfo"]["failureInfo"]["code"], "TaskEnded")
        self.wait(lambda: not list(self.engine.glob("container-*")), "the container's removal")


class Mounts(fixture.WithEmulator):
    def mount(self, **settings):
        return {"azureBlobFileSystemConfiguration": {"accountName": self.emulator.blob["account"], "accountKey": self.emulator.blob["key"], **settings}}

    def test_a_blob_container_is_a_directory_of_every_task(self):
        self.blob.call("PUT", "/mounted", {"restype": "container"})
        self.blob.put("/mounted/in/a.txt", b"from the container")
        self.add_pool("mounts", 1, mountConfiguration=[self.mount(containerName="mounted", relativeMountPath="data")])
        self.wait_nodes("mounts", 1)
        self.add_job("mounts", "mounts")
        command = "/bin/sh -c 'cat $AZ_BATCH_NODE_MOUNTS_DIR/data/in/a.txt; mkdir -p $AZ_BATCH_NODE_MOUNTS_DIR/data/out; echo made > $AZ_BATCH_NODE_MOUNTS_DIR/data/out/b.txt'"
        task = self.run_task("mounts", "t", command)
        self.assertEqual(task["executionInfo"]["exitCode"], 0, self.file("mounts", "t", "stderr.txt"))
        self.assertEqual(self.file("mounts", "t", "stdout.txt"), "from the container")
        self.assertEqual(self.blob.call("GET", "/mounted/out/b.txt").body, b"made\n")
        pool = self.succeed(200, "GET", "/pools/mounts").json()
        self.assertNotIn("accountKey", pool["mountConfiguration"][0]["azureBlobFileSystemConfiguration"])

    def test_what_cannot_be_mounted_makes_the_node_unusable_and_says_why(self):
        share = {"azureFileShareConfiguration": {"accountName": "a", "azureFileUrl": "https://a.file.core.windows.net/s", "accountKey": "a2V5", "relativeMountPath": "s"}}
        absent = self.mount(containerName="absent", relativeMountPath="x")
        for name, mount, words in (("shares", share, "needs root"), ("absent", absent, "")):
            self.add_pool(name, 1, mountConfiguration=[mount])
            error = self.wait_nodes(name, 1, "unusable")[0]["errors"][0]
            self.assertEqual(error["code"], "MountConfigurationError")
            self.assertIn(words, str(error["errorDetails"]))

    def test_pools_without_mounts_have_no_variable_for_them(self):
        self.add_pool("none", 1)
        self.add_job("none", "none")
        self.run_task("none", "t", "env")
        self.assertNotIn("AZ_BATCH_NODE_MOUNTS_DIR", self.file("none", "t", "stdout.txt"))

    def test_without_an_engine_a_container_task_fails_and_says_what_to_do(self):
        if shutil.which("docker") or shutil.which("podman"):
            self.skipTest("this machine has a container engine")
        self.add_pool("no-engine", 1, virtualMachineConfiguration=container_machine(containerImageNames=["ubuntu"]))
        self.add_job("no-engine", "no-engine")
        info = self.run_task("no-engine", "t", "true", containerSettings={"imageName": "ubuntu"})["executionInfo"]
        self.assertEqual(info["failureInfo"]["code"], "ContainerMiscError")
        self.assertIn("neither docker nor podman", str(info["failureInfo"]["details"]))

    def test_a_user_that_the_pool_does_not_have_fails_the_task(self):
        self.add_pool("users", 1, userAccounts=[{"name": "known", "password": "p"}])
        self.add_job("users", "users")
        self.assertEqual(self.run_task("users", "known", "true", userIdentity={"username": "known"})["executionInfo"]["result"], "success")
        info = self.run_task("users", "unknown", "true", userIdentity={"username": "other"})["executionInfo"]
        self.assertEqual((info["failureInfo"]["code"], info["failureInfo"]["category"]), ("CommandLaunchFailed", "UserError"))


if __name__ == "__main__":
    unittest.main()
