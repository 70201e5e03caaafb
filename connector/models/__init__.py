"""All tables. Importing this package registers them with SQLAlchemy."""

from connector.models.fetch import FetchRun
from connector.models.inbox import InboxEvent
from connector.models.mapping import CarrierMapping, SkuMapping
from connector.models.order import Order
from connector.models.setting import Setting
from connector.models.shop import Shop
from connector.models.store import Store
from connector.models.timeline import TimelineEntry
from connector.models.user import User

__all__ = [
    "CarrierMapping",
    "FetchRun",
    "InboxEvent",
    "Order",
    "Setting",
    "Shop",
    "SkuMapping",
    "Store",
    "TimelineEntry",
    "User",
]
