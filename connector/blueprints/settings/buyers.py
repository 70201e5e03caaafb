"""One buyer's data: found, exported, erased. Admins only. By POST, so that an e-mail address is in no address bar and no log."""

from __future__ import annotations

import json

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from connector import clock
from connector.blueprints import formats
from connector.blueprints.orders import shops
from connector.blueprints.panel import actor, needs
from connector.blueprints.settings.views import blueprint
from connector.i18n import _, ngettext
from connector.models import Order
from connector.sync import privacy

LONGEST = 254


@blueprint.get("/buyer")
@needs("admin")
def buyer() -> ResponseReturnValue:
    """Asks whose data."""
    return _page("", None)


@blueprint.post("/buyer")
@needs("admin")
def buyer_found() -> ResponseReturnValue:
    """Shows a buyer's orders; exports or erases them. What is done is written down, with who did it."""
    known_by = request.form.get("known_by", "").strip()[:LONGEST]
    what = request.form.get("what", "")
    if what == "export":
        document = privacy.export_buyer(known_by, actor())
        if document is not None:
            return _download(document)
    elif what == "erase":
        done, left, customers, _before = privacy.erase_buyer(known_by, actor())
        if done:
            number = len(done)
            formats.flash_message(
                ngettext(
                    "The buyer's data in %(num)s order is blanked. The Magento order is left as it is.",
                    "The buyer's data in %(num)s orders is blanked. The Magento orders are left as they are.",
                    number,
                )
            )
            for customer_id in customers:
                formats.flash_message(
                    _(
                        "Magento keeps its customer %(customer_id)s for the buyer: erase it there (Customers > All Customers).",
                        customer_id=customer_id,
                    )
                )
            # The buyer is known by nothing any more but the number of an order.
            known_by = known_by if known_by in done else (left or done)[0]
            return _page(known_by, privacy.orders_of_buyer(known_by), is_erased=True)
        if left:
            formats.flash_message(
                _("Nothing was blanked: the orders are under way, and need the address to arrive."), "error"
            )
    return _page(known_by, privacy.orders_of_buyer(known_by))


def _page(known_by: str, rows: list[Order] | None, *, is_erased: bool = False) -> str:
    return render_template(
        "settings/buyer.html",
        known_by=known_by,
        rows=rows,
        was_blanked=not is_erased and privacy.blanked_before(rows or []),
        can_erase=[row for row in rows or [] if privacy.is_erasable(row)],
        under_way=[row for row in rows or [] if privacy.is_under_way(row)],
        zone=shops.panel_zone(),
    )


def _download(document: dict[str, object]) -> Response:
    name = f"buyer-{clock.now():%Y%m%d-%H%M%S}.json"
    return Response(
        json.dumps(document, ensure_ascii=False, indent=2),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"},
    )
