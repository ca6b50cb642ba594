"""What the tests of `batch-emulator run` share: it is started as a user would, in a temporary directory that must be
empty afterwards."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import emulator
import fixture

PATIENCE = 60
HERE = pathlib.Path(__file__).resolve().parent


def clean_environment(**more):
    """The tests' own, without what would change who the command is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "BATCH_EMULATOR_"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **more}


class WithRun(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="batch-emulator-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()

    def words(self, *arguments):
        return [str(word) for word in (emulator.programs() / "batch-emulator", "run", *arguments)]

    def environment(self, **more):
        return clean_environment(TMPDIR=str(self.temporary), **more)

    def run_command(self, *arguments, **more):
        return subprocess.run(self.words(*arguments), capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              env=self.environment(**more))

    def start(self, *arguments, **more):
        process = subprocess.Popen(self.words(*arguments), env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, **more)
        self.addCleanup(self.finish, process)
        return process

    def finish(self, process):
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)

    def assert_nothing_is_left(self):
        self.assertEqual(list(self.temporary.iterdir()), [], "directories are left")
        emulator.wait_until(lambda: not self.left_processes(), 10, "the end of every process")

    def left_processes(self):
        """Command lines of processes that carry our temporary directory."""
        marker, left = str(self.temporary).encode(), []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                if fixture.process_state(int(entry.name)) and marker in (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes():
                    left.append((entry / "cmdline").read_bytes())
            except OSError:
                continue
        return left
