"""Cancellations by buyer, seller and system."""

from collections.abc import Iterable
from decimal import Decimal

from sandbox.tiktok.errors import NOT_FOUND, REFUSED, WRONG_STATUS, ApiError
from sandbox.tiktok.model import Cancellation, Order, Unit
from sandbox.tiktok.regions import PARTIAL_CANCELLATION
from sandbox.tiktok.shop_base import ShopBase

SELLER_REASONS = {
    "seller_cancel_reason_out_of_stock": "Out of stock",
    "seller_cancel_reason_wrong_price": "Pricing error",
    "seller_cancel_paid_reason_address_not_deliver": "Unable to deliver to buyer address",
    "seller_cancel_paid_reason_buyer_requested_cancellation": "Buyer requested cancellation",
}
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock"
BUYER_REASON = "ecom_order_to_ship_canceled_reason_no_longer_needed"
SYSTEM_REASON = "ecom_order_delay_shipped_canceled"
REASON_TEXTS = SELLER_REASONS | {BUYER_REASON: "No longer needed", SYSTEM_REASON: "Not shipped in time"}
REJECT_REASONS = {
    "seller_reject_apply_product_has_been_packed": "Product has been packed",
    "seller_reject_apply_package_already_shipped": "Package has already been shipped",
}
UNSHIPPED = ("UNPAID", "ON_HOLD", "AWAITING_SHIPMENT")


