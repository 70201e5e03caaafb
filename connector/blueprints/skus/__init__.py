"""The SKUs part of the panel: what orders look for in vain, and what TikTok SKUs are in Magento."""

from flask import Blueprint

blueprint = Blueprint("skus", __name__)

# The views register themselves on the blueprint.
from connector.blueprints.skus import editor, transfer, views  # noqa: E402, F401
