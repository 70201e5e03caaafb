"""Why orders stand in Error: the causes, how many orders each holds up, and the button that solves it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import func, select

from connector.blueprints.orders.filters import CAUSE
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order

#: A page shows the biggest causes; the rest is in the list below them.
GROUPS_SHOWN = 20


@dataclass(frozen=True)
class Cure:
    """Where a cause is solved: the label of the link, and its address."""

    label: str
    address: str


@dataclass(frozen=True)
class Group:
    """All orders with one cause."""

    code: str
    subject: str
    message: str
    remedy: str
    count: int

    @property
    def cause(self) -> str:
        return f"{self.code}{CAUSE}{self.subject}"

    @property
    def cure(self) -> Cure | None:
        return cure(self.code, self.subject)

    @property
    def can_skip_stock(self) -> bool:
        return can_skip_stock(self.code)


def cure(code: str, subject: str) -> Cure | None:
    """The page on which a cause is solved, by what its code is about; None where trying again is all there is."""
    if "carrier" in code:
        return Cure("Map the carrier", "/carriers?" + urlencode({"carrier": subject}))
    if "sku" in code or "product" in code:
        return Cure("Map the SKU", "/skus?" + urlencode({"sku": subject}))
    if any(word in code for word in ("token", "authoriz", "signature", "permission", "credential", "redirects")):
        return Cure("Check the connection", "/connections")
    if any(
        word in code for word in ("payment_method", "shipping_method", "vat", "exchange_rate", "region", "currency")
    ):
        return Cure("Open the settings", "/settings")
    return None


def can_skip_stock(code: str) -> bool:
    """Whether the order could be made without reserving stock: its products or their stock are what is in the way."""
    return any(word in code for word in ("stock", "sku", "product"))


def groups() -> list[Group]:
    """The causes of all errors, the most frequent first."""
    grouped = (
        select(
            Order.error_code,
            Order.error_subject,
            func.min(Order.error_message),
            func.min(Order.error_remedy),
            func.count().label("orders"),
        )
        .where(Order.sync_state == SyncState.ERROR)
        .group_by(Order.error_code, Order.error_subject)
        .order_by(func.count().desc(), Order.error_code, Order.error_subject)
        .limit(GROUPS_SHOWN)
    )
    return [Group(*row) for row in db.session.execute(grouped)]
