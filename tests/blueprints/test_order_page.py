"""The page of one order."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from connector import clock
from connector.blueprints.orders.details import amounts, item_groups, parcels
from connector.domain.rules import Actions, Conditions, Rule
from connector.extensions import db
from connector.sync import notes, rules
from connector.tiktok.orders import order_from_document
from tests import factories

FRAGMENT = {"HX-Request": "true", "HX-Target": "div#order"}


def test_alike_units_become_one_line_with_a_quantity() -> None:
    mug, tee = {"seller_sku": "MUG-01"}, {"seller_sku": "TEE-RED-M", "sku_id": "9", "price": "19.90"}
    lines = [factories.make_line(**mug), factories.make_line(**tee), factories.make_line(**mug)]
    lines.append(factories.make_line(**mug, is_gift=True, price="0"))
    groups = item_groups(order_from_document(factories.make_document(line_items=lines)), None)
    assert [(group.item.seller_sku, group.quantity, group.total) for group in groups] == [
        ("MUG-01", 2, Decimal("25.00")),
        ("TEE-RED-M", 1, Decimal("19.90")),
        ("MUG-01", 1, Decimal("0")),
    ]


def test_each_item_names_the_magento_products_that_it_became() -> None:
    bundle, mug = factories.make_line(seller_sku="SET-1", sku_id="8"), factories.make_line()
    booking = {
        "rows": [
            {"sku": "CUP", "line_item_ids": [bundle["id"]]},
            {"sku": "SAUCER", "line_item_ids": [bundle["id"]]},
            {"sku": "MUG-2024", "line_item_ids": [mug["id"]]},
        ]
    }
    groups = item_groups(order_from_document(factories.make_document(line_items=[bundle, mug])), booking)
    assert [group.magento_skus for group in groups] == [("CUP", "SAUCER"), ("MUG-2024",)]


def test_packages_keep_every_tracking_number() -> None:
    lines = [
        factories.make_line(package_id="1", tracking_number="AAA", shipping_provider_name="UPS"),
        factories.make_line(package_id="2", tracking_number="BBB", shipping_provider_name="USPS"),
        factories.make_line(package_id="2", tracking_number="BBB", shipping_provider_name="USPS"),
    ]
    found = parcels(order_from_document(factories.make_document(line_items=lines, tracking_number="AAA")))
    assert [(parcel.carrier, parcel.tracking_number, parcel.units) for parcel in found] == [
        ("UPS", "AAA", 1),
        ("USPS", "BBB", 2),
    ]


def test_a_tracking_number_of_the_whole_order_is_a_package_too() -> None:
    document = factories.make_document(tracking_number="AAA", shipping_provider="UPS")
    assert [parcel.tracking_number for parcel in parcels(order_from_document(document))] == ["AAA"]


def test_the_parts_of_the_payment_are_listed_without_those_that_are_nothing() -> None:
    payment = {"seller_discount": "2.50", "original_total_product_price": "15.00", "small_order_fee": "0.30"}
    listed = dict(amounts(order_from_document(factories.make_document(payment=payment))))
    assert listed["Seller's discount"] == Decimal("-2.50")
    assert listed["Small order fee"] == Decimal("0.30")
    assert "TikTok's discount" not in listed


def test_the_page_shows_both_sides_the_items_the_address_and_what_happened(viewer: FlaskClient) -> None:
    store = factories.make_store(url="https://shop.example.com", name="Main store")
    order = factories.make_order(
        factories.make_shop(store_id=store.id, name="Acme UK", time_zone="Europe/London"),
        buyer_message="Please ring twice",
        row={"magento_order_id": 77, "magento_increment_id": "100000077", "magento_status": "pending_payment"},
    )
    factories.make_line_of_timeline(order, "Placed in Magento.", kind="magento", details={"status": 200})
    text = viewer.get(f"/orders/{order.tiktok_order_id}").text
    for expected in (
        order.tiktok_order_id,
        "Awaiting shipment",
        "Pending payment",
        'href="https://shop.example.com/admin/sales/order/view/order_id/77/"',
        "Stoneware Mug",
        "MUG-01",
        "12 Market Street",
        "Please ring twice",
        "Placed in Magento.",
        "&#34;status&#34;: 200",
        "Times in Europe/London",
    ):
        assert expected in text, expected


def test_a_masked_address_says_why_it_is_masked(viewer: FlaskClient) -> None:
    address = {
        "name": "A** L***",
        "region_code": "US",
        "full_address": "United States, ****",
        "phone_number": "(+1)***",
    }
    order = factories.make_order(recipient_address=address)
    assert "TikTok hides parts of the address" in viewer.get(f"/orders/{order.tiktok_order_id}").text


def test_an_order_on_hold_says_when_its_address_comes(viewer: FlaskClient) -> None:
    order = factories.make_order(status="ON_HOLD", recipient_address={})
    assert "TikTok has not given the address yet" in viewer.get(f"/orders/{order.tiktok_order_id}").text


def test_an_announced_order_has_a_page_already(viewer: FlaskClient) -> None:
    order = factories.make_announced_order()
    answer = viewer.get(f"/orders/{order.tiktok_order_id}")
    assert answer.status_code == 200
    assert "Being read from TikTok Shop" in answer.text


def test_how_the_totals_were_booked_is_explained(viewer: FlaskClient) -> None:
    totals = dict.fromkeys(
        ("subtotal", "discount_amount", "tax_amount", "discount_tax_compensation_amount", "shipping_amount"), "0.00"
    )
    booking = {
        "currency": "USD",
        "base_currency": "USD",
        "base_rate": "1",
        "rows": [
            {
                "sku": "MUG-01",
                "name": "Mug",
                "quantity": 2,
                "price": "12.50",
                "row_total": "25.00",
                "discount_amount": "0",
                "tax_amount": "2.06",
                "line_item_ids": [],
            }
        ],
        "totals": totals | {"subtotal": "25.00", "tax_amount": "2.06", "grand_total": "32.05"},
        "base_totals": totals | {"grand_total": "32.05"},
        "explanations": [
            {"source": "payment.tax", "target": "tax_amount", "amount": "2.06", "sentence": "US sales tax on top."}
        ],
        "adjustment": {
            "name": "Difference to TikTok's total",
            "amount": "0.30",
            "parts_total": "31.75",
            "stated_total": "32.05",
        },
        "notes": ["A fee was booked as shipping."],
    }
    order = factories.make_order(row={"booking": booking, "needs_look": True})
    text = viewer.get(f"/orders/{order.tiktok_order_id}").text
    for expected in (
        "32.05",
        "US sales tax on top.",
        "Difference to TikTok&#39;s total",
        "31.75",
        "A fee was booked as shipping.",
        "TikTok's amounts did not add up",
    ):
        assert expected in text, expected


def test_the_living_part_answers_nothing_until_something_changes(viewer: FlaskClient) -> None:
    order = factories.make_order()
    page = viewer.get(f"/orders/{order.tiktok_order_id}").text
    found = re.search(r'id="order" hx-get="([^"]+)"', page)
    assert found
    address = found[1].replace("&amp;", "&")
    assert viewer.get(address, headers=FRAGMENT).status_code == 204
    factories.make_line_of_timeline(order, "Invoiced in Magento.")
    answer = viewer.get(address, headers=FRAGMENT)
    assert "Invoiced in Magento." in answer.text
    assert "<html" not in answer.text


def test_a_final_order_is_asked_for_seldom(viewer: FlaskClient) -> None:
    moving, final = factories.make_order(status="IN_TRANSIT"), factories.make_order(status="COMPLETED")
    assert 'hx-trigger="every 3s' in viewer.get(f"/orders/{moving.tiktok_order_id}").text
    assert 'hx-trigger="every 20s' in viewer.get(f"/orders/{final.tiktok_order_id}").text


def test_the_page_leads_to_its_neighbours_in_the_list_that_one_came_from(viewer: FlaskClient) -> None:
    shop, now = factories.make_shop(), clock.now()
    newer = factories.make_order(shop, status="IN_TRANSIT", create_time=now - timedelta(hours=1))
    factories.make_order(shop, status="CANCELLED", create_time=now - timedelta(hours=2))
    here = factories.make_order(shop, status="IN_TRANSIT", create_time=now - timedelta(hours=3))
    factories.make_order(shop, status="CANCELLED", create_time=now - timedelta(hours=4))
    text = viewer.get(f"/orders/{here.tiktok_order_id}", query_string={"list": "tab=in-transit"}).text
    assert re.search(rf'id="newer" href="/orders/{newer.tiktok_order_id}\?list=tab%3Din-transit"', text)
    assert 'id="older"' not in text
    assert 'href="/orders?tab=in-transit"' in text


def test_the_document_is_shown_as_it_came(viewer: FlaskClient) -> None:
    order = factories.make_order(a_field_of_tomorrow={"x": [1, 2]})
    text = viewer.get(f"/orders/{order.tiktok_order_id}/document").text
    assert "a_field_of_tomorrow" in text
    part = viewer.get(f"/orders/{order.tiktok_order_id}/document", headers={"HX-Request": "true"}).text
    assert part.startswith("<pre")


def test_an_order_that_was_stored_without_lines_breaks_no_page(staff: FlaskClient) -> None:
    """Such orders were read until they would have been booked as orders of nothing."""
    order = factories.make_order(
        factories.make_shop(region="US"), row={"magento_order_id": 7, "shipping_type": "TIKTOK"}
    )
    order.document = (order.document or {}) | {"line_items": []}
    db.session.commit()
    page = f"/orders/{order.tiktok_order_id}"
    for headers in ({}, FRAGMENT, {"HX-Request": "true", "HX-Target": "div#drawer-body"}):
        answer = staff.get(page, headers=headers)
        assert answer.status_code == 200 and order.tiktok_order_id in answer.text
    assert "cannot be read" in staff.get(page).text
    assert staff.post(f"{page}/arrange", data={"handover": ""}).status_code < 500
    for address in (f"{page}/packages", f"{page}/cancel", f"/packing/scan?order={order.tiktok_order_id}"):
        assert staff.get(address).status_code == 200
    for paper in ("packing-slips", "pick-list"):
        assert staff.get(f"/orders/{paper}.pdf?id={order.tiktok_order_id}").mimetype == "application/pdf"
    assert staff.post("/orders/labels", data={"id": [order.tiktok_order_id]}).status_code == 303
    rule = Rule(conditions=Conditions(), actions=Actions(tags=("x",)), id=0, name="")
    assert rules.preview(rule) == (1, [])


@pytest.mark.parametrize("document", [{"status": "A_NEW_STATUS"}, {"fulfillment_type": "BY_ROBOT"}])
def test_values_of_tomorrow_break_no_page(viewer: FlaskClient, document: dict[str, str]) -> None:
    order = factories.make_order(**document)
    assert viewer.get(f"/orders/{order.tiktok_order_id}").status_code == 200
    assert viewer.get("/orders").status_code == 200


def test_a_note_of_the_staff_is_shown_as_text(staff: FlaskClient) -> None:
    order = factories.make_order()
    address = f"/orders/{order.tiktok_order_id}"
    page = staff.post(f"{address}/notes", data={"words": "Call <b>first</b>"}, follow_redirects=True).text
    assert "Call &lt;b&gt;first&lt;/b&gt;" in page


def test_a_line_break_of_a_note_counts_as_one_sign(staff: FlaskClient) -> None:
    order = factories.make_order()
    words = "a\r\n" * 999 + "bc"  # as a browser sends 2,000 signs with their line breaks
    page = staff.post(f"/orders/{order.tiktok_order_id}/notes", data={"words": words}, follow_redirects=True).text
    assert "Noted." in page and "A note has at most" not in page
    [note] = notes.of(order.id)
    assert note.details[notes.WORDS] == words.replace("\r\n", "\n")
