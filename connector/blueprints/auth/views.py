"""Log-in, log-out, and what becomes of a request of somebody who is not logged in."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from connector.blueprints import limits
from connector.blueprints.auth import accounts
from connector.blueprints.auth.forms import LoginForm
from connector.blueprints.panel import is_fragment_request, needs
from connector.extensions import db, login
from connector.models import User
from connector.sync import logins, people

blueprint = Blueprint("auth", __name__)

STAMP = "_password_stamp"
#: The key of the row that stands for this log-in: ending the row ends the session, wherever the cookie is.
KEY = "_session_key"
#: Who gave the right password and still owes the second factor, and since when.
SECOND = "_second_factor"
SECOND_LASTS = 5 * 60
TOO_MANY = "Too many tries from your network. Wait some minutes."
BUSY = "Too many people log in at the moment. Try again in a moment."
REFUSED = "E-mail or password is wrong. After several wrong tries an account is locked for some minutes."

# "basic", not "strong": people move between networks with the page open all day. What ends a session is a changed
# password (the stamp) or logging out.
login.session_protection = "basic"


@login.user_loader
def load_user(user_id: str) -> User | None:
    """The person of a session, unless the password was changed since it began."""
    user = db.session.get(User, int(user_id)) if user_id.isdecimal() else None
    if user is None or not user.is_active or session.get(STAMP) != user.password_stamp:
        return None
    row = logins.session_of(str(session.get(KEY, "")))
    return user if row is not None and row.user_id == user.id else None


@login.unauthorized_handler
def ask_to_log_in() -> Response:
    """Sends people to the log-in; a fragment is never answered with the log-in page in its place."""
    if is_fragment_request():
        here = local_path(request.headers.get("HX-Current-URL", ""))
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("auth.log_in", next=here or None)
        return response
    # A form that was sent too late: back to the page on which it stands.
    is_page = request.method == "GET"
    back_to = request.script_root + request.full_path.rstrip("?") if is_page else local_path(request.referrer or "")
    return make_response(redirect(url_for("auth.log_in", next=back_to or None)))


@blueprint.route("/login", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    next_page = local_path(request.values.get("next", "")) or url_for("orders.index")
    if current_user.is_authenticated:
        return redirect(next_page, 303)
    form = LoginForm()
    error, status = "", 200
    if form.validate_on_submit():
        address = request.remote_addr or ""
        if logins.too_many_tries(address):
            error, status = TOO_MANY, 429
        else:
            with limits.LOG_INS.hold() as has_room:
                user = accounts.authenticate(form.email.data or "", form.password.data or "") if has_room else None
            if user is not None and user.totp_secret:
                session.clear()
                session[SECOND] = [user.id, int(time.time()), user.password_stamp]
                return redirect(
                    url_for("auth.second_factor", next=local_path(request.values.get("next", "")) or None), 303
                )
            if user is not None:
                let_in(user)
                return redirect(next_page, 303)
            if has_room:
                logins.note_try(address)
            error, status = (REFUSED, 401) if has_room else (BUSY, 503)
    elif form.is_submitted():
        error, status = "Enter your e-mail address and your password.", 401
    form.next.data = local_path(request.values.get("next", ""))
    return render_template("auth/login.html", form=form, error=error, is_fresh=not people.anybody()), status


def let_in(user: User) -> None:
    """Begins a session for somebody who has shown who they are."""
    session.clear()  # nothing of what a session held before the log-in is kept
    session[STAMP] = user.password_stamp
    session[KEY] = logins.begin_session(user.id, request.remote_addr or "", request.user_agent.string)
    login_user(user)


@blueprint.post("/logout")
@needs("viewer")
def log_out() -> ResponseReturnValue:
    logins.end_session_of(str(session.get(KEY, "")))
    logout_user()
    session.clear()
    response = make_response(redirect(url_for("auth.log_in"), 303))
    # Pages that the browser kept must not come back with its back button.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def local_path(address: str) -> str:
    """The path and query of an address of ours; empty for any other. A full address is ours when it names our host."""
    if "\\" in address or any(ord(character) < 33 for character in address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:  # such as //[
        return ""
    if parts.netloc and (parts.netloc != request.host or parts.scheme not in {"http", "https"}):
        return ""
    if parts.scheme and not parts.netloc:
        return ""
    path = parts.path
    if not path.startswith("/") or path.startswith("//"):
        return ""
    return f"{path}?{parts.query}" if parts.query else path
