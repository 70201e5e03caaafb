"""The second step of a log-in, for those who have switched it on."""

from __future__ import annotations

import hmac
import time

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import formats
from connector.blueprints.auth.views import SECOND, SECOND_LASTS, TOO_MANY, blueprint, let_in, local_path
from connector.extensions import db
from connector.models import User
from connector.sync import logins, two_factor


@blueprint.route("/login/code", methods=["GET", "POST"])
def second_factor() -> ResponseReturnValue:
    """Asks for the app's code, or a recovery code. The password counts for five minutes."""
    next_page = local_path(request.values.get("next", ""))
    user = _who()
    if user is None:
        if session.pop(SECOND, None) is not None:
            formats.flash_message("That took too long. Log in again.", "error")
        return redirect(url_for("auth.log_in", next=next_page or None), 303)
    error, status = "", 200
    if request.method == "POST":
        address = request.remote_addr or ""
        if logins.too_many_tries(address):
            error, status = TOO_MANY, 429
        elif two_factor.passes(user.id, request.form.get("code", "")[:40]):
            let_in(user)
            return redirect(next_page or url_for("orders.index"), 303)
        else:
            logins.note_try(address)
            error, status = "That code is wrong, was used already, or the account is locked for some minutes.", 401
    return render_template("auth/second.html", error=error, next_page=next_page), status


def _who() -> User | None:
    user_id, begun, stamp = session.get(SECOND, [0, 0, ""])
    if time.time() - begun > SECOND_LASTS:
        return None
    user = db.session.get(User, user_id)
    is_same = user is not None and user.is_active and hmac.compare_digest(stamp, user.password_stamp)
    return user if is_same else None
