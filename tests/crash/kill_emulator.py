"""kill -9 at random points of the article's workload: what was acknowledged is there once, whole, and runs once.

One data directory lives through all kills. Between two kills a driver works on rounds of the workload (container,
blobs, job, tasks that read a blob and upload an output) and notes what the service acknowledged. After each restart
everything noted is checked. The seed is printed; BATCH_EMULATOR_CRASH_SEED repeats a run's choices.
"""
import hashlib
import http.client
import os
import pathlib
import random
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import emulator  # noqa: E402
import rest  # noqa: E402

KILLS = int(os.environ.get("BATCH_EMULATOR_CRASH_KILLS", "200"))
SEED = int(os.environ.get("BATCH_EMULATOR_CRASH_SEED", str(random.SystemRandom().randrange(1 << 32))))
SHORTEST_RUN, LONGEST_RUN = 0.005, 0.400  # seconds from ready to kill
NODES = 3
TASKS = 4
FINISHED_WITHIN = 120.0
NO_ACKNOWLEDGEMENT = (OSError, http.client.HTTPException)
POOL = "CrashPool"


class Ledger:
    """What the service acknowledged, and what was under way when it was killed."""

    def __init__(self):
        self.containers, self.blobs, self.jobs, self.tasks, self.completed = set(), {}, set(), set(), {}
        self.maybe_blobs = {}
        self.maybe_jobs, self.maybe_tasks = set(), set()


