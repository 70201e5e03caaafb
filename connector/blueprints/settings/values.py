"""From a form to `ShopSettings` and back. A value that cannot be is named, and what was typed is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, get_args, get_type_hints

from connector.blueprints import typed as typed_numbers
from connector.blueprints.settings.fields import GROUPS
from connector.blueprints.settings.shapes import Field, Group
from connector.domain.faults import Fault
from connector.domain.settings import NO_NOTE, ShopSettings
from connector.i18n import N_

DEFAULTS = ShopSettings()
ON, OFF, EMPTY = N_("on"), N_("off"), N_("empty")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def groups() -> tuple[Group, ...]:
    """The page's groups; a setting that `fields.GROUPS` does not list yet is in a last group, under its own name."""
    listed = {field.name for group in GROUPS for field in group.fields}
    hints = get_type_hints(ShopSettings)
    others = tuple(
        _plain(field.name, hints[field.name]) for field in dataclasses.fields(ShopSettings) if field.name not in listed
    )
    return (*GROUPS, Group(key="more", label="More", fields=others)) if others else GROUPS


def _plain(name: str, hint: Any) -> Field:
    label = name.replace("_", " ").capitalize()
    if hint is bool:
        return Field(name=name, label=label, effect="", kind="flag")
    if hint is int:
        return Field(name=name, label=label, effect="", kind="whole", may_be_empty=False)
    choices = {str(value): str(value).replace("_", " ").capitalize() for value in get_args(hint)}
    if choices and all(isinstance(value, str) for value in get_args(hint)):
        return Field(name=name, label=label, effect="", kind="choice", choices=choices)
    return Field(name=name, label=label, effect="", kind="text")


def typed(settings: ShopSettings) -> dict[str, str]:
    """The settings as they stand in the form, by name."""
    return {
        field.name: text(field, getattr(settings, field.name), typed_numbers.padded)
        for group in groups()
        for field in group.fields
    }


def text(field: Field, value: Any, write: Callable[[str], str] = str) -> str:
    """One value as a text. `write` is how its decimal numbers are written: in a control so that they are read as the same."""
    if value is None:
        return ""
    if field.kind == "flag":
        return "1" if value else ""
    if field.kind == "rates":
        return "\n".join(
            f"{country or '*'} {write(rate)}" for country, rate in sorted(value.items(), key=lambda pair: pair[0])
        )
    if field.kind == "words":
        return "\n".join(f"{word} = {meaning}" for word, meaning in value.items())
    if field.kind == "lines":
        return "\n".join(value)
    if field.kind == "statuses":
        return "\n".join(f"{key} {value[key]}" for key in field.choices if key in value)
    return write(value) if field.kind == "decimal" else str(value)


def words(field: Field, value: Any) -> str:
    """One value for people, in the audit log and as "Default: …"."""
    if field.kind == "flag":
        return ON if value else OFF
    if field.is_secret and value:
        return f"is set ({hashlib.sha256(str(value).encode()).hexdigest()[:6]})"
    shown = text(field, value)
    if field.kind == "choice":
        return field.choices.get(shown, shown)
    if field.kind == "statuses":
        pairs = [line.partition(" ") for line in shown.splitlines()]
        return ", ".join(f"{field.choices[key]}: {_status_words(to)}" for key, _, to in pairs) or EMPTY
    return ", ".join(shown.splitlines()) or EMPTY


def status_lines(typed: str) -> dict[str, str]:
    """What the table of statuses shows, by TikTok's status."""
    return {key: to for key, _, to in (line.partition(" ") for line in typed.splitlines())}


def _status_words(to: str) -> str:
    return "no note" if to == NO_NOTE else to


def raw(field: Field, form: Mapping[str, str]) -> str:
    """What a form says of a setting, as `text` writes it: a setting of several controls is put together."""
    if field.kind == "statuses" and field.name not in form:
        return "\n".join(f"{key} {to}" for key in field.choices if (to := _status_typed(field.name, key, form)))
    return form.get(field.name, "").strip()


def _status_typed(name: str, key: str, form: Mapping[str, str]) -> str:
    code = form.get(f"{name}.{key}", "").strip()
    return code or ("" if form.get(f"{name}.{key}.note") == "1" else NO_NOTE)


