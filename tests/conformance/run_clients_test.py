"""What the runner of real clients makes of what a client did."""
import os
import pathlib
import stat
import tempfile
import unittest

import clients
import run_clients

PYTHON = "/usr/bin/env", "python3", "-c"


def row(command="", prepare="", **more):
    return clients.Row("row", "Python", "client 1.0", "something", "folder", (*PYTHON, prepare), (*PYTHON, command), **more)


class Judging(unittest.TestCase):
    def judged(self, text, code=0, **more):
        return run_clients.judge(row(**more), code, text)

    def test_steps_and_done_pass(self):
        outcome = self.judged("client: c 1.1\nok: first\nnoise\nok: second\ndone\n")
        self.assertEqual((outcome.result, outcome.versions, outcome.steps), ("passed", "c 1.1", ("first", "second")))

    def test_done_without_a_step_fails(self):
        self.assertEqual(self.judged("done\n").result, "failed")

    def test_steps_without_done_fail(self):
        self.assertEqual(self.judged("ok: first\n").result, "failed")

    def test_done_with_another_exit_code_fails(self):
        outcome = self.judged("ok: first\ndone\nboom\n", code=3)
        self.assertEqual((outcome.result, outcome.reason), ("failed", "ended with 3 after first: boom"))

    def test_a_stop_is_told_with_its_reason_where_the_row_may_stop(self):
        outcome = self.judged("ok: first\nstops: no container engine\n", may_stop=True)
        self.assertEqual((outcome.result, outcome.reason), ("ran up to: first", "no container engine"))

    def test_a_stop_elsewhere_fails(self):
        self.assertEqual(self.judged("ok: first\nstops: no container engine\n").result, "failed")


class Running(unittest.TestCase):
    """With a program in the place of batch-emulator that only starts the command."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="batch-emulator-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        program = self.folder / "batch-emulator"
        program.write_text('#!/bin/sh\n[ "$1 $2" = "run --" ] && shift 2 && exec "$@"\n', encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        before = os.environ.get("BATCH_EMULATOR_BIN")
        self.addCleanup(lambda: os.environ.pop("BATCH_EMULATOR_BIN") if before is None else os.environ.update(BATCH_EMULATOR_BIN=before))
        os.environ["BATCH_EMULATOR_BIN"] = str(self.folder)

    def outcome(self, *arguments, **more):
        return run_clients.run(row(*arguments, **more), self.folder / "environments")

    def test_a_client_that_holds_passes(self):
        self.assertEqual(self.outcome("print('ok: all'); print('done')").result, "passed")

    def test_what_cannot_be_installed_is_told_with_the_last_line(self):
        outcome = self.outcome("print('ok: all'); print('done')", "print('noise'); print('not for this machine'); raise SystemExit(77)")
        self.assertEqual((outcome.result, outcome.reason), ("not installable", "not for this machine"))

    def test_a_preparation_that_fails_is_a_failure(self):
        self.assertEqual(self.outcome("print('done')", "raise SystemExit(1)").result, "failed")

    def test_a_client_that_takes_too_long_fails(self):
        outcome = self.outcome("import threading; print('ok: all', flush=True); threading.Event().wait()", within=0.5)
        self.assertEqual((outcome.result, outcome.reason), ("failed", "took too long after all: ok: all"))

    def test_a_client_that_leaves_a_process_fails(self):
        run_clients.GONE_WITHIN = 0.5
        outcome = self.outcome("import subprocess; subprocess.Popen(['sleep', '5'], start_new_session=True); print('ok: all'); print('done')")
        self.assertEqual((outcome.result, outcome.reason), ("failed", "processes are left: sleep"))

    def test_steps_printed_by_the_preparation_do_not_count(self):
        self.assertEqual(self.outcome("print('done')", "print('ok: prepared')").result, "failed")

    def test_a_client_sees_nothing_of_the_callers_azure_settings(self):
        os.environ["AZURE_TENANT_ID"] = "the caller's"
        self.addCleanup(os.environ.pop, "AZURE_TENANT_ID")
        self.assertEqual(self.outcome("import os; assert 'AZURE_TENANT_ID' not in os.environ; print('ok: all'); print('done')").result, "passed")


class Table(unittest.TestCase):
    def test_names_are_unique(self):
        names = [each.name for each in clients.ROWS]
        self.assertEqual(len(names), len(set(names)))

    def test_the_report_has_every_row_with_result_and_reason(self):
        rows = [row(), row(may_stop=True)]
        outcome = run_clients.Outcome("ran up to: first", "no | engine", "c 2", ("first", ))
        text = run_clients.report(rows[:1], {"row": outcome})
        self.assertIn("| `row` | c 2 | Python | something: first | ran up to: first | no \\| engine |", text)
        self.assertIn("0 rows passed, 1 ran up to a step", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
