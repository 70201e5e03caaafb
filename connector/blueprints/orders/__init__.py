"""The Orders part of the panel: the list, one order, its problems, what people may ask for, the fetch, the export."""

from flask import Blueprint

blueprint = Blueprint("orders", __name__)

# The views register themselves on the blueprint.
from connector.blueprints.orders import (  # noqa: E402, F401
    actions,
    address,
    bulk,
    cancels,
    details,
    export,
    fetching,
    lists,
    problems,
    views,
    well,
)
