#!/usr/bin/env python3
"""azcopy with an account SAS: make, copy up, list, copy down, sync, copy between containers, tiers, remove."""
import base64
import datetime
import hashlib
import hmac
import pathlib
import urllib.parse

import steps

VERSION = "2022-11-02"


def account_sas(name, key):
    """A SAS for everything of the blob service, good for two hours."""
    expiry = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"sp": "rwdlacupt", "ss": "b", "srt": "sco", "st": "", "se": expiry, "sip": "", "spr": "https", "sv": VERSION,
              "ses": ""}
    text = "\n".join([name, *fields.values(), ""])
    signature = base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()
    return urllib.parse.urlencode({**{n: v for n, v in fields.items() if v}, "sig": signature})


def with_entra(azcopy, work, name):
    """The same with a service principal's tokens; both sides of a copy are opened by them."""
    tenant, client, secret = steps.identity()
    env = steps.environment(AZCOPY_LOG_LOCATION=str(work / "log"), AZCOPY_JOB_PLAN_LOCATION=str(work / "plan"),
                            AZCOPY_DISABLE_SYSLOG="true", HOME=str(work.folder), AZCOPY_AUTO_LOGIN_TYPE="SPN",
                            AZCOPY_SPA_APPLICATION_ID=client, AZCOPY_SPA_CLIENT_SECRET=secret, AZCOPY_TENANT_ID=tenant)
    first, second = (f"https://{name}.blob.core.windows.net/entra{number}" for number in (1, 2))
    for step, arguments in (("make a container", ("make", first)), ("make another", ("make", second)),
                            ("copy up", ("copy", str(work.tree), first, "--recursive")),
                            ("copy between containers", ("copy", first + "/*", second, "--recursive")),
                            ("copy down", ("copy", second + "/tree", str(work / "entra"), "--recursive"))):
        steps.run(f"with Entra ID: {step}", azcopy, *arguments, env=env)
    steps.same("with Entra ID: what came down is what went up", work.tree, work / "entra" / "tree")
    for url in (first, second):
        steps.run(f"with Entra ID: remove {url.rsplit('/', 1)[1]}", azcopy, "remove", url, "--recursive", env=env)


def main():
    azcopy = steps.program("azcopy")
    name, key = steps.account()
    sas = account_sas(name, key)

    def url(path):
        return f"https://{name}.blob.core.windows.net/{path}?{sas}"

    with steps.Work() as work:
        env = steps.environment(AZCOPY_LOG_LOCATION=str(work / "log"), AZCOPY_JOB_PLAN_LOCATION=str(work / "plan"),
                                AZCOPY_DISABLE_SYSLOG="true", HOME=str(work.folder))

        def azcopy_runs(step, *arguments, **more):
            return steps.run(step, azcopy, *arguments, env=env, **more)

        azcopy_runs("make a container", "make", url("azcopy"))
        azcopy_runs("copy a tree up", "copy", str(work.tree), url("azcopy"), "--recursive", "--put-md5")
        listed = azcopy_runs("list", "list", url("azcopy"))
        for file in steps.contents(work.tree):
            steps.check(f"tree/{file}" in listed, f"list: {file} is missing in {listed}")
        azcopy_runs("copy it down", "copy", url("azcopy/tree"), str(work / "down"), "--recursive", "--check-md5",
                    "FailIfDifferent")
        steps.same("what came down is what went up", work.tree, work / "down" / "tree")
        (work.tree / "sub" / "text.txt").write_text("changed\n")
        (work.tree / "empty").unlink()
        azcopy_runs("sync up", "sync", str(work.tree), url("azcopy/tree"), "--delete-destination=true",
                    "--compare-hash=MD5", "--put-md5")
        azcopy_runs("sync down", "sync", url("azcopy/tree"), str(work / "down" / "tree"), "--delete-destination=true")
        steps.same("both sides are the same after the syncs", work.tree, work / "down" / "tree")
        azcopy_runs("copy between containers", "copy", url("azcopy/*"), url("azcopy2"), "--recursive")
        azcopy_runs("copy the copy down", "copy", url("azcopy2/tree"), str(work / "second"), "--recursive")
        steps.same("the copy is the same", work.tree, work / "second" / "tree")
        azcopy_runs("set tiers", "set-properties", url("azcopy2/tree/sub"), "--recursive", "--block-blob-tier=cool")
        azcopy_runs("remove one blob", "remove", url("azcopy/tree/" + urllib.parse.quote("one byte")))
        azcopy_runs("remove a folder", "remove", url("azcopy/tree/sub"), "--recursive")
        left = azcopy_runs("list what is left", "list", url("azcopy"))
        steps.check("sub/" not in left and "one byte" not in left, f"remove: {left}")
        for container in ("azcopy", "azcopy2"):
            azcopy_runs(f"remove container {container}", "remove", url(container), "--recursive")
        if steps.identity():
            with_entra(azcopy, work, name)
    steps.done()


if __name__ == "__main__":
    main()
