"""Application packages and certificates from the management operations to the tasks that use them."""
import io
import pathlib
import re
import stat
import unittest
import urllib.error
import urllib.request
import zipfile

import fixture

MANAGEMENT_VERSION = "2024-02-01"
SAMPLES = pathlib.Path(__file__).parents[1] / "unit" / "rest" / "sample_certificates.h"


def zipped(files):
    """A package: name -> (text, mode)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (text, mode) in files.items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(info, text)
    return buffer.getvalue()


def tool(says):
    return zipped({"bin/tool": (f"#!/bin/sh\necho {says}\n", 0o755), "data/words.txt": ("some words\n", 0o644)})


def sample(name):
    """A certificate of the unit tests: one for all kinds of tests."""
    text = SAMPLES.read_text().split(f" {name} =", 1)[1].split(";", 1)[0]
    return "".join(re.findall(r'"([^"]*)"', text))


class Packages(fixture.WithEmulator):
    def manage(self, status, method, path, body=None):
        account = ("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group/providers/Microsoft.Batch"
                   f"/batchAccounts/{self.batch.account}")
        answer = self.batch.call(method, account + path, body, version=MANAGEMENT_VERSION)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json() if answer.body else None

    def upload(self, application, version, package):
        place = f"/applications/{application}/versions/{version}"
        made = self.manage(200, "PUT", place)
        self.assertEqual(made["properties"]["state"], "Pending")
        request = urllib.request.Request(made["properties"]["storageUrl"], data=package, method="PUT",
                                         headers={"x-ms-blob-type": "BlockBlob"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(answer.status, 201)
        active = self.manage(200, "POST", place + "/activate", {"format": "zip"})
        self.assertEqual(active["properties"]["state"], "Active")

    def application(self, name, **versions):
        self.manage(200, "PUT", f"/applications/{name}", {"properties": {"displayName": name}})
        for version, package in versions.items():
            self.upload(name, version.replace("v", "").replace("_", "."), package)

    def test_a_task_runs_a_tool_of_its_package(self):
        self.application("my-tool", v1_0=tool("one"), v2_0=tool("two"))
        self.manage(200, "PATCH", "/applications/my-tool", {"properties": {"defaultVersion": "2.0"}})
        shown = self.succeed(200, "GET", "/applications/my-tool").json()
        self.assertEqual(shown["versions"], ["1.0", "2.0"])
        job = self.add_job("of-task", self.add_pool("plain"))
        task = self.run_task(job, "both", "/bin/sh -c '$AZ_BATCH_APP_PACKAGE_my_tool_1_0/bin/tool; "
                             "$AZ_BATCH_APP_PACKAGE_MY_TOOL/bin/tool; cat $AZ_BATCH_APP_PACKAGE_my_tool/data/words.txt'",
                             applicationPackageReferences=[{"applicationId": "my-tool", "version": "1.0"},
                                                           {"applicationId": "my-tool"}])
        self.assertEqual(task["executionInfo"].get("exitCode"), 0, task)
        self.assertEqual(self.file(job, "both", "stdout.txt"), "one\ntwo\nsome words\n")

    def test_a_pools_package_is_there_for_start_task_and_tasks(self):
        self.application("pooled", v1=tool("pooled"))
        command = "/bin/sh -c '$AZ_BATCH_APP_PACKAGE_pooled_1/bin/tool'"
        pool = self.add_pool("with-package", applicationPackageReferences=[{"applicationId": "pooled", "version": "1"}],
                             startTask={"commandLine": command, "waitForSuccess": True})
        node = self.wait_nodes(pool, 1)[0]
        self.assertEqual(node["startTaskInfo"]["exitCode"], 0)
        job = self.add_job("of-pool", pool)
        self.run_task(job, "t", command)
        self.assertEqual(self.file(job, "t", "stdout.txt"), "pooled\n")

    def test_a_package_that_is_none_makes_the_pools_nodes_unusable(self):
        self.application("broken", v1=b"Hey there!")
        pool = self.add_pool("broken", applicationPackageReferences=[{"applicationId": "broken", "version": "1"}])
        node = self.wait_nodes(pool, 1, "unusable")[0]
        self.assertEqual(node["errors"][0]["code"], "ApplicationPackageError")

    def test_a_task_with_a_missing_package_fails_without_having_run(self):
        job = self.add_job("of-none", self.add_pool("bare"))
        task = self.run_task(job, "t", "/bin/true", applicationPackageReferences=[{"applicationId": "none"}],
                             constraints={"maxTaskRetryCount": 3})
        info = task["executionInfo"]
        self.assertEqual(info["failureInfo"]["code"], "ApplicationPackageError")
        self.assertEqual(info["retryCount"], 0)
        self.assertNotIn("exitCode", info)

    def test_deleting_a_package_deletes_its_blob(self):
        self.application("short-lived", v1=tool("x"))
        url = self.manage(200, "GET", "/applications/short-lived/versions/1")["properties"]["storageUrl"]
        with urllib.request.urlopen(url, timeout=30) as answer:
            self.assertEqual(answer.status, 200)
        self.manage(200, "DELETE", "/applications/short-lived/versions/1")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url, timeout=30)
        self.assertEqual(refused.exception.code, 404)
        refused.exception.close()
        self.manage(200, "DELETE", "/applications/short-lived")

    def test_a_task_sees_its_pools_certificate(self):
        thumbprint = sample("kThumbprint")
        self.succeed(201, "POST", "/certificates", {
            "thumbprint": thumbprint, "thumbprintAlgorithm": "sha1", "data": sample("kPfx"), "certificateFormat": "pfx",
            "password": "secret"})
        address = f"/certificates(thumbprintAlgorithm=sha1,thumbprint={thumbprint})"
        reference = {"thumbprint": thumbprint, "thumbprintAlgorithm": "sha1", "visibility": ["task"]}
        pool = self.add_pool("certified", certificateReferences=[reference])
        node = self.wait_nodes(pool, 1)[0]
        self.assertEqual([r["thumbprint"] for r in node["certificateReferences"]], [thumbprint])
        job = self.add_job("of-certificate", pool)
        self.run_task(job, "t", f"/bin/sh -c 'cd $AZ_BATCH_CERTIFICATES_DIR && ls && cat sha1-{thumbprint}.pfx.pw'")
        self.assertEqual(self.file(job, "t", "stdout.txt"), f"sha1-{thumbprint}.pfx\nsha1-{thumbprint}.pfx.pw\nsecret")
        self.succeed(202, "DELETE", address)
        failed = self.wait(lambda: next((c for c in self.batch.all("/certificates") if c["state"] == "deletefailed"), None),
                           "the deletion having failed")
        self.assertEqual(failed["deleteCertificateError"]["values"], [{"name": "Pools", "value": "certified"}])
        self.succeed(204, "POST", address + "/canceldelete")


if __name__ == "__main__":
    unittest.main()
