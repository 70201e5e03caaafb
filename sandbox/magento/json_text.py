"""JSON as the wire has it: money in as Decimal, out as PHP writes its floats (2.00 as 2, 4.990 as 4.99)."""

import json
from decimal import Decimal
from typing import Any

from sandbox.magento.errors import ApiError


def decode(text: bytes) -> Any:
    """Parse a request body; every number with a fraction is a Decimal. Raises ApiError 400 (recording 10)."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        message = "Decoding error: \nUnable to unserialize value. Error: Syntax error"
        raise ApiError(400, message) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def encode(value: Any) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False).encode()
