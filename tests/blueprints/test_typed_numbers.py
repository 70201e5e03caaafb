"""Amounts are read as the reader's language writes them, wherever they are typed; what is unclear is refused at its field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import flask_babel
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from connector.blueprints import typed
from connector.blueprints.settings import values
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.i18n import LANGUAGES
from connector.models import ReturnAnswer, Rule
from tests import factories, seeds
from tests.blueprints.test_order_list import listed

REFUSED = None
#: What the factories' orders cost besides their items.
SHIPPING = Decimal("4.99")
#: What is typed, and what it is in each language; REFUSED is refused.
TABLE: dict[str, dict[str, str | None]] = {
    "1,000": {"en": "1000", "en_US": "1000", "de": REFUSED},
    "1.000": {"en": REFUSED, "en_US": REFUSED, "de": "1000"},
    "1.234,50": dict.fromkeys(LANGUAGES, "1234.50"),
    "1,234.50": dict.fromkeys(LANGUAGES, "1234.50"),
    "5,00": dict.fromkeys(LANGUAGES, "5.00"),
    "5.00": dict.fromkeys(LANGUAGES, "5.00"),
}
CASES = [(text, language, read) for text, by in TABLE.items() for language, read in by.items()]
each = pytest.mark.parametrize(("text", "language", "read"), CASES)


def speak(client: FlaskClient, language: str) -> FlaskClient:
    client.set_cookie("locale", language)
    return client


@contextmanager
def reader_of(app: Flask, language: str) -> Iterator[None]:
    with app.test_request_context(headers={"Cookie": f"locale={language}"}):
        flask_babel.refresh()  # as before each request
        yield


def read_in(app: Flask, language: str, text: str, most: int | None = None) -> Decimal | None:
    with reader_of(app, language):
        try:
            return typed.number(text, most)
        except typed.Ambiguous:
            return REFUSED


@each
def test_a_number_is_what_the_readers_language_writes(app: Flask, text: str, language: str, read: str | None) -> None:
    assert read_in(app, language, text) == (None if read is None else Decimal(read))


@pytest.mark.parametrize(
    "text", ["", "abc", "NaN", "1e3", "1_000", "1,00,000", "1.2.3", "1,000,00", "\u0665", "1 000", "-"]
)
def test_what_is_no_number_is_refused_everywhere(app: Flask, text: str) -> None:
    for language in LANGUAGES:
        with pytest.raises(ValueError, match=r"^((?!may be).)*$"):
            read_in(app, language, text)


def test_what_nobody_can_mean_makes_nothing_unclear(app: Flask) -> None:
    for language in LANGUAGES:
        assert read_in(app, language, "8.875", 100) == read_in(app, language, "8,875", 100) == Decimal("8.875")
        assert read_in(app, language, "0.125") == Decimal("0.125")
        assert read_in(app, language, "1.000.000,5") == read_in(app, language, "1,000,000.5") == Decimal("1000000.5")


@pytest.mark.parametrize("value", ["1.085", "1000", "1234.50", "0.125", "12.5", "-1.085", "1000.125"])
def test_what_is_written_into_a_form_is_read_as_the_same(app: Flask, value: str) -> None:
    for language in LANGUAGES:
        assert read_in(app, language, typed.plain(Decimal(value))) == Decimal(value)


@each
def test_an_offer(staff: FlaskClient, text: str, language: str, read: str | None) -> None:
    offer = next(one for one in seeds.DECISIONS if one["decision"] == "OFFER_PARTIAL_REFUND")
    decisions = [offer | {"least": "1.00", "most": "1500.00"}]
    one = seeds.make_return(factories.make_order(status="DELIVERED"), decisions=decisions)
    form = {"id": one.id, "decision": "OFFER_PARTIAL_REFUND", "amount": text}
    answer = speak(staff, language).post("/returns/decide", data=form)
    amounts = db.session.scalars(select(ReturnAnswer.amount)).all()
    assert amounts == ([] if read is None else [Decimal(read)])
    if read is None:
        assert answer.status_code == 422 and f'value="{text}" aria-invalid="true"' in answer.text


@each
def test_a_rules_total(admin: FlaskClient, text: str, language: str, read: str | None) -> None:
    form = {"name": "R", "hold": "1", "what": "save", "total_from": text, "total_to": "9999"}
    answer = speak(admin, language).post("/rules/new", data=form)
    stored = [conditions["total_from"] for conditions in db.session.scalars(select(Rule.conditions))]
    assert stored == ([] if read is None else [read])
    if read is None:
        assert answer.status_code == 422 and f'value="{text}" aria-invalid="true"' in answer.text
        assert answer.text.count('aria-invalid="true"') == 1


@each
def test_a_filter(staff: FlaskClient, text: str, language: str, read: str | None) -> None:
    made = {
        price: factories.make_order(line_items=[factories.make_line(price=price)]).tiktok_order_id
        for price in ("0.00", "100.00", "1100.00", "1300.00")
    }
    page = speak(staff, language).get("/orders", query_string={"total_from": text})
    wanted = {
        order_id for price, order_id in made.items() if read is None or Decimal(price) + SHIPPING >= Decimal(read)
    }
    assert set(listed(page.text)) == wanted
    assert any(f"{quote}{text}" in page.text for quote in "“„") == (read is None)
    assert ("1000" in page.text and "write it as one of these" in page.text) == (read is None and language != "de")
    # What the address keeps is read as the same by whoever opens it.
    sent = staff.get("/orders", query_string={"total_from": text, "q": ""})
    assert sent.headers.get("Location") == (f"/orders?total_from={read}" if read else None)


def test_the_filter_says_what_it_did_not_understand_and_why_nothing_is_narrowed(staff: FlaskClient) -> None:
    factories.make_order()
    page = staff.get("/orders", query_string={"total_from": "much", "country": "US", "total_to": ""}).text
    assert "Total: “much” was not understood and does not count." in page
    assert "not understood" not in staff.get("/orders?total_from=5&country=US").text


def test_rates_of_the_settings_keep_their_decimals(app: Flask) -> None:
    stored = ShopSettings(exchange_rate="1.085", cofunded_share="12.375", vat_rates={"US": "8.875", "DE": "19"})
    for language in LANGUAGES:
        with reader_of(app, language):
            settings, wrong = values.read(values.typed(stored))
            assert wrong == {} and settings is not None
            assert Decimal(settings.exchange_rate) == Decimal("1.085")
            assert (settings.cofunded_share, settings.vat_rates) == ("12.375", {"US": "8.875", "DE": "19"})
            _, wrong = values.read(values.typed(stored) | {"exchange_rate": "1.085" if language != "de" else "1,085"})
            assert "may be 1085 or 1.0850" in wrong["exchange_rate"]
            settings, _ = values.read(
                values.typed(stored) | {"exchange_rate": "16.000" if language == "de" else "16,000"}
            )
            assert settings is not None and settings.exchange_rate == "16000"


def test_amounts_of_rules_are_written_as_the_reader_does(admin: FlaskClient) -> None:
    admin.post("/rules/new", data={"name": "R", "hold": "1", "what": "save", "total_from": "1,234.50"})
    assert "total from 1,234.50" in admin.get("/rules").text
    assert "1.234,50" in speak(admin, "de").get("/rules").text
    filtered: Any = admin.get("/orders?total_from=1234.50").text
    assert "1.234,50" in filtered
