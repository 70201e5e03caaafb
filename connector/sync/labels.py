"""Labels and packing lists of TikTok's carrier, and its pick-up times: read by a job, kept, and printed together.

TikTok gives an address that is good for a day: the file itself is kept, so that a label can be printed again.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session, undefer

from connector import clock, http
from connector.domain import statuses
from connector.domain.errors import ConnectorError
from connector.domain.plan_shipping import TO_SHIP, waiting_packages
from connector.extensions import db, queue
from connector.models import Order, PickupChoice, ShippingLabel
from connector.models.transaction import end_transaction, transaction
from connector.models.upsert import insert_once
from connector.sync import gateways, stopping
from connector.sync.asks import Refused
from connector.tiktok.client import TikTokClient
from connector.tiktok.orders import order_from_document, readable_order
from connector.tiktok.values import to_unix

log = logging.getLogger(__name__)

LABEL, PACKING_LIST = "SHIPPING_LABEL", "PACKING_SLIP"
KINDS = (LABEL, PACKING_LIST)
MOST_AT_ONCE = 200
FRESH = timedelta(minutes=10)


def ask(row_ids: Sequence[int], kinds: Sequence[str] = KINDS) -> int:
    """Asks for the labels of orders; returns of how many packages. What was read before is not read again."""
    wanted = 0
    now = clock.now()
    with transaction() as session:
        rows = session.scalars(select(Order).where(Order.id.in_(row_ids[:MOST_AT_ONCE])).order_by(Order.id)).all()
        for row in rows:
            for package_id in _packages(row):
                wanted += 1
                for kind in kinds:
                    insert_once(
                        session,
                        ShippingLabel,
                        {"order_id": row.id, "package_id": package_id, "kind": kind, "asked_at": now, "error": ""},
                    )
        # What failed is being read again: it says so until it fails again.
        session.execute(
            update(ShippingLabel)
            .where(ShippingLabel.order_id.in_([row.id for row in rows]), ShippingLabel.read_at.is_(None))
            .values(error="")
        )
    if not wanted:
        raise Refused("There is no label yet: arrange TikTok Shop's carrier first.")
    for row in rows:
        queue.wake_labels(row.id, bucket=f"-{int(now.timestamp())}")
    return wanted


def ask_for_pickup_times(row_id: int) -> None:
    """Asks for the times at which TikTok's carrier can come."""
    queue.wake_labels(row_id, bucket=f"-{int(clock.now().timestamp())}")


def _packages(row: Order) -> list[str]:
    """The packages of an order that TikTok ships, which have their label."""
    order = readable_order(row.document) if row.shipping_type == "TIKTOK" else None
    lines = order.live_line_items if order is not None else ()
    return list(
        dict.fromkeys(line.package_id for line in lines if line.package_id and line.display_status in statuses.SHIPPED)
    )


@dataclass(frozen=True, kw_only=True)
class LabelState:
    """How far the labels of one order are: "ready", "reading", "failed" (with TikTok's reason) or "none" (with ours)."""

    tiktok_order_id: str
    state: str
    why: str = ""


def states(row_ids: Sequence[int]) -> list[LabelState]:
    """How far the labels and packing lists of orders are, in the order of the orders. Reads the database only."""
    rows = {row.id: row for row in db.session.scalars(select(Order).where(Order.id.in_(row_ids[:MOST_AT_ONCE])))}
    asked: dict[int, list[Row[int, datetime | None, str]]] = {}
    for label in db.session.execute(
        select(ShippingLabel.order_id, ShippingLabel.read_at, ShippingLabel.error)
        .where(ShippingLabel.order_id.in_(rows))
        .order_by(ShippingLabel.id)
    ):
        asked.setdefault(label.order_id, []).append(label)
    return [_state(rows[row_id], asked.get(row_id, [])) for row_id in row_ids if row_id in rows]


