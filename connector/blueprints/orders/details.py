"""One order: both sides of it, its items and amounts, where it goes, and everything that happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from connector.blueprints.orders import blueprint, cancels, cures, pages, shops
from connector.blueprints.orders.problems import tries
from connector.blueprints.orders.query import OrderQuery
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import is_fragment_request, needs
from connector.domain import statuses
from connector.domain.order import LineItem
from connector.domain.order import Order as OrderValue
from connector.domain.statuses import SyncState
from connector.domain.stored_booking import pieces_of_lines
from connector.extensions import db
from connector.models import Order, TimelineEntry
from connector.sync import notes
from connector.tiktok.orders import readable_order


@dataclass(frozen=True)
class ItemGroup:
    """All alike units of an order: TikTok lists each unit by itself."""

    item: LineItem
    quantity: int
    magento_skus: tuple[str, ...]

    @property
    def discount(self) -> Decimal:
        return (self.item.seller_discount + self.item.platform_discount) * self.quantity

    @property
    def total(self) -> Decimal:
        return self.item.sale_price * self.quantity


@dataclass(frozen=True)
class Parcel:
    """What is known of one package."""

    package_id: str
    tracking_number: str
    carrier: str
    status: str
    units: int


@blueprint.get("/orders/<tiktok_order_id>")
@needs("viewer")
def show(tiktok_order_id: str) -> ResponseReturnValue:
    """The page of an order; for htmx its living part, or 204 when nothing has changed since the version `v`."""
    row = order_or_404(tiktok_order_id)
    timeline = _timeline(row.id)
    version = _version(row, timeline)
    if is_fragment_request("order"):
        if request.args.get("v") == version:
            return "", 204
        return render_template("orders/_order.html", **_shown(row, timeline, version))
    if is_fragment_request("drawer-body"):
        return render_template("orders/_peek.html", **_shown(row, timeline, version))
    return render_template("orders/show.html", **_shown(row, timeline, version))


def page(row: Order, **more: Any) -> str:
    """The whole page of an order; `more` is what a refused form on it shows again."""
    timeline = _timeline(row.id)
    return render_template("orders/show.html", **_shown(row, timeline, _version(row, timeline)), **more)


def _version(row: Order, timeline: list[TimelineEntry]) -> str:
    return f"{row.updated_at.timestamp():.6f}-{timeline[0].id if timeline else 0}-{row.sync_state}"


@blueprint.get("/orders/<tiktok_order_id>/document")
@needs("viewer")
def document(tiktok_order_id: str) -> ResponseReturnValue:
    """TikTok's document of the order as it came."""
    row = order_or_404(tiktok_order_id)
    template = "orders/_document.html" if is_fragment_request() else "orders/document.html"
    return render_template(template, order=row)


def _shown(row: Order, timeline: list[TimelineEntry], version: str) -> Mapping[str, Any]:
    value = readable_order(row.document)
    came_from = request.args.get("list", "")
    query = OrderQuery.from_args(MultiDict(parse_qsl(came_from)))
    newer, older = pages.neighbours(query, row)
    shop = shops.label(row.shop_id)
    return {
        "order": row,
        "value": value,
        "items": item_groups(value, row.booking) if value else [],
        "parcels": parcels(value) if value else [],
        "amounts": amounts(value) if value else [],
        "timeline": timeline,
        "version": version,
        "shop": shop,
        "zone": shop.time_zone,
        "magento_url": shop.magento_order_url(row.magento_order_id),
        "query": query,
        "came_from": came_from,
        "newer": newer,
        "older": older,
        "replaces_is_known": bool(row.replaces)
        and db.session.scalar(select(Order.id).where(Order.tiktok_order_id == row.replaces)) is not None,
        "replaced_by": db.session.scalars(
            select(Order.tiktok_order_id).where(Order.replaces == row.tiktok_order_id).order_by(Order.id).limit(5)
        ).all(),
        "carried_by": _number_of(row.combined_into),
        "carries": _carried(row),
        "is_final": row.status in statuses.FINAL and row.sync_state in (SyncState.SYNCED, SyncState.IGNORED),
        "cure": cures.cure(row.error_code, row.error_subject, shop_id=row.shop_id, tiktok_order_id=row.tiktok_order_id),
        "can_skip_stock": cures.can_skip_stock(row.error_code) and row.magento_order_id is None,
        "tries": tries(row.id) if row.has_problem else [],
        "notes": notes.of(row.id),
        **cancels.shown_on(row),
    }


def _number_of(row_id: int | None) -> str | None:
    return db.session.scalar(select(Order.tiktok_order_id).where(Order.id == row_id)) if row_id is not None else None


def _carried(row: Order) -> list[str]:
    """The TikTok orders that became one Magento order together with this one, which carries it."""
    if row.sample_closed_at is None:
        return []
    carried = select(Order.tiktok_order_id).where(Order.combined_into == row.id).order_by(Order.id)
    return list(db.session.scalars(carried))


def _timeline(order_id: int) -> list[TimelineEntry]:
    statement = select(TimelineEntry).where(TimelineEntry.order_id == order_id).order_by(TimelineEntry.id.desc())
    return list(db.session.scalars(statement.limit(300)))


def item_groups(value: OrderValue, booking: Mapping[str, Any] | None) -> list[ItemGroup]:
    """Alike units as one line with a quantity, in TikTok's order, each with the Magento SKUs that it became."""
    booked = pieces_of_lines(booking)
    grouped: dict[tuple[Any, ...], list[LineItem]] = {}
    for item in value.line_items:
        key = (item.sku_id, item.seller_sku, item.sale_price, item.original_price, item.is_gift, item.display_status)
        grouped.setdefault((*key, item.package_id), []).append(item)
    return [
        ItemGroup(
            units[0], len(units), tuple(dict.fromkeys(found.sku for unit in units for found in booked.get(unit.id, ())))
        )
        for units in grouped.values()
    ]


def parcels(value: OrderValue) -> list[Parcel]:
    """The packages of an order, by what its units say; an order-wide tracking number when they say nothing."""
    grouped: dict[tuple[str, str], list[LineItem]] = {}
    for item in value.line_items:
        if item.package_id or item.tracking_number:
            grouped.setdefault((item.package_id, item.tracking_number), []).append(item)
    found = [
        Parcel(package_id, tracking, units[0].shipping_provider_name, units[0].package_status, len(units))
        for (package_id, tracking), units in grouped.items()
    ]
    if not found and value.tracking_number:
        found.append(Parcel("", value.tracking_number, value.shipping_provider, "", len(value.line_items)))
    return found


def amounts(value: OrderValue) -> list[tuple[str, Decimal]]:
    """What the buyer paid, as TikTok lists it, down to the total; parts that are nothing are left out."""
    payment = value.payment
    listed: Iterable[tuple[str, Decimal]] = (
        ("Products, list price", payment.original_total_product_price),
        ("Seller's discount", -payment.seller_discount),
        ("TikTok's discount", -payment.platform_discount),
        ("Shipping, list price", payment.original_shipping_fee),
        ("Seller's shipping discount", -payment.shipping_fee_seller_discount),
        ("TikTok's shipping discount", -payment.shipping_fee_platform_discount),
        ("Shared shipping discount", -payment.shipping_fee_cofunded_discount),
        ("Tax on products", payment.product_tax),
        ("Tax on shipping", payment.shipping_fee_tax),
        *((name.replace("_", " ").capitalize(), amount) for name, amount in payment.fees.items()),
        ("TikTok's payment discount", -payment.payment_platform_discount),
    )
    return [(label, amount) for label, amount in listed if amount]
