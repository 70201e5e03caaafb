"""The first run: the first admin, and a guide through what comes next.

The first admin is made at an address that only a command prints (`flask --app wsgi users first`), and only as long as there is
no user: whoever finds a fresh installation cannot take it over.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from connector.blueprints import formats
from connector.blueprints.auth.views import TOO_MANY, let_in
from connector.blueprints.connections import health
from connector.blueprints.connections.stores import NO_WORKER
from connector.blueprints.orders.shops import row_or_404
from connector.blueprints.panel import is_fragment_request, needs, toast
from connector.extensions import db
from connector.models import AuditEntry, Order
from connector.models.audit import SETTINGS
from connector.sync import logins, people, rehearsal
from connector.sync.asks import Refused

blueprint = Blueprint("setup", __name__)


def code() -> str:
    """What the command prints. It follows from SECRET_KEY, so that it needs no place to be kept."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, b"connector: the first admin", hashlib.sha256).hexdigest()[:40]


@blueprint.get("/setup")
def begin() -> ResponseReturnValue:
    """Says how the first admin is made; afterwards there is nothing here."""
    if people.anybody():
        return redirect(url_for("auth.log_in"), 303)
    return render_template("setup/begin.html")


@blueprint.route("/setup/<given>", methods=["GET", "POST"])
def first_admin(given: str) -> ResponseReturnValue:
    """Makes the first admin, for who holds the code."""
    address = request.remote_addr or ""
    if people.anybody():
        return redirect(url_for("auth.log_in"), 303)
    if logins.too_many_tries(address):
        return render_template("setup/begin.html", error=TOO_MANY), 429
    if not hmac.compare_digest(given.encode(), code().encode()):
        logins.note_try(address)
        abort(404)
    error = ""
    if request.method == "POST":
        password = request.form.get("password", "")
        try:
            if password != request.form.get("again", ""):
                raise ValueError("The two passwords are not the same.")
            user = people.first_admin(request.form.get("email", ""), password)
        except (Refused, ValueError) as problem:
            error = str(problem)
        else:
            let_in(user)
            return redirect(url_for("setup.guide"), 303)
    page = render_template("setup/first_admin.html", error=error, email=request.form.get("email", ""))
    return page, 422 if error else 200


@blueprint.get("/guide")
@needs("admin")
def guide() -> ResponseReturnValue:
    """What is done and what comes next, each step with how it stands now."""
    stores, shops = health.stores(), health.shops()
    in_magento = db.session.scalar(select(Order.tiktok_order_id).where(Order.magento_order_id.is_not(None)).limit(1))
    return render_template(
        "setup/guide.html",
        stores=stores,
        shops=shops,
        is_checked=any(
            one.store.checks.get("state") == "done" and all(result["ok"] for result in one.store.checks["results"])
            for one in stores
        ),
        settings_seen=db.session.scalar(select(AuditEntry.id).where(AuditEntry.kind == SETTINGS).limit(1)) is not None,
        orders=db.session.scalar(select(func.count()).select_from(Order)) or 0,
        in_magento=in_magento,
        test_of=rehearsal.last,
        tested=any(is_well(rehearsal.last(one.shop.id)) for one in shops),
    )


def is_well(test: dict[str, Any]) -> bool:
    """Whether a test order went all the way."""
    return test.get("state") == "done" and all(result["ok"] for result in test["results"])


@blueprint.post("/guide/test-order/<int:shop_id>")
@needs("admin")
def send_test_order(shop_id: int) -> ResponseReturnValue:
    """Has a worker place an order in Magento as a real one, and cancel it again."""
    row_or_404(shop_id)
    problem = "" if rehearsal.ask(shop_id) else NO_WORKER
    if is_fragment_request("test-order"):
        response = make_response(test_order(shop_id))
        return toast(response, problem, "error") if problem else response
    if problem:
        formats.flash_message(problem, "error")
    return redirect(url_for("setup.guide") + "#test-order", 303)


@blueprint.get("/guide/test-order/<int:shop_id>")
@needs("admin")
def test_order(shop_id: int) -> ResponseReturnValue:
    """The findings so far, asked for every second while the test runs."""
    return render_template("setup/_test_order.html", shop_id=shop_id, test=rehearsal.last(shop_id))