class Driver:
    def __init__(self, home, choose):
        self.counters = home / "runs"
        self.counters.mkdir()
        self.choose = choose
        self.ledger = Ledger()
        self.steps = self.workload()
        self.step = None

    def connect(self, running):
        self.batch, self.blob = rest.Batch(running.batch), rest.Blob(running.blob)

    def work(self, until):
        """Runs steps until the time is over. A step that was not acknowledged is repeated after the restart."""
        while time.monotonic() < until:
            self.step = self.step or next(self.steps)
            self.step()
            self.step = None

    def workload(self):
        yield self.add_pool
        number = 0
        while True:
            name = f"round{number}"
            yield lambda: self.add_container(name)
            content = self.choose.randbytes(self.choose.choice((0, 1, 1000, 70_000, 300_000)))
            yield lambda: self.put_blob(f"/{name}/input", content)
            blocks = [self.choose.randbytes(20_000) for _ in range(3)]
            yield lambda: self.put_blocks(f"/{name}/blocks", blocks)
            yield lambda: self.add_job(name)
            yield lambda: self.add_tasks(name)
            yield self.look_at_tasks
            number += 1

    def add_pool(self):
        answer = self.batch.call("POST", "/pools", rest.pool(POOL, NODES))
        assert answer.status == 201 or answer.code == "PoolExists", answer.body

    def add_container(self, name):
        answer = self.blob.call("PUT", f"/{name}", {"restype": "container"})
        assert answer.status in (201, 409), answer.body
        self.ledger.containers.add(name)

    def put_blob(self, path, content):
        self.ledger.maybe_blobs[path] = content
        answer = self.blob.put(path, content)
        assert answer.status == 201, answer.body
        self.ledger.blobs[path] = content

    def put_blocks(self, path, blocks):
        self.ledger.maybe_blobs[path] = b"".join(blocks)
        names = []
        for i, block in enumerate(blocks):
            names.append(hashlib.sha256(f"{i}".encode()).hexdigest()[:16])  # valid Base64 of equal length
            answer = self.blob.call("PUT", path, {"blockid": names[-1], "comp": "block"}, block)
            assert answer.status == 201, answer.body
        listed = "<BlockList>" + "".join(f"<Latest>{n}</Latest>" for n in names) + "</BlockList>"
        answer = self.blob.call("PUT", path, {"comp": "blocklist"}, listed.encode())
        assert answer.status == 201, answer.body
        self.ledger.blobs[path] = b"".join(blocks)

    def add_job(self, name):
        self.ledger.maybe_jobs.add(name)
        answer = self.batch.call("POST", "/jobs", {"id": name, "poolInfo": {"poolId": POOL}})
        assert answer.status == 201 or answer.code == "JobExists", answer.body
        self.ledger.jobs.add(name)

    def add_tasks(self, job):
        tasks = [{
            "id": f"t{i}",
            "commandLine": f"/bin/sh -c 'echo run >> {self.counters}/{job}-t{i}; cat input > output'",
            "resourceFiles": [{"httpUrl": self.blob.blob_url(job, "input", "r"), "filePath": "input"}],
            "outputFiles": [{"filePattern": "output", "uploadOptions": {"uploadCondition": "tasksuccess"},
                             "destination": {"container": {"path": f"out{i}", "containerUrl": self.blob.container_url(job, "w")}}}],
        } for i in range(TASKS)]
        self.ledger.maybe_tasks.update((job, t["id"]) for t in tasks)
        answer = self.batch.call("POST", f"/jobs/{job}/addtaskcollection", {"value": tasks})
        assert answer.status == 200, answer.body
        for item in answer.json()["value"]:
            assert item["status"] == "Success" or item["error"]["code"] == "TaskExists", item
            self.ledger.tasks.add((job, item["taskId"]))

    def look_at_tasks(self):
        for job in sorted(self.ledger.jobs)[-2:]:
            for task in self.batch.all(f"/jobs/{job}/tasks"):
                self.note_completed(job, task)

    def runs_of(self, job, task_id):
        counter = self.counters / f"{job}-{task_id}"
        return len(counter.read_text().splitlines()) if counter.exists() else 0

    def note_completed(self, job, task):
        key = (job, task["id"])
        if task["state"] != "completed":
            assert key not in self.ledger.completed, f"{key} was completed and is {task['state']} again"
            return
        execution = task["executionInfo"]
        assert execution["result"] == "success", (key, execution)
        assert execution["retryCount"] == 0, (key, execution)
        seen = (execution["endTime"], execution["exitCode"], self.runs_of(*key))
        assert self.ledger.completed.setdefault(key, seen) == seen, f"{key} changed after it was completed: {self.ledger.completed[key]} -> {seen}"

    def some(self, names):
        """The newest names and a few others: all of them after every kill would take most of the run."""
        newest = sorted(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)] or [0])
        return newest if self.check_all else newest[-8:] + self.choose.sample(newest[:-8], min(4, len(newest[:-8])))

    def check(self, everything=False):
        """Everything acknowledged is there once; what was under way is there whole or not at all."""
        self.check_all = everything
        for name in self.some(list(self.ledger.containers)):
            listed = self.blob.call("GET", f"/{name}", {"restype": "container", "comp": "list"})
            assert listed.status == 200, (name, listed.status)
        for path in self.some(list(self.ledger.maybe_blobs)):
            answer = self.blob.call("GET", path)
            if path in self.ledger.blobs:
                assert answer.status == 200, f"{path} was acknowledged and is gone: {answer.status}"
            assert answer.status in (200, 404), (path, answer.status)
            if answer.status == 200:
                assert answer.body == self.ledger.maybe_blobs[path], f"{path} has other bytes"
        jobs = [j["id"] for j in self.batch.all("/jobs")]
        assert len(jobs) == len(set(jobs)) and self.ledger.jobs <= set(jobs) <= self.ledger.maybe_jobs, jobs
        pools = [p["id"] for p in self.batch.all("/pools")]
        assert pools in ([POOL], []) and (pools or not jobs), pools
        for job in self.some(jobs):
            tasks = self.batch.all(f"/jobs/{job}/tasks")
            ids = {(job, t["id"]) for t in tasks}
            assert len(ids) == len(tasks)
            acknowledged = {k for k in self.ledger.tasks if k[0] == job}
            assert acknowledged <= ids <= self.ledger.maybe_tasks, (acknowledged - ids, ids - self.ledger.maybe_tasks)
            for task in tasks:
                self.note_completed(job, task)

    def all_completed(self):
        self.look_at_everything()
        return self.ledger.tasks == set(self.ledger.completed)

    def look_at_everything(self):
        for job in sorted(self.ledger.jobs):
            for task in self.batch.all(f"/jobs/{job}/tasks"):
                self.note_completed(job, task)

    def check_outputs(self):
        for job, task_id in self.ledger.tasks:
            answer = self.blob.call("GET", f"/{job}/out{task_id[1:]}")
            assert answer.status == 200 and answer.body == self.ledger.blobs[f"/{job}/input"], (job, task_id, answer.status)


def main():
    print(f"seed {SEED}, {KILLS} kills", flush=True)
    choose = random.Random(SEED)
    running = emulator.Emulator()
    driver = Driver(running.home, choose)
    unacknowledged = 0
    with running:
        for _ in range(KILLS):
            driver.connect(running)
            driver.check()
            stop = time.monotonic() + choose.uniform(SHORTEST_RUN, LONGEST_RUN)
            killer = _kill_at(running.process, stop)
            try:
                driver.work(stop + 5.0)
            except NO_ACKNOWLEDGEMENT:
                unacknowledged += 1
            killer.join()
            running.kill()
            running.start()
        driver.connect(running)
        driver.check(everything=True)
        emulator.wait_until(driver.all_completed, FINISHED_WITHIN, "completion of every acknowledged task")
        driver.check_outputs()
        print(f"{KILLS} kills, {unacknowledged} of them inside a request; {len(driver.ledger.blobs)} blobs, "
              f"{len(driver.ledger.jobs)} jobs and {len(driver.ledger.tasks)} tasks acknowledged and found", flush=True)
    emulator.assert_no_process_carries(running.data_dir)


def _kill_at(process, moment):
    """Kills from another thread, so that the kill falls at any place of a request."""
    import threading

    def kill():
        threading.Event().wait(max(0.0, moment - time.monotonic()))
        process.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


if __name__ == "__main__":
    main()
