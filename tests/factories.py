"""Small makers of rows, which take only what a test is about. Each commits; call them inside an app context."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from connector import clock
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import BulkRun, FetchRun, Order, Shop, Store, TimelineEntry, User
from connector.sync import bulk, intake

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"


def make_user(role: str = "admin", email: str = "", password: str = PASSWORD) -> User:
    user = User(email=email or f"{role}-{next(_numbers)}@example.com", role=role, created_at=clock.now())
    user.set_password(password)
    return _saved(user)


def make_store(**values: Any) -> Store:
    number = next(_numbers)
    defaults = {
        "name": f"Store {number}",
        "url": "http://127.0.0.1:9999",
        "access_token": "t",
        "created_at": clock.now(),
    }
    return _saved(Store(**(defaults | values)))


def make_shop(**values: Any) -> Shop:
    number = next(_numbers)
    defaults = {
        "tiktok_shop_id": f"7494{number:015d}",
        "name": f"Shop {number}",
        "region": "US",
        "cipher": f"cipher-{number}",
        "access_token": "access",
        "refresh_token": "refresh",
        "access_expires_at": clock.now() + timedelta(days=7),
        "created_at": clock.now(),
    }
    return _saved(Shop(**(defaults | values)))


def make_line(**values: Any) -> dict[str, Any]:
    """One unit as TikTok lists it."""
    number = next(_numbers)
    price = str(values.pop("price", "12.50"))
    defaults: dict[str, Any] = {
        "id": f"57648{number:014d}",
        "sku_id": "1729592969712207008",
        "seller_sku": "MUG-01",
        "product_id": "1729592969712207000",
        "product_name": "Stoneware Mug",
        "sku_name": "350 ml",
        "sku_image": "",
        "original_price": price,
        "sale_price": price,
        "seller_discount": "0",
        "platform_discount": "0",
        "currency": "USD",
        "display_status": "AWAITING_SHIPMENT",
        "is_gift": False,
    }
    return defaults | values


def make_document(**values: Any) -> dict[str, Any]:
    """An order as TikTok gives it. Its sums follow from its lines unless `payment` is given."""
    number = next(_numbers)
    lines = values.pop("line_items", None) or [make_line()]
    currency = str(values.pop("currency", "USD"))
    products = sum((Decimal(line["sale_price"]) for line in lines), Decimal(0))
    created = values.pop("create_time", None) or int(clock.now().timestamp()) - 600
    if isinstance(created, datetime):
        created = int(created.timestamp())
    payment = {
        "currency": currency,
        "sub_total": str(products),
        "original_total_product_price": str(products),
        "seller_discount": "0",
        "platform_discount": "0",
        "shipping_fee": "4.99",
        "original_shipping_fee": "4.99",
        "tax": "0",
        "total_amount": str(products + Decimal("4.99")),
    }
    defaults: dict[str, Any] = {
        "id": f"5762{number:014d}",
        "status": "AWAITING_SHIPMENT",
        "create_time": created,
        "update_time": created + 60,
        "paid_time": created + 30,
        "rts_sla_time": created + 2 * 86400,
        "payment": payment | values.pop("payment", {}),
        "line_items": lines,
        "recipient_address": {
            "name": "Ada Lovelace",
            "phone_number": "(+1)213-555-0100",
            "region_code": "US",
            "postal_code": "90001",
            "address_line1": "12 Market Street",
            "address_detail": "12 Market Street",
            "full_address": "United States, California, Los Angeles, 12 Market Street",
            "district_info": [
                {"address_level": "L0", "address_level_name": "Country", "address_name": "United States"},
                {"address_level": "L1", "address_level_name": "State", "address_name": "California"},
                {"address_level": "L3", "address_level_name": "City", "address_name": "Los Angeles"},
            ],
        },
        "buyer_email": "v1@scs.example.com",
        "buyer_nickname": "ada_l",
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "SELLER",
        "user_id": "7494",
    }
    return defaults | values


def make_order(shop: Shop | None = None, *, row: dict[str, Any] | None = None, **document: Any) -> Order:
    """An order as intake would leave it. Keywords go into TikTok's document; `row` sets columns of ours."""
    shop_id = shop.id if shop else make_shop().id
    session = db.session()
    body = make_document(**document)
    (seen,) = intake.observe_documents(session, shop_id, [body])
    order = session.get_one(Order, seen.row_id)
    order.due_at = None
    order.sync_state = SyncState.SYNCED
    for name, value in (row or {}).items():
        setattr(order, name, value)
    session.commit()
    return order


def make_failed_order(shop: Shop | None = None, *, row: dict[str, Any] | None = None, **document: Any) -> Order:
    """An order that stands in Error: its SKU is unknown in Magento."""
    error = {
        "sync_state": SyncState.ERROR,
        "error_code": "magento_product_not_found",
        "error_subject": "MUG-02",
        "error_message": "Magento has no product with SKU MUG-02.",
        "error_remedy": "Map this SKU to a Magento product, or create the product and try again.",
        "attempts": 1,
        "failing_since": clock.now(),
        "error_at": clock.now(),
    }
    return make_order(shop, row=error | (row or {}), **document)


def make_announced_order(shop: Shop | None = None, tiktok_order_id: str = "") -> Order:
    """An order that a webhook announced and nobody has read yet."""
    shop_id = shop.id if shop else make_shop().id
    session = db.session()
    seen = intake.observe_hint(session, shop_id, tiktok_order_id or f"5763{next(_numbers):014d}")
    session.commit()
    return session.get_one(Order, seen.row_id)


def make_line_of_timeline(order: Order, sentence: str, **values: Any) -> TimelineEntry:
    defaults = {"order_id": order.id, "at": clock.now(), "kind": "connector", "code": "placed", "sentence": sentence}
    return _saved(TimelineEntry(**(defaults | values)))


def make_fetch_run(shop: Shop, **values: Any) -> FetchRun:
    now = clock.now()
    defaults = {"shop_id": shop.id, "since": now - timedelta(days=1), "until": now, "started_at": now}
    return _saved(FetchRun(**(defaults | values)))


def work_on_all() -> int:
    """Does what a worker would: all actions on many orders that were asked for. Returns the newest run's id."""
    db.session.commit()
    run_ids = list(db.session.scalars(select(BulkRun.id).where(BulkRun.state == "running").order_by(BulkRun.id)))
    for run_id in run_ids:
        bulk.work(run_id)
    return run_ids[-1]


def at(text: str) -> datetime:
    """A moment in UTC from "2026-11-24 12:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _saved(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row


def reload(row: Any) -> None:
    """Reads a row anew: a request changed it in a session of its own."""
    db.session.commit()
    db.session.refresh(row)
