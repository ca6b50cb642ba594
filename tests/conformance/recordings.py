"""The recorded traffic of the real service, sent to the emulator: the answers are the same but for the listed differences.

The exchanges of tests/data/recordings/batch.json are replayed in order. Before each the emulator is brought into the state
that the recorded answer shows (`Stage`). Compared are the status, its reason, the names of the headers and the body: names
and types of its members and their values, where times, addresses, versions and the like stand for their format. What
differs must stand in differences.json with its reason, and what stands there must differ (at times, where it says so).
"""
import collections
import json
import os
import pathlib
import re
import stat
import unittest
import urllib.parse

import emulator  # tests/system
import rest

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "recordings"
# Long enough for nodes to be seen creating; what follows waits for a file.
BOOT_SECONDS = "3"
WITHIN = 30.0

# What stands for its format: (pattern, what is compared in its place). The order matters.
FORMATS = [(re.compile(pattern), name) for pattern, name in (
    (r"(?<=Time:)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", "<time of seven digits>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z", "<time>"),
    (r"0x8D[0-9A-F]{13}", "<etag>"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"tvmps_[0-9a-f]{64}_([dp])", r"<node>_\1"),
    (r"\b\d+(\.\d+){3}\b", "<address>"),
    (r"\"dns<id>-azurebatch-cloudservice\.[a-z]+\.cloudapp\.azure\.com", '"<name>'),
    (r"(\"exactVersion\": ?|\"version\": ?)\"\d+(\.\d+)+\"", r'\1"<version>"'),
    (r"\?[^\"]*\bsig=[^\"]*", "?<sas>"),
)]


def formats_of(text):
    for pattern, name in FORMATS:
        text = pattern.sub(name, text)
    return text


def flattened(value, path="body", found=None):
    """{path of a member: the values it has}; the items of a list share their path."""
    found = collections.defaultdict(set) if found is None else found
    if isinstance(value, dict):
        found[path].add("{}")
        for name, member in value.items():
            flattened(member, f"{path}.{name}", found)
    elif isinstance(value, list):
        found[path].add("[]")
        for item in value:
            flattened(item, f"{path}[]", found)
    else:
        found[path].add(json.dumps(value))
    return found


def differences(recorded, answer, body):
    """Sentences about how the answer differs from the recorded exchange; `body` is the answer's in the recording's terms."""
    found = []
    if recorded["status"] != answer.status:
        found.append(f"status {answer.status} in place of {recorded['status']}")
    if recorded["reason"] != answer.reason:
        found.append(f"reason '{answer.reason}' in place of '{recorded['reason']}'")
    expected, given = {name.lower() for name in recorded["headers"]}, {name.lower() for name in answer.headers}
    found += [f"header {name} is missing" for name in sorted(expected - given)] + [f"header {name} is added" for name in sorted(given - expected)]
    old = flattened(json.loads(formats_of(json.dumps(recorded.get("received")))))
    new = flattened(json.loads(formats_of(json.dumps(body))))
    for path in sorted(set(old) | set(new)):
        if path not in new:
            found.append(f"{path} is missing")
        elif path not in old:
            found.append(f"{path} is added")
        elif old[path] != new[path]:
            few = len(old[path]) == len(new[path]) == 1
            found.append(f"{path} is {min(new[path])} in place of {min(old[path])}" if few else f"{path} has other values")
    return found


def label(exchange):
    """The request's kind, by which differences are listed: method, path without the ids of this recording, status."""
    path = exchange["target"].split("?")[0]
    path = re.sub(r"^/(pools|jobs)/[^/]+", lambda m: f"/{m[1]}/{{{m[1][:-1]}}}", path)
    return f"{exchange['method']} {re.sub(r'/tasks/[^/]+', '/tasks/{task}', path)} {exchange['status']}"


def without_ids(exchange, difference):
    """The difference in words that fit every recording of this kind."""
    words = exchange["target"].split("?")[0].split("/")
    return difference.replace(words[2], "{id}") if len(words) > 2 else difference


