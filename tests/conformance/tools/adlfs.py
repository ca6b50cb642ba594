#!/usr/bin/env python3
"""adlfs, fsspec's file system on the Blob service: write, list, read, append, copy, trees, remove."""
import os
import sys

import steps


def with_prepared_interpreter():
    """adlfs lives in a virtual environment; this script goes on there."""
    if steps.prepared() is None:
        return
    python = steps.prepared() / "bin" / "python"
    steps.check(python.exists(), f"{python} is not there; run prepare")
    if os.environ.get("ADLFS_PREPARED") != str(python):
        os.execve(python, [str(python), *sys.argv], dict(os.environ, ADLFS_PREPARED=str(python)))


def attempt(step, work):
    """The result of the step; any exception is its failure."""
    try:
        result = work()
    except Exception as error:  # whatever the library raises is what is to be seen
        steps.fail(f"{step}: {type(error).__name__}: {error}")
    steps.ok(step)
    return result


def write(system, path, data, mode="wb"):
    with system.open(path, mode) as file:
        file.write(data)


def with_entra(library, name):
    """The same without a key: azure-identity's default credential."""
    for variable in ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY"):
        os.environ.pop(variable, None)
    system = library(account_name=name, anon=False, skip_instance_cache=True)
    attempt("with Entra ID: make a container", lambda: system.mkdir("adlfsentra"))
    attempt("with Entra ID: write", lambda: write(system, "adlfsentra/a/x", b"hello"))
    steps.check(attempt("with Entra ID: read", lambda: system.cat("adlfsentra/a/x")) == b"hello", "read: other bytes")
    attempt("with Entra ID: copy", lambda: system.cp("adlfsentra/a/x", "adlfsentra/a/y"))
    listed = attempt("with Entra ID: list", lambda: sorted(system.ls("adlfsentra/a")))
    steps.check(listed == ["adlfsentra/a/x", "adlfsentra/a/y"], f"list: {listed}")
    attempt("with Entra ID: remove the container", lambda: system.rm("adlfsentra", recursive=True))


def main():
    with_prepared_interpreter()
    # Not this file, which has the library's name.
    sys.path = [entry for entry in sys.path if os.path.realpath(entry or ".") != os.path.dirname(os.path.realpath(__file__))]
    from adlfs import AzureBlobFileSystem
    name, key = steps.account()
    system = AzureBlobFileSystem(account_name=name, account_key=key)
    with steps.Work() as work:
        attempt("make a container", lambda: system.mkdir("adlfs"))
        large = os.urandom(1 << 20) * 9
        attempt("write a file", lambda: write(system, "adlfs/a/x.txt", b"hello"))
        attempt("write a large file", lambda: write(system, "adlfs/a/large.bin", large))
        steps.check(attempt("read it", lambda: system.cat("adlfs/a/x.txt")) == b"hello", "read: other bytes")
        steps.check(attempt("read the large one", lambda: system.cat("adlfs/a/large.bin")) == large, "read: other bytes")
        part = attempt("read a part", lambda: system.cat_file("adlfs/a/large.bin", start=1000, end=2000))
        steps.check(part == large[1000:2000], "read a part: other bytes")
        for piece in (b"one,", b"two"):
            attempt("append", lambda piece=piece: write(system, "adlfs/a/log", piece, "ab"))
        steps.check(attempt("read what was appended", lambda: system.cat("adlfs/a/log")) == b"one,two", "append: other bytes")
        listed = attempt("list", lambda: sorted(system.ls("adlfs/a")))
        steps.check(listed == ["adlfs/a/large.bin", "adlfs/a/log", "adlfs/a/x.txt"], f"list: {listed}")
        steps.check(attempt("information", lambda: system.info("adlfs/a/x.txt"))["size"] == 5, "information: other size")
        attempt("copy", lambda: system.cp("adlfs/a/x.txt", "adlfs/b/y.txt"))
        attempt("move", lambda: system.mv("adlfs/b/y.txt", "adlfs/b/z.txt"))
        steps.check(system.exists("adlfs/b/z.txt") and not system.exists("adlfs/b/y.txt"), "move: not moved")
        attempt("put a tree", lambda: system.put(str(work.tree), "adlfs/tree", recursive=True))
        attempt("get it", lambda: system.get("adlfs/tree", str(work / "down"), recursive=True))
        steps.same("what came down is what went up", work.tree, work / "down")
        found = attempt("find", lambda: system.find("adlfs/tree"))
        steps.check(len(found) == len(steps.contents(work.tree)), f"find: {found}")
        attempt("remove a file", lambda: system.rm("adlfs/b/z.txt"))
        attempt("remove a tree", lambda: system.rm("adlfs/tree", recursive=True))
        steps.check(not system.find("adlfs/tree"), "remove: files are left")
        attempt("remove the container", lambda: system.rm("adlfs", recursive=True))
        steps.check("adlfs" not in [entry.strip("/") for entry in system.ls("")], "remove: the container is left")
        if steps.identity():
            with_entra(AzureBlobFileSystem, name)
    steps.done()


if __name__ == "__main__":
    main()
