"""The Carriers part of the panel: which of TikTok Shop's shipping providers each of Magento's carriers is."""

from flask import Blueprint

blueprint = Blueprint("carriers", __name__)

# The views register themselves on the blueprint.
from connector.blueprints.carriers import views, warehouses  # noqa: E402, F401
