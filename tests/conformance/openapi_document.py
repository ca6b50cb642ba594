"""The trimmed interface descriptions (tests/data/openapi): what a version's operation takes and answers.

`Document(version).problems(value, schema, where)` is as strict as the description allows: a member that is not described,
a type, a format or a value of an enumeration that is not the described one is a problem.
"""
import base64
import binascii
import json
import pathlib
import re

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "openapi"
_SHARED = json.loads((DATA / "batch.json").read_text(encoding="utf-8"))
_EXAMPLES = json.loads((DATA / "examples.json").read_text(encoding="utf-8"))["bodies"]
VERSIONS = _SHARED["versions"]

_DAYS, _MONTHS = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)", "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z"),
    "date-time-rfc1123": re.compile(rf"{_DAYS}, \d\d {_MONTHS} \d{{4}} \d\d:\d\d:\d\d GMT"),
    "duration": re.compile(r"P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I),
}
# What an older version calls otherwise, and what the examples, written for the newest, call it. Contract 1.2.
FORMER_NAMES = {"maxTasksPerNode": "taskSlotsPerNode"}


# Members that the description requires in requests and in answers alike, and that never come back (contract 1.5).
SECRETS = {"password", "accountKey", "sasKey"}


class Document:
    def __init__(self, version):
        self.version = version
        self.operations = {name: self._variant(variants) for name, variants in _SHARED["operations"].items() if self._variant(variants)}

    def _variant(self, variants):
        return next((v for v in variants if self.version in v["versions"]), None)

    def definition(self, name):
        return self._variant(_SHARED["definitions"][name])

    def resolve(self, schema):
        return self.definition(schema["$ref"]) if "$ref" in schema else schema

    def parameters(self, operation):
        return _SHARED["parameters"][self.operations[operation]["parameters"]]

    def response(self, operation, status):
        """Headers with their formats, and the schema of the body or None; None when the status is not described."""
        answer = self.operations[operation]["responses"].get(str(status))
        return answer and (_SHARED["headers"][answer["headers"]], answer.get("schema"))

    def bodies(self, operation):
        """The examples of a request body by title, without the members that this version does not have."""
        body = self.operations[operation].get("body")
        return {title: self.adapted(example, body["schema"]) for title, example in _EXAMPLES.get(operation, {}).items()} if body else {}

    def adapted(self, value, schema):
        schema = self.resolve(schema)
        if isinstance(value, list):
            return [self.adapted(item, schema["items"]) for item in value]
        if not isinstance(value, dict) or "properties" not in schema:
            return value
        kept = {}
        for name, member in schema["properties"].items():
            source = name if name in value else FORMER_NAMES.get(name)
            if source in value:
                kept[name] = self.adapted(value[source], member)
        return kept

    def problems(self, value, schema, where="body"):
        """What is wrong with the value, as a list of sentences."""
        schema = self.resolve(schema)
        kind = schema.get("type", "object" if "properties" in schema else None)
        check = {"object": self._object, "array": self._array, "string": self._string, "boolean": self._boolean,
                 "integer": self._number, "number": self._number}[kind]
        return check(value, schema, where)

    def _object(self, value, schema, where):
        if "properties" not in schema and "additionalProperties" not in schema:
            return []  # described as an object of unknown members; the description's own examples give a string
        if not isinstance(value, dict):
            return [f"{where} is not an object but {value!r}"]
        members, found = schema.get("properties", {}), []
        for name in schema.get("required", []):
            if name not in value and name not in SECRETS:
                found.append(f"{where}.{name} is missing")
        for name, member in value.items():
            if name in members:
                found += self.problems(member, members[name], f"{where}.{name}")
            elif "additionalProperties" in schema:
                found += self.problems(member, schema["additionalProperties"], f"{where}.{name}")
            elif members and not (where == "body" and name == "odata.metadata"):
                found.append(f"{where}.{name} is not described in {self.version}")
        return found

    def _array(self, value, schema, where):
        if not isinstance(value, list):
            return [f"{where} is not an array but {value!r}"]
        found = [f"{where} has {len(value)} items"] if len(value) > schema.get("maxItems", len(value)) else []
        for index, item in enumerate(value):
            found += self.problems(item, schema["items"], f"{where}[{index}]")
        return found

    def _string(self, value, schema, where):
        if not isinstance(value, str):
            return [f"{where} is not a string but {value!r}"]
        # The service answers some values with a capital letter (contract 1.5); the recordings' test compares the casing.
        if "enum" in schema and value.lower() not in (one.lower() for one in schema["enum"]):
            return [f"{where} is {value!r}, not one of {schema['enum']}"]
        return self.format_problems(value, schema.get("format"), where)

    @staticmethod
    def format_problems(value, name, where):
        if name in FORMATS and not FORMATS[name].fullmatch(value):
            return [f"{where} is {value!r}, not a {name}"]
        if name == "byte":
            try:
                base64.b64decode(value, validate=True)
            except binascii.Error:
                return [f"{where} is not base64"]
        return []

    def _boolean(self, value, schema, where):
        return [] if isinstance(value, bool) else [f"{where} is not a boolean but {value!r}"]

    def _number(self, value, schema, where):
        # 64-bit integers travel as strings (contract 1.5).
        if schema.get("format") == "int64":
            return [] if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else [f"{where} is not a 64-bit integer in a string but {value!r}"]
        kinds = (int,) if schema["type"] == "integer" else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool):
            return [f"{where} is not a {schema['type']} but {value!r}"]
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            return [f"{where} is {value}, out of its bounds"]
        return []
