"""Tokens of the JSON API: made and ended by admins."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import formats
from connector.blueprints.panel import actor, needs
from connector.blueprints.users import blueprint
from connector.blueprints.users import people as people_page
from connector.extensions import db
from connector.models import ApiToken
from connector.sync import tokens
from connector.sync.asks import Refused


@blueprint.post("/users/tokens")
@needs("admin")
def make_token() -> ResponseReturnValue:
    """Makes a token, and shows it this once."""
    days = request.form.get("days", "")
    try:
        token = tokens.make(
            request.form.get("name", ""),
            request.form.getlist("scope"),
            int(days) if days in {"30", "90", "365"} else None,
            actor(),
        )
    except Refused as refused:
        formats.flash_message(str(refused), "error")
        return people_page.page(typed={name: request.form.get(name, "") for name in ("name", "days")}), 422
    return people_page.page(token=token), 200, {"Cache-Control": "no-store"}


@blueprint.post("/users/tokens/<int:token_id>/end")
@needs("admin")
def end_token(token_id: int) -> ResponseReturnValue:
    """Ends a token at once."""
    if db.session.get(ApiToken, token_id) is None:
        abort(404)
    tokens.end(token_id, actor())
    formats.flash_message("The token is ended.")
    return redirect(url_for("users.index"), 303)
