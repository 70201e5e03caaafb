"""All connections on one page, with how each is."""

from __future__ import annotations

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from connector.blueprints.connections import blueprint, health
from connector.blueprints.panel import needs


@blueprint.get("")
@needs("viewer")
def index() -> ResponseReturnValue:
    """The page."""
    return render_template(
        "connections/index.html",
        shops=health.shops(),
        stores=health.stores(),
        may_authorize=bool(current_app.config["CONNECTOR"].tiktok_service_id),
        public_url=current_app.config["CONNECTOR"].public_url,
    )
