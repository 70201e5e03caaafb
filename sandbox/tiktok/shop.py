"""A shop that sells: what the sandbox's page, control API and demo do to orders, each a method.

Every method is called with the sandbox's lock held and raises ApiError when TikTok would refuse. Webhooks go out by
themselves as statuses change.
"""

from typing import Any

from sandbox.tiktok.addresses import complete
from sandbox.tiktok.errors import REFUSED, WRONG_STATUS, ApiError, bad_request
from sandbox.tiktok.model import ExternalReference, Order
from sandbox.tiktok.placing import make_order
from sandbox.tiktok.regions import NO_PACKAGE_BEFORE_SHIPPING
from sandbox.tiktok.shop_cancellations import Cancellations
from sandbox.tiktok.shop_finance import Finance
from sandbox.tiktok.shop_offers import Offers
from sandbox.tiktok.shop_shipping import RETURNED, Shipping

# The way of an order from its payment to its end, and what takes it to each status.
ROAD = ("AWAITING_SHIPMENT", "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED")


class Shop(Shipping, Cancellations, Offers, Finance):
    """One TikTok Shop. Shipping, cancellations, returns and money are in the classes that it is made of."""

    def place(self, options: dict[str, Any] | None = None) -> Order:
        """Place an order and take it to `options["status"]` (default: paid, and on hold if there is a hold).

        The options are those of `placing.ORDER_OPTIONS`; amounts fulfil TikTok's identities but for `discrepancy`.
        """
        options = dict(options or {})
        target = options.pop("status", "")
        if target not in ("", "UNPAID", "ON_HOLD", "CANCELLED", *ROAD):
            raise bad_request(f"an order cannot be placed as {target}")
        order = make_order(options, self.id, self.region, self.ids, self.rng, self.now())
        hold = float(options.get("hold_seconds", self.hold_seconds))
        order.hold_seconds = hold if target != "ON_HOLD" else hold or 3600
        self.orders[order.id] = order
        if target == "UNPAID" or (target == "CANCELLED" and not hold):
            self.tell_status(order)
        if target not in ("UNPAID", "CANCELLED"):
            self.pay(order.id)
        if target == "CANCELLED":
            self.cancel(order.id, "BUYER")
        if target in ROAD:
            if order.status == "ON_HOLD":
                self.release_hold(order.id)
            steps = (self.ship, self.collect, self.deliver, self.complete)
            for step in steps[: ROAD.index(target)]:
                step(order.id)
        return order

    def pay(self, order_id: str) -> Order:
        """The buyer has paid: ON_HOLD for `hold_seconds`, or AWAITING_SHIPMENT at once when there is no hold."""
        order = self.order(order_id)
        self.require(order, "UNPAID")
        order.paid_time = self.now()
        if order.hold_seconds <= 0:
            self._ready(order)
            return order
        order.was_on_hold = True
        order.hold_ends_at = order.paid_time + order.hold_seconds
        self.move(order, order.open_units(), "ON_HOLD")
        return order

    def hold(self, order_id: str, seconds: float = 3600) -> Order:
        """Put an unpaid order on hold for this long (pays it)."""
        order = self.order(order_id)
        order.hold_seconds = max(seconds, 1)
        return self.pay(order_id)

    def fail_delivery(self, order_id: str) -> Order:
        """Nobody took the parcels: they go back, and TikTok cancels the order. Its packages are cancelled, its units too."""
        order = self.order(order_id)
        self.require(order, "IN_TRANSIT")
        for package in [package for package in order.packages if package.status == "FULFILLING"]:
            self._event(package, RETURNED, "Delivery failed; the package is returned to the sender")
            package.status, package.update_time = "CANCELLED", self.now()
        self.cancel(order.id, by="SYSTEM", reason="Package delivery failed")
        return order

    def release_hold(self, order_id: str) -> Order:
        """The hold has ended: the seller gets the address and may ship."""
        order = self.order(order_id)
        self.require(order, "ON_HOLD")
        self._ready(order)
        return order

    def _ready(self, order: Order) -> None:
        if order.region not in NO_PACKAGE_BEFORE_SHIPPING and order.shipping_type != "TIKTOK_DIGITAL":
            self.open_package(order, order.open_units())
        self.move(order, order.open_units(), "AWAITING_SHIPMENT")

    def release_due(self, now: float) -> list[str]:
        """Release every hold that has ended by `now` (Unix seconds); returns the order ids."""
        due = [o.id for o in self.orders.values() if o.status == "ON_HOLD" and o.hold_ends_at <= now]
        for order_id in due:
            self.release_hold(order_id)
        return due

    def update_address(self, order_id: str, recipient: dict[str, Any] | None = None) -> Order:
        """The buyer has changed the recipient (webhook 3). `recipient`: fields of `recipient_address`."""
        order = self.order(order_id)
        if order.status not in ("UNPAID", "ON_HOLD", "AWAITING_SHIPMENT"):
            raise ApiError(WRONG_STATUS, f"order {order.id} is {order.status}: too late for another address")
        changes = recipient or {"address_line1": "77 New Street", "address_line2": "c/o Neighbour"}
        unknown = set(changes) - set(order.address)
        if unknown:
            raise bad_request(f"unknown address fields: {', '.join(sorted(unknown))}")
        order.address.update(changes)
        if "name" not in changes and {"first_name", "last_name"} & set(changes):
            order.address["name"] = f"{order.address['first_name']} {order.address['last_name']}".strip()
        complete(order.address)
        order.address_updated = True
        self.touch(order)
        self.notify(3, {"order_id": order.id, "update_time": order.update_time})
        return order

    def unmask(self, order_id: str) -> Order:
        """Show the recipient of an order that was placed masked, as sellers get it later (webhook 3)."""
        order = self.order(order_id)
        order.masked = False
        self.touch(order)
        self.notify(3, {"order_id": order.id, "update_time": order.update_time})
        return order

    def add_external(self, order_id: str, reference: ExternalReference) -> None:
        """Store the merchant's own number; the same platform again replaces it. Raises ApiError."""
        order = self.order(order_id)
        known = {unit.id for unit in order.units}
        for _, origin_id in reference.lines:
            if origin_id not in known:
                raise ApiError(REFUSED, f"order {order_id} has no line item {origin_id}")
        order.external[reference.platform] = reference

    def deauthorize(self) -> None:
        """The seller leaves the app (webhook 6)."""
        self.authorized = False
        self.notify(6, {"message": "The seller has cancelled the authorization of the app"})

    def warn_of_expiry(self, days: int = 30) -> None:
        """The authorization is about to end (webhook 7, daily from 30 days before)."""
        self.notify(
            7,
            {
                "message": "The authorization will expire soon. Please ask the seller to authorize again",
                "expiration_time": str(self.now() + days * 86400),
            },
        )
