"""Entra ID by URL: tokens that the emulator issues over https, and what they are good for."""
import base64
import http.client
import json
import pathlib
import ssl
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
