"""What went wrong with an order: a sentence, what to do, the button that does it, the tries, the exchange."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector.blueprints.orders import blueprint, cures, shops
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import is_fragment_request, needs
from connector.extensions import db
from connector.models import TimelineEntry

TRIES_SHOWN = 20


@blueprint.get("/orders/<tiktok_order_id>/problem")
@needs("viewer")
def problem(tiktok_order_id: str) -> ResponseReturnValue:
    """The problem as a page of its own, or for htmx as what the drawer shows."""
    row = order_or_404(tiktok_order_id)
    template = "orders/_problem.html" if is_fragment_request() else "orders/problem.html"
    return render_template(
        template,
        order=row,
        cure=cures.cure(row.error_code, row.error_subject, shop_id=row.shop_id, tiktok_order_id=row.tiktok_order_id),
        can_skip_stock=cures.can_skip_stock(row.error_code) and row.magento_order_id is None,
        tries=tries(row.id),
        shop=shops.label(row.shop_id),
        is_drawer=is_fragment_request(),
        back_to=request.args.get("back_to", ""),
    )


def tries(order_id: int) -> list[TimelineEntry]:
    """What failed so far, the newest first."""
    statement = (
        select(TimelineEntry)
        .where(TimelineEntry.order_id == order_id, TimelineEntry.is_error.is_(True))
        .order_by(TimelineEntry.id.desc())
        .limit(TRIES_SHOWN)
    )
    return list(db.session.scalars(statement))
