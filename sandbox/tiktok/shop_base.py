"""What every part of the shop uses: the books, looking things up, moving an order on, telling the receivers."""

import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.tiktok.errors import NOT_FOUND, WRONG_STATUS, ApiError
from sandbox.tiktok.model import STATUSES, Cancellation, Ids, Order, Package, Return, Unit

# shop id, webhook type, data
Notify = Callable[[str, int, dict[str, Any]], None]


class ShopBase:
    """The books of one shop. Every method is called with the sandbox's lock held; refusals are ApiError."""

    def __init__(
        self, identity: dict[str, str], ids: Ids, notify: Notify, hold_seconds: float = 0, seed: int | None = None
    ) -> None:
        self.id = identity["id"]
        self.name = identity["name"]
        self.region = identity["region"]
        self.cipher = identity["cipher"]
        self.code = identity["code"]
        #: TikTok's global id of the seller, another than the shop's.
        self.seller_id = f"86{self.id[2:]}"
        self.hold_seconds = hold_seconds
        self.ids = ids
        self.rng = random.Random(seed)
        self.authorized = True
        self.orders: dict[str, Order] = {}
        self.packages: dict[str, Package] = {}
        self.cancellations: dict[str, Cancellation] = {}
        self.returns: dict[str, Return] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.idempotency_keys: set[tuple[str, str]] = set()
        self.statements: dict[str, Any] = {}
        self.settled: dict[str, Any] = {}
        #: What was uploaded: uri to the picture's bytes.
        self.images: dict[str, bytes] = {}
        self._notify = notify

    @staticmethod
    def now() -> int:
        return int(time.time())

    def notify(self, kind: int, data: dict[str, Any]) -> None:
        self._notify(self.id, kind, data)

    def order(self, order_id: str) -> Order:
        """The order. Raises ApiError when this shop has none of that id."""
        if order_id not in self.orders:
            raise ApiError(NOT_FOUND, f"order {order_id} not found")
        return self.orders[order_id]

    def units_of(self, order: Order, unit_ids: Iterable[str] | None) -> list[Unit]:
        """The units of these line item ids, or all that are not cancelled. Raises ApiError for a foreign id."""
        if unit_ids is None:
            return order.open_units()
        try:
            return [order.unit(unit_id) for unit_id in dict.fromkeys(unit_ids)]
        except KeyError as error:
            raise ApiError(NOT_FOUND, f"order {order.id} has no line item {error.args[0]}") from None

    def require(self, order: Order, *statuses: str) -> None:
        """Raise ApiError unless the order is in one of the statuses."""
        if order.status not in statuses:
            raise ApiError(WRONG_STATUS, f"order {order.id} is {order.status}, not {' or '.join(statuses)}")

    def touch(self, order: Order) -> None:
        """The order has changed now; `update_time` never goes back."""
        order.update_time = max(order.update_time, self.now())

    def move(self, order: Order, units: Iterable[Unit], status: str) -> None:
        """Give units a status; the order's follows from all of its units, and a change of it is told (webhook 1)."""
        for unit in units:
            unit.status = status
        before = order.status
        order.status = status_of(order)
        self.touch(order)
        if order.status != before:
            self.tell_status(order)

    def tell_status(self, order: Order) -> None:
        """Webhook 1. The webhook writes CANCEL where the order itself says CANCELLED."""
        self.notify(
            1,
            {
                "order_id": order.id,
                "order_status": "CANCEL" if order.status == "CANCELLED" else order.status,
                "is_on_hold_order": order.was_on_hold or order.hold_seconds > 0,
                "update_time": order.update_time,
            },
        )

    def tell_packages(self, order: Order, change: str, role: str) -> None:
        """Webhook 4, for parcels that were split or combined (`sc_type`) by whom (`role_type`)."""
        self.notify(
            4,
            {
                "sc_type": change,
                "role_type": role,
                "package_list": [{"package_id": p.id, "order_id_list": [order.id]} for p in order.packages],
                "update_time": order.update_time,
            },
        )

    def aftersales_lines(self, units: Iterable[Unit]) -> dict[str, str]:
        """New ids by which a cancellation or return names its lines, by unit."""
        return {unit.id: self.ids.next("403546") for unit in units}

    def tell_request(self, request_id: str, role: str, created: int, status: str) -> None:
        """Webhook 64: a request for a cancellation or return, which names no order."""
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


def status_of(order: Order) -> str:
    """An order's status out of its units': the least advanced one; some shipped and some not is PARTIALLY_SHIPPING."""
    statuses = {unit.status for unit in order.units if unit.status != "CANCELLED"}
    if not statuses:
        return "CANCELLED"
    if "AWAITING_SHIPMENT" in statuses and len(statuses) > 1:
        return "PARTIALLY_SHIPPING"
    return min(statuses, key=STATUSES.index)
