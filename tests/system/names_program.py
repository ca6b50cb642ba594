"""A program written for Azure: it knows real names and the variables that Azure's own tools read, and nothing of an
emulator. Runs one task whose files come from and go to storage, and prints what came out."""
import os
import sys
import time
import urllib.error
import urllib.request

import rest

DEADLINE = 60.0


class _Real:
    """Requests by urllib, which takes proxy and authorities from the environment as any Python program does."""

    def exchange(self, method, target, body, headers):
        url = f"{self.url.scheme}://{self.url.netloc}{target}"
        # Else urllib would name a type of its own, which the signature does not cover.
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "", **headers}, method=method)
        try:
            return rest.Answer(urllib.request.urlopen(request, timeout=30))
        except urllib.error.HTTPError as answer:
            return rest.Answer(answer)


class Batch(_Real, rest.Batch):
    pass


class Blob(_Real, rest.Blob):
    pass


def check(answer, status):
    assert answer.status == status, (answer.status, answer.body)
    return answer


def wait_for(look, what):
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


def services():
    env = os.environ
    if "PROGRAM_KEY" in env:  # as programs do that have a configuration of their own
        account, key = env["PROGRAM_ACCOUNT"], env["PROGRAM_KEY"]
        return (Batch({"url": f"https://{account}.westeurope.batch.azure.com", "account": account, "key": key}),
                Blob({"url": f"https://{account}.blob.core.windows.net", "account": account, "key": key}))
    account = env["AZURE_STORAGE_ACCOUNT"]
    batch = Batch({"url": env["AZURE_BATCH_ENDPOINT"], "account": env["AZURE_BATCH_ACCOUNT"], "key": env["AZURE_BATCH_ACCESS_KEY"]})
    blob = Blob({"url": f"https://{account}.blob.core.windows.net", "account": account, "key": env["AZURE_STORAGE_KEY"]})
    return batch, blob


def add_task(batch, blob, task_id, command, **members):
    input_file = {"httpUrl": blob.blob_url("run", "input.txt", "r"), "filePath": "input.txt"}
    output = {"filePattern": "output.txt", "uploadOptions": {"uploadCondition": "taskcompletion"},
              "destination": {"container": {"containerUrl": blob.container_url("run", "w"), "path": f"{task_id}.txt"}}}
    body = {"id": task_id, "commandLine": command, "resourceFiles": [input_file], "outputFiles": [output], **members}
    check(batch.call("POST", "/jobs/job/tasks", body), 201)
    return wait_for(lambda: ended(batch, task_id), f"task {task_id} has not ended")


def ended(batch, task_id):
    task = check(batch.call("GET", f"/jobs/job/tasks/{task_id}"), 200).json()
    return task if task["state"] == "completed" else None


def main():
    batch, blob = services()
    check(blob.call("PUT", "/run", {"restype": "container"}), 201)
    check(blob.put("/run/input.txt", b"from storage"), 201)
    mount = {"azureBlobFileSystemConfiguration": {"accountName": blob.account, "accountKey": blob.key, "containerName": "run",
                                                  "relativeMountPath": "mounted"}}
    check(batch.call("POST", "/pools", rest.pool("pool", mountConfiguration=[mount])), 201)
    check(batch.call("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}}), 201)
    # What the task does by itself reaches the same names.
    own = blob.blob_url("run", "input.txt", "r")
    command = (f"/bin/bash -c 'set -e; cat input.txt $AZ_BATCH_NODE_MOUNTS_DIR/mounted/input.txt > output.txt; echo \" $AZ_BATCH_ACCOUNT_URL\" >> output.txt; "
               f"python3 -c \"import sys,urllib.request;print(urllib.request.urlopen(sys.argv[1]).read().decode())\" \"{own}\" >> output.txt'")
    task = add_task(batch, blob, "task", command)
    print(task["executionInfo"])
    print(check(blob.call("GET", "/run/task.txt"), 200).body.decode())
    elsewhere = {"httpUrl": "https://example.com/data.bin", "filePath": "data.bin"}
    refused = add_task(batch, blob, "refused", "true", resourceFiles=[elsewhere])
    print(refused["executionInfo"]["failureInfo"])
    for line in sys.argv[1:]:
        print(line)
    return 0 if task["executionInfo"].get("exitCode") == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
