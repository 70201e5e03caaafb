"""How money, times and names are written, in one place. Everything here is for people; nothing is read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, flash

from connector import clock
from connector.domain import statuses

#: Currencies without a minor unit that TikTok Shop uses.
NO_MINOR_UNIT = frozenset({"JPY", "VND", "IDR", "KRW", "CLP"})
MINUS = "\u2212"

#: Label and tone of each of TikTok's statuses. The tone is a CSS class; the word is always there too.
STATUS_WORDS: dict[str, tuple[str, str]] = {
    statuses.UNPAID: ("Unpaid", "idle"),
    statuses.ON_HOLD: ("On hold", "hold"),
    statuses.AWAITING_SHIPMENT: ("Awaiting shipment", "todo"),
    statuses.PARTIALLY_SHIPPING: ("Partially shipping", "todo"),
    statuses.AWAITING_COLLECTION: ("Awaiting collection", "moving"),
    statuses.IN_TRANSIT: ("In transit", "moving"),
    statuses.DELIVERED: ("Delivered", "good"),
    statuses.COMPLETED: ("Completed", "good"),
    statuses.CANCELLED: ("Cancelled", "off"),
}

INITIATORS = {"BUYER": "the buyer", "SELLER": "the seller", "SYSTEM": "TikTok Shop", "OPERATOR": "TikTok Shop"}

WAITING_WORDS = {
    "unpaid": "for the payment",
    "on_hold": "for the end of TikTok's hold",
    "by_hand": "for you to create it",
    "no_address": "for the address",
    "merchants_wait": "as long as you set after TikTok's hold",
    "cancelling": "for TikTok's word on the cancellation",
    "placing_unclear": "to see what came of the last try",
    "unknown_status": "for a status that it knows",
}

#: What waits for these is created at once when a person asks for it.
CREATED_ON_REQUEST = frozenset({"by_hand", "merchants_wait"})


def status_label(status: str) -> str:
    """A status in words; one that is not known yet is shown as TikTok spells it."""
    if not status:
        return "Being read"
    known = STATUS_WORDS.get(status)
    return known[0] if known else status.replace("_", " ").capitalize()


def status_tone(status: str) -> str:
    return STATUS_WORDS.get(status, ("", "idle"))[1]


def number(value: int) -> str:
    """A count with thousands separators."""
    return f"{value:,}"


def amount(value: Decimal | str | None, currency: str = "") -> str:
    """An amount without its currency: "1,234.50". Cents always, fractions of a cent only where there are some."""
    if value is None or value == "":
        return "–"
    value = Decimal(value)
    digits = 0 if currency in NO_MINOR_UNIT and value == value.to_integral_value() else 2
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        digits = -exponent
    text = f"{abs(value):,.{digits}f}"
    return MINUS + text if value < 0 else text


def money(value: Decimal | str | None, currency: str) -> str:
    """An amount with its currency: "1,234.50 EUR"."""
    return "–" if value is None else f"{amount(value, currency)}\u00a0{currency}".strip()


def zone(name: str) -> ZoneInfo:
    """A time zone by its name; UTC where there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def exact(at: datetime | None, time_zone: str = "UTC") -> str:
    """A moment in full, with its zone: "Tue 24 Nov 2026, 22:14:05 GMT"."""
    return "" if at is None else f"{at.astimezone(zone(time_zone)):%a %-d %b %Y, %H:%M:%S %Z}"


def short(at: datetime | None, time_zone: str = "UTC") -> str:
    """A moment for a list of events: "24 Nov, 22:14:05", with the year when it is another one."""
    if at is None:
        return "–"
    local = at.astimezone(zone(time_zone))
    year = "" if local.year == clock.now().astimezone(zone(time_zone)).year else f" {local.year}"
    return f"{local:%-d %b}{year}, {local:%H:%M:%S}"


def ago(at: datetime | None, time_zone: str = "UTC", is_brief: bool = False) -> str:
    """How long ago, in a word or two; a date from a week on. `is_brief` leaves out the "ago", under a heading that says so.

    panel.js says the same as time goes by.
    """
    if at is None:
        return "–"
    now = clock.now()
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return until(at)
    if seconds < 45:
        return "just now"
    suffix = "" if is_brief else " ago"
    if seconds < 3600:
        return f"{max(1, int(seconds // 60))} min{suffix}"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h{suffix}"
    if seconds < 7 * 86400:
        return f"{int(seconds // 86400)} d{suffix}"
    local = at.astimezone(zone(time_zone))
    return f"{local:%-d %b %Y}" if local.year != now.astimezone(zone(time_zone)).year else f"{local:%-d %b}"


def until(at: datetime | None) -> str:
    """How long until a deadline, or by how much it has passed: "in 5 h", "2 h late"."""
    if at is None:
        return "–"
    left = (at - clock.now()).total_seconds()
    words = _span(abs(left))
    return f"in {words}" if left >= 0 else f"{words} late"


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 36 * 3600:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400)} d"


def deadline_tone(at: datetime | None) -> str:
    """ "late", "soon" (under 24 hours) or ""."""
    if at is None:
        return ""
    left = at - clock.now()
    if left < timedelta(0):
        return "late"
    return "soon" if left < timedelta(hours=24) else ""


def parts_of_id(text: str) -> tuple[str, str, str]:
    """A long id in three parts, of which the middle one may be hidden."""
    return (text, "", "") if len(text) <= 12 else (text[:4], text[4:-5], text[-5:])


def initials(text: str) -> str:
    """Two letters that stand for a product without a picture."""
    words = [word for word in text.split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "–"


def picture(address: str) -> str:
    """A picture's address if a page may show it: https only."""
    return address if address.startswith("https://") else ""


def pretty_json(document: Any) -> str:
    """A document as a developer likes to read it."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def flash_message(message: str, status: str = "ok") -> None:
    flash(message, status)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def init_app(app: Flask) -> None:
    """Makes the formats filters of the templates."""
    for function in (
        status_label,
        status_tone,
        number,
        amount,
        money,
        exact,
        short,
        ago,
        until,
        deadline_tone,
        parts_of_id,
        initials,
        picture,
        pretty_json,
        iso,
    ):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals["INITIATORS"] = INITIATORS
    app.jinja_env.globals["WAITING_WORDS"] = WAITING_WORDS
    app.jinja_env.globals["CREATED_ON_REQUEST"] = CREATED_ON_REQUEST
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
