"""The shipping card of an order: what it shows, and that each button writes a row."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from connector import clock
from connector.extensions import db
from connector.models import Order, PickupChoice, SeenCarrier, ShipAsk, Shipment, ShippingLabel
from connector.models.transaction import end_transaction, transaction
from tests import factories

NUMBERS = itertools.count(1)


def order(**document: Any) -> Order:
    row = factories.make_order(**document)
    with transaction() as session:
        session.execute(update(Order).where(Order.id == row.id).values(magento_order_id=77, magento_increment_id="77"))
    return row


def asks() -> list[ShipAsk]:
    found = list(db.session.scalars(select(ShipAsk).order_by(ShipAsk.id).execution_options(populate_existing=True)))
    end_transaction()
    return found


def packed(count: int = 1) -> Order:
    """An order of TikTok's carrier whose units lie in packages already, one each."""
    units = [factories.make_line(package_id=f"11525{next(NUMBERS)}") for _ in range(count)]
    return order(shipping_type="TIKTOK", line_items=units)


def lines(count: int) -> list[dict[str, Any]]:
    return [factories.make_line() for _ in range(count)]


def test_a_form_asks_for_some_units(staff: Any) -> None:
    units = lines(3)
    row = order(line_items=units)
    page = staff.get(f"/orders/{row.tiktok_order_id}").text
    assert "Left to ship: 3 units" in page
    answer = staff.post(
        f"/orders/{row.tiktok_order_id}/ship",
        data={"carrier": "ups", "number": "1Z 999", "line": [units[0]["id"]]},
    )
    assert answer.status_code == 303
    [ask] = asks()
    assert (ask.kind, ask.carrier_code, ask.tracking_number) == ("own", "ups", "1Z999")
    assert ask.line_item_ids == [units[0]["id"]]
    assert "Being shipped with the tracking number 1Z999" in staff.get(f"/orders/{row.tiktok_order_id}").text


def test_what_was_asked_can_be_taken_back(staff: Any) -> None:
    row = order()
    staff.post(f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "ups", "number": "1Z999"})
    staff.post(f"/orders/{row.tiktok_order_id}/ship/withdraw", data={"ask": asks()[0].id})
    assert asks() == []


def test_another_carrier_goes_by_its_title(staff: Any) -> None:
    row = order()
    staff.post(
        f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "custom", "title": "My Courier", "number": "1Z999"}
    )
    assert (asks()[0].carrier_code, asks()[0].carrier_title) == ("custom", "My Courier")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"status": "CANCELLED"}, "does not wait"),
        ({"shipping_type": "TIKTOK"}, "own carrier ships this order"),
        ({"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, "TikTok Shop delivers this order"),
        ({"fulfillment_type": "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"}, "TikTok Shop delivers this order"),
        ({"shipping_type": "TIKTOK_DIGITAL"}, "TikTok Shop delivers this order"),
    ],
)
def test_what_cannot_be_shipped_is_refused_in_words(staff: Any, document: dict[str, Any], sentence: str) -> None:
    row = order(**document)
    answer = staff.post(
        f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "ups", "number": "1Z999"}, follow_redirects=True
    )
    assert sentence in answer.text
    assert asks() == []


def test_many_are_arranged_at_once_and_those_that_refuse_are_named(staff: Any) -> None:
    mine = [order(shipping_type="TIKTOK") for _ in range(2)]
    other = order()
    ids = [row.tiktok_order_id for row in (*mine, other)]
    answer = staff.post("/orders/arrange", data={"id": ids}, follow_redirects=True)
    assert len(asks()) == 2
    assert f"Not done: {other.tiktok_order_id}" in answer.text


def test_a_viewer_may_not_ship(viewer: Any) -> None:
    row = order()
    assert viewer.post(f"/orders/{row.tiktok_order_id}/ship", data={"number": "1Z999"}).status_code == 403
    assert "Ship</button>" not in viewer.get(f"/orders/{row.tiktok_order_id}").text


def test_labels_that_nobody_asked_for_are_refused_in_words(staff: Any) -> None:
    row = order(shipping_type="TIKTOK")
    answer = staff.get("/orders/labels.pdf", query_string={"id": row.tiktok_order_id}, follow_redirects=True)
    assert "Ask for the labels first" in answer.text


def arranged() -> Order:
    line = factories.make_line(display_status="AWAITING_COLLECTION", package_id=f"11523{next(NUMBERS)}")
    return order(status="AWAITING_COLLECTION", shipping_type="TIKTOK", line_items=[line])


