"""Runs the table of real clients (clients.py) through the built `batch-emulator run`, and writes what came out.

    run_clients.py [--only ROW]... [--quick] [--environments DIR] [--report FILE.md] [--list]

One line a row: passed, failed, not installable (with the reason) or ran up to a step (with the reason). Nothing is left
out silently. The exit code is 1 when a row failed, and 77 when a single row was asked for and cannot be installed here.
What a row printed stays in DIR/logs.
"""
import argparse
import contextlib
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import clients

ROOT = clients.HERE.parents[1]
NOT_INSTALLABLE = 77
ENDED_WITHIN = 30
GONE_WITHIN = 10
README_TABLE = re.compile(r"(<!-- clients: .*? -->\n).*?(\n<!-- end of clients -->)", re.DOTALL)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# All that a client sees of the caller's environment; everything about Azure, proxies and certificates comes from `run`.
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "BATCH_EMULATOR_BIN")


@dataclasses.dataclass
class Outcome:
    result: str                  # passed, failed, not installable, ran up to a step
    reason: str = ""
    versions: str = ""           # as the client itself told, in a line `client: ...`
    steps: tuple = ()
    seconds: float = 0.0


def programs():
    return pathlib.Path(os.environ.get("BATCH_EMULATOR_BIN", ROOT / "build" / "release" / "bin"))


def run(row, environments):
    """Prepares and runs one row; what it printed goes to its log."""
    logs = environments / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with open(logs / f"{row.name}.log", "w+b", buffering=0) as log:
        code = _execute(_filled(row.prepare, row, environments), dict(os.environ), log, row.prepare_within)
        if code == NOT_INSTALLABLE:
            return Outcome("not installable", _last_line(_text(log)))
        if code != 0:
            return Outcome("failed", f"prepare ended with {code}: {_last_line(_text(log))}")
        prepared = log.tell()
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="batch-emulator-client-") as home:
            command = [str(programs() / "batch-emulator"), "run", *row.run_options, "--", *_filled(row.command, row, environments)]
            code = _execute(command, _client_environment(home, _filled(row.path, row, environments)), log, row.within, home)
            outcome = dataclasses.replace(judge(row, code, _text(log, prepared)), seconds=time.monotonic() - started)
            left = _left_behind(home)
        if left and outcome.result != "failed":
            return dataclasses.replace(outcome, result="failed", reason=f"processes are left: {left}")
        return outcome


