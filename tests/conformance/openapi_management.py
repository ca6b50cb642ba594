"""Every operation of the described management plane answers as its description says (tests/data/openapi/management.json),
or is refused with 501 and its name.

The operations are called in the order of a life: accounts, what is in them, and their end. Each answer's status, headers
and body are held against the description, more strictly than for the Batch service: enumerations in their own casing.
"""
import base64
import hashlib
import http.client
import io
import json
import pathlib
import ssl
import unittest
import urllib.parse
import urllib.request
import zipfile

import certificates
import openapi_document
import rest  # tests/system

import fixture

DESCRIPTION = json.loads((pathlib.Path(__file__).resolve().parents[1] / "data" / "openapi" / "management.json").read_text(encoding="utf-8"))
VERSION = DESCRIPTION["version"][0]
SUBSCRIPTION = "12345678-1234-1234-1234-123456789abc"
PATIENCE = 30.0
NOT_OFFERED = {"BatchAccount_ListDetectors", "BatchAccount_GetDetector", "Certificate_Update"}
# There are no private links and endpoints, so that none can be got.
NOT_THERE = {"PrivateLinkResource_Get", "PrivateEndpointConnection_Get", "PrivateEndpointConnection_Update"}


class Description(openapi_document.Document):
    def __init__(self):
        self.version = VERSION

    def definition(self, name):
        return DESCRIPTION["definitions"][name]

    def _string(self, value, schema, where):
        found = super()._string(value, schema, where)
        if not found and "enum" in schema and value not in schema["enum"]:
            found.append(f"{where} is {value!r}, in another casing than {schema['enum']}")
        return found


def machine(**members):
    return {"imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest"},
            "nodeAgentSkuId": "batch.node.ubuntu 22.04", **members}


def pool(scale, **members):
    return {"vmSize": "STANDARD_D2S_V3", "deploymentConfiguration": {"virtualMachineConfiguration": machine()}, "scaleSettings": scale, **members}


# All that a pool may have, so that every shape is read back.
FULL_POOL = pool(
    {"fixedScale": {"targetDedicatedNodes": 1, "targetLowPriorityNodes": 0, "resizeTimeout": "PT8M", "nodeDeallocationOption": "TaskCompletion"}},
    displayName="Everything", interNodeCommunication="Disabled", taskSlotsPerNode=2, taskSchedulingPolicy={"nodeFillType": "Pack"},
    metadata=[{"name": "a", "value": "b"}], targetNodeCommunicationMode="Simplified", resourceTags={"team": "a"},
    userAccounts=[{"name": "someone", "password": "Secret~word~1", "elevationLevel": "Admin", "linuxUserConfiguration": {"uid": 1500, "gid": 1500}}],
    networkConfiguration={"dynamicVnetAssignmentScope": "none", "publicIPAddressConfiguration": {"provision": "BatchManaged"},
                          "endpointConfiguration": {"inboundNatPools": [
                              {"name": "web", "protocol": "TCP", "backendPort": 8080, "frontendPortRangeStart": 15000, "frontendPortRangeEnd": 15100,
                               "networkSecurityGroupRules": [{"priority": 150, "access": "Allow", "sourceAddressPrefix": "*"}]}]}},
    startTask={"commandLine": "/bin/true", "environmentSettings": [{"name": "A", "value": "b"}], "maxTaskRetryCount": 1, "waitForSuccess": True,
               "userIdentity": {"autoUser": {"scope": "Pool", "elevationLevel": "NonAdmin"}}})


