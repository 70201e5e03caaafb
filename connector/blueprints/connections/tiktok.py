"""The seller's consent: to TikTok's page, back with a code, and which shops to connect.

The state that goes along is random, lies in the session, is good for one return within a quarter of an hour, and is compared
in constant time: somebody else's code cannot be slipped in.
"""

from __future__ import annotations

import hmac
import secrets
import time

from flask import current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector.blueprints import formats
from connector.blueprints.connections import blueprint
from connector.blueprints.panel import actor, needs
from connector.domain.errors import ConnectorError
from connector.extensions import db
from connector.models import Shop
from connector.sync import authorization

STATE = "_tiktok_state"
PENDING = "_tiktok_pending"
STATE_LASTS = 15 * 60


# A link, not a form: the page's policy lets forms go to our own address only, and a redirect after one counts as well.
@blueprint.get("/tiktok/authorize")
@needs("admin")
def authorize() -> ResponseReturnValue:
    """Sends the seller to TikTok's own page; `region` is US or another country."""
    if not current_app.config["CONNECTOR"].tiktok_service_id:
        formats.flash_message(
            "TIKTOK_SERVICE_ID is not set: it is on your app's page in TikTok's Partner Center.", "error"
        )
        return redirect(url_for("connections.index"), 303)
    state = secrets.token_urlsafe(32)
    session[STATE] = [state, int(time.time())]
    return redirect(authorization.consent_address(request.args.get("region", "")[:2], state), 303)


@blueprint.get("/tiktok/callback")
@needs("admin")
def callback() -> ResponseReturnValue:
    """Where TikTok sends the seller back to, with `code` and `state`."""
    expected, begun = session.pop(STATE, ["", 0])
    given = request.args.get("state", "")
    is_ours = bool(expected) and hmac.compare_digest(expected.encode(), given.encode())
    if not is_ours or time.time() - begun > STATE_LASTS:
        return _refused(
            "This answer does not belong to a consent that was asked for here, or it came too late. Nothing was connected."
        )
    code = request.args.get("code", "")
    if not code:
        return _refused("TikTok Shop came back without a code: the consent was not given. Nothing was connected.")
    try:
        session[PENDING] = authorization.take_in(code[:1000], actor())
    except ConnectorError as error:
        return _refused(f"{error.message} {error.remedy}".strip())
    return redirect(url_for("connections.choose"), 303)


@blueprint.get("/tiktok/choose")
@needs("admin")
def choose() -> ResponseReturnValue:
    """The shops that the consent covers, to choose from."""
    found = authorization.pending_shops(session.get(PENDING, ""))
    if not found:
        return _refused("There is no consent that waits for a choice. Connect the shop again.")
    ids = [shop.shop_id for shop in found]
    known = set(db.session.scalars(select(Shop.tiktok_shop_id).where(Shop.tiktok_shop_id.in_(ids))))
    return render_template("connections/choose.html", found=found, known=known)


@blueprint.post("/tiktok/choose")
@needs("admin")
def chosen() -> ResponseReturnValue:
    """Connects the chosen shops."""
    shop_ids = request.form.getlist("shop")
    if not shop_ids:
        formats.flash_message("Choose at least one shop.", "error")
        return redirect(url_for("connections.choose"), 303)
    known = set(db.session.scalars(select(Shop.tiktok_shop_id).where(Shop.tiktok_shop_id.in_(shop_ids))))
    names = authorization.choose(session.pop(PENDING, ""), shop_ids, actor())
    if not names:
        return _refused("The consent has ended meanwhile. Connect the shop again.")
    formats.flash_message(f"Connected: {', '.join(names)}. Webhooks are being subscribed.")
    new = db.session.scalars(select(Shop.id).where(Shop.tiktok_shop_id.in_(set(shop_ids) - known)).limit(1)).first()
    if new is not None:
        return redirect(url_for("connections.start", shop_id=new), 303)
    return redirect(url_for("connections.index"), 303)


def _refused(sentence: str) -> ResponseReturnValue:
    return make_response(render_template("connections/refused.html", sentence=sentence), 400)
