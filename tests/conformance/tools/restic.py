#!/usr/bin/env python3
"""restic with its repository in the Blob service: init, backup, check with all data, restore, forget and prune."""
import steps


def main():
    restic = steps.program("restic")
    name, key = steps.account()
    with steps.Work() as work:
        env = steps.environment(AZURE_ACCOUNT_NAME=name, AZURE_ACCOUNT_KEY=key, RESTIC_PASSWORD="password of the test",
                                RESTIC_REPOSITORY="azure:restic:/repository", RESTIC_CACHE_DIR=str(work / "cache"))

        def restic_runs(step, *arguments):
            return steps.run(step, restic, *arguments, env=env)

        restic_runs("init", "init")
        restic_runs("backup", "backup", str(work.tree))
        (work.tree / "sub" / "text.txt").write_text("changed\n")
        (work.tree / "new").write_text("new\n")
        restic_runs("backup again", "backup", str(work.tree))
        snapshots = restic_runs("snapshots", "snapshots", "--compact")
        steps.check("2 snapshots" in snapshots, f"snapshots: {snapshots}")
        restic_runs("check with all data", "check", "--read-data")
        restic_runs("restore", "restore", "latest", "--target", str(work / "restored"))
        steps.same("what was restored is what was backed up", work.tree, f"{work / 'restored'}{work.tree}")
        restic_runs("forget and prune", "forget", "--keep-last", "1", "--prune")
        restic_runs("check after the prune", "check", "--read-data")
        steps.check("1 snapshots" in restic_runs("snapshots after the prune", "snapshots", "--compact"), "prune: not one")
    steps.done()


if __name__ == "__main__":
    main()
