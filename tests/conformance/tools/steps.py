"""What the scripts of the storage tools share: a tree of files, running a tool, and saying which step went well.

Each script runs inside `batch-emulator run` (HTTPS_PROXY, SSL_CERT_FILE, AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY are
set) and takes one argument, the directory that `prepare TOOL DIRECTORY` has filled; without it the tool is looked for on
PATH. It prints "ok: STEP" for each step and "done" as its last line; its exit code is 0 or 1.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

STEP_WITHIN = 240  # seconds


def fail(text):
    print(f"failed: {text}", flush=True)
    sys.exit(1)


def ok(step):
    print(f"ok: {step}", flush=True)


def done():
    print("done", flush=True)


def check(condition, text):
    if not condition:
        fail(text)


def account():
    """The name and key of a storage account."""
    name, key = os.environ.get("AZURE_STORAGE_ACCOUNT"), os.environ.get("AZURE_STORAGE_KEY")
    if not name or not key:
        fail("AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY are not set; start this by batch-emulator run")
    return name, key


def identity():
    """Tenant, client and secret of Entra ID, or None when the environment gives none."""
    found = [os.environ.get(name) for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")]
    return found if all(found) else None


def prepared():
    return pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None


def program(name):
    """The tool's path: in the prepared directory, or on PATH."""
    if prepared() is not None:
        found = prepared() / "bin" / name
        check(found.exists(), f"{found} is not there; run prepare")
        return str(found)
    found = shutil.which(name)
    check(found, f"{name} is not on PATH")
    return found


def environment(**more):
    """The environment for a tool, its caches in the work directory."""
    given = dict(os.environ, **more)
    if prepared() is not None and (prepared() / "lib").is_dir():
        given["LD_LIBRARY_PATH"] = str(prepared() / "lib")
    return given


def run(step, *command, env=None, text=None, status=0):
    """Runs the command, which must end with `status`; gives its output. Nothing of it is printed unless it fails."""
    try:
        result = subprocess.run(command, env=env, input=text, stdin=None if text is not None else subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=STEP_WITHIN, check=False, text=True)
    except subprocess.TimeoutExpired as late:
        said = (late.output or b"").decode(errors="replace") if not isinstance(late.output, str) else late.output
        fail(f"{step}: not done within {STEP_WITHIN} seconds:\n{said[-4000:]}")
    if result.returncode != status:
        fail(f"{step}: exit code {result.returncode} instead of {status}:\n{result.stdout[-4000:]}")
    ok(step)
    return result.stdout


def make_tree(folder):
    """Files of many sizes and awkward names; the largest needs several blocks with every tool."""
    folder.mkdir(parents=True)
    (folder / "sub" / "deeper").mkdir(parents=True)
    contents = {"empty": b"", "one byte": b"x", "ümläut & more+%.txt": "grüße\n".encode() * 100,
                "sub/text.txt": b"line\n" * 5000, "sub/deeper/a.b.c": bytes(range(256)) * 300,
                "sub/deeper/large.bin": os.urandom(1 << 20) * 20}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def contents(folder):
    """Relative name -> bytes of every file below."""
    folder = pathlib.Path(folder)
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def same(step, first, second):
    left, right = contents(first), contents(second)
    check(left.keys() == right.keys(), f"{step}: other names: {sorted(left.keys() ^ right.keys())}")
    different = [name for name in left if left[name] != right[name]]
    check(not different, f"{step}: other contents: {different}")
    ok(step)


class Work:
    """A temporary directory with a tree in it; gone afterwards."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="batch-emulator-tool-"))
        self.tree = make_tree(self.folder / "tree")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def __truediv__(self, name):
        return self.folder / name
