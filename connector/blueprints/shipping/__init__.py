"""Shipping from the panel: own carrier, TikTok's carrier, labels. Its card on the order page: orders/_shipping.html."""

from flask import Blueprint

blueprint = Blueprint("shipping", __name__)

# The views register themselves on the blueprint.
from connector.blueprints.shipping import card, parcelling, views  # noqa: E402, F401
