"""All tables. Importing this package registers them with SQLAlchemy."""

from connector.models.audit import AuditEntry
from connector.models.bulk import BulkItem, BulkRun
from connector.models.calls import CallCount
from connector.models.cancellation import CancelAsk, Cancellation, CancelOptions
from connector.models.catalogue import CatalogueProduct, CatalogueRead, OrderProblem
from connector.models.debug import DebugExchange
from connector.models.deciding import Evidence, ReturnAnswer, ReturnChoices
from connector.models.fetch import FetchRun
from connector.models.finance import FinanceRead, Payment, SettlementLine, Statement
from connector.models.inbox import InboxEvent
from connector.models.mapping import CarrierMapping, SkuMapping
from connector.models.metric import Metric
from connector.models.notice import Notice
from connector.models.order import Order
from connector.models.parcelling import PackageAsk, PackageChoices
from connector.models.provider import SeenCarrier, ShippingProvider
from connector.models.reconcile import Difference, Reconciliation
from connector.models.returns import Credit, Return
from connector.models.rule import Rule
from connector.models.session import LoginTry, UserSession
from connector.models.setting import Setting
from connector.models.shipment import PickupChoice, ShipAsk, Shipment, ShippingLabel
from connector.models.shop import Shop
from connector.models.store import Store
from connector.models.timeline import TimelineEntry
from connector.models.token import ApiToken
from connector.models.user import User
from connector.models.view import SavedView
from connector.models.warehouse import Source, Warehouse

__all__ = [
    "ApiToken",
    "AuditEntry",
    "BulkItem",
    "BulkRun",
    "CallCount",
    "CancelAsk",
    "CancelOptions",
    "Cancellation",
    "CarrierMapping",
    "CatalogueProduct",
    "CatalogueRead",
    "Credit",
    "DebugExchange",
    "Difference",
    "Evidence",
    "FetchRun",
    "FinanceRead",
    "InboxEvent",
    "LoginTry",
    "Metric",
    "Notice",
    "Order",
    "OrderProblem",
    "PackageAsk",
    "PackageChoices",
    "Payment",
    "PickupChoice",
    "Reconciliation",
    "Return",
    "ReturnAnswer",
    "ReturnChoices",
    "Rule",
    "SavedView",
    "SeenCarrier",
    "Setting",
    "SettlementLine",
    "ShipAsk",
    "Shipment",
    "ShippingLabel",
    "ShippingProvider",
    "Shop",
    "SkuMapping",
    "Source",
    "Statement",
    "Store",
    "TimelineEntry",
    "User",
    "UserSession",
    "Warehouse",
]
