"""Starts an emulator, prepares what a client cannot, and runs another language's script over all operations of its client.

    client_operations.py COMMAND...

The command finds the endpoint in BATCH_URL, BATCH_ACCOUNT, BATCH_KEY, the address of a container for logs in LOGS_URL, the
id of an application with version 1.0 in APPLICATION and two certificates, as base64 of DER, in CERTIFICATES.
"""
import os
import subprocess
import sys

import certificates
import emulator  # tests/system
import management
import rest


def main():
    with emulator.Emulator() as running:
        blob = rest.Blob(running.blob)
        blob.call("PUT", "/logs", {"restype": "container"})
        for application in ("app", "other"):
            management.add_package(running, application, "1.0", {"hello.txt": b"hello"})
        environment = {**os.environ, "BATCH_URL": running.batch["url"], "BATCH_ACCOUNT": running.batch["account"], "BATCH_KEY": running.batch["key"],
                       "LOGS_URL": blob.container_url("logs", "w"), "APPLICATION": "app",
                       "CERTIFICATES": " ".join(certificates.body(name)["data"] for name in ("one", "two"))}
        return subprocess.run(sys.argv[1:], env=environment, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
