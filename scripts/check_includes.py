#!/usr/bin/env python3
"""Holds the arrows of who may include whom (docs/impl.md). Prints each include that breaks one; exits 1 if any does."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Folder -> prefixes of what its files may include besides their own folder and base/. The longest matching folder counts.
MAY_INCLUDE = {
    "base": [],
    "wire": ["wire/"],
    "http": [],
    "emulator/autoscale": ["wire/batch/vocabulary.h", "wire/batch/limits.h", "wire/batch/errors.h", "wire/time_text.h"],
    "emulator/core": ["emulator/autoscale/formula.h", "wire/batch/vocabulary.h", "wire/batch/limits.h",
                      "wire/batch/errors.h", "wire/management/errors.h"],
    "emulator/store": ["emulator/core/", "wire/batch/vocabulary.h", "wire/batch/limits.h", "wire/time_text.h"],
    "emulator/service": ["emulator/core/", "emulator/store/", "wire/batch/errors.h"],
    "emulator/rest": ["emulator/autoscale/formula.h", "emulator/core/", "emulator/service/", "emulator/names.h", "wire/",
                      "http/"],
    "emulator/entra": ["emulator/names.h", "wire/entra/", "wire/time_text.h", "http/"],
    "emulator/events": ["emulator/core/", "wire/batch/vocabulary.h", "wire/time_text.h"],
    "emulator/management": ["emulator/core/", "emulator/service/", "emulator/rest/", "emulator/names.h", "wire/",
                            "http/"],
    "emulator/nodes": ["emulator/core/", "emulator/service/", "wire/", "http/"],
    "emulator": ["emulator/", "blobstore/blob_service.h", "blobstore/account_source.h", "wire/", "http/"],
    "blobstore/engine": ["wire/blob/", "wire/time_text.h"],
    "blobstore/store": ["blobstore/engine/", "wire/blob/"],
    "blobstore/rest": ["blobstore/", "wire/", "http/"],
    "blobstore": ["blobstore/", "wire/", "http/"],
    "client/api": ["wire/", "http/"],
    "client/tutorial": ["client/api/", "wire/", "http/"],
    "nodeagent/media": [],
    "nodeagent": ["nodeagent/", "client/api/", "wire/", "http/"],
}
FORBIDDEN = {  # headers of libraries that a folder must never see
    "emulator/autoscale": r"nlohmann|boost/(asio|beast)|sqlite3|<fstream>|<filesystem>|<thread>",
    "emulator/core": r"nlohmann|boost/(asio|beast)|sqlite3|<fstream>|<filesystem>|<thread>",
    "blobstore/engine": r"nlohmann|boost/(asio|beast)|sqlite3|<fstream>|<filesystem>|<thread>|pugixml",
}
OURS = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
ANY = re.compile(r"^\s*#\s*include\s+(\S+)")


def folder_of(path):
    text = path.as_posix()
    return max((f for f in MAY_INCLUDE if text.startswith(f + "/")), key=len, default=None)


def main():
    broken = 0
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        if path.suffix not in {".h", ".cpp"} or relative.parts[0] in {"build", "tests"}:
            continue
        folder = folder_of(relative)
        if folder is None:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            ours = OURS.match(line)
            if ours:
                target = ours.group(1)
                allowed = [folder + "/", "base/", *MAY_INCLUDE[folder]]
                if not any(target == a or (a.endswith("/") and target.startswith(a)) for a in allowed):
                    print(f'{relative}:{number}: {folder} may not include "{target}"')
                    broken += 1
            elif ANY.match(line) and folder in FORBIDDEN and re.search(FORBIDDEN[folder], line):
                print(f"{relative}:{number}: {folder} must not know {ANY.match(line).group(1)}")
                broken += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
