"""The Blob service over real sockets: CORS at the gate and after it, tokens and what is delegated with them, copies."""
import base64
import datetime
import hashlib
import hmac
import http.client
import re
import ssl
import unittest
import urllib.parse

import emulator
import fixture
import rest

PAGE = "http://page.example"
TRUSTED_PAGE = "http://localhost:8080"
TENANT = "11111111-1111-1111-1111-111111111111"
ANSWERED_WITHIN = 30.0
PROPERTIES = {"restype": "service", "comp": "properties"}


def rule(origin, methods="GET,PUT"):
    return ("<StorageServiceProperties><Cors><CorsRule>"
            f"<AllowedOrigins>{origin}</AllowedOrigins><AllowedMethods>{methods}</AllowedMethods>"
            "<AllowedHeaders>x-ms-*</AllowedHeaders><ExposedHeaders>x-ms-*,ETag</ExposedHeaders>"
            "<MaxAgeInSeconds>5</MaxAgeInSeconds></CorsRule></Cors></StorageServiceProperties>").encode()


class Cors(fixture.WithEmulator):
    options = ("--allowed-origin", TRUSTED_PAGE)

    def preflight(self, service, path, origin, method="PUT", headers="x-ms-version"):
        return service.exchange("OPTIONS", path, None, {
            "Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers})

    def test_rules_of_the_account_let_a_page_in_and_outlive_a_restart(self):
        path = self.blob.url.path + "/pages/x"
        refused = self.preflight(self.blob, path, PAGE)
        self.assertEqual((refused.status, refused.headers["x-ms-error-code"]), (403, "CorsPreflightFailure"))
        answer = self.blob.call("PUT", "", {**PROPERTIES}, rule(PAGE))
        self.assertEqual(answer.status, 202, answer.body)
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()

        granted = self.preflight(self.blob, path, PAGE)
        self.assertEqual((granted.status, granted.headers["Access-Control-Allow-Origin"]), (200, PAGE))
        self.blob.call("PUT", "/pages", {"restype": "container"})
        self.blob.put("/pages/x", b"text")
        read = self.blob.call("GET", "/pages/x", headers={"Origin": PAGE})
        self.assertEqual((read.status, read.headers["Access-Control-Allow-Origin"]), (200, PAGE))
        self.assertIn("ETag", read.headers["Access-Control-Expose-Headers"])
        # Rules name methods, origins and accounts; what they do not name stays out.
        self.assertEqual(self.preflight(self.blob, path, PAGE, method="DELETE").status, 403)
        self.assertEqual(self.preflight(self.blob, path, "http://other.example").status, 403)
        self.assertEqual(self.preflight(self.blob, "/stranger/pages/x", PAGE).status, 403)
        self.assertEqual(self.blob.call("GET", "/pages/x", headers={"Origin": "http://other.example"}).status, 403)
        self.assertEqual(self.batch.exchange("OPTIONS", "/jobs", None, {
            "Origin": PAGE, "Access-Control-Request-Method": "GET"}).status, 403)

    def test_an_allowed_origin_may_use_both_ports(self):
        for service, path in ((self.batch, "/jobs?api-version=2024-07-01.20.0"), (self.blob, self.blob.url.path + "/a/b")):
            headers = "authorization,ocp-date,client-request-id,x-ms-date"
            granted = self.preflight(service, path, TRUSTED_PAGE, headers=headers)
            self.assertEqual(granted.status, 200, granted.body)
            self.assertEqual(granted.headers["Access-Control-Allow-Origin"], TRUSTED_PAGE)
            self.assertEqual(granted.headers["Access-Control-Allow-Headers"], headers)
            self.assertEqual(granted.headers["Access-Control-Allow-Methods"], "PUT")
        read = self.batch.call("GET", "/jobs", headers={"Origin": TRUSTED_PAGE})
        self.assertEqual((read.status, read.headers["Access-Control-Allow-Origin"]), (200, TRUSTED_PAGE))
        self.assertIn("DataServiceVersion", read.headers["Access-Control-Expose-Headers"])


class Tokens(fixture.WithEmulator):
    options = ("--entra",)

    def exchange(self, url, method, target, body=None, headers=None):
        """One request over https to the port of `url`."""
        context = ssl.create_default_context(cafile=self.emulator.data_dir / "ca" / "ca.pem")
        connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=ANSWERED_WITHIN, context=context)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            return rest.Answer(connection.getresponse())
        finally:
            connection.close()

    def setUp(self):
        if not (self.emulator.data_dir / "ca" / "ca.pem").exists():  # the authority is made for the first client
            connection = http.client.HTTPSConnection(self.batch.url.hostname, self.batch.url.port, timeout=ANSWERED_WITHIN,
                                                     context=ssl._create_unverified_context())
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            connection.close()

    def token(self, scope="https://storage.azure.com/.default"):
        form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s", "scope": scope}
        answer = self.exchange(self.batch.url, "POST", f"/{TENANT}/oauth2/v2.0/token", urllib.parse.urlencode(form),
                               {"Content-Type": "application/x-www-form-urlencoded"})
        return answer.json()["access_token"]

    def call(self, method, path, body=None, token=None, **headers):
        sent = {"x-ms-version": "2021-12-02", **headers}
        if token:
            sent["Authorization"] = "Bearer " + token
        return self.exchange(self.blob.url, method, self.blob.url.path + path, body, sent)

    def test_a_token_opens_the_account_and_delegates_a_signature(self):
        token = self.token()
        self.assertEqual(self.call("PUT", "/tok?restype=container", b"", token).status, 201)
        self.assertEqual(self.call("PUT", "/tok/x", b"text", token, **{"x-ms-blob-type": "BlockBlob"}).status, 201)
        key = self.call("POST", "/?restype=service&comp=userdelegationkey",
                        b"<KeyInfo><Expiry>" + self.in_an_hour().encode() + b"</Expiry></KeyInfo>", token)
        self.assertEqual(key.status, 200, key.body)
        sas = self.delegated_sas(key.body.decode("utf-8-sig"), "tok")
        self.assertEqual(self.call("GET", "/tok/x?" + sas).body, b"text")
        self.assertEqual(self.call("DELETE", "/tok/x?" + sas).status, 403)
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        self.assertEqual(self.call("GET", "/tok/x?" + sas).body, b"text")

    def in_an_hour(self):
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def delegated_sas(self, document, container):
        field = {name: value for name, value in re.findall(r"<(\w+)>([^<]*)</", document)}
        names = ("SignedOid", "SignedTid", "SignedStart", "SignedExpiry", "SignedService", "SignedVersion")
        expiry, version = self.in_an_hour(), "2021-12-02"
        lines = ["r", "", expiry, f"/blob/{self.blob.account}/{container}", *(field[name] for name in names), "", "", "", "",
                 "", version, "c", "", "", "", "", "", "", ""]
        signature = hmac.new(base64.b64decode(field["Value"]), "\n".join(lines).encode(), hashlib.sha256).digest()
        query = {"sp": "r", "se": expiry, "sr": "c", "sv": version, "sig": base64.b64encode(signature).decode()}
        query.update(zip(("skoid", "sktid", "skt", "ske", "sks", "skv"), (field[name] for name in names)))
        return urllib.parse.urlencode(query)

    def test_what_is_no_token_for_storage_is_challenged(self):
        for token in (self.token("https://batch.core.windows.net/.default"), "a.b.c", None):
            answer = self.call("GET", "/?comp=list", token=token)
            self.assertEqual(answer.status, 401, answer.body)
            self.assertIn("resource_id=https://storage.azure.com", answer.headers["WWW-Authenticate"])

    def test_a_token_is_not_accepted_without_https(self):
        answer = self.blob.exchange("GET", self.blob.url.path + "/?comp=list", None,
                                    {"Authorization": "Bearer " + self.token(), "x-ms-version": "2021-12-02"})
        self.assertEqual((answer.status, answer.headers["x-ms-error-code"]), (403, "AuthenticationFailed"))


class WithoutEntra(fixture.WithEmulator):
    def test_no_token_is_accepted(self):
        answer = self.blob.exchange("GET", self.blob.url.path + "/?comp=list", None,
                                    {"Authorization": "Bearer a.b.c", "x-ms-version": "2021-12-02"})
        self.assertEqual((answer.status, answer.headers["x-ms-error-code"]), (400, "InvalidAuthenticationInfo"))

    def test_a_copy_outlives_source_and_emulator_and_nothing_is_fetched_from_elsewhere(self):
        self.blob.call("PUT", "/from", {"restype": "container"})
        body = bytes(range(256)) * 5000
        self.blob.put("/from/x", body)
        source = f"{self.blob.url.geturl()}/from/x"
        copied = self.blob.call("PUT", "/from/y", headers={"x-ms-copy-source": source})
        self.assertEqual((copied.status, copied.headers["x-ms-copy-status"]), (202, "success"))
        self.blob.call("DELETE", "/from/x")
        self.emulator.kill()
        self.emulator.start()
        type(self).connect()
        self.assertEqual(self.blob.call("GET", "/from/y").body, body)
        with emulator.socket_that_counts() as counter:
            refused = self.blob.call("PUT", "/from/z", headers={"x-ms-copy-source": f"http://127.0.0.1:{counter.port}/a/b/c"})
            self.assertEqual((refused.status, refused.headers["x-ms-error-code"]), (404, "CannotVerifyCopySource"))
            self.assertEqual(counter.connections(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
