"""The SKU page: what orders wait for, choosing a product, several products and options, CSV in and out."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from connector import clock
from connector.blueprints.skus import catalogue, views
from connector.blueprints.skus.transfer import MOST_LINES, Unreadable, option_text, read_csv
from connector.domain.choices import Choice, ChoiceValue
from connector.domain.sku_mapping import MappedProduct
from connector.domain.sku_mapping import SkuMapping as Mapped
from connector.extensions import db
from connector.models import (
    AuditEntry,
    CatalogueProduct,
    CatalogueRead,
    Order,
    OrderProblem,
    SkuMapping,
    Store,
    TimelineEntry,
)
from connector.sync import sku_mappings
from connector.sync.intake import fold
from tests import factories

SIZES = (ChoiceValue(id="1", label="Value 1"), ChoiceValue(id="2", label="Value 2"))
PRODUCTS: list[tuple[str, str, str, tuple[Choice, ...]]] = [
    ("MUG-01", "Stoneware Mug, 350 ml", "simple", ()),
    ("MUG-03", "Café Mug, Ünïcode", "simple", ()),
    ("TEE-RED-M", "Cotton Tee, Red, M", "simple", ()),
    ("TEE-RED-L", "Cotton Tee, Red, L", "simple", ()),
    ("NOTE-A5", "Dotted Notebook, A5", "simple", ()),
    ("PEN-GEL", "Gel Pen, Black", "simple", ()),
    (
        "TEE-RED",
        "Cotton Tee, Red",
        "configurable",
        (
            Choice(kind="configurable", option_id="144", title="Size", values=SIZES),
            Choice(
                kind="variants",
                option_id="variants",
                title="Variant",
                values=(ChoiceValue(id="3", label="3"), ChoiceValue(id="4", label="4")),
            ),
        ),
    ),
    (
        "DESK-SET",
        "Desk Set",
        "bundle",
        (
            Choice(kind="bundle", option_id="1", title="Paper", values=(ChoiceValue(id="1", label="NOTE-A5"),)),
            Choice(
                kind="bundle",
                option_id="2",
                title="Pen",
                values=(ChoiceValue(id="2", label="PEN-GEL", quantity=2), ChoiceValue(id="3", label="PEN-INK")),
            ),
        ),
    ),
    (
        "STATIONERY",
        "Stationery",
        "grouped",
        (
            Choice(
                kind="grouped",
                option_id="parts",
                title="Parts",
                values=(ChoiceValue(id="NOTE-A5", label="NOTE-A5"), ChoiceValue(id="PEN-GEL", label="x", quantity=3)),
            ),
        ),
    ),
]


@pytest.fixture
def store(app: Flask) -> Store:
    store = factories.make_store()
    now = clock.now()
    for number, (sku, name, type_id, choices) in enumerate(PRODUCTS, start=1):
        db.session.add(
            CatalogueProduct(
                store_id=store.id,
                magento_product_id=number,
                sku=sku,
                name=name,
                type_id=type_id,
                search_text=fold(f"{sku} {name}"),
                choices=[choice.to_stored() for choice in choices],
                seen_at=now,
            )
        )
    db.session.add(CatalogueRead(store_id=store.id, last_read_at=now))
    db.session.commit()
    return store


def make_waiting(sku: str = "MUG-02", *, code: str = "unknown_sku", **values: Any) -> Order:
    order = factories.make_failed_order(row={"error_code": code, "error_subject": sku})
    db.session.add(
        OrderProblem(
            order_id=order.id,
            code=code,
            sku=sku,
            **{
                "tiktok_sku": sku,
                "product_name": "Stoneware Mug Blue",
                "message": f"Magento has no product with SKU {sku}.",
                "found_at": clock.now(),
            }
            | values,
        )
    )
    db.session.commit()
    return order


def mapping(sku: str) -> list[dict[str, Any]] | None:
    db.session.rollback()
    row = db.session.scalars(select(SkuMapping).where(SkuMapping.tiktok_sku == sku)).one_or_none()
    return None if row is None else row.products


def state_of(order: Order) -> str:
    factories.reload(order)
    return order.sync_state


# -- the page --------------------------------------------------------------------------------------------------------


def test_a_sku_that_orders_wait_for_is_listed_with_its_product_and_its_orders(staff: FlaskClient, store: Store) -> None:
    first, second = make_waiting(), make_waiting()
    html = staff.get("/skus").text
    assert "MUG-02" in html
    assert "Stoneware Mug Blue" in html
    assert "2 orders wait" in html
    assert first.tiktok_order_id in html
    assert second.tiktok_order_id in html
    assert 'value="MUG-01"' in html  # the likeliest product is a button already


def test_the_sku_with_the_most_orders_comes_first(viewer: FlaskClient, store: Store) -> None:
    make_waiting("AAA")
    make_waiting("ZZZ")
    make_waiting("ZZZ")
    html = viewer.get("/skus").text
    assert html.index("ZZZ") < html.index("AAA")


def test_how_many_there_are_is_said_of_a_list_that_is_cut(
    viewer: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sku in ("AAA", "BBB", "ZZZ", "ZZZ"):
        make_waiting(sku)
    make_waiting("CCC", is_passed_over=True)

    def shown() -> tuple[str, bool]:
        page = viewer.get("/skus").text
        [count] = re.findall(r'id="waiting-title"[^>]*>Orders wait for these <span class="count">(\d+)</span>', page)
        return count, "The first 2 of 4 are shown" in page

    assert shown() == ("3", False)
    monkeypatch.setattr("connector.blueprints.skus.waiting.waiting.__defaults__", ("", 2))
    assert shown() == ("3", True)


def test_a_sku_of_an_order_that_goes_on_is_not_listed(viewer: FlaskClient, store: Store) -> None:
    order = make_waiting()
    order.sync_state = "synced"
    db.session.commit()
    assert "MUG-02" not in viewer.get("/skus").text


def test_an_unknown_sku_that_the_settings_passed_over_is_listed_all_the_same(viewer: FlaskClient, store: Store) -> None:
    order = make_waiting(is_passed_over=True)
    order.sync_state = "synced"
    db.session.commit()
    html = viewer.get("/skus").text
    assert "MUG-02" in html
    assert "1 created without it" in html


def test_the_link_from_an_order_shows_that_sku_alone(staff: FlaskClient, store: Store) -> None:
    make_waiting("MUG-02")
    make_waiting("OTHER")
    html = staff.get("/skus?sku=MUG-02").text
    assert "OTHER" not in html
    assert "MUG-02" in html


def test_the_link_by_magentos_sku_finds_the_tiktok_sku(staff: FlaskClient, store: Store) -> None:
    make_waiting("MUG-01", code="disabled_product", tiktok_sku="TT-MUG-01")
    assert 'value="TT-MUG-01"' in staff.get("/skus?sku=MUG-01").text


def test_a_hostile_name_is_shown_as_text(staff: FlaskClient, store: Store) -> None:
    make_waiting("<script>alert(1)</script>", product_name="<img src=x onerror=alert(1)>")
    html = staff.get("/skus").text
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html


def test_a_viewer_sees_the_page_but_no_buttons(viewer: FlaskClient, store: Store) -> None:
    make_waiting()
    html = viewer.get("/skus").text
    assert "MUG-02" in html
    assert "/skus/map" not in html
    assert viewer.post("/skus/map", data={"tiktok_sku": "MUG-02", "product": "MUG-01"}).status_code == 403
    assert mapping("MUG-02") is None


def test_the_orders_error_has_the_same_form(staff: FlaskClient, store: Store) -> None:
    order = make_waiting()
    html = staff.get(f"/orders/{order.tiktok_order_id}").text
    assert "Which Magento product is" in html
    assert 'action="/skus/map"' in html


# -- the search ------------------------------------------------------------------------------------------------------


def test_the_search_finds_by_words_of_name_or_sku_without_accents_and_case(app: Flask, store: Store) -> None:
    assert [p.sku for p in catalogue.search("cafe unicode")] == ["MUG-03"]
    assert [p.sku for p in catalogue.search("RED tee l")] == ["TEE-RED-L"]
    assert [p.sku for p in catalogue.search("mug-01")] == ["MUG-01"]
    assert catalogue.search("tee-red")[0].sku == "TEE-RED"  # the whole SKU first
    assert catalogue.search("   ") == []


@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "'; DROP TABLE orders; --"])
def test_signs_of_sql_are_looked_for_as_they_are(app: Flask, store: Store, text: str) -> None:
    assert catalogue.search(text) == []


def test_what_is_typed_is_answered_with_buttons(staff: FlaskClient, store: Store) -> None:
    answer = staff.get("/skus/search?tiktok_sku=MUG-02&q=notebook", headers={"HX-Request": "true"})
    assert 'value="NOTE-A5"' in answer.text
    assert "<html" not in answer.text


def test_the_search_works_without_script(staff: FlaskClient, store: Store) -> None:
    make_waiting()
    answer = staff.get("/skus/search?tiktok_sku=MUG-02&q=notebook")
    assert answer.status_code == 302
    assert 'value="NOTE-A5"' in staff.get(answer.headers["Location"]).text


# -- mapping ---------------------------------------------------------------------------------------------------------


def test_a_click_on_a_product_maps_it_and_releases_all_orders_that_waited(staff: FlaskClient, store: Store) -> None:
    waiting = [make_waiting(), make_waiting()]
    other = make_waiting("OTHER")
    answer = staff.post("/skus/map", data={"tiktok_sku": "MUG-02", "product": "MUG-01", "quantity": "1"})
    assert answer.status_code == 303
    assert mapping("MUG-02") == [{"sku": "MUG-01", "quantity": 1, "options": []}]
    assert [state_of(order) for order in waiting] == ["pending", "pending"]
    assert all(order.due_at is not None for order in waiting)
    assert state_of(other) == "error"
    html = staff.get("/skus").text
    assert "2 orders that waited go on now" in html
    line = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.order_id == waiting[0].id).order_by(TimelineEntry.id.desc())
    ).first()
    assert line is not None
    assert "MUG-02 was mapped" in line.sentence
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.kind, entry.subject, entry.after) == ("mapping", "MUG-02", "MUG-01")


def test_an_order_that_waits_for_two_skus_is_released_by_either(staff: FlaskClient, store: Store) -> None:
    order = make_waiting("MUG-02")
    db.session.add(
        OrderProblem(order_id=order.id, code="unknown_sku", sku="HAT-99", tiktok_sku="HAT-99", found_at=clock.now())
    )
    db.session.commit()
    staff.post("/skus/map", data={"tiktok_sku": "HAT-99", "product": "MUG-01"})
    assert state_of(order) == "pending"


def test_a_unit_may_be_several_pieces(staff: FlaskClient, store: Store) -> None:
    staff.post("/skus/map", data={"tiktok_sku": "PENS-10", "product": "PEN-GEL", "quantity": "10"})
    assert mapping("PENS-10") == [{"sku": "PEN-GEL", "quantity": 10, "options": []}]


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "ten", "99999999999"])
def test_a_quantity_that_is_none_is_refused_with_a_sentence(staff: FlaskClient, store: Store, quantity: str) -> None:
    staff.post("/skus/map", data={"tiktok_sku": "X", "product": "PEN-GEL", "quantity": quantity})
    assert mapping("X") is None
    assert "whole number" in staff.get("/skus").text


def test_a_product_that_magento_does_not_have_is_refused(staff: FlaskClient, store: Store) -> None:
    staff.post("/skus/map", data={"tiktok_sku": "X", "product": "NOPE"})
    assert mapping("X") is None
    assert "no product NOPE" in staff.get("/skus").text


def test_a_mapping_can_be_deleted(staff: FlaskClient, store: Store) -> None:
    staff.post("/skus/map", data={"tiktok_sku": "X", "product": "PEN-GEL"})
    staff.post("/skus/delete", data={"tiktok_sku": "X"})
    assert mapping("X") is None
    whats = list(db.session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))
    assert whats == ["mapping saved", "mapping deleted"]


# -- several products, options -----------------------------------------------------------------------------------------


def test_a_configurable_product_asks_for_its_variant(staff: FlaskClient, store: Store) -> None:
    answer = staff.post("/skus/map", data={"tiktok_sku": "TT-TEE", "product": "TEE-RED"})
    assert answer.status_code == 303
    assert "/skus/edit" in answer.headers["Location"]
    html = staff.get(answer.headers["Location"]).text
    assert 'value="TEE-RED-M"' in html
    staff.post(
        "/skus/edit",
        data={"tiktok_sku": "TT-TEE", "sku-0": "TEE-RED", "quantity-0": "1", "variant-0": "TEE-RED-M", "do": "save"},
    )
    assert mapping("TT-TEE") == [{"sku": "TEE-RED-M", "quantity": 1, "options": []}]


def test_a_configurable_product_can_be_kept_with_its_options(staff: FlaskClient, store: Store) -> None:
    form = {"tiktok_sku": "TT-TEE", "sku-0": "TEE-RED", "quantity-0": "2", "pick-0-144": "2", "do": "save"}
    assert staff.post("/skus/edit", data=form).status_code == 303
    option = {"kind": "configurable", "option_id": "144", "values": ["2"], "quantity": 1}
    assert mapping("TT-TEE") == [{"sku": "TEE-RED", "quantity": 2, "options": [option]}]


def test_an_option_that_is_missing_is_asked_for_and_nothing_is_lost(staff: FlaskClient, store: Store) -> None:
    form = {"tiktok_sku": "TT-DESK", "sku-0": "DESK-SET", "quantity-0": "3", "pick-0-1": "1", "do": "save"}
    answer = staff.post("/skus/edit", data=form)
    assert answer.status_code == 422
    assert "Choose “Pen” of DESK-SET" in answer.text
    assert 'name="quantity-0" value="3"' in answer.text
    assert mapping("TT-DESK") is None
    assert staff.post("/skus/edit", data=form | {"pick-0-2": "2"}).status_code == 303
    [product] = mapping("TT-DESK") or []
    assert [(o["option_id"], o["values"], o["quantity"]) for o in product["options"]] == [
        ("1", ["1"], 1),
        ("2", ["2"], 2),  # two pens are in the set
    ]


def test_an_option_with_one_possibility_is_chosen_already(staff: FlaskClient, store: Store) -> None:
    html = staff.get("/skus/edit?sku=TT-DESK&add=DESK-SET").text
    assert '<option value="1" selected>NOTE-A5' in html
    assert '<option value="2" selected>' not in html


def test_a_grouped_product_becomes_its_parts(staff: FlaskClient, store: Store) -> None:
    html = staff.get("/skus/edit?sku=TT-PAPER&add=STATIONERY").text
    assert 'name="sku-0" value="NOTE-A5"' in html
    assert 'name="sku-1" value="PEN-GEL"' in html
    assert 'name="quantity-1" value="3"' in html


def options_of(sku: str) -> list[str]:
    return [
        option_text(option) for one in Mapped.from_stored(sku, mapping(sku) or []).products for option in one.options
    ]


def sent_by(html: str) -> dict[str, str]:
    """What a browser sends for the form on a page."""
    form: dict[str, str] = dict(re.findall(r'name="((?:tiktok_sku|sku|stored|quantity)[^"]*)" value="([^"]*)"', html))
    for name, options in re.findall(r'<select name="((?:pick|variant)-[^"]+)">(.*?)</select>', html):
        form[name] = "".join(re.findall(r'value="([^"]*)" selected', options))
    return form


def mapped_to(tiktok_sku: str, line: str) -> None:
    file = f"tiktok_sku,magento_sku,quantity,options\n{tiktok_sku},{line}\n".encode()
    sku_mappings.save_all(read_csv(file), "jo@example.com")


@pytest.mark.parametrize(
    "options", ["bundle:1=1 bundle:2=2+3x2", "bundle:1=1 bundle:2=3x4 custom:7=Ann", "bundle:1=9 bundle:2=2x2"]
)
def test_changing_the_pieces_keeps_what_the_form_cannot_show(staff: FlaskClient, store: Store, options: str) -> None:
    mapped_to("KIT-1", f"DESK-SET,1,{options}")
    html = staff.get("/skus/edit?sku=KIT-1").text
    # Each button sends the whole form: what is kept is kept over all of them.
    html = staff.post("/skus/edit", data=sent_by(html) | {"do": "add:MUG-01"}).text
    html = staff.post("/skus/edit", data=sent_by(html) | {"do": "remove:1"}).text
    assert staff.post("/skus/edit", data=sent_by(html) | {"quantity-0": "3", "do": "save"}).status_code == 303
    assert options_of("KIT-1") == options.split()
    assert [product["quantity"] for product in mapping("KIT-1") or []] == [3]


def test_only_the_option_that_is_chosen_anew_is_replaced(staff: FlaskClient, store: Store) -> None:
    mapped_to("KIT-1", "DESK-SET,1,bundle:1=1x5 bundle:2=2+3 custom:7=Ann")
    html = staff.get("/skus/edit?sku=KIT-1").text
    assert "PEN-GEL + PEN-INK</option>" in html and "Kept as mapped:" in html and "custom:7=Ann" in html
    form = sent_by(html) | {"pick-0-2": "3", "do": "save"}
    assert staff.post("/skus/edit", data=form).status_code == 303
    assert sorted(options_of("KIT-1")) == ["bundle:1=1x5", "bundle:2=3", "custom:7=Ann"]


def test_without_a_catalogue_all_options_are_kept(staff: FlaskClient, app: Flask) -> None:
    mapped_to("KIT-1", "DESK-SET,1,bundle:1=1x5 downloadable:links=4+5+6")
    html = staff.get("/skus/edit?sku=KIT-1").text
    staff.post("/skus/edit", data=sent_by(html) | {"quantity-0": "2", "do": "save"})
    assert options_of("KIT-1") == ["bundle:1=1x5", "downloadable:links=4+5+6"]


@pytest.mark.parametrize("between", ["find", "save"])
def test_options_are_kept_when_the_catalogue_is_read_while_the_form_is_open(
    staff: FlaskClient, store: Store, between: str
) -> None:
    links = Choice(
        kind="downloadable",
        option_id="links",
        title="Links",
        values=(ChoiceValue(id="4", label="A"), ChoiceValue(id="5", label="B")),
        is_required=False,
    )
    product = db.session.scalars(select(CatalogueProduct).where(CatalogueProduct.sku == "DESK-SET")).one()
    product.choices = [*product.choices, links.to_stored()]
    db.session.commit()
    mapped_to("KIT-1", "DESK-SET,1,bundle:1=1x5 bundle:2=2+3 downloadable:links=4")
    # As the form was made before the catalogue was read: it asks for none of the options, and says that all are kept.
    form = {
        name: value for name, value in sent_by(staff.get("/skus/edit?sku=KIT-1").text).items() if "pick" not in name
    }
    form["quantity-0"] = "2"
    if between == "find":
        form = sent_by(staff.post("/skus/edit", data=form | {"do": "find"}).text)
    assert staff.post("/skus/edit", data=form | {"do": "save"}).status_code == 303
    assert options_of("KIT-1") == ["bundle:1=1x5", "bundle:2=2+3", "downloadable:links=4"]
    # One that the form asked for and that was taken away goes.
    form = sent_by(staff.get("/skus/edit?sku=KIT-1").text) | {"pick-0-links": ""}
    assert staff.post("/skus/edit", data=form | {"do": "save"}).status_code == 303
    assert options_of("KIT-1") == ["bundle:1=1x5", "bundle:2=2+3"]


def test_several_products_are_put_together_without_script(staff: FlaskClient, store: Store) -> None:
    form = {"tiktok_sku": "GIFT-BOX", "sku-0": "MUG-01", "quantity-0": "2"}
    html = staff.post("/skus/edit", data=form | {"do": "add:NOTE-A5"}).text
    assert 'name="sku-1" value="NOTE-A5"' in html
    assert mapping("GIFT-BOX") is None
    html = staff.post("/skus/edit", data=form | {"sku-1": "NOTE-A5", "quantity-1": "1", "do": "remove:0"}).text
    assert 'name="sku-0" value="NOTE-A5"' in html
    staff.post("/skus/edit", data=form | {"sku-1": "NOTE-A5", "quantity-1": "1", "do": "save"})
    assert [(p["sku"], p["quantity"]) for p in mapping("GIFT-BOX") or []] == [("MUG-01", 2), ("NOTE-A5", 1)]


# -- CSV -------------------------------------------------------------------------------------------------------------


def test_what_is_exported_can_be_imported_again(staff: FlaskClient, store: Store) -> None:
    staff.post("/skus/map", data={"tiktok_sku": "=HYPER,LINK", "product": "MUG-01", "quantity": "2"})
    form = {"tiktok_sku": "DESK", "sku-0": "DESK-SET", "quantity-0": "1", "pick-0-1": "1", "pick-0-2": "2"}
    staff.post("/skus/edit", data=form | {"sku-1": "PEN-GEL", "quantity-1": "5", "do": "save"})
    before = {sku: mapping(sku) for sku in ("=HYPER,LINK", "DESK")}
    text = staff.get("/skus/export.csv").data
    assert text.startswith("\ufeff".encode())
    assert b"'=HYPER" in text  # no formula for a spreadsheet
    for sku in before:
        staff.post("/skus/delete", data={"tiktok_sku": sku})
    answer = staff.post("/skus/import", data={"file": (io.BytesIO(text), "m.csv")})
    assert answer.status_code == 303
    assert {sku: mapping(sku) for sku in before} == before


def test_an_import_releases_the_orders_that_waited(staff: FlaskClient, store: Store) -> None:
    order = make_waiting()
    data = b"tiktok_sku;magento_sku;quantity\r\nMUG-02;MUG-01;1\r\n"
    staff.post("/skus/import", data={"file": (io.BytesIO(data), "m.csv")})
    assert state_of(order) == "pending"


def test_faults_name_their_lines_and_nothing_is_taken_in(staff: FlaskClient, store: Store) -> None:
    data = b"tiktok_sku,magento_sku,quantity,options\n"
    data += b"A,MUG-01,1,\nB,NOPE,1,\nC,MUG-01,two,\n,MUG-01,1,\nD,,1,\nE,DESK-SET,1,nonsense\n"
    answer = staff.post("/skus/import", data={"file": (io.BytesIO(data), "m.csv")})
    assert answer.status_code == 422
    for line in ("Line 3: Magento&#39;s catalogue has no product NOPE", "Line 4:", "Line 5:", "Line 6:", "Line 7:"):
        assert line in answer.text
    assert "Line 2:" not in answer.text
    assert mapping("A") is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose a CSV file"),
        (b"sku,product\nA,B\n", "Line 1: the column tiktok_sku and magento_sku is missing"),
        (b"tiktok_sku,magento_sku\n", "no mapping in the file"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"tiktok_sku,magento_sku\n\x00,\n", "zero bytes"),
        (b"x" * (1024 * 1024 + 1), "larger than"),
        (b"tiktok_sku,magento_sku\n" + b"A,MUG-01\n" * (MOST_LINES + 1), "more than 5,000 lines"),
    ],
)
def test_a_file_that_cannot_be_taken_in_says_why(app: Flask, data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_csv(data)


# -- the catalogue -----------------------------------------------------------------------------------------------------


def test_the_page_says_when_the_catalogue_was_read_and_the_button_reads_it_anew(
    staff: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector.extensions import queue

    woken: list[int] = []
    monkeypatch.setattr(queue, "wake_catalogue", lambda store_id, *, bucket="": woken.append(store_id) or True)
    assert f"{len(PRODUCTS)} Magento products, read" in staff.get("/skus").text
    assert staff.post("/skus/refresh").status_code == 303
    assert woken == [store.id]


def test_more_mappings_than_are_shown_are_told_also_of_a_search(
    staff: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MAPPINGS_SHOWN", 2)
    for name in ("MUG-1", "MUG-2", "MUG-3", "TEE-1"):
        sku_mappings.save(name, [MappedProduct(sku="RED-MUG", quantity=1)], "ada@example.com")

    def shown(address: str) -> tuple[str, bool]:
        page = staff.get(address).text
        [count] = re.findall(r'id="mapped-title"[^>]*>Mapped <span class="count">(\d+)</span>', page)
        return count, "The first 2 are shown" in page

    assert shown("/skus") == ("4", True)
    assert shown("/skus?find=mug-") == ("3", True)
    assert shown("/skus?find=tee") == ("1", False)
