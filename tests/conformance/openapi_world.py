"""What the requests of openapi.py need to exist: pools, nodes, jobs, tasks, schedules, each made when first asked for."""
import datetime
import functools

import certificates
import emulator  # tests/system
import management
import rest

# Every resource is made through the newest version: the tested version's own request is the one under test.
PREPARED_WITH = rest.API_VERSION
WITHIN = 60.0
NODE_POOL = "nodes"


def in_the_future(**delta):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """One for each version; `shared` holds what all versions read and none changes."""

    def __init__(self, batch, blob, version, shared):
        self.batch, self.blob, self.version, self.shared = batch, blob, version, shared
        self.label = version.rsplit(".", 2)[1]
        self.counter = 0

    def fresh(self, kind):
        self.counter += 1
        return f"{kind}-{self.label}-{self.counter}"

    def must(self, status, method, path, body=None, **more):
        answer = self.batch.call(method, path, body, version=PREPARED_WITH, **more)
        assert answer.status == status, f"preparing with {method} {path}: {answer.status} {answer.body.decode(errors='replace')}"
        return answer

    def read(self, path):
        return self.must(200, "GET", path).json()

    def wait(self, path, condition, what):
        return emulator.wait_until(lambda: (lambda entity: entity if condition(entity) else None)(self.read(path)), WITHIN, what)

    # Pools and nodes.
    def pool(self, **members):
        """A pool at rest, without nodes unless the members say so."""
        name = self.fresh("pool")
        body = rest.pool(name, 0, **members)
        if members.get("enableAutoScale"):
            del body["targetDedicatedNodes"]
        if "cloudServiceConfiguration" in members:
            del body["virtualMachineConfiguration"]
        self.must(201, "POST", "/pools", body)
        self.at_rest(name)
        return name

    def at_rest(self, pool):
        self.wait(f"/pools/{pool}", lambda p: p["allocationState"] == "steady", f"pool {pool} becoming steady")

    def node_pool(self):
        """Two nodes for tasks and for reading, the same for all versions."""
        if NODE_POOL not in self.shared:
            body = rest.pool(NODE_POOL, 2, taskSlotsPerNode=4, metadata=[{"name": "a", "value": "b"}],
                             startTask={"commandLine": "/bin/sh -c 'echo started'", "waitForSuccess": True})
            body["virtualMachineConfiguration"]["extensions"] = [
                {"name": "monitor", "publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent", "typeHandlerVersion": "1.0",
                 "autoUpgradeMinorVersion": True, "settings": {"key": "value"}}]
            self.must(201, "POST", "/pools", body)
            self.idle_nodes(NODE_POOL, 2)
            self.shared[NODE_POOL] = True
        return NODE_POOL

    def idle_nodes(self, pool, count):
        def idle():
            nodes = self.read(f"/pools/{pool}/nodes")["value"]
            return nodes if len(nodes) == count and all(node["state"] in ("idle", "running") for node in nodes) else None
        return [node["id"] for node in emulator.wait_until(idle, WITHIN, f"{count} idle nodes in {pool}")]

    def node(self):
        """A node that tasks run on: pool and id."""
        pool = self.node_pool()
        return {"poolId": pool, "nodeId": self.idle_nodes(pool, 2)[0]}

    @functools.lru_cache(maxsize=None)
    def own_pool(self):
        """A pool with one node that only this version acts on."""
        return self.pool(targetDedicatedNodes=1)

    def own_node(self):
        """The node of the version's own pool, idle again after whatever was done to it."""
        pool = self.own_pool()
        return {"poolId": pool, "nodeId": self.idle_nodes(pool, 1)[0]}

    @functools.lru_cache(maxsize=None)
    def cloud_service_node(self):
        """Reimage and remote desktop exist for pools of cloud services alone (contract 4.2, 5.3)."""
        pool = self.pool(cloudServiceConfiguration={"osFamily": "6"}, vmSize="small", targetDedicatedNodes=1)
        return {"poolId": pool, "nodeId": self.idle_nodes(pool, 1)[0]}

    def offline_node(self):
        """The version's own node, with scheduling disabled (by the case before, where that worked)."""
        pool = self.own_pool()
        node = self.read(f"/pools/{pool}/nodes")["value"][0]
        address = f"/pools/{pool}/nodes/{node['id']}"
        if node["schedulingState"] == "enabled":
            self.must(200, "POST", f"{address}/disablescheduling")
        self.wait(address, lambda n: n["state"] == "offline", "the node going offline")
        return {"poolId": pool, "nodeId": node["id"]}

    def user(self):
        node = self.node()
        name = self.fresh("user").replace("-", "")
        self.must(201, "POST", f"/pools/{node['poolId']}/nodes/{node['nodeId']}/users", {"name": name, "password": "Secret-1"})
        return {**node, "userName": name}

    def scaling_pool(self):
        return self.pool(enableAutoScale=True, autoScaleFormula="$TargetDedicatedNodes=0")

    def resizing_pool(self):
        """A pool that cannot come to rest: its node is to go when its task ends, and the task does not end."""
        pool = self.pool(targetDedicatedNodes=1)
        self.idle_nodes(pool, 1)
        job = self.job(poolInfo={"poolId": pool})
        self.running_task(job)
        self.must(202, "POST", f"/pools/{pool}/resize", {"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"})
        return pool

    # Jobs and tasks.
    def job(self, **members):
        name = self.fresh("job")
        self.must(201, "POST", "/jobs", {"id": name, "poolInfo": {"poolId": self.node_pool()}, **members})
        return name

    def disabled_job(self):
        job = self.job()
        self.must(202, "POST", f"/jobs/{job}/disable", {"disableTasks": "requeue"})
        self.wait(f"/jobs/{job}", lambda j: j["state"] == "disabled", "the job being disabled")
        return job

    def task(self, job=None, command="/bin/sh -c 'echo hello; mkdir sub; echo x > sub/x.txt; echo y > y.txt'", state="completed", **members):
        job = job or self.job()
        name = self.fresh("task")
        self.must(201, "POST", f"/jobs/{job}/tasks", {"id": name, "commandLine": command, **members})
        if state:
            self.wait(f"/jobs/{job}/tasks/{name}", lambda t: t["state"] == state, f"task {name} becoming {state}")
        return {"jobId": job, "taskId": name}

    @functools.lru_cache(maxsize=None)
    def completed_task(self):
        """For reading."""
        return self.task()

    def running_task(self, job=None):
        return self.task(job, "sleep 600", "running")

    def failed_task(self):
        return self.task(command="/bin/sh -c 'exit 3'")

    def multi_instance_task(self):
        """On two nodes of one slot that may talk to each other (contract 6.10)."""
        if "multi" not in self.shared:
            self.must(201, "POST", "/pools", rest.pool("multi", 2, enableInterNodeCommunication=True))
            self.idle_nodes("multi", 2)
            self.shared["multi"] = True
        return self.task(self.job(poolInfo={"poolId": "multi"}), "true", multiInstanceSettings={"numberOfInstances": 2, "coordinationCommandLine": "true"})

    def prepared_job(self):
        """A job whose preparation and release tasks have run on a node."""
        job = self.job(jobPreparationTask={"commandLine": "true"}, jobReleaseTask={"commandLine": "true"})
        self.task(job, "true")
        self.must(202, "POST", f"/jobs/{job}/terminate")
        self.wait(f"/jobs/{job}", lambda j: j["state"] == "completed", "the job being completed")
        return job

    # Schedules.
    def schedule(self, **members):
        """A job schedule that waits for the far future."""
        name = self.fresh("schedule")
        self.must(201, "POST", "/jobschedules", {"id": name, "schedule": {"doNotRunUntil": in_the_future(days=300)},
                                                 "jobSpecification": {"poolInfo": {"poolId": self.node_pool()}}, **members})
        return name

    def disabled_schedule(self):
        schedule = self.schedule()
        self.must(204, "POST", f"/jobschedules/{schedule}/disable")
        return schedule

    def schedule_with_job(self):
        schedule = self.schedule(schedule={"recurrenceInterval": "PT1H"})
        self.wait(f"/jobschedules/{schedule}", lambda s: "recentJob" in s.get("executionInfo", {}), "the first job of the schedule")
        return schedule

    # Certificates.
    def new_certificate(self):
        return certificates.body(self.fresh("certificate"))

    def certificate(self):
        body = self.new_certificate()
        self.must(201, "POST", "/certificates", body)
        return {name: body[name] for name in ("thumbprintAlgorithm", "thumbprint")}

    @functools.lru_cache(maxsize=None)
    def a_certificate(self):
        """For referring to."""
        return self.certificate()

    @functools.lru_cache(maxsize=None)
    def example_job(self):
        """One that may have tasks of every kind, disabled: the examples' programs do not exist here."""
        job = self.job(usesTaskDependencies=True, onTaskFailure="performexitoptionsjobaction")
        self.must(202, "POST", f"/jobs/{job}/disable", {"disableTasks": "requeue"})
        return job

    def undeletable_certificate(self):
        """One whose deletion has failed because a pool refers to it."""
        names = self.certificate()
        self.pool(certificateReferences=[names])
        address = f"/certificates(thumbprintAlgorithm=sha1,thumbprint={names['thumbprint']})"
        self.must(202, "DELETE", address)
        self.wait(address, lambda c: c["state"] == "deletefailed", "the deletion failing")
        return names

    # Other accounts' things.
    def application(self):
        if "application" not in self.shared:
            management.add_package(self.shared["emulator"], "app", "1.0", {"hello.txt": b"hello"})
            self.shared["application"] = "app"
        return {"applicationId": self.shared["application"]}

    def container_url(self):
        name = self.fresh("logs")
        self.blob.call("PUT", f"/{name}", {"restype": "container"})
        return self.blob.container_url(name, "w")
