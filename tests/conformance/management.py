"""Applications and their packages through the management operations, under their ARM paths on the Batch port."""
import io
import urllib.request
import zipfile

import rest  # tests/system

VERSION = "2024-02-01"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group/providers/Microsoft.Batch/batchAccounts"


def add_package(emulator, application, version, files):
    """An active package of these files ({name: bytes}), in an application that is made if need be."""
    batch = rest.Batch(emulator.batch)

    def manage(method, path, body=None):
        answer = batch.call(method, f"{GROUP}/{batch.account}/applications/{application}{path}", body, version=VERSION)
        assert answer.status == 200, (method, path, answer.status, answer.body)
        return answer.json()

    manage("PUT", "", {"properties": {"displayName": application}})
    made = manage("PUT", f"/versions/{version}")
    upload = urllib.request.Request(made["properties"]["storageUrl"], data=_zipped(files), method="PUT", headers={"x-ms-blob-type": "BlockBlob"})
    with urllib.request.urlopen(upload, timeout=rest.TIMEOUT) as answer:
        assert answer.status == 201, answer.status
    active = manage("POST", f"/versions/{version}/activate", {"format": "zip"})
    assert active["properties"]["state"] == "Active", active


def _zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
