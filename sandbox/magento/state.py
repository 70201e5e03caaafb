"""Everything that the sandbox Magento remembers, in memory, behind one lock: settings, catalogue, carts, orders, stock."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.catalogue import PRODUCTS
from sandbox.faults import Faults
from sandbox.magento.methods import PAYMENT_METHODS, SHIPPING_METHODS
from sandbox.magento.stores import Store, first_stores

SIZE_ATTRIBUTE = 144
"""The configurable seed's `option_id`."""

Row = dict[str, Any]
"""A row of one of Magento's tables: column → value; money and quantities as Decimal, ids as int."""


@dataclass
class Credentials:
    """An integration's four credentials; the defaults are the sandbox's own and open to everybody."""

    consumer_key: str = "sandbox-consumer-key"
    consumer_secret: str = "sandbox-consumer-secret"
    access_token: str = "sandbox-access-token"
    access_token_secret: str = "sandbox-access-token-secret"


@dataclass
class Settings:
    """What the merchant has set up. `POST /_sandbox/settings` changes any of it."""

    bearer_allowed: bool = True
    """Magento's "Allow OAuth Access Tokens to be used as standalone Bearer tokens"."""
    denied_resources: list[str] = field(default_factory=list)
    """ACL resources that the integration lacks."""
    payment_methods: list[str] = field(default_factory=lambda: ["checkmo", "free"])
    shipping_methods: list[str] = field(default_factory=lambda: ["flatrate_flatrate"])
    region_required: list[str] | None = None
    """Countries whose addresses need a region; None: Magento's own list."""
    rates: dict[str, str] | None = None
    """Exchange rates from the base currency; None: the sandbox's own."""
    customer_groups: list[int] = field(default_factory=lambda: [0, 1, 2, 3])
    """The ids of Magento's own: NOT LOGGED IN, General, Wholesale, Retailer."""
    customers_per_website: bool = True
    """Magento's "Share Customer Accounts": per website, or global."""
    bulk_consumer: bool = False
    """Whether a queue consumer works off the asynchronous bulk calls."""
    track_touches_shipment: bool = True
    """Whether adding or removing a track changes the shipment's `updated_at`; not recorded, so it can be switched off."""
    latency: float = 0.0
    """Factor on the latencies that were measured on a real Magento; 0: none."""

    def change(self, changes: dict[str, Any]) -> None:
        """Raises ValueError naming what is unknown."""
        unknown = set(changes) - {f.name for f in fields(self)}
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        for name, codes in (("payment_methods", PAYMENT_METHODS), ("shipping_methods", SHIPPING_METHODS)):
            strange = set(changes.get(name, ())) - set(codes)
            if strange:
                raise ValueError(f"unknown {name}: {', '.join(sorted(strange))}")
        for name, value in changes.items():
            setattr(self, name, value)


@dataclass
class Product:
    """A product with its stock item; what is sold of a composite one are its parts."""

    id: int
    sku: str
    name: str
    price: Decimal
    type_id: str = "simple"
    status: int = 1
    visibility: int = 4
    weight: Decimal | None = Decimal(1)
    attribute_set_id: int = 4
    created_at: str = ""
    updated_at: str = ""
    website_ids: list[int] = field(default_factory=lambda: [1])
    custom_attributes: dict[str, Any] = field(default_factory=dict)
    in_stock: bool = True
    manage_stock: bool = True
    backorders: int = 0
    parts: list[Row] = field(default_factory=list)
    """configurable: {sku, options: {option_id: value}}; bundle: {option_id, selection_id, sku, qty, default};
    grouped: {sku, qty}; downloadable: {link_id, title}."""

    @property
    def is_virtual(self) -> bool:
        return self.type_id in ("virtual", "downloadable")

    @property
    def is_composite(self) -> bool:
        return self.type_id in ("configurable", "bundle", "grouped")


@dataclass
class Cart:
    id: int
    store_id: int
    created_at: str
    updated_at: str
    is_active: bool = True
    items: list[Row] = field(default_factory=list)
    """Rows with `children` for the parts of a composite product."""
    shipping_address: Row | None = None
    billing_address: Row | None = None
    shipping_method: str | None = None
    payment_method: str | None = None
    customer_email: str | None = None


@dataclass
class Order:
    """An order's rows in sales_order, sales_order_item, sales_order_address, sales_order_payment, sales_order_status_history."""

    row: Row
    items: list[Row]
    billing_address: Row | None = None
    shipping_address: Row | None = None
    payment: Row | None = None
    histories: list[Row] = field(default_factory=list)
    shipping_method: str | None = None
    more_addresses: list[Row] = field(default_factory=list)
    """Rows that Magento keeps but shows nowhere: a second address of a type."""

    @property
    def id(self) -> int:
        return int(self.row["entity_id"])

    def item(self, item_id: int) -> Row | None:
        return next((item for item in self.items if item["item_id"] == item_id), None)

    def children(self, item: Row) -> list[Row]:
        return [child for child in self.items if child.get("parent_item_id") == item["item_id"]]


@dataclass
class Reservation:
    """A row of inventory_reservation: `quantity` is what it adds to the salable quantity, filed under an order's increment id."""

    sku: str
    quantity: Decimal
    increment_id: str
    event: str


@dataclass
class Call:
    """A request that was answered, for the human page and for tests that count calls."""

    at: str
    method: str
    path: str
    status: int
    milliseconds: int


def utc_now() -> datetime:
    return datetime.now(UTC)


