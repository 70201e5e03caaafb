"""Cancellations by buyer, seller and system; returns and refunds."""

from collections.abc import Iterable
from decimal import Decimal

from sandbox.tiktok.errors import NOT_FOUND, REFUSED, WRONG_STATUS, ApiError
from sandbox.tiktok.model import Cancellation, Order, Return, Unit, payment_of, total
from sandbox.tiktok.regions import PARTIAL_CANCELLATION, money
from sandbox.tiktok.shop_base import ShopBase

DAY = 86400

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
RETURN_REJECT_REASONS = {
    "reverse_reject_request_reason_1": "Product is not defective",
    "reverse_reject_request_reason_2": "Buyer has damaged or used the product",
}
#: What the seller may decide, by what the return is and how far it has come.
DECISIONS = {
    ("REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): ("APPROVE_REFUND", "REJECT_REFUND"),
    ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): ("APPROVE_RETURN", "DIRECT_REFUND", "REJECT_RETURN"),
    ("RETURN_AND_REFUND", "BUYER_SHIPPED_ITEM"): ("APPROVE_RECEIVED_PACKAGE", "REJECT_RECEIVED_PACKAGE"),
    ("REPLACEMENT", "REPLACEMENT_REQUEST_PENDING"): (
        "APPROVE_REPLACEMENT",
        "ISSUE_REPLACEMENT_REFUND",
        "REJECT_REPLACEMENT",
    ),
}
UNSHIPPED = ("UNPAID", "ON_HOLD", "AWAITING_SHIPMENT")


