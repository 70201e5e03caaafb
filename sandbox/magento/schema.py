"""What a request body may hold, after the store's own schema: unknown fields and wrong types are refused as Magento does.

The table `schema.json` is made from a store's `openapi.json` by `make_schema.py`.
"""

import json
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.magento.errors import ApiError, required

_TABLE = json.loads(Path(__file__).with_name("schema.json").read_text())
#: A route that the recorded schema leaves out, after Magento's AccountManagementInterface::createAccount.
_TABLE["bodies"]["POST /V1/customers"] = {
    "required": ["customer"],
    "fields": {"customer": "@customer-data-customer", "password": "string", "redirectUrl": "string"},
}


def upper_camel(name: str) -> str:
    """`bogus_field` and `bogusField` are both `BogusField` to Magento (recordings 12 and 65)."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


@cache
def _by_camel(kind: str) -> dict[str, str]:
    return {upper_camel(name): name for name in _TABLE["types"].get(kind, {})}


def fields_of(kind: str) -> dict[str, str]:
    """Field name → type of one Magento data type, such as `sales-data-order`."""
    fields: dict[str, str] = _TABLE["types"][kind]
    return fields


@cache
def always_given(kind: str) -> frozenset[str]:
    """The fields that an answer holds even when they are null (`customer_email` in recording 70)."""
    return frozenset(_TABLE["always"].get(kind, ()))


def body_of(route: str, body: Any) -> dict[str, Any]:
    """The body's parameters by the route's own names, with snake_case fields and converted values inside.

    `route` is as in the schema, `POST /V1/orders`. Raises ApiError 400: a parameter is missing (recording 11), a field is
    unknown (12), a value has the wrong type. Parameters that the route does not know are ignored, as in Magento.
    """
    declared = _TABLE["bodies"].get(route)
    if declared is None:
        return body if isinstance(body, dict) else {}
    body = body if isinstance(body, dict) else {}
    given = {upper_camel(name): value for name, value in body.items()}
    result = {}
    for name, kind in declared["fields"].items():
        value = given.get(upper_camel(name))
        if value is None:
            if name in declared["required"]:
                raise required(name)
            continue
        result[name] = _convert(kind, value)
    return result


def _convert(kind: str, value: Any) -> Any:
    if value is None or kind == "any":
        return value
    if kind.startswith("[]"):
        if not isinstance(value, list | dict):
            raise _wrong_type(value, kind[2:].removeprefix("@") + "[]")
        return [_convert(kind[2:], one) for one in (value.values() if isinstance(value, dict) else value)]
    if kind.startswith("@"):
        return _convert_object(kind[1:], value)
    return _convert_scalar(kind, value)


def _convert_object(kind: str, value: Any) -> dict[str, Any]:
    if kind == "framework-attribute":
        return dict(value)
    if value == []:  # PHP's empty object
        return {}
    if not isinstance(value, dict):
        raise _wrong_type(value, kind)
    known = _by_camel(kind)
    result = {}
    for key, inner in value.items():
        name = known.get(upper_camel(key))
        if name is None:
            message = '"%fieldName" is not supported. Correct the field name and try again.'
            raise ApiError(400, message, {"fieldName": upper_camel(key)})
        result[name] = _convert(fields_of(kind)[name], inner)
    return result


def _convert_scalar(kind: str, value: Any) -> Any:
    if isinstance(value, list | dict):
        raise _wrong_type(value, kind)
    if kind == "string":
        if isinstance(value, bool):
            return "1" if value else ""
        return value if isinstance(value, str) else str(value)
    if kind == "bool":
        return value not in (False, 0, "", "0", "false")
    if isinstance(value, bool):
        return int(value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _wrong_type(value, kind) from None
    if kind == "int":
        if number != number.to_integral_value():
            raise _wrong_type(value, kind)
        return int(number)
    return number


def _wrong_type(value: Any, kind: str) -> ApiError:
    message = 'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.'
    shown = json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)
    return ApiError(400, message, {"value": shown, "type": kind})


def render(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """The fields of `row` that the type knows, without nulls except for those that are always given."""
    always = always_given(kind)
    return {name: row.get(name) for name in fields_of(kind) if row.get(name) is not None or name in always}


def names(text: str) -> list[str]:
    """Field names written down one after another."""
    return text.split()
