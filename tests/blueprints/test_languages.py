"""The panel speaks the reader's language: which one is chosen, that every text is wrapped and translated, and how it reads."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import flask_babel
import pytest
from babel.messages.catalog import Catalog
from flask import Flask
from flask.testing import FlaskClient

import connector
from connector import clock, i18n
from connector.blueprints import formats
from connector.blueprints.settings import values as settings
from connector.blueprints.settings.views import version_of
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.models import User
from connector.sync import mail
from scripts import translations
from tests import factories

PACKAGE = Path(connector.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
JINJA = re.compile(r"\{% set \w+ %\}.*?\{% endset %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.S)
LETTERS = re.compile(r"[^\W\d_]{2,}")
PLACE = re.compile(r"%\(\w+\)s")
SPOKEN = {"title", "aria-label", "placeholder", "alt"}
NOW = factories.at("2026-11-24 12:00")


# -- every text is wrapped ---------------------------------------------------------------------------------------------------


class Unwrapped(HTMLParser):
    """The texts of a template that stand in it as they are. What is written in a fixed-width face is code, not a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [str(values[name]) for name in SPOKEN & set(values) if LETTERS.search(values[name] or "")]
        if tag not in {"input", "meta", "link", "img", "br", "hr", "option", "use"}:
            classes = set((values.get("class") or "").split())
            is_code = tag in {"kbd", "code", "pre", "script", "style"} or bool({"mono", "secret-once"} & classes)
            if self.silent or is_code:
                self.silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent and LETTERS.search(data):
            self.found.append(data.strip())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE / "templates")))
def test_every_text_of_a_template_is_wrapped(path: Path) -> None:
    parser = Unwrapped()
    parser.feed(JINJA.sub("", path.read_text()))
    assert parser.found == []


def test_what_a_form_sends_is_the_same_in_every_language() -> None:
    sent = re.compile(r"""\b(?:value|name|href|action|formaction|hx-\w+)="[^"]*(?:\|\s*t\b|\b_\()[^"]*\}\}""")
    found = [match[0] for path in TEMPLATES for match in sent.finditer(path.read_text())]
    assert found == []


SCRIPTS = sorted((PACKAGE / "static").glob("*.js"))
#: What begins with a capital in a script and is no text: names of keys.
KEYS = {"Enter", "Escape"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_the_script_says_nothing_of_its_own(path: Path) -> None:
    script = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M)
    assert re.findall(r"toast\(['`]", script) == []
    assert set(re.findall(r"['`]([A-Z][a-z]+(?: [a-z]+)*)\b", script)) - KEYS == set()
    with_words = set(re.findall(r"\bwords\.(\w+)", script)) | set(re.findall(r"filled\('(\w+)'", script))
    assert with_words and with_words <= set(formats.script_words())


# -- every text is translated ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def source() -> Catalog:
    return translations.extracted()


@pytest.fixture(scope="module")
def german() -> Catalog:
    return translations.read("de")


def test_every_message_of_the_source_is_translated(source: Catalog, german: Catalog) -> None:
    """`make translations` puts new ones into the catalogue, with an empty translation to be filled in."""

    def is_whole(message: object) -> bool:
        found = german.get(message.id, message.context)  # type: ignore[attr-defined]
        if found is None or found.fuzzy:
            return False
        return all(found.string) if isinstance(found.string, tuple) else bool(found.string)

    assert [message.id for message in source if message.id and not is_whole(message)] == []


def test_a_translation_has_the_places_of_its_message(german: Catalog) -> None:
    wrong = []
    for message in german:
        if not message.id:
            continue
        pairs = (
            zip(message.id, message.string, strict=True)
            if message.pluralizable
            else [(str(message.id), str(message.string))]
        )
        wrong += [
            (english, told)
            for english, told in pairs
            if set(PLACE.findall(english)) != set(PLACE.findall(told))
            # a singular may say "1" without a place
            and not (message.pluralizable and set(PLACE.findall(english)) >= set(PLACE.findall(told)))
        ]
    assert wrong == []


