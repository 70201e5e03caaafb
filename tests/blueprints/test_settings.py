"""The settings page: every setting has its sentence, mistakes are named and kept, changes are written down."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.blueprints.settings import values, views
from connector.blueprints.settings.fields import GROUPS
from connector.blueprints.settings.fields_of_aftersales import STATUSES
from connector.domain.settings import ShopSettings
from connector.models import AuditEntry, Shop
from connector.models.transaction import end_transaction
from tests import factories


def form_of(settings: ShopSettings, **changed: str) -> dict[str, str]:
    """What a browser sends for the page with these settings."""
    sent = {name: value for name, value in values.typed(settings).items() if value or name not in FLAGS}
    return sent | {"version": views.version_of(settings)} | changed


FLAGS = {field.name for group in GROUPS for field in group.fields if field.kind == "flag"}


def reread(session: Session, shop: Shop) -> ShopSettings:
    session.refresh(shop)
    settings = shop.settings
    end_transaction()
    return settings


def test_every_setting_of_the_engine_is_on_the_page_with_a_sentence() -> None:
    listed = {field.name for group in GROUPS for field in group.fields}
    assert listed == {field.name for field in dataclasses.fields(ShopSettings)}
    for group in GROUPS:
        for field in group.fields:
            assert field.effect.endswith("."), field.name


def test_the_defaults_survive_the_form_unchanged() -> None:
    settings, wrong = values.read(values.typed(ShopSettings()))
    assert wrong == {}
    assert settings == ShopSettings()


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("order_prefix", " SHOP-", "SHOP-"),
        ("fixed_customer_id", "17", 17),
        ("customer_mode", "each", "each"),
        ("customer_website_id", "2", 2),
        ("vat_rates", "de 19\n* 20,5", {"DE": "19", "": "20.5"}),
        ("exchange_rate", "0,85", "0.85"),
        ("cofunded_share", "12.5", "12.5"),
        ("sample_window", "0,5", "0.5"),
        ("sample_window", "24", "24"),
        ("invoice", "", False),
        ("tax_mode", "included", "included"),
    ],
)
def test_a_value_is_read_as_the_engine_wants_it(name: str, raw: str, expected: Any) -> None:
    settings, wrong = values.read(values.typed(ShopSettings()) | {name: raw})
    assert wrong == {}
    assert getattr(settings, name) == expected
    assert ShopSettings.from_stored(settings.to_stored()) == settings if settings else False


@pytest.mark.parametrize(
    ("changed", "name", "words"),
    [
        ({"order_prefix": "TT 1"}, "order_prefix", "Number prefix"),
        ({"order_prefix": "X" * 17}, "order_prefix", "at most 16"),
        ({"customer_email": "nobody"}, "customer_email", "e-mail address"),
        ({"customer_email": ""}, "customer_email", "must not be empty"),
        ({"payment_method": "Check Money"}, "payment_method", "Payment method"),
        ({"create_way": "magic"}, "create_way", "one of the choices"),
        ({"street_lines": "5"}, "street_lines", "from 1 to 4"),
        ({"street_lines": "٣"}, "street_lines", "whole number"),
        ({"exchange_rate": "NaN"}, "exchange_rate", "must be a number"),
        ({"exchange_rate": "0"}, "exchange_rate", "more than 0"),
        ({"cofunded_share": "101"}, "cofunded_share", "from 0 to 100"),
        ({"sample_window": "0.4"}, "sample_window", "from 0.5 to 24"),
        ({"sample_window": "24.1"}, "sample_window", "from 0.5 to 24"),
        ({"sample_window": ""}, "sample_window", "must not be empty"),
        ({"vat_rates": "Germany 19"}, "vat_rates", "Germany 19"),
        ({"vat_rates": "DE nineteen"}, "vat_rates", "DE nineteen"),
        ({"customer_mode": "fixed"}, "fixed_customer_id", "is needed"),
        ({"customer_website_id": "0"}, "customer_website_id", "from 1 to 65,535"),
        ({"product_problem": "placeholder"}, "placeholder_sku", "is needed"),
        ({"telephone_placeholder": "1\x002"}, "telephone_placeholder", "control characters"),
    ],
)
def test_a_value_that_cannot_be_is_named(changed: dict[str, str], name: str, words: str) -> None:
    settings, wrong = values.read(values.typed(ShopSettings()) | changed)
    assert settings is None
    assert words in wrong[name]


def test_saving_writes_the_settings_and_who_changed_what_from_what_to_what(
    admin: FlaskClient, session: Session
) -> None:
    shop = factories.make_shop()
    answer = admin.post(
        f"/settings/{shop.id}", data=form_of(shop.settings, order_prefix="US-", price_basis="merchant_paid")
    )
    assert answer.status_code == 303
    assert reread(session, shop).order_prefix == "US-"
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.what, entry.before, entry.after) for entry in entries] == [
        ("Number prefix of records", "TT-", "US-"),
        ("Order total", "What the buyer paid", "With TikTok-funded discounts added back"),
    ]
    assert {entry.shop_id for entry in entries} == {shop.id}
    assert all(entry.actor.startswith("admin-") for entry in entries)
    page = admin.get("/settings").text
    assert "US-" in page
    assert entries[0].actor in page


def test_what_was_typed_is_kept_when_one_field_is_wrong(admin: FlaskClient, session: Session) -> None:
    shop = factories.make_shop()
    answer = admin.post(
        f"/settings/{shop.id}", data=form_of(shop.settings, order_prefix="a b", sku_strip_prefix="TTS-")
    )
    assert answer.status_code == 422
    assert 'value="a b"' in answer.text
    assert 'value="TTS-"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert reread(session, shop) == ShopSettings()
    assert session.scalar(select(AuditEntry.id)) is None


def test_a_form_that_was_loaded_before_somebody_elses_change_does_not_undo_it(
    admin: FlaskClient, session: Session
) -> None:
    shop = factories.make_shop()
    stale = form_of(shop.settings, sku_strip_suffix="-TT")
    admin.post(f"/settings/{shop.id}", data=form_of(shop.settings, order_prefix="NEW-"))
    answer = admin.post(f"/settings/{shop.id}", data=stale)
    assert answer.status_code == 409
    assert 'value="-TT"' in answer.text
    assert reread(session, shop).order_prefix == "NEW-"


def test_a_refused_save_does_not_forget_what_its_form_was_loaded_with(admin: FlaskClient, session: Session) -> None:
    shop = factories.make_shop()
    stale = form_of(shop.settings, order_prefix="a b")
    admin.post(f"/settings/{shop.id}", data=form_of(shop.settings, sku_strip_suffix="-TT"))
    refused = admin.post(f"/settings/{shop.id}", data=stale)
    assert refused.status_code == 422
    version = re.search(r'name="version" value="(.*?)"', refused.text)
    assert version
    answer = admin.post(f"/settings/{shop.id}", data=stale | {"order_prefix": "AB-", "version": version[1]})
    assert answer.status_code == 409
    assert reread(session, shop).sku_strip_suffix == "-TT"


def test_a_switch_can_be_taken_off_and_a_default_costs_nothing_in_the_row(admin: FlaskClient, session: Session) -> None:
    shop = factories.make_shop()
    form = form_of(shop.settings)
    del form["invoice"]
    admin.post(f"/settings/{shop.id}", data=form)
    session.refresh(shop)
    assert shop.stored_settings == {"invoice": False}


def test_what_is_typed_is_inert_on_the_page(admin: FlaskClient) -> None:
    shop = factories.make_shop()
    hostile = '"><script>alert(1)</script>'
    answer = admin.post(
        f"/settings/{shop.id}", data=form_of(shop.settings, sku_strip_prefix=hostile, vat_rates="</textarea><b>x")
    )
    assert "<script>alert(1)" not in answer.text
    assert "</textarea><b>x" not in answer.text


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_settings_are_an_admins(role: str, log_in: Any, session: Session) -> None:
    shop = factories.make_shop()
    client = log_in(role)
    assert client.get("/settings").status_code == 403
    assert client.post(f"/settings/{shop.id}", data=form_of(shop.settings, order_prefix="X-")).status_code == 403
    assert reread(session, shop) == ShopSettings()


def test_each_shop_has_settings_of_its_own(admin: FlaskClient, session: Session) -> None:
    first, second = factories.make_shop(), factories.make_shop()
    admin.post(f"/settings/{second.id}", data=form_of(second.settings, order_prefix="B-"))
    assert reread(session, first).order_prefix == "TT-"
    assert reread(session, second).order_prefix == "B-"
    assert second.name in admin.get(f"/settings?shop={second.id}").text
    assert admin.get("/settings?shop=999").status_code == 404
    assert admin.post("/settings/999", data=form_of(ShopSettings())).status_code == 404


def test_without_a_shop_the_page_says_what_comes_first(admin: FlaskClient) -> None:
    assert "No shop is connected yet" in admin.get("/settings").text


def test_the_table_of_statuses_is_read_from_its_controls_and_shown_again(admin: FlaskClient, session: Session) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, row={"magento_status": "tiktok_label_printed"})
    page = admin.get(f"/settings?shop={shop.id}").text
    assert '<option value="tiktok_label_printed">' in page
    form = form_of(ShopSettings())
    del form["status_map"]
    notes = {f"status_map.{key}.note": "1" for key in STATUSES if key != "IN_TRANSIT"}
    answer = admin.post(f"/settings/{shop.id}", data=form | notes | {"status_map.DELIVERED": "tiktok_delivered"})
    assert answer.status_code == 303
    assert reread(session, shop).status_map == {"IN_TRANSIT": "-", "DELIVERED": "tiktok_delivered"}
    page = admin.get(f"/settings?shop={shop.id}").text
    assert 'name="status_map.DELIVERED" value="tiktok_delivered"' in page
    assert 'name="status_map.IN_TRANSIT.note" value="1" aria-label' in page
    assert "In transit: no note, Delivered: tiktok_delivered" in page


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("DELIVERED Tik Tok", "for Delivered: is a code of Magento"),
        ("DELIVERED canceled", "only Magento itself"),
        ("LOST lost", "TikTok does not have"),
    ],
)
def test_a_status_that_cannot_be_is_named(line: str, words: str) -> None:
    settings, wrong = values.read(values.typed(ShopSettings()) | {"status_map": line})
    assert settings is None
    assert words in wrong["status_map"]
