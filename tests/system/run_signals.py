"""Signals, keys and shells: what `batch-emulator run` passes on to its command, and what is left when it is ended."""
import os
import pty
import re
import select
import signal
import sys
import textwrap
import unittest

import emulator
import fixture
from run_fixture import PATIENCE, WithRun

# Writes a letter for each signal it gets, and ends with 7 on "stop" (SIGUSR2).
COUNTER = textwrap.dedent("""
    import os, signal, sys
    out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for name in ("INT", "TERM", "HUP", "QUIT", "USR1"):
        signal.signal(getattr(signal, "SIG" + name), lambda number, frame: os.write(out, signal.Signals(number).name.encode() + b"\\n"))
    signal.signal(signal.SIGUSR2, lambda number, frame: sys.exit(7))
    os.write(out, b"ready\\n")
    while True:
        signal.pause()
""")


class Signals(WithRun):
    def counter(self, *options, **more):
        self.seen = self.folder / "seen"
        script = self.folder / "counter.py"
        script.write_text(COUNTER)
        process = self.start(*options, sys.executable, script, self.seen, **more)
        self.wait_seen(["ready"])
        return process

    def wait_seen(self, expected):
        emulator.wait_until(lambda: self.seen.exists() and self.seen.read_text().split() == expected, PATIENCE,
                            f"{expected}, but {self.seen.read_text().split() if self.seen.exists() else None}")

    def end(self, process):
        process.send_signal(signal.SIGUSR2)
        process.wait(PATIENCE)
        return process.returncode

    def test_each_signal_reaches_the_command_once(self):
        process, expected = self.counter(), ["ready"]
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
            process.send_signal(number)
            expected.append(number.name)
            self.wait_seen(expected)
        self.assertEqual(self.end(process), 7)
        self.wait_seen(expected)
        self.assert_nothing_is_left()

    def test_a_signal_to_the_whole_group_reaches_it_once(self):
        process = self.counter(start_new_session=True)
        os.killpg(process.pid, signal.SIGTERM)
        self.wait_seen(["ready", "SIGTERM"])
        self.assertEqual(self.end(process), 7)
        self.wait_seen(["ready", "SIGTERM"])

    def test_keys_of_a_terminal_reach_it_once(self):
        self.seen = self.folder / "seen"
        script = self.folder / "counter.py"
        script.write_text(COUNTER)
        pid, terminal = pty.fork()
        if pid == 0:
            words = self.words(sys.executable, script, self.seen)
            os.execve(words[0], words, self.environment())
        self.addCleanup(os.close, terminal)
        self.wait_seen(["ready"])
        os.write(terminal, b"\x03")
        self.wait_seen(["ready", "SIGINT"])
        os.write(terminal, b"\x1c")
        self.wait_seen(["ready", "SIGINT", "SIGQUIT"])
        os.kill(pid, signal.SIGTERM)
        self.wait_seen(["ready", "SIGINT", "SIGQUIT", "SIGTERM"])
        os.kill(pid, signal.SIGUSR2)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 7)
        self.wait_seen(["ready", "SIGINT", "SIGQUIT", "SIGTERM"])
        self.assert_nothing_is_left()

    def test_a_shell_controls_it_as_any_job(self):
        """Stopped and continued, brought to the front from the background, and Ctrl-C ends a loop."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"], {**self.environment(), "PS1": "prompt> ", "TERM": "dumb"})
        self.addCleanup(os.close, terminal)
        seen = ""

        def expect(pattern):
            """Reads until it comes. Before each key to the shell its prompt must have come: it loses what comes earlier."""
            nonlocal seen
            while not re.search(pattern, seen):
                ready, _, _ = select.select([terminal], [], [], PATIENCE)
                self.assertTrue(ready, f"{pattern} does not come: {seen}")
                seen += os.read(terminal, 65536).decode(errors="replace")
            found = re.search(pattern, seen)
            seen = seen[found.end():]
            return found

        def type_keys(keys):
            os.write(terminal, keys.encode())

        expect("prompt> ")
        program = self.folder / "reader.py"
        # It waits for Ctrl-C in steps: a key that comes just before a read of the terminal is seen after it only.
        program.write_text("import os, select\nprint('asks', os.getpid(), flush=True)\nprint('got', input(), flush=True)\n"
                           "while True:\n    select.select([], [], [], 0.05)\n")
        run = " ".join(self.words(sys.executable, program))
        type_keys(f"{run}\n")
        reader = expect("asks (\\d+)")[1]
        type_keys("\x1a")
        expect("Stopped[^\\n]*\\n+prompt> ")
        # The shell looks at the job's first process alone; until the last one has stopped, it may still take a key.
        emulator.wait_until(lambda: fixture.process_state(reader) == "T", PATIENCE, "the reader being stopped")
        type_keys("fg\n")
        expect("reader.py")
        type_keys("one\n")
        expect("got one")
        type_keys("\x03")
        expect("KeyboardInterrupt\\s+prompt> ")
        type_keys("echo code=$?\n")
        expect("code=130\\s+prompt> ")
        type_keys(f"{run} &\n")
        expect("prompt> ")
        expect("asks")
        type_keys("fg\n")
        expect("reader.py")
        type_keys("two\n")
        expect("got two")
        type_keys("\x03")
        expect("KeyboardInterrupt\\s+prompt> ")
        type_keys("echo code=$?\n")
        expect("code=130\\s+prompt> ")
        type_keys(f"for i in 1 2 3; do echo round=$i; {run}; done; echo over\n")
        expect("round=1")
        expect("asks")
        type_keys("three\n")
        expect("got three")
        type_keys("\x03")
        expect("KeyboardInterrupt\\s+prompt> ")
        type_keys("echo loop=$i\n")
        expect("loop=1\\s+prompt> ")
        type_keys("exit\n")
        os.waitpid(pid, 0)
        self.assert_nothing_is_left()

    def test_a_request_to_end_leaves_nothing(self):
        process = self.start("sh", "-c", "sleep 1000 & echo started; wait")
        self.assertEqual(process.stdout.readline(), "started\n")
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 128 + signal.SIGTERM)
        self.assert_nothing_is_left()

    def test_a_request_to_end_reaches_a_command_that_is_stopped(self):
        process = self.start("sh", "-c", "echo $$; kill -STOP $$; sleep 1000")
        command = int(process.stdout.readline())
        emulator.wait_until(lambda: fixture.process_state(command) == "T", PATIENCE, "the command being stopped")
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 128 + signal.SIGTERM)
        self.assert_nothing_is_left()

    def test_a_request_to_end_before_the_command_leaves_nothing(self):
        process = self.start("--", "sleep", "1000")
        emulator.wait_until(lambda: list(self.temporary.iterdir()), PATIENCE, "the directory of the run")
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 128 + signal.SIGTERM)
        self.assert_nothing_is_left()

    def test_killed_it_takes_emulator_and_command_with_it(self):
        process = self.start("sh", "-c", "echo started; exec sleep 1000")
        self.assertEqual(process.stdout.readline(), "started\n")
        process.kill()
        process.wait(PATIENCE)
        emulator.wait_until(lambda: not self.left_processes(), PATIENCE, "the end of emulator and command")


if __name__ == "__main__":
    unittest.main(verbosity=2)
