"""The packing table: papers for chosen orders, tracking numbers by file, and the page for a scanner."""

from flask import Blueprint

blueprint = Blueprint("packing", __name__)

# The views register themselves on the blueprint.
from connector.blueprints.packing import papers, views  # noqa: E402, F401