class State:
    """All of it. Whoever reads or writes holds `lock`; waiting (latency, faults) happens outside of it."""

    def __init__(
        self,
        credentials: Credentials | None = None,
        clock: Callable[[], datetime] = utc_now,
        base_url: str | None = None,
        stocked: bool = True,
        **settings: Any,
    ) -> None:
        self.lock = threading.RLock()
        self.faults = Faults()
        self.credentials = credentials or Credentials()
        self.clock = clock
        self.base_url = base_url or ""
        self._stocked = stocked
        self._settings = settings
        self.calls: deque[Call] = deque(maxlen=500)
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: settings as started with, the seed catalogue, nothing sold."""
        with self.lock:
            self.settings = Settings()
            self.settings.change(self._settings)
            self._counters: dict[str, int] = defaultdict(int)
            self.stores: list[Store] = first_stores()
            self.products: dict[str, Product] = {}
            self.source_quantity: dict[str, Decimal] = {}
            #: Sources beside the default one, of the same stock: code to SKU to quantity.
            self.other_sources: dict[str, dict[str, Decimal]] = {}
            self.reservations: list[Reservation] = []
            self.carts: dict[int, Cart] = {}
            self.orders: dict[int, Order] = {}
            self.order_by_number: dict[tuple[str, int], int] = {}
            self.customers: dict[int, Row] = {}
            #: Whom Magento has sent its mail to new customers.
            self.welcome_mails: list[str] = []
            self.invoices: dict[int, Row] = {}
            self.shipments: dict[int, Row] = {}
            self.creditmemos: dict[int, Row] = {}
            self.bulk_queue: list[Row] = []
            self.calls.clear()
            if self._stocked:
                self._stock_up()

    def _stock_up(self) -> None:
        """The catalogue that both sandboxes share, and one product of each other type, made of it."""
        for number, seed in enumerate(PRODUCTS):
            self.add_product(seed.sku, seed.name, seed.price, qty=Decimal(200 if number % 3 else 500))
        self.add_product("GIFT-WRAP", "Gift Wrapping", Decimal(4), Decimal(1000), "virtual")
        links = [{"link_id": 1, "title": "Pattern book (PDF)"}]
        self.add_product(
            "EBOOK-KNIT", "Knitting Patterns, E-Book", Decimal(9), Decimal(1000), "downloadable", parts=links
        )
        sizes = [
            {"sku": "TEE-RED-M", "options": {SIZE_ATTRIBUTE: 1}},
            {"sku": "TEE-RED-L", "options": {SIZE_ATTRIBUTE: 2}},
        ]
        self.add_product("TEE-RED", "Cotton Tee, Red", Decimal(0), type_id="configurable", parts=sizes)
        desk = [
            {"option_id": 1, "selection_id": 1, "sku": "NOTE-A5", "qty": 1},
            {"option_id": 2, "selection_id": 2, "sku": "PEN-GEL", "qty": 2},
        ]
        self.add_product("DESK-SET", "Desk Set", Decimal("12.90"), type_id="bundle", parts=desk)
        papers = [{"sku": "NOTE-A5", "qty": 1}, {"sku": "PEN-GEL", "qty": 1}]
        self.add_product("STATIONERY", "Stationery", Decimal(0), type_id="grouped", parts=papers)

    def next_id(self, table: str) -> int:
        """The table's auto-increment. A refused insert uses its number up, as in MySQL (order 2 in recordings 21, 22)."""
        self._counters[table] += 1
        return self._counters[table]

    def increment_id(self, document: str, store_id: int) -> str:
        """The next number of a document in a store: 000000001, in the second store 2000000001."""
        number = self.next_id(f"sequence_{document}_{store_id}")
        return f"{number:09d}" if store_id <= 1 else f"{store_id}{number:09d}"

    def now(self) -> str:
        """UTC as Magento writes it."""
        return f"{self.clock().astimezone(UTC):%Y-%m-%d %H:%M:%S}"

    def add_product(
        self, sku: str, name: str, price: Decimal, qty: Decimal = Decimal(0), type_id: str = "simple", **more: Any
    ) -> Product:
        """Put a product into the catalogue, or replace it under its id."""
        old = self.products.get(sku)
        now = self.now()
        product = Product(
            old.id if old else self.next_id("product"),
            sku,
            name,
            price,
            type_id,
            created_at=old.created_at if old else now,
            updated_at=now,
            **more,
        )
        if product.is_virtual or product.is_composite:
            product.weight = None
        self.products[sku] = product
        if not product.is_composite:
            self.source_quantity[sku] = qty
        return product

    def product(self, sku: str) -> Product | None:
        """By SKU, case aside, as MySQL compares."""
        return self.products.get(sku) or next((p for s, p in self.products.items() if s.lower() == sku.lower()), None)

    def reserved(self, sku: str) -> Decimal:
        return sum((r.quantity for r in self.reservations if r.sku == sku), Decimal(0))

    def salable(self, sku: str) -> Decimal:
        """Source quantity plus reservations; nothing of the source counts while it is marked out of stock."""
        product = self.products.get(sku)
        held = [quantities.get(sku, Decimal(0)) for quantities in (self.source_quantity, *self.other_sources.values())]
        source = sum(held, Decimal(0)) if product and product.in_stock else Decimal(0)
        return source + self.reserved(sku)

    def reserve(self, order: Order, sku: str, quantity: Decimal, event: str) -> None:
        """File a reservation under the order's present number; unknown and composite products have no stock to reserve."""
        product = self.products.get(sku)
        if product is None or product.is_composite or not product.manage_stock or quantity == 0:
            return
        self.reservations.append(Reservation(sku, quantity, str(order.row.get("increment_id")), event))

    def store(self, code_or_id: str | int) -> Store | None:
        return next((s for s in self.stores if code_or_id in (s.code, s.id)), None)
