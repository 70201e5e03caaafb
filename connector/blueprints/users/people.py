"""Who may use the panel, for admins: invite, role, shut out, a link to set a password."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from connector import clock
from connector.blueprints import formats
from connector.blueprints.panel import actor, needs
from connector.blueprints.users import blueprint
from connector.extensions import db
from connector.i18n import _
from connector.models import ApiToken, User, UserSession
from connector.models.token import SCOPES
from connector.models.user import ROLES
from connector.sync import logins, people, two_factor
from connector.sync.asks import Refused

ROLE_WORDS = {
    "viewer": "Viewer: reads everything, changes nothing",
    "staff": "Staff: works on orders, maps SKUs and carriers",
    "admin": "Admin: also connects, sets up, and manages people",
}


@blueprint.get("/users")
@needs("admin")
def index() -> ResponseReturnValue:
    """Everybody, and the API's tokens."""
    return page()


def page(link: str = "", link_for: str = "", token: str = "", typed: Mapping[str, str] = MappingProxyType({})) -> str:
    """The page, with a link or token that is shown this once, or with what was typed and refused."""
    last_seen = select(UserSession.user_id, func.max(UserSession.seen_at).label("seen_at")).group_by(
        UserSession.user_id
    )
    seen = {row.user_id: row.seen_at for row in db.session.execute(last_seen)}
    users = db.session.scalars(select(User).order_by(User.email)).all()
    return render_template(
        "users/index.html",
        users=users,
        seen=seen,
        sessions={user.id: len(logins.sessions_of(user.id)) for user in users},
        now=clock.now(),
        roles=ROLES,
        role_words=ROLE_WORDS,
        tokens=db.session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).all(),
        scopes=SCOPES,
        link=link,
        link_for=link_for,
        token=token,
        typed=typed,
    )


@blueprint.post("/users/invite")
@needs("admin")
def invite() -> ResponseReturnValue:
    """Makes a person, and shows the link by which they set their password."""
    try:
        user = people.invite(request.form.get("email", ""), request.form.get("role", "viewer"), actor())
    except Refused as refused:
        formats.flash_message(str(refused), "error")
        return page(typed={name: request.form.get(name, "") for name in ("email", "role")}), 422
    return _no_store(page(people.password_link(user, people.INVITATION), user.email))


@blueprint.get("/users/invite")
@blueprint.get("/users/<int:user_id>/link")
@blueprint.get("/users/tokens")
@needs("admin")
def after_a_secret(user_id: int = 0) -> ResponseReturnValue:
    """Where the page with a link or a token, shown once, stands in the browser."""
    return redirect(url_for("users.index"))


@blueprint.post("/users/<int:user_id>/link")
@needs("admin")
def link(user_id: int) -> ResponseReturnValue:
    """A link by which a person sets a new password."""
    user = _user(user_id)
    return _no_store(page(people.make_link(user, actor()), user.email))


@blueprint.post("/users/<int:user_id>")
@needs("admin")
def change(user_id: int) -> ResponseReturnValue:
    """Another role, or shut out and let in again."""
    _user(user_id)
    form = request.form
    try:
        people.change(
            user_id,
            actor(),
            role=form.get("role") or None,
            is_active={"1": True, "0": False}.get(form.get("is_active", "")),
        )
    except Refused as refused:
        formats.flash_message(str(refused), "error")
    else:
        formats.flash_message("Changed.")
    return redirect(url_for("users.index"), 303)


@blueprint.post("/users/<int:user_id>/two-factor-off")
@needs("admin")
def two_factor_off(user_id: int) -> ResponseReturnValue:
    """For somebody who lost the phone and the recovery codes."""
    user = _user(user_id)
    two_factor.end(user_id, actor())
    formats.flash_message(f"Two-factor is off for {user.email}.")
    return redirect(url_for("users.index"), 303)


@blueprint.post("/users/<int:user_id>/unlock")
@needs("admin")
def unlock(user_id: int) -> ResponseReturnValue:
    """Ends the lock that wrong passwords brought about."""
    user = _user(user_id)
    people.unlock(user_id, actor())
    formats.flash_message(_("%(email)s can log in again.", email=user.email))
    return redirect(url_for("users.index"), 303)


@blueprint.post("/users/<int:user_id>/end-sessions")
@needs("admin")
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Logs a person out everywhere."""
    user = _user(user_id)
    logins.end_all_sessions(user_id, actor())
    formats.flash_message(_("%(email)s is logged out everywhere.", email=user.email))
    return redirect(url_for("users.index"), 303)


def _user(user_id: int) -> User:
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None:
        abort(404)
    return user


def _no_store(body: str) -> ResponseReturnValue:
    """A page with a secret that is shown once is kept by no cache."""
    return body, 200, {"Cache-Control": "no-store"}