def test_the_compiled_catalogues_are_those_of_the_texts() -> None:
    for language, path in translations.catalogues().items():
        assert path.with_suffix(".mo").read_bytes() == translations.compiled(translations.read(language)), language


def test_sentences_of_the_engine_are_found_by_their_template(app: Flask, german: Catalog) -> None:
    """Each message with places, filled as the engine would, is told in German with the same values."""
    lost = []
    with app.test_request_context(headers={"Accept-Language": "de"}):
        flask_babel.refresh()
        for message in german:
            if not isinstance(message.id, str) or not PLACE.search(message.id):
                continue
            fixed = PLACE.sub("", message.id)
            if len(re.findall(r"[^\W\d_]", fixed)) < 12 or message.id.startswith("%("):
                continue  # too little of its own to be told from others for sure
            values = {name[2:-2]: f"X-{at}" for at, name in enumerate(dict.fromkeys(PLACE.findall(message.id)))}
            if i18n.t(message.id % values) != str(message.string) % values:
                lost.append(message.id)
    # Some say the same as another one with fewer places, or end in another one's words: they are told by that one.
    assert len(lost) <= 12, lost


# -- which language ----------------------------------------------------------------------------------------------------------


def _language(client: FlaskClient, accept: str = "") -> str:
    page = client.get("/login", headers={"Accept-Language": accept} if accept else {}).text
    return re.search(r'<html lang="([\w-]+)"', page).group(1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr-FR,fr;q=0.9", "en"),
        ("en-US,en;q=0.9", "en-US"),
        ("en-GB,en;q=0.9,de;q=0.3", "en"),
    ],
)
def test_the_browser_s_language_is_taken(client: FlaskClient, accept: str, language: str) -> None:
    assert _language(client, accept) == language


def test_a_choice_before_the_log_in_is_kept_in_the_browser(client: FlaskClient) -> None:
    answer = client.post("/language", data={"language": "de", "next": "/login?next=/skus"})
    assert answer.headers["Location"] == "/login?next=/skus"
    assert _language(client, "en") == "de"
    client.post("/language", data={"language": "xx", "next": "https://elsewhere.example/"})
    assert _language(client, "en") == "de"


def test_a_person_s_choice_follows_them_to_other_browsers(app: Flask, client: FlaskClient) -> None:
    user = factories.make_user("viewer", "ada@example.com")
    client.post("/login", data={"email": user.email, "password": factories.PASSWORD})
    client.post("/language", data={"language": "de"})
    db.session.expire_all()
    assert db.session.get_one(User, user.id).locale == "de"
    other = app.test_client()
    other.post("/login", data={"email": user.email, "password": factories.PASSWORD})
    assert '<html lang="de"' in other.get("/account", headers={"Accept-Language": "en"}).text


def test_a_mail_speaks_the_language_of_who_gets_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.make_user("viewer", "ada@example.com")
    user.locale = "de"
    db.session.commit()
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(mail, "send", lambda to, subject, text: sent.append((subject, text)))
    mail.send_password_link(user.id)
    [(subject, text)] = sent
    assert subject == "Setzen Sie Ihr Passwort"
    assert text.startswith("Jemand, wahrscheinlich Sie")
    assert "/password/" in text


