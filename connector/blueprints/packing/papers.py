"""Pick lists and packing slips of the orders that were chosen (`run`), or of those that are named (`id`, repeated)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, make_response, request, url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import lazyload

from connector import clock
from connector.blueprints import asked, formats
from connector.blueprints.orders import shops
from connector.blueprints.packing import blueprint
from connector.blueprints.panel import done, needs
from connector.domain import edited_address, packing
from connector.domain.settings import ShopSettings
from connector.domain.stored_booking import pieces_of_lines
from connector.extensions import db
from connector.i18n import t
from connector.models import BulkItem, BulkRun, Order, Shop
from connector.tiktok.orders import readable_order

#: A slip takes about a hundredth of a second, and the browser waits for it; a list is short, but its orders are all read.
MOST = {"packing-slips": 300, "pick-list": 1500}


@blueprint.get("/orders/packing-slips.pdf")
@needs("staff")
def packing_slips() -> Response:
    """A slip for each order, oldest deadline first."""
    rows = _chosen(most := MOST["packing-slips"])
    if not 0 < len(rows) <= most:
        return _refused(len(rows), most)
    settings = _settings()
    from connector.blueprints.packing import pdf  # its libraries take a second to load, which only this needs

    return _pdf(
        "packing-slips",
        pdf.packing_slips(
            [slip_of(row) for row in rows],
            paper=_paper(rows[0], settings),
            zones=[formats.zone(shops.label(row.shop_id).time_zone) for row in rows],
            prices=[settings[row.shop_id].packing_prices for row in rows],
            notes=[settings[row.shop_id].packing_note for row in rows],
        ),
    )


@blueprint.get("/orders/pick-list.pdf")
@needs("staff")
def pick_list() -> Response:
    """What to fetch for all of them, by SKU; orders that must not be shipped are left out and named."""
    rows = _chosen(most := MOST["pick-list"])
    if not 0 < len(rows) <= most:
        return _refused(len(rows), most)
    slips = [slip_of(row) for row in rows]
    from connector.blueprints.packing import pdf

    return _pdf(
        "pick-list",
        pdf.pick_list(
            packing.pick_list(slips),
            paper=_paper(rows[0], _settings()),
            heading=formats.day_and_time(clock.now(), formats.zone(shops.panel_zone())),
            skipped=[(slip.tiktok_order_id, slip.stop) for slip in slips if slip.stop],
            source=_source(),
        ),
    )


def waiting() -> ColumnElement[bool]:
    """The orders that wait to be packed: paid, not on hold, not all shipped, in Magento."""
    return (
        Order.status.in_(sorted(packing.TO_SHIP))
        & ~Order.is_fulfilled_by_tiktok
        & Order.magento_order_id.is_not(None)
        & ~Order.buyer_asks_cancel
    )


def count_waiting() -> int:
    return db.session.scalar(select(func.count()).select_from(Order).where(waiting())) or 0


def most_urgent(most: int) -> ColumnElement[bool]:
    """The first of those that wait, by deadline."""
    return Order.id.in_(select(Order.id).where(waiting()).order_by(Order.ship_due, Order.id).limit(most))


def _run_id() -> int | None:
    return asked.number("run")


def _source() -> str:
    """What was chosen on the packing page, in words: it may be a part of what waits."""
    chosen_here = select(BulkRun.words).where(BulkRun.id == _run_id(), BulkRun.address == url_for("packing.index"))
    return t(db.session.scalar(chosen_here))


def _chosen(most: int) -> Sequence[Order]:
    """The orders with their documents, one more than `most` when there are more."""
    if (run_id := _run_id()) is not None:
        which: ColumnElement[bool] = Order.id.in_(select(BulkItem.order_id).where(BulkItem.run_id == run_id))
    else:
        which = Order.tiktok_order_id.in_([name for name in request.args.getlist("id") if name.isdecimal()][:most])
    listed = (
        select(Order)
        .where(which, Order.document.is_not(None))
        .order_by(Order.ship_due, Order.id)
        .options(lazyload(Order.shop))
        .limit(most + 1)
    )
    return db.session.scalars(listed).all()


def slip_of(row: Order) -> packing.Slip:
    """An order's slip."""
    order, shop_name = readable_order(row.document), shops.label(row.shop_id).name
    if order is None:
        return packing.Slip(
            tiktok_order_id=row.tiktok_order_id,
            magento_increment_id=row.magento_increment_id,
            shop_name=shop_name,
            created_at=row.create_time or row.created_at,
            ship_by=row.ship_by,
            address=(),
            lines=(),
            currency=row.currency,
            stop=packing.UNREADABLE,
        )
    return packing.slip(
        order,
        magento_increment_id=row.magento_increment_id,
        shop_name=shop_name,
        booked=pieces_of_lines(row.booking),
        buyer_asks_cancel=row.buyer_asks_cancel,
        edited=edited_address.from_stored(row.edited_address),
    )


def _settings() -> dict[int, ShopSettings]:
    """By shop, without their secrets."""
    found = db.session.execute(select(Shop.id, Shop.stored_settings))
    return {shop_id: ShopSettings.from_stored(stored) for shop_id, stored in found}


def _paper(row: Order, settings: Mapping[int, ShopSettings]) -> str:
    from connector.blueprints.packing import pdf

    return pdf.paper_of(settings[row.shop_id].packing_paper, shops.label(row.shop_id).region)


def _refused(count: int, most: int) -> Response:
    message = f"Choose at most {most} orders at a time." if count else "Select orders first."
    return done(message, url_for("packing.index"), status="error")


def _pdf(name: str, content: bytes) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}-{clock.now():%Y-%m-%d}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
