"""Strict reading of requests: what a parameter or body field may be, and a refusal that names the one that is wrong.

The real API ignores much; the sandbox refuses it, so that a connector's mistake is found here and not in production.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.tiktok.errors import bad_request


@dataclass(frozen=True)
class Spec:
    """What one value may be. `kind`: str, int, bool, list, object, file."""

    kind: str = "str"
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    item: "Spec | None" = None
    fields: Mapping[str, "Spec"] = field(default_factory=dict)


def text(*choices: str, required: bool = False, maximum: int | None = None) -> Spec:
    """A string, one of the choices if there are any, at most `maximum` long."""
    return Spec("str", required, choices, maximum=maximum)


def number(minimum: int | None = None, maximum: int | None = None, *, required: bool = False) -> Spec:
    return Spec("int", required, minimum=minimum, maximum=maximum)


def flag() -> Spec:
    return Spec("bool")


def many(item: Spec, *, required: bool = False, minimum: int | None = None, maximum: int | None = None) -> Spec:
    return Spec("list", required, item=item, minimum=minimum, maximum=maximum)


def fields(*, required: bool = False, **specs: Spec) -> Spec:
    """A JSON object with these fields and no others."""
    return Spec("object", required, fields=specs)


def upload(maximum: int, *, required: bool = False) -> Spec:
    """A file of a multipart form, of at least one byte."""
    return Spec("file", required, minimum=1, maximum=maximum)


_TYPES: dict[str, Any] = {"str": str, "int": int, "bool": bool, "list": list, "object": dict, "file": bytes}


def _bounds(size: int, spec: Spec, name: str) -> None:
    if spec.minimum is not None and size < spec.minimum:
        raise bad_request(f"'{name}' must be at least {spec.minimum}")
    if spec.maximum is not None and size > spec.maximum:
        raise bad_request(f"'{name}' must be at most {spec.maximum}")


def check(value: Any, spec: Spec, name: str) -> None:
    """Raise ApiError 36009004, naming the field, unless the JSON value is what the spec says."""
    wanted = _TYPES[spec.kind]
    if not isinstance(value, wanted) or (spec.kind == "int" and isinstance(value, bool)):
        raise bad_request(f"'{name}' must be of type {spec.kind}")
    if spec.choices and value not in spec.choices:
        raise bad_request(f"'{name}' must be one of {', '.join(spec.choices)}")
    if spec.kind == "int":
        _bounds(value, spec, name)
    elif spec.kind in ("str", "list", "file"):
        _bounds(len(value), spec, name)
    if spec.item is not None:
        for index, element in enumerate(value):
            check(element, spec.item, f"{name}[{index}]")
    if spec.kind == "object":
        check_fields(value, spec.fields, f"{name}." if name else "", "field")


def check_fields(values: Mapping[str, Any], specs: Mapping[str, Spec], prefix: str, what: str) -> None:
    """Raise ApiError unless exactly the known names are there, with every required one."""
    for name in values:
        if name not in specs:
            raise bad_request(f"unknown {what} '{prefix}{name}'")
    for name, spec in specs.items():
        if name not in values:
            if spec.required:
                raise bad_request(f"missing {what} '{prefix}{name}'")
            continue
        check(values[name], spec, f"{prefix}{name}")


def read_query(pairs: list[tuple[str, str]], specs: Mapping[str, Spec]) -> dict[str, Any]:
    """Query parameters by name with their types. A list is given as `ids=a,b`, or by repeating the parameter."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        spec = specs.get(name)
        if spec is None:
            raise bad_request(f"unknown query parameter '{name}'")
        if spec.kind == "list":
            values.setdefault(name, []).extend(part for part in value.split(",") if part)
        elif name in values:
            raise bad_request(f"query parameter '{name}' is given twice")
        elif spec.kind == "int":
            if not value.lstrip("-").isdecimal():
                raise bad_request(f"query parameter '{name}' must be a whole number")
            values[name] = int(value)
        else:
            values[name] = value
    check_fields(values, specs, "", "query parameter")
    return values
