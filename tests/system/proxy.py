"""The proxy of --names as an attacker and as real clients see it: what is emulated is served inside, everything else is
refused before anything is dialled."""
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import emulator
import rest

PATIENCE = 60
ACCOUNT = "devstoreaccount1"
BLOB_HOST = f"{ACCOUNT}.blob.core.windows.net"
BATCH_HOST = "devbatch.westeurope.batch.azure.com"
METADATA = "169.254.169.254"


class Session:
    """A credential of the proxy."""

    def __init__(self, running, **terms):
        answer = rest.Batch(running.batch).call("POST", "/.emulator/sessions", terms)
        assert answer.status == 201, answer.body
        told = answer.json()
        self.secret, self.name, self.port = told["secret"], told["name"], told["proxyPort"]
        self.ca = told["ca"]
        self.authorization = "Basic " + base64.b64encode(f"{self.name}:{self.secret}".encode()).decode()
        self.url = f"http://{self.name}:{self.secret}@127.0.0.1:{self.port}"

    def ask(self, head, authorization=True):
        """Sends the lines of a head to the proxy; gives the answer's status, its headers and text, and the socket."""
        lines = [head] + ([f"Proxy-Authorization: {self.authorization}"] if authorization else [])
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = http.client.HTTPResponse(connection, method=head.split()[0])
        answer.begin()
        text = b"" if head.startswith("CONNECT") and answer.status == 200 else answer.read()
        return answer.status, answer.headers, text.decode(), connection

    def status(self, head, **more):
        status, _, text, connection = self.ask(head, **more)
        connection.close()
        return status, text


