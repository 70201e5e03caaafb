"""Why orders stand in Error: the causes, and how many orders each holds up."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select

from connector.blueprints.orders.cures import Cure, cure
from connector.blueprints.orders.filters import CAUSE
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order

#: A page shows the biggest causes; the rest is in the list below them.
GROUPS_SHOWN = 20


@dataclass(frozen=True)
class Group:
    """All orders with one cause."""

    code: str
    subject: str
    message: str
    remedy: str
    count: int
    #: The shop that all of them are of; None: of several.
    shop_id: int | None = None

    @property
    def cause(self) -> str:
        return f"{self.code}{CAUSE}{self.subject}"

    @property
    def cure(self) -> Cure | None:
        return cure(self.code, self.subject, shop_id=self.shop_id)


def groups(most: int | None = GROUPS_SHOWN) -> list[Group]:
    """The causes of all errors, the most frequent first."""
    grouped = (
        select(
            Order.error_code,
            Order.error_subject,
            func.min(Order.error_message),
            func.min(Order.error_remedy),
            func.count().label("orders"),
            case((func.min(Order.shop_id) == func.max(Order.shop_id), func.min(Order.shop_id))),
        )
        .where(Order.sync_state == SyncState.ERROR)
        .group_by(Order.error_code, Order.error_subject)
        .order_by(func.count().desc(), Order.error_code, Order.error_subject)
        .limit(most)
    )
    return [Group(*row) for row in db.session.execute(grouped)]
