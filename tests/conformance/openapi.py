"""Every operation of every described version answers as its description says.

For each operation one request is made from the description and its example, in a state in which it is valid; status,
headers and body of the answer are held against the description of that version.
"""
import dataclasses
import functools
import pathlib
import sys
import unittest
import urllib.parse
import uuid

import openapi_document
import openapi_world
import rest  # tests/system
from openapi_world import in_the_future

import emulator

CLIENT_ID = str(uuid.UUID(int=0x9C4D50EE2D564CD3815234347DC9F2B0))
LOGS_SINCE = "2017-11-27T00:00:00Z"


@dataclasses.dataclass
class Case:
    """`prepared` gives the path's parameters; `headers`: E = ETag and Last-Modified, D = DataServiceId, L = Location, F = a
    file's properties (contract 1.10, 7.8). `edit` changes the example's body to what exists here. A list that is
    `filled` must not be empty, so that its items are checked."""
    prepared: callable
    headers: str = ""
    edit: callable = lambda world, body: body
    filled: bool = False


def nothing(world):
    return {}


def pool(make=openapi_world.World.pool):
    return lambda world: {"poolId": make(world)}


def job(make=openapi_world.World.job):
    return lambda world: {"jobId": make(world)}


def schedule(make=openapi_world.World.schedule):
    return lambda world: {"jobScheduleId": make(world)}


def task(make):
    return lambda world: make(world)


def file_of_task(name, make=openapi_world.World.completed_task):
    return lambda world: {**make(world), "filePath": name}


def file_of_node(name, make=openapi_world.World.completed_task):
    def prepared(world):
        names = make(world)
        info = world.read(f"/jobs/{names['jobId']}/tasks/{names['taskId']}")["nodeInfo"]
        return {"poolId": info["poolId"], "nodeId": info["nodeId"], "filePath": f"workitems/{names['jobId']}/job-1/{names['taskId']}/{name}"}
    return prepared


def named(kind):
    return lambda world, body: {**body, "id": world.fresh(kind)}


def on_the_pool(world, body):
    return {**body, "poolInfo": {"poolId": world.node_pool()}}


def changed(**members):
    return lambda world, body: {**body, **{name: value(world) if callable(value) else value for name, value in members.items()}}


def on_the_node_pool(world):
    return {"jobSpecification": {"poolInfo": {"poolId": world.node_pool()}}}


def new_schedule(world, body):
    """The basic example, one job an hour: what it makes does not disturb the others."""
    return {**body, **on_the_node_pool(world), "id": world.fresh("schedule"), "schedule": {"recurrenceInterval": "PT1H"}}


def new_tasks(world, body):
    return {"value": [{**item, "id": world.fresh("task")} for item in body["value"]]}


