"""Reading Magento's JSON: a field may be absent, null, or a number where text is meant (and the other way round)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

#: Magento's times: UTC, without a zone.
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return "" if value is None else str(value)


def whole(document: Mapping[str, Any], name: str) -> int | None:
    """An integer, which Magento often sends as text; None if absent."""
    value = document.get(name)
    return None if value is None or value == "" else int(value)


def amount(document: Mapping[str, Any], name: str) -> Decimal:
    """An amount or quantity; absent is 0. Not a finite number: ValueError."""
    value = document.get(name)
    number = Decimal(0) if value is None or value == "" else Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"{name} is no number")
    return number


def moment(document: Mapping[str, Any], name: str) -> datetime | None:
    """A time as UTC-aware datetime; None if absent."""
    value = document.get(name)
    return None if not value else datetime.strptime(str(value), TIME_FORMAT).replace(tzinfo=UTC)


def rows(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects; absent is empty."""
    return list(document.get(name) or ())


def stamp(time: datetime) -> str:
    """A UTC-aware time as Magento's filters take it, cut to the second. A time without a zone: ValueError."""
    if time.tzinfo is None:
        raise ValueError("times carry their zone")
    return time.astimezone(UTC).strftime(TIME_FORMAT)


def integer(answer: Any) -> int:
    """An id that is the whole answer: Magento sends "13" (40, 60, 67)."""
    if isinstance(answer, bool) or not isinstance(answer, int | str):
        raise TypeError("an id was expected")
    return int(answer)


def truth(answer: Any) -> bool:
    """true or false as the whole answer (50, 51)."""
    if not isinstance(answer, bool):
        raise TypeError("true or false was expected")
    return answer
