"""batch-client's workflow against the built emulator: the article's lines, the files, the exit codes."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import emulator

ENDS_WITHIN = 180


class Tutorial(unittest.TestCase):
    def setUp(self):
        self.emulator = emulator.Emulator().start()
        self.addCleanup(self.emulator.__exit__)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="batch-emulator-test-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.environment = {**os.environ, "AZURE_BATCH_ACCOUNT": self.emulator.batch["account"], "AZURE_BATCH_ACCESS_KEY": self.emulator.batch["key"],
                            "AZURE_BATCH_ENDPOINT": self.emulator.batch["url"], "AZURE_STORAGE_CONNECTION_STRING": self.emulator.connection_string()}

    def run_client(self, *arguments, **more):
        return subprocess.run([emulator.programs() / "batch-client", "run", *arguments], capture_output=True, text=True,
                              env=self.environment, timeout=ENDS_WITHIN, **more)

    def test_the_article_s_lines_come_in_its_order_and_outputs_are_the_command_s(self):
        out = self.home / "out"
        ended = self.run_client("--input-dir", str(emulator.MEDIA), "--output-dir", str(out), "--yes")
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        files = sorted(emulator.MEDIA.glob("*.mp4"))
        lines = ["Sample start:", r"Container \[input\] created.", r"Container \[output\] created.", r"Uploading file .* to container \[input\]...",
                 r"Creating pool \[LinuxFFmpegPool\]...", r"Creating job \[LinuxFFmpegJob\]...", rf"Adding {len(files)} tasks to job \[LinuxFFmpegJob\]...",
                 "Monitoring all tasks for 'Completed' state, timeout in 00:30:00...", "Success! All tasks reached the 'Completed' state within the specified timeout period.",
                 r"Deleting container \[input\]...", "Sample end:", "Elapsed time:"]
        position = 0
        for line in lines:
            found = re.search(line, ended.stdout[position:])
            self.assertIsNotNone(found, f"{line!r} does not follow in:\n{ended.stdout}")
            position += found.end()
        for file in files:
            self.assertEqual((out / file.with_suffix(".mp3").name).read_bytes(), emulator.converted_by_the_command(file), file.name)

    def test_a_failed_task_shows_its_stderr_and_ends_with_an_error(self):
        (self.home / "in").mkdir()
        (self.home / "in" / "broken.mp4").write_bytes(b"this is no video")
        ended = self.run_client("--input-dir", str(self.home / "in"), "--output-dir", str(self.home / "out"), "--keep")
        self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
        self.assertIn("broken.mp4: Invalid data found when processing input", ended.stdout)
        self.assertIn("FailureExitCode", ended.stdout)

    def test_names_that_need_quoting_are_converted_too(self):
        (self.home / "in").mkdir()
        source = sorted(emulator.MEDIA.glob("*.mp4"))[0]
        shutil.copy(source, self.home / "in" / "it's a $name.mp4")
        ended = self.run_client("--input-dir", str(self.home / "in"), "--output-dir", str(self.home / "out"), "--yes")
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertEqual((self.home / "out" / "it's a $name.mp3").read_bytes(), emulator.converted_by_the_command(source))

    def test_questions_are_asked_and_a_no_keeps_job_and_pool(self):
        ended = self.run_client("--input-dir", str(emulator.MEDIA), "--output-dir", str(self.home / "out"), input="n\nn\n")
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIn("Delete job? [Y/n]", ended.stdout)
        self.assertIn("Delete pool? [Y/n]", ended.stdout)
        import rest
        self.assertEqual(rest.Batch(self.emulator.batch).call("GET", "/pools/LinuxFFmpegPool").status, 200)

    def test_an_emulator_that_is_not_there_is_a_clear_error(self):
        self.emulator.stop()
        self.environment["AZURE_BATCH_ENDPOINT"] = "http://127.0.0.1:1"
        ended = self.run_client("--input-dir", str(emulator.MEDIA), "--output-dir", str(self.home / "out"), "--yes")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("127.0.0.1", ended.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
