"""The management plane over real processes: accounts that it makes take work, survive the emulator and go again."""
import http.client
import io
import json
import ssl
import unittest
import urllib.parse
import urllib.request
import zipfile

import fixture
import rest

VERSION = "2024-02-01"
SUBSCRIPTION = "/subscriptions/12345678-1234-1234-1234-123456789abc"
GROUP = SUBSCRIPTION + "/resourceGroups/group"
PATIENCE = 30.0


class Management(fixture.WithEmulator):
    options = ("--entra",)

    def context(self):
        authority = self.emulator.data_dir / "ca" / "ca.pem"
        if not authority.exists():
            self.send("GET", "/healthz", context=ssl._create_unverified_context())
        return ssl.create_default_context(cafile=authority)

    def send(self, method, target, body=None, headers=None, context=None):
        connection = http.client.HTTPSConnection(self.batch.url.hostname, self.batch.url.port, timeout=PATIENCE,
                                                 context=context or self.context())
        try:
            connection.request(method, target, body=body, headers=headers or {})
            return rest.Answer(connection.getresponse())
        finally:
            connection.close()

    def token(self):
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "app", "client_secret": "word",
                                       "scope": "https://management.azure.com/.default"})
        tenant = "11111111-1111-1111-1111-111111111111"
        return self.send("POST", f"/{tenant}/oauth2/v2.0/token", form,
                         {"Content-Type": "application/x-www-form-urlencoded"}).json()["access_token"]

    def manage(self, status, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        answer = self.send(method, f"{path}?api-version={VERSION}", None if body is None else json.dumps(body), headers)
        self.assertEqual(answer.status, status, (method, path, answer.body))
        if status == 202:  # the result of what was begun
            url = urllib.parse.urlsplit(answer.headers["Location"])
            result = self.send("GET", f"{url.path}?{url.query}", headers=headers)
            self.assertEqual(result.status, 200, result.body)
            return result.json() if result.body else None
        return answer.json() if answer.body else None

    def account(self, name):
        return f"{GROUP}/providers/Microsoft.Batch/batchAccounts/{name}"

    def storage(self, name):
        return f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}"

    def make_account(self, name):
        """A Batch account with its own auto storage, and a client with its key."""
        store = self.manage(202, "PUT", self.storage(name), {"location": "eastus"})
        self.manage(202, "PUT", self.account(name), {
            "location": "eastus", "properties": {"autoStorage": {"storageAccountId": store["id"]}}})
        return self.client(name)

    def client(self, name, which="primary"):
        keys = self.manage(200, "POST", self.account(name) + "/listKeys")
        return rest.Batch({"account": name, "key": keys[which], "url": self.emulator.batch["url"]})

    def work(self, client, job, **members):
        """A pool of one node, made by the management plane, and a task in it; the task's end."""
        pool = {"vmSize": "STANDARD_D2S_V3", "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 1}},
                "deploymentConfiguration": {"virtualMachineConfiguration": {
                    "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
                    "nodeAgentSkuId": "batch.node.ubuntu 22.04"}}}
        self.manage(200, "PUT", f"{self.account(client.account)}/pools/p", {"properties": pool})
        self.assertEqual(client.call("POST", "/jobs", {"id": job, "poolInfo": {"poolId": "p"}}).status, 201)
        made = client.call("POST", f"/jobs/{job}/tasks", {"id": "t", "commandLine": "/bin/sh -c 'echo done'", **members})
        self.assertEqual(made.status, 201, made.body)

        def ended():
            task = client.call("GET", f"/jobs/{job}/tasks/t").json()
            return task if task["state"] == "completed" else None
        return self.wait(ended, "the task's end")

    def test_an_account_that_was_made_takes_work_and_survives(self):
        client = self.make_account("survivor")
        self.assertEqual(self.work(client, "before")["executionInfo"]["exitCode"], 0)
        self.manage(201, "PUT", SUBSCRIPTION + "/resourceGroups/kept", {"location": "westus"})
        self.emulator.kill()
        self.emulator.start()
        self.connect()
        self.assertEqual(self.client("survivor").key, client.key)
        again = self.client("survivor")
        self.assertEqual(again.call("GET", "/jobs/before/tasks/t").json()["executionInfo"]["exitCode"], 0)
        self.assertEqual(self.work(again, "after")["executionInfo"]["exitCode"], 0)
        self.assertEqual(self.manage(200, "GET", SUBSCRIPTION + "/resourceGroups/kept")["location"], "westus")

    def test_a_package_in_its_own_auto_storage_is_run(self):
        client = self.make_account("packer")
        application = self.account("packer") + "/applications/tool"
        self.manage(200, "PUT", application, {})
        package = self.manage(200, "PUT", application + "/versions/1", {})
        self.assertIn("/packer/app-tool-", package["properties"]["storageUrl"])
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("words.txt", "from the package")
        upload = urllib.request.Request(package["properties"]["storageUrl"], data=content.getvalue(), method="PUT",
                                        headers={"x-ms-blob-type": "BlockBlob"})
        with urllib.request.urlopen(upload, timeout=PATIENCE) as answer:
            self.assertEqual(answer.status, 201)
        self.manage(200, "POST", application + "/versions/1/activate", {"format": "zip"})
        task = self.work(client, "packed", commandLine="/bin/sh -c 'cat $AZ_BATCH_APP_PACKAGE_tool_1/words.txt'",
                         applicationPackageReferences=[{"applicationId": "tool", "version": "1"}])
        self.assertEqual(task["executionInfo"]["exitCode"], 0, task)
        said = client.call("GET", "/jobs/packed/tasks/t/files/stdout.txt")
        self.assertEqual(said.body, b"from the package")

    def test_a_regenerated_key_ends_what_was_signed_with_the_old_one(self):
        old = self.make_account("rekeyed")
        other = self.client("rekeyed", "secondary")
        self.manage(200, "POST", self.account("rekeyed") + "/regenerateKeys", {"keyName": "Primary"})
        self.assertEqual(old.call("GET", "/pools").status, 403)
        self.assertEqual(other.call("GET", "/pools").status, 200)
        self.assertEqual(self.client("rekeyed").call("GET", "/pools").status, 200)

    def test_authentication_modes_are_kept(self):
        client = self.make_account("tokensonly")
        self.manage(200, "PATCH", self.account("tokensonly"), {"properties": {"allowedAuthenticationModes": ["AAD"]}})
        self.assertEqual(client.call("GET", "/pools").status, 403)
        self.manage(200, "PATCH", self.account("tokensonly"),
                    {"properties": {"allowedAuthenticationModes": ["AAD", "SharedKey"]}})
        self.assertEqual(client.call("GET", "/pools").status, 200)

    def test_a_deleted_account_is_gone_with_its_nodes(self):
        client = self.make_account("leaver")
        self.work(client, "last")
        directory = self.emulator.data_dir / "accounts" / "leaver"
        self.assertTrue(directory.exists())
        self.manage(202, "DELETE", self.account("leaver"))
        self.assertFalse(directory.exists())
        self.assertEqual(client.call("GET", "/pools").status, 403)
        self.manage(200, "DELETE", self.storage("leaver"))
        self.manage(404, "GET", self.storage("leaver"))

    def test_a_deleted_group_takes_its_accounts_along(self):
        other = SUBSCRIPTION + "/resourceGroups/doomed"
        self.manage(201, "PUT", other, {"location": "eastus"})
        self.manage(202, "PUT", other + "/providers/Microsoft.Batch/batchAccounts/doomedbatch", {"location": "eastus"})
        self.manage(202, "PUT", other + "/providers/Microsoft.Storage/storageAccounts/doomedstore", {"location": "eastus"})
        self.manage(200, "DELETE", other)
        self.manage(404, "GET", other)
        listed = self.manage(200, "GET", SUBSCRIPTION + "/providers/Microsoft.Batch/batchAccounts")["value"]
        self.assertNotIn("doomedbatch", [account["name"] for account in listed])


if __name__ == "__main__":
    unittest.main()
