"""The table of real clients: each is installed from its registry and runs, unchanged, against `batch-emulator run`.

A row's `prepare` command leaves the client in the folder that {environment} stands for, nothing outside it. Exit code 77
says that it cannot be installed here; the last line it printed says why. The `command` runs inside `batch-emulator run`,
prints `ok: STEP` after each step that held and `done` as its last line. `stops: REASON` in place of `done` is accepted from
a row with `may_stop`: what the client would need next is outside the emulator, and the table says so.
"""
import dataclasses
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Row:
    name: str                    # of the test and for --only
    language: str                # or the kind of client
    client: str                  # packages and the versions that `prepare` pins
    does: str                    # what the row is there to show
    environment: str             # folder below the folder of environments; rows may share one
    prepare: tuple
    command: tuple
    quick: bool = False          # part of scripts/test
    within: int = 300            # seconds for the command
    prepare_within: int = 900
    run_options: tuple = ()      # of `batch-emulator run`
    path: tuple = ()             # folders that `run` and the emulator find programs in before all others
    may_stop: bool = False


def _python(name, client, does, environment, script, *arguments, **more):
    return Row(name, "Python", client, does, environment,
               (f"{HERE}/prepare_environment", "{environment}", f"{HERE}/requirements-{environment}.txt"),
               ("{environment}/bin/python", f"{HERE}/python/{script}", *arguments), **more)


def _javascript(name, client, does, environment, pins, script, **more):
    return Row(name, "JavaScript", client, does, environment, (f"{HERE}/javascript/prepare", "{environment}", pins),
               ("env", "NODE_PATH={environment}/node_modules", "node", f"{HERE}/javascript/{script}"), **more)


def _go(name, client, does, program, **more):
    return Row(name, "Go", client, does, "go", (f"{HERE}/go/prepare", "{environment}", program), ("{environment}/" + program, ), **more)


def _java(name, client, does, environment, pins, program, *arguments, **more):
    return Row(name, "Java", client, does, environment, (f"{HERE}/java/prepare", "{environment}", pins),
               (f"{HERE}/java/run", "{environment}/lib", program, *arguments), **more)


def _tool(tool, language, client, does, script, **more):
    return Row(tool, language, client, does, tool, (f"{HERE}/tools/prepare", tool, "{environment}"),
               ("python3", f"{HERE}/tools/{script}.py", "{environment}"), **more)


BATCH_WORK = "pool, job, 150 tasks, files, paging, deletion"
ARTICLE = "azure-batch 6.0.0, azure-storage-blob 1.4.0"
TRACK1 = "azure-batch 14.2.0, azure-storage-blob 2.1.0"
AZ_WORK = "az login, az batch account login with and without --shared-key-auth, pool, job, tasks, task file, blobs"
TREES = "copy a tree up and down, compare, copy on the server, list, remove"
SNAKEMAKE = "snakemake 8.30.0, snakemake-executor-plugin-azure-batch 0.3.0, snakemake-storage-plugin-azure 0.3.0"
JAVA_BATCH = "com.microsoft.azure:azure-batch 11.2.0"
NEWEST = "azure-batch 15.1.0, azure-storage-blob 12.31.1"

