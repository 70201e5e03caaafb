"""TikTok Shop's webhooks: who sent them, what they are about, and how to know one that came before.

A webhook is a hint and nothing more: what it says about an order is never taken over, the order is read anew.
A new topic is one row of `TOPICS`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.domain import statuses
from connector.tiktok.signing import sign_webhook
from connector.tiktok.values import from_unix

#: The type whose webhook says the order's own status and `update_time`.
ORDER_STATUS = 1


class SignatureError(Exception):
    """The body does not carry TikTok's signature."""


#: Types are small numbers; one that no database column holds is no type.
HIGHEST_TYPE = 2**31 - 1


class NotAnEvent(Exception):
    """The body is no JSON, no object, or names no type."""


def verify(raw: bytes, authorization: str | None, app_key: str, app_secret: str) -> None:
    """Raises SignatureError unless `authorization` (the header, as it came) signs `raw` (the body's bytes, as they came)."""
    expected = sign_webhook(app_key=app_key, app_secret=app_secret, raw=raw)
    if not hmac.compare_digest(expected.encode(), (authorization or "").encode("utf-8", "replace")):
        raise SignatureError("The webhook's signature does not match its body.")


# -- topics ----------------------------------------------------------------------------------------------------------

Data = Mapping[str, Any]
OrderIds = Callable[[Data], Iterable[object]]


def _no_order(data: Data) -> Iterable[object]:
    return ()


def _its_order(data: Data) -> Iterable[object]:
    return (data.get("order_id"),)


def _orders_in_packages(data: Data) -> Iterable[object]:
    return (order for package in _objects(data.get("package_list")) for order in _list(package.get("order_id_list")))


def _orders_of_lines(data: Data) -> Iterable[object]:
    return (line.get("main_order_id") for line in _objects(data.get("line_items")))


@dataclass(frozen=True)
class Topic:
    """A kind of webhook. `event_type` is its name when subscribing; one that is not handled is kept and answered 200."""

    name: str
    event_type: str = ""
    is_handled: bool = True
    order_ids: OrderIds = _no_order


def _not_handled(name: str, event_type: str = "") -> Topic:
    return Topic(name, event_type, is_handled=False)


TOPICS: Mapping[int, Topic] = {
    ORDER_STATUS: Topic("order status", "ORDER_STATUS_CHANGE", order_ids=_its_order),
    3: Topic("recipient address", "RECIPIENT_ADDRESS_UPDATE", order_ids=_its_order),
    4: Topic("package", "PACKAGE_UPDATE", order_ids=_orders_in_packages),
    6: Topic("shop disconnected", "SELLER_DEAUTHORIZATION"),
    7: Topic("authorization ends soon", "UPCOMING_AUTHORIZATION_EXPIRATION"),
    11: Topic("cancellation", "CANCELLATION_STATUS_CHANGE", order_ids=_its_order),
    12: Topic("return", "RETURN_STATUS_CHANGE", order_ids=_its_order),
    64: Topic("after-sales request"),  # names the request only: its order is found by asking for the request
    67: Topic("refund", order_ids=_orders_of_lines),
    2: _not_handled("reverse order status", "REVERSE_STATUS_UPDATE"),
    5: _not_handled("product status", "PRODUCT_STATUS_CHANGE"),
    13: _not_handled("new conversation", "NEW_CONVERSATION"),
    14: _not_handled("new message", "NEW_MESSAGE"),
    15: _not_handled("product information", "PRODUCT_INFORMATION_CHANGE"),
    16: _not_handled("product created", "PRODUCT_CREATION"),
    18: _not_handled("product category", "PRODUCT_CATEGORY_CHANGE"),
    33: _not_handled("creator message", "NEW_MESSAGE_LISTENER"),
    36: _not_handled("invoice status", "INVOICE_STATUS_CHANGE"),
    37: _not_handled("product audit", "PRODUCT_AUDIT_STATUS_CHANGE"),
}

#: What to subscribe a shop to. Those without an `event_type` can only be switched on in TikTok's Partner Center.
EVENT_TYPES: tuple[str, ...] = tuple(
    topic.event_type for topic in TOPICS.values() if topic.is_handled and topic.event_type
)


def topic_of(event_type: int) -> Topic:
    """The topic of a webhook's `type`; one that TikTok added later is "unknown" and not handled."""
    return TOPICS.get(event_type) or _not_handled(f"unknown ({event_type})")


# -- events ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Event:
    """A webhook's envelope. `data` is as it came, and empty when there was none."""

    type: int
    notification_id: str
    shop_id: str
    timestamp: datetime | None
    data: Data = field(repr=False)

    @property
    def topic(self) -> Topic:
        return topic_of(self.type)

    @property
    def order_ids(self) -> tuple[str, ...]:
        """The TikTok orders that it is about, each once."""
        ids = (_text(order_id) for order_id in self.topic.order_ids(self.data))
        return tuple(dict.fromkeys(order_id for order_id in ids if order_id))

    @property
    def order_status(self) -> str:
        """The order's status as it was said, in the order's own spelling (CANCELLED, where the webhook writes CANCEL)."""
        return statuses.normalised(_text(self.data.get("order_status")))

    @property
    def update_time(self) -> datetime | None:
        """When what it is about changed, by TikTok's clock (UTC)."""
        return _moment(self.data.get("update_time"))


def parse(raw: bytes) -> Event:
    """The envelope of a webhook's body. Raises NotAnEvent; never trips over what `data` holds."""
    body = _decoded(raw)
    event_type = body.get("type") if isinstance(body, dict) else None
    if not isinstance(event_type, int) or isinstance(event_type, bool) or abs(event_type) > HIGHEST_TYPE:
        raise NotAnEvent("The body is not a TikTok Shop event.")
    data = body.get("data")
    return Event(
        type=event_type,
        notification_id=_text(body.get("tts_notification_id")),
        shop_id=_text(body.get("shop_id")),
        timestamp=_moment(body.get("timestamp")),
        data=data if isinstance(data, dict) else {},
    )


def dedupe_key(raw: bytes) -> str:
    """What a webhook that is sent again has in common with the first: its notification id, else a hash of the body.

    Some carry no id (type 3). Never raises.
    """
    try:
        return dedupe_key_of(parse(raw), raw)
    except NotAnEvent:
        return hashlib.sha256(raw).hexdigest()


def dedupe_key_of(event: Event, raw: bytes) -> str:
    """The same of a body that was read already."""
    number = event.notification_id
    is_key = 0 < len(number) <= 64 and number.isascii() and number.isprintable()  # what any database keeps as it is
    return number if is_key else hashlib.sha256(raw).hexdigest()


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise NotAnEvent("The body is not JSON.") from None


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Data]:
    return [member for member in _list(value) if isinstance(member, dict)]


def _moment(value: object) -> datetime | None:
    try:
        return from_unix(value)
    except ValueError:
        return None
