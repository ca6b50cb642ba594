"""What the tests with the newest Python clients share: one emulator per class, and short ways to pools, jobs and tasks."""
import datetime
import unittest

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError

import emulator  # tests/system
import rest

WITHIN = 60.0
POLL = {"polling_interval": 1}


class Noting:
    """The client; notes which of its operations were called."""

    def __init__(self, client):
        self.client, self.called = client, set()

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(self.client, name)


def later(**delta):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)


def machine(**members):
    image = models.BatchVmImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")
    return models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04", **members)


class WithNewestClient(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator(*cls.options).start()
        cls.addClassCleanup(cls.emulator.__exit__)
        endpoint = cls.emulator.batch
        cls.batch = Noting(BatchClient(endpoint["url"], AzureNamedKeyCredential(endpoint["account"], endpoint["key"])))
        cls.blob = rest.Blob(cls.emulator.blob)

    @classmethod
    def wait(cls, what, look):
        return emulator.wait_until(look, WITHIN, what)

    @classmethod
    def pool(cls, name, nodes=0, **members):
        """A pool at rest, with its nodes idle."""
        members.setdefault("virtual_machine_configuration", machine())
        cls.batch.create_pool(models.BatchPoolCreateOptions(id=name, vm_size="standard_d2s_v3", target_dedicated_nodes=nodes, **members))
        cls.steady(name)
        cls.idle(name, nodes)
        return name

    @classmethod
    def steady(cls, name):
        def look():
            pool = cls.batch.get_pool(name)
            return pool if pool.allocation_state == models.AllocationState.STEADY else None
        return cls.wait(f"{name} becoming steady", look)

    @classmethod
    def idle(cls, pool, count):
        def look():
            nodes = list(cls.batch.list_nodes(pool))
            return (nodes, ) if len(nodes) == count and all(n.state == models.BatchNodeState.IDLE for n in nodes) else None
        return cls.wait(f"{count} idle nodes in {pool}", look)[0]

    def job(self, name, pool="nodes", **members):
        self.batch.create_job(models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id=pool), **members))
        return name

    def job_becomes(self, name, state):
        def look():
            job = self.batch.get_job(name)
            return job if job.state == state else None
        return self.wait(f"job {name} becoming {state}", look)

    def task(self, job, name, command="/bin/sh -c 'echo hello; echo x > x.txt'", state=models.BatchTaskState.COMPLETED, **members):
        self.batch.create_task(job, models.BatchTaskCreateOptions(id=name, command_line=command, **members))
        return self.reaches(job, name, state) if state else None

    def reaches(self, job, name, state=models.BatchTaskState.COMPLETED):
        def look():
            task = self.batch.get_task(job, name)
            return task if task.state == state else None
        return self.wait(f"task {name} becoming {state}", look)

    def all_complete(self, job):
        def look():
            tasks = list(self.batch.list_tasks(job))
            return tasks if tasks and all(t.state == models.BatchTaskState.COMPLETED for t in tasks) else None
        return self.wait(f"completion of all tasks of {job}", look)

    def text(self, job, task, name="stdout.txt"):
        return b"".join(self.batch.download_task_file(job, task, name)).decode()

    def refused(self, status, code, call, *arguments, **more):
        with self.assertRaises(HttpResponseError) as raised:
            call(*arguments, **more)
        self.assertEqual((raised.exception.status_code, raised.exception.error.code if raised.exception.error else None), (status, code))