ROWS = (
    _python("python-article", ARTICLE, "the article's workflow, shared key", "article", "track1.py", "shared-key", quick=True),
    _python("python-article-own-accounts", ARTICLE, "the article's workflow, with accounts and keys that the emulator was never told", "article",
            "track1.py", "own-accounts", quick=True),
    _python("python-article-entra", f"{ARTICLE}, msrestazure 0.6.4", "the article's workflow, service principal (ADAL)", "article", "track1.py", "entra", quick=True),
    _python("python-track1", TRACK1, "the article's workflow, shared key", "track1", "track1.py", "shared-key", quick=True),
    _python("python-track1-entra", f"{TRACK1}, msrestazure 0.6.4", "the article's workflow, service principal (ADAL)", "track1", "track1.py", "entra", quick=True),
    _python("python-newest", NEWEST, "the article's workflow, shared key", "newest", "newest.py", "shared-key", quick=True),
    _python("python-newest-secret", f"{NEWEST}, azure-identity 1.27.0", "the article's workflow, ClientSecretCredential, user delegation SAS", "newest", "newest.py", "client-secret", quick=True),
    _python("python-newest-imds", f"{NEWEST}, azure-identity 1.27.0", "the article's workflow, DefaultAzureCredential by the machine's IMDS", "newest", "newest.py", "managed-identity", quick=True),
    _python("python-newest-aio", f"{NEWEST} (aio), azure-identity 1.27.0", "the article's workflow, asynchronous, ClientSecretCredential", "newest", "newest_aio.py", quick=True),
    _javascript("javascript-8", "@azure/batch 8.0.0", f"{BATCH_WORK}, shared key", "javascript-8", "8", "track1.js", quick=True),
    _javascript("javascript-10", "@azure/batch 10.2.0", f"{BATCH_WORK}, shared key", "javascript", ".", "track1.js", quick=True),
    _javascript("javascript-newest", "@azure/batch 10.2.0, @azure/storage-blob 12.34.0, @azure/identity 4.14.1",
                f"{BATCH_WORK}, blobs, ClientSecretCredential, user delegation SAS", "javascript-newest", "newest", "newest.js", quick=True),
    _java("java-track1", JAVA_BATCH, f"{BATCH_WORK}, shared key", "java", ".", "Track1", "shared-key", quick=True),
    _java("java-track1-entra", JAVA_BATCH, f"{BATCH_WORK}, service principal (ADAL)", "java", ".", "Track1", "entra", quick=True),
    _java("java-newest", f"com.azure:azure-storage-blob 12.35.0, com.azure:azure-identity 1.18.4, {JAVA_BATCH}",
          f"{BATCH_WORK}, blobs, ClientSecretCredential, user delegation SAS", "java-newest", "newest", "Newest", quick=True),
    _java("java-compute-batch", "com.azure:azure-compute-batch 1.0.0-beta.6", BATCH_WORK, "java-compute-batch", "compute-batch", "ComputeBatch"),
    _go("go-newest", "azbatch v0.1.0, azblob v1.8.3, azidentity v1.15.0", f"{BATCH_WORK}, blobs, ClientSecretCredential, user delegation SAS", "newest"),
    _go("go-track1", "azure-sdk-for-go v68.0.0 (batch/2020-09-01.12.0), go-autorest v0.11.30", f"{BATCH_WORK}, service principal", "track1"),
    Row("az-debian", "Azure CLI", "azure-cli 2.45.0 (Debian's package)", AZ_WORK, "az-debian", (f"{HERE}/cli/prepare-debian", "azure-cli"),
        (f"{HERE}/cli/batch.sh", "/usr/bin/az"), within=900),
    Row("az-newest", "Azure CLI", "azure-cli 2.91.0 (PyPI)", AZ_WORK, "az", (f"{HERE}/prepare_environment", "{environment}", f"{HERE}/requirements-az.txt"),
        (f"{HERE}/cli/batch.sh", "{environment}/bin/az"), within=900),
    _tool("rclone", "Tool", "rclone 1.60.1 (Debian's package)", TREES, "rclone", quick=True),
    _tool("rclone-newest", "Tool", "rclone v1.76.0", TREES, "rclone"),
    _tool("restic", "Tool", "restic 0.14.0 (Debian's package)", "back a tree up, check, restore, compare", "restic", quick=True),
    _tool("restic-newest", "Tool", "restic v0.18.1", "back a tree up, check, restore, compare", "restic"),
    _tool("azcopy", "Tool", "azcopy 10.32.2 (npm)", TREES, "azcopy", quick=True),
    _tool("adlfs", "Python", "adlfs 2026.8.0", "write, list, read, remove", "adlfs", quick=True),
    Row("snakemake", "Workflows", SNAKEMAKE, "a two-step pipeline, each step a task in a container", "snakemake",
        (f"{HERE}/snakemake/prepare", "{environment}"), ("{environment}/bin/python", f"{HERE}/snakemake/pipeline.py"), within=360, may_stop=True),
    Row("snakemake-no-engine", "Workflows", SNAKEMAKE, "the same pipeline, its containers being processes of this machine (tests/fakes/container_engine.py)",
        "snakemake", (f"{HERE}/snakemake/prepare", "{environment}"), ("{environment}/bin/python", f"{HERE}/snakemake/pipeline.py"), within=360,
        path=("{environment}/engine", "{environment}/bin")),
    Row("nextflow", "Workflows", "nextflow 24.10.0, nf-azure 1.10.1", "a two-step pipeline, each step a task in a container", "nextflow",
        (f"{HERE}/nextflow/prepare", "{environment}"), (f"{HERE}/nextflow/run", "{environment}"), within=600, may_stop=True),
)