class Cancellations(ShopBase):
    """How a shop's orders are cancelled."""

    def _tell_cancellation(self, cancellation: Cancellation) -> None:
        # The webhook writes CANCELLED where the API says CANCEL.
        status = "CANCELLED" if cancellation.status == "CANCEL" else cancellation.status
        self.notify(
            11,
            {
                "order_id": cancellation.order_id,
                "cancellations_role": cancellation.role,
                "cancel_status": f"CANCELLATION_REQUEST_{status}",
                "cancel_id": cancellation.id,
                "create_time": cancellation.create_time,
            },
        )

    def _new_cancellation(self, order: Order, units: list[Unit], kind: str, role: str, reason: str) -> Cancellation:
        now = self.now()
        cancellation = Cancellation(
            self.ids.next("403547"), order.id, kind, role, reason, [unit.id for unit in units], now, now
        )
        cancellation.line_ids = self.aftersales_lines(units)
        self.cancellations[cancellation.id] = cancellation
        return cancellation

    def _set_cancellation(self, cancellation: Cancellation, status: str) -> None:
        cancellation.status, cancellation.update_time = status, self.now()
        self._tell_cancellation(cancellation)

    def _carry_out(self, cancellation: Cancellation) -> None:
        """The units become CANCELLED; a paid order's money goes back, which completes the cancellation."""
        order = self.order(cancellation.order_id)
        units = [order.unit(unit_id) for unit_id in cancellation.unit_ids]
        for unit in units:
            unit.cancel_reason, unit.cancel_user = cancellation.reason, cancellation.role
        self._set_cancellation(cancellation, "SUCCESS")
        if len(units) == len(order.open_units()):
            order.cancel_time, order.request_cancel_time = self.now(), 0
            order.cancel_user, order.cancel_reason = cancellation.role, cancellation.reason
            for package in order.packages:
                package.status, package.update_time = "CANCELLED", self.now()
        partly = bool(order.packages) and len(units) < len(order.open_units())
        self.move(order, units, "CANCELLED")
        if partly:
            self.tell_packages(order, "PARTLY_CANCEL_SPLIT", "ROLE_SELLER")
        self._set_cancellation(cancellation, "COMPLETE")

    def cancel(
        self,
        order_id: str,
        by: str = "SELLER",
        reason: str = "",
        unit_ids: Iterable[str] | None = None,
        shipping: str = "0",
    ) -> Cancellation:
        """Cancel at once. `by`: SELLER and BUYER only what is not shipped, SYSTEM anything that is not completed.

        Single lines go in the US and UK only; `shipping` is what is given back of the fee with them. Raises ApiError.
        """
        order = self.order(order_id)
        units = self.units_of(order, unit_ids)
        whole = len(units) == len(order.open_units())
        if order.status == "CANCELLED":
            raise ApiError(WRONG_STATUS, f"order {order.id} is already cancelled")
        allowed = (*UNSHIPPED, "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED") if by == "SYSTEM" else UNSHIPPED
        for unit in units:
            if unit.status not in allowed:
                raise ApiError(WRONG_STATUS, f"line item {unit.id} is {unit.status} and cannot be cancelled")
        if not whole and order.region not in PARTIAL_CANCELLATION:
            raise ApiError(REFUSED, "single lines can only be cancelled in the US and UK")
        default = {"SELLER": OUT_OF_STOCK, "BUYER": BUYER_REASON, "SYSTEM": SYSTEM_REASON}[by]
        cancellation = self._new_cancellation(order, units, "CANCEL", by, reason or default)
        cancellation.shipping = Decimal(0) if whole else Decimal(shipping)
        for pending in [c for c in self.cancellations.values() if c.order_id == order.id and c.status == "PENDING"]:
            if pending is not cancellation:
                self._set_cancellation(pending, "CANCEL")
        self._carry_out(cancellation)
        return cancellation

    def cancellation(self, cancel_id: str) -> Cancellation:
        """The cancellation. Raises ApiError when this shop has none of that id."""
        if cancel_id not in self.cancellations:
            raise ApiError(NOT_FOUND, f"cancellation {cancel_id} not found")
        return self.cancellations[cancel_id]

    def pending_cancellation(self, order_id: str) -> Cancellation:
        """The buyer's open request for an order. Raises ApiError when there is none."""
        for cancellation in self.cancellations.values():
            if cancellation.order_id == order_id and cancellation.status == "PENDING":
                return cancellation
        raise ApiError(WRONG_STATUS, f"order {order_id} has no pending cancellation request")

    def request_cancellation(self, order_id: str, reason: str = "") -> Cancellation:
        """The buyer wants out: at once while unpaid or on hold, after that the seller has two days to answer."""
        order = self.order(order_id)
        if order.status in ("UNPAID", "ON_HOLD"):
            return self.cancel(order_id, "BUYER", reason)
        self.require(order, "AWAITING_SHIPMENT")
        if order.request_cancel_time:
            raise ApiError(WRONG_STATUS, f"order {order.id} has a pending cancellation request")
        units = order.open_units()
        cancellation = self._new_cancellation(order, units, "BUYER_CANCEL", "BUYER", reason or BUYER_REASON)
        order.request_cancel_time = self.now()
        self.touch(order)
        self._tell_cancellation(cancellation)
        self.tell_request(cancellation.id, "BUYER", cancellation.create_time, "PENDING_REQUEST_REVIEW")
        return cancellation

    def _settle(self, cancel_id: str) -> tuple[Cancellation, Order]:
        cancellation = self.cancellation(cancel_id)
        if cancellation.status != "PENDING":
            raise ApiError(WRONG_STATUS, f"cancellation {cancel_id} is {cancellation.status}, not PENDING")
        order = self.order(cancellation.order_id)
        order.request_cancel_time = 0
        self.touch(order)
        return cancellation, order

    def approve_cancellation(self, cancel_id: str) -> Cancellation:
        cancellation, order = self._settle(cancel_id)
        cancellation.unit_ids = [u for u in cancellation.unit_ids if order.unit(u).status in UNSHIPPED]
        self._carry_out(cancellation)
        self.tell_request(cancel_id, "BUYER", cancellation.create_time, "REQUEST_REVIEW_COMPLETED")
        return cancellation

    def reject_cancellation(self, cancel_id: str, reason: str = "") -> Cancellation:
        """The seller does not agree: the order goes on. `reason` is a key of REJECT_REASONS."""
        if reason and reason not in REJECT_REASONS:
            raise ApiError(REFUSED, f"reject_reason is one of {', '.join(REJECT_REASONS)}")
        cancellation, _ = self._settle(cancel_id)
        cancellation.reject_reason = reason or next(iter(REJECT_REASONS))
        self._set_cancellation(cancellation, "CANCEL")
        self.tell_request(cancel_id, "BUYER", cancellation.create_time, "REQUEST_REVIEW_COMPLETED")
        return cancellation

    def withdraw_cancellation(self, order_id: str) -> Cancellation:
        """The buyer keeps the order after all."""
        cancellation, _ = self._settle(self.pending_cancellation(order_id).id)
        self._set_cancellation(cancellation, "CANCEL")
        return cancellation
