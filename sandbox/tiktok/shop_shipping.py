"""Parcels: the seller ships and corrects, the carrier collects and delivers."""

import re
import time
from collections.abc import Iterable

from sandbox.tiktok import logistics
from sandbox.tiktok.errors import NOT_FOUND, NOT_IN_THIS_REGION, REFUSED, WRONG_STATUS, ApiError
from sandbox.tiktok.model import Order, Package, Unit
from sandbox.tiktok.regions import LABELS_ON_REQUEST, MARK_AS_SHIPPED
from sandbox.tiktok.shop_base import ShopBase

# The documentation of `tracking_number` in Update Order Shipping Info.
TRACKING_NUMBER = re.compile(r"[A-Za-z0-9\-_./]{4,50}")
CORRECTION_SECONDS = 72 * 3600
# A user of another client could correct a number only once (reference README, "Shipping").
CORRECTIONS = 1

LABEL_BOUGHT, SHIPPED, COLLECTED, DELIVERED, RETURNED = 80000, 80100, 80200, 80900, 80950


class Shipping(ShopBase):
    """The shipping half of a shop."""

    def open_package(self, order: Order, units: Iterable[Unit]) -> Package:
        """Put units into a new parcel that is still to be shipped; empty parcels are taken away."""
        chosen = list(units)
        now = self.now()
        package = Package(self.ids.next("115236"), order.id, [unit.id for unit in chosen], now, now)
        for unit in chosen:
            unit.package_id = package.id
        for other in list(order.packages):
            other.unit_ids = [unit_id for unit_id in other.unit_ids if unit_id not in package.unit_ids]
            if not other.unit_ids:
                order.packages.remove(other)
                self.packages.pop(other.id, None)
        order.packages.append(package)
        self.packages[package.id] = package
        return package

    def split(self, order_id: str, parts: Iterable[Iterable[str]]) -> list[Package]:
        """Deal an order's units out to parcels anew: those of each part into one. What was shipped keeps its number and state."""
        order = self.order(order_id)
        packages = []
        for part in parts:
            units = self.units_of(order, part)
            before = next((one for one in order.packages if units and one.id == units[0].package_id), None)
            package = self.open_package(order, units)
            if before is not None:
                for name in ("status", "tracking_number", "provider_id", "handover_method", "shipped_at"):
                    setattr(package, name, getattr(before, name))
                package.events = list(before.events)
            packages.append(package)
        order.split = len(order.packages) > 1
        self.touch(order)
        self.tell_packages(order, "SPLIT", "ROLE_SELLER")
        return packages

    def combine(self, order_ids: Iterable[str]) -> str:
        """Put the unshipped parcels of several orders into one, whose id is returned. Each order keeps its part under that id."""
        orders = [self.order(order_id) for order_id in order_ids]
        combined_id = self.ids.next("115236")
        for order in orders:
            self.require(order, "AWAITING_SHIPMENT")
            package = self.open_package(order, order.open_units())
            del self.packages[package.id]
            package.id = combined_id
            for unit in order.open_units():
                unit.package_id = combined_id
            order.combined = True
            self.touch(order)
            self.packages[combined_id] = package
        self.notify(
            4,
            {
                "sc_type": "COMBINE",
                "role_type": "ROLE_SELLER",
                "package_list": [{"package_id": combined_id, "order_id_list": [order.id for order in orders]}],
                "update_time": max(order.update_time for order in orders),
            },
        )
        return combined_id

    def uncombine(self, package_id: str, order_ids: Iterable[str]) -> list[Package]:
        """Take orders out of a combined parcel: each gets one of its own again. One that is left alone in it is not combined."""
        wanted = set(order_ids)
        packages = []
        for order in [one for one in self.orders.values() if one.combined and one.id in wanted]:
            if all(package.id != package_id for package in order.packages):
                raise ApiError(WRONG_STATUS, f"order {order.id} is not in package {package_id}")
            self.require(order, "AWAITING_SHIPMENT")
            order.combined = False
            packages.append(self.open_package(order, order.open_units()))
            self.touch(order)
            self.tell_packages(order, "UNCOMBINE", "ROLE_SELLER")
        left = [(order, part) for order in self.orders.values() for part in order.packages if part.id == package_id]
        for order, part in left:
            order.combined = len(left) > 1
            self.packages[package_id] = part
            self.touch(order)
        return packages

    def can_split(self, order: Order) -> str:
        """Why an order cannot be split; empty when it can."""
        if order.status != "AWAITING_SHIPMENT":
            return f"The order is {order.status}"
        if order.combined:
            return "The order is combined with others"
        return "" if len(order.open_units()) > 1 else "The order has one item"

    def combinable(self) -> dict[str, list[str]]:
        """Draft parcels: unshipped orders of one buyer that are in no combined one, by the draft's id."""
        by_buyer: dict[str, list[str]] = {}
        for order in self.orders.values():
            if order.status == "AWAITING_SHIPMENT" and not order.combined and not order.split:
                by_buyer.setdefault(order.buyer_id, []).append(order.id)
        return {f"1153{ids[0][4:]}": ids for ids in by_buyer.values() if len(ids) > 1}

    def package(self, package_id: str) -> Package:
        """The parcel. Raises ApiError when this shop has none of that id."""
        if package_id not in self.packages:
            raise ApiError(NOT_FOUND, f"package {package_id} not found")
        return self.packages[package_id]

    def check_tracking(self, order: Order, tracking_number: str, provider_id: str) -> None:
        """Raise ApiError for a tracking number or a provider that TikTok would not take."""
        if not TRACKING_NUMBER.fullmatch(tracking_number):
            raise ApiError(REFUSED, "tracking_number must be 4-50 characters of letters, digits, - _ . /")
        if provider_id not in {provider["id"] for provider in logistics.providers_of(order.region)}:
            raise ApiError(REFUSED, f"shipping_provider_id {provider_id} is not available for this order")

    def _can_ship(self, order: Order, units: list[Unit]) -> None:
        if order.fulfillment_type != "FULFILLMENT_BY_SELLER":
            raise ApiError(REFUSED, "this order is not fulfilled by the seller")
        self.require(order, "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING")
        for unit in units:
            if unit.status != "AWAITING_SHIPMENT":
                raise ApiError(WRONG_STATUS, f"line item {unit.id} is {unit.status}, not AWAITING_SHIPMENT")
        if not units:
            raise ApiError(WRONG_STATUS, "nothing is left to ship")

    def mark_shipped(
        self, order_id: str, tracking_number: str, provider_id: str, unit_ids: Iterable[str] | None = None
    ) -> Package:
        """Mark Package As Shipped: the seller's own parcel with these (or all unshipped) units is on its way."""
        order = self.order(order_id)
        if order.region not in MARK_AS_SHIPPED:
            raise ApiError(NOT_IN_THIS_REGION, "This API cannot be used in this region")
        if order.shipping_type != "SELLER":
            raise ApiError(REFUSED, "this order is shipped by TikTok: ship its package instead")
        waiting = [unit for unit in order.open_units() if unit.status == "AWAITING_SHIPMENT"]
        units = waiting if unit_ids is None else self.units_of(order, unit_ids)
        self._can_ship(order, units)
        self.check_tracking(order, tracking_number, provider_id)
        split = len(units) < len(order.open_units())
        package = self.open_package(order, units)
        self._shipped(order, package, tracking_number, provider_id, split=split)
        return package

    def _shipped(self, order: Order, package: Package, tracking_number: str, provider_id: str, *, split: bool) -> None:
        package.tracking_number, package.provider_id = tracking_number, provider_id
        package.shipped_at = order.rts_time = self.now()
        self._event(package, SHIPPED, "The seller has shipped the package")
        self._package_moves(order, package, "PROCESSING", "AWAITING_COLLECTION")
        if split:
            order.split = True
            self.tell_packages(order, "SPLIT", "ROLE_SELLER")

    def ship_package(
        self,
        package_id: str,
        tracking: tuple[str, str] | None,
        handover_method: str = "",
        slot: tuple[int, int] | None = None,
    ) -> Package:
        """Ship Package: with `tracking` (number, provider) for the seller's carrier, else handed over to TikTok's."""
        package = self.package(package_id)
        order = self.order(package.order_id)
        units = [order.unit(unit_id) for unit_id in package.unit_ids if order.unit(unit_id).status != "CANCELLED"]
        self._can_ship(order, units)
        if order.shipping_type == "SELLER":
            if tracking is None:
                raise ApiError(REFUSED, "self_shipment is required: the seller ships this package")
            self.check_tracking(order, *tracking)
        else:
            if tracking is not None:
                raise ApiError(REFUSED, "self_shipment is not allowed: TikTok ships this package")
            tracking = self._buy_label(order, package)
            package.handover_method = handover_method or "DROP_OFF"
            package.pickup_slot = slot
        self._shipped(order, package, *tracking, split=False)
        if order.combined:  # the other orders' parts of the same parcel go with it
            for other in [one for one in self.orders.values() if one.combined and one is not order]:
                for part in [one for one in other.packages if one.id == package_id]:
                    self._shipped(other, part, *tracking, split=False)
        return package

    def _buy_label(self, order: Order, package: Package) -> tuple[str, str]:
        """TikTok's own tracking number and carrier."""
        self._event(package, LABEL_BOUGHT, "The shipping label was made")
        return f"TT{package.id[-12:]}", logistics.providers_of(order.region)[0]["id"]

    def create_package(self, order_id: str, unit_ids: Iterable[str] | None = None) -> Package:
        """Create Packages: buy TikTok's label for these (or all unshipped) units, where parcels do not exist before."""
        order = self.order(order_id)
        if order.region not in LABELS_ON_REQUEST:
            raise ApiError(NOT_IN_THIS_REGION, "This API cannot be used in this region")
        if order.shipping_type != "TIKTOK":
            raise ApiError(REFUSED, "the seller ships this order: mark its package as shipped instead")
        waiting = [unit for unit in order.open_units() if unit.status == "AWAITING_SHIPMENT"]
        units = waiting if unit_ids is None else self.units_of(order, unit_ids)
        self._can_ship(order, units)
        split = len(units) < len(order.open_units())
        package = self.open_package(order, units)
        package.handover_method = "DROP_OFF"
        self._shipped(order, package, *self._buy_label(order, package), split=split)
        return package

    def correct_tracking(self, package: Package, tracking_number: str, provider_id: str) -> None:
        """Replace a tracking number that was sent. Raises ApiError: not shipped, too late, or once too often."""
        order = self.order(package.order_id)
        if not package.tracking_number:
            raise ApiError(WRONG_STATUS, f"package {package.id} is not shipped yet")
        if order.shipping_type != "SELLER":
            raise ApiError(REFUSED, "TikTok ships this package: its tracking number cannot be changed")
        if self.now() - package.shipped_at > CORRECTION_SECONDS:
            raise ApiError(REFUSED, "shipping info can only be updated within 72 hours of shipping")
        if package.corrections >= CORRECTIONS:
            raise ApiError(REFUSED, "shipping info of this package has already been updated")
        self.check_tracking(order, tracking_number, provider_id)
        # Of a combined package every order has its part.
        for other in self.orders.values():
            for part in [one for one in other.packages if one.id == package.id]:
                part.tracking_number, part.provider_id = tracking_number, provider_id
                part.corrections += 1
                part.update_time = self.now()
                self.touch(other)

    def ship(self, order_id: str, tracking_number: str = "", provider_id: str = "") -> Order:
        """Ship all that is unshipped, however this order is shipped: the button on the page, the demo's seller."""
        order = self.order(order_id)
        number = tracking_number or f"SBX{order.id[-10:]}"
        provider = provider_id or logistics.providers_of(order.region)[0]["id"]
        if order.fulfillment_type != "FULFILLMENT_BY_SELLER":
            self.require(order, "AWAITING_SHIPMENT")
            package = order.packages[0] if order.packages else self.open_package(order, order.open_units())
            self._shipped(order, package, number, provider, split=False)
        elif order.shipping_type == "SELLER" and order.region in MARK_AS_SHIPPED:
            self.mark_shipped(order_id, number, provider)
        elif order.shipping_type == "TIKTOK" and order.region in LABELS_ON_REQUEST:
            self.create_package(order_id)
        else:
            self._can_ship(order, [unit for unit in order.open_units() if unit.status == "AWAITING_SHIPMENT"])
            waiting = [package for package in order.packages if package.status == "TO_FULFILL"]
            for package in waiting or [self.open_package(order, order.open_units())]:
                self.ship_package(package.id, (number, provider) if order.shipping_type == "SELLER" else None)
        return order

    def collect(self, order_id: str) -> Order:
        """The carrier has collected what was shipped."""
        order = self.order(order_id)
        self.require(order, "AWAITING_COLLECTION", "PARTIALLY_SHIPPING")
        order.collection_time = order.collection_time or self.now()
        for package in [package for package in order.packages if package.status == "PROCESSING"]:
            self._event(package, COLLECTED, "The carrier has collected the package")
            self._package_moves(order, package, "FULFILLING", "IN_TRANSIT")
        return order

    def deliver(self, order_id: str) -> Order:
        """The buyer has the parcels."""
        order = self.order(order_id)
        self.require(order, "IN_TRANSIT")
        order.delivery_time = self.now()
        for package in [package for package in order.packages if package.status == "FULFILLING"]:
            self._event(package, DELIVERED, "The package was delivered")
            self._package_moves(order, package, "COMPLETED", "DELIVERED")
        return order

    def complete(self, order_id: str) -> Order:
        """The time for returns is over."""
        order = self.order(order_id)
        self.require(order, "DELIVERED")
        self.move(order, order.open_units(), "COMPLETED")
        return order

    def _package_moves(self, order: Order, package: Package, package_status: str, unit_status: str) -> None:
        package.status, package.update_time = package_status, self.now()
        units = [order.unit(unit_id) for unit_id in package.unit_ids]
        self.move(order, [unit for unit in units if unit.status != "CANCELLED"], unit_status)

    @staticmethod
    def _event(package: Package, code: int, text: str) -> None:
        package.events.append((time.time_ns() // 1_000_000, code, text))
