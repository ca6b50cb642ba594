"""The emulator as a process: how it starts, what it tells, and that it leaves nothing behind."""
import json
import os
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

import emulator
import fixture
import rest

ENDS_WITHIN = 10.0


def run(*arguments, **more):
    return subprocess.run([emulator.programs() / "batch-emulator", *arguments], capture_output=True, text=True, timeout=30, **more)


class Process(unittest.TestCase):
    def test_the_ready_file_is_private_and_names_both_endpoints(self):
        with emulator.Emulator() as running:
            ready = running.home / "ready.json"
            self.assertEqual(stat.S_IMODE(ready.stat().st_mode), 0o600)
            told = json.loads(ready.read_text())
            self.assertEqual(told["pid"], running.process.pid)
            self.assertEqual((told["batch"]["account"], told["blob"]["account"]), ("devbatch", "devstoreaccount1"))
            self.assertTrue(emulator.is_base64(told["batch"]["key"]))
            self.assertNotEqual(told["batch"]["key"], told["blob"]["key"])

    def test_healthz_needs_no_signature_and_everything_else_does(self):
        with emulator.Emulator() as running:
            batch = rest.Batch(running.batch)
            self.assertEqual(batch.exchange("GET", "/healthz", None, {}).status, 200)
            self.assertEqual(rest.Blob(running.blob).exchange("GET", "/healthz", None, {}).status, 200)
            refused = batch.exchange("GET", f"/pools?api-version={rest.API_VERSION}", None, {})
            self.assertIn(refused.status, (400, 403))

    def test_a_second_emulator_on_the_same_directory_refuses_quickly_and_touches_nothing(self):
        with emulator.Emulator() as running:
            rest.Batch(running.batch).call("POST", "/pools", rest.pool("kept", 0))
            began = time.monotonic()
            second = run("start", "--data-dir", str(running.data_dir), "--batch-port", "0", "--blob-port", "0")
            self.assertLess(time.monotonic() - began, 1.0)
            self.assertNotEqual(second.returncode, 0)
            self.assertIn(str(running.process.pid), second.stderr)
            self.assertEqual(rest.Batch(running.batch).call("GET", "/pools/kept").status, 200)

    def test_env_prints_exports_that_a_shell_takes(self):
        with emulator.Emulator() as running:
            printed = run("env", "--data-dir", str(running.data_dir))
            self.assertEqual(printed.returncode, 0, printed.stderr)
            shell = subprocess.run(["sh", "-c", printed.stdout + "\nprintenv AZURE_BATCH_ACCOUNT AZURE_BATCH_ACCESS_KEY AZURE_BATCH_ENDPOINT AZURE_STORAGE_CONNECTION_STRING"],
                                   capture_output=True, text=True, timeout=30)
            lines = shell.stdout.splitlines()
            self.assertEqual(lines[:3], ["devbatch", running.batch["key"], running.batch["url"]])
            self.assertIn(f"BlobEndpoint={running.blob['url']}", lines[3])

    def test_env_without_a_running_emulator_says_so(self):
        with tempfile.TemporaryDirectory() as empty:
            printed = run("env", "--data-dir", empty)
            self.assertNotEqual(printed.returncode, 0)
            self.assertEqual(printed.stdout, "")
            self.assertIn(empty, printed.stderr)

    def test_status_tells_what_is_running(self):
        with emulator.Emulator() as running:
            printed = run("status", "--data-dir", str(running.data_dir))
            self.assertEqual(printed.returncode, 0, printed.stderr)
            self.assertIn(running.batch["url"], printed.stdout)
            self.assertNotIn(running.batch["key"], printed.stdout)

    def test_the_data_directory_is_private(self):
        with emulator.Emulator() as running:
            self.assertEqual(stat.S_IMODE(running.data_dir.stat().st_mode), 0o700)
            for path in running.data_dir.iterdir():
                if path.is_file():
                    self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)

    def test_keys_never_reach_log_or_command_line(self):
        with emulator.Emulator("--log-level", "debug") as running:
            batch = rest.Batch(running.batch)
            batch.call("POST", "/pools", rest.pool("p", 1))
            emulator.wait_until(lambda: fixture.agents(running.data_dir), 20, "an agent")
            commands = b"".join(open(f"/proc/{pid}/cmdline", "rb").read() for pid in (running.process.pid, *fixture.agents(running.data_dir)))
            log = running.read_log()
            for secret in (running.batch["key"], running.blob["key"]):
                self.assertNotIn(secret.encode(), commands)
                self.assertNotIn(secret, log)
            self.assertNotIn("SharedKey devbatch:", log)

    def test_sigterm_ends_nodes_tasks_and_the_emulator_within_seconds(self):
        for ending in (signal.SIGTERM, signal.SIGINT):
            with emulator.Emulator() as running:
                batch = rest.Batch(running.batch)
                batch.call("POST", "/pools", rest.pool("p", 2))
                batch.call("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "p"}})
                batch.call("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "/bin/sh -c 'sleep 600 & sleep 600'"})
                emulator.wait_until(lambda: batch.call("GET", "/jobs/j/tasks/t").json()["state"] == "running", 30, "the task running")
                running.process.send_signal(ending)
                self.assertEqual(running.process.wait(ENDS_WITHIN), 0, running.read_log())
                emulator.assert_no_process_carries(running.data_dir)

    def test_state_and_keys_survive_a_polite_restart(self):
        running = emulator.Emulator()
        with running:
            key = running.batch["key"]
            rest.Batch(running.batch).call("POST", "/pools", rest.pool("kept", 0, metadata=[{"name": "a", "value": "b"}]))
            rest.Blob(running.blob).call("PUT", "/kept", {"restype": "container"})
            running.stop()
            running.start()
            self.assertEqual(running.batch["key"], key)
            self.assertEqual(rest.Batch(running.batch).call("GET", "/pools/kept").json()["metadata"], [{"name": "a", "value": "b"}])
            self.assertEqual(rest.Blob(running.blob).call("GET", "/kept", {"restype": "container"}).status, 200)

    def test_in_memory_keeps_nothing(self):
        running = emulator.Emulator("--in-memory")
        with running:
            self.assertEqual(rest.Batch(running.batch).call("POST", "/pools", rest.pool("lost", 0)).status, 201)
            running.stop()
            running.start()
            self.assertEqual(rest.Batch(running.batch).call("GET", "/pools/lost").status, 404)

    def test_the_well_known_storage_key_is_served_when_asked_for(self):
        with emulator.Emulator("--well-known-storage-key") as running:
            self.assertTrue(running.blob["key"].startswith("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"))
            self.assertEqual(rest.Blob(running.blob).call("PUT", "/con", {"restype": "container"}).status, 201)

    def test_a_taken_port_is_an_error_that_names_it(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, tempfile.TemporaryDirectory() as home:
            port = str(taken.getsockname()[1])
            refused = run("start", "--data-dir", home + "/data", "--batch-port", port, "--blob-port", "0")
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn(port, refused.stderr)

    def test_help_and_version_answer(self):
        for program in ("batch-emulator", "batch-nodeagent", "batch-client"):
            for flag in ("--help", "--version"):
                answered = subprocess.run([emulator.programs() / program, flag], capture_output=True, text=True, timeout=30)
                self.assertEqual(answered.returncode, 0, (program, flag, answered.stderr))
                self.assertTrue(answered.stdout.strip(), (program, flag))

    def test_the_readme_lists_the_options_as_the_program_does(self):
        readme = (emulator.ROOT / "README.md").read_text(encoding="utf-8")
        self.assertIn(run("--help-markdown").stdout.strip(), readme, "paste `batch-emulator --help-markdown` into README.md")

    def test_options_come_from_environment_and_config_file_as_well(self):
        with tempfile.TemporaryDirectory() as home:
            config = os.path.join(home, "emulator.conf")
            with open(config, "w", encoding="utf-8") as file:
                file.write("in-memory=true\n")
            environment = {**os.environ, "BATCH_EMULATOR_BATCH_PORT": "0", "BATCH_EMULATOR_BLOB_PORT": "0",
                           "BATCH_EMULATOR_READY_FILE": os.path.join(home, "ready.json")}
            process = subprocess.Popen([emulator.programs() / "batch-emulator", "--config", config, "--data-dir", os.path.join(home, "data")],
                                       env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                emulator.wait_until(lambda: os.path.exists(os.path.join(home, "ready.json")), 20, "the ready file")
            finally:
                process.terminate()
                process.wait(ENDS_WITHIN)


if __name__ == "__main__":
    unittest.main(verbosity=2)
