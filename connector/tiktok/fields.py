"""marshmallow fields for JSON that we do not own: strict about what an order stands on, patient about all else.

A text, flag or moment that came in an odd type reads as if it had not come. An amount that came but is none is an error:
taking it for zero would book a wrong order without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load

from connector.domain.order import ZERO
from connector.tiktok.values import from_unix

#: Beyond this no amount is believable, and no column holds it. (A large order in VND or IDR has 10 digits.)
LARGEST_AMOUNT = Decimal(10) ** 13


class Text(fields.Field[str]):
    """A string; a number becomes its digits. Anything else reads as ""."""

    def __init__(self, default: str = "") -> None:
        super().__init__(load_default=default)
        self.default = default

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            return self.default
        return str(value).strip() or self.default


class EssentialText(fields.Field[str]):
    """A string or a whole number that has to be there."""

    def __init__(self) -> None:
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise ValidationError("is no text")
        return str(value).strip()


class Flag(fields.Field[bool]):
    """true, "true" or 1; anything else is False."""

    def __init__(self) -> None:
        super().__init__(load_default=False)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        return value is True or value == 1 or (isinstance(value, str) and value.lower() in ("true", "1"))


class Moment(fields.Field[datetime | None]):
    """Unix seconds as a moment in UTC. 0 and what is no moment read as None."""

    def __init__(self) -> None:
        super().__init__(load_default=None)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | None:
        try:
            return from_unix(value)
        except ValueError:
            return None


class EssentialMoment(fields.Field[datetime]):
    """Unix seconds that have to be there."""

    def __init__(self) -> None:
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        try:
            return from_unix(value)
        except ValueError as error:
            raise ValidationError("is no Unix time in seconds") from error


class Amount(fields.Field[Decimal]):
    """A decimal string. One that is missing or empty is zero; one that is no number is an error."""

    def __init__(self) -> None:
        super().__init__(load_default=ZERO)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        return amount(value)


class Fee(fields.Field[Decimal | None]):
    """A decimal string that is there only where such a fee exists: None where it is missing or empty."""

    def __init__(self) -> None:
        super().__init__(load_default=None)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal | None:
        return None if value == "" else amount(value)


class Count(fields.Field[int]):
    """A whole number of pieces, 1 where it is missing. One that is below 1 or no number is an error."""

    def __init__(self) -> None:
        super().__init__(load_default=1)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        count = amount(value)
        if count != count.to_integral_value() or count < 1:
            raise ValidationError("is no count")
        return int(count)


class ListOf(fields.Field[tuple[Any, ...]]):
    """A list of objects. `strict`: an element that is none is an error, else it is left out."""

    def __init__(self, schema: type[Schema], *, strict: bool = False) -> None:
        super().__init__(load_default=())
        self.schema = schema(many=True)  # made once: making a schema costs more than reading an order
        self.strict = strict

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[Any, ...]:
        if not isinstance(value, list):
            if self.strict:
                raise ValidationError("is no list")
            return ()
        elements = value if self.strict else [element for element in value if isinstance(element, Mapping)]
        return tuple(self.schema.load(elements))


class ObjectOf(fields.Field[Any]):
    """An object. `default` where there is none."""

    def __init__(self, schema: type[Schema], *, default: Any = None, required: bool = False) -> None:
        super().__init__(**({"required": True} if required else {"load_default": default}))
        self.schema = schema()
        self.default = default

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            if self.required:
                raise ValidationError("is no object")
            return self.default
        return self.schema.load(value)


class LenientSchema(Schema):
    """Fields that we do not know are left alone (the document is kept as it came); null reads as if it had not come."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def drop_nulls(self, data: Any, **kwargs: Any) -> Any:
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, Mapping) else data


def amount(value: object) -> Decimal:
    """An amount of the API as `Decimal`. Raises ValidationError when it is none."""
    if isinstance(value, str) and not value.strip():
        return ZERO
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValidationError("is no amount")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise ValidationError("is no amount") from error
    if not number.is_finite() or abs(number) >= LARGEST_AMOUNT:
        raise ValidationError("is no amount")
    return number


def first_wrong_field(messages: object) -> tuple[str, str]:
    """From marshmallow's nested messages the first wrong field, "line_items.0.sale_price", and what is wrong with it."""
    path: list[str] = []
    while isinstance(messages, dict) and messages:
        key, messages = next(iter(messages.items()))
        if key != "_schema":
            path.append(str(key))
    sentence = str(messages[0]) if isinstance(messages, list) and messages else "cannot be read"
    return ".".join(path), sentence
