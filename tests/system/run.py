"""`batch-emulator run`: real programs in the environment that leads Azure's names to an emulator."""
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import unittest

import emulator
import fixture
import rest
from run_fixture import HERE, PATIENCE, WithRun, clean_environment

BLOB_HOST = "devstorage.blob.core.windows.net"


class ExitCodes(WithRun):
    def test_the_commands_code_is_returned_and_nothing_is_left(self):
        done = self.run_command("--", "sh", "-c", "exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, "", ""))
        self.assert_nothing_is_left()

    def test_a_signal_that_ended_it_is_told_as_shells_do(self):
        self.assertEqual(self.run_command("sh", "-c", "kill -TERM $$").returncode, 128 + signal.SIGTERM)

    def test_what_cannot_be_started_is_told(self):
        done = self.run_command("--", "no-such-command-here")
        self.assertEqual(done.returncode, 127)
        self.assertIn("no-such-command-here", done.stderr)
        self.assertEqual(self.run_command("/etc/passwd").returncode, 126)
        self.assert_nothing_is_left()

    def test_what_follows_the_command_is_the_commands(self):
        done = self.run_command("echo", "--keep", "--help", "--", "--data-dir")
        self.assertEqual(done.stdout, "--keep --help -- --data-dir\n")

    def test_wrong_arguments_are_refused(self):
        for arguments in ((), ("--allow", "https://example.org/", "true"), ("--account", "name", "true"), ("--quota-pools=x", "true"),
                          ("--attach", "--keep", "true"), ("--attach", "--quota-pools=3", "true"), ("--no-such-option", "true")):
            done = self.run_command(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertTrue(done.stderr)
        self.assertIn("batch_python_tutorial_ffmpeg.py", self.run_command("--help").stdout)

    def test_an_emulator_that_does_not_start_is_told(self):
        data = self.folder / "data"
        with emulator.Emulator(data_dir=self.folder) as running:
            done = self.run_command("--data-dir", running.data_dir, "true")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(data), done.stderr)
        self.assert_nothing_is_left()

    def test_standard_streams_are_the_commands(self):
        done = subprocess.run(self.words("cat"), input="through", capture_output=True, text=True, timeout=PATIENCE, env=self.environment())
        self.assertEqual((done.stdout, done.stderr), ("through", ""))


class Names(WithRun):
    def test_a_program_with_real_names_and_its_task_run_unchanged(self):
        done = self.run_command("--", sys.executable, HERE / "names_program.py", "end")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("from storagefrom storage https://devbatch.eastus.batch.azure.com/\nfrom storage\n", done.stdout)
        self.assertRegex(done.stdout, "BlobDownloadMiscError.*--allow example.com")
        self.assertTrue(done.stdout.endswith("end\n"))
        self.assert_nothing_is_left()

    def test_accounts_of_the_user_work_with_his_keys(self):
        key = base64.b64encode(b"a key of the user").decode()
        mine = {"AZURE_BATCH_ACCOUNT": "mybatch", "AZURE_BATCH_ACCESS_KEY": key, "AZURE_STORAGE_ACCOUNT": "mystore", "AZURE_STORAGE_KEY": key,
                "AZURE_BATCH_ENDPOINT": "https://mybatch.westeurope.batch.azure.com"}
        done = self.run_command("--", sys.executable, HERE / "names_program.py", **mine)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("https://mybatch.westeurope.batch.azure.com/", done.stdout)
        self.assertNotIn("taken on trust", done.stderr)

    def list_pools(self, account, key, *options, **more):
        """Lists the pools of an account with a key; prints the status."""
        program = ("import sys; sys.path.insert(0, sys.argv[1]); import names_program as p\n"
                   "b = p.Batch({'url': f'https://{sys.argv[2]}.eastus.batch.azure.com', 'account': sys.argv[2], 'key': sys.argv[3]})\n"
                   "print(b.call('GET', '/pools').status)")
        return self.run_command(*options, "--", sys.executable, "-c", program, HERE, account, key, **more)

    def test_a_program_with_accounts_of_its_own_is_taken_on_trust_with_its_tasks(self):
        key = base64.b64encode(b"in a configuration file").decode()
        done = self.run_command("--", sys.executable, HERE / "names_program.py", PROGRAM_ACCOUNT="contoso", PROGRAM_KEY=key)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("from storagefrom storage https://contoso.westeurope.batch.azure.com/\nfrom storage\n", done.stdout)
        self.assertEqual(len(re.findall("^batch-emulator: .*'contoso'.*on trust", done.stderr, re.MULTILINE)), 2, done.stderr)

    def test_a_given_key_is_verified(self):
        right, wrong = (base64.b64encode(text).decode() for text in (b"right", b"wrong"))
        file = self.folder / "key"
        file.write_text(right + "\n")
        for key, status in ((right, "200\n"), (wrong, "403\n")):
            done = self.list_pools("given", key, "--account", f"given={file}")
            self.assertEqual(done.stdout, status, done.stderr)
            done = self.list_pools("given", key, AZURE_BATCH_ACCOUNT="given", AZURE_BATCH_ACCESS_KEY=right)
            self.assertEqual(done.stdout, status, done.stderr)

    def test_an_unknown_account_is_taken_on_trust_with_a_line_of_warning(self):
        done = self.list_pools("whoever", base64.b64encode(b"any").decode())
        self.assertEqual(done.stdout, "200\n", done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertRegex(lines[0], "^batch-emulator: .*'whoever'.*on trust")

    def test_another_host_is_refused_with_the_switch_that_allows_it(self):
        program = "import urllib.request; urllib.request.urlopen('https://example.com/')"
        done = self.run_command("--", sys.executable, "-c", program)
        self.assertEqual(done.returncode, 1)
        self.assertIn("403", done.stderr)
        self.assertIn("batch-emulator: example.com is not one of the emulated services; add --allow example.com", done.stderr)

    def test_an_entry_of_no_proxy_that_leads_past_the_emulator_is_left_out(self):
        done = self.run_command("--", "sh", "-c", "echo $NO_PROXY", NO_PROXY="intra.example,.windows.net")
        self.assertEqual(done.stdout, "127.0.0.1,localhost,::1,intra.example\n")
        self.assertIn('".windows.net" is left out', done.stderr)


class Secrets(WithRun):
    # Prints every secret that it was given, then every command line of the machine.
    PROGRAM = textwrap.dedent("""
        import json, os, pathlib, sys
        def line(process):
            try:
                return (process / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                return ""
        secrets = [os.environ["HTTPS_PROXY"].split(":")[2].split("@")[0], os.environ["AZURE_BATCH_ACCESS_KEY"],
                   os.environ["AZURE_STORAGE_KEY"], os.environ["AZURE_CLIENT_SECRET"]]
        print(json.dumps([secrets, [line(p) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()]]))
    """)

    def test_are_on_no_command_line_and_in_no_log(self):
        program = self.folder / "program.py"
        program.write_text(self.PROGRAM)
        key = self.folder / "key"
        key.write_text(base64.b64encode(b"key of a file").decode())
        log = self.folder / "log"
        script = f"{sys.executable} {HERE}/names_program.py >&2 && exec {sys.executable} {program}"
        done = self.run_command("--account", f"filed={key}", "--log-level=trace", f"--log-file={log}", "sh", "-c", script)
        self.assertEqual(done.returncode, 0, done.stderr)
        secrets, lines = json.loads(done.stdout)
        self.assertTrue(any("batch-emulator" in line and "start" in line for line in lines), "the emulator is not among the processes")
        for secret in (*secrets, key.read_text()):
            self.assertFalse([line for line in lines if secret in line], "a secret is on a command line")
            self.assertNotIn(secret, log.read_text())
            self.assertNotIn(base64.b64encode(secret.encode()).decode().rstrip("="), log.read_text())
        self.assertNotIn("sig=", re.sub("sig=REDACTED", "", log.read_text()))
        self.assertEqual(log.stat().st_mode & 0o777, 0o600)


class Kept(WithRun):
    def test_a_kept_emulator_says_where_it_is_and_can_be_attached_to(self):
        done = self.run_command("--keep", "sh", "-c", "exit 3")
        self.assertEqual(done.returncode, 3)
        pid = int(re.search(r"pid (\d+)", done.stderr)[1])
        data_dir = re.search(r"data directory +(\S+)", done.stderr)[1]
        try:
            self.assertTrue(fixture.process_state(pid))
            again = self.run_command("--attach", "--data-dir", data_dir, sys.executable, HERE / "names_program.py")
            self.assertEqual(again.returncode, 0, again.stderr)
            status = subprocess.run([emulator.programs() / "batch-emulator", "status", "--data-dir", data_dir], capture_output=True, text=True,
                                    timeout=PATIENCE, env=self.environment())
            self.assertIn("1 pools", status.stdout)
        finally:
            os.kill(pid, signal.SIGTERM)
        emulator.wait_until(lambda: not fixture.process_state(pid), PATIENCE, "the end of the emulator")
        emulator.wait_until(lambda: not self.left_processes(), 10, "the end of every process")

    def test_streams_of_a_kept_emulator_are_closed_when_run_ends(self):
        done = self.run_command("--keep", "true")  # would wait for the end of its pipes otherwise
        os.kill(int(re.search(r"pid (\d+)", done.stderr)[1]), signal.SIGTERM)


class Attached(WithRun):
    def test_its_session_ends_with_the_command(self):
        with emulator.Emulator("--names", "--entra") as running:
            done = self.run_command("--attach", "--data-dir", running.data_dir, "sh", "-c", "echo $HTTPS_PROXY; unset BATCH_EMULATOR_SESSION; "
                                    f"curl -s -o /dev/null -w '%{{http_connect}}' https://{BLOB_HOST}/ || true")
            proxy, status = done.stdout.split()
            self.assertEqual(status, "200", done.stderr)
            curl = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_connect}", "--proxy", proxy, f"https://{BLOB_HOST}/"],
                                  capture_output=True, text=True, timeout=PATIENCE, env=clean_environment())
            self.assertEqual(curl.stdout, "407")
        self.assert_nothing_is_left()

    def test_without_names_it_says_which_option_is_missing(self):
        with emulator.Emulator() as running:
            done = self.run_command("--attach", "--data-dir", running.data_dir, "true")
            self.assertEqual(done.returncode, 1)
            self.assertIn("--names", done.stderr)
            answer = rest.Batch(running.batch).call("POST", "/.emulator/sessions", {})
            self.assertEqual(answer.status, 404)
        done = self.run_command("--attach", "--data-dir", self.folder / "none", "true")
        self.assertEqual(done.returncode, 1)
        self.assertIn("batch-emulator start --names", done.stderr)

    def test_sessions_are_for_the_owner_of_the_first_account(self):
        with emulator.Emulator("--names", "--batch-account=devbatch,other") as running:
            keys = json.loads((running.data_dir / "keys.json").read_text())
            other = keys["batch"]["other"]
            other = {**running.batch, "account": "other", "key": other if isinstance(other, str) else other[0]}
            self.assertEqual(rest.Batch(other).call("POST", "/.emulator/sessions", {}).status, 403)
            owner = rest.Batch(running.batch)
            opened = owner.call("POST", "/.emulator/sessions", {"allow": ["example.org"]})
            self.assertEqual(opened.status, 201, opened.body)
            self.assertEqual(owner.call("DELETE", f"/.emulator/sessions/{opened.json()['name']}").status, 204)
            self.assertEqual(owner.call("DELETE", f"/.emulator/sessions/{opened.json()['name']}").status, 404)
            self.assertEqual(owner.call("POST", "/.emulator/sessions", {"allow": ["https://example.org"]}).status, 400)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Restarted(fixture.WithEmulator):
    options = ("--names", f"--proxy-port={free_port()}")

    def test_a_task_that_lived_on_still_reaches_the_names(self):
        self.add_pool("pool")
        self.add_job("job", "pool")
        self.add_task("job", "task", "/bin/bash -c 'echo $AZ_BATCH_TASK_WORKING_DIR; until [ -e go ]; do sleep 0.05; done; "
                      f"curl -sS -o /dev/null -w %{{http_code}} https://{BLOB_HOST}/none/none'")
        folder = self.wait(lambda: self.file("job", "task", "stdout.txt"), "the task's first line").strip()
        self.emulator.kill()
        self.emulator.start()
        self.connect()
        (pathlib.Path(folder) / "go").touch()
        task = self.wait_task("job", "task")
        self.assertEqual(task["executionInfo"]["exitCode"], 0, self.file("job", "task", "stderr.txt"))
        self.assertEqual(self.file("job", "task", "stdout.txt").split()[-1], "404")


class Connections(WithRun):
    def test_nothing_connects_beyond_this_machine(self):
        if not shutil.which("strace"):
            self.skipTest("no strace on this machine")
        trace = self.folder / "trace"
        words = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-e", "signal=none", "-o", trace,
                 *self.words("--", sys.executable, HERE / "names_program.py")]
        done = subprocess.run(words, capture_output=True, text=True, timeout=3 * PATIENCE, env=self.environment(), stdin=subprocess.DEVNULL)
        if "ptrace" in done.stderr.lower() and done.returncode != 0:
            self.skipTest("strace may not trace: " + done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = [line for line in trace.read_text().splitlines() if "sa_family=AF_INET" in line]
        self.assertTrue(calls, "the trace sees no connection at all")
        beyond = [line for line in calls if 'inet_addr("127.0.0.1")' not in line and '"::1"' not in line and "::ffff:127.0.0.1" not in line]
        self.assertEqual(beyond, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
