#!/usr/bin/env -S python3 -S -E
"""Plays docker or podman: a copy of this file under that name on the PATH. "Containers" are processes of this machine.

What it was told stands in `calls` beside it. Images called missing* cannot be pulled, private* only with credentials;
every other pull succeeds and the image stays. `create --refuse` fails, the program `/none` is not in any image.
"""
import json
import os
import pathlib
import sys

HOME = pathlib.Path(sys.argv[0]).resolve().parent
TAKES_VALUE = {"--name", "--label", "--user", "--volume", "--env", "--env-file", "--workdir"}


def path(kind, name):
    return HOME / f"{kind}-{name.replace('/', '_')}"


def credentials():
    config = os.environ.get("DOCKER_CONFIG")
    if config is None:
        return {}
    return json.loads((pathlib.Path(config) / "config.json").read_text()).get("auths", {})


def fail(text, code=1):
    print(text, file=sys.stderr)
    sys.exit(code)


def pull(image):
    if image.startswith("missing"):
        fail(f"manifest for {image} not found: manifest unknown")
    if image.startswith("private") and not credentials():
        fail(f"pull access denied for {image}: unauthorized")
    path("image", image).touch()


def create(words):
    container = {"environment": {}, "directory": "/", "options": list(words)}
    name = ""
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "--refuse":
            fail("unknown flag: --refuse", 125)
        value = words.pop(0) if option in TAKES_VALUE else ""
        if option == "--name":
            name = value
        elif option == "--workdir":
            container["directory"] = value
        elif option == "--env":
            container["environment"][value] = os.environ[value]
        elif option == "--env-file":
            container["environment"].update(line.split("=", 1) for line in pathlib.Path(value).read_text().splitlines())
    container["image"] = words.pop(0)
    container["command"] = words or ["/bin/echo", "the image's own entry point"]
    path("container", name).write_text(json.dumps(container))
    print(f"id-{name}")


def start(name):
    container = json.loads(path("container", name).read_text())
    if container["command"][0] == "/none":
        container.update(code=127, error="exec: /none: no such file or directory")
    else:
        child = os.fork()
        if child == 0:
            os.chdir(container["directory"])
            os.execvpe(container["command"][0], container["command"], {"PATH": os.environ["PATH"], **container["environment"]})
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        container.update(code=code if code >= 0 else 128 - code, error="")
    path("container", name).write_text(json.dumps(container))
    sys.exit(container["code"])


def main():
    command, *words = sys.argv[1:]
    with open(HOME / "calls", "a", encoding="utf-8") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\n")
    if command == "image":
        sys.exit(0 if path("image", words[-1]).exists() else 1)
    elif command == "pull":
        pull(words[-1])
    elif command == "create":
        create(words)
    elif command == "start":
        start(words[-1])
    elif command == "inspect":
        container = json.loads(path("container", words[-1]).read_text())
        print(f"id-{words[-1]} exited {container.get('code', 137)} {container.get('error', '')}")
    elif command == "ps":
        for left in HOME.glob("container-*"):
            print(left.name.removeprefix("container-"))
    elif command == "rm":
        for name in words[1:]:
            path("container", name).unlink(missing_ok=True)
    else:
        fail(f"unknown command: {command}")


main()