World = openapi_world.World
CASES = {
    "Application_List": Case(lambda w: w.application() and {}, filled=True),
    "Application_Get": Case(World.application),
    "Certificate_Add": Case(nothing, "ED", lambda world, body: world.new_certificate()),
    "Certificate_List": Case(lambda w: w.certificate() and {}, filled=True),
    "Certificate_Get": Case(World.certificate, "E"),
    "Certificate_CancelDeletion": Case(World.undeletable_certificate, "ED"),
    "Certificate_Delete": Case(World.certificate),
    "Pool_Add": Case(nothing, "EDL", named("pool")),
    "Pool_List": Case(lambda w: w.node_pool() and {}, filled=True),
    "Pool_Get": Case(pool(World.node_pool), "E"),
    "Pool_Exists": Case(pool(World.node_pool), "E"),
    "Pool_Patch": Case(pool(), "ED"),
    "Pool_UpdateProperties": Case(pool(), "ED"),
    "Pool_EnableAutoScale": Case(pool(), "ED"),
    "Pool_EvaluateAutoScale": Case(pool(World.scaling_pool), "D"),
    "Pool_DisableAutoScale": Case(pool(World.scaling_pool), "ED"),
    "Pool_Resize": Case(pool(), "ED", changed(targetDedicatedNodes=0)),
    "Pool_StopResize": Case(pool(World.resizing_pool), "ED"),
    "Pool_Delete": Case(pool()),
    "Pool_ListUsageMetrics": Case(nothing),
    "Pool_GetAllLifetimeStatistics": Case(nothing),
    "Account_ListSupportedImages": Case(nothing, filled=True),
    "Account_ListNodeAgentSkus": Case(nothing, filled=True),
    "Account_ListPoolNodeCounts": Case(lambda w: w.node_pool() and {}, filled=True),
    "Job_Add": Case(nothing, "EDL", lambda world, body: {**on_the_pool(world, body), "id": world.fresh("job")}),
    "Job_List": Case(lambda w: w.job() and {}, filled=True),
    "Job_Get": Case(job(), "E"),
    "Job_Patch": Case(job(), "ED", on_the_pool),
    "Job_Update": Case(job(), "ED", on_the_pool),
    "Job_Disable": Case(job(), "ED"),
    "Job_Enable": Case(job(World.disabled_job), "ED"),
    "Job_Terminate": Case(job(), "ED"),
    "Job_Delete": Case(job()),
    "Job_ListPreparationAndReleaseTaskStatus": Case(job(World.prepared_job), filled=True),
    "Job_GetTaskCounts": Case(lambda w: {"jobId": w.completed_task()["jobId"]}),
    "Job_GetAllLifetimeStatistics": Case(nothing),
    "Task_Add": Case(job(), "EDL", named("task")),
    "Task_AddCollection": Case(job(), "", new_tasks, filled=True),
    "Task_List": Case(lambda w: {"jobId": w.completed_task()["jobId"]}, filled=True),
    "Task_Get": Case(task(World.completed_task), "E"),
    "Task_Update": Case(task(World.running_task), "ED"),
    "Task_ListSubtasks": Case(task(World.multi_instance_task), filled=True),
    "Task_Terminate": Case(task(World.running_task), "ED"),
    "Task_Reactivate": Case(task(World.failed_task), "ED"),
    "Task_Delete": Case(task(World.task)),
    "File_ListFromTask": Case(task(World.completed_task), filled=True),
    "File_GetFromTask": Case(file_of_task("wd/y.txt"), "F"),
    "File_GetPropertiesFromTask": Case(file_of_task("wd/y.txt"), "F"),
    "File_DeleteFromTask": Case(file_of_task("wd/y.txt", World.task)),
    "File_ListFromComputeNode": Case(World.node, filled=True),
    "File_GetFromComputeNode": Case(file_of_node("wd/y.txt"), "F"),
    "File_GetPropertiesFromComputeNode": Case(file_of_node("wd/y.txt"), "F"),
    "File_DeleteFromComputeNode": Case(file_of_node("wd/y.txt", World.task)),
    "JobSchedule_Add": Case(nothing, "EDL", new_schedule),
    "JobSchedule_List": Case(lambda w: w.schedule() and {}, filled=True),
    "JobSchedule_Get": Case(schedule(World.schedule_with_job), "E"),
    "JobSchedule_Exists": Case(schedule(), "E"),
    "JobSchedule_Patch": Case(schedule(), "ED", changed(schedule=lambda w: {"doNotRunUntil": in_the_future(days=200)}, jobSpecification=lambda w: on_the_node_pool(w)["jobSpecification"])),
    "JobSchedule_Update": Case(schedule(), "ED", changed(schedule=lambda w: {"doNotRunUntil": in_the_future(days=200)}, jobSpecification=lambda w: on_the_node_pool(w)["jobSpecification"])),
    "JobSchedule_Disable": Case(schedule(), "ED"),
    "JobSchedule_Enable": Case(schedule(World.disabled_schedule), "ED"),
    "JobSchedule_Terminate": Case(schedule(), "ED"),
    "JobSchedule_Delete": Case(schedule()),
    "Job_ListFromJobSchedule": Case(schedule(World.schedule_with_job), filled=True),
    "ComputeNode_List": Case(pool(World.node_pool), filled=True),
    "ComputeNode_Get": Case(World.node),
    "ComputeNode_AddUser": Case(World.node, "D", lambda world, body: {**body, "name": world.fresh("user").replace("-", ""), "expiryTime": in_the_future(days=2)}),
    "ComputeNode_UpdateUser": Case(World.user, "D", changed(expiryTime=lambda w: in_the_future(days=2))),
    "ComputeNode_DeleteUser": Case(World.user),
    "ComputeNode_GetRemoteLoginSettings": Case(World.node),
    "ComputeNode_GetRemoteDesktop": Case(World.cloud_service_node),
    "ComputeNode_UploadBatchServiceLogs": Case(World.node, "", changed(containerUrl=World.container_url, startTime=LOGS_SINCE)),
    "ComputeNodeExtension_List": Case(World.node, filled=True),
    "ComputeNodeExtension_Get": Case(lambda w: {**w.node(), "extensionName": "monitor"}),
    "ComputeNode_DisableScheduling": Case(World.own_node, "D"),
    "ComputeNode_EnableScheduling": Case(lambda w: w.offline_node(), "D"),
    "ComputeNode_Reboot": Case(World.own_node, "D"),
    "ComputeNode_Reimage": Case(World.cloud_service_node, "D"),
    "Pool_RemoveNodes": Case(lambda w: {"poolId": w.own_pool()}, "ED", changed(nodeList=lambda w: [w.own_node()["nodeId"]])),
}
HEADERS = {"E": ("ETag", "Last-Modified"), "D": ("DataServiceId",), "L": ("Location",),
           "F": ("ocp-batch-file-isdirectory", "ocp-batch-file-url", "ocp-batch-file-mode", "Content-Length", "Last-Modified")}


