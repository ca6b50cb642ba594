"""The certificate authority, with real clients: they take what the emulator shows, and what a thief of the
authority's key could make for other names, none of them takes."""
import http.client
import os
import pathlib
import shutil
import socket
import ssl
import stat
import subprocess
import tempfile
import threading
import unittest

import emulator

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 60
SERVED = "acct.westeurope.batch.azure.com"


def run(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, **more)


def ca(data_dir):
    """What `batch-emulator ca` prints, as a dict of paths."""
    printed = run(emulator.programs() / "batch-emulator", "ca", "--data-dir", data_dir)
    assert printed.returncode == 0, printed.stderr
    return {word: pathlib.Path(path) for word, path in (line.split(" ", 1) for line in printed.stdout.splitlines())}


def get(port, path, paths, host="127.0.0.1"):
    connection = http.client.HTTPSConnection(host, port, timeout=10, context=ssl.create_default_context(cafile=paths["certificate"]))
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Ports(unittest.TestCase):
    def test_both_endpoints_answer_http_and_https_on_one_port(self):
        with emulator.Emulator() as running:
            paths = ca(running.data_dir)
            for port in running.ports:
                for host in ("127.0.0.1", "localhost"):
                    self.assertEqual(get(int(port), "/healthz", paths, host), (200, b"ok\n"))
                plain = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
                plain.request("GET", "/healthz")
                self.assertEqual(plain.getresponse().status, 200)
                plain.close()

    def test_nothing_is_made_until_somebody_wants_tls(self):
        with emulator.Emulator() as running:
            self.assertFalse((running.data_dir / "ca").exists())
            with socket.create_connection(("127.0.0.1", int(running.ports[0])), timeout=10) as plain:
                unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
                with unverified.wrap_socket(plain) as secure:
                    self.assertIn(secure.version(), ("TLSv1.2", "TLSv1.3"))
            self.assertTrue((running.data_dir / "ca" / "ca.pem").exists())

    def test_the_authority_outlives_a_crash_and_its_key_is_private(self):
        with emulator.Emulator() as running:
            paths = ca(running.data_dir)
            before = paths["certificate"].read_bytes()
            running.kill()
            running.start()
            self.assertEqual(get(int(running.ports[0]), "/healthz", paths)[0], 200)
            self.assertEqual(paths["certificate"].read_bytes(), before)
            folder = paths["certificate"].parent
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
            self.assertEqual(stat.S_IMODE((folder / "ca.key").stat().st_mode), 0o600)

    def test_the_command_works_without_an_emulator_and_many_at_once_agree(self):
        with tempfile.TemporaryDirectory(prefix="batch-emulator-test-") as folder:
            command = [emulator.programs() / "batch-emulator", "ca", "--data-dir", f"{folder}/data"]
            running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
            printed = [process.communicate(timeout=PATIENCE)[0] for process in running]
            self.assertEqual([process.returncode for process in running], [0] * 4)
            self.assertEqual(len(set(printed)), 1)
            paths = ca(f"{folder}/data")
            self.assertEqual(run("openssl", "verify", "-CAfile", paths["certificate"], paths["certificate"].parent / "issuer.pem").returncode, 0)
            self.assertTrue(paths["bundle"].read_bytes().startswith(paths["certificate"].read_bytes()))


class Server:
    """A TLS server on a free port of this machine that shows a certificate of our making."""

    def __init__(self, chain, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, key)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            try:
                connection.settimeout(10)
                with self.context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1)
            except OSError:
                pass  # a client that refuses hangs up; which one did is what the test looks at
            finally:
                connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


def python_with(version):
    """A Python of this version, if the machine has one."""
    for name in (f"python3.{version}", os.path.expanduser(f"~/.pyenv/versions/3.{version}.0/bin/python3")):
        if shutil.which(name) and run(name, "--version").returncode == 0:
            return name
    return None


PYTHON_CLIENT = """
import socket, ssl, sys
host, port, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
try:
    context.wrap_socket(socket.create_connection(("127.0.0.1", int(port)), timeout=10), server_hostname=host).close()
except ssl.SSLError as error:
    sys.exit("refused: " + str(error))
"""


