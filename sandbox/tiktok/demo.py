"""Life for the demo: an order every few seconds, and older ones that are shipped, delivered, completed, cancelled."""

import random
import threading
import time

from sandbox.tiktok.generator import random_options
from sandbox.tiktok.shop import Shop
from sandbox.tiktok.state import Sandbox

# For half of the orders, where the sandbox was started without a hold of its own.
HOLD_SECONDS = 4.0
# How often an order goes one step on, per beat; merchants ship from Magento, so shipping by the demo is rare.
CHANCES = {"AWAITING_SHIPMENT": 0.02, "AWAITING_COLLECTION": 0.35, "IN_TRANSIT": 0.35, "DELIVERED": 0.3}
CANCEL_CHANCE = 0.02
REQUEST_CHANCE = 0.01


class DemoLife:
    """A thread that places and moves orders for as long as the sandbox runs."""

    def __init__(self, sandbox: Sandbox, seconds: float, seed: int | None = None) -> None:
        self.sandbox, self.seconds = sandbox, seconds
        self.rng = random.Random(seed)
        threading.Thread(target=self._run, name="demo", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(self.seconds)
            self.beat()

    def beat(self) -> None:
        """Place one order, and let some of the older ones go on."""
        with self.sandbox.lock:
            for shop in self.sandbox.shops.values():
                options = random_options(self.rng, shop.region, odd=True)
                if not shop.hold_seconds and self.rng.random() < 0.5:
                    options["hold_seconds"] = HOLD_SECONDS
                shop.place(options)
                self._move_on(shop)

    def _move_on(self, shop: Shop) -> None:
        steps = {
            "AWAITING_SHIPMENT": shop.ship,
            "AWAITING_COLLECTION": shop.collect,
            "IN_TRANSIT": shop.deliver,
            "DELIVERED": shop.complete,
        }
        for order in [order for order in shop.orders.values() if not order.is_over]:
            if order.status in steps and self.rng.random() < CHANCES[order.status]:
                steps[order.status](order.id)
            elif order.status == "AWAITING_SHIPMENT" and not order.request_cancel_time:
                if self.rng.random() < CANCEL_CHANCE:
                    shop.cancel(order.id, self.rng.choice(("BUYER", "SELLER", "SYSTEM")))
                elif self.rng.random() < REQUEST_CHANCE:
                    shop.request_cancellation(order.id)
