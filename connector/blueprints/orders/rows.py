"""Finding one order's row."""

from __future__ import annotations

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from connector.extensions import db
from connector.models import Order


def order_or_404(tiktok_order_id: str) -> Order:
    """The order of an address, without its shop: pages need none of a shop's secrets."""
    statement = select(Order).where(Order.tiktok_order_id == tiktok_order_id).options(lazyload(Order.shop))
    row = db.session.scalars(statement).one_or_none()
    if row is None:
        abort(404)
    return row
