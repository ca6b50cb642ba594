"""The two services spoken to without an SDK: SharedKey signatures and SAS by hand, so that tests control every byte."""
import base64
import datetime
import email.utils
import hashlib
import hmac
import http.client
import json
import urllib.parse

API_VERSION = "2024-02-01.19.0"
BLOB_VERSION = "2021-12-02"
TIMEOUT = 30


def _sign(key, text):
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


class Answer:
    def __init__(self, response):
        self.status, self.reason = response.status, response.reason
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error code of a Batch error document."""
        return self.json().get("code")


class _Service:
    connection = None

    def __init__(self, endpoint):
        self.account, self.key = endpoint["account"], endpoint["key"]
        self.url = urllib.parse.urlsplit(endpoint["url"])

    def exchange(self, method, target, body, headers):
        """One request on a kept-alive connection. OSError and HTTPException mean: no acknowledgement."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=TIMEOUT)
        try:
            self.connection.request(method, target, body=body, headers=headers)
            return Answer(self.connection.getresponse())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def __del__(self):
        self.close()

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Batch(_Service):
    """`Batch(ready["batch"]).call("POST", "/pools", {...})`."""

    def call(self, method, path, body=None, query=None, headers=None, version=API_VERSION):
        parameters = {"api-version": version, **(query or {})}
        data = b"" if body is None and method not in ("GET", "HEAD") else (None if body is None else json.dumps(body).encode())
        sent = {"ocp-date": email.utils.formatdate(usegmt=True), **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json; odata=minimalmetadata"
        length = "" if data is None else str(len(data))
        lines = [method, "", "", length, "", sent.get("Content-Type", ""), "", *(sent.get(n, "") for n in (
            "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"))]
        ocp = "".join(f"{n.lower()}:{v}\n" for n, v in sorted(sent.items()) if n.lower().startswith("ocp-"))
        resource = f"/{self.account}{path}" + "".join(f"\n{n}:{parameters[n]}" for n in sorted(parameters, key=str.lower))
        sent["Authorization"] = f"SharedKey {self.account}:{_sign(self.key, chr(10).join(lines) + chr(10) + ocp + resource)}"
        if data is not None:
            sent["Content-Length"] = length
        return self.exchange(method, path + "?" + urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote), data, sent)

    def all(self, path, query=None):
        """Every item of a list, page by page."""
        items, query = [], dict(query or {})
        while True:
            page = self.call("GET", path, query=query)
            assert page.status == 200, (path, page.status, page.body)
            document = page.json()
            items += document["value"]
            if "odata.nextLink" not in document:
                return items
            link = urllib.parse.urlsplit(document["odata.nextLink"])
            query = dict(urllib.parse.parse_qsl(link.query))
            query.pop("api-version")


class Blob(_Service):
    """`Blob(ready["blob"]).call("PUT", "/c", {"restype": "container"})`; paths are below the account."""

    def call(self, method, path, query=None, body=None, headers=None):
        query = query or {}
        sent = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": BLOB_VERSION, **(headers or {})}
        data = body if body is not None or method in ("GET", "HEAD", "DELETE") else b""
        length = str(len(data)) if data else ""
        target = self.url.path + urllib.parse.quote(path)
        ms = "".join(f"{n.lower()}:{v}\n" for n, v in sorted(sent.items(), key=lambda i: i[0].lower()) if n.lower().startswith("x-ms-"))
        resource = f"/{self.account}{target}" + "".join(f"\n{n}:{query[n]}" for n in sorted(query))
        text = "\n".join([method, "", "", length, sent.get("Content-MD5", ""), sent.get("Content-Type", ""), "", "", "", "", "", ""]) + "\n" + ms + resource
        sent["Authorization"] = f"SharedKey {self.account}:{_sign(self.key, text)}"
        if data is not None:
            sent["Content-Length"] = str(len(data))
        suffix = "?" + urllib.parse.urlencode(query) if query else ""
        return self.exchange(method, target + suffix, data, sent)

    def put(self, path, body):
        return self.call("PUT", path, body=body, headers={"x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream"})

    def container_url(self, container, permissions, hours=2, protocol=""):
        """The container's URL with a SAS of these permissions."""
        expiry = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        version = "2018-03-28"
        text = "\n".join([permissions, "", expiry, f"/blob/{self.account}/{container}", "", "", protocol, version, "", "", "", "", ""])
        sas = {"sp": permissions, "se": expiry, "sr": "c", "sv": version, "sig": _sign(self.key, text)}
        if protocol:
            sas["spr"] = protocol
        return f"{self.url.geturl()}/{container}?{urllib.parse.urlencode(sas)}"

    def blob_url(self, container, name, permissions):
        base, sas = self.container_url(container, permissions).split("?")
        return f"{base}/{urllib.parse.quote(name)}?{sas}"


def pool(pool_id, dedicated=1, **members):
    """A pool body of the article's shape."""
    return {"id": pool_id, "vmSize": "standard_d2s_v3", "targetDedicatedNodes": dedicated,
            "virtualMachineConfiguration": {
                "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
                "nodeAgentSKUId": "batch.node.ubuntu 22.04"}, **members}
