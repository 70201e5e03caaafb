"""TikTok shops and Magento stores: connecting, binding, checking, and how each is."""

from flask import Blueprint

blueprint = Blueprint("connections", __name__, url_prefix="/connections")

# The views register themselves on the blueprint.
from connector.blueprints.connections import shops, start, stores, tiktok, views  # noqa: E402, F401