class Stage:
    """Brings the emulator into the state that a recorded answer shows.

    Nodes boot when told to: the node agent's program waits for a file. So do the commands of tasks. Where a task is to be seen
    waiting, scheduling on its node is disabled.
    """

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def agent_program(self):
        """A program that starts the node agent once its pool's nodes may boot."""
        program = self.directory / "agent"
        program.write_text(f"#!/bin/sh\nwhile [ ! -f {self.directory}/boot ]; do sleep 0.05; done\nexec {emulator.programs()}/batch-nodeagent \"$@\"\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    def allow(self, what):
        (self.directory / what).touch()

    def hold(self, what):
        (self.directory / what).unlink(missing_ok=True)

    def command(self, what):
        return f"/bin/sh -c 'while [ ! -f {self.directory}/{what} ]; do sleep 0.02; done'"


class Recordings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator()
        cls.stage = Stage(cls.emulator.home)
        cls.emulator.options = ("--node-boot-time", BOOT_SECONDS, "--node-agent", str(cls.stage.agent_program()))
        cls.emulator.start()
        cls.addClassCleanup(cls.emulator.__exit__)
        cls.batch, cls.blob = rest.Batch(cls.emulator.batch), rest.Blob(cls.emulator.blob)
        cls.exchanges = json.loads((DATA / "batch.json").read_text(encoding="utf-8"))
        cls.listed = json.loads((DATA / "differences.json").read_text(encoding="utf-8"))

    def test_every_recorded_exchange_is_answered_alike(self):
        found = collections.defaultdict(list)
        self.held = None  # the node that takes no tasks for now
        for index, exchange in enumerate(self.exchanges):
            answer = self.replay(index, exchange)
            for difference in differences(exchange, answer, self.in_recorded_terms(answer)):
                found[(label(exchange), without_ids(exchange, difference))].append(f"{index}: {exchange['method']} {exchange['target']}")
        unlisted = [f"{kind}: {what} (first seen in {where[0]})" for (kind, what), where in found.items() if not self.is_listed(kind, what)]
        occurred = {(kind, what) for kind, what in found}
        gone = [f"{entry['exchange']}: {entry['difference']}" for entry in self.listed
                if not entry.get("sometimes") and not any(self.matches(entry, kind, what) for kind, what in occurred)]
        self.assertEqual(unlisted, [], "differences that are not listed:\n" + "\n".join(unlisted))
        self.assertEqual(gone, [], "listed differences that no longer occur:\n" + "\n".join(gone))
        self.assertEqual([e for e in self.listed if not e["reason"]], [], "differences without a reason")

    @staticmethod
    def matches(entry, kind, what):
        return entry["exchange"] in ("*", kind) and entry["difference"] == what

    def is_listed(self, kind, what):
        return any(self.matches(entry, kind, what) for entry in self.listed)

    def replay(self, index, exchange):
        path, query = exchange["target"].split("?")
        parameters = dict(urllib.parse.parse_qsl(query))
        version = parameters.pop("api-version")
        body = self.with_our_names(exchange, path) if "sent" in exchange else None
        self.set_up(index, exchange, path)

        def send():
            answer = self.batch.call(exchange["method"], path, body, query=parameters, version=version)
            # A pool passes through resizing too fast to be waited for: see differences.json.
            passing = '"allocationState": "resizing"' in json.dumps(exchange.get("received"))
            return answer if exchange["method"] != "GET" or passing or self.shows_the_recorded_state(exchange, answer) else self.latest(answer)

        self.last = None
        try:
            return emulator.wait_until(send, WITHIN, "the recorded state")
        except AssertionError:
            return self.last

    def latest(self, answer):
        self.last = answer
        return None

    # What must be so before the exchange.
    def set_up(self, index, exchange, path):
        text = json.dumps(exchange.get("received"))
        if exchange["method"] == "POST" and path == "/pools" and exchange["status"] == 201:
            self.stage.hold("boot")
        elif path.endswith("/nodes") and '"state": "idle"' in text:
            self.stage.allow("boot")
        elif path.endswith("/addtaskcollection"):
            self.hold_the_node(index, path)
        elif path.endswith("/tasks") and '"state": "completed"' in text:
            self.release_the_node()
            self.stage.allow(f"end-{path.split('/')[2]}")

    def hold_the_node(self, index, path):
        """Where the recording sees the task waiting, its node takes none for now."""
        job = path.split("/")[2]
        later = next((e for e in self.exchanges[index:] if e["target"].startswith(f"/jobs/{job}/tasks?")), None)
        if later is None or '"state": "active"' not in json.dumps(later["received"]):
            return
        pool = self.batch.call("GET", f"/jobs/{job}").json()["poolInfo"]["poolId"]
        self.held = f"/pools/{pool}/nodes/{self.batch.call('GET', f'/pools/{pool}/nodes').json()['value'][0]['id']}"
        self.schedule("disablescheduling", "offline")

    def schedule(self, action, state):
        answer = self.batch.call("POST", f"{self.held}/{action}")
        self.assertEqual(answer.status, 200, answer.body)
        emulator.wait_until(lambda: self.batch.call("GET", self.held).json()["state"] == state, WITHIN, f"the node becoming {state}")

    def release_the_node(self):
        if self.held:
            self.schedule("enablescheduling", "running")
            self.held = None

    @staticmethod
    def states(document):
        return re.findall(r'"(state|allocationState)": "(\w+)"', json.dumps(document))

    def shows_the_recorded_state(self, exchange, answer):
        return answer.status == exchange["status"] and self.states(answer.json()) == self.states(exchange["received"])

    # The recording's names and ours.
    def with_our_names(self, exchange, path):
        """The request with containers of ours, and with commands that end when told to where the recording sees them end."""
        body = json.loads(re.sub(r"https://storage/([a-z0-9-]+)[^\"]*\?[^\"]*", self.our_container, json.dumps(exchange["sent"])))
        job = path.split("/")[2] if path.endswith("/addtaskcollection") else None
        if job and any(e["target"].startswith(f"/jobs/{job}/tasks") for e in self.exchanges):
            for task in body["value"]:
                self.command_of_the_recording = task["commandLine"]
                task["commandLine"] = self.stage.command(f"end-{job}")
        return body

    def our_container(self, match):
        self.blob.call("PUT", f"/{match[1]}", {"restype": "container"})
        return self.blob.container_url(match[1], "rwl")

    def in_recorded_terms(self, answer):
        text = answer.body.decode()
        if not text:
            return None
        text = text.replace(self.emulator.batch["url"].rstrip("/"), "https://account").replace(self.emulator.blob["url"].rstrip("/"), "https://storage")
        body = json.loads(text)
        for task in body["value"] if isinstance(body.get("value"), list) else [body]:
            if str(task.get("commandLine", "")).startswith("/bin/sh -c 'while"):
                task["commandLine"] = self.command_of_the_recording
        return body


if __name__ == "__main__":
    unittest.main(verbosity=2)
