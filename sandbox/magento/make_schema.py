"""Derive `schema.json`, the compact table of allowed fields, from a Magento store's own `openapi.json`.

    python -m sandbox.magento.make_schema path/to/openapi.json

`bodies` holds, per route, the body's parameters and which of them are required; `types` the fields of each type; `always`
the fields that Magento gives even when they are null. A field's type is `int`, `float`, `string`, `bool`, `any`,
`@name` for another type, with `[]` in front for a list.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCALARS = {"integer": "int", "number": "float", "string": "string", "boolean": "bool", "object": "any"}


def type_name(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return "@" + short(schema["$ref"].rsplit("/", 1)[-1])
    if schema.get("type") == "array":
        return "[]" + type_name(schema.get("items", {}))
    return SCALARS.get(schema.get("type", "object"), "any")


def short(definition: str) -> str:
    return definition.removesuffix("-interface")


def compact(openapi: dict[str, Any]) -> dict[str, Any]:
    """The table for every route in `openapi` (Swagger 2.0) that takes a body or answers with a known type."""
    bodies: dict[str, Any] = {}
    for path, operations in sorted(openapi["paths"].items()):
        for method, operation in sorted(operations.items()):
            for parameter in operation.get("parameters", []):
                if parameter["in"] != "body":
                    continue
                schema = parameter["schema"]
                bodies[f"{method.upper()} {path}"] = {
                    "required": sorted(schema.get("required", [])),
                    "fields": {name: type_name(field) for name, field in sorted(schema["properties"].items())},
                }
    types: dict[str, dict[str, str]] = {}
    always: dict[str, list[str]] = {}
    for name, definition in sorted(openapi["definitions"].items()):
        if definition.get("type") != "object":
            continue
        types[short(name)] = {key: type_name(value) for key, value in sorted(definition.get("properties", {}).items())}
        always[short(name)] = sorted(definition.get("required", []))
    wanted = set(reachable(types, bodies))
    return {
        "bodies": bodies,
        "types": {name: fields for name, fields in types.items() if name in wanted},
        "always": {name: fields for name, fields in always.items() if name in wanted and fields},
    }


def reachable(types: dict[str, dict[str, str]], bodies: dict[str, Any]) -> Iterator[str]:
    """The types that a body, or one of the documents that are answered, can hold."""
    todo = [kind for body in bodies.values() for kind in body["fields"].values()]
    todo += [f"@{name}" for name in types if name.startswith(("sales-data", "quote-data"))]
    seen: set[str] = set()
    while todo:
        name = todo.pop().removeprefix("[]").removeprefix("@")
        if name in seen or name not in types:
            continue
        seen.add(name)
        todo += types[name].values()
        yield name


def main() -> None:
    openapi = json.loads(Path(sys.argv[1]).read_text())
    target = Path(__file__).with_name("schema.json")
    target.write_text(json.dumps(compact(openapi), separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
