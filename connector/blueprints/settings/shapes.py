"""What a setting on the page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["choice", "flag", "text", "email", "whole", "decimal", "rates", "words", "lines", "statuses"]

#: A code of Magento's: the pattern of a text, and how that reads.
CODE = r"[a-z0-9_]+"
CODE_SAYS = "is a code of Magento's: small letters, digits and underscores"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One setting as the page shows it. `least`, `most` bound numbers; `longest` and `pattern` texts."""

    name: str
    label: str
    effect: str
    kind: Kind
    choices: Mapping[str, str] = field(default_factory=dict)
    least: int = 0
    most: int = 1_000_000_000
    #: The least of a decimal number.
    least_decimal: str = "0"
    longest: int = 100
    pattern: str = ""
    pattern_says: str = ""
    may_be_empty: bool = True
    unit: str = ""
    #: The audit log says only whether it is set.
    is_secret: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Settings that belong together."""

    key: str
    label: str
    fields: tuple[Field, ...]
