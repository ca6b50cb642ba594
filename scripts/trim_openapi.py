#!/usr/bin/env python3
"""Writes tests/data/openapi from the published interface descriptions of the Batch service.

Run by hand when a description is added:

    scripts/trim_openapi.py DIRECTORY

DIRECTORY holds <api-version>/BatchService.json. With a file in its place, BatchManagement-<api-version>.json of the
management plane, tests/data/openapi/management.json is written. The versions are merged into one file: what is the same in several is
written once, with the versions that have it; nothing is kept that a machine does not check (no descriptions, no client
generator's hints). Examples of request bodies go into a second file.
"""
import json
import pathlib
import sys

TARGET = pathlib.Path(__file__).resolve().parents[1] / "tests" / "data" / "openapi"
# Keywords of a schema that are checked; "properties" and "items" are descended into.
KEYWORDS = ("$ref", "type", "format", "enum", "required", "x-nullable", "minimum", "maximum", "maxItems")


def schema(node):
    kept = {name: node[name] for name in KEYWORDS if name in node}
    if "$ref" in kept:
        kept["$ref"] = kept["$ref"].rsplit("/", 1)[1]
    if "properties" in node:
        kept["properties"] = {name: schema(member) for name, member in node["properties"].items()}
    if "items" in node:
        kept["items"] = schema(node["items"])
    if "additionalProperties" in node:
        kept["additionalProperties"] = schema(node["additionalProperties"])
    unknown = set(node) - set(KEYWORDS) - {"properties", "items", "additionalProperties", "description", "title", "externalDocs", "default",
                                           "readOnly"} - {name for name in node if name.startswith("x-ms-")}
    assert not unknown, f"keywords that nobody checks: {unknown}"
    return kept


def operation(path, method, node, shared):
    parameters = [shared[p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in node["parameters"]]
    body = next((p for p in parameters if p["in"] == "body"), None)
    kept = {"method": method.upper(), "path": path,
            "parameters": {f"{p['in']} {p['name']}": bool(p.get("required")) for p in parameters if p["in"] != "body"}}
    if body:
        kept["body"] = {"name": body["name"], "required": bool(body.get("required")), "schema": schema(body["schema"])}
    kept["responses"] = {}
    for status, response in node["responses"].items():
        if status == "default":
            continue
        answer = {"headers": {name: header.get("format", header["type"]) for name, header in response.get("headers", {}).items()}}
        if "schema" in response:
            answer["schema"] = schema(response["schema"])
        kept["responses"][status] = answer
    return kept


def merged(named):
    """{name: {version: value}} -> {name: [{"versions": [...], **value}]}, equal values once."""
    result = {}
    for name in sorted(named):
        variants = []
        for version, value in named[name].items():
            same = next((v for v in variants if v[1] == value), None)
            if same:
                same[0].append(version)
            else:
                variants.append(([version], value))
        result[name] = [{"versions": versions, **value} for versions, value in variants]
    return result


def interned(operations):
    """Equal sets of parameters and headers are written once, under a number."""
    tables = {"parameters": [], "headers": []}

    def number(table, value):
        if value not in tables[table]:
            tables[table].append(value)
        return tables[table].index(value)

    for variants in operations.values():
        for variant in variants:
            variant["parameters"] = number("parameters", variant["parameters"])
            for answer in variant["responses"].values():
                answer["headers"] = number("headers", answer["headers"])
    return tables


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def write(path, parts):
    """One entry a line, so that a change shows as the lines that changed."""
    sections = []
    for name, part in parts.items():
        if isinstance(part, list):
            lines = [compact(item) for item in part]
            sections.append(f"{compact(name)}:[\n" + ",\n".join(lines) + "\n]")
        else:
            lines = [f"{compact(key)}:{compact(value)}" for key, value in part.items()]
            sections.append(f"{compact(name)}:{{\n" + ",\n".join(lines) + "\n}")
    path.write_text("{" + ",\n".join(sections) + "}\n", encoding="utf-8")


def body_examples(directory, version, document):
    examples = {}
    for methods in document["paths"].values():
        for node in methods.values():
            body = next((p["name"] for p in node["parameters"] if p.get("in") == "body"), None)
            for title, reference in sorted(node.get("x-ms-examples", {}).items()):
                file = directory / version / reference["$ref"]
                if body and file.exists():
                    parameters = json.loads(file.read_text(encoding="utf-8"))["parameters"]
                    if body in parameters:
                        examples.setdefault(node["operationId"], {})[title] = parameters[body]
    return dict(sorted(examples.items()))


def with_inherited(document):
    """The definitions with what they inherit by allOf among their own members."""
    definitions = document["definitions"]
    for node in definitions.values():
        for reference in node.pop("allOf", []):
            parent = definitions[reference["$ref"].rsplit("/", 1)[1]]
            node["properties"] = {**parent.get("properties", {}), **node.get("properties", {})}
            node["required"] = parent.get("required", []) + node.get("required", [])
    return definitions


def trim_management(file):
    document = json.loads(file.read_text(encoding="utf-8"))
    external = {"$ref": "common", "in": "path", "name": "shared"}
    operations = {}
    for path, methods in document["paths"].items():
        for method, node in methods.items():
            node["parameters"] = [external if p.get("$ref", "#").split("#")[0] else p for p in node["parameters"]]
            operations[node["operationId"]] = operation(path, method, node, {**document["parameters"], "common": external})
            operations[node["operationId"]].pop("parameters")
    definitions = {name: schema(node) for name, node in with_inherited(document).items()}
    write(TARGET / "management.json", {"version": [document["info"]["version"]], "operations": dict(sorted(operations.items())),
                                       "definitions": dict(sorted(definitions.items()))})


def main():
    directory = pathlib.Path(sys.argv[1])
    if directory.is_file():
        return trim_management(directory)
    operations, definitions, examples = {}, {}, {}
    versions = sorted(path.name for path in directory.iterdir() if (path / "BatchService.json").exists())
    for version in versions:
        document = json.loads((directory / version / "BatchService.json").read_text(encoding="utf-8"))
        for path, methods in document["paths"].items():
            for method, node in methods.items():
                operations.setdefault(node["operationId"], {})[version] = operation(path, method, node, document["parameters"])
        for name, node in document["definitions"].items():
            definitions.setdefault(name, {})[version] = schema(node)
        examples.update(body_examples(directory, version, document))
    operations, definitions = merged(operations), merged(definitions)
    tables = interned(operations)
    TARGET.mkdir(parents=True, exist_ok=True)
    write(TARGET / "batch.json", {"versions": versions, **tables, "operations": operations, "definitions": definitions})
    write(TARGET / "examples.json", {"bodies": examples})


if __name__ == "__main__":
    main()