class CountingSocket:
    """A listening port of this machine that counts who comes."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        return self

    def came(self):
        self.socket.settimeout(0.2)
        count = 0
        while True:
            try:
                self.socket.accept()[0].close()
                count += 1
            except TimeoutError:
                return count

    def __exit__(self, *_):
        self.socket.close()


def spellings(port):
    """This machine, as an attacker may write it."""
    return [f"{host}:{port}" for host in (
        "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
        "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "0.0.0.0", "0", "127.255.255.254", "[::]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]")]


class WithProxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = emulator.Emulator("--names", "--entra").start()
        cls.addClassCleanup(cls.emulator.__exit__)
        cls.session = Session(cls.emulator)


class Refusals(WithProxy):
    def test_this_machine_is_not_reached_however_it_is_written(self):
        with CountingSocket() as target:
            for host in spellings(target.port):
                for head in (f"CONNECT {host} HTTP/1.1", f"CONNECT {host} HTTP/1.0", f"GET http://{host}/ HTTP/1.1"):
                    with self.subTest(head):
                        self.assertEqual(self.session.status(head)[0], 403)
            self.assertEqual(target.came(), 0)

    def test_malformed_hosts_are_refused(self):
        with CountingSocket() as target:
            for host in ("127.0.0.1", f"user@127.0.0.1:{target.port}", f"127.0.0.1:{target.port}/", f"http://127.0.0.1:{target.port}",
                         f"[::1:{target.port}", f"127.0.0.256:{target.port}", f"a..b:{target.port}", f"[fe80::1%lo]:{target.port}", ":80"):
                with self.subTest(host):
                    self.assertEqual(self.session.status(f"CONNECT {host} HTTP/1.1")[0], 400)
            self.assertEqual(target.came(), 0)

    def test_a_refusal_names_the_host_and_the_switch(self):
        status, text = self.session.status("CONNECT example.com:443 HTTP/1.1")
        self.assertEqual(status, 403)
        self.assertIn("--allow example.com", text)

    def test_nothing_is_done_without_the_right_credential(self):
        with CountingSocket() as target:
            for head in (f"CONNECT {BLOB_HOST}:443 HTTP/1.0", f"GET http://{METADATA}/metadata/identity/oauth2/token HTTP/1.1",
                         f"CONNECT 127.0.0.1:{target.port} HTTP/1.1"):
                status, headers, _, connection = self.session.ask(head, authorization=False)
                connection.close()
                self.assertEqual(status, 407, head)
                self.assertRegex(headers["Proxy-Authenticate"], "^Basic ")
                wrong = base64.b64encode(f"{self.session.name}:wrong".encode()).decode()
                for value in (f"Basic {wrong}", "Basic !", "Bearer " + self.session.secret, "Basic " + "A" * 5000):
                    status, _ = self.session.status(f"{head}\r\nProxy-Authorization: {value}", authorization=False)
                    self.assertEqual(status, 407, value[:40])
            self.assertEqual(target.came(), 0)

    def test_the_metadata_address_gives_nothing_but_tokens(self):
        for path in ("/", "/metadata", "/metadata/instance?api-version=2021-02-01", "/latest/meta-data/", "/metadata/../etc/passwd"):
            status, _ = self.session.status(f"GET http://{METADATA}{path} HTTP/1.1\r\nMetadata: true")
            self.assertEqual(status, 403, path)
        self.assertEqual(self.session.status(f"CONNECT {METADATA}:22 HTTP/1.1")[0], 403)
        resource = urllib.parse.quote("https://storage.azure.com/", safe="")
        status, text = self.session.status(
            f"GET http://{METADATA}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource} HTTP/1.1\r\nMetadata: true")
        self.assertEqual(status, 200, text)
        self.assertTrue(json.loads(text)["access_token"])

    def test_another_host_inside_a_tunnel_is_misdirected(self):
        for host in ("example.com", f"other.blob.core.windows.net", f"{BLOB_HOST}:444", "127.0.0.1"):
            status, _, _, connection = self.session.ask(f"CONNECT {BLOB_HOST}:443 HTTP/1.1")
            self.assertEqual(status, 200)
            context = ssl.create_default_context(cafile=self.session.ca["certificate"])
            with context.wrap_socket(connection, server_hostname=BLOB_HOST) as secure:
                secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                self.assertIn(b" 421 ", secure.recv(100), host)

    def test_nothing_that_is_refused_leaves_the_process(self):
        if not shutil.which("strace"):
            self.skipTest("no strace on this machine")
        with tempfile.TemporaryDirectory(prefix="batch-emulator-test-") as folder:
            trace = pathlib.Path(folder) / "trace"
            watching = subprocess.Popen(["strace", "-f", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", trace,
                                         "-p", str(self.emulator.process.pid)], stderr=subprocess.PIPE, text=True)
            self.addCleanup(watching.stderr.close)
            told = watching.stderr.readline()
            if "attached" not in told:
                watching.wait(PATIENCE)
                self.skipTest("strace may not attach: " + told.strip())
            with CountingSocket() as target:
                for host in ("example.com:443", "example.org:443", "batch.azure.com.example.com:443", "10.0.0.1:80", *spellings(target.port)):
                    self.session.status(f"CONNECT {host} HTTP/1.1")
                    self.session.status(f"GET http://{host}/ HTTP/1.1")
                # That the trace sees connections shows the one that is allowed.
                allowed = Session(self.emulator, allow=[f"127.0.0.1:{target.port}"])
                self.assertEqual(allowed.status(f"CONNECT 127.0.0.1:{target.port} HTTP/1.1")[0], 200)
            # What is emulated is answered inside, too.
            self.session.status(f"GET http://{BLOB_HOST}/ HTTP/1.1")
            watching.terminate()
            watching.wait(PATIENCE)
            calls = [line for line in trace.read_text().splitlines() if re.search(r"connect\(.*sa_family=AF_INET|sendm?m?(to|sg)\(.*AF_INET", line)]
            self.assertEqual(len(calls), 1, calls)
            self.assertIn(f"htons({target.port})", calls[0])

    def test_no_secret_reaches_the_log(self):
        self.session.status(f"GET http://{BLOB_HOST}/con/blob?sv=2021-12-02&sig=geheim123 HTTP/1.1")
        self.session.status(f"CONNECT {BLOB_HOST}:443 HTTP/1.1")
        log = (self.emulator.home / "emulator.log").read_text()
        for secret in (self.session.secret, self.session.authorization.split()[1], "geheim123"):
            self.assertNotIn(secret, log)


class Allowed(WithProxy):
    """A session may reach what it was allowed, and nothing beside it."""

    def serve_once(self, listening):
        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(PATIENCE)
                self.seen = connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        thread = threading.Thread(target=answer)
        thread.start()
        self.addCleanup(thread.join)

    def test_an_allowed_address_is_tunnelled_to(self):
        with CountingSocket() as target:
            allowed = Session(self.emulator, allow=[f"127.0.0.1:{target.port}"])
            self.serve_once(target.socket)
            status, _, _, connection = allowed.ask(f"CONNECT 127.0.0.1:{target.port} HTTP/1.1")
            self.assertEqual(status, 200)
            with connection:
                connection.sendall(b"ping")
                self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200"))
            self.assertEqual(self.seen, b"ping")

    def test_plain_http_to_an_allowed_address_is_passed_on_without_the_credential(self):
        with CountingSocket() as target:
            allowed = Session(self.emulator, allow=[f"127.0.0.1:{target.port}"])
            self.serve_once(target.socket)
            self.assertEqual(allowed.status(f"GET http://127.0.0.1:{target.port}/a HTTP/1.1"), (200, "hello"))
            self.assertTrue(self.seen.startswith(b"GET /a HTTP/1.1\r\n"), self.seen)
            self.assertNotIn(b"Proxy-Authorization", self.seen)

    def test_an_allowed_name_does_not_lead_to_this_machine(self):
        with CountingSocket() as target:
            allowed = Session(self.emulator, allow=[f"localhost:{target.port}"])
            status, text = allowed.status(f"CONNECT localhost:{target.port} HTTP/1.1")
            self.assertEqual(status, 403, text)
            self.assertIn("private network", text)
            self.assertEqual(target.came(), 0)

    def test_what_one_session_may_the_other_may_not(self):
        with CountingSocket() as target:
            Session(self.emulator, allow=[f"127.0.0.1:{target.port}"])
            self.assertEqual(self.session.status(f"CONNECT 127.0.0.1:{target.port} HTTP/1.1")[0], 403)
            self.assertEqual(target.came(), 0)


class Clients(WithProxy):
    """Programs that take their proxy from the environment."""

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not re.match("(https?|no|all)_proxy$", name, re.IGNORECASE)}
        return {**kept, "HTTPS_PROXY": self.session.url, "https_proxy": self.session.url, "http_proxy": self.session.url,
                "CURL_CA_BUNDLE": self.session.ca["certificate"], "SSL_CERT_FILE": self.session.ca["certificate"],
                "NODE_EXTRA_CA_CERTS": self.session.ca["certificate"]}

    def run_client(self, *words):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE, env=self.environment(),
                              stdin=subprocess.DEVNULL)

    def test_curl_reaches_the_emulated_names_by_https_and_http(self):
        if not shutil.which("curl"):
            self.skipTest("no curl on this machine")
        for url in (f"https://{BLOB_HOST}/none/none", f"http://{BLOB_HOST}/none/none", f"https://{BATCH_HOST}/pools"):
            done = self.run_client("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{ssl_verify_result}", url)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, "^(400|401|403|404|409) 0$", url)

    def test_python_reaches_them(self):
        program = ("import sys, urllib.error, urllib.request\n"
                   "try:\n    urllib.request.urlopen(sys.argv[1])\n"
                   "except urllib.error.HTTPError as error:\n    print(error.code)")
        for url in (f"https://{BLOB_HOST}/none/none", f"http://{BLOB_HOST}/none/none"):
            done = self.run_client("python3", "-c", program, url)
            self.assertRegex(done.stdout, "^(400|401|403|404|409)$", done.stderr)

    def test_go_reaches_them(self):
        if not shutil.which("go"):
            self.skipTest("no Go on this machine")
        with tempfile.TemporaryDirectory(prefix="batch-emulator-test-") as folder:
            source = pathlib.Path(folder) / "get.go"
            source.write_text('package main\nimport ("fmt"; "net/http"; "os")\nfunc main() {\n\tanswer, err := http.Get(os.Args[1])\n'
                              '\tif err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(1) }\n\tfmt.Println(answer.StatusCode)\n}\n')
            program = pathlib.Path(folder) / "get"
            built = subprocess.run(["go", "build", "-o", program, source], capture_output=True, text=True, timeout=300,
                                   env={**os.environ, "GO111MODULE": "off", "GOTOOLCHAIN": "local"})
            self.assertEqual(built.returncode, 0, built.stderr)
            for url in (f"https://{BLOB_HOST}/none/none", f"http://{BLOB_HOST}/none/none"):
                done = self.run_client(program, url)
                self.assertRegex(done.stdout, "^(400|401|403|404|409)\n$", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