class Trust(unittest.TestCase):
    """What each client makes of certificates that were made with the authority's own key."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="batch-emulator-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.paths = ca(cls.folder / "data")
        cls.issuer = cls.paths["certificate"].parent / "issuer.pem"
        cls.key = cls.paths["certificate"].parent / "ca.key"

    def clients(self):
        """Name and command line of every client of this machine; {host} and {port} are to be filled in."""
        certificate, store = str(self.paths["certificate"]), str(self.paths["java-store"])
        found = {
            "openssl": ["openssl", "s_client", "-connect", "127.0.0.1:{port}", "-verify_hostname", "{host}", "-verify_return_error",
                        "-CAfile", certificate, "-no-CApath"],
            "python": ["python3", "-c", PYTHON_CLIENT, "{host}", "{port}", certificate],
            "curl": ["curl", "-sS", "-o", "/dev/null", "--max-time", "10", "--noproxy", "*", "--cacert", certificate, "--connect-to",
                     "::127.0.0.1:{port}", "https://{host}/"],
            "node": ["node", HERE / "trust" / "connect.js", "{host}", "{port}", certificate],
            "java": ["java", HERE / "trust" / "Connect.java", "{host}", "{port}", store],
        }
        if python_with(13):
            found["python 3.13"] = [python_with(13), *found["python"][1:]]
        if shutil.which("go"):
            program = self.folder / "connect"
            if not program.exists():
                built = run("go", "build", "-o", program, HERE / "trust" / "connect.go",
                            env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GO111MODULE": "off"})
                self.assertEqual(built.returncode, 0, built.stderr)
            found["go"] = [program, "{host}", "{port}", certificate]
        return {name: command for name, command in found.items() if shutil.which(str(command[0]))}

    def make(self, name, subject, extensions, signer=None):
        """Key and certificate with OpenSSL's own command; gives the chain (with the issuer) and the key."""
        certificate, key = signer or (self.issuer, self.key)
        made_key, request, made = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        settings = self.folder / f"{name}.cnf"
        settings.write_text("subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n" + extensions)
        for command in (
                ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", made_key,
                 "-out", request, "-subj", subject],
                ["openssl", "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-days", "5", "-out", made,
                 "-extfile", settings]):
            done = run(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
        chain = self.folder / f"{name}.chain"
        chain.write_text(made.read_text() + certificate.read_text() + ("" if certificate == self.issuer else self.issuer.read_text()))
        return chain, made_key, made

    def make_leaf(self, name, host, alternative=True, signer=None):
        kind = "IP" if host.replace(".", "").isdigit() else "DNS"
        extensions = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        return self.make(name, f"/CN={host}", extensions + (f"subjectAltName={kind}:{host}\n" if alternative else ""), signer)

    def ask(self, command, host, port):
        return run(*[str(word).format(host=host, port=port) if word != PYTHON_CLIENT else word for word in command])

    def refused_by_all(self, host, chain, key):
        with Server(chain, key) as server:
            for name, command in self.clients().items():
                with self.subTest(client=name, host=host):
                    answer = self.ask(command, host, server.port)
                    self.assertNotEqual(answer.returncode, 0, f"{name} believes that it talks to {host}")
                    # For the certificate's sake, not because nobody was there.
                    self.assertNotIn("refused: no answer", answer.stderr)
                    self.assertRegex(answer.stderr.lower(), "certif|subtree|constraint|altname|subject|pkix", f"{name}: {answer.stderr}")

    def test_every_client_takes_what_the_emulator_shows(self):
        with emulator.Emulator(data_dir=self.folder) as running:
            self.addCleanup(running.stop)
            self.assertGreaterEqual(set(self.clients()), {"openssl", "python"})
            for name, command in self.clients().items():
                for host in ("localhost", "127.0.0.1", SERVED):
                    words = command
                    if name == "openssl":
                        words = [*command, "-servername", host] if host == SERVED else [*command, "-noservername"]
                        words = ["-verify_ip" if word == "-verify_hostname" and host == "127.0.0.1" else word for word in words]
                    with self.subTest(client=name, host=host):
                        answer = self.ask(words, host, int(running.ports[0]))
                        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_the_key_can_vouch_for_an_emulated_name(self):
        chain, key, _ = self.make_leaf("good", SERVED)
        with Server(chain, key) as server:
            for name, command in self.clients().items():
                with self.subTest(client=name):
                    answer = self.ask(command, SERVED, server.port)
                    # The server of this test speaks no HTTP; curl reports that (52) after the certificate was taken.
                    self.assertIn(answer.returncode, (0, 52) if name == "curl" else (0,), answer.stderr)

    def test_no_client_takes_another_name_from_it(self):
        for number, host in enumerate(("example.com", "batch.azure.com.example.com", "login.microsoftonline.de", "10.1.2.3")):
            chain, key, leaf = self.make_leaf(f"bad{number}", host)
            self.assertNotEqual(run("openssl", "verify", "-CAfile", self.paths["certificate"], "-untrusted", self.issuer, leaf).returncode, 0)
            self.refused_by_all(host, chain, key)

    def test_no_client_takes_another_name_from_the_subject_alone(self):
        chain, key, _ = self.make_leaf("named", "example.com", alternative=False)
        self.refused_by_all("example.com", chain, key)

    def test_no_client_takes_another_name_from_an_authority_below_it(self):
        _, key, certificate = self.make("below", "/CN=below", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
        chain, leaf_key, _ = self.make_leaf("deep", "example.com", signer=(certificate, key))
        self.refused_by_all("example.com", chain, leaf_key)

    def test_the_roots_own_key_is_nowhere(self):
        root = run("openssl", "x509", "-in", self.paths["certificate"], "-noout", "-pubkey").stdout
        self.assertIn("PUBLIC KEY", root)
        for file in self.paths["certificate"].parent.iterdir():
            self.assertNotEqual(run("openssl", "pkey", "-in", file, "-pubout").stdout, root, file)

    def test_java_finds_the_certificate_in_its_store(self):
        if not shutil.which("keytool"):
            self.skipTest("no keytool on this machine")
        listed = run("keytool", "-list", "-keystore", self.paths["java-store"], "-storepass", "changeit")
        self.assertEqual(listed.returncode, 0, listed.stdout + listed.stderr)
        self.assertIn("trustedCertEntry", listed.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
