"""Returns, refunds and replacements of all orders: what waits for an answer, and answering it."""

from flask import Blueprint

blueprint = Blueprint("returns", __name__, url_prefix="/returns")

# The views register themselves on the blueprint.
from connector.blueprints.returns import views  # noqa: E402, F401
