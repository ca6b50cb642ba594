"""Starts the built emulator for a test on free ports and a temporary data directory, and stops it by pid."""
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

READY_WITHIN = 20.0
STOPPED_WITHIN = 20.0
POLL = 0.02
ROOT = pathlib.Path(__file__).resolve().parents[2]
MEDIA = ROOT / "tests" / "data" / "media"


def programs():
    """The folder of the built programs; the tests' runner names it."""
    return pathlib.Path(os.environ.get("BATCH_EMULATOR_BIN", ROOT / "build" / "release" / "bin"))


def wait_until(condition, within, what):
    """Polls until the condition gives something true, and gives that; raises after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {within} seconds")
        _pause(POLL)


def _pause(seconds):
    # The wait between two looks at another process; nothing is assumed to have happened afterwards.
    import select
    select.select([], [], [], seconds)


class Emulator:
    """A context manager. `batch` and `blob` are the dicts of the ready file."""

    def __init__(self, *options, data_dir=None):
        self.options = options
        self.own_directory = data_dir is None
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="batch-emulator-test-")) if data_dir is None else pathlib.Path(data_dir)
        self.data_dir = self.home / "data"
        self.process = None
        self.ports = ("0", "0")

    def start(self):
        """Starts it; after kill() or stop() again on the same ports, as an emulator on its usual ports would."""
        ready = self.home / "ready.json"
        ready.unlink(missing_ok=True)
        self.log = open(self.home / "emulator.log", "ab")
        self.process = subprocess.Popen(
            [programs() / "batch-emulator", "start", "--data-dir", self.data_dir, "--batch-port", self.ports[0],
             "--blob-port", self.ports[1], "--ready-file", ready, *self.options],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

        def is_ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the emulator ended with {self.process.returncode}:\n{self.read_log()}")
            return ready.exists()

        wait_until(is_ready, READY_WITHIN, "the emulator's ready file")
        told = json.loads(ready.read_text(encoding="utf-8"))
        self.batch, self.blob = told["batch"], told["blob"]
        self.ports = tuple(str(urllib.parse.urlsplit(told[name]["url"]).port) for name in ("batch", "blob"))
        return self

    def read_log(self):
        return (self.home / "emulator.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def connection_string(self):
        return (f"DefaultEndpointsProtocol=http;AccountName={self.blob['account']};AccountKey={self.blob['key']};"
                f"BlobEndpoint={self.blob['url']};")

    def kill(self):
        self.process.kill()
        self.process.wait(STOPPED_WITHIN)
        self.log.close()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the emulator did not end within its time after SIGTERM:\n" + self.read_log())
        finally:
            self.log.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            if self.own_directory:
                shutil.rmtree(self.home, ignore_errors=True)


class socket_that_counts:
    """Listens on a free port of this machine and counts who connects."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        return self

    def __exit__(self, *_):
        self.listener.close()

    def connections(self):
        count = 0
        while True:
            try:
                self.listener.accept()[0].close()
                count += 1
            except BlockingIOError:
                return count


def files_to_convert():
    """The project's own MP4 files, and in place of its namesake the article's file where that lies beside the project."""
    files = {file.name: file for file in MEDIA.glob("*.mp4")}
    article = ROOT.parent / "shared" / "media"
    files.update({file.name: file for file in article.glob("*.mp4")})
    assert files, f"there are no MP4 files in {MEDIA}"
    return [files[name] for name in sorted(files)]


def converted_by_the_command(source):
    """The MP3 that the ffmpeg command of this machine makes of the file."""
    with tempfile.TemporaryDirectory(prefix="batch-emulator-test-") as folder:
        target = pathlib.Path(folder) / "expected.mp3"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", source, target], check=True, stdin=subprocess.DEVNULL)
        return target.read_bytes()


def assert_no_process_carries(data_dir):
    """No process of the emulator's nodes or tasks is left: none has the data directory in command line or environment."""
    marker = str(data_dir).encode()
    left = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if marker in (entry / "cmdline").read_bytes() or marker in (entry / "environ").read_bytes():
                left.append((entry.name, (entry / "cmdline").read_bytes()))
        except OSError:
            continue
    assert not left, f"processes are left: {left}"


def is_base64(text):
    return base64.b64encode(base64.b64decode(text)).decode() == text