def read(form: Mapping[str, str]) -> tuple[ShopSettings | None, dict[str, str]]:
    """The settings of a form, or None and what is wrong with which field (a sentence that names it)."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for group in groups():
        for field in group.fields:
            try:
                values[field.name] = _value(field, raw(field, form))
            except ValueError as error:
                wrong[field.name] = Fault(field.label, str(error))
    if not wrong:
        wrong = _together(values)
    return (None, wrong) if wrong else (ShopSettings(**values), {})


def _together(values: Mapping[str, Any]) -> dict[str, str]:
    """What fits only together."""
    wrong: dict[str, str] = {}
    if values.get("customer_mode") == "fixed" and values.get("fixed_customer_id") is None:
        wrong["fixed_customer_id"] = "Existing customer's id is needed when all orders are one customer's."
    if values.get("product_problem") == "placeholder" and not values.get("placeholder_sku"):
        wrong["placeholder_sku"] = "Placeholder product is needed when it is to take a product's place."
    if values.get("billing_address") == "fixed":
        for name in ("firstname", "lastname", "street", "postcode", "city", "country"):
            if not values.get(f"billing_{name}"):
                wrong[f"billing_{name}"] = f"{_label(f'billing_{name}')} is needed for a billing address of your own."
    return wrong


def _label(name: str) -> str:
    return next(field.label for group in GROUPS for field in group.fields if field.name == name)


def _value(field: Field, raw: str) -> Any:
    if field.kind == "flag":
        return raw == "1"
    if field.kind == "choice":
        if raw not in field.choices:
            raise ValueError("must be one of the choices")
        return raw
    if not raw and not field.may_be_empty:
        raise ValueError("must not be empty")
    if field.kind == "whole":
        return _whole(field, raw) if raw else None
    if field.kind == "decimal":
        return _decimal(field, raw)
    if field.kind == "rates":
        return _rates(raw)
    if field.kind == "words":
        return _words(raw)
    if field.kind == "statuses":
        return _statuses(field, raw)
    if field.kind == "lines":
        return tuple(line.strip() for line in raw.splitlines() if line.strip())
    return _text(field, raw)


def _text(field: Field, raw: str) -> str:
    if len(raw) > field.longest:
        raise ValueError(f"may have at most {field.longest} characters")
    if any(ord(character) < 32 for character in raw):
        raise ValueError("may not hold control characters")
    if raw and field.pattern and not re.fullmatch(field.pattern, raw):
        raise ValueError(field.pattern_says)
    if raw and field.kind == "email" and not _EMAIL.fullmatch(raw):
        raise ValueError("must be an e-mail address")
    return raw


def _whole(field: Field, raw: str) -> int:
    number = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 12 else -1
    if not field.least <= number <= field.most:
        raise ValueError(f"must be a whole number from {field.least} to {field.most:,}")
    return number


def _decimal(field: Field, raw: str) -> str:
    if not raw:
        return ""
    try:
        number = typed_numbers.number(raw, field.most)
    except typed_numbers.Ambiguous as unclear:
        raise ValueError(f"may be {unclear.more} or {unclear.less}: write it as one of these") from None
    except ValueError:
        raise ValueError("must be a number") from None
    if not Decimal(field.least_decimal) <= number <= field.most:
        raise ValueError(f"must be a number from {field.least_decimal} to {field.most:,}")
    if field.may_be_empty and number == 0:
        raise ValueError("must be more than 0, or empty")
    return f"{number.normalize():f}"


def _words(raw: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for line in filter(str.strip, raw.splitlines()):
        word, equals, meaning = (part.strip() for part in line.partition("="))
        if not (word and equals and meaning):
            raise ValueError(f"has a line that is not “word = reason”: {line.strip()[:40]}")
        found[word[:100]] = meaning[:200]
    return found or None


def _rates(raw: str) -> dict[str, str] | None:
    rates: dict[str, str] = {}
    for line in raw.splitlines():
        country, _, percent = line.strip().partition(" ")
        if not line.strip():
            continue
        if not re.fullmatch(r"[A-Za-z]{2}|\*", country):
            raise ValueError(f"has a line that does not begin with a country's two letters or *: {line.strip()[:40]}")
        try:
            rate = typed_numbers.number(percent.strip().rstrip("%"), 100)
        except ValueError:
            rate = Decimal(-1)
        if not 0 <= rate < 100:
            raise ValueError(f"has a line whose rate is not a percentage: {line.strip()[:40]}")
        rates["" if country == "*" else country.upper()] = f"{rate.normalize():f}"
    return rates or None


#: Statuses to which only Magento's own doings lead.
MAGENTOS_OWN = {"canceled", "closed", "holded", "pending_payment", "payment_review", "fraud"}


def _statuses(field: Field, raw: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for line in raw.splitlines():
        key, _, code = line.strip().partition(" ")
        if not line.strip():
            continue
        label = field.choices.get(key)
        if label is None:
            raise ValueError(f"has a status that TikTok does not have: {key[:40]}")
        if code != NO_NOTE:
            try:
                _text(field, code)
            except ValueError as error:
                raise ValueError(f"has a wrong status for {label}: {error}") from None
        if code in MAGENTOS_OWN:
            raise ValueError(f"has a wrong status for {label}: only Magento itself brings an order to {code}")
        if code:
            found[key] = code
    return found or None
