"""The language of the panel, chosen by whoever looks at it: before the log-in kept in the browser, after it with the user."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for
from flask_login import current_user

from connector.blueprints.auth.views import blueprint, local_path
from connector.i18n import LANGUAGES, remember
from connector.sync import people


@blueprint.post("/language")
def choose_language() -> Response:
    """Sets the language; an unknown one changes nothing. Goes back to the page of ours that `next` names."""
    code = request.form.get("language", "")
    response = make_response(redirect(local_path(request.form.get("next", "")) or url_for("orders.index"), 303))
    if code in LANGUAGES:
        remember(response, code)
        if current_user.is_authenticated:
            people.choose_language(current_user.id, code)
    return response