# -- how it reads ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "amount", "short", "ago", "until"),
    [
        ("en", "1,234.50\u00a0EUR", "24 Nov, 12:00:00", "5 min ago", "2 h late"),
        ("en-US", "1,234.50\u00a0EUR", "Nov 24, 12:00:00", "5 min ago", "2 h late"),
        ("de", "1.234,50\u00a0EUR", "24. Nov., 12:00:00", "vor 5 min", "2 h überfällig"),
    ],
)
def test_amounts_and_times_are_written_as_the_language_does(
    app: Flask, monkeypatch: pytest.MonkeyPatch, accept: str, amount: str, short: str, ago: str, until: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with app.test_request_context(headers={"Accept-Language": accept}):
        flask_babel.refresh()
        assert formats.money(Decimal("1234.5"), "EUR") == amount
        assert formats.short(NOW) == short
        assert formats.ago(NOW - timedelta(minutes=5)) == ago
        assert formats.until(NOW - timedelta(hours=2)) == until


@pytest.mark.parametrize(
    ("english", "told"),
    [
        (
            "Magento has no product with SKU MUG-02 (Mug, red).",
            "Magento hat kein Produkt mit der SKU MUG-02 (Mug, red).",
        ),
        ("The order became known.", "Die Bestellung wurde bekannt."),
        (
            "The order is not in Magento. Nothing to do: the connector tries again by itself.",
            "Die Bestellung ist nicht in Magento. Nichts zu tun: Der Connector versucht es von selbst erneut.",
        ),
        ("Amounts set to TikTok's: 1,234.50 EUR.", "Beträge wie auf TikTok gesetzt: 1.234,50 EUR."),
        ("A sentence of nobody's.", "A sentence of nobody's."),
        ("", ""),
    ],
)
def test_a_stored_sentence_is_told_in_the_reader_s_language(app: Flask, english: str, told: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "de"}):
        flask_babel.refresh()
        assert i18n.t(english) == told
        flask_babel.refresh()
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert i18n.t(english) == english


#: Words that are in no German text of ours, save in what Magento and the data call so.
ENGLISH = re.compile(
    r"\b(the|and|with|orders?|shipping|search|settings|buyer|waiting|created?|updated|cancel(led)?|save|choose|not|yet|from|please|error)\b",
    re.I,
)
PAGES = (
    "/orders",
    "/orders?tab=error",
    "/orders?q=nothing-of-that-kind&status=DELIVERED&created=7d",
    "/skus",
    "/carriers",
    "/connections",
    "/settings",
    "/activity",
    "/dead-ends",
    "/reconciliation",
    "/returns",
    "/packing",
    "/account",
    "/users",
)


