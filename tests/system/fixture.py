"""What the system tests share: one emulator per class, and short ways to pools, jobs and tasks."""
import os
import pathlib
import signal
import unittest

import emulator
import rest

COMPLETED_WITHIN = 60.0
NODES_WITHIN = 30.0


class WithEmulator(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator(*cls.options).start()
        cls.addClassCleanup(cls.emulator.__exit__)
        cls.connect()

    @classmethod
    def connect(cls):
        cls.batch, cls.blob = rest.Batch(cls.emulator.batch), rest.Blob(cls.emulator.blob)

    def succeed(self, status, method, path, body=None, **more):
        answer = self.batch.call(method, path, body, **more)
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def add_pool(self, pool_id, dedicated=1, **members):
        self.succeed(201, "POST", "/pools", rest.pool(pool_id, dedicated, **members))
        return pool_id

    def add_job(self, job_id, pool_id, **members):
        self.succeed(201, "POST", "/jobs", {"id": job_id, "poolInfo": {"poolId": pool_id}, **members})
        return job_id

    def add_task(self, job, task_id, command, **members):
        self.succeed(201, "POST", f"/jobs/{job}/tasks", {"id": task_id, "commandLine": command, **members})
        return task_id

    def task(self, job, task_id):
        return self.succeed(200, "GET", f"/jobs/{job}/tasks/{task_id}").json()

    def job(self, job):
        return self.succeed(200, "GET", f"/jobs/{job}").json()

    def wait(self, condition, what, within=COMPLETED_WITHIN):
        return emulator.wait_until(condition, within, what)

    def wait_task(self, job, task_id, state="completed"):
        def reached():
            task = self.task(job, task_id)
            return task if task["state"] == state else None
        return self.wait(reached, f"task {task_id} becoming {state}")

    def wait_job(self, job, state):
        return self.wait(lambda: self.job(job) if self.job(job)["state"] == state else None, f"job {job} becoming {state}")

    def nodes(self, pool):
        return self.batch.all(f"/pools/{pool}/nodes")

    def wait_nodes(self, pool, count, state="idle"):
        def reached():
            nodes = self.nodes(pool)
            return nodes if len(nodes) == count and all(n["state"] == state for n in nodes) else None
        return self.wait(reached, f"{count} nodes of {pool} being {state}", NODES_WITHIN)

    def file(self, job, task_id, name):
        """The text of a task's file, or None while it is not there."""
        answer = self.batch.call("GET", f"/jobs/{job}/tasks/{task_id}/files/{name}")
        return answer.body.decode(errors="replace") if answer.status == 200 else None

    def run_task(self, job, task_id, command, **members):
        """Adds a task and waits for its end."""
        self.add_task(job, task_id, command, **members)
        return self.wait_task(job, task_id)

    def gone(self, path, code):
        def look():
            answer = self.batch.call("GET", path)
            return answer.status == 404 and answer.code == code
        self.wait(look, f"{path} answering {code}")


def process_state(pid):
    """The kernel's letter for the process, or None when there is none (a zombie counts as none)."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return None
    return None if state in "ZX" else state


def agents(data_dir, node_id=None):
    """Pids of the living node agents of this data directory."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        text = b" ".join(words)
        if words[0].endswith(b"batch-nodeagent") and str(data_dir).encode() in text and (node_id is None or node_id.encode() in text):
            if process_state(int(entry.name)):
                found.append(int(entry.name))
    return found


def kill(pid):
    os.kill(pid, signal.SIGKILL)