def test_the_bulk_bar_offers_what_its_orders_can_do(staff: Any, viewer: Any) -> None:
    order()
    text = staff.get("/orders").text
    assert "Arrange the shipment" not in text
    assert "Labels as one PDF" not in text
    order(shipping_type="TIKTOK")
    text = staff.get("/orders").text
    assert text.count("Arrange the shipment") == 1
    assert "Labels as one PDF" not in text
    arranged()
    assert "Labels as one PDF" in staff.get("/orders").text
    assert "Labels as one PDF" not in viewer.get("/orders").text


def test_many_are_arranged_for_pick_up_by_the_button_that_says_so(staff: Any) -> None:
    row = packed()
    row.shop.region = "ID"
    db.session.commit()
    assert "/orders/arrange?handover=PICKUP" in staff.get("/orders").text
    staff.post("/orders/arrange?handover=PICKUP", data={"id": row.tiktok_order_id})
    assert [ask.handover for ask in asks()] == ["PICKUP"]


def test_no_way_is_offered_or_kept_where_tiktok_is_told_none(staff: Any) -> None:
    # US, UK, EU, JP: there is no package before its label is bought, and Create Packages takes no word on the way.
    row = order(shipping_type="TIKTOK")
    address = f"/orders/{row.tiktok_order_id}"
    card = shipping_card(staff.get(address).text)
    assert "Arrange the shipment" in card and "handover" not in card and "pick-up" not in card.lower()
    refused = staff.post("/orders/arrange?handover=PICKUP", data={"id": row.tiktok_order_id}, follow_redirects=True)
    assert "takes no pick-up with the label of this order" in refused.text and asks() == []
    staff.post(f"{address}/arrange", data={})
    assert [ask.handover for ask in asks()] == [""]
    assert "(drop-off)" not in staff.get(address).text


def pick_up_read(row: Order, *choices: dict[str, Any]) -> None:
    packages = [line["package_id"] for line in row.document["line_items"]] if row.document else []
    with transaction() as session:
        for package_id, one in zip(packages, choices, strict=True):
            session.add(PickupChoice(package_id=package_id, order_id=row.id, read_at=clock.now(), choices=one))


def test_pick_up_times_that_have_passed_are_not_offered(staff: Any) -> None:
    row = packed(2)
    now = int(clock.now().timestamp())
    passed, coming, other = (now - 7200, now - 3600), (now + 3600, now + 7200), (now + 9000, now + 9900)
    pick_up_read(row, {"slots": [passed, coming, other]}, {"slots": [passed, coming]})
    card = shipping_card(staff.get(f"/orders/{row.tiktok_order_id}").text)
    # What only one of the packages can be picked up at is no time for both.
    assert re.findall(r'value="PICKUP:(\d+)-', card) == [str(coming[0])]


def test_pick_up_times_that_could_not_be_read_say_so(staff: Any) -> None:
    row = packed()
    pick_up_read(row, {"slots": [], "error": "the parcel is too heavy"})
    card = shipping_card(staff.get(f"/orders/{row.tiktok_order_id}").text)
    assert "The pick-up times could not be read: the parcel is too heavy" in card


def test_a_refused_arrangement_keeps_what_was_chosen(staff: Any) -> None:
    row = packed(3)
    ticked = row.document["line_items"][1]["id"] if row.document else ""
    address = f"/orders/{row.tiktok_order_id}"
    answer = staff.post(f"{address}/arrange", data={"line": [ticked], "handover": ""})
    assert answer.status_code == 422 and asks() == []
    card = shipping_card(answer.text)
    assert f'value="{ticked}" checked' in card and card.count('name="line"') == 3
    # The page follows by itself: what was chosen is left alone then, and what is new comes.
    assert re.findall(r'<(?:form|fieldset|label)[^>]* id="([^"]+)" hx-morph-skip', card) == [f"line-{ticked}"]
    assert "hx-morph-skip" not in shipping_card(staff.get(address).text)
    for again in ("arrange", "pickup-times"):
        assert staff.get(f"{address}/{again}").location == address