class Said(HTMLParser):
    """What a page says: its texts and spoken attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style", "kbd", "pre"}
        self.texts += [str(value) for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style", "kbd", "pre"}

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.texts.append(data.strip())


#: Names and addresses that stay as they are.
NAMES = re.compile(
    r"ada@example\.com|Stores &?>|TIKTOK_\w+|customer_note|carrier_code\S*|shipping_\w+|tiktok_sku.*"
    r"|order, ?carrier.*|„Check / Money order“|\S*/orders?\S*|English( \(US\))?|Order Status|orders?:\w+"
    r"|NOT LOGGED IN|allow oauth.*|orders-\S+",
    re.I,
)


def _leftovers(page: str) -> Iterator[str]:
    said = Said()
    said.feed(page)
    for text in said.texts:
        if ENGLISH.search(NAMES.sub("", text)):
            yield text


def test_no_page_is_half_english(log_in: Callable[[str], FlaskClient]) -> None:
    factories.make_failed_order()
    due = {"tts_sla_time": int(clock.now().timestamp()) + 86400}
    order = factories.make_order(status="PARTIALLY_SHIPPING", row={"magento_order_id": 77}, **due)
    factories.make_line_of_timeline(order, "The order became known.")
    client = log_in("admin")
    client.post("/language", data={"language": "de"})
    found = {}
    for address in (*PAGES, f"/orders/{order.tiktok_order_id}"):
        answer = client.get(address, follow_redirects=True)
        if answer.status_code == 404:
            continue
        assert answer.status_code == 200, address
        assert '<html lang="de"' in answer.text, address
        if left := sorted(set(_leftovers(answer.text))):
            found[address] = left
    assert found == {}


# -- what is said when something is wrong --------------------------------------------------------------------------------------


@pytest.fixture
def german_admin(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    client = log_in("admin")
    client.post("/language", data={"language": "de"})
    return client


WRONG_SETTINGS = {
    "create_way": "magic",
    "order_prefix": "X" * 17,
    "payment_method": "Check Money",
    "customer_email": "nobody",
    "street_lines": "5",
    "exchange_rate": "0",
    "cofunded_share": "x",
    "vat_rates": "Germany 19",
    "status_map": "DELIVERED canceled",
    "telephone_placeholder": "1\x002",
    "sample_window": "",
}


def test_settings_that_cannot_be_are_told_in_the_readers_language(german_admin: FlaskClient) -> None:
    shop = factories.make_shop()
    for changed in (
        WRONG_SETTINGS,
        {"status_map": "DELIVERED Not a code"},
        {"customer_mode": "fixed"},
        {"product_problem": "placeholder"},
        {"billing_address": "fixed"},
    ):
        form = settings.typed(ShopSettings()) | changed
        _, wrong = settings.read(form)
        assert set(changed) <= set(wrong) or len(changed) == 1
        answer = german_admin.post(f"/settings/{shop.id}", data=form)
        assert answer.status_code == 422
        assert [sentence for sentence in wrong.values() if sentence in html.unescape(answer.text)] == []
        assert list(_leftovers(answer.text)) == []
    stale = german_admin.post(f"/settings/{shop.id}", data=settings.typed(ShopSettings()) | {"version": "old"})
    assert stale.status_code == 409 and list(_leftovers(stale.text)) == []
    kept = settings.typed(ShopSettings()) | {"version": version_of(ShopSettings()), "invoice": "", "order_prefix": ""}
    german_admin.post(f"/settings/{shop.id}", data=kept)
    for page in (f"/settings?shop={shop.id}", "/activity?tab=changes"):
        told = " ".join(german_admin.get(page).text.split())
        assert "<td>ein</td><td>aus</td>" in re.sub(r' data-label="[^"]*"', "", told), page
    assert "Standard: ein" in german_admin.get(f"/settings?shop={shop.id}").text


def test_an_address_that_cannot_be_is_told_in_the_readers_language(german_admin: FlaskClient) -> None:
    store = factories.make_store(facts={"regions:US": [[57, "TX", "Texas"]]})
    order = factories.make_order(factories.make_shop(store_id=store.id))
    where = f"/orders/{order.tiktok_order_id}/address"
    for typed in ({}, {"postcode": "abc", "telephone": "?", "street": "*", "firstname": "x" * 101}):
        answer = german_admin.post(where, data=typed)
        assert answer.status_code == 422
        assert "Vorname darf" in answer.text and "Bundesland" in answer.text
        assert list(_leftovers(answer.text)) == []
        assert not re.search("must |may |still |Post code", answer.text)


def test_a_mapping_that_lacks_something_is_told_in_the_readers_language(german_admin: FlaskClient) -> None:
    for rows in ({}, {"sku-0": "MUG", "quantity-0": "x"}):
        answer = german_admin.post("/skus/edit", data={"tiktok_sku": "MUG", "do": "save", **rows})
        assert answer.status_code == 422
        assert list(_leftovers(answer.text)) == []
        assert not re.search("Choose|quantity of", answer.text)


def test_what_was_done_at_the_packing_table_and_for_many_is_told_in_the_readers_language(
    german_admin: FlaskClient,
) -> None:
    shop = factories.make_shop()
    line = factories.make_line(tracking_number="TT1234", display_status="AWAITING_COLLECTION")
    magento = {"magento_order_id": 7, "magento_increment_id": "000000007"}
    order = factories.make_order(
        shop, status="AWAITING_COLLECTION", shipping_type="TIKTOK", line_items=[line], row=magento
    )
    german_admin.post("/packing/scan", data={"order": order.tiktok_order_id, "label": "TT1234"})
    assert f"{order.tiktok_order_id}: Das Versandetikett TT1234 ist das richtige." in german_admin.get("/packing").text
    own = factories.make_order(shop)
    german_admin.post("/orders/arrange", data={"id": own.tiktok_order_id})
    page = german_admin.get("/orders").text
    assert f"Nicht erledigt: {own.tiktok_order_id}: " in page
    assert list(_leftovers(page)) == []


def test_a_toast_speaks_the_readers_language(german_admin: FlaskClient) -> None:
    shop = factories.make_shop()
    answer = german_admin.post(
        f"/carriers/{shop.id}/map",
        data={"code": "ups", "title": "", "provider": "nothing of that kind"},
        headers={"HX-Request": "true", "HX-Target": "tr#carrier"},
    )
    toast = json.loads(answer.headers["HX-Trigger"])["panel:toast"]["message"]
    assert not ENGLISH.search(NAMES.sub("", toast)), toast