def _state(row: Order, asked: Sequence[Row[int, datetime | None, str]]) -> LabelState:
    def state(name: str, why: str = "") -> LabelState:
        return LabelState(tiktok_order_id=row.tiktok_order_id, state=name, why=why)

    if row.shipping_type != "TIKTOK":
        return state("none", "A carrier of your own ships it: TikTok Shop has no label for it.")
    if not _packages(row):
        return state("none", "There is no label yet: arrange TikTok Shop's carrier first.")
    if not asked:
        return state("none", "Its label was not asked for.")
    missing = [label for label in asked if label.read_at is None]
    if not missing:
        return state("ready")
    failed = next((label.error for label in missing if label.error), "")
    return state("failed", failed) if failed else state("reading")


def read(row_id: int) -> None:
    """Reads what was asked for of one order. What fails is said at the label, and asked for again with the next click."""
    row = db.session.get_one(Order, row_id, populate_existing=True)
    client = gateways.tiktok_client(row.shop, before_call=stopping.check)
    waiting = row.shipping_type == "TIKTOK" and row.status in TO_SHIP
    package_ids = waiting_packages(order_from_document(row.document)) if waiting and row.document else ()
    labels = db.session.execute(
        select(ShippingLabel.id, ShippingLabel.package_id, ShippingLabel.kind).where(
            ShippingLabel.order_id == row_id, ShippingLabel.read_at.is_(None)
        )
    ).all()
    end_transaction()
    for package_id in package_ids:
        _read_pickup(client, row_id, package_id)
    for label_id, package_id, kind in labels:
        content, error = _read_label(client, package_id, kind)
        with transaction() as session:
            label = session.get_one(ShippingLabel, label_id, populate_existing=True)
            label.error = error
            if content:
                label.content, label.read_at = content, clock.now()
            _show_anew(session, row_id)


def _read_label(client: TikTokClient, package_id: str, kind: str) -> tuple[bytes, str]:
    """(the PDF, "") or (nothing, why)."""
    try:
        document = client.shipping_documents(package_id, kind)
        content = _download(document.doc_url)
    except ConnectorError as error:
        return b"", error.message[:500]
    if not content.startswith(b"%PDF"):
        return b"", "TikTok Shop's label is no PDF."
    return content, ""


def _download(url: str) -> bytes:
    """The file at TikTok's address; no token goes with the request."""
    if urlsplit(url).scheme not in ("http", "https"):
        return b""
    response = http.send(http.new_session(), requests.Request("GET", url))
    return response.content if response.status == 200 else b""


def _read_pickup(client: TikTokClient, row_id: int, package_id: str) -> None:
    choices: dict[str, Any]
    try:
        options = client.handover_time_slots(package_id)
    except ConnectorError as error:
        log.info("no pick-up times: %s", error.code)
        choices = {"error": error.message[:500], "slots": []}
    else:
        choices = {
            "can_pickup": options.can_pickup,
            "can_drop_off": options.can_drop_off,
            "slots": [[to_unix(slot.start_time), to_unix(slot.end_time)] for slot in options.pickup_slots],
        }
    with transaction() as session:
        session.merge(PickupChoice(package_id=package_id, order_id=row_id, read_at=clock.now(), choices=choices))
        _show_anew(session, row_id)


def _show_anew(session: Session, row_id: int) -> None:
    """Open pages of the order show what was read: they look for a change of its row."""
    session.execute(update(Order).where(Order.id == row_id).values(updated_at=clock.now()))


def printed(row_ids: Sequence[int], kinds: Sequence[str] = KINDS) -> bytes:
    """One PDF of the labels that were read, in the order of the orders. Raises Refused when one is missing, with its reason."""
    labels = db.session.scalars(
        select(ShippingLabel)
        .where(ShippingLabel.order_id.in_(row_ids[:MOST_AT_ONCE]), ShippingLabel.kind.in_(kinds))
        .options(undefer(ShippingLabel.content))
    ).all()
    end_transaction()
    place = {row_id: number for number, row_id in enumerate(row_ids)}
    writer = PdfWriter()
    if not labels:
        raise Refused("Ask for the labels first.")
    for label in sorted(labels, key=lambda one: (place[one.order_id], one.package_id, kinds.index(one.kind))):
        if label.content is None:
            raise Refused(label.error or "The labels are still being read. Try again in a moment.")
        try:
            writer.append(PdfReader(io.BytesIO(label.content)))
        except PyPdfError as error:
            raise Refused(f"The label of package {label.package_id} cannot be read. Download it singly.") from error
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
