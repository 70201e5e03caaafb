"""The settings of each shop, and who changed them."""

from connector.blueprints.settings import buyers, debug
from connector.blueprints.settings.views import blueprint

__all__ = ["blueprint", "buyers", "debug"]
