#!/usr/bin/env python3
"""Writes tests/data/recordings/batch.json from recorded traffic of the real Batch service.

Run by hand when a recording is added:

    scripts/trim_recordings.py FILE...

Each FILE is a recorder's JSON (interactions of request and response). Kept are the exchanges with the Batch service,
without what the test does not need: credentials, signatures, the account's name, the client's own headers. Exchanges in a
row that show the same once more (a poll without news) are kept once, with their number.
"""
import json
import pathlib
import re
import sys

TARGET = pathlib.Path(__file__).resolve().parents[1] / "tests" / "data" / "recordings" / "batch.json"
IMAGES_KEPT = 6
# What changes from poll to poll without being news.
PASSING = re.compile(r'"(state|allocationState|exitCode|nodeAgentInfo|lastBootTime|recentTasks)":[^,}]*')


def scrubbed(text):
    """No account, no signature, no address that belongs to somebody."""
    text = re.sub(r"https://[a-z0-9]+\.[a-z]+\.batch\.azure\.com", "https://account", text)
    text = re.sub(r"https://[a-z0-9]+\.blob\.core\.windows\.net", "https://storage", text)
    text = re.sub(r"sig=[^&\"]+", "sig=scrubbed", text)
    text = re.sub(r'"publicIPAddress":"[^"]*"', '"publicIPAddress":"203.0.113.1"', text)
    return re.sub(r'"publicFQDN":"dns[0-9a-f-]+-azurebatch-cloudservice\.[^"]*"',
                  '"publicFQDN":"dns00000000-0000-0000-0000-000000000000-azurebatch-cloudservice.region.cloudapp.azure.com"', text)


def exchange(interaction):
    request, response = interaction["request"], interaction["response"]
    text = response["body"].get("string") or ""
    kept = {"method": request["method"], "target": re.sub(r"^https://[^/]*", "", request["uri"])}
    if request.get("body"):
        kept["sent"] = json.loads(scrubbed(request["body"]))
    kept |= {"status": response["status"]["code"], "reason": response["status"]["message"], "headers": sorted(response["headers"])}
    if text:
        kept["received"] = json.loads(scrubbed(text))
    if kept["target"].startswith("/supportedimages"):
        kept["received"]["value"] = distinct(kept["received"]["value"])[:IMAGES_KEPT]
    return kept


def distinct(items):
    """One item of every set of members."""
    found = {}
    for item in items:
        found.setdefault((*sorted(item), item["osType"], item["verificationType"]), item)
    return list(found.values())


def news(kept):
    return kept["method"], kept["target"], kept["status"], kept.get("sent") and json.dumps(kept["sent"]), PASSING.findall(json.dumps(kept.get("received"))), \
        re.findall(r'"(?:state|allocationState)": "\w+"', json.dumps(kept.get("received")))


def main():
    exchanges = []
    for name in sys.argv[1:]:
        for interaction in json.loads(pathlib.Path(name).read_text(encoding="utf-8"))["interactions"]:
            if ".batch.azure.com/" not in interaction["request"]["uri"]:
                continue
            kept = exchange(interaction)
            if exchanges and news(exchanges[-1]) == news(kept):
                exchanges[-1]["times"] = exchanges[-1].get("times", 1) + 1
            else:
                exchanges.append(kept)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(kept, separators=(",", ":")) for kept in exchanges]
    TARGET.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