class EveryOperation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator().start()
        cls.addClassCleanup(cls.emulator.__exit__)
        cls.batch, cls.blob = rest.Batch(cls.emulator.batch), rest.Blob(cls.emulator.blob)
        cls.shared, cls.not_offered = {"emulator": cls.emulator}, set()
        cls.addClassCleanup(cls.say_what_is_not_offered)

    @classmethod
    def say_what_is_not_offered(cls):
        print("not offered: " + (", ".join(sorted(cls.not_offered)) or "none"), file=sys.stderr)

    def request(self, world, document, name, case):
        """Sends the operation's request, with every parameter that the description offers and that fits any resource."""
        operation = document.operations[name]
        values, described = case.prepared(world), document.parameters(name)
        path = operation["path"]
        for parameter, required in described.items():
            place, parameter = parameter.split(" ")
            if place == "path":
                path = path.replace("{" + parameter + "}", urllib.parse.quote(values[parameter], safe=""))
        query = {p: v for p, v in (("timeout", "30"), ("maxresults", "10"), ("$expand", "stats"), ("recursive", "true")) if f"query {p}" in described}
        if name.startswith("File_Delete"):
            query.pop("recursive", None)
        headers = {"client-request-id": CLIENT_ID, "return-client-request-id": "true"}
        body = None
        if "body" in operation:
            examples = document.bodies(name)
            body = case.edit(world, next((b for title, b in examples.items() if "basic" in title.lower() or "VirtualMachineConfiguration pool" in title), next(iter(examples.values()))))
            sent = document.problems(body, operation["body"]["schema"])
            self.assertEqual(sent, [], "the test's own request is not as described")
        return self.batch.call(operation["method"], path, body, query=query, headers=headers, version=document.version)

    def check(self, document, name, case, answer):
        if answer.status == 501:
            self.not_offered.add(name)
        described = document.response(name, answer.status)
        self.assertIsNotNone(described, f"{answer.status}: {answer.body.decode(errors='replace')}")
        formats, schema = described
        required = [header for letter in case.headers for header in HEADERS[letter]]
        self.assertEqual(answer.headers.get("client-request-id"), CLIENT_ID)
        missing = [header for header in ("request-id", *required) if header not in answer.headers]
        wrong = [problem for header, kind in formats.items() if header in answer.headers
                 for problem in document.format_problems(answer.headers[header], kind, header)]
        body = []
        if schema is None or document.operations[name]["method"] == "HEAD":
            body = [f"a body that is not described: {answer.body!r}"] if answer.body else []
        elif schema.get("format") != "file":
            self.assertEqual(answer.headers["Content-Type"], "application/json;odata=minimalmetadata")
            body = document.problems(answer.json(), schema)
            if case.filled and not answer.json()["value"]:
                body.append("the list is empty")
        self.assertEqual([f"header {header} is missing" for header in missing] + wrong + body, [])

    def run_version(self, version):
        document = openapi_document.Document(version)
        world = World(self.batch, self.blob, version, self.shared)
        self.assertEqual(set(document.operations) - set(CASES), set(), "operations without a case")
        for name, case in CASES.items():
            if name in document.operations:
                with self.subTest(operation=name, version=version):
                    self.check(document, name, case, self.request(world, document, name, case))


    def test_every_example_of_the_newest_is_accepted_and_read_back_as_described(self):
        document = openapi_document.Document(rest.API_VERSION)
        world = World(self.batch, self.blob, "examples.0", self.shared)
        for name, read in READ_BACK.items():
            for title, example in document.bodies(name).items():
                with self.subTest(operation=name, example=title):
                    body, place = self.made_possible(world, example), document.operations[name]["path"].replace("{jobId}", world.example_job())
                    answer = self.batch.call("POST", place, body, version=document.version)
                    self.assertEqual(str(answer.status), next(iter(document.operations[name]["responses"])), answer.body)
                    if read:
                        back = self.batch.call("GET", f"{place}/{body['id']}", version=document.version)
                        self.assertEqual(document.problems(back.json(), document.response(read, 200)[1]), [])

    def made_possible(self, world, example):
        """The example with what exists here: ids that are free, a pool, a certificate, times to come; and without machines."""
        def changed(value):
            if isinstance(value, list):
                return [changed(item) for item in value]
            if not isinstance(value, dict):
                return value
            return {name: EXAMPLES_CHANGE[name](world, member) if name in EXAMPLES_CHANGE else changed(member) for name, member in value.items()}
        body = changed(example)
        for item in body["value"] if "value" in body else [body]:
            item["id"] = world.fresh("example")
        return body


# The operations whose examples are all tried, and how what they add is read.
READ_BACK = {"Pool_Add": "Pool_Get", "Job_Add": "Job_Get", "JobSchedule_Add": "JobSchedule_Get", "Task_Add": "Task_Get", "Task_AddCollection": None}
EXAMPLES_CHANGE = {
    "poolId": lambda world, value: world.node_pool(),
    "thumbprint": lambda world, value: world.a_certificate()["thumbprint"],
    "doNotRunUntil": lambda world, value: in_the_future(days=1),
    "doNotRunAfter": lambda world, value: in_the_future(days=2),
    "targetDedicatedNodes": lambda world, value: 0,
}


def _test_of(version):
    return lambda self: self.run_version(version)


for _version in openapi_document.VERSIONS:
    setattr(EveryOperation, "test_every_operation_of_" + _version.replace("-", "_").replace(".", "_"), _test_of(_version))


if __name__ == "__main__":
    unittest.main(verbosity=2)
