"""How money, times and names are written in the reader's language, in one place.

Everything here is for people; nothing is read back, and what machines read (CSV, API, command line) does not come from here.
"""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime, time, timedelta
from datetime import date as date_type
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, dates, numbers
from flask import Flask, current_app, flash

from connector import clock
from connector.domain import marks, statuses
from connector.domain.plan import CREATED_ON_REQUEST
from connector.i18n import N_, _, format_locale, t

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
    "held_by_rule": "for you: a rule of yours holds it back",
    "older": "for you to create it: it was placed before the connector came",
    "no_address": "for the address",
    "sample": "for you to create it: free samples are not created by themselves",
    "sample_window": "for other samples of the creator",
    "combined": "for the order with which it is created",
    "merchants_wait": "as long as you set after TikTok's hold",
    "cancelling": "for TikTok's word on the cancellation",
    "unknown_status": "for a status that it knows",
}

#: Words of TikTok's and Magento's that pages show as they come: states of returns, cancellations, payments and orders.
SAID_BY_OTHERS = (
    *(N_("Pending"), N_("Success"), N_("Cancel"), N_("Complete"), N_("Reject"), N_("Processing"), N_("Closed")),
    *(N_("Canceled"), N_("Holded"), N_("Pending payment"), N_("Payment review"), N_("Fraud"), N_("New")),
    *(N_("Awaiting buyer ship"), N_("Awaiting buyer response"), N_("Buyer shipped item")),
    *(N_("Reject receive package"), N_("Replacement request pending"), N_("Replacement request complete")),
    *(N_("Replacement request reject"), N_("Replacement request cancel"), N_("Paid"), N_("Failed"), N_("Settled")),
    # The engine's timeline lines write TikTok's statuses in small letters.
    *(N_("unpaid"), N_("on hold"), N_("awaiting shipment"), N_("partially shipping"), N_("awaiting collection")),
    *(N_("in transit"), N_("delivered"), N_("completed"), N_("cancelled"), N_("cancelled: %(reason)s")),
    *(N_("cancelled by buyer: %(reason)s"), N_("cancelled by seller: %(reason)s")),
    *(N_("cancelled by system: %(reason)s"), N_("cancelled by operator: %(reason)s")),
    *(N_("Running"), N_("Done"), N_("Viewer"), N_("Staff"), N_("Admin"), N_("system"), N_("operator")),
)


def status_word(status: str) -> str:
    """A status in English words; one that is not known yet as TikTok spells it."""
    known = STATUS_WORDS.get(status)
    return known[0] if known else status.replace("_", " ").capitalize() or "Being read"


def status_label(status: str) -> str:
    """A status in the reader's words."""
    return t(status_word(status))


def status_tone(status: str) -> str:
    return STATUS_WORDS.get(status, ("", "idle"))[1]


def number(value: int) -> str:
    """A count with thousands separators."""
    return str(numbers.format_decimal(value, locale=format_locale()))


def percent(value: Decimal) -> str:
    """A share in percent, with one decimal and without its sign: "76.7"."""
    return str(numbers.format_decimal(value, format="#,##0.0", locale=format_locale()))


def amount(value: Decimal | str | None, currency: str = "") -> str:
    """An amount without its currency: "1,234.50". Cents always, fractions of a cent only where there are some."""
    if value is None or value == "":
        return "–"
    value = Decimal(value)
    digits = 0 if currency in NO_MINOR_UNIT and value == value.to_integral_value() else 2
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        digits = -exponent
    text = str(_pattern_of_amounts(digits).apply(abs(value), format_locale()))
    return MINUS + text if value < 0 else text


@functools.cache
def _pattern_of_amounts(digits: int) -> numbers.NumberPattern:
    return numbers.parse_pattern("#,##0." + "0" * digits if digits else "#,##0")


def money(value: Decimal | str | None, currency: str) -> str:
    """An amount with its currency: "1,234.50 EUR"."""
    return "–" if value is None else f"{amount(value, currency)}\u00a0{currency}".strip()


def zone(name: str) -> ZoneInfo:
    """A time zone by its name; UTC where there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@functools.cache
def _pattern_of_times(skeleton: str, locale: Locale) -> dates.DateTimePattern:
    return dates.parse_pattern(locale.datetime_skeletons[skeleton])


def _written(skeleton: str, local: datetime) -> str:
    """A moment by one of CLDR's skeletons: "MMMd" is "24 Nov" in English, "Nov 24" in American, "24. Nov." in German."""
    locale = format_locale()
    return str(_pattern_of_times(skeleton, locale).apply(local, locale))


def exact(at: datetime | None, time_zone: str = "UTC") -> str:
    """A moment in full, with its zone: "Tue 24 Nov 2026, 22:14:05 GMT"."""
    if at is None:
        return ""
    local = at.astimezone(zone(time_zone))
    day = dates.format_date(local, "EEE", format_locale())
    return f"{day} {_written('yMMMd', local)}, {_written('Hms', local)} {local:%Z}"