class Aftersales(ShopBase):
    """The aftersales half of a shop."""

    def _lines(self, units: Iterable[Unit]) -> dict[str, str]:
        return {unit.id: self.ids.next("403546") for unit in units}

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
        cancellation.line_ids = self._lines(units)
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
        self._tell_request(cancellation.id, "BUYER", cancellation.create_time, "PENDING_REQUEST_REVIEW")
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
        self._tell_request(cancel_id, "BUYER", cancellation.create_time, "REQUEST_REVIEW_COMPLETED")
        return cancellation

    def reject_cancellation(self, cancel_id: str, reason: str = "") -> Cancellation:
        """The seller does not agree: the order goes on. `reason` is a key of REJECT_REASONS."""
        if reason and reason not in REJECT_REASONS:
            raise ApiError(REFUSED, f"reject_reason is one of {', '.join(REJECT_REASONS)}")
        cancellation, _ = self._settle(cancel_id)
        cancellation.reject_reason = reason or next(iter(REJECT_REASONS))
        self._set_cancellation(cancellation, "CANCEL")
        self._tell_request(cancel_id, "BUYER", cancellation.create_time, "REQUEST_REVIEW_COMPLETED")
        return cancellation

    def withdraw_cancellation(self, order_id: str) -> Cancellation:
        """The buyer keeps the order after all."""
        cancellation, _ = self._settle(self.pending_cancellation(order_id).id)
        self._set_cancellation(cancellation, "CANCEL")
        return cancellation

    def _tell_request(self, request_id: str, role: str, created: int, status: str) -> None:
        self.notify(
            64,
            {
                "aftersales_request_id": request_id,
                "return_role": role,
                "aftersales_request_status": status,
                "aftersales_request_create_time": created,
                "aftersales_request_update_time": self.now(),
            },
        )

    def _set_return(self, back: Return, status: str, role: str, text: str) -> None:
        back.status, back.update_time = status, self.now()
        back.records.append((back.update_time, status, role, text))
        order = self.order(back.order_id)
        self.touch(order)
        self.notify(
            12,
            {
                "order_id": back.order_id,
                "return_role": back.role,
                "return_type": back.return_type,
                "return_status": status,
                "return_id": back.id,
                "create_time": back.create_time,
                "update_time": back.update_time,
            },
        )

    def request_return(
        self,
        order_id: str,
        return_type: str = "RETURN_AND_REFUND",
        unit_ids: Iterable[str] | None = None,
        reason: str = "ecom_order_delivered_refund_and_return_reason_doesnt_match",
        amount: str | None = None,
    ) -> Return:
        """The buyer asks for money back (REFUND) or to send things back as well (RETURN_AND_REFUND).

        `amount`: a part of what the lines cost, where buyer and seller have agreed on that.
        """
        order = self.order(order_id)
        self.require(order, "IN_TRANSIT", "DELIVERED")
        if return_type not in ("REFUND", "RETURN_AND_REFUND", "REPLACEMENT"):
            raise ApiError(REFUSED, "return_type is REFUND, RETURN_AND_REFUND or REPLACEMENT")
        units = self.units_of(order, unit_ids)
        now = self.now()
        back = Return(
            self.ids.next("403548"), order.id, return_type, "BUYER", reason, [unit.id for unit in units], now, now
        )
        back.amount = None if amount is None else Decimal(amount)
        back.line_ids, back.request_id = self._lines(units), self.ids.next("403549")
        self.returns[back.id] = back
        pending = "REPLACEMENT_REQUEST_PENDING" if return_type == "REPLACEMENT" else "RETURN_OR_REFUND_REQUEST_PENDING"
        self._set_return(back, pending, "BUYER", "The buyer has asked for a return")
        self._tell_request(back.request_id, "BUYER", now, "PENDING_REQUEST_REVIEW")
        return back

    def return_(self, return_id: str) -> Return:
        """The return. Raises ApiError when this shop has none of that id."""
        if return_id not in self.returns:
            raise ApiError(NOT_FOUND, f"return {return_id} not found")
        return self.returns[return_id]

    def open_return(self, order_id: str) -> Return:
        """The latest return of an order that is not settled. Raises ApiError when there is none."""
        for back in reversed(self.returns.values()):
            if back.order_id == order_id and not back.status.endswith(("REJECT", "COMPLETE", "CANCEL")):
                return back
        raise ApiError(WRONG_STATUS, f"order {order_id} has no open return")

    def approve_return(self, return_id: str) -> Return:
        """The seller agrees: a refund is paid, a return waits for the parcel (and is paid when approved again)."""
        back = self.return_(return_id)
        if back.status == "RETURN_OR_REFUND_REQUEST_PENDING" and back.return_type == "RETURN_AND_REFUND":
            self._set_return(back, "AWAITING_BUYER_SHIP", "SELLER", "The seller has agreed to the return")
            return back
        if back.status not in ("RETURN_OR_REFUND_REQUEST_PENDING", "AWAITING_BUYER_SHIP", "BUYER_SHIPPED_ITEM"):
            raise ApiError(WRONG_STATUS, f"return {return_id} is {back.status}")
        if back.status == "AWAITING_BUYER_SHIP":
            self._set_return(back, "BUYER_SHIPPED_ITEM", "BUYER", "The buyer has sent the items")
        self._set_return(back, "RETURN_OR_REFUND_REQUEST_SUCCESS", "SELLER", "The seller has accepted the items")
        self._refund(back)
        self._set_return(back, "RETURN_OR_REFUND_REQUEST_COMPLETE", "SYSTEM", "The buyer was refunded")
        self._tell_request(back.request_id, "BUYER", back.create_time, "REQUEST_REVIEW_COMPLETED")
        return back

    def reject_return(self, return_id: str) -> Return:
        back = self.return_(return_id)
        if back.status != "RETURN_OR_REFUND_REQUEST_PENDING":
            raise ApiError(WRONG_STATUS, f"return {return_id} is {back.status}")
        self._set_return(back, "REFUND_OR_RETURN_REQUEST_REJECT", "SELLER", "The seller does not agree")
        return back

    def buyer_ships(self, order_id: str) -> Return:
        """The buyer sends the items of an accepted return: the seller has to look at them next."""
        back = self.open_return(order_id)
        if back.status != "AWAITING_BUYER_SHIP":
            raise ApiError(WRONG_STATUS, f"return {back.id} is {back.status}")
        back.tracking_number = f"RT{back.id[-10:]}"
        self._set_return(back, "BUYER_SHIPPED_ITEM", "BUYER", "The buyer has sent the items")
        return back

    def decisions(self, return_id: str) -> tuple[str, ...]:
        """What the seller may decide about a return now (offers: shop_offers)."""
        back = self.return_(return_id)
        return DECISIONS.get((back.return_type, back.status), ())

    def decide(self, return_id: str, decision: str, reason: str = "", images: Iterable[str] = ()) -> Return:
        """The seller's decision, through the API. Raises ApiError unless it is one of `decisions` now."""
        back = self.return_(return_id)
        if decision not in self.decisions(return_id):
            raise ApiError(WRONG_STATUS, f"{decision} is not possible: return {return_id} is {back.status}")
        if decision.startswith("REJECT_"):
            if reason not in RETURN_REJECT_REASONS:
                raise ApiError(REFUSED, f"reject_reason is one of {', '.join(RETURN_REJECT_REASONS)}")
            unknown = [image for image in images if image not in self.images]
            if unknown:
                raise ApiError(REFUSED, f"image {unknown[0]} was never uploaded")
            back.reject_reason, back.images = reason, list(images)
            rejected = {
                "REJECT_RECEIVED_PACKAGE": "REJECT_RECEIVE_PACKAGE",
                "REJECT_REPLACEMENT": "REPLACEMENT_REQUEST_REJECT",
            }
            status = rejected.get(decision, "REFUND_OR_RETURN_REQUEST_REJECT")
            self._set_return(back, status, "SELLER", "The seller does not agree")
        elif decision == "APPROVE_REPLACEMENT":
            self._set_return(back, "REPLACEMENT_REQUEST_COMPLETE", "SELLER", "The seller sends a replacement")
        elif decision == "ISSUE_REPLACEMENT_REFUND":
            self._refund(back)
            self._set_return(back, "REPLACEMENT_REQUEST_REFUND_SUCCESS", "SELLER", "The seller refunds instead")
        elif decision == "APPROVE_RETURN":
            self.approve_return(return_id)
        else:
            self._set_return(back, "RETURN_OR_REFUND_REQUEST_SUCCESS", "SELLER", "The seller agrees to the refund")
            self._refund(back)
            self._set_return(back, "RETURN_OR_REFUND_REQUEST_COMPLETE", "SYSTEM", "The buyer was refunded")
            self._tell_request(back.request_id, "BUYER", back.create_time, "REQUEST_REVIEW_COMPLETED")
        return back

    def _refund(self, back: Return) -> None:
        order = self.order(back.order_id)
        units = [order.unit(unit_id) for unit_id in back.unit_ids]
        back.refunded = refund_of(order, units)["refund_total"] if back.amount is None else back.amount
        self.notify(
            67,
            {
                "aftersales_request_id": back.request_id,
                "line_items": [
                    {
                        "main_order_id": order.id,
                        "return_line_item_id": back.line_ids[unit.id],
                        "sku_id": unit.sku.sku_id,
                        "sku_return_request_id": back.id,
                        "sub_return_line_item_id": "",
                    }
                    for unit in units
                ],
                "refund_currency": order.currency,
                "refund_status": "REFUND_SUCCESS",
                "refund_timestamp": self.now(),
                "refund_total": money(back.refunded, order.currency),
                "rma_id": back.id,
            },
        )


def refund_of(order: Order, units: list[Unit]) -> dict[str, Decimal]:
    """What the buyer gets back for units; the shipping fee and order-level fees only with the whole order."""
    subtotal = total(unit.sale_price + unit.pfand_fee for unit in units)
    tax = total(unit.tax for unit in units)
    amounts = {"refund_subtotal": subtotal, "refund_shipping_fee": Decimal(0), "refund_tax": tax}
    amounts["refund_total"] = subtotal + tax
    if len(units) == len(order.units):
        payment = payment_of(order)
        amounts["refund_shipping_fee"] = payment["shipping_fee"]
        amounts["refund_tax"] = payment["tax"]
        amounts["refund_total"] = payment["total_amount"]
    return amounts
