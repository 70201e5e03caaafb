"""The carrier page: what is shown first, what saving does, with and without script, and the file."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import CarrierMapping, Order, SeenCarrier, ShippingProvider, Shop, Source, Warehouse
from connector.models.transaction import end_transaction, transaction
from connector.sync import carrier_rows
from tests import factories

PROVIDERS = {"7001": "USPS", "7002": "UPS", "7003": "FedEx", "7004": "DHL_US"}


@pytest.fixture
def shop(app: Any) -> Shop:
    shop = factories.make_shop()
    with transaction() as session:
        for provider_id, name in PROVIDERS.items():
            session.add(ShippingProvider(shop_id=shop.id, provider_id=provider_id, name=name, read_at=clock.now()))
    return shop


def seen(code: str, title: str = "", label: str = "") -> None:
    with transaction() as session:
        session.add(SeenCarrier(carrier_code=code, title=title, label=label, last_seen_at=clock.now()))


def waiting(shop: Shop, subject: str) -> int:
    """An order that stands in Error because its carrier is not mapped."""
    with transaction() as session:
        order = Order(
            shop_id=shop.id,
            tiktok_order_id=f"57{next(_numbers):016d}",
            created_at=clock.now(),
            updated_at=clock.now(),
            sync_state="error",
            error_code="unmapped_carrier",
            error_subject=subject,
        )
        session.add(order)
        session.flush()
        return order.id


def _count() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


_numbers = _count()


def mapping() -> dict[str, str]:
    rows = db.session.scalars(select(CarrierMapping).execution_options(populate_existing=True)).all()
    end_transaction()
    return {f"{row.carrier_code}|{row.title}": row.shipping_provider_id for row in rows}


def state_of(order_id: int) -> str:
    row = db.session.get_one(Order, order_id, populate_existing=True)
    end_transaction()
    return row.sync_state


def names(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('data-carrier="')[1:]]


def test_carriers_that_orders_wait_for_come_first_with_how_many(shop: Shop, staff: Any) -> None:
    seen("dpd")
    seen("custom", "My Courier")
    waiting(shop, "custom: My Courier")
    waiting(shop, "custom: My Courier")
    waiting(shop, "zed")
    page = staff.get("/carriers").text
    assert names(page)[:3] == ["custom: My Courier", "zed", "dpd"]
    assert "2 orders wait" in page
    assert "1 order waits" in page


@pytest.mark.parametrize(
    ("code", "label", "provider"), [("ups", "", "UPS"), ("dhl", "DHL", "DHL_US"), ("fedex", "Federal Express", "FedEx")]
)
def test_what_is_alike_is_suggested_and_saved_only_when_confirmed(
    shop: Shop, staff: Any, code: str, label: str, provider: str
) -> None:
    row = next(row for row in carrier_rows.rows_of(shop.id) if row.carrier.code == code)
    assert row.suggested_name == provider
    assert mapping() == {}
    staff.post(f"/carriers/{shop.id}/suggested", data={"carrier": [code]})
    assert list(mapping()) == [f"{code}|"]


def test_what_is_not_alike_is_not_suggested(shop: Shop) -> None:
    seen("custom", "My Courier")
    row = next(row for row in carrier_rows.rows_of(shop.id) if row.carrier.title)
    assert row.suggested_id == ""


def test_how_many_wait_leads_to_just_those(shop: Shop, staff: Any) -> None:
    waiting(shop, "custom: My Courier")
    waiting(shop, "zed")
    waiting(factories.make_shop(), "custom: My Courier")
    page = html.unescape(staff.get(f"/carriers?shop={shop.id}").text)
    address = re.findall(r'href="([^"]+)">1 order waits', page)[0]
    assert len(re.findall(r'<tr id="o-', staff.get(address).text)) == 1


@pytest.mark.parametrize("page", ["carriers", "warehouses"])
def test_a_shop_that_is_not_connected_is_not_shown_as_another(shop: Shop, staff: Any, page: str) -> None:
    gone = factories.make_shop(name="Gone & Co", state="disconnected")
    answer = html.unescape(staff.get(f"/{page}?shop={gone.id}&carrier=dpd").text)
    assert "Gone & Co is not connected" in answer and "providers of TikTok Shop" not in answer
    assert "Gone & Co" not in staff.get(f"/{page}").text
    assert staff.get(f"/{page}?shop={shop.id}").status_code == 200
    assert staff.get(f"/{page}?shop=999").status_code == 404


def test_the_orders_of_another_shop_go_on_waiting(shop: Shop, staff: Any) -> None:
    other = factories.make_shop()
    mine, others = waiting(shop, "dpd"), waiting(other, "dpd")
    answer = staff.post(f"/carriers/{shop.id}/map", data={"code": "dpd", "provider": "FedEx"})
    assert (state_of(mine), state_of(others)) == ("pending", "error")
    assert "1 waiting order goes on" in staff.get(answer.headers["Location"]).text
    staff.post(f"/carriers/{shop.id}/map", data={"code": "*", "provider": "FedEx"})
    assert state_of(others) == "error"


def test_saving_maps_and_releases_the_orders_that_waited(shop: Shop, staff: Any) -> None:
    mine, other = waiting(shop, "custom: My Courier"), waiting(shop, "dpd")
    answer = staff.post(f"/carriers/{shop.id}/map", data={"code": "custom", "title": "My Courier", "provider": "fedex"})
    assert answer.status_code == 303
    assert mapping() == {"custom|My Courier": "7003"}
    assert (state_of(mine), state_of(other)) == ("pending", "error")
    assert "1 waiting order goes on" in staff.get(answer.headers["Location"]).text


def test_the_default_releases_all_that_wait(shop: Shop, staff: Any) -> None:
    orders = [waiting(shop, "dpd"), waiting(shop, "custom: My Courier")]
    staff.post(f"/carriers/{shop.id}/map", data={"code": "*", "provider": "7001"})
    assert [state_of(order) for order in orders] == ["pending", "pending"]


def test_custom_itself_counts_for_every_title(shop: Shop, staff: Any) -> None:
    order = waiting(shop, "custom: My Courier")
    staff.post(f"/carriers/{shop.id}/map", data={"code": "custom", "provider": "USPS"})
    assert state_of(order) == "pending"


def test_with_script_the_row_alone_comes_back(shop: Shop, staff: Any) -> None:
    answer = staff.post(
        f"/carriers/{shop.id}/map", data={"code": "ups", "provider": "UPS"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert answer.text.count("<li") == 1
    assert "Mapped" in answer.text
    assert "panel:toast" in answer.headers["HX-Trigger"]


@pytest.mark.parametrize("is_htmx", [True, False])
def test_a_provider_that_does_not_exist_is_refused_and_what_was_typed_kept(
    shop: Shop, staff: Any, is_htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if is_htmx else {}
    answer = staff.post(
        f"/carriers/{shop.id}/map",
        data={"code": "ups", "provider": "Pigeon <Post>"},
        headers=headers,
        follow_redirects=True,
    )
    assert "no shipping provider Pigeon &lt;Post&gt;" in answer.text
    assert mapping() == {}


def test_an_empty_choice_takes_the_mapping_away(shop: Shop, staff: Any) -> None:
    staff.post(f"/carriers/{shop.id}/map", data={"code": "ups", "provider": "UPS"})
    staff.post(f"/carriers/{shop.id}/map", data={"code": "ups", "provider": ""})
    assert mapping() == {}


def test_a_carrier_can_be_added(shop: Shop, staff: Any) -> None:
    staff.post(f"/carriers/{shop.id}/add", data={"code": "custom", "title": "Bike Messenger"})
    assert "custom: Bike Messenger" in names(staff.get("/carriers").text)


def test_the_file_goes_out_and_in_again(shop: Shop, staff: Any) -> None:
    seen("custom", "=HYPERLINK(1)")
    staff.post(f"/carriers/{shop.id}/map", data={"code": "ups", "provider": "UPS"})
    staff.post(f"/carriers/{shop.id}/map", data={"code": "*", "provider": "USPS"})
    content = staff.get(f"/carriers/{shop.id}/mapping.csv").text
    assert "'=HYPERLINK" in content
    before = mapping()
    for code in ("ups", "*"):
        staff.post(f"/carriers/{shop.id}/map", data={"code": code, "provider": ""})
    assert mapping() == {}
    staff.post(f"/carriers/{shop.id}/mapping.csv", data={"file": (io.BytesIO(content.encode()), "c.csv")})
    assert mapping() == before


def test_a_file_with_a_wrong_line_changes_nothing_and_names_the_line(shop: Shop, staff: Any) -> None:
    content = b"carrier_code,title,shipping_provider_id\nups,,7002\ndpd,,9999\n"
    answer = staff.post(
        f"/carriers/{shop.id}/mapping.csv", data={"file": (io.BytesIO(content), "c.csv")}, follow_redirects=True
    )
    assert "Line 3" in answer.text
    assert mapping() == {}


def test_a_viewer_sees_the_page_and_changes_nothing(shop: Shop, viewer: Any) -> None:
    page = viewer.get("/carriers")
    assert page.status_code == 200
    assert "Refresh the list" not in page.text
    assert viewer.post(f"/carriers/{shop.id}/map", data={"code": "ups", "provider": "UPS"}).status_code == 403


def test_the_command_maps_and_releases(app: Any, shop: Shop) -> None:
    order = waiting(shop, "ups")
    done = app.test_cli_runner().invoke(args=["carriers", "map", "--magento", "ups", "--tiktok", "7002"])
    assert (done.exit_code, mapping()) == (0, {"ups|": "7002"})
    assert state_of(order) == "pending"


def test_a_mapping_of_the_shop_itself_goes_before_one_for_all(shop: Shop, staff: Any, app: Any) -> None:
    app.test_cli_runner().invoke(args=["carriers", "map", "--magento", "ups", "--tiktok", "7002"])
    assert "all shops" in staff.get("/carriers").text
    staff.post(f"/carriers/{shop.id}/map", data={"code": "ups", "provider": "FedEx"})
    row = next(row for row in carrier_rows.rows_of(shop.id) if row.carrier.code == "ups")
    assert (row.provider_name, row.is_shared) == ("FedEx", False)


def test_a_warehouse_is_mapped_to_a_source_and_the_order_shows_both(staff: Any) -> None:
    store = factories.make_store()
    shop = factories.make_shop(store_id=store.id)
    assert "have not been read yet" in staff.get("/warehouses").text
    with transaction() as session:
        for code in ("default", "east"):
            session.add(Source(store_id=store.id, source_code=code, name=code.title(), read_at=clock.now()))
        session.add(Warehouse(shop_id=shop.id, warehouse_id="7001", name="East", read_at=clock.now()))
    page = staff.get("/warehouses").text
    assert "Suggested" in page and '<option value="east" selected>' in page
    answer = staff.post(f"/warehouses/{shop.id}", data={"warehouse": "7001", "source": "east"}, follow_redirects=True)
    assert "East: saved." in answer.text and "Mapped" in answer.text
    refused = staff.post(f"/warehouses/{shop.id}", data={"warehouse": "7001", "source": "gone"}, follow_redirects=True)
    assert "Magento has no such source" in refused.text
    order = factories.make_order(shop, warehouse_id="7001")
    page = staff.get(f"/orders/{order.tiktok_order_id}").text
    assert "From East" in page and "source East" in page


def take_in(staff: Any, shop: Shop, content: bytes) -> str:
    answer = staff.post(
        f"/carriers/{shop.id}/mapping.csv", data={"file": (io.BytesIO(content), "c.csv")}, follow_redirects=True
    )
    return str(answer.text)


@pytest.mark.parametrize(
    "content",
    [
        "carrier_code;title;shipping_provider_id\r\nups;;7002\r\ncustom;Bär Kurier;7003\r\n".encode("cp1252"),
        "\ufeffcarrier_code;title;shipping_provider_name\nups;;UPS\ncustom;Bär Kurier;FedEx\n".encode(),
        "carrier_code,title,shipping_provider_name\nups,,UPS\n\ncustom,Bär Kurier,FedEx\n".encode(),
        "Carrier Code\tTitle\tShipping Provider ID\tshipping_provider_name\nups\t\t'7002\t\ncustom\tBär Kurier\t\tFedEx".encode(),
    ],
    ids=["German spreadsheet", "semicolons, names", "commas, names", "tabs, both"],
)
def test_a_file_is_taken_as_spreadsheets_write_it(shop: Shop, staff: Any, content: bytes) -> None:
    assert "2 carriers mapped." in take_in(staff, shop, content)
    assert mapping() == {"ups|": "7002", "custom|Bär Kurier": "7003"}


def test_a_file_that_names_no_provider_column_or_is_none_is_refused(shop: Shop, staff: Any) -> None:
    assert "must name the columns" in take_in(staff, shop, b"carrier_code;title\nups;\n")
    assert "zero bytes" in take_in(staff, shop, b"PK\0\0")


def test_the_file_says_that_it_is_utf_8_and_nothing_in_it_is_run(shop: Shop, staff: Any) -> None:
    for title in ("\rcmd", "@x", "'=1"):
        seen("custom", title)
    content = staff.get(f"/carriers/{shop.id}/mapping.csv").data.decode()
    assert content.startswith("\ufeffcarrier_code")
    titles = [row["title"] for row in csv.DictReader(io.StringIO(content[1:], newline=""))]
    assert {"'\rcmd", "'@x", "''=1"} <= set(titles)


def test_the_button_of_a_row_keeps_the_focus_when_its_row_is_exchanged(shop: Shop, staff: Any) -> None:
    seen("ups")
    page = staff.get("/carriers").text
    answer = staff.post(
        f"/carriers/{shop.id}/map", data={"code": "ups", "provider": "UPS"}, headers={"HX-Request": "true"}
    )
    [name] = re.findall(r'<button id="([^"]+)"', answer.text)  # htmx gives it back to what has the same id
    assert f'<button id="{name}"' in page
