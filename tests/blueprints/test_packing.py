"""The packing table: papers as PDF, tracking numbers by file, order after order by scanner."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from connector import clock
from connector.blueprints.packing import papers
from connector.extensions import db
from connector.models import BulkRun, CarrierMapping, Order, ShipAsk, Shop, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from tests import factories


@pytest.fixture
def shop(app: Any) -> Shop:
    shop = factories.make_shop(name="Acme US", region="US")
    with transaction() as session:
        session.add(
            CarrierMapping(
                shop_id=0,
                carrier_code="ups",
                title="",
                shipping_provider_id="7001",
                shipping_provider_name="UPS",
                created_at=clock.now(),
                created_by="",
            )
        )
    return shop


def order(shop: Shop, number: int = 77, **document: Any) -> Order:
    return factories.make_order(
        shop, row={"magento_order_id": number, "magento_increment_id": f"{number:09d}"}, **document
    )


def asks() -> list[ShipAsk]:
    found = list(db.session.scalars(select(ShipAsk).order_by(ShipAsk.id).execution_options(populate_existing=True)))
    end_transaction()
    return found


def text_of(answer: Any) -> list[str]:
    assert answer.mimetype == "application/pdf", answer.text[:300]
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]


def test_slips_of_chosen_orders_are_one_pdf_with_both_numbers_and_no_markup(staff: Any, shop: Shop) -> None:
    first = order(shop, buyer_message="<b>Wrap it</b> 🎁")
    second = order(shop, 78, recipient_address={"name": "山田 太郎 ผู้ใหญ่", "region_code": "JP", "full_address": "x"})
    answer = staff.post(
        "/orders/selected",
        data={"what": "packing-slips", "id": [first.tiktok_order_id, second.tiktok_order_id]},
        follow_redirects=True,
    )
    pages = text_of(answer)
    assert len(pages) == 2
    assert "Acme US" in pages[0] and first.tiktok_order_id in pages[0] and "000000077" in pages[0]
    assert "MUG-01" in pages[0] and "Ada Lovelace" in pages[0] and "<b>Wrap it</b>" in pages[0]
    assert "12.50" not in pages[0]
    assert "山田 太郎" in pages[1]
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_paper_prices_and_a_foot_are_settings(staff: Any, shop: Shop) -> None:
    row = order(shop)

    def width() -> tuple[float, str]:
        answer = staff.get(f"/orders/packing-slips.pdf?id={row.tiktok_order_id}")
        return float(PdfReader(io.BytesIO(answer.data)).pages[0].mediabox.width), text_of(answer)[0]

    assert width()[0] == pytest.approx(612)  # Letter, in the US
    with transaction() as session:
        session.execute(
            update(Shop).values(
                stored_settings={"packing_paper": "a4", "packing_prices": True, "packing_note": "Thank you!"}
            )
        )
    wide, text = width()
    assert wide == pytest.approx(595.28)
    assert "12.50" in text and "Thank you!" in text


def test_papers_and_scanner_count_the_pieces_of_magentos_products(staff: Any, shop: Shop) -> None:
    line = factories.make_line(seller_sku="MUG-6", product_name="Six mugs", price="24")
    row = order(shop, line_items=[line])
    mugs = {"sku": "MUG", "name": "Stoneware Mug", "quantity": 6, "line_item_ids": [line["id"]]}
    with transaction() as session:
        session.execute(update(Order).values(booking={"rows": [mugs]}))
        session.execute(update(Shop).values(stored_settings={"packing_prices": True}))
    [slip] = text_of(staff.get(f"/orders/packing-slips.pdf?id={row.tiktok_order_id}"))
    assert (
        "6 units · 24.00" in slip.replace("\xa0", " ") and slip.count("24.00") == 2
    )  # a piece's price is not TikTok's
    assert "MUG-6" not in slip and "Stoneware Mug" in slip
    [picked] = text_of(staff.get(f"/orders/pick-list.pdf?id={row.tiktok_order_id}"))
    assert "6 units" in picked and "MUG" in picked
    page = staff.get(f"/packing/scan?order={row.tiktok_order_id}").text
    assert "Into the parcel: 6 units" in page and '<span class="pack-count">6</span>' in page


def test_papers_speak_the_readers_language(staff: Any, shop: Shop) -> None:
    row = order(shop, line_items=[factories.make_line(is_gift=True)], create_time=1764000000)
    staff.post("/language", data={"language": "de"})
    [slip] = text_of(staff.get(f"/orders/packing-slips.pdf?id={row.tiktok_order_id}"))
    assert "24. Nov. 2025, 16:00" in slip and "· Geschenk" in slip
    many = [order(shop, number) for number in range(80, 88)]
    addresses = "&".join(f"id={one.tiktok_order_id}" for one in many)
    [picked] = text_of(staff.get(f"/orders/pick-list.pdf?{addresses}"))
    assert f"und {len(many) - 6} weitere" in " ".join(picked.split())


def test_the_pick_list_names_what_it_leaves_out(staff: Any, shop: Shop) -> None:
    lines = [factories.make_line(seller_sku="TEA-9"), factories.make_line(seller_sku="TEA-9")]
    order(shop, line_items=lines)
    gone = order(shop, 78, status="CANCELLED")
    staff.post("/orders/all")
    run_id = db.session.scalar(select(BulkRun.id))
    [page] = text_of(staff.get(f"/orders/pick-list.pdf?run={run_id}"))
    assert "TEA-9" in page and "1 order" in page and "2 units" in page
    assert f"{gone.tiktok_order_id}: Cancelled" in page


def test_all_that_waits_is_one_click_and_nothing_waiting_is_said(staff: Any, shop: Shop) -> None:
    assert "Nothing waits" in staff.get("/packing").text
    order(shop)
    order(shop, 78, status="IN_TRANSIT")
    order(shop, 79, fulfillment_type="FULFILLMENT_BY_DILAYANI_TOKOPEDIA")
    order(shop, 80, shipping_type="TIKTOK_DIGITAL")
    assert "1 order waits" in staff.get("/packing").text
    [page] = text_of(staff.post("/packing/papers", data={"what": "pick-list"}, follow_redirects=True))
    assert "1 unit" in page
    assert "Select orders first" in staff.get("/orders/packing-slips.pdf", follow_redirects=True).text


def test_on_a_busy_day_the_most_urgent_come_first(staff: Any, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "MOST", {"pick-list": 2, "packing-slips": 1})
    now = int(clock.now().timestamp())
    late, soon, urgent = (order(shop, 70 + hours, rts_sla_time=now + 3600 * hours) for hours in (9, 5, 1))
    page = staff.get("/packing").text
    assert "Pick list: the 2 most urgent of 3" in page and "Packing slips: the 1 most urgent of 3" in page
    [slip] = text_of(staff.post("/packing/papers", data={"what": "packing-slips"}, follow_redirects=True))
    assert urgent.tiktok_order_id in slip
    [picked] = text_of(staff.post("/packing/papers", data={"what": "pick-list"}, follow_redirects=True))
    assert "2 orders" in picked and "The 2 most urgent of 3 that wait to be shipped" in " ".join(picked.split())
    assert soon.tiktok_order_id[-6:] in picked and late.tiktok_order_id[-6:] not in picked


def test_a_file_ships_its_good_lines_and_leaves_the_others_in_the_box(staff: Any, shop: Shop) -> None:
    first, second = order(shop), order(shop, 78)
    lines = [
        "order,carrier,tracking_number",
        f"{first.tiktok_order_id},UPS,1Z 999 AA1",
        "000000078,,1Z999AA2",
        f"{first.tiktok_order_id},ups,1Z999AA3",
        "12345,ups,1Z999AA4",
        "000000078,Pigeon Post,1Z999AA5",
    ]
    content = "\n".join(lines).encode()
    answer = staff.post("/packing/tracking", data={"file": (io.BytesIO(content), "t.csv"), "carrier": "ups"})
    assert answer.status_code == 422
    assert [(ask.order_id, ask.carrier_code, ask.tracking_number) for ask in asks()] == [
        (first.id, "ups", "1Z999AA1"),
        (second.id, "ups", "1Z999AA2"),
    ]
    page = answer.text
    assert "2 parcels are being shipped" in page and "3 lines were not taken" in page
    assert "Something is just being shipped" in page and "No order 12345 is known" in page
    assert "carrier Pigeon Post is not mapped" in page
    assert "12345,ups,1Z999AA4" in page  # nothing is lost: it stands in the box to be put right
    assert "1Z999AA1," not in page


@pytest.mark.parametrize("data", [{}, {"lines": "a,b\n1,2"}, {"file": (io.BytesIO(b"x" * 600_000), "t.csv")}])
def test_what_is_no_file_of_numbers_is_said_and_what_was_pasted_kept(staff: Any, shop: Shop, data: Any) -> None:
    answer = staff.post("/packing/tracking", data=data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert str(data.get("lines", "")) in answer.text


def test_scan_the_order_scan_the_label_next(staff: Any, shop: Shop) -> None:
    row = order(shop)
    page = staff.get(f"/packing/scan?order={row.tiktok_order_id}&carrier=ups").text
    assert "Into the parcel: 1 unit" in page and "MUG-01" in page
    assert 'name="label" autofocus' in page and '<option value="ups" selected>' in page
    same = staff.post(
        "/packing/scan", data={"order": row.tiktok_order_id, "label": row.tiktok_order_id, "carrier": "ups"}
    )
    assert "That is the order again" in same.text
    answer = staff.post("/packing/scan", data={"order": row.tiktok_order_id, "label": "1Z999AA1\r", "carrier": "ups"})
    assert answer.headers["Location"].endswith("/packing/scan?carrier=ups")
    page = staff.get("/packing/scan?carrier=ups").text
    assert "Ships with 1Z999AA1" in page and 'name="order" autofocus' in page and "Being shipped" in page
    assert [ask.tracking_number for ask in asks()] == ["1Z999AA1"]


def test_a_label_that_is_on_another_order_is_asked_about_once(staff: Any, shop: Shop) -> None:
    first, second = order(shop), order(shop, 78)
    data = {"order": first.tiktok_order_id, "label": "1Z999AA1", "carrier": "ups"}
    staff.post("/packing/scan", data=data)
    answer = staff.post("/packing/scan", data=data | {"order": second.tiktok_order_id})
    assert f"is on order {first.tiktok_order_id} already" in answer.text
    assert 'name="said_of" value="1Z999AA1"' in answer.text
    staff.post("/packing/scan", data=data | {"order": second.tiktok_order_id, "said_of": "1Z999AA1"})
    assert [ask.order_id for ask in asks()] == [first.id, second.id]


def test_tiktoks_label_is_compared(staff: Any, shop: Shop) -> None:
    line = factories.make_line(tracking_number="TT1234", display_status="AWAITING_COLLECTION")
    row = order(shop, status="AWAITING_COLLECTION", shipping_type="TIKTOK", line_items=[line], tracking_number="TT1234")
    assert "to be compared" in staff.get("/packing/scan?order=TT1234").text  # the label leads to its order too
    wrong = staff.post("/packing/scan", data={"order": row.tiktok_order_id, "label": "TT9999"})
    assert "Wrong label" in wrong.text and "is TT1234" in wrong.text
    staff.post("/packing/scan", data={"order": row.tiktok_order_id, "label": "TT1234"})
    said = db.session.scalars(select(TimelineEntry.sentence).where(TimelineEntry.code == "label_checked")).one()
    assert said == "Packed: the label TT1234 is the right one."
    assert asks() == []


def test_what_must_not_be_shipped_stops_the_scanner_in_words(staff: Any, shop: Shop) -> None:
    row = order(shop, status="CANCELLED")
    page = staff.get(f"/packing/scan?order={row.tiktok_order_id}").text
    assert "Cancelled. Do not ship." in page and 'name="label"' not in page
    unknown = staff.get("/packing/scan?order=nothing")
    assert "No order nothing is known" in unknown.text


def test_a_viewer_does_not_pack(viewer: Any, shop: Shop) -> None:
    row = order(shop)
    assert viewer.get("/packing").status_code == 403
    assert viewer.get(f"/orders/packing-slips.pdf?id={row.tiktok_order_id}").status_code == 403