def judge(row, code, text):
    """What the exit code and the printed lines of a client say."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    steps = tuple(line[4:] for line in lines if line.startswith("ok: "))
    versions = next((line[8:] for line in lines if line.startswith("client: ")), "")
    told = [line for line in lines if line == "done" or line.startswith("stops: ")]
    end = told[-1] if told else ""
    if code == 0 and end == "done" and steps:
        return Outcome("passed", "", versions, steps)
    if code == 0 and end.startswith("stops: ") and row.may_stop and steps:
        return Outcome(f"ran up to: {steps[-1]}", end[7:], versions, steps)
    why = "took too long" if code is None else f"ended with {code}"
    return Outcome("failed", f"{why} after {steps[-1] if steps else 'no step'}: {lines[-1] if lines else 'nothing was printed'}", versions, steps)


def _filled(command, row, environments):
    return [part.replace("{environment}", str(environments / row.environment)) for part in command]


def _client_environment(home, path):
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    kept["PATH"] = os.pathsep.join([*path, kept.get("PATH", os.defpath)])
    return {**kept, "HOME": home, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT / "tests" / "system")}


def _execute(command, environment, log, within, directory=None):
    """The exit code; None when it was not over in time. The whole process group is gone afterwards."""
    try:
        process = subprocess.Popen(command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    except OSError as error:
        log.write(f"{command[0]}: {error.strerror}\n".encode())
        return 127
    try:
        return process.wait(within)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)  # `run` ends its command and its emulator by itself
        try:
            process.wait(ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
    finally:
        log.seek(0, os.SEEK_END)


def _left_behind(home):
    """Names of processes of the command or its emulator that are still there some time after `run` has ended."""
    deadline = time.monotonic() + GONE_WITHIN
    while True:
        left = [name for name in map(_command_if_of(home), pathlib.Path("/proc").iterdir()) if name]
        if not left or time.monotonic() > deadline:
            return ", ".join(sorted(left))
        time.sleep(0.1)


def _command_if_of(home):
    def look(entry):
        try:
            return entry.joinpath("comm").read_text().strip() if entry.name.isdigit() and home.encode() in entry.joinpath("environ").read_bytes() else None
        except OSError:  # it has ended, or is another user's
            return None
    return look


def _text(log, since=0):
    log.seek(since)
    return log.read().decode(errors="replace")


def _last_line(text):
    lines = [line.strip() for line in COLOUR.sub("", text).splitlines() if line.strip()]
    return lines[-1] if lines else "nothing was printed"


def report(rows, outcomes):
    """docs/clients.md: the whole table."""
    head = ["# Real clients", "",
            "Each client is installed from its registry, pinned, and runs unchanged inside `batch-emulator run`, with real Azure names,",
            "https and the credentials that `run` gives it. This table is written by `scripts/test-clients`, from what the clients",
            "printed; the programs are in `tests/conformance`.", "", f"{tally(outcomes)}.", "",
            "| Row | Client | Language | What it did | Result | Reason |", "|---|---|---|---|---|---|"]
    lines = []
    for row in rows:
        outcome = outcomes[row.name]
        did = f"{row.does}: {'; '.join(outcome.steps)}" if outcome.steps else row.does
        lines.append(_cells(f"`{row.name}`", outcome.versions or row.client, row.language, did, outcome.result, outcome.reason))
    return "\n".join([*head, *lines, ""])


def readme_table(rows, outcomes):
    """The short form, for the README."""
    lines = ["| | Client | What it did | Result |", "|---|---|---|---|"]
    for row in rows:
        outcome = outcomes[row.name]
        result = f"{outcome.result}: {outcome.reason}" if outcome.reason else outcome.result
        lines.append(_cells(row.language, outcome.versions or row.client, row.does, result))
    return "\n".join(lines)


def tally(outcomes):
    count = lambda word: sum(outcome.result.startswith(word) for outcome in outcomes.values())
    return (f"{count('passed')} rows passed, {count('ran up to')} ran up to a step, {count('not installable')} could not be installed, "
            f"{count('failed')} failed")


def _cells(*cells):
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def write_report(file, rows, outcomes):
    file.write_text(report(rows, outcomes), encoding="utf-8")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    changed, count = README_TABLE.subn(lambda marks: marks[1] + readme_table(rows, outcomes) + marks[2], text)
    assert count == 1, "README.md has no place for the table of clients"
    readme.write_text(changed, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="Runs real Azure clients through batch-emulator run")
    parser.add_argument("--only", action="append", metavar="ROW", help="this row; may be given several times")
    parser.add_argument("--quick", action="store_true", help="the rows that scripts/test runs")
    parser.add_argument("--environments", type=pathlib.Path, default=ROOT / "build" / "clients", help="where clients are installed")
    parser.add_argument("--report", type=pathlib.Path, metavar="FILE", help="write the whole table to FILE and to README.md")
    parser.add_argument("--list", action="store_true", help="print each row's name, environment and longest time in seconds")
    given = parser.parse_args()
    unknown = set(given.only or ()) - {row.name for row in clients.ROWS}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; --list shows them")
    if given.report and (given.only or given.quick):
        parser.error("--report is for the whole table: leave --only and --quick out")
    rows = [row for row in clients.ROWS if (not given.only or row.name in given.only) and (row.quick or not given.quick)]
    if given.list:
        print("\n".join(f"{row.name} {row.environment} {row.prepare_within + row.within}" for row in rows))
        return 0
    return run_rows(rows, given.environments.resolve(), given.report)


def run_rows(rows, environments, file):
    outcomes = {}
    for row in rows:
        outcome = outcomes[row.name] = run(row, environments)
        print(f"{row.name:28} {outcome.seconds:6.1f} s  {outcome.result}{': ' + outcome.reason if outcome.reason else ''}", flush=True)
        if outcome.result == "failed":
            print(f"  see {environments / 'logs' / row.name}.log", flush=True)
    print(tally(outcomes))
    if file:
        write_report(file, rows, outcomes)
    if any(outcome.result == "failed" for outcome in outcomes.values()):
        return 1
    return NOT_INSTALLABLE if len(rows) == 1 and outcomes[rows[0].name].result == "not installable" else 0


if __name__ == "__main__":
    sys.exit(main())
