"""What TikTok pays: statements, their orders, payments, what is not settled yet, and what does not match."""

from flask import Blueprint

blueprint = Blueprint("payouts", __name__, url_prefix="/payouts")

# The views register themselves on the blueprint.
from connector.blueprints.payouts import card, views  # noqa: E402, F401