class Management(fixture.WithEmulator):
    options = ("--entra",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.description = Description()
        cls.called = set()
        authority = cls.emulator.data_dir / "ca" / "ca.pem"
        if not authority.exists():
            cls.send("GET", "/healthz", context=ssl._create_unverified_context())
        cls.context = ssl.create_default_context(cafile=authority)
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "app", "client_secret": "word",
                                       "scope": "https://management.azure.com/.default"})
        token = cls.send("POST", f"/{SUBSCRIPTION}/oauth2/v2.0/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        cls.token = token.json()["access_token"]

    @classmethod
    def send(cls, method, target, body=None, headers=None, context=None):
        connection = http.client.HTTPSConnection(cls.batch.url.hostname, cls.batch.url.port, timeout=PATIENCE, context=context or cls.context)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            return rest.Answer(connection.getresponse())
        finally:
            connection.close()

    def ask(self, method, target, body=None, headers=None):
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        return self.send(method, target, None if body is None else json.dumps(body), sent)

    def operate(self, operation, body=None, query="", status=None, headers=None, **names):
        """One request, and its answer held against the description."""
        described = DESCRIPTION["operations"][operation]
        defaults = {"subscriptionId": SUBSCRIPTION, "resourceGroupName": "group", "accountName": "described", "locationName": "westeurope"}
        path = described["path"].format(**{**defaults, **names})
        answer = self.ask(described["method"], f"{path}?api-version={VERSION}{query}", body, headers)
        self.called.add(operation)
        where = f"{operation} {answer.status} {answer.body[:400]}"
        response = described["responses"].get(str(answer.status))
        self.assertIsNotNone(response, f"not described: {where}")
        if status is not None:
            self.assertEqual(answer.status, status, where)
        for header in response["headers"]:
            self.assertIn(header, answer.headers, where)
        self.assertIn("x-ms-request-id", answer.headers)
        if "schema" not in response:
            self.assertEqual(answer.body, b"", where)
            return answer
        self.assertTrue(answer.headers["Content-Type"].startswith("application/json"), where)
        self.assertEqual(self.description.problems(answer.json(), response["schema"]), [], where)
        return answer

    def polled(self, answer):
        """The end of what an answer of 202 began."""
        url = urllib.parse.urlsplit(answer.headers["Location"])
        self.assertEqual(url.netloc, self.batch.url.netloc)
        result = None

        def over():
            nonlocal result
            result = self.ask("GET", f"{url.path}?{url.query}")
            return result.status != 202
        self.wait(over, f"the result of {url.path}", within=PATIENCE)
        self.assertEqual(result.status, 200, result.body)
        return result

    def is_error(self, answer, status, code):
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (status, code), answer.body)
        self.assertEqual(self.description.problems(answer.json(), {"$ref": "CloudError"}), [])

    def test_every_operation(self):
        for part in (self.locations, self.account, self.network, self.applications, self.certificates, self.pools, self.end_of_the_account, self.refused):
            with self.subTest(part.__name__):
                part()
        described = set(DESCRIPTION["operations"])
        self.assertEqual(described - self.called, set(), "operations that nothing called")

    def locations(self):
        self.operate("Operations_List")
        self.operate("Location_GetQuotas")
        sizes = self.operate("Location_ListSupportedVirtualMachineSkus", query="&maxresults=5").json()
        self.assertEqual(len(sizes["value"]), 5)
        self.operate("Location_ListSupportedCloudServiceSkus")
        free = {"name": "described", "type": "Microsoft.Batch/batchAccounts"}
        self.assertTrue(self.operate("Location_CheckNameAvailability", free).json()["nameAvailable"])

    def account(self):
        storage = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/describedstore"
        made = self.ask("PUT", f"{storage}?api-version=2023-01-01", {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
        self.assertEqual(made.status, 202, made.body)
        body = {"location": "westeurope", "tags": {"team": "a"}, "identity": {"type": "SystemAssigned"},
                "properties": {"autoStorage": {"storageAccountId": storage}, "encryption": {"keySource": "Microsoft.Batch"}}}
        answer = self.operate("BatchAccount_Create", body, status=202)
        account = self.polled(answer).json()
        self.assertEqual(self.description.problems(account, {"$ref": "BatchAccount"}), [])
        self.assertEqual(account["properties"]["autoStorage"]["storageAccountId"], storage)
        self.assertEqual(self.operate("BatchAccount_Get").json(), account)
        self.operate("BatchAccount_List")
        self.assertEqual([one["name"] for one in self.operate("BatchAccount_ListByResourceGroup").json()["value"]], ["described"])
        self.operate("BatchAccount_Update", {"tags": {"team": "b"}})
        keys = self.operate("BatchAccount_GetKeys").json()
        changed = self.operate("BatchAccount_RegenerateKey", {"keyName": "Primary"}).json()
        self.assertEqual(changed["secondary"], keys["secondary"])
        self.operate("BatchAccount_SynchronizeAutoStorageKeys", status=204)

    def network(self):
        self.operate("BatchAccount_ListOutboundNetworkDependenciesEndpoints")
        self.operate("PrivateLinkResource_ListByBatchAccount")
        self.operate("PrivateEndpointConnection_ListByBatchAccount")
        self.operate("PrivateEndpointConnection_Delete", privateEndpointConnectionName="c", status=204)
        for operation in NOT_THERE:
            described = DESCRIPTION["operations"][operation]
            names = {"subscriptionId": SUBSCRIPTION, "resourceGroupName": "group", "accountName": "described",
                     "privateLinkResourceName": "x", "privateEndpointConnectionName": "x"}
            answer = self.ask(described["method"], described["path"].format(**names) + f"?api-version={VERSION}", {} if "body" in described else None)
            self.called.add(operation)
            self.is_error(answer, 404, "NotFound")

    def applications(self):
        self.operate("Application_Create", {"properties": {"displayName": "An application", "allowUpdates": True}}, applicationName="app")
        package = self.operate("ApplicationPackage_Create", {}, applicationName="app", versionName="1.0").json()
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("hello.txt", "hello")
        upload = urllib.request.Request(package["properties"]["storageUrl"], data=content.getvalue(), method="PUT", headers={"x-ms-blob-type": "BlockBlob"})
        with urllib.request.urlopen(upload, timeout=PATIENCE) as answer:
            self.assertEqual(answer.status, 201)
        self.operate("ApplicationPackage_Activate", {"format": "zip"}, applicationName="app", versionName="1.0")
        self.operate("ApplicationPackage_Get", applicationName="app", versionName="1.0")
        self.operate("ApplicationPackage_List", applicationName="app")
        self.operate("Application_Update", {"properties": {"defaultVersion": "1.0"}}, applicationName="app")
        self.operate("Application_Get", applicationName="app")
        self.operate("Application_List")

    def certificates(self):
        der = certificates.new_certificate("described")
        name = "sha1-" + hashlib.sha1(der).hexdigest()
        body = {"properties": {"data": base64.b64encode(der).decode(), "format": "Cer"}}
        self.operate("Certificate_Create", body, certificateName=name, headers={"If-None-Match": "*"})
        self.operate("Certificate_Get", certificateName=name)
        self.operate("Certificate_ListByBatchAccount")
        self.polled(self.operate("Certificate_Delete", certificateName=name, status=202))
        self.operate("Certificate_Delete", certificateName=name, status=204)
        # One that a pool uses cannot be deleted, which is what a cancelled deletion takes back.
        self.operate("Certificate_Create", body, certificateName=name)
        account = DESCRIPTION["operations"]["BatchAccount_Get"]["path"].format(subscriptionId=SUBSCRIPTION, resourceGroupName="group", accountName="described")
        users = pool({"fixedScale": {"targetDedicatedNodes": 0}}, certificates=[{"id": f"{account}/certificates/{name}", "visibility": ["Task"]}])
        self.operate("Pool_Create", {"properties": users}, poolName="users")
        self.operate("Certificate_Delete", certificateName=name, status=202)
        failed = self.wait(lambda: next((one for one in [self.operate("Certificate_Get", certificateName=name).json()]
                                         if one["properties"]["provisioningState"] == "Failed"), None), "the deletion failing", within=PATIENCE)
        self.assertIn("deleteCertificateError", failed["properties"])
        self.operate("Certificate_CancelDeletion", certificateName=name)

    def pools(self):
        account = DESCRIPTION["operations"]["BatchAccount_Get"]["path"].format(subscriptionId=SUBSCRIPTION, resourceGroupName="group", accountName="described")
        packages = [{"id": f"{account}/applications/app", "version": "1.0"}]
        identity = {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i": {}}}
        made = self.operate("Pool_Create", {"properties": {**FULL_POOL, "applicationPackages": packages}, "identity": identity}, poolName="full").json()
        self.assertEqual(made["properties"]["applicationPackages"], packages)
        for member in ("networkConfiguration", "taskSchedulingPolicy", "startTask", "metadata", "displayName", "resourceTags"):
            self.assertLessEqual(json.dumps(FULL_POOL[member])[:1], json.dumps(made["properties"][member])[:1], member)
        self.assertNotIn("Secret~word~1", json.dumps(made))

        def is_sized():
            properties = self.operate("Pool_Get", poolName="full").json()["properties"]
            return properties["allocationState"] == "Steady" and properties["currentDedicatedNodes"] == 1
        self.wait(is_sized, "the pool having its node", within=PATIENCE)
        self.operate("Pool_ListByBatchAccount")
        self.operate("Pool_Update", {"properties": {"metadata": []}}, poolName="full", headers={"If-Match": self.operate("Pool_Get", poolName="full").json()["etag"]})
        self.operate("Pool_Update", {"properties": {"scaleSettings": {"autoScale": {"formula": "$TargetDedicatedNodes = 0;"}}}}, poolName="full")
        self.wait(lambda: "autoScaleRun" in self.operate("Pool_Get", poolName="full").json()["properties"], "the formula's run", within=PATIENCE)
        self.operate("Pool_DisableAutoScale", poolName="full")
        self.operate("Pool_Create", {"properties": pool({"fixedScale": {"targetDedicatedNodes": 1}})}, poolName="resized")
        path = DESCRIPTION["operations"]["Pool_StopResize"]["path"].format(subscriptionId=SUBSCRIPTION, resourceGroupName="group", accountName="described", poolName="resized")
        stopped = self.ask("POST", f"{path}?api-version={VERSION}")
        self.called.add("Pool_StopResize")
        if stopped.status == 200:  # it may be over already
            self.assertEqual(self.description.problems(stopped.json(), {"$ref": "Pool"}), [])
        else:
            self.is_error(stopped, 409, "OperationInvalidForCurrentState")
        for name in ("full", "resized", "users"):
            self.polled(self.operate("Pool_Delete", poolName=name, status=202))
        self.operate("Pool_Delete", poolName="full", status=204)

    def end_of_the_account(self):
        self.operate("ApplicationPackage_Delete", applicationName="app", versionName="1.0", status=200)
        self.operate("Application_Delete", applicationName="app", status=200)
        self.polled(self.operate("BatchAccount_Delete", status=202))
        self.operate("BatchAccount_Delete", status=204)

    def refused(self):
        """What is not offered says so by name."""
        for operation in NOT_OFFERED:
            described = DESCRIPTION["operations"][operation]
            names = {"subscriptionId": SUBSCRIPTION, "resourceGroupName": "group", "accountName": self.batch.account,
                     "certificateName": "sha1-" + "0" * 40, "detectorId": "d"}
            answer = self.ask(described["method"], described["path"].format(**names) + f"?api-version={VERSION}", {} if "body" in described else None)
            self.called.add(operation)
            self.is_error(answer, 501, "NotImplemented")
            self.assertIn(operation, answer.json()["error"]["message"])


if __name__ == "__main__":
    unittest.main()