def test_asking_for_pick_up_times_keeps_what_was_ticked(staff: Any) -> None:
    row = packed(3)
    ticked = row.document["line_items"][1]["id"] if row.document else ""
    address = f"/orders/{row.tiktok_order_id}"
    sent = {"line": [ticked], "handover": "PICKUP"}
    answer = staff.post(f"{address}/pickup-times", data=sent)
    card = shipping_card(answer.text)
    assert f'value="{ticked}" checked' in card and 'value="PICKUP" checked' in card and card.count("checked") == 2
    # With script the page stays as it is.
    answer = staff.post(f"{address}/pickup-times", data=sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (200, "none")
    assert f'hx-post="{address}/pickup-times"' in card


def test_nothing_selected_is_said(staff: Any) -> None:
    for address in ("/orders/arrange", "/orders/labels"):
        assert "Select orders first" in staff.post(address, follow_redirects=True).text


@pytest.mark.parametrize(
    ("regions", "ways"),
    [
        (["US"], ["Arrange the shipment"]),
        (["GB", "DE"], ["Arrange the shipment"]),
        (["ID"], ["Arrange shipment: drop-off", "Arrange shipment: pick-up"]),
        (["US", "ID"], ["Arrange shipment: drop-off", "Arrange shipment: pick-up"]),
    ],
)
def test_a_pick_up_is_offered_for_many_only_where_it_is_taken(staff: Any, regions: list[str], ways: list[str]) -> None:
    for region in regions:
        factories.make_order(factories.make_shop(region=region), shipping_type="TIKTOK")
    assert re.findall(r"</svg>(Arrange[^<]+)</button>", staff.get("/orders").text) == ways


def test_each_order_that_cannot_be_arranged_is_named_beside_its_reason(staff: Any) -> None:
    own = [order().tiktok_order_id for _ in range(7)]
    gone = order(status="CANCELLED", shipping_type="TIKTOK").tiktok_order_id
    text = staff.post("/orders/arrange", data={"id": [*own, gone]}, follow_redirects=True).text
    assert f"{', '.join(own)}: This order is shipped by a carrier of your own" in text
    assert f"{gone}: TikTok Shop does not wait for this order" in text


@pytest.mark.parametrize("is_htmx", [True, False])
def test_asking_for_labels_leads_to_the_page_that_waits_for_them(staff: Any, is_htmx: bool) -> None:
    rows = [arranged(), arranged(), order()]
    ids = [row.tiktok_order_id for row in rows]
    headers = {"HX-Request": "true"} if is_htmx else {}
    answer = staff.post("/orders/labels?then=print", data={"id": ids}, headers=headers)
    address = answer.headers["HX-Redirect" if is_htmx else "Location"]
    text = staff.get(address).text
    assert "0 of 3 are here" in text
    assert text.count("being read…") == 2
    assert "A carrier of your own ships it" in text
    assert 'hx-trigger="every 1s"' in text
    with transaction() as session:
        session.execute(update(ShippingLabel).values(read_at=clock.now(), content=b"%PDF-1.4"))
    text = staff.get(address, headers={"HX-Request": "true", "HX-Target": "section#labels"}).text
    assert "every 1s" not in text
    assert f"/orders/labels.pdf?id={ids[0]}&amp;id={ids[1]}&amp;back_to=" in text


def test_a_label_that_failed_is_read_again_from_that_page(staff: Any) -> None:
    row = arranged()
    staff.post("/orders/labels", data={"id": row.tiktok_order_id})
    with transaction() as session:
        session.execute(update(ShippingLabel).values(error="TikTok Shop's label is no PDF."))
    address = f"/orders/labels?id={row.tiktok_order_id}"
    assert "label is no PDF" in staff.get(address).text
    assert "Read the missing ones again" in staff.get(address).text
    staff.post("/orders/labels?then=print", data={"id": row.tiktok_order_id})
    assert "being read…" in staff.get(address).text


def test_a_refused_correction_is_told_as_what_it_is(staff: Any) -> None:
    row = order(status="IN_TRANSIT")
    with transaction() as session:
        session.execute(update(Order).where(Order.id == row.id).values(needs_look=True))
        session.add(
            Shipment(
                order_id=row.id,
                store_id=factories.make_store().id,
                magento_shipment_id=5,
                created_at=clock.now(),
                tracking_number="1Z-OLD",
                refused_number="1Z-NEW",
                refused_because="shipping info can only be updated within 72 hours",
            )
        )
    text = staff.get(f"/orders/{row.tiktok_order_id}").text
    assert "TikTok Shop did not take the new one" in text
    assert "changed to 1Z-NEW in Magento; TikTok Shop keeps 1Z-OLD. shipping info can only" in text
    assert "did not add up" not in text


def partly_shipped(*left: dict[str, Any], **document: Any) -> Order:
    """An order of which a kettle went already."""
    gone = factories.make_line(
        product_name="Kettle",
        seller_sku="KET-01",
        display_status="AWAITING_COLLECTION",
        package_id=f"11524{next(NUMBERS)}",
    )
    cancelled = factories.make_line(product_name="Vase", seller_sku="VAS-01", display_status="CANCELLED")
    return order(status="PARTIALLY_SHIPPING", line_items=[gone, cancelled, *left], **document)


def shipping_card(page: str) -> str:
    return page.split('id="shipping"')[1].split("</section>")[0]


@pytest.mark.parametrize("shipping_type", ["SELLER", "TIKTOK"])
def test_a_partially_shipped_order_shows_what_is_left(staff: Any, viewer: Any, shipping_type: str) -> None:
    mugs, hat = (
        lines(2),
        factories.make_line(product_name="Straw Hat", seller_sku="HAT-07", sku_id="17295", sku_name="M"),
    )
    row = partly_shipped(*mugs, hat, shipping_type=shipping_type)
    card = shipping_card(staff.get(f"/orders/{row.tiktok_order_id}").text)
    assert "Left to ship: 3 units" in card
    offered = {part.split('"')[0] for part in card.split('name="line" value="')[1:]}
    assert offered == {line["id"] for line in (*mugs, hat)}
    # Who may not ship sees it as well, and so does everybody while a part is being shipped.
    card = shipping_card(viewer.get(f"/orders/{row.tiktok_order_id}").text)
    assert "Left to ship: 3 units" in card and "<form" not in card
    assert "2 × Stoneware Mug" in card and "1 × Straw Hat" in card
    assert "Kettle" not in card and "Vase" not in card


def test_the_last_unit_that_is_left_is_named(staff: Any) -> None:
    row = partly_shipped(factories.make_line())
    card = shipping_card(staff.get(f"/orders/{row.tiktok_order_id}").text)
    assert "Left to ship: 1 unit<" in card and "Stoneware Mug" in card and "Kettle" not in card
    staff.post(f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "ups", "number": "1Z999"})
    card = shipping_card(staff.get(f"/orders/{row.tiktok_order_id}").text)
    assert "Being shipped with the tracking number 1Z999" in card
    assert "Left to ship: 1 unit<" in card and "1 × Stoneware Mug" in card


