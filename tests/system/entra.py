"""Entra ID by URL: tokens that the emulator issues over https, and what they are good for."""
import base64
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import unittest
import urllib.parse

import emulator
import fixture
import rest

ANSWERED_WITHIN = 30.0
TENANT = "11111111-1111-1111-1111-111111111111"
SECRET = "hidden~client~secret"
BATCH_SCOPE = "https://batch.core.windows.net//.default"


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Entra(fixture.WithEmulator):
    options = ("--entra",)

    def context(self):
        """Trusts the emulator's own authority, which is made when the first client speaks TLS."""
        authority = self.emulator.data_dir / "ca" / "ca.pem"
        if not authority.exists():
            self.exchange("GET", "/healthz", context=ssl._create_unverified_context())
        return ssl.create_default_context(cafile=authority)

    def exchange(self, method, target, body=None, headers=None, context=None):
        connection = http.client.HTTPSConnection(self.batch.url.hostname, self.batch.url.port, timeout=ANSWERED_WITHIN,
                                                 context=context or self.context())
        try:
            connection.request(method, target, body=body, headers=headers or {})
            return rest.Answer(connection.getresponse())
        finally:
            connection.close()

    def ask_token(self, **fields):
        form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": SECRET, **fields}
        return self.exchange("POST", f"/{TENANT}/oauth2/v2.0/token", urllib.parse.urlencode(form),
                             {"Content-Type": "application/x-www-form-urlencoded"})

    def token(self, scope=BATCH_SCOPE):
        answer = self.ask_token(scope=scope)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["access_token"]

    def pools(self, token):
        return self.exchange("GET", f"/pools?api-version={rest.API_VERSION}",
                             headers={"Authorization": f"Bearer {token}"})

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_gives_no_token_to_another_user_of_the_machine(self):
        self.token()
        asked = subprocess.run(
            [sys.executable, "-c", "import encodings.idna, http.client, os, sys\n"
             "os.setgid(65534); os.setuid(65534)\n"
             "connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=30)\n"
             f"connection.request('POST', '/{TENANT}/oauth2/v2.0/token', 'grant_type=client_credentials&client_id=a&client_secret=b',"
             " {'Content-Type': 'application/x-www-form-urlencoded'})\n"
             "print(connection.getresponse().status)", str(self.batch.url.port)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(asked.stdout, "403\n", asked.stderr)

    def test_names_its_endpoints_where_it_was_asked(self):
        answer = self.exchange("GET", f"/{TENANT}/v2.0/.well-known/openid-configuration").json()
        url = f"https://{self.batch.url.netloc}/{TENANT}"
        self.assertEqual(answer["token_endpoint"], url + "/oauth2/v2.0/token")
        keys = self.exchange("GET", urllib.parse.urlsplit(answer["jwks_uri"]).path).json()["keys"]
        header = json.loads(base64.urlsafe_b64decode(self.token().split(".")[0] + "=="))
        self.assertEqual([key["kid"] for key in keys], [header["kid"]])

    def test_issues_tokens_that_batch_accepts(self):
        token = self.token()
        self.assertEqual(claims_of(token)["tid"], TENANT)
        answer = self.pools(token)
        self.assertEqual(answer.status, 200, answer.body)

    def test_refuses_tokens_that_are_not_for_batch_or_not_its_own(self):
        token = self.token("https://storage.azure.com/.default")
        header, payload, signature = self.token().split(".")
        forged = ".".join((header, payload, "A" * len(signature)))
        for wrong in (token, forged):
            answer = self.pools(wrong)
            self.assertEqual((answer.status, answer.code), (401, "AuthenticationFailed"))
            self.assertIn('error="invalid_token"', answer.headers["WWW-Authenticate"])

    def test_serves_managed_identities(self):
        path = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://batch.core.windows.net"
        self.assertEqual(self.exchange("GET", path).status, 400)
        answer = self.exchange("GET", path, headers={"Metadata": "true"})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(self.pools(answer.json()["access_token"]).status, 200)

    def test_tokens_hold_over_a_crash(self):
        token = self.token()
        self.emulator.kill()
        self.emulator.start()
        self.connect()
        self.assertEqual(self.pools(token).status, 200)

    def test_keeps_its_key_and_its_clients_secrets_to_itself(self):
        token = self.token()
        self.assertEqual(self.ask_token(scope="nonsense").status, 400)
        key = self.emulator.data_dir / "entra" / "signing.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        log = pathlib.Path(self.emulator.home / "emulator.log").read_text(encoding="utf-8")
        self.assertIn("oauth2/v2.0/token", log)
        for secret in (SECRET, token, token.split(".")[2]):
            self.assertNotIn(secret, log)


class EntraByName(fixture.WithEmulator):
    """The real services' names, through the proxy: one token service for all of them."""
    options = ("--names", "--entra")

    @classmethod
    def connect(cls):
        super().connect()
        cls.session = cls.open_session(makesAccounts=True)

    @classmethod
    def open_session(cls, **terms):
        answer = cls.batch.call("POST", "/.emulator/sessions", terms)
        assert answer.status == 201, answer.body
        return answer.json()

    def ask(self, method, url, body=None, token=None, headers=None, session=None):
        parts = urllib.parse.urlsplit(url)
        session = session or self.session
        credential = base64.b64encode(f"{session['name']}:{session['secret']}".encode()).decode()
        proxied = {"Proxy-Authorization": f"Basic {credential}"}
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=session["ca"]["certificate"])
            connection = http.client.HTTPSConnection("127.0.0.1", session["proxyPort"], timeout=ANSWERED_WITHIN,
                                                     context=context)
            connection.set_tunnel(parts.hostname, headers=proxied)
            target = parts.path + ("?" + parts.query if parts.query else "")
        else:
            connection = http.client.HTTPConnection("127.0.0.1", session["proxyPort"], timeout=ANSWERED_WITHIN)
            target, sent = url, {**sent, **proxied}
        try:
            connection.request(method, target, body=body, headers=sent)
            return rest.Answer(connection.getresponse())
        finally:
            connection.close()

    def token(self, scope):
        form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": SECRET, "scope": scope}
        answer = self.ask("POST", f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token",
                          urllib.parse.urlencode(form))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["access_token"]

    def test_names_its_endpoints_as_the_real_one(self):
        answer = self.ask("GET", "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration").json()
        self.assertEqual(answer["token_endpoint"], "https://login.microsoftonline.com/common/oauth2/v2.0/token")

    def test_a_token_is_for_the_account_of_the_name(self):
        token = self.token(BATCH_SCOPE)
        url = f"https://byname.westeurope.batch.azure.com/pools?api-version={rest.API_VERSION}"
        stranger = self.ask("GET", url, token=token, session=self.open_session())
        self.assertEqual((stranger.status, stranger.code), (403, "AuthenticationFailed"))
        answer = self.ask("GET", url, token=token)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertTrue(answer.json()["odata.metadata"].startswith("https://byname.westeurope.batch.azure.com/"))

    def test_each_service_takes_the_tokens_that_are_for_it(self):
        urls = {"https://batch.core.windows.net/.default":
                f"https://devbatch.westeurope.batch.azure.com/pools?api-version={rest.API_VERSION}",
                "https://storage.azure.com/.default": "https://devstoreaccount1.blob.core.windows.net/?comp=list",
                "https://management.azure.com/.default": "https://management.azure.com/subscriptions?api-version=2022-12-01"}
        for scope in urls:
            token = self.token(scope)
            for audience, url in urls.items():
                with self.subTest(scope=scope, url=url):
                    answer = self.ask("GET", url, token=token, headers={"x-ms-version": rest.BLOB_VERSION})
                    self.assertEqual(answer.status, 200 if scope == audience else 401, answer.body)

    def test_managed_identities_are_found_as_on_a_machine(self):
        url = ("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
               "&resource=https://management.azure.com/")
        self.assertEqual(self.ask("GET", url).status, 400)
        answer = self.ask("GET", url, headers={"Metadata": "true"})
        self.assertEqual(answer.status, 200, answer.body)
        listed = self.ask("GET", "https://management.azure.com/tenants?api-version=2022-12-01",
                          token=answer.json()["access_token"])
        self.assertEqual([tenant["tenantId"] for tenant in listed.json()["value"]],
                         [claims_of(answer.json()["access_token"])["tid"]])


class EntraIsOff(fixture.WithEmulator):
    def test_unless_it_is_asked_for(self):
        connection = http.client.HTTPConnection(self.batch.url.hostname, self.batch.url.port, timeout=ANSWERED_WITHIN)
        self.addCleanup(connection.close)
        connection.request("POST", f"/{TENANT}/oauth2/v2.0/token", body="grant_type=client_credentials")
        # Not an operation of Batch, and unsigned.
        self.assertEqual(rest.Answer(connection.getresponse()).code, "InvalidAuthenticationInfo")
        self.assertFalse((self.emulator.data_dir / "entra").exists())


if __name__ == "__main__":
    unittest.main()
