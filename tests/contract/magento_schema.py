"""Requests judged by a real Magento's own REST schema (reference/magento/openapi.json), strictly.

Stricter than Magento: an unknown field is an error at any depth, and so is a query parameter that the operation does not
have. Only as strict where the schema is stricter than Magento is: a field that it calls required may be left out if
a recorded request to the same operation, which Magento accepted, left it out too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.reference import OPENAPI, RECORDINGS

#: The customers' operations, which the reduced openapi.json leaves out though it has their types: after webapi.xml and the two
#: interfaces that it names (magento/magento2 2.4, app/code/Magento/Customer/etc/webapi.xml; Api/AccountManagementInterface.php,
#: createAccount; Api/CustomerRepositoryInterface.php, getList, whose criteria are those of every search).
_CUSTOMER = "#/definitions/customer-data-customer-interface"
_CREATE_ACCOUNT = {
    "type": "object",
    "required": ["customer"],
    "properties": {
        "customer": {"$ref": _CUSTOMER},
        "password": {"type": "string"},
        "redirectUrl": {"type": "string"},
    },
}

#: Any request may name the fields that it wants back; the schema does not list it (02, 03, 58, …).
ALWAYS = frozenset({"fields"})

#: (operation, definition, field)
Missing = set[tuple[str, str, str]]


@dataclass
class Schema:
    """The schema, and which of its required fields Magento was seen to do without."""

    document: Mapping[str, Any]
    optional: Missing = field(default_factory=set)

    @classmethod
    def load(cls) -> Schema:
        document = json.loads(OPENAPI.read_text())
        document["paths"]["/V1/customers"] = {"post": {"parameters": [{"in": "body", "schema": _CREATE_ACCOUNT}]}}
        document["paths"]["/V1/customers/search"] = {"get": document["paths"]["/V1/orders"]["get"]}
        schema = cls(document)
        for path in sorted(RECORDINGS.glob("*.json")):
            recording = json.loads(path.read_text(), parse_float=Decimal)
            if recording["response"]["status"] == 200:
                request = recording["request"]
                missing: Missing = set()
                for _ in schema.faults(request["method"], request["path"], request["body"], missing):
                    pass  # what the recordings sent beyond the schema is not ours to judge
                schema.optional |= missing
        return schema

    def faults(self, method: str, url: str, body: Any, missing: Missing | None = None) -> Iterator[str]:
        """What is wrong with a request. With `missing`, required fields that are absent are collected there instead."""
        parts = urlsplit(url)
        path = re.sub(r"^.*/rest(?:/(?!V1)[\w-]+)?(?=/V1/)", "", parts.path)
        found = self._operation(method, path)
        if found is None:
            yield f"{method} {path} is not in the schema"
            return
        name, operation, values = found
        parameters = operation.get("parameters", [])
        for parameter in parameters:
            if parameter["in"] == "path":
                yield from _scalar(values[parameter["name"]], parameter["type"], f"path {parameter['name']}")
        yield from _query(parts.query, [p for p in parameters if p["in"] == "query"])
        bodies = [parameter["schema"] for parameter in parameters if parameter["in"] == "body"]
        if body is None:
            if bodies and bodies[0].get("required") and missing is None:
                yield "the body is missing"
        elif not bodies:
            yield "there is a body, but the operation takes none"
        else:
            yield from self._value(body, bodies[0], "body", (name, ""), missing)

    def _operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any], dict[str, str]] | None:
        """The operation for a path: its name, itself and the path's values; the template with the fewest parameters wins."""
        fitting = []
        for template, operations in self.document["paths"].items():
            if method.lower() not in operations:
                continue
            names = re.findall(r"\{(\w+)\}", template)
            pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template))
            match = re.fullmatch(pattern, path)
            if match:
                values = dict(zip(names, map(unquote, match.groups()), strict=True))
                fitting.append((f"{method} {template}", operations[method.lower()], values))
        return min(fitting, key=lambda one: len(one[2])) if fitting else None

    def _value(
        self, value: Any, schema: Mapping[str, Any], where: str, name: tuple[str, str], missing: Missing | None
    ) -> Iterator[str]:
        if "$ref" in schema:
            name = (name[0], schema["$ref"].rpartition("/")[2])
            schema = self.document["definitions"][name[1]]
        kind = schema.get("type", "object")
        if kind == "object":
            yield from self._object(value, schema, where, name, missing)
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{where} is no list"
                return
            for index, member in enumerate(value):
                yield from self._value(member, schema["items"], f"{where}[{index}]", name, missing)
        elif not _fits(value, kind):
            yield f"{where} is {value!r}, not {kind}"

    def _object(
        self, value: Any, schema: Mapping[str, Any], where: str, name: tuple[str, str], missing: Missing | None
    ) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{where} is no object"
            return
        properties = {_snake(key): member for key, member in schema.get("properties", {}).items()}
        given = {_snake(key): member for key, member in value.items()}
        for key, member in given.items():
            if key not in properties:
                yield f"{where}.{key} is unknown"
            else:
                yield from self._value(
                    member, properties[key], f"{where}.{key}", (name[0], f"{name[1]}.{key}"), missing
                )
        for key in map(_snake, schema.get("required", ())):
            if key in given:
                continue
            if missing is not None:
                missing.add((*name, key))
            elif (*name, key) not in self.optional:
                yield f"{where}.{key} is required"


def _query(query: str, known: list[Mapping[str, Any]]) -> Iterator[str]:
    kinds = {re.sub(r"\[\d+\]", "[n]", parameter["name"]): parameter["type"] for parameter in known}
    given = parse_qsl(query, keep_blank_values=True)
    for key, value in given:
        name = re.sub(r"\[\d+\]", "[n]", key)
        if name in kinds:
            yield from _scalar(value, kinds[name], key)
        elif name not in ALWAYS:
            yield f"query parameter {key} is unknown"
    for parameter in known:
        if parameter.get("required") and parameter["name"] not in dict(given):
            yield f"query parameter {parameter['name']} is required"


def _scalar(text: str, kind: str, where: str) -> Iterator[str]:
    """A value in a path or query, where everything is text."""
    if kind == "integer" and not re.fullmatch(r"-?\d+", text):
        yield f"{where} is {text!r}, not an integer"
    if kind == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        yield f"{where} is {text!r}, not a number"
    if not text:
        yield f"{where} is empty"


def _fits(value: Any, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "integer":
        return isinstance(value, int)
    if kind == "number":
        return isinstance(value, int | Decimal)
    return isinstance(value, str)


def _snake(name: str) -> str:
    """Magento takes camelCase for snake_case (65)."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