def test_a_chosen_carrier_is_not_replaced_by_a_title(staff: Any) -> None:
    row = order()
    form = {"carrier": "ups", "title": "UPS Ground", "number": "1Z999"}
    assert staff.post(f"/orders/{row.tiktok_order_id}/ship", data=form).status_code == 303
    assert (asks()[0].carrier_code, asks()[0].carrier_title) == ("ups", "")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"number": "1 Z"}, "number", "A tracking number has 4 to 50"),
        ({"carrier": "custom", "title": " "}, "title", "Write the title of the other carrier."),
        ({"carrier": ""}, "carrier", "Choose the carrier."),
    ],
)
def test_a_refused_shipment_keeps_what_was_typed_and_names_the_field(
    staff: Any, wrong: dict[str, str], field: str, sentence: str
) -> None:
    units = lines(3)
    row = order(line_items=units)
    with transaction() as session:
        session.add(SeenCarrier(carrier_code="ups", title="", label="UPS", last_seen_at=clock.now()))
    form = {"carrier": "ups", "title": "Courier", "number": "1Z9999", "line": [units[1]["id"]]} | wrong
    answer = staff.post(f"/orders/{row.tiktok_order_id}/ship", data=form)
    assert answer.status_code == 422 and asks() == []
    card = shipping_card(answer.text)
    assert f'value="{form["number"]}"' in card and f'value="{form["title"].strip()}"' in card
    assert card.count("checked") == 1 and f'value="{units[1]["id"]}" checked' in card
    assert not form["carrier"] or f'<option value="{form["carrier"]}" selected' in card
    assert f'aria-describedby="{field}-wrong"' in card and card.count("aria-invalid") == 1
    assert sentence in card.split(f'id="{field}-wrong">')[1][:100]
    # Where it stands in the browser, a reload or a log-in leads back to the order.
    again = staff.get(f"/orders/{row.tiktok_order_id}/ship")
    assert again.location == f"/orders/{row.tiktok_order_id}"


def test_a_shipment_that_is_refused_for_the_orders_state_says_so_on_the_page(staff: Any) -> None:
    row = order()
    for _ in range(2):
        answer = staff.post(f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "ups", "number": "1Z999"})
    assert answer.status_code == 422 and len(asks()) == 1
    assert answer.text.count("Something is just being shipped.") == 1


def test_the_way_to_take_back_what_was_asked_is_inside_its_notice(staff: Any) -> None:
    row = order()
    staff.post(f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "ups", "number": "1Z999"})
    card = shipping_card(staff.get(f"/orders/{row.tiktok_order_id}").text)
    assert (
        "Take back" in card.split('<div class="notice">')[1].split("</div>")[0]
    )  # a parser closes a <p> before a <form>
