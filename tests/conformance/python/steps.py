"""What the programs for the Python clients share: where they run, what they convert and how they tell their steps."""
import datetime
import importlib.metadata
import os

import emulator  # tests/system

POOL_ID = "LinuxFfmpegPool"
JOB_ID = "LinuxFfmpegJob"
NODES = 5
WITHIN = 180.0
START_TASK = '/bin/bash -c "apt-get update && apt-get install -y ffmpeg"'
FILES = emulator.files_to_convert()

ACCOUNT = os.environ["AZURE_BATCH_ACCOUNT"]
ENDPOINT = os.environ["AZURE_BATCH_ENDPOINT"]
STORAGE_ACCOUNT = os.environ["AZURE_STORAGE_ACCOUNT"]
BLOB_ENDPOINT = f"https://{STORAGE_ACCOUNT}.blob.core.windows.net"


def tell_versions(*packages):
    print("client: " + ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages), flush=True)


def ok(step):
    print(f"ok: {step}", flush=True)


def done():
    print("done", flush=True)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def in_two_hours():
    return now() + datetime.timedelta(hours=2)


def converted(file):
    return file.with_suffix(".mp3").name


def command(file):
    return f'/bin/bash -c "ffmpeg -i {file.name} {converted(file)} "'


def check_real_names():
    """The names are Azure's own: no address of an emulator is in sight."""
    assert ENDPOINT.startswith(f"https://{ACCOUNT}.") and ENDPOINT.rstrip("/").endswith(".batch.azure.com"), ENDPOINT


def check_converted(file, content):
    assert content == emulator.converted_by_the_command(file), f"{file.name}: other bytes than the ffmpeg command's"


def wait_for(what, look):
    return emulator.wait_until(look, WITHIN, what)
