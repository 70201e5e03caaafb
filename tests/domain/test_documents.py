"""The table: TikTok order documents and the Magento document that an accountant would write down for each, by hand.

Every file in documents/ holds a comment with the calculation, the shop's settings, the order in the shape of GET
/order/202507/orders, and the amounts, rows and address expected in Magento.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tiktok_shop_api.generated.models import GetOrderDetailResponseDataOrder

from connector.domain.address import postal_address
from connector.domain.amounts import book
from connector.domain.booking import BookedTotals, Booking
from connector.domain.countries import REGION_REQUIRED
from connector.domain.magento_order import MagentoProduct
from connector.domain.order import Order
from connector.domain.postal import Region
from connector.domain.products import SkuMapping, match
from connector.domain.settings import ShopSettings
from connector.tiktok.orders import order_from_document
from sandbox.magento.regions import REGIONS
from tests.domain.checks import check_adds_up

FILES = sorted((Path(__file__).parent / "documents").glob("*.json"))
PRICES = {
    "TEE-RED-M": "19.90",
    "MUG-01": "12.50",
    "HAT-07": "16.00",
    "SOCK-3P": "9.99",
    "TOTE-NAT": "14.25",
    "CAP-BLK": "18.00",
    "POSTER-A2": "24.95",
    "CANDLE-VAN": "11.75",
    "NOTE-A5": "8.40",
    "PEN-GEL": "2.35",
    "LAMP-3": "33.33",
    "COLA-6": "6.45",
}
CATALOGUE = {
    sku: MagentoProduct(id=number, sku=sku, name=sku.title(), price=Decimal(price))
    for number, (sku, price) in enumerate(PRICES.items(), start=1)
}


@dataclass(frozen=True)
class Document:
    name: str
    data: dict[str, Any]

    @property
    def order(self) -> Order:
        return order_from_document(self.data["order"])

    @property
    def settings(self) -> ShopSettings:
        return ShopSettings.from_stored(self.data["settings"])

    def booking(self) -> Booking:
        stored = self.data.get("mappings", {})
        mappings = {sku: SkuMapping.from_stored(sku, products) for sku, products in stored.items()}
        matching = match(self.order, self.settings, mappings, CATALOGUE)
        assert not matching.problems
        base = self.data["base"]
        return book(
            self.order,
            matching.products,
            self.settings,
            base_currency=base["currency"],
            base_rate=Decimal(base["rate"]) if base["rate"] else None,
        )


DOCUMENTS = [Document(path.stem, json.loads(path.read_text())) for path in FILES]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


def amounts(totals: BookedTotals, names: dict[str, str]) -> dict[str, str]:
    return {name: str(getattr(totals, name)) for name in names}


@each_document
def test_amounts_are_those_of_the_accountant(document: Document) -> None:
    expected = document.data["magento"]
    booking = document.booking()
    assert amounts(booking.totals, expected["totals"]) == expected["totals"]
    rows = [{name: str(getattr(row, name)) for name in expected["rows"][0]} for row in booking.rows]
    assert rows == [{name: str(value) for name, value in row.items()} for row in expected["rows"]]
    if "base_totals" in expected:
        assert amounts(booking.base_totals, expected["base_totals"]) == expected["base_totals"]
    if "tax_mode" in expected:
        assert booking.tax_mode == expected["tax_mode"]


@each_document
def test_parts_add_up_as_magento_adds_them(document: Document) -> None:
    check_adds_up(document.booking())


@each_document
def test_a_difference_is_named_only_where_there_is_one(document: Document) -> None:
    booking = document.booking()
    stated = document.data["magento"].get("adjustment")
    assert booking.needs_look == bool(stated)
    if stated:
        assert booking.adjustment is not None
        assert {name: str(getattr(booking.adjustment, name)) for name in stated} == stated


@each_document
def test_the_orders_comment_says_what_a_person_should_know(document: Document) -> None:
    notes = "\n".join(document.booking().notes)
    for said in document.data["magento"].get("notes_say", ()):
        assert said in notes


@each_document
def test_every_amount_is_explained(document: Document) -> None:
    booking = document.booking()
    explained = {(line.target, line.amount) for line in booking.explanations}
    assert ("grand_total", booking.totals.grand_total) in explained
    for row in booking.rows:
        for name in ("row_total", "discount_amount", "tax_amount", "discount_tax_compensation_amount"):
            value = getattr(row, name)
            assert not value or (f"items[{row.sku}].{name}", value) in explained
    assert all(line.source and line.sentence for line in booking.explanations)
    for target in ("shipping_amount", "shipping_incl_tax"):
        lines = [line.amount for line in booking.explanations if line.target == target]
        assert not lines or sum(lines) == getattr(booking.totals, target)


@each_document
def test_the_address_is_what_the_warehouse_needs(document: Document) -> None:
    order, expected = document.order, document.data["magento"]["address"]
    country = order.recipient.region_code
    regions = [Region(id=r.id, code=r.code, name=r.name) for r in REGIONS.get(country, ())]
    address = postal_address(order.recipient, order, document.settings, regions, country in REGION_REQUIRED)
    got = {name: getattr(address, name) for name in expected} | {"street": list(address.street)}
    assert got == expected
    ids = {(region.code, region.name): region.id for region in regions}
    assert address.region_id == ids.get((address.region_code, address.region))
    assert address.is_masked == bool(expected.get("is_masked"))


@each_document
def test_the_order_has_the_shape_that_tiktok_documents(document: Document) -> None:
    model = GetOrderDetailResponseDataOrder.from_dict(document.data["order"])
    parts = (model, model.payment, model.recipient_address, *model.line_items, *model.recipient_address.district_info)
    assert [part.additional_properties for part in parts] == [{}] * len(parts)


def test_the_table_is_complete() -> None:
    countries = {document.order.recipient.region_code for document in DOCUMENTS}
    assert len(DOCUMENTS) >= 40
    assert countries == {
        *("US", "GB", "DE", "FR", "ES", "IT", "IE", "NL", "JP", "MX", "BR"),
        *("ID", "TH", "VN", "MY", "PH", "SG"),
    }
    assert all(document.data["comment"] for document in DOCUMENTS)
