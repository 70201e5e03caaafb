"""Offers of a part of the money to a buyer who wants a return or a refund: the seller's, and the buyer's answer."""

from decimal import Decimal

from sandbox.tiktok.errors import REFUSED, WRONG_STATUS, ApiError
from sandbox.tiktok.model import Return
from sandbox.tiktok.shop_returns import Returns, refund_of

#: Which offer the seller may make, by what the return is and how far it has come.
OFFERS = {
    ("REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): "OFFER_PARTIAL_REFUND",
    ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): "OFFER_PARTIAL_REFUND",
    ("RETURN_AND_REFUND", "BUYER_SHIPPED_ITEM"): "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG",
}
#: At least this is offered for an item, and at most this part of what it cost. Made up: TikTok's documentation names none.
LEAST_OFFER, MOST_OFFER = Decimal("0.50"), Decimal("0.8")


class Offers(Returns):
    """Returns and refunds, with offers."""

    def offers(self, return_id: str) -> dict[str, tuple[Decimal, Decimal]]:
        """How much may be offered now for each unit of a return, by its return line's id; empty when nothing may be offered."""
        back = self.return_(return_id)
        if (back.return_type, back.status) not in OFFERS or back.is_offer_refused:
            return {}
        order = self.order(back.order_id)
        worth = {unit_id: refund_of(order, [order.unit(unit_id)])["refund_subtotal"] for unit_id in back.unit_ids}
        return {back.line_ids[u]: (LEAST_OFFER, (cost * MOST_OFFER).quantize(LEAST_OFFER)) for u, cost in worth.items()}

    def offer(self, return_id: str, decision: str, amount: str, currency: str) -> Return:
        """The seller offers a part of the money; the buyer is to answer. Raises ApiError unless it may be offered now."""
        back = self.return_(return_id)
        order, possible = self.order(back.order_id), self.offers(return_id)
        if OFFERS.get((back.return_type, back.status)) != decision or not possible:
            raise ApiError(WRONG_STATUS, f"{decision} is not possible: return {return_id} is {back.status}")
        least, most = (sum((pair[place] for pair in possible.values()), Decimal(0)) for place in (0, 1))
        if currency != order.currency:
            raise ApiError(REFUSED, f"the currency must be {order.currency}")
        if not least <= Decimal(amount or 0) <= most:
            raise ApiError(REFUSED, f"the amount must be from {least} to {most}")
        back.offer, back.offered_from = Decimal(amount), back.status
        self._set_return(back, "AWAITING_BUYER_RESPONSE", "SELLER", f"The seller offers {amount} {currency}")
        return back

    def _offered(self, order_id: str) -> Return:
        back = self.open_return(order_id)
        if back.status != "AWAITING_BUYER_RESPONSE":
            raise ApiError(WRONG_STATUS, f"return {back.id} is {back.status}: nothing is offered")
        return back

    def accept_offer(self, order_id: str) -> Return:
        """The buyer takes what the seller has offered, and is paid it."""
        back = self._offered(order_id)
        back.amount = back.offer
        self._set_return(back, "RETURN_OR_REFUND_REQUEST_SUCCESS", "BUYER", "The buyer takes the offer")
        self._refund(back)
        self._set_return(back, "RETURN_OR_REFUND_REQUEST_COMPLETE", "SYSTEM", "The buyer was refunded")
        return back

    def decline_offer(self, order_id: str) -> Return:
        """The buyer does not take it. What follows is not documented: here the seller answers anew, and may not offer again."""
        back = self._offered(order_id)
        back.is_offer_refused = True
        self._set_return(back, back.offered_from, "BUYER", "The buyer does not take the offer")
        return back
