"""The parts of the panel, and the addresses that machines call. A new part is one package and one line here."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

from connector.blueprints.asked import MOST


class RowId(IntegerConverter):
    """A row's id in an address: a number that is larger than any id is no page (connector.blueprints.asked)."""

    def __init__(self, map: Any) -> None:
        super().__init__(map, max=MOST)


def register(app: Flask) -> None:
    """Registers every blueprint."""
    from connector.blueprints import panel
    from connector.blueprints.activity import blueprint as activity
    from connector.blueprints.api import blueprint as api
    from connector.blueprints.auth import blueprint as auth
    from connector.blueprints.carriers import blueprint as carriers
    from connector.blueprints.connections import blueprint as connections
    from connector.blueprints.dead_ends import blueprint as dead_ends
    from connector.blueprints.health import blueprint as health
    from connector.blueprints.help import blueprint as help_
    from connector.blueprints.orders import blueprint as orders
    from connector.blueprints.packing import blueprint as packing
    from connector.blueprints.payouts import blueprint as payouts
    from connector.blueprints.reconciliation import blueprint as reconciliation
    from connector.blueprints.returns import blueprint as returns
    from connector.blueprints.rules import blueprint as rules
    from connector.blueprints.settings import blueprint as settings
    from connector.blueprints.setup import blueprint as setup
    from connector.blueprints.shipping import blueprint as shipping
    from connector.blueprints.skus import blueprint as skus
    from connector.blueprints.users import blueprint as users
    from connector.blueprints.webhooks import blueprint as webhooks

    app.url_map.converters["int"] = RowId
    panel.init_app(app)
    for blueprint in (
        auth,
        orders,
        connections,
        carriers,
        skus,
        shipping,
        packing,
        returns,
        payouts,
        settings,
        rules,
        users,
        setup,
        api,
        activity,
        help_,
        reconciliation,
        dead_ends,
        webhooks,
        health,
    ):
        app.register_blueprint(blueprint)
