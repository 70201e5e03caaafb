"""One's own account: the password, the second factor, and where one is logged in."""

from __future__ import annotations

import io
from base64 import b64encode

import segno
from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from connector.blueprints import formats
from connector.blueprints.auth import accounts
from connector.blueprints.auth.views import KEY, let_in
from connector.blueprints.panel import actor, needs
from connector.blueprints.users import blueprint
from connector.extensions import db
from connector.models import User
from connector.sync import logins, people, two_factor
from connector.sync.asks import Refused

NOT_YOURS = "That is not your password, or the account is locked for some minutes after several wrong ones."


@blueprint.get("/account")
@needs("viewer")
def account() -> ResponseReturnValue:
    """The page."""
    here = logins.session_of(str(session.get(KEY, "")))
    return render_template(
        "users/account.html", sessions=logins.sessions_of(current_user.id), here_id=here.id if here else 0
    )


@blueprint.post("/account/password")
@needs("viewer")
def change_password() -> ResponseReturnValue:
    """A new password, for who knows the old one. All other sessions end."""
    user_id = current_user.id
    if not _is_theirs("old"):
        return _back(NOT_YOURS)
    if request.form.get("password", "") != request.form.get("again", ""):
        return _back("The two new passwords are not the same.")
    try:
        people.set_password(user_id, request.form.get("password", ""), actor())
    except ValueError as error:
        return _back(str(error))
    let_in(db.session.get_one(User, user_id, populate_existing=True))
    formats.flash_message("The password is changed. Every other session has ended.")
    return redirect(url_for("users.account"), 303)


@blueprint.post("/account/two-factor")
@needs("viewer")
def set_up_two_factor() -> ResponseReturnValue:
    """Shows the QR code, for who knows the password; with a right code, switches two-factor on and shows recovery codes.

    Nothing is stored before; until then the secret is in the page only, and whoever sees it has given the password.
    """
    form = request.form
    is_theirs = _is_theirs("password")
    if "secret" not in form:
        return _qr(two_factor.new_secret(), "") if is_theirs else _back(NOT_YOURS)
    secret = form["secret"].strip()[:64]
    if not is_theirs:
        return _qr(secret, NOT_YOURS)
    if current_user.totp_secret:
        return _back("Two-factor is on already.")
    try:
        codes = two_factor.begin(current_user.id, secret, form.get("code", ""), actor())
    except (Refused, ValueError) as error:
        return _qr(secret, str(error) if isinstance(error, Refused) else "Begin again: the secret is not whole.")
    body = render_template("users/recovery.html", codes=codes)
    return body, 200, {"Cache-Control": "no-store"}


@blueprint.get("/account/two-factor")
@needs("viewer")
def after_two_factor() -> ResponseReturnValue:
    """Where the page with the QR code stands in the browser."""
    return redirect(url_for("users.account"))


@blueprint.post("/account/two-factor/off")
@needs("viewer")
def switch_off_two_factor() -> ResponseReturnValue:
    """Switches two-factor off, for who knows the password."""
    if not _is_theirs("password"):
        return _back(NOT_YOURS)
    two_factor.end(current_user.id, actor())
    formats.flash_message("Two-factor is off.")
    return redirect(url_for("users.account"), 303)


@blueprint.post("/account/sessions/<int:session_id>/end")
@needs("viewer")
def end_session(session_id: int) -> ResponseReturnValue:
    """Ends one of one's own sessions."""
    if not logins.end_session(session_id, current_user.id):
        return _back("That session has ended already.")
    formats.flash_message("The session is ended.")
    return redirect(url_for("users.account"), 303)


def _is_theirs(field: str) -> bool:
    """Whether a field of the form holds the password of who is logged in; wrong ones count as at the log-in."""
    return accounts.knows_password(current_user, request.form.get(field, "")[:1024])


def _qr(secret: str, error: str) -> ResponseReturnValue:
    picture = io.BytesIO()
    segno.make(two_factor.address_of(current_user, secret), error="m").save(picture, kind="svg", border=0)
    body = render_template(
        "users/two_factor.html", secret=secret, qr=b64encode(picture.getvalue()).decode(), error=error
    )
    return body, 422 if error else 200, {"Cache-Control": "no-store"}


def _back(error: str) -> ResponseReturnValue:
    formats.flash_message(error, "error")
    return redirect(url_for("users.account"), 303)