def short(at: datetime | None, time_zone: str = "UTC") -> str:
    """A moment for a list of events: "24 Nov, 22:14:05", with the year when it is another one."""
    if at is None:
        return "–"
    local = at.astimezone(zone(time_zone))
    is_this_year = local.year == clock.now().astimezone(zone(time_zone)).year
    return f"{_written('MMMd' if is_this_year else 'yMMMd', local)}, {_written('Hms', local)}"


def date(day: date_type) -> str:
    """A day: "24 Nov 2026"."""
    return _written("yMMMd", datetime.combine(day, time.min))


def day_and_time(at: datetime, local_zone: ZoneInfo) -> str:
    """A moment for paper: "24 Nov 2026, 22:14"."""
    local = at.astimezone(local_zone)
    return f"{_written('yMMMd', local)}, {_written('Hm', local)}"


def ago(at: datetime | None, time_zone: str = "UTC", is_brief: bool = False) -> str:
    """How long ago, in a word or two; a date from a week on. `is_brief` leaves out the "ago", under a heading that says so.

    panel.js says the same as time goes by, with `script_words`.
    """
    if at is None:
        return "–"
    now = clock.now()
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return until(at)
    if seconds < 45:
        return _("just now")
    if seconds < 7 * 86400:
        words = span(max(60.0, seconds), most_hours=24)
        return words if is_brief else _("%(span)s ago", span=words)
    local = at.astimezone(zone(time_zone))
    return _written("yMMMd" if local.year != now.astimezone(zone(time_zone)).year else "MMMd", local)


def until(at: datetime | None) -> str:
    """How long until a deadline, or by how much it has passed: "in 5 h", "2 h late"."""
    if at is None:
        return "–"
    left = (at - clock.now()).total_seconds()
    words = span(abs(left))
    return _("in %(span)s", span=words) if left >= 0 else _("%(span)s late", span=words)


def span(seconds: float, most_hours: int = 36) -> str:
    """A length of time by its greatest unit; hours up to `most_hours`."""
    if seconds < 60:
        return _("%(n)s s", n=int(seconds))
    if seconds < 3600:
        return _("%(n)s min", n=int(seconds // 60))
    if seconds < most_hours * 3600:
        return _("%(n)s h", n=int(seconds // 3600))
    return _("%(n)s d", n=int(seconds // 86400))


def script_words() -> dict[str, str]:
    """The words that the scripts need, for `ago` and `until`, toasts and the palette; "*" is where a value goes."""
    return {
        "now": _("just now"),
        "ago": _("%(span)s ago", span="*"),
        "in": _("in %(span)s", span="*"),
        "late": _("%(span)s late", span="*"),
        "s": _("%(n)s s", n="*"),
        "min": _("%(n)s min", n="*"),
        "h": _("%(n)s h", n="*"),
        "d": _("%(n)s d", n="*"),
        "copied": _("Copied."),
        "notCopied": _("The browser did not allow copying."),
        "stale": _("This page was open for too long. Load it again."),
        "role": _("Your role does not allow this."),
        "gone": _("It is not there any more."),
        "failed": _("That did not work. Try again in a moment."),
        "offline": _("The connection failed. Try again in a moment."),
        "live": _("Live"),
        "lost": _("Not live: trying again"),
        "newOrder": _("1 new order"),
        "newOrders": _("%(count)s new orders", count="*"),
        "goTo": _("Go to"),
        "orders": _("Orders"),
        "view": _("View"),
        "do": _("Do"),
        "searchOrders": _("Search orders: %(text)s", text="*"),
    }


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
    """A picture's address if a page may show it (panel.content_security_policy): https, or the sandbox shop's own."""
    sandbox = sandbox_origin()
    return address if address.startswith("https://") or (sandbox and address.startswith(f"{sandbox}/")) else ""


def sandbox_origin() -> str:
    """Where TikTok Shop is asked, if that is over plain http: a sandbox shop, which serves its own pictures."""
    parts = urlsplit(current_app.config["CONNECTOR"].tiktok_api_url)
    return f"http://{parts.netloc}" if parts.scheme == "http" else ""


def pretty_json(document: Any) -> str:
    """A document as a developer likes to read it."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def flash_message(message: str, status: str = "ok") -> None:
    """Shows a message on the next page, in the reader's language."""
    flash(t(message), status)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def init_app(app: Flask) -> None:
    """Makes the formats filters of the templates."""
    for function in (
        status_label,
        status_tone,
        number,
        percent,
        amount,
        money,
        exact,
        short,
        date,
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
    app.jinja_env.globals["script_words"] = script_words
    app.jinja_env.globals["INITIATORS"] = INITIATORS
    app.jinja_env.globals["WAITING_WORDS"] = WAITING_WORDS
    app.jinja_env.globals["MARK_WORDS"] = marks.WORDS
    app.jinja_env.globals["MARKS_OF_TROUBLE"] = marks.TROUBLE
    app.jinja_env.globals["CREATED_ON_REQUEST"] = CREATED_ON_REQUEST
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
