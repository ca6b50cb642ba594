#!/usr/bin/env python3
"""rclone against the Blob service: copy, check, sync, move, single files, list, purge."""
import steps


def main():
    rclone = steps.program("rclone")
    name, key = steps.account()
    with steps.Work() as work:
        config = work / "rclone.conf"
        config.write_text(f"[az]\ntype = azureblob\naccount = {name}\nkey = {key}\n")
        env = steps.environment(RCLONE_CONFIG=str(config))

        def rclone_runs(step, *arguments, **more):
            return steps.run(step, rclone, *arguments, "--retries", "1", env=env, **more)

        rclone_runs("copy a tree up", "copy", str(work.tree), "az:rclone/tree")
        rclone_runs("check it by size and hash", "check", str(work.tree), "az:rclone/tree")
        rclone_runs("copy it down", "copy", "az:rclone/tree", str(work / "down"))
        steps.same("what came down is what went up", work.tree, work / "down")
        rclone_runs("copy on the server", "sync", "az:rclone/tree", "az:rclone2/copy")
        rclone_runs("check the copy", "check", str(work.tree), "az:rclone2/copy")
        rclone_runs("move on the server", "moveto", "az:rclone/tree/one byte", "az:rclone/tree/moved")
        listed = rclone_runs("list", "lsf", "-R", "--files-only", "az:rclone/tree").splitlines()
        steps.check("moved" in listed and "one byte" not in listed, f"list: {listed}")
        (work.tree / "empty").unlink()
        rclone_runs("sync deletes what is gone", "sync", str(work.tree), "az:rclone2/copy")
        rclone_runs("check after the sync", "check", str(work.tree), "az:rclone2/copy")
        rclone_runs("write from standard input", "rcat", "az:rclone/piped", text="from a pipe\n")
        steps.check(rclone_runs("read a single file", "cat", "az:rclone/piped") == "from a pipe\n", "cat: other text")
        rclone_runs("set a tier", "settier", "Cool", "az:rclone/piped")
        rclone_runs("delete one file", "deletefile", "az:rclone/piped")
        for container in ("rclone", "rclone2"):
            rclone_runs(f"purge {container}", "purge", f"az:{container}")
        steps.check("rclone" not in rclone_runs("list containers", "lsd", "az:"), "purge: a container is left")
    steps.done()


if __name__ == "__main__":
    main()
