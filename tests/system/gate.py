"""The request gate on both endpoints: every method and route against every way of getting past it.

Routes are read from the two route tables, so that a new row is in the matrix by itself."""
import re
import socket
import unittest

import emulator
import rest

ANSWERED_WITHIN = 5.0
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS")


def batch_targets():
    text = (emulator.ROOT / "emulator" / "rest" / "routes.cpp").read_text(encoding="utf-8")
    rows = re.findall(r'\{"\w+", "([A-Z]+)", "(/[^"]*)"', text)
    return [(method, re.sub(r"\{[^}]*\}", "x", path) + f"?api-version={rest.API_VERSION}") for method, path in rows]


def blob_targets():
    text = (emulator.ROOT / "blobstore" / "rest" / "routes.cpp").read_text(encoding="utf-8")
    rows = re.findall(r'\{"\w+", "([A-Z]+)", (service|container|blob), "(\w*)", "(\w*)"', text)
    paths = {"service": "/devstoreaccount1", "container": "/devstoreaccount1/con", "blob": "/devstoreaccount1/con/blob"}
    targets = []
    for method, kind, restype, comp in rows:
        query = "&".join(f"{name}={value}" for name, value in (("restype", restype), ("comp", comp)) if value)
        targets.append((method, paths[kind] + ("?" + query if query else "")))
    return targets


# What is put after the request line, with the host filled in, and the status that must answer it.
ATTACKS = {
    "no Host": ("", 421),
    "two Hosts": ("Host: {host}\r\nHost: {host}\r\n", None),
    "a foreign Host": ("Host: evil.example\r\n", 421),
    "a Host that only begins like ours": ("Host: 127.0.0.1.evil.example\r\n", 421),
    "a Host with user information": ("Host: user@{host}\r\n", 421),
    "a foreign Origin": ("Host: {host}\r\nOrigin: http://evil.example\r\n", 403),
    "a null Origin": ("Host: {host}\r\nOrigin: null\r\n", 403),
    "both framings": ("Host: {host}\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400),
    "two lengths": ("Host: {host}\r\nContent-Length: 0\r\nContent-Length: 0\r\n", 400),
    "a list of lengths": ("Host: {host}\r\nContent-Length: 0, 0\r\n", 400),
    "a signed length": ("Host: {host}\r\nContent-Length: +0\r\n", 400),
    "another transfer coding": ("Host: {host}\r\nTransfer-Encoding: gzip, chunked\r\n", 400),
    "a folded header": ("Host: {host}\r\nX-A: a\r\n b\r\n", 400),
    "a space before the colon": ("Host: {host}\r\nX-A : a\r\n", 400),
    "a bare line feed": ("Host: {host}\nX-A: a\r\n", 400),
    "a NUL in a value": ("Host: {host}\r\nX-A: a\0b\r\n", 400),
    "an endless header block": ("Host: {host}\r\nX-A: " + "a" * 70_000 + "\r\n", None),
}


class Gate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator().start()
        cls.addClassCleanup(cls.emulator.__exit__)

    def ask(self, port, request):
        """The status line of the answer, and whether the connection was closed after it."""
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWERED_WITHIN) as connection:
            try:
                connection.sendall(request)
            except OSError:
                pass  # refused while we were still sending: the answer is there to be read
            answer = b""
            while b"\r\n\r\n" not in answer:
                got = connection.recv(65536)
                if not got:
                    break
                answer += got
        self.assertTrue(answer.startswith(b"HTTP/1.1 "), (request[:80], answer[:80]))
        return int(answer.split()[1]), b"\r\nconnection: close\r\n" in answer.lower()

    def run_matrix(self, port, targets):
        host = f"127.0.0.1:{port}"
        rows = set(targets) | {(method, targets[0][1]) for method in METHODS}
        for method, target in sorted(rows):
            for name, (headers, expected) in ATTACKS.items():
                request = f"{method} {target} HTTP/1.1\r\n{headers.format(host=host)}\r\n".encode()
                status, closed = self.ask(port, request)
                if expected is None:
                    self.assertIn(status, (400, 421, 431), (name, method, target))
                else:
                    self.assertEqual(status, expected, (name, method, target))
                if status != 403:
                    self.assertTrue(closed, f"{name}: the connection of {method} {target} stays open")

    def test_nothing_gets_past_the_gate_of_the_batch_endpoint(self):
        targets = batch_targets()
        self.assertGreater(len(targets), 75)
        self.run_matrix(int(self.emulator.ports[0]), targets)

    def test_nothing_gets_past_the_gate_of_the_blob_endpoint(self):
        targets = blob_targets()
        self.assertGreater(len(targets), 60)
        self.run_matrix(int(self.emulator.ports[1]), targets)

    def test_every_allowed_host_name_reaches_both_services(self):
        batch, blob = (int(port) for port in self.emulator.ports)
        for port, hosts in ((batch, ("localhost", "127.0.0.1", "[::1]", "devbatch.local.batch.localhost")),
                            (blob, ("localhost", "127.0.0.1", "[::1]", "devstoreaccount1.blob.localhost"))):
            for host in hosts:
                status, _ = self.ask(port, f"GET /healthz HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
                self.assertEqual(status, 200, (host, port))


if __name__ == "__main__":
    unittest.main(verbosity=2)
