"""What came to a dead end, in one place: events that could not be handled, orders that gave up."""

from flask import Blueprint

blueprint = Blueprint("dead_ends", __name__, url_prefix="/activity/dead-ends")

# The views register themselves on the blueprint.
from connector.blueprints.dead_ends import views  # noqa: E402, F401
