"""How many parcels left late, and how many orders the seller's side cancelled, as TikTok counts them; read from the database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import case, or_, select

from connector import clock
from connector.blueprints import formats
from connector.blueprints.activity import blueprint
from connector.blueprints.orders import shops
from connector.blueprints.panel import needs
from connector.domain import meter as domain
from connector.domain import statuses
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.models import Order, Shop

PERIODS = (7, 30)
#: As many orders of a shop are read; a shop with more in the period is told that its oldest are left out.
MOST = 50_000
#: Late orders that are named.
NAMED = 20


class OfShop(NamedTuple):
    """A shop's figures: by period (working days), the days of the shorter one, and the orders that are late and still here."""

    id: int
    name: str
    periods: dict[int, domain.Meter]
    #: The first of them; and how many there are.
    late: list[tuple[str, datetime]]
    late_count: int
    is_cut: bool


@blueprint.get("/meter", endpoint="meter")
@needs("viewer")
def show() -> ResponseReturnValue:
    """The figures of each shop."""
    rows = db.session.execute(
        select(Shop.id, Shop.name, Shop.time_zone, Shop.stored_settings).order_by(Shop.name)
    ).all()
    return render_template(
        "activity/meter.html",
        figures=[
            _of_shop(row.id, row.name, row.time_zone, ShopSettings.from_stored(row.stored_settings)) for row in rows
        ],
        most_late=domain.MOST_LATE,
        periods=PERIODS,
        zone=shops.panel_zone(),
    )


def _of_shop(shop_id: int, name: str, time_zone: str, settings: ShopSettings) -> OfShop:
    now, zone = clock.now(), formats.zone(time_zone)
    working, holidays = settings.working_days.split(), _dates(settings.holidays)
    begins = {days: domain.begins(now, zone, working, holidays, days) for days in PERIODS}
    first = min(begins.values())
    rows = db.session.execute(
        select(
            Order.tiktok_order_id,
            Order.create_time,
            Order.status,
            # What TikTok delivers is not late by anything that the seller does, as the list of late orders says it.
            case((~Order.is_fulfilled_by_tiktok, Order.ship_by)).label("ship_by"),
            Order.cancellation_initiator,
            Order.document[("rts_time",)].as_string(),
        )
        .where(Order.shop_id == shop_id, or_(Order.create_time >= first, Order.ship_by >= first))
        .order_by(Order.create_time.desc())
        .limit(MOST + 1)
    ).all()
    seen = [
        (
            row[0],
            domain.Seen(
                created_at=row[1] or now, status=row[2], ship_by=row[3], cancelled_by=row[4], shipped_at=_moment(row[5])
            ),
        )
        for row in rows[:MOST]
    ]
    late = [
        (tiktok_order_id, order.ship_by)
        for tiktok_order_id, order in seen
        if order.ship_by is not None and order.shipped_at is None and order.is_late(now)
        if order.status in (statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING)
    ]
    return OfShop(
        shop_id,
        name,
        {days: domain.measure([order for _, order in seen], now, zone, since) for days, since in begins.items()},
        sorted(late, key=lambda one: one[1])[:NAMED],
        len(late),
        len(rows) > MOST,
    )


def _moment(seconds: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds and seconds.isdecimal() and int(seconds) else None


def _dates(text: str) -> set[date]:
    found = set()
    for word in text.split():
        try:
            found.add(date.fromisoformat(word))
        except ValueError:
            continue  # a day that no calendar has, such as 2026-02-30
    return found
