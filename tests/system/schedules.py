"""Job schedules, auto pools, statistics and diagnostic events with real processes."""
import datetime
import json
import unittest

import fixture
import rest


def soon(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def auto_pool(lifetime, dedicated=1, keep_alive=False):
    pool = rest.pool("unused", dedicated)
    del pool["id"]
    return {"autoPoolSpecification": {"autoPoolIdPrefix": "auto", "poolLifetimeOption": lifetime, "keepAlive": keep_alive,
                                      "pool": pool}}


class Schedules(fixture.WithEmulator):
    def schedule(self, schedule_id):
        return self.succeed(200, "GET", f"/jobschedules/{schedule_id}").json()

    def wait_schedule(self, schedule_id, condition, what):
        return self.wait(lambda: self.schedule(schedule_id) if condition(self.schedule(schedule_id)) else None, what)

    def events(self, since=0):
        answer = self.batch.call("GET", "/events", query={"since": since})
        self.assertEqual(answer.status, 200, answer.body)
        return [json.loads(line) for line in answer.body.decode().splitlines()]

    def events_of(self, name, **properties):
        return [e["properties"] for e in self.events() if e["operationName"] == name
                and all(e["properties"].get(key) == value for key, value in properties.items())]

    def test_schedule_makes_its_job_at_do_not_run_until_and_its_auto_pool_lives_as_long_as_it(self):
        self.succeed(201, "POST", "/jobschedules", {
            "id": "sched", "schedule": {"doNotRunUntil": soon(1), "recurrenceInterval": "PT1M"},
            "jobSpecification": {"poolInfo": auto_pool("jobschedule")}})
        self.assertNotIn("recentJob", self.schedule("sched")["executionInfo"])
        schedule = self.wait_schedule("sched", lambda s: "recentJob" in s["executionInfo"], "the first job")
        self.assertEqual(schedule["executionInfo"]["recentJob"]["id"], "sched:job-1")
        self.assertTrue(schedule["executionInfo"]["recentJob"]["url"].endswith("/jobs/sched:job-1"))
        self.assertIn("nextRunTime", schedule["executionInfo"])
        pool = self.job("sched:job-1")["executionInfo"]["poolId"]
        self.wait_nodes(pool, 1)
        self.run_task("sched:job-1", "task", "/bin/sh -c 'echo $AZ_BATCH_JOB_ID $AZ_BATCH_POOL_ID $PWD'")
        out = self.file("sched:job-1", "task", "stdout.txt").split()
        self.assertEqual(out[:2], ["sched:job-1", pool])
        self.assertTrue(out[2].endswith("/workitems/sched/job-1/task/wd"), out[2])
        self.succeed(202, "POST", "/jobschedules/sched/terminate")
        self.wait_schedule("sched", lambda s: s["state"] == "completed", "the schedule being completed")
        self.assertEqual(self.job("sched:job-1")["executionInfo"]["terminateReason"], "TerminateJobSchedule")
        self.gone(f"/pools/{pool}", "PoolNotFound")
        self.succeed(202, "DELETE", "/jobschedules/sched")
        self.gone("/jobschedules/sched", "JobScheduleNotFound")
        self.gone("/jobs/sched:job-1", "JobNotFound")
        self.assertTrue(self.events_of("PoolCreate", id=pool, isAutoPool=True))

    def test_auto_pool_of_a_job_goes_when_the_job_is_completed(self):
        self.succeed(201, "POST", "/jobs", {"id": "auto", "poolInfo": auto_pool("job"), "onAllTasksComplete": "noaction"})
        pool = self.job("auto")["executionInfo"]["poolId"]
        self.assertRegex(pool, "^auto[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$")
        self.add_task("auto", "task", "/bin/true")
        self.wait_task("auto", "task")
        self.succeed(200, "PATCH", "/jobs/auto", {"onAllTasksComplete": "terminatejob"})
        self.wait_job("auto", "completed")
        self.gone(f"/pools/{pool}", "PoolNotFound")
        self.assertEqual(self.job("auto")["executionInfo"]["poolId"], pool)

    def test_schedule_survives_a_crash_of_the_emulator_and_goes_on_counting(self):
        self.add_pool("crash", 0)
        self.succeed(201, "POST", "/jobschedules", {
            "id": "durable", "schedule": {"recurrenceInterval": "PT1M"},
            "jobSpecification": {"poolInfo": {"poolId": "crash"}, "priority": 5}})
        before = self.schedule("durable")
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        after = self.schedule("durable")
        for member in ("eTag", "executionInfo", "jobSpecification", "schedule", "state"):
            self.assertEqual(after[member], before[member], member)
        jobs = self.batch.all("/jobschedules/durable/jobs")
        self.assertEqual([job["id"] for job in jobs], ["durable:job-1"])
        self.assertEqual(jobs[0]["priority"], 5)
        self.succeed(202, "DELETE", "/jobschedules/durable")
        self.gone("/jobschedules/durable", "JobScheduleNotFound")

    def test_events_tell_what_happened_to_pool_and_tasks(self):
        self.add_pool("told", 1)
        self.wait_nodes("told", 1)
        self.add_job("told-job", "told")
        self.run_task("told-job", "good", "/bin/true")
        self.run_task("told-job", "bad", "/bin/sh -c 'exit 3'")
        self.succeed(202, "DELETE", "/jobs/told-job")
        self.succeed(202, "DELETE", "/pools/told")
        self.gone("/pools/told", "PoolNotFound")
        self.wait(lambda: self.events_of("PoolDeleteComplete", id="told"), "PoolDeleteComplete")
        for name in ("PoolCreate", "PoolResizeStart", "PoolResizeComplete", "PoolDeleteStart", "PoolDeleteComplete"):
            self.assertEqual(len(self.events_of(name, id="told")), 1, name)
        self.assertEqual(self.events_of("PoolResizeComplete", id="told")[0]["resultCode"], "Success")
        for task, code in (("good", 0), ("bad", 3)):
            started = self.events_of("TaskStart", jobId="told-job", id=task)
            self.assertEqual(started[0]["nodeInfo"]["poolId"], "told")
            self.assertEqual(self.events_of("TaskComplete", jobId="told-job", id=task)[0]["executionInfo"]["exitCode"], code)
        self.assertEqual([e["id"] for e in self.events_of("TaskFail", jobId="told-job")], ["bad"])
        numbers = [e["number"] for e in self.events()]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual([e["number"] for e in self.events(numbers[-3])], numbers[-2:])
        self.assertTrue(all(e["category"] == "ServiceLog" for e in self.events()))

    def test_events_are_for_those_who_have_the_key(self):
        answer = self.batch.exchange("GET", "/events", None, {})
        self.assertEqual((answer.status, answer.code), (400, "InvalidAuthenticationInfo"))

    def test_statistics_tell_what_a_task_has_used(self):
        self.add_pool("used", 1)
        self.add_job("used-job", "used")
        self.run_task("used-job", "busy", "/bin/sh -c 'head -c 3000000 /dev/zero > zeros; cat zeros > again; "
                                          "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'")
        stats = self.succeed(200, "GET", "/jobs/used-job/tasks/busy", query={"$expand": "stats"}).json()["stats"]
        self.assertNotEqual(stats["userCPUTime"], "PT0S")
        self.assertGreaterEqual(stats["readIOGiB"], 3_000_000 / 2**30)
        self.assertGreaterEqual(stats["writeIOGiB"], 6_000_000 / 2**30)
        self.assertGreater(int(stats["readIOps"]), 0)
        job = self.succeed(200, "GET", "/jobs/used-job", query={"$expand": "stats"}).json()["stats"]
        self.assertEqual((job["numSucceededTasks"], job["numFailedTasks"]), ("1", "0"))
        self.assertEqual(job["writeIOps"], stats["writeIOps"])
        pool = self.succeed(200, "GET", "/pools/used", query={"$expand": "stats"}).json()["stats"]
        self.assertGreater(pool["resourceStats"]["avgCPUPercentage"], 0)
        self.succeed(202, "DELETE", "/jobs/used-job")
        self.succeed(202, "DELETE", "/pools/used")


if __name__ == "__main__":
    unittest.main()
