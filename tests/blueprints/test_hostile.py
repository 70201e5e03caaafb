"""What a hostile buyer or product writes is text everywhere: in pages, CSV, XLSX, PDF, mails and logs."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import logging
import re
import smtplib
import sys
import zipfile
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from connector.domain.settings import ShopSettings
from connector.logs import Logfmt
from connector.models import Order
from connector.models.transaction import transaction
from connector.sync import notify
from tests import factories
from tests.sync.aftersales import Clock

#: One of everything that some reader takes for more than text.
HOSTILE = (
    '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    "{{ 7*7191 }}${7*7191}\u202e)(/JS (x)\r\nBcc: evil@example.com\n%s%n"
)
STARTS = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1+1", "\r=1+1")


@pytest.fixture
def hostile_order(app: Flask) -> Order:
    line = factories.make_line(
        product_name=HOSTILE,
        sku_name=HOSTILE,
        seller_sku="=cmd|x<script>alert(3)</script>",
        tracking_number=HOSTILE[:60],
    )
    document: dict[str, Any] = factories.make_document()
    to = document["recipient_address"]
    return factories.make_failed_order(
        factories.make_shop(name=f"Shop {HOSTILE[:80]}"),
        row={"error_subject": HOSTILE[:150], "error_message": HOSTILE, "error_remedy": HOSTILE},
        line_items=[line],
        buyer_message=HOSTILE,
        seller_note=HOSTILE,
        buyer_nickname=HOSTILE,
        cancel_reason=HOSTILE,
        tracking_number=HOSTILE[:60],
        shipping_provider=HOSTILE[:60],
        recipient_address={
            **to,
            "name": HOSTILE,
            "address_line1": HOSTILE,
            "address_detail": HOSTILE,
            "full_address": HOSTILE,
            "postal_code": "<i>1</i>",
        },
    )


def test_it_is_inert_on_every_page(hostile_order: Order, admin: FlaskClient, app: Flask) -> None:
    factories.make_line_of_timeline(hostile_order, HOSTILE, actor="<script>alert(4)</script>", is_error=True)
    number = hostile_order.tiktok_order_id
    pages = [
        rule.rule.replace("<tiktok_order_id>", number).replace("<int:shop_id>", str(hostile_order.shop_id))
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.arguments <= {"tiktok_order_id", "shop_id"}
    ]
    pages += ["/orders?tab=error", "/orders?q=<script>alert(5)</script>", "/activity?tab=failures"]
    shown = 0
    for page in pages:
        answer = admin.get(page)
        text = answer.data.decode("utf-8", "replace")
        answer.close()
        if not answer.content_type.startswith("text/html"):
            continue
        assert answer.status_code < 500, page
        assert not re.search(r"<script>alert|<img src=x|<i>1</i>", text), page
        assert str(7 * 7191) not in text, page  # no template runs it
        assert "evil@example.com" not in str(answer.headers), page
        shown += "alert(1)" in text or "alert(5)" in text
    assert shown >= 6  # it was there to be seen, as text


def test_it_is_text_in_csv_and_xlsx(hostile_order: Order, admin: FlaskClient, session: Session) -> None:
    shop = hostile_order.shop
    for start in STARTS:
        document = factories.make_document()
        factories.make_order(
            shop, recipient_address=document["recipient_address"] | {"name": start}, tracking_number=start
        )
    with admin.get("/orders/export.csv") as answer:
        rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert len(rows) == 2 + len(STARTS)
    assert {len(row) for row in rows} == {len(rows[0])}  # no line break of theirs made a row
    cells = [cell for row in rows[1:] for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert any("HYPERLINK" in cell for cell in cells)
    with admin.get("/orders/export.xlsx") as answer:
        workbook = zipfile.ZipFile(io.BytesIO(answer.data))
    sheets = "".join(workbook.read(name).decode() for name in workbook.namelist() if "worksheets/" in name)
    assert "<f>" not in sheets
    assert "<hyperlink" not in sheets
    assert "HYPERLINK" in sheets


def test_it_is_text_in_pdf(hostile_order: Order, staff: FlaskClient) -> None:
    number = hostile_order.tiktok_order_id
    read = 0
    for page in (f"/orders/packing-slips.pdf?id={number}", f"/orders/pick-list.pdf?id={number}"):
        answer = staff.get(page)
        assert answer.status_code == 200, page
        reader = PdfReader(io.BytesIO(answer.data))
        for sheet in reader.pages:
            assert "/Annots" not in sheet  # no link
            read += "HYPERLINK" in sheet.extract_text()
        assert not {"/JavaScript", "/AA"} & set(reader.root_object)
        assert reader.root_object["/OpenAction"][1] == "/FitH"  # how it is shown at first, no action
        assert "/Names" not in reader.root_object
    assert read


def test_it_makes_no_header_of_a_mail(hostile_order: Order, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    class Server:
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
        def __enter__(self) -> Server:
            return self

        def __exit__(self, *args: Any) -> None: ...
        def ehlo(self) -> None: ...
        def has_extn(self, name: str) -> bool:
            return False

        def send_message(self, message: EmailMessage) -> None:
            sent.append(message.as_bytes(policy=email.policy.SMTP))

    monkeypatch.setattr(smtplib, "SMTP", Server)
    object.__setattr__(app.config["CONNECTOR"], "smtp_url", "smtp://mail.example:25")
    with transaction() as session:
        shop = session.merge(hostile_order).shop
        shop.settings = ShopSettings(notify_mail="ops@example.com")
        shop_id = shop.id
    clock = Clock(monkeypatch)
    notify.send(shop_id)  # from here on things are told
    clock.turn(minutes=5)
    factories.make_line_of_timeline(
        hostile_order, HOSTILE, code="failed", is_error=True, details={"code": "magento_product_not_found"}
    )
    clock.turn(minutes=5)
    notify.send(shop_id)
    assert sent
    for raw in sent:
        read = email.message_from_bytes(raw, policy=email.policy.default)
        assert read["Bcc"] is None
        assert read["To"] == "ops@example.com"
        assert read.get_content_type() == "text/plain"
        assert "\n" not in str(read["Subject"])


def test_it_makes_no_line_of_a_log() -> None:
    hostile = HOSTILE + "\x1b[2J\u2028\x85\ntime=now level=info msg=forged"
    record = logging.LogRecord("connector.x", logging.WARNING, "x.py", 1, "sku %s", (hostile,), None)
    line = Logfmt().format(record)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    try:
        raise ValueError(hostile)
    except ValueError:
        record.exc_info = sys.exc_info()
    first, *others = Logfmt().format(record).splitlines()
    assert (first, first.isprintable()) == (line, True)
    assert [other for other in others if not other.startswith("| ")] == []
