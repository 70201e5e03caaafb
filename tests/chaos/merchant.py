"""What becomes of orders while all this goes on: some are cancelled, some shipped in Magento, some of these refunded on TikTok.

Everything is done through the sandboxes' control APIs, which no fault touches; whether it arrived on the other side is the
checker's business.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import requests

from sandbox.stack import Stack

CANCELLATIONS = [("BUYER", "Changed my mind"), ("SELLER", "Out of stock"), ("SYSTEM", "Late")]
CARRIER, PROVIDER = "ups", "UPS"
#: Of a hundred orders.
CANCELLED, SHIPPED, REFUNDED = 10, 25, 8
#: Seconds between two looks at what can be shipped or refunded. More of them would take the machine from what is tested.
LOOKS_EVERY = 1.0


class Merchant:
    """Draws each order's fate when it is placed, and brings it about as soon as it can be."""

    def __init__(self, stack: Stack, rng: random.Random) -> None:
        self.stack = stack
        self.rng = rng
        self.session = requests.Session()
        self.looked_at = 0.0
        self.to_cancel: dict[str, float] = {}
        self.to_ship: set[str] = set()
        self.to_refund: set[str] = set()

    def take(self, ids: Iterable[str], now: float) -> None:
        """These orders were placed just `now` (a monotonic time, in seconds)."""
        for each in ids:
            fate = self.rng.uniform(0, 100)
            if fate < CANCELLED:
                self.to_cancel[each] = now + self.rng.uniform(0, 8)
            elif fate < CANCELLED + SHIPPED:
                self.to_ship.add(each)
                if fate < CANCELLED + REFUNDED:
                    self.to_refund.add(each)

    def act(self, now: float) -> None:
        """Cancels what is due; ships what is invoiced in Magento; refunds what TikTok knows to be shipped."""
        for each in [each for each, due in self.to_cancel.items() if due <= now]:
            by, reason = self.rng.choice(CANCELLATIONS)
            self.stack.post("tiktok", f"orders/{each}/cancel", {"by": by, "reason": reason})
            del self.to_cancel[each]
        if now - self.looked_at < LOOKS_EVERY:
            return
        self.looked_at = now
        if self.to_ship:
            orders = {each: f"1Z{each}" for each in sorted(self.to_ship)}
            self.to_ship -= set(self.stack.post("magento", "ship", {"orders": orders, "carrier_code": CARRIER}))
        for each in sorted(self.to_refund - self.to_ship):
            if self._is_shipped(each):
                self.stack.post("tiktok", f"orders/{each}/collect")
                self.stack.post("tiktok", f"orders/{each}/request_return", {"return_type": "REFUND"})
                self.stack.post("tiktok", f"orders/{each}/approve_return")
                self.to_refund.discard(each)

    @property
    def is_done(self) -> bool:
        return not (self.to_cancel or self.to_ship or self.to_refund)

    def _is_shipped(self, order_id: str) -> bool:
        answer = self.session.get(f"{self.stack.url('tiktok')}/_sandbox/orders/{order_id}", timeout=60)
        answer.raise_for_status()
        return bool(answer.json()["status"] == "AWAITING_COLLECTION")
