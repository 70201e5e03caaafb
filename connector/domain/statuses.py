"""The statuses of a TikTok Shop order and what each means for us.

Statuses stay plain strings everywhere: TikTok may send one that is not listed here, and intake must not break on it.
Facts: reference/tiktok/README.md, "Orders".
"""

UNPAID = "UNPAID"
ON_HOLD = "ON_HOLD"
AWAITING_SHIPMENT = "AWAITING_SHIPMENT"
PARTIALLY_SHIPPING = "PARTIALLY_SHIPPING"
AWAITING_COLLECTION = "AWAITING_COLLECTION"
IN_TRANSIT = "IN_TRANSIT"
DELIVERED = "DELIVERED"
COMPLETED = "COMPLETED"
CANCELLED = "CANCELLED"

#: In the order of an order's life, as the panel lists them.
ORDER_STATUSES: tuple[str, ...] = (
    UNPAID,
    ON_HOLD,
    AWAITING_SHIPMENT,
    PARTIALLY_SHIPPING,
    AWAITING_COLLECTION,
    IN_TRANSIT,
    DELIVERED,
    COMPLETED,
    CANCELLED,
)

#: The buyer has paid and the hold is over: the order belongs in Magento.
TO_CREATE = frozenset(
    {AWAITING_SHIPMENT, PARTIALLY_SHIPPING, AWAITING_COLLECTION, IN_TRANSIT, DELIVERED, COMPLETED},
)

#: The seller has done their part: what is left is the carrier's.
SHIPPED = frozenset({AWAITING_COLLECTION, IN_TRANSIT, DELIVERED, COMPLETED})

#: The seller has a parcel to send, and a deadline for it.
HAVE_DEADLINE = frozenset({ON_HOLD, AWAITING_SHIPMENT, PARTIALLY_SHIPPING})

#: Nothing more happens to such an order on TikTok's side.
FINAL = frozenset({COMPLETED, CANCELLED})


def is_further(status: str, than: str) -> bool:
    """Whether one status comes later in an order's life than another. A status that is not listed is no further than any."""
    return status in ORDER_STATUSES and than in ORDER_STATUSES[: ORDER_STATUSES.index(status)]


def normalised(status: str) -> str:
    """The order's own spelling of a status: the order-status webhook writes CANCEL for CANCELLED."""
    return CANCELLED if status == "CANCEL" else status


class SyncState:
    """What the connector has still to do for an order (``sync_state``; fixed names)."""

    WAITING = "waiting"
    PENDING = "pending"
    SYNCED = "synced"
    ERROR = "error"
    IGNORED = "ignored"

    ALL = (WAITING, PENDING, SYNCED, ERROR, IGNORED)
