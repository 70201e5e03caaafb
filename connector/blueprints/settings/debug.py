"""A shop's debug log: switched on for a time, looked at, downloaded, emptied. Admins only; reads the database only."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Response, abort, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from connector import clock
from connector.blueprints import asked, formats
from connector.blueprints.orders.shops import row_or_404
from connector.blueprints.panel import actor, needs
from connector.blueprints.settings.views import blueprint
from connector.extensions import db
from connector.models.audit import SETTINGS
from connector.models.debug import MAGENTO, TIKTOK
from connector.models.transaction import end_transaction, transaction
from connector.sync import audit, debug

SHOWN = 50
SIDES = {TIKTOK: "TikTok Shop", MAGENTO: "Magento"}


@blueprint.get("/<int:shop_id>/debug")
@needs("admin")
def debug_log(shop_id: int) -> ResponseReturnValue:
    """What a shop's log holds, the newest first."""
    shop = row_or_404(shop_id)
    order, side = _wanted()
    only_failed = request.args.get("failed") == "1"
    before = asked.number("before") or 0
    rows = debug.exchanges(shop_id, order=order, side=side, only_failed=only_failed, before=before, limit=SHOWN + 1)
    return render_template(
        "settings/debug.html",
        shop=shop,
        is_on=debug.is_on(shop),
        times=debug.TIMES,
        sides=SIDES,
        order=order,
        side=side,
        only_failed=only_failed,
        rows=rows[:SHOWN],
        older=rows[SHOWN - 1].id if len(rows) > SHOWN else None,
        before=before,
        most=debug.MOST,
        days=debug.KEPT_FOR.days,
    )


@blueprint.post("/<int:shop_id>/debug")
@needs("admin")
def change_debug_log(shop_id: int) -> ResponseReturnValue:
    """Switches a shop's log on for a time or off, or empties it."""
    shop = row_or_404(shop_id)
    what = request.form.get("what", "")
    if what == "on":
        minutes = request.form.get("minutes", 0, type=int)
        if minutes not in debug.TIMES:
            abort(400)
        until = debug.switch_on(shop_id, minutes, actor())
        formats.flash_message(f"The debug log is on until {formats.exact(until, shop.time_zone)}, then off by itself.")
    elif what == "off":
        debug.switch_off(shop_id, actor())
        formats.flash_message("The debug log is off. What it holds stays here for a week.")
    elif what == "empty":
        debug.empty(shop_id, actor())
        formats.flash_message("The debug log is empty.")
    else:
        abort(400)
    return redirect(url_for("settings.debug_log", shop_id=shop_id), 303)


@blueprint.get("/<int:shop_id>/debug/download")
@needs("admin")
def download_debug_log(shop_id: int) -> ResponseReturnValue:
    """The log as it is narrowed down, one JSON object a line, the newest first."""
    shop = row_or_404(shop_id)
    order, side = _wanted()
    only_failed = request.args.get("failed") == "1"
    with transaction() as session:
        audit.note(session, actor(), SETTINGS, "Debug log", subject=shop.name, shop_id=shop_id, after="downloaded")

    def written() -> Iterator[str]:
        before = 0
        while rows := debug.exchanges(
            shop_id, order=order, side=side, only_failed=only_failed, before=before, limit=200
        ):
            before = rows[-1].id
            lines = list(debug.lines(rows))
            db.session.expunge_all()
            end_transaction()  # before it is sent: a slow reader holds none open
            for line in lines:
                yield json.dumps(line, ensure_ascii=False) + "\n"

    name = f"debug-{shop.tiktok_shop_id}-{clock.now():%Y%m%d-%H%M%S}.jsonl"
    return Response(
        stream_with_context(written()),
        content_type="application/jsonl; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _wanted() -> tuple[str, str]:
    return request.args.get("order", "").strip()[:40], request.args.get("side", "")
