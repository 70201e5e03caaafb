"""Returns and refunds."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from sandbox.tiktok.errors import NOT_FOUND, REFUSED, WRONG_STATUS, ApiError
from sandbox.tiktok.model import Order, Return, Unit, payment_of, total
from sandbox.tiktok.regions import money
from sandbox.tiktok.shop_base import ShopBase

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


class Returns(ShopBase):
    """What becomes of a shop's returns and refunds."""

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
        part_ids: Collection[str] = (),
    ) -> Return:
        """The buyer asks for money back (REFUND) or to send things back as well (RETURN_AND_REFUND).

        `amount`: a part of what the lines cost, where buyer and seller have agreed on that. `part_ids`: single parts of
        bundles, in place of `unit_ids`.
        """
        order = self.order(order_id)
        self.require(order, "IN_TRANSIT", "DELIVERED")
        if return_type not in ("REFUND", "RETURN_AND_REFUND", "REPLACEMENT"):
            raise ApiError(REFUSED, "return_type is REFUND, RETURN_AND_REFUND or REPLACEMENT")
        parts = [part for unit in order.units for part in unit.parts if part.id in part_ids]
        if len(parts) < len(part_ids):
            raise ApiError(NOT_FOUND, "a part of a bundle was not found")
        units = order.units_with(part_ids) if part_ids else self.units_of(order, unit_ids)
        now = self.now()
        back = Return(
            self.ids.next("403548"), order.id, return_type, "BUYER", reason, [unit.id for unit in units], now, now
        )
        back.amount = None if amount is None else Decimal(amount)
        if parts:
            back.part_ids = [part.id for part in parts]
            back.amount = back.amount or total(part.sale_price + part.tax for part in parts)
        back.line_ids, back.request_id = self.aftersales_lines(units), self.ids.next("403549")
        self.returns[back.id] = back
        pending = "REPLACEMENT_REQUEST_PENDING" if return_type == "REPLACEMENT" else "RETURN_OR_REFUND_REQUEST_PENDING"
        self._set_return(back, pending, "BUYER", "The buyer has asked for a return")
        self.tell_request(back.request_id, "BUYER", now, "PENDING_REQUEST_REVIEW")
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
        self.tell_request(back.request_id, "BUYER", back.create_time, "REQUEST_REVIEW_COMPLETED")
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
            self.tell_request(back.request_id, "BUYER", back.create_time, "REQUEST_REVIEW_COMPLETED")
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
                        "sub_return_line_item_id": part_id,
                    }
                    for unit in units
                    for part_id in [sub_line_id(part.id) for part in unit.parts if part.id in back.part_ids] or [""]
                ],
                "refund_currency": order.currency,
                "refund_status": "REFUND_SUCCESS",
                "refund_timestamp": self.now(),
                "refund_total": money(back.refunded, order.currency),
                "rma_id": back.id,
            },
        )


def sub_line_id(part_id: str) -> str:
    """The id by which a return names a part of a bundle."""
    return f"4{part_id[1:]}"


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
